# SPDX-License-Identifier: Apache-2.0
"""The list in a browser: its order, tokens that are revoked several at once,
and the same without script."""

import time

import pytest

from person import switch_script_off
from server import shaped

DAY = 86400


@pytest.fixture
def tokens(site):
    """Four of alice's, one of them expired; what they are opened with."""
    made = {}
    today = int(time.time()) // DAY * DAY
    for label, days in (("d", None), ("c", 2), ("a", -3), ("b", 40)):
        made[label] = shaped()
        site.tokens.append(made[label])
        site.insert(label, digest=site.digest(made[label]), created_at=today - 9 * DAY,
                    expires_at=None if days is None else today + days * DAY)
    return made


def labels(person):
    return [row[0] for row in person.rows()]


def test_each_press_on_a_column_turns_its_order(person, tokens):
    person.sign_in()
    assert labels(person) == list("dcab")
    for order in ("abcd", "dcba", "abcd"):
        person.leave(person.find("thead a[href*='sort=label']").click)
        assert labels(person) == list(order)
    person.leave(person.find("thead a[href*='sort=expires']").click)
    assert labels(person) == list("acbd")
    sorted_by = person.find("[aria-sort]")
    assert (sorted_by.text, sorted_by.get_attribute("aria-sort")) == ("Expires",
                                                                      "ascending")


def revoke_two(person, site, tokens):
    person.tick("a", "d").ask_to_revoke_selected()
    person.sees("Revoke the selected tokens?" if person.has_script else "Revoke 2 tokens?")
    assert [item.text.splitlines()[0] for item in person.find_all(".several li")] \
        == ["d", "a"]
    assert site.check("alice", tokens["d"]).status == 200
    person.press("Revoke").sees("Tokens")
    assert "The tokens were revoked." in person.read(".note[role=status]")
    person.focuses(".note[role=status]")
    assert labels(person) == ["c", "b"]
    assert [site.check("alice", tokens[label]).status for label in "abcd"] \
        == [401, 200, 200, 401]


def test_several_tokens_are_revoked_at_once(person, site, tokens):
    person.sign_in()
    revoke_two(person, site, tokens)


def test_several_tokens_are_revoked_without_script(person, site, tokens):
    switch_script_off(person)
    person.sign_in()
    assert not person.find("#all").is_displayed()
    person.leave(person.find("thead a[href*='sort=created']").click)
    person.open("/tokens/")
    revoke_two(person, site, tokens)


def test_one_box_selects_all(person, tokens):
    person.sign_in()
    boxes = person.find_all("input[name=id]")
    everything = person.find("#all")
    everything.click()
    assert all(box.is_selected() for box in boxes)
    boxes[1].click()
    assert not everything.is_selected()
    assert everything.get_property("indeterminate") is True
    boxes[1].click()
    assert everything.is_selected()
    everything.click()
    assert not any(box.is_selected() for box in boxes)


def test_all_that_expired_are_revoked_with_one_button(person, site, tokens):
    site.sql("UPDATE jiratoken SET expires_at = 86400 WHERE label = 'b'")
    person.sign_in()
    person.press("Revoke all expired").sees("Revoke 2 tokens?")
    person.press("Revoke").sees("Tokens")
    assert labels(person) == ["d", "c"]
    assert person.find_all("a[href*=expired]") == []


def test_one_token_that_is_selected_is_asked_about_by_name(person, tokens):
    person.sign_in()
    person.tick("b").ask_to_revoke_selected().sees("Revoke b?")
    person.cancel().sees("Tokens")
    assert labels(person) == list("dcab")


def test_nothing_selected_is_said_and_nothing_lost(person, tokens):
    person.expect("status of 400")
    switch_script_off(person)
    person.sign_in()
    person.ask_to_revoke_selected().sees("Tokens")
    assert "Select at least one token" in person.read(".note[role=alert]")
    person.focuses(".note[role=alert]")
    assert labels(person) == list("dcab")


def test_the_exact_instant_is_told_on_hover_and_to_screen_readers(person, tokens):
    person.sign_in()
    expires = person.find_all("tbody tr")[1].find_element("css selector", "td time")
    for when in person.find_all("tbody td time"):
        exact = when.get_attribute("title")
        assert exact.endswith(" UTC")
        assert exact in when.get_attribute("textContent").replace("\n", "")
    assert expires.get_attribute("datetime").endswith("Z")
