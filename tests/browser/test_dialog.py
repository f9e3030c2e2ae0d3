# SPDX-License-Identifier: Apache-2.0
"""Creating a token in the dialog over the list: where the focus is, what the
days that are offered do, and that it is the same form."""

import datetime

import pytest
from selenium.webdriver.common.keys import Keys

from person import switch_script_off

LABEL_IN_USE = "You already have a token with this label"


def day(days):
    return str(datetime.datetime.now(datetime.timezone.utc).date()
               + datetime.timedelta(days))


def pressed(person):
    return [chip.text for chip in person.find_all(".chip[aria-pressed=true]")]


def chip(person, words):
    [found] = [c for c in person.find_all(".chip") if c.text == words]
    return found


def expires(person):
    return person.find("#expires").get_attribute("value")


def test_the_dialog_takes_the_focus_and_gives_it_back(person):
    person.sign_in()
    person.open_dialog()
    person.focuses("dialog #label")
    person.keys("half a label")
    person.keys(Keys.ESCAPE)
    person.wait(lambda: not person.find_all("dialog[open]"), "still open")
    person.focuses("[data-opens]")
    person.open_dialog()
    assert person.find("#label").get_attribute("value") == "half a label"
    person.control("Cancel").click()
    person.wait(lambda: not person.find_all("dialog[open]"), "still open")
    person.focuses("[data-opens]")


def test_the_rest_of_the_page_is_out_of_reach_while_the_dialog_is_open(person):
    person.sign_in()
    person.open_dialog()
    for _ in range(20):
        person.keys(Keys.TAB)
        inside = person.run("var e = document.activeElement;"
                            " return e === document.body || !!e.closest('dialog')")
        assert inside


def test_the_dialog_makes_a_token_like_the_page(person, site):
    person.sign_in()
    person.open_dialog().type("label", "from the dialog")
    chip(person, "30 days").click()
    token = person.press("Create").read_token()
    assert f"Valid through {day(30)}, 24:00 UTC" in person.text()
    assert site.check("alice", token).status == 200


@pytest.mark.parametrize("typed", ["taken", "  taken "])
def test_a_label_in_use_is_told_in_the_dialog(person, site, typed):
    site.insert("taken")
    person.sign_in()
    person.open_dialog().type("label", typed)
    chip(person, "90 days").click()
    person.press_in_place("Create").sees("Create token")
    assert LABEL_IN_USE in person.read("dialog #label-fault")
    person.focuses("dialog #label")
    assert person.find("#label").get_attribute("value") == typed
    assert (expires(person), pressed(person)) == (day(90), ["90 days"])
    person.type("label", "free")
    assert person.read("dialog #label-fault") == ""
    person.press("Create").read_token()


def test_what_the_dialog_sent_is_refused_on_a_page_that_keeps_it(person, site):
    """When the list that it lies over does not know what has happened since."""
    person.expect("status of 409")
    person.sign_in()
    person.open_dialog().type("label", "taken")
    site.insert("taken")
    chip(person, "90 days").click()
    person.press("Create").sees("Create token")
    assert LABEL_IN_USE in person.read("#label-fault")
    person.focuses("#label")
    assert (expires(person), pressed(person)) == (day(90), ["90 days"])
    person.type("label", "free").press("Create").read_token()


def test_a_link_opened_in_a_new_tab_is_the_page(person):
    person.sign_in()
    before = person.driver.window_handles
    person.run("document.querySelector('[data-opens]').dispatchEvent("
               "new MouseEvent('click', { ctrlKey: true, bubbles: true,"
               " cancelable: true }))")
    person.wait(lambda: len(person.driver.window_handles) == len(before) + 1, "no tab")
    assert person.find_all("dialog[open]") == []
    [new] = set(person.driver.window_handles) - set(before)
    person.driver.switch_to.window(new)
    person.sees("Create token")
    person.driver.close()
    person.driver.switch_to.window(before[0])


# ---- days to choose from

