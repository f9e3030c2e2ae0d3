# SPDX-License-Identifier: Apache-2.0
"""Expiry dates: which days are taken, what the page says of the others, and the
lifetimes that a site may set. A day is meant in UTC, to its end."""

import calendar
import datetime

import pytest

from page import Page, text

pytestmark = pytest.mark.plain

NOON = "2027-01-15 12:00:00"     # a Friday


def create(server, label="ci", expires=""):
    return server.post("/tokens/create", {"label": label, "expires": expires},
                       user="alice")


def midnight_after(day):
    """The end of a day, in epoch seconds."""
    year, month, date = map(int, day.split("-"))
    return calendar.timegm((year, month, date, 0, 0, 0)) + 86400


def fault(answer):
    """What the page says next to the date that it refuses."""
    page = Page(answer)
    field = page.input("expires")
    assert field.get("aria-invalid") == "true"
    assert "expires-fault" in field.get("aria-describedby").split()
    assert page.id("label-fault") is None
    return text(page.id("expires-fault"))


def stored(server):
    return server.sql("SELECT label, expires_at FROM jiratoken ORDER BY id")


@pytest.mark.database
@pytest.mark.parametrize("day", [
    "2027-01-15", "2027-01-16", "2027-12-31", "2028-02-29", "2400-02-29",
    "2038-01-19", "2038-01-20", "2106-02-07", "9999-12-30", "9999-12-31",
])
def test_day_from_today_on_is_an_expiry_date(server, day):
    server.set_clock(NOON)
    server.start()
    answer = create(server, "ci", day)
    assert answer.status == 200
    assert f"Valid through {day}, 24:00 UTC" in text(Page(answer).root)
    if day != "9999-12-31":
        assert stored(server) == [("ci", midnight_after(day))]
    else:
        assert stored(server) == [("ci", 253402300800)]
    [row] = Page(server.get("/tokens", user="alice")).table()
    is_soon = day.startswith("2027-01")
    assert row[2].startswith(f"{day}, 24:00 UTC") and (" in " in row[2]) is is_soon
    assert row[4] == ("Expires soon" if is_soon else "Active")


FORMAT, PAST = "YYYY-MM-DD", "today (2027-01-15 in UTC)"


@pytest.mark.parametrize("day, words", [
    ("2027-01-14", PAST), ("2026-12-31", PAST), ("1970-01-01", PAST),
    ("1969-12-31", PAST), ("1900-03-01", PAST), ("0001-01-01", PAST),
    ("10000-01-01", FORMAT), ("2027-02-29", FORMAT), ("2100-02-29", FORMAT),
    ("2027-04-31", FORMAT), ("2027-13-01", FORMAT), ("2027-00-10", FORMAT),
    ("2027-05-00", FORMAT), ("2027-05-32", FORMAT), ("2027-3-1", FORMAT),
    (" 2027-03-01", FORMAT), ("2027-03-01 ", FORMAT), ("2027-03-01T00:00", FORMAT),
    ("2027-03-01Z", FORMAT), ("20270301", FORMAT), ("2027/03/01", FORMAT),
    ("01.03.2027", FORMAT), ("+2027-03-01", FORMAT), ("-2027-03-01", FORMAT),
    ("2027-03-1x", FORMAT), ("27-03-01", FORMAT), ("2027-W10-1", FORMAT),
    ("2027-060", FORMAT), ("never", FORMAT), ("0", FORMAT), ("90", FORMAT), (" ", FORMAT),
    ("٢٠٢٧-٠٣-٠١", FORMAT), ("２０２７-03-01", FORMAT), ("2027−03−01", FORMAT),
    ("9" * 400, FORMAT), ("0000-00-00", FORMAT), ("<b>2027", FORMAT),
])
def test_anything_else_is_no_expiry_date(server, day, words):
    server.set_clock(NOON)
    server.start()
    answer = create(server, "ci", day)
    assert answer.status == 400
    assert words in fault(answer)
    page = Page(answer)
    assert page.input("label").get("value") == "ci"
    assert page.input("expires").get("value", "") == day
    assert server.rows() == []


def test_today_ends_at_midnight_in_utc(server):
    server.set_clock("2027-01-16 12:59:10")
    server.environment["TZ"] = "Pacific/Auckland"     # the 15th, 23:59 in UTC
    server.start()
    page = Page(server.get("/tokens/create", user="alice"))
    assert page.input("expires").get("min") == "2027-01-15"
    assert create(server, "today", "2027-01-15").status == 200
    assert create(server, "yesterday", "2027-01-14").status == 400
    assert stored(server) == [("today", midnight_after("2027-01-15"))]
    [row] = Page(server.get("/tokens", user="alice")).table()
    assert row[1:3] == ["2027-01-15, 23:59 UTC",
                        "2027-01-15, 24:00 UTC in less than a minute"]


def test_longest_lifetime_requires_and_bounds_the_date(server):
    server.set_clock(NOON)
    server.settings += "JiraTokenMaxLifetime 30\n"
    server.start()
    old = server.insert("old", created_at=1)
    page = Page(server.get("/tokens/create", user="alice"))
    field = page.input("expires")
    assert "required" in field.attrib
    assert (field.get("min"), field.get("max")) == ("2027-01-15", "2027-02-14")
    assert "2027-02-14" in page.described(field)
    assert "Choose an expiry date" in fault(create(server))
    late = create(server, "ci", "2027-02-15")
    assert late.status == create(server, "ci", "9999-12-31").status == 400
    assert "Choose 2027-02-14 or earlier" in fault(late)
    assert create(server, "ci", "2027-02-14").status == 200
    assert stored(server) == [("old", None), ("ci", midnight_after("2027-02-14"))]
    assert Page(server.get("/tokens", user="alice")).table()[0][2] == "Never"
    assert server.get(f"/tokens/{old}/revoke", user="alice").status == 200


def test_default_lifetime_fills_the_form_and_nothing_else(server):
    server.set_clock(NOON)
    server.settings += "JiraTokenDefaultLifetime 90\n"
    server.start()
    page = Page(server.get("/tokens/create", user="alice"))
    assert page.input("expires").get("value") == "2027-04-15"
    assert "required" not in page.input("expires").attrib
    page = Page(server.get("/tokens/create?expires=2027-02-01", user="alice"))
    assert page.input("expires").get("value") == "2027-02-01"
    assert create(server).status == 200           # emptied by its user
    assert stored(server) == [("ci", None)]


def test_today_is_taken_until_midnight_by_the_clock(running):
    """Without a clock of our own: what the form proposes is taken."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for days in (1, 365):
        day = (today + datetime.timedelta(days)).isoformat()
        assert create(running, day, day).status == 200
    day = (today - datetime.timedelta(1)).isoformat()
    assert create(running, day, day).status == 400
