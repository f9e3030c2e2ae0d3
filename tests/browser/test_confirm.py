# SPDX-License-Identifier: Apache-2.0
"""What is asked before a token is changed: a dialog over the list, which stays as it
was, or a page that a reload and the way back may open again."""

import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from person import switch_script_off
from server import shaped

DAY = 86400
LOG = """
LogFormat "%m %U" methods
CustomLog "{root}/logs/methods.log" methods
"""
BY_LABEL = "/tokens/?sort=label&order=desc"


@pytest.fixture
def tokens(site):
    """More than fit into a window: t00 to t24, of which t00 has expired."""
    site.settings += LOG.format(root=site.root)
    site.restart()
    today = int(time.time()) // DAY * DAY
    for number in range(25):
        site.insert(f"t{number:02}", digest=site.digest(shaped()),
                    created_at=today - 9 * DAY,
                    expires_at=today + (90 * DAY if number else -DAY))
    return site


def posts(site):
    """Paths of what was sent since the sign-in. A line is written after the answer."""
    lines = (site.root / "logs" / "methods.log").read_text().splitlines()
    return [line.split()[1] for line in lines if line.startswith("POST /tokens")]


def labels(person):
    return [row[0] for row in person.rows()]


def place(person):
    return person.run("return window.scrollY")


def ticked(person):
    return [box.get_attribute("value")
            for box in person.find_all(".tokens [name=id]:checked")]


def row_of(person, label):
    return labels(person).index(label)


def open_scrolled(person):
    """The list, sorted and not from its start, with two tokens selected."""
    person.sign_in()
    person.open(BY_LABEL).tick("t12", "t11")
    assert place(person) > 0 and len(ticked(person)) == 2
    return person


# ---- nothing is sent by a question

@pytest.mark.parametrize("what", ["revoke", "rotate", "rename"])
def test_a_question_changes_nothing_and_can_be_asked_again(person, tokens, what):
    """Without script it is a page, and that is a GET."""
    switch_script_off(person)
    before = tokens.rows()
    person.sign_in()
    person.ask_to(what, 3)
    title = person.heading()
    person.leave(person.driver.refresh).sees(title)
    person.leave(person.driver.back).sees("Tokens")
    person.leave(person.driver.forward).sees(title)
    assert (posts(tokens), tokens.rows()) == ([], before)


def test_the_question_about_several_can_be_asked_again(person, tokens):
    switch_script_off(person)
    person.sign_in()
    person.tick("t03", "t04").ask_to_revoke_selected().sees("Revoke 2 tokens?")
    person.leave(person.driver.refresh).sees("Revoke 2 tokens?")
    person.leave(person.driver.back).sees("Tokens")
    person.leave(person.driver.forward).sees("Revoke 2 tokens?")
    assert posts(tokens) == [] and len(tokens.rows()) == 25


def test_a_question_in_a_dialog_sends_nothing(person, tokens):
    person.sign_in()
    person.tick("t03", "t04").ask_to_revoke_selected()
    person.leave(person.driver.refresh).sees("Tokens")
    assert posts(tokens) == [] and len(tokens.rows()) == 25


@pytest.mark.parametrize("has_script", [True, False])
def test_the_way_back_from_a_change_sends_it_no_second_time(person, tokens, has_script):
    person.expect("status of 404")
    if not has_script:
        switch_script_off(person)
    person.sign_in()
    person.ask_to_revoke(3).press("Revoke").sees("Tokens")
    person.tick("t05", "t06").ask_to_revoke_selected().press("Revoke").sees("Tokens")
    tokens.poll(lambda: len(posts(tokens)) == 2)
    assert len(tokens.rows()) == 22
    person.leave(person.driver.refresh)
    for _ in range(2 if has_script else 4):
        person.leave(person.driver.back)
        person.leave(person.driver.refresh)
    assert len(posts(tokens)) == 2 and len(tokens.rows()) == 22


# ---- a dialog leaves the list as it is

@pytest.mark.parametrize("what, title", [
    ("revoke", "Revoke t12?"), ("rotate", "Rotate t12?"), ("rename", "Rename t12")])
