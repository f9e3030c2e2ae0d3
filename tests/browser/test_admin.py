# SPDX-License-Identifier: Apache-2.0
"""An administrator's work in a browser: to find, to select and to revoke, by mouse
and by keyboard, with script and without."""

import pytest
from selenium.webdriver.common.keys import Keys

from person import switch_script_off


@pytest.fixture
def tokens(site):
    for number in range(3):
        for user in ("bob", "dora"):
            site.insert(f"token {number}", user)
    return site


def users(person):
    return [row[0] for row in person.rows()]


def find_and_revoke(person, tokens):
    person.open("/admin/").sees("All tokens")
    assert users(person) == ["bob"] * 3 + ["dora"] * 3
    person.type("f-user", "bob").press("Show")
    assert users(person) == ["bob"] * 3
    person.tick("token 0", "token 2").ask_to_revoke_selected()
    person.sees("Revoke the selected tokens?" if person.has_script else "Revoke 2 tokens?")
    assert len(tokens.rows()) == 6
    person.press("Revoke").sees("All tokens")
    person.focuses(".note[role=status]")
    assert users(person) == ["bob"]     # what was looked for is kept
    assert person.find("#f-user").get_attribute("value") == "bob"
    person.press("Show all").sees("All tokens")
    assert users(person) == ["bob"] + ["dora"] * 3


def test_tokens_are_found_and_revoked(person, tokens):
    person.sign_in()
    find_and_revoke(person, tokens)


def test_the_same_without_script(person, tokens):
    switch_script_off(person)
    person.sign_in()
    find_and_revoke(person, tokens)


def test_all_of_a_user_by_keyboard(person, tokens):
    person.sign_in()
    person.open("/admin/")
    person.tab_to("#f-user")
    person.keys("dora")
    person.enter()
    assert users(person) == ["dora"] * 3
    person.tab_to("a[href*='revoke?user=dora']")
    person.enter()
    person.sees("Revoke all tokens that match?").focuses("h1")
    person.tab_to("main button[type=submit]")
    person.enter()
    person.sees("All tokens").focuses(".note[role=status]")
    assert users(person) == ["bob"] * 3


def test_everything_is_typed_first(person, tokens):
    person.sign_in()
    person.open("/admin/").press("Revoke everything").sees("Revoke everybody's tokens?")
    person.expect("400")
    person.type("confirm", "revoke all").press("Revoke")
    person.focuses("#confirm")
    assert len(tokens.rows()) == 6
    person.type("confirm", "revoke everything")
    person.find("#confirm").send_keys(Keys.ENTER)
    person.sees("All tokens")
    assert not tokens.rows()


def test_what_happened_is_shown_and_filtered(person, tokens):
    person.sign_in()
    person.open("/admin/?user=bob").press("Revoke all that match").press("Revoke")
    person.open("/admin/audit").sees("What happened")
    assert len(person.find_all(".events tbody tr")) >= 4
    person.type("f-user", "bob").press("Show")
    assert all("bob" in row.text for row in person.find_all(".events tbody tr"))
    person.type("f-user", "nobody").press("Show").find(".empty")
