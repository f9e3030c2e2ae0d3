# SPDX-License-Identifier: Apache-2.0
"""Every page and state in light, in dark, at 768 and at 320 px: nothing sticks
out to the side, all text stands out, all controls can be hit and read. A
picture of each goes into screenshots/, to be looked at."""

import pathlib
import secrets
import time

import pytest

PICTURES = pathlib.Path(__file__).parent / "screenshots"
DAY = 86400
LONG_USER = "maximiliane.hohenzollern-" * 4 + "@example.com"
WIDE, MEDIUM, NARROW, TALL = 1280, 768, 320, 800

# WCAG 2.2, 1.4.3: text whose contrast with what is behind it is below 4.5.
FAINT = """
function channels(colour) {
    return colour.match(/[\\d.]+/g).map(Number);
}
function luminance(c) {
    var l = c.slice(0, 3).map(function (v) {
        v /= 255;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
}
function ground(e) {
    for (; e; e = e.parentElement) {
        var c = channels(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] === 1) { return c; }
    }
    throw new Error("no background");
}
function has_text(e) {
    return e.value || Array.from(e.childNodes).some(function (n) {
        return n.nodeType === 3 && n.data.trim();
    });
}
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    return has_text(e) && e.checkVisibility();
}).map(function (e) {
    var a = luminance(channels(getComputedStyle(e).color));
    var b = luminance(ground(e));
    return [e.textContent || e.value,
            (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
}).filter(function (found) { return found[1] < 4.5; });
"""

# WCAG 2.2, 2.5.8: controls, other than links within text, below 24 px.
SMALL = """
return Array.from(document.querySelectorAll("button, input, nav a, main a"))
    .filter(function (e) {
        var box = e.getBoundingClientRect();
        return e.checkVisibility() && (box.width < 24 || box.height < 24);
    }).map(function (e) { return e.outerHTML; });
"""

# What crosses the page's edges. Text for screen readers alone may.
OUTSIDE = """
var width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll("header *, main *"))
    .filter(function (e) {
        var box = e.getBoundingClientRect();
        return !e.closest(".hidden") && box.width
            && (box.right > width + 0.5 || box.left < -0.5);
    }).map(function (e) { return e.outerHTML; });
"""


