# SPDX-License-Identifier: Apache-2.0
"""How somebody comes back to the list: in the order it had, after a question that was
cancelled and after a change; and which token is marked as new there."""

import re

import pytest

from page import Page, text

pytestmark = pytest.mark.plain

ORDERED = "sort=label&order=desc"


@pytest.fixture
def three(running):
    for label in ("alpha", "beta", "gamma"):
        running.insert(label)
    return running


def number_of(server, label):
    [[number]] = server.sql("SELECT id FROM jiratoken WHERE label = ?", label)
    return number


def look(server, path):
    answer = server.get("/tokens/" + path, user="alice")
    assert answer.status == 200
    return Page(answer)


def where_it_leads_back(page):
    """The link that cancels, and the fields that are sent along."""
    [back] = [a.get("href") for a in page.all("a") if text(a) == "Cancel"]
    form = {e.get("name"): e.get("value") for e in page.all("input")
            if e.get("name") in ("sort", "order")}
    return back, form


@pytest.mark.parametrize("what", ["revoke", "rotate", "rename"])
def test_question_about_one_keeps_the_order(three, what):
    """Rotating ends on the page that shows the secret, which has an order of its own:
    the token stands first."""
    page = look(three, f"{number_of(three, 'beta')}/{what}?{ORDERED}")
    back, form = where_it_leads_back(page)
    assert back == f"../?{ORDERED}"
    assert form == ({"sort": "label", "order": "desc"} if what != "rotate" else {})


def test_question_about_several_keeps_the_order(three):
    ids = "&".join(f"id={number_of(three, label)}" for label in ("alpha", "beta"))
    back, form = where_it_leads_back(look(three, f"revoke?{ids}&{ORDERED}"))
    assert (back, form) == (f"./?{ORDERED}", {"sort": "label", "order": "desc"})


@pytest.mark.parametrize("query", ["", "?sort=nothing", "?order=desc", "?sort=%3Cb%3E"])
def test_list_without_an_order_has_none_to_keep(three, query):
    back, form = where_it_leads_back(look(three, f"{number_of(three, 'beta')}/revoke{query}"))
    assert (back, form) == ("../", {})


@pytest.mark.parametrize("sent, back", [
    ({"sort": "label", "order": "desc"}, ORDERED), ({"sort": "status"}, "sort=status"),
    ({"sort": "label", "order": "up"}, "sort=label"),
    ({"sort": "label\r\nX: y", "order": "desc"}, ""),
    ({"sort": "//evil.example"}, ""), ({}, "")])
@pytest.mark.parametrize("what", ["revoke", "rename"])
def test_change_leads_back_to_the_list_in_its_order(three, what, sent, back):
    answer = three.post(f"/tokens/{number_of(three, 'beta')}/{what}",
                        {"label": "delta", **sent}, user="alice")
    assert answer.status == 303
    place, _, query = answer.get("Location").partition("?")
    assert place == "../"
    assert re.sub(r"&?done=[a-z-]+&?", "", query) == back


def test_several_that_were_revoked_lead_back_to_the_list_in_its_order(three):
    ids = [("id", str(number_of(three, label))) for label in ("alpha", "beta")]
    answer = three.post("/tokens/revoke", [*ids, ("sort", "label"), ("order", "desc")],
                        user="alice")
    assert answer.status == 303 and ORDERED in answer.get("Location")


# ---- what is new

def marked(page):
    return [text(e) for e in page.all("small") if "new" in e.get("class", "").split()]


def test_new_token_stands_first_and_is_marked(three):
    number = number_of(three, "gamma")
    page = look(three, f"?new={number}")
    assert page.column(0)[0].startswith("gamma") and marked(page) == ["New"]
    assert [label.split()[0] for label in page.column(0)] == ["gamma", "alpha", "beta"]
    assert marked(look(three, "")) == []


def test_list_that_is_sorted_marks_it_where_it_is(three):
    page = look(three, f"?new={number_of(three, 'gamma')}&sort=label")
    assert [label.split()[0] for label in page.column(0)] == ["alpha", "beta", "gamma"]
    assert marked(page) == ["New"]


@pytest.mark.parametrize("value", ["999999", "0", "-1", "01", "x", "%3Cscript%3E", "1%00",
                                   "99999999999999999999", "2&new=3"])
def test_what_is_no_token_of_theirs_marks_nothing(three, value):
    three.insert("theirs", "bob")
    for new in (value, str(number_of(three, "theirs"))):
        page = look(three, f"?new={new}")
        assert [label.split()[0] for label in page.column(0)] == ["alpha", "beta", "gamma"]
        assert marked(page) == []