@pytest.mark.parametrize("words, days", [
    ("7 days", 7), ("30 days", 30), ("90 days", 90), ("365 days", 365)])
def test_an_offered_lifetime_fills_the_date(person, words, days):
    person.sign_in()
    person.open("/tokens/create").sees("Create token")
    assert pressed(person) == ["No expiry"]
    assert person.read("#instant") == "The token never expires."
    chip(person, words).click()
    assert expires(person) == day(days)
    assert pressed(person) == [words]
    assert person.read("#instant") \
        == f"Valid through {day(days)}, 24:00 UTC"


def test_a_date_of_ones_own_is_custom_and_none_clears_it(person):
    person.sign_in()
    person.open("/tokens/create").choose_day("2099-12-31")
    assert pressed(person) == ["Custom"]
    assert "2099-12-31, 24:00 UTC" in person.read("#instant")
    chip(person, "No expiry").click()
    assert (expires(person), pressed(person)) == ("", ["No expiry"])
    chip(person, "Custom").click()
    person.focuses("#expires")
    assert pressed(person) == ["Custom"]


def test_half_a_date_is_no_choice_yet(person):
    person.sign_in()
    person.open("/tokens/create").find("#expires").send_keys("1231")
    assert pressed(person) == ["Custom"]
    assert person.read("#instant") == ""


def test_lifetimes_are_told_where_no_script_fills_them_in(person):
    switch_script_off(person)
    person.sign_in()
    person.open("/tokens/create").sees("Create token")
    assert f"90 days: {day(90)}" in person.read(".noscript")
    assert not person.find(".chips").is_displayed()


def test_a_date_that_will_be_refused_promises_nothing(person):
    person.sign_in()
    person.open("/tokens/create").choose_day("2020-01-31")
    assert person.read("#instant") == ""


def test_the_administrators_lifetimes_shape_the_form(person, site):
    site.settings += "JiraTokenMaxLifetime 60\nJiraTokenDefaultLifetime 45\n"
    site.restart()
    person.sign_in()
    person.open_dialog()
    assert [c.text for c in person.find_all(".chip")] \
        == ["7 days", "30 days", "45 days", "60 days", "Custom"]
    assert (expires(person), pressed(person)) == (day(45), ["45 days"])
    person.find("#expires").clear()
    assert person.read("#instant") == ""
    chip(person, "60 days").click()
    person.type("label", "bounded").press("Create").read_token()
    assert f"Valid through {day(60)}, 24:00 UTC" in person.text()


def test_what_a_link_brought_is_checked_beside_its_field(person, site):
    person.sign_in()
    person.open("/tokens/create?label=kept&expires=2020-01-31").sees("Create token")
    assert "in UTC) or later" in person.read("#expires-fault")
    person.focuses("#expires")
    assert person.find("#label").get_attribute("value") == "kept"
    assert expires(person) == "2020-01-31"
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


# ---- the site's own looks

def test_the_sites_name_style_and_way_back_are_on_every_page(person, site):
    (site.root / "docs" / "open" / "brand.css").write_text(
        ":root { --accent: rgb(123, 30, 58); }\nh1 { letter-spacing: 3px; }\n")
    site.locations += """
<Location "/tokens">
    JiraTokenPageTitle "Example <b>Corp</b> keys"
    JiraTokenStylesheet /open/brand.css
    JiraTokenHomeURL /open/hello.txt
</Location>
AddType text/css .css
"""
    site.restart()
    person.sign_in()
    for path in ("/tokens/", "/tokens/create", "/tokens/connect"):
        person.open(path)
        assert person.read(".brand") == "Example <b>Corp</b> keys"
        assert person.driver.title.endswith("Example <b>Corp</b> keys")
        assert person.run("return getComputedStyle(document.querySelector('h1'))"
                          ".letterSpacing") == "3px"
    person.expect("favicon.ico")
    person.find(".home a").click()
    person.wait(lambda: person.driver.current_url.endswith("/open/hello.txt"), "no")
