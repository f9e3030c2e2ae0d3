# SPDX-License-Identifier: Apache-2.0
"""A token's whole life, as its user sees it."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from person import switch_script_off
from server import TOKEN

GONE = "The token was revoked. Programs using it no longer have access."


def read_clipboard(person):
    """By a page that was allowed to: copying itself takes no permission."""
    person.tell("Browser.grantPermissions", origin=person.origin,
                permissions=["clipboardReadWrite"])
    return person.driver.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0],"
        " function (e) { arguments[0](String(e)); });")


def create_by_hand(person):
    person.open_dialog().type("label", "Looker Studio").choose_day("2099-12-31")
    return person.press("Create").read_token()


def revoke_by_hand(person, label):
    person.ask_to_revoke().sees(f"Revoke {label}?")
    person.press("Revoke").sees("Tokens")
    assert person.read(".note[role=status]") == GONE


def test_a_person_creates_copies_uses_and_revokes_a_token(person, site):
    person.sign_in()
    assert "You have no tokens yet" in person.text()
    token = create_by_hand(person)
    assert TOKEN.fullmatch(token)
    assert "2099-12-31" in person.text()
    assert person.read("#copy-status") == ""

    person.copy("[data-copy=token]")
    assert person.said("button")[0] == person.said("status")[-1] == "Copied"
    assert read_clipboard(person) == token
    assert site.check("alice", token).status == 200

    person.press("Done").sees("Tokens")
    assert "1 of 25 tokens" in person.text()
    [[label, _, expires, used, state, _]] = person.rows()
    assert (label, state) == ("Looker Studio", "Active")
    assert expires.startswith("2099-12-31")
    assert "127.0.0.1" in used
    assert token not in person.driver.page_source

    revoke_by_hand(person, "Looker Studio")
    assert "0 of 25 tokens" in person.text()
    assert site.check("alice", token).status == 401


def test_the_user_name_can_be_copied_where_the_next_step_is_told(person):
    person.sign_in()
    person.leave(person.find("nav a[href$=connect]").click)
    person.sees("Connect").copy("[data-copy=user]")
    assert person.said("button")[0] == person.said("status")[-1] == "Copied"
    assert read_clipboard(person) == "alice"
    assert person.origin + "/" in person.read(".facts")


def test_cancelling_changes_nothing(person, site):
    person.sign_in()
    token = person.create("kept")
    person.press("Done").sees("Tokens").ask_to_revoke().sees("Revoke kept?")
    person.cancel().sees("Tokens").open("/tokens/create").sees("Create token").type("label", "never made")
    person.cancel().sees("Tokens")
    assert [row[0] for row in person.rows()] == ["kept"]
    assert site.check("alice", token).status == 200


def test_links_prefill_the_form_and_create_nothing(person, site):
    person.sign_in()
    person.open("/tokens/create?label=Looker+Studio%20%26%20more&expires=2099-01-02")
    person.sees("Create token")
    assert person.find("#label").get_attribute("value") == "Looker Studio & more"
    assert person.find("#expires").get_attribute("value") == "2099-01-02"
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


# ---- once only

def assert_token_is_gone(person, site, token):
    assert token not in person.driver.page_source
    assert site.sql("SELECT count(*) FROM jiratoken") == [(1,)]


def test_reloading_neither_shows_the_token_again_nor_makes_another(person, site):
    person.sign_in()
    token = person.create("once")
    person.driver.refresh()
    person.sees("Tokens")
    assert [row[0] for row in person.rows()] == ["once"]
    assert_token_is_gone(person, site, token)


def test_going_back_never_shows_the_token_again(person, site):
    person.sign_in()
    token = person.create("once")
    person.press("Done").sees("Tokens")
    person.leave(person.find("nav a[href$=connect]").click)
    for heading in ("Tokens", "Create token"):
        person.leave(person.driver.back).sees(heading)
        assert_token_is_gone(person, site, token)


def test_no_way_back_makes_a_token_whose_label_is_free_again(person, site):
    person.expect("revoke .*status of 404")
    person.sign_in()
    person.create("once")
    person.press("Done").sees("Tokens")
    revoke_by_hand(person, "once")
    while not person.driver.current_url.endswith("/create"):
        person.leave(person.driver.back)
        person.leave(person.driver.refresh)
        assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]
    person.sees("Create token")


def test_reloading_without_script_makes_no_other_token(person, site):
    person.expect("status of 409")
    switch_script_off(person)
    person.sign_in()
    token = person.create("once")
    person.driver.refresh()     # sends the form once more
    assert "You already have a token with this label" in person.read("#label-fault")
    assert_token_is_gone(person, site, token)


def test_going_back_without_script_never_shows_the_token_again(person, site):
    person.expect("status of 409|ERR_CACHE_MISS")
    switch_script_off(person)
    person.sign_in()
    token = person.create("once")
    person.press("Done").sees("Tokens")
    person.driver.back()
    person.wait(lambda: person.driver.current_url.endswith("/create"), "not back")
    assert_token_is_gone(person, site, token)
    person.driver.refresh()     # sends the form once more
    assert "You already have a token with this label" in person.read("#label-fault")
    assert_token_is_gone(person, site, token)


def test_a_list_that_the_browser_kept_is_not_shown_as_it_was(person, site):
    person.sign_in()
    person.create("early")
    person.press("Done").sees("Tokens")
    person.leave(person.find("nav a[href$=connect]").click)
    site.sql("DELETE FROM jiratoken")
    person.driver.back()
    person.wait(lambda: "0 of 25 tokens" in person.text(), "the list is stale")


def test_what_the_list_said_once_is_not_said_again(person, site):
    person.sign_in()
    person.create("once")
    person.press("Done").sees("Tokens")
    revoke_by_hand(person, "once")
    person.driver.refresh()
    person.sees("Tokens")
    assert person.find_all(".note[role=status]") == []


def test_the_focus_is_where_the_next_step_is(person, site):
    person.sign_in()
    person.create("focus")
    person.focuses(".note.warn")
    person.press("Done").sees("Tokens").ask_to_revoke()
    person.focuses("dialog[open] h2")
    person.keys(Keys.TAB)
    assert person.driver.switch_to.active_element.text == "Revoke"


def test_a_sending_that_was_stopped_can_be_tried_again(person, site):
    person.sign_in()
    person.open("/tokens/create").type("label", "twice tried")
    person.run("document.forms[0].addEventListener('submit', function (e) {"
               " if (!window.stopped) { window.stopped = 1; e.preventDefault(); } });")
    person.control("Create").click()
    person.wait(lambda: person.run("return window.stopped === 1"
                                   " && !document.forms[0].dataset.sent"), "dead form")
    person.press("Create").read_token()


def test_a_double_click_makes_one_token(person, site):
    """The second click may send the form again: then its answer is seen."""
    person.expect("status of 409")
    person.sign_in()
    person.open("/tokens/create").type("label", "twice")
    button = person.control("Create")
    person.leave(ActionChains(person.driver).double_click(button).perform)
    person.wait(lambda: person.find_all("#token, #label-fault"), "no answer")
    person.open("/tokens/").sees("Tokens")
    assert [row[0] for row in person.rows()] == ["twice"]
    assert site.sql("SELECT count(*) FROM jiratoken") == [(1,)]


# ---- without a mouse

def create_by_keyboard(person):
    person.tab_to("main a.primary")
    person.keys(Keys.ENTER)
    person.focuses("dialog #label")
    person.keys("keyboard")
    person.tab_to("#expires")
    person.keys("12312099")
    person.tab_to("dialog button[type=submit]")
    return person.enter().read_token()


def revoke_by_keyboard(person):
    person.tab_to(".tokens .act a.danger")
    person.keys(Keys.ENTER)
    person.sees("Revoke keyboard?").tab_to("dialog[open] button[type=submit]")
    person.enter().sees("Tokens")
    person.focuses(".note[role=status]")


def test_everything_is_done_with_the_keyboard_alone(person, site):
    person.sign_in()
    token = create_by_keyboard(person)
    person.tab_to("[data-copy=token]")
    person.copy("[data-copy=token]", lambda: person.keys(Keys.ENTER))
    assert person.said("status")[-1] == "Copied"
    assert site.check("alice", token).get("JiraToken-Expires").startswith("2100-01-01")
    person.tab_to(".actions a")
    person.enter().sees("Tokens")
    revoke_by_keyboard(person)
    assert site.check("alice", token).status == 401


def test_the_first_tab_offers_to_skip_to_the_content(person):
    person.sign_in()
    person.keys(Keys.TAB)
    first = person.driver.switch_to.active_element
    assert first.text == "Skip to content" and first.location["x"] >= 0
    person.keys(Keys.ENTER)
    person.keys(Keys.TAB)
    assert person.driver.switch_to.active_element.find_elements(
        By.XPATH, "ancestor::main")