def add_row(site, user, label, created=None, expires=None, used=None):
    """A row as time would have made it: days from now, None for an old row."""
    def at(days):
        return None if days is None else int(time.time() + days * DAY)
    if expires is not None:     # ends with its day
        expires = int(time.time() // DAY + expires + 1) * DAY
    [[slot]] = site.sql("SELECT coalesce(max(slot), -1) + 1 FROM jiratoken"
                        " WHERE user_name = ?", user)
    site.sql("INSERT INTO jiratoken (user_name, slot, label, digest, created_at,"
             " expires_at, last_used_at, last_used_from)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", user, slot, label,
             secrets.token_hex(32), at(created), expires, at(used),
             None if used is None else "2001:db8:85a3:8d3:1319:8a2e:370:7348")


def add_rows(site, user):
    add_row(site, user, "Old importer")
    add_row(site, user, "Looker Studio", -200, 165, -0.1)
    add_row(site, user, "CI: nightly report", -80, 3, -1)
    add_row(site, user, "git on laptop", -400, -35, -40)
    add_row(site, user, "تقرير المبيعات الليلي", -3, None, None)
    add_row(site, user, "W" * 100, -2, None, -1)


# ---- the states, in the order in which one person meets them

def list_empty(person, site, user):
    person.open("/tokens/")


def create(person, site, user):
    person.open("/tokens/create")


def create_with_errors(person, site, user):
    person.open("/tokens/create").type("label", "  ").choose_day("2020-01-31")
    person.run("document.forms[0].noValidate = true")
    person.press("Create").find("#expires-fault")


def shown_once(person, site, user):
    person.create("Power BI " + "W" * 91, "2099-12-31")


def shown_and_selected(person, site, user):
    person.run("Object.defineProperty(navigator, 'clipboard', {})")
    person.find("[data-copy=token]").click()
    person.wait(lambda: person.read("#copy-status"), "nothing said")


def list_with_all_states(person, site, user):
    add_rows(site, user)
    person.open("/tokens/")
    states = {row[4].removeprefix("Status: ") for row in person.rows()}
    assert states == {"Active", "Expires soon", "Expired"}


def revoke(person, site, user):
    person.ask_to_revoke(2).find("form.card")


def revoke_a_wide_one(person, site, user):
    [[row]] = site.sql("SELECT id FROM jiratoken WHERE label = ?", "W" * 100)
    person.open(f"/tokens/{row}/revoke").find("form.card")


def list_after_revoking(person, site, user):
    person.press("Revoke").sees("Tokens").find("[role=status]")


def limit(person, site, user):
    for number in range(2):
        add_row(site, user, f"Excel {number}", -5, 90)
    assert "8 of 8 tokens" in person.open("/tokens/").text()


def create_at_the_limit(person, site, user):
    person.open("/tokens/create").find("[role=alert]")


def create_duplicate(person, site, user):
    site.sql("DELETE FROM jiratoken WHERE user_name = ? AND label = 'Excel 1'", user)
    person.open("/tokens/create").type("label", "Excel 0").press("Create")
    person.find("[role=alert]")


def connect(person, site, user):
    person.open("/tokens/connect").sees("Connect")


def not_found(person, site, user):
    person.open("/tokens/999999/revoke").sees("There is nothing here")


def nobody(person, site, user):
    person.open("/unprotected/").sees("Nobody is signed in")


STATES = (list_empty, create, create_with_errors, shown_once, shown_and_selected,
          list_with_all_states, revoke, revoke_a_wide_one, list_after_revoking,
          limit, create_at_the_limit, create_duplicate, connect, not_found, nobody)


# Words that belong on one line and stand on several.
BROKEN = """
return Array.from(document.querySelectorAll(".button, .state, thead th"))
    .filter(function (e) {
        var words = document.createRange();
        words.selectNodeContents(e.firstChild || e);
        var tops = Array.from(words.getClientRects(), function (r) { return r.top; });
        return e.checkVisibility() && new Set(tops).size > 1;
    }).map(function (e) { return e.outerHTML; });
"""

SIDEWAYS = """
var page = document.documentElement;
return page.scrollWidth > page.clientWidth ? [page.scrollWidth] : [];
"""
RULES = {"scrolls sideways to": SIDEWAYS, "sticks out": OUTSIDE,
         "is faint": FAINT, "is too small": SMALL, "is broken": BROKEN}


def faults(person, where):
    return [f"{where}: {rule}: {found}" for rule, script in RULES.items()
            for found in person.run(script)]


def prepare(person, site, user):
    site.settings += "JiraTokenMax 8\nJiraTokenPrefix abcdefghijklmno0\n"
    site.restart()
    person.expect("status of 4(00|03|04|09)")
    site.expect("token pages without a signed-in user")
    site.add_user(user, "secret")
    person.sign_in(user, "secret")


def is_light(person):
    colour = person.run("return getComputedStyle(document.querySelector('main'))"
                        ".color")
    return sum(int(c) for c in colour[4:-1].split(",")) < 384


@pytest.mark.parametrize("name, width, scheme, user", [
    ("light", WIDE, "light", "dana"),
    ("dark", WIDE, "dark", "dana"),
    ("medium", MEDIUM, "light", "dana"),
    ("narrow", NARROW, "light", LONG_USER),
], ids=["light", "dark", "medium", "narrow"])
def test_every_page_is_whole_and_legible(person, site, name, width, scheme, user):
    person.resize(width, TALL)
    person.prefer(scheme)
    prepare(person, site, user)
    assert is_light(person) == (scheme == "light")
    found = []
    for number, state in enumerate(STATES):
        state(person, site, user)
        where = f"{name}-{number:02}-{state.__name__}"
        person.photograph(PICTURES / f"{where}.png")
        found += faults(person, where)
    assert found == []


def test_the_manuals_picture_is_small(person, site):
    """docs/tokens.png is this one, copied by hand."""
    person.resize(1280, 720)
    person.prefer("light")
    add_row(site, "alice", "Looker Studio", -121, 244, -0.02)
    add_row(site, "alice", "git on laptop", -37, None, -1.3)
    add_row(site, "alice", "CI: nightly report", -86, 4, -0.4)
    site.sql("UPDATE jiratoken SET last_used_from = '192.0.2.' || (id * 17)")
    person.sign_in()
    assert [row[4] for row in person.rows()].count("Expires soon") == 1
    assert faults(person, "tokens") == []
    person.photograph(PICTURES / "tokens.png", whole=False)
    assert (PICTURES / "tokens.png").stat().st_size < 100 * 1024