@pytest.mark.parametrize("close", ["Cancel", Keys.ESCAPE])
def test_a_dialog_that_is_closed_has_changed_nothing(person, tokens, what, title, close):
    open_scrolled(person)
    before = (place(person), ticked(person), labels(person))
    number = row_of(person, "t12")
    person.ask_to(what, number).sees(title)
    if close == "Cancel":
        person.cancel()
    else:
        person.keys(close)
        person.wait(lambda: not person.is_asked(), "the dialog is open")
    assert (place(person), ticked(person), labels(person)) == before
    row = f".tokens tbody tr:nth-child({number + 1})"
    person.focuses(f"{row} [data-opens={what}]")


def test_after_a_change_the_list_is_sorted_and_scrolled_as_it_was(person, tokens):
    open_scrolled(person)
    before = place(person)
    person.ask_to_revoke(row_of(person, "t12")).press("Revoke").sees("Tokens")
    assert labels(person) == [f"t{n:02}" for n in range(24, -1, -1) if n != 12]
    assert "The token was revoked." in person.read(".note[role=status]")
    assert abs(place(person) - before) < 100
    note = person.find(".note[role=status]")
    assert 0 <= person.run("return arguments[0].getBoundingClientRect().top", note) < 200


def test_the_dialogs_say_what_the_pages_say(person, tokens):
    """By name, and what becomes of programs; of an expired token, that nothing does."""
    person.sign_in()
    dialogs = []
    for number in (3, row_of(person, "t00")):
        person.ask_to_revoke(number)
        dialogs.append((person.heading(), person.read("dialog[open] p")))
        person.cancel()
    switch_script_off(person)
    pages = []
    for number in (3, 0):
        row = tokens.sql("SELECT id FROM jiratoken WHERE label = ?", f"t{number:02}")
        person.open(f"/tokens/{row[0][0]}/revoke")
        pages.append((person.heading(), person.read("form.card p")))
    assert dialogs == pages
    assert pages[0][1].startswith("Programs that use t03 lose access immediately.")
    assert "t00 has already expired, so no program loses access." in pages[1][1]


def test_a_confirmation_takes_the_focus_and_keeps_it(person, tokens):
    person.sign_in()
    person.ask_to_revoke(3).focuses("#revoke h2")
    for _ in range(6):
        person.keys(Keys.TAB)
        assert person.run("var e = document.activeElement;"
                          " return e === document.body || !!e.closest('dialog[open]')")


def test_a_question_opened_in_a_new_tab_is_the_page(person, tokens):
    person.sign_in()
    before = person.driver.window_handles
    link = person.find_all(".tokens [data-opens=revoke]")[3]
    ActionChains(person.driver).key_down(Keys.CONTROL).click(link) \
        .key_up(Keys.CONTROL).perform()
    person.wait(lambda: len(person.driver.window_handles) == len(before) + 1, "no tab")
    assert not person.is_asked()
    [new] = set(person.driver.window_handles) - set(before)
    person.driver.switch_to.window(new)
    person.sees("Revoke t03?")
    person.driver.close()
    person.driver.switch_to.window(before[0])


# ---- what else a row offers

def test_a_token_is_renamed_in_its_dialog(person, tokens):
    open_scrolled(person)
    before = place(person)
    person.ask_to("rename", row_of(person, "t12")).focuses("#new-label")
    assert person.find("#new-label").get_attribute("value") == "t12"
    person.type("new-label", "t11").press_in_place("Rename")
    assert "already have a token" in person.read("#new-label-fault")
    person.focuses("#new-label")
    person.type("new-label", "t12b").press("Rename").sees("Tokens")
    assert "t12b" in labels(person) and labels(person)[0] == "t24"
    assert abs(place(person) - before) < 100


@pytest.mark.parametrize("has_script", [True, False])
def test_a_token_is_rotated_and_its_secret_shown_once(person, tokens, has_script):
    person.expect("status of 409|ERR_CACHE_MISS")
    if not has_script:
        switch_script_off(person)
    person.sign_in()
    person.ask_to("rotate", 3).press("Rotate")
    token = person.read_token()
    assert tokens.check("alice", token).status == 200
    person.press("Done").sees("Tokens")
    assert "old secret works until" in person.text()
    person.driver.back()
    person.wait(lambda: token not in person.driver.page_source, "shown again")
    person.driver.refresh()
    assert token not in person.driver.page_source
    assert tokens.check("alice", token).status == 200
    assert len(tokens.rows()) == 25
