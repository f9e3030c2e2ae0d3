# SPDX-License-Identifier: Apache-2.0
"""What the list draws attention to, and what not: the bar of what is selected, calm
rows, what is new, how many are left; and where things stand on the page."""

import time

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from server import shaped

DAY = 86400
MOST = 25


def fill(site, count, days=90, name="t"):
    """t00 and so on: used, so that nothing needs attention; all valid this long."""
    today = int(time.time()) // DAY * DAY
    for number in range(count):
        site.insert(f"{name}{number:02}", digest=site.digest(shaped()),
                    created_at=today - 9 * DAY, last_used_at=today - DAY,
                    last_used_from="192.0.2.7", expires_at=today + days * DAY)


def style(person, element, name, part=None):
    return person.run("return getComputedStyle(arguments[0], arguments[2])[arguments[1]]",
                      element, name, part)


def colour(person, name):
    """A custom property, as a computed colour."""
    return person.run("var e = document.createElement('p'); e.style.color ="
                      " 'var(' + arguments[0] + ')'; document.body.append(e);"
                      " var c = getComputedStyle(e).color; e.remove(); return c", name)


# ---- the bar of what is selected

def bar(person):
    return person.find("[data-opens=several]")


def is_in_window(person, element):
    return person.run("var box = arguments[0].getBoundingClientRect();"
                      " return box.top >= 0 && box.bottom <= innerHeight", element)


def test_the_bar_is_off_while_nothing_is_selected(person, site):
    fill(site, 3)
    person.sign_in()
    button = bar(person)
    assert (button.text, button.is_enabled()) == ("Revoke selected", False)
    person.tick("t01")
    assert (button.text, button.is_enabled()) == ("Revoke selected (1)", True)
    person.find("#all").click()
    assert (button.text, button.is_enabled()) == ("Revoke selected (3)", True)
    person.find("#all").click()
    assert (button.text, button.is_enabled()) == ("Revoke selected", False)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_bar_stays_in_the_window_while_something_is_selected(person, site, width):
    person.resize(width, 700)
    fill(site, MOST)
    person.sign_in()
    assert not is_in_window(person, bar(person))
    person.tick("t00")
    for place in (0, 300, 10 ** 6):
        person.run("window.scrollTo(0, arguments[0])", place)
        assert is_in_window(person, bar(person))
    person.tick("t00").run("window.scrollTo(0, 0)")
    assert not is_in_window(person, bar(person))


def test_the_bar_hides_no_row_that_has_the_focus(person, site):
    """WCAG 2.2, 2.4.11."""
    person.resize(1280, 700)
    fill(site, MOST)
    person.sign_in()
    person.tick("t00").run("document.getElementById('all').focus()")
    for _ in range(4 * MOST):
        person.keys(Keys.TAB)
        seen = person.run("""
            var e = document.activeElement, box = e.getBoundingClientRect();
            var bar = document.querySelector(".bar").getBoundingClientRect();
            return !e.closest(".tokens") || (box.bottom <= bar.top && box.top >= 0);
        """)
        assert seen, person.run("return document.activeElement.outerHTML")
    assert person.run("return !!document.activeElement.closest('.tokens')")


# ---- calm rows

def test_revoke_is_red_only_under_the_pointer_or_the_focus(person, site):
    fill(site, 3)
    person.prefer(prefers_color_scheme="light")
    person.sign_in()
    ink, red = colour(person, "--ink"), colour(person, "--danger")
    buttons = person.find_all(".tokens [data-opens=revoke]")
    assert [style(person, button, "color") for button in buttons] == [ink] * 3
    ActionChains(person.driver).move_to_element(buttons[1]).perform()
    assert [style(person, button, "color") for button in buttons] == [ink, red, ink]
    ActionChains(person.driver).move_to_element(person.find("h1")).perform()
    person.tab_to(".tokens tbody tr:nth-child(3) [data-opens=revoke]")
    assert [style(person, button, "color") for button in buttons] == [ink, ink, red]
    assert style(person, bar(person), "color") != red


def test_only_the_column_that_sorts_has_an_arrow(person, site):
    fill(site, 2)
    person.sign_in()
    person.open("/tokens/?sort=expires&order=desc")

    def arrows():
        return [link.text for link in person.find_all("thead a")
                if style(person, link, "visibility", "::after") == "visible"]
    ActionChains(person.driver).move_to_element(person.find("h1")).perform()
    assert arrows() == ["Expires"]
    ActionChains(person.driver).move_to_element(person.find("thead a")).perform()
    assert arrows() == ["Label", "Expires"]


def test_what_expired_is_told_in_neutral_colours(person, site):
    fill(site, 1, days=-3)
    person.prefer(prefers_color_scheme="light")
    person.sign_in()
    badge = person.find(".state.expired")
    assert style(person, badge, "color") == colour(person, "--soft")
    assert style(person, badge, "backgroundColor") == colour(person, "--ground")


def test_distances_stand_where_they_matter_and_fit_their_dates(person, site):
    today = int(time.time()) // DAY
    for label, days in (("far", 90), ("soon", 5), ("over", -4)):
        site.insert(label, digest=site.digest(shaped()), created_at=today * DAY,
                    expires_at=(today + days + 1) * DAY)
    person.sign_in()
    cells = {row[0]: [line for line in row[2].splitlines() if "UTC" not in line]
             for row in person.rows()}      # without what screen readers alone say
    date = [time.strftime("%Y-%m-%d", time.gmtime((today + days) * DAY))
            for days in (90, 5, -4)]
    assert cells == {"far": [date[0]], "soon": [date[1], "in 5 days"],
                     "over": [date[2], "4 days ago"]}


# ---- what needs attention, and how many are left

def sums(person):
    return [item.text for item in person.find_all(".sums li")]


def test_one_line_on_top_says_what_needs_attention(person, site):
    today = int(time.time()) // DAY * DAY
    for number, (days, used) in enumerate(
            [(3, 1), (3, 1), (-3, 1), (90, None), (None, 1), (90, 1)]):
        site.insert(f"t{number}", digest=site.digest(shaped()), created_at=today - 80 * DAY,
                    expires_at=days and today + days * DAY, last_used_at=used and today)
    person.sign_in()
    assert sums(person) == ["2 expire soon", "1 expired",
                            "1 over 30 days old and never used", "1 never expires"]
    top, table = person.find(".sums").rect, person.find(".tokens").rect
    assert top["y"] < table["y"] and top["height"] < 30


def test_a_list_in_order_draws_no_attention(person, site):
    fill(site, 3)
    person.sign_in()
    assert sums(person) == []


@pytest.mark.parametrize("count", [19, 20, 24, 25])
def test_how_full_it_is_is_drawn_from_80_percent_on(person, site, count):
    fill(site, count)
    person.sign_in()
    assert person.read("#count") == f"{count} of {MOST} tokens"
    bars = [(e.get_attribute("value"), e.accessible_name)
            for e in person.find_all("meter")]
    assert bars == ([(str(count), f"{count} of {MOST} tokens")] if count >= 20 else [])


def test_at_the_limit_the_reason_and_the_way_out_stand_together(person, site):
    fill(site, MOST - 1)
    fill(site, 1, days=-3, name="over")
    person.sign_in()
    button = person.control("Create token")
    assert not button.is_enabled()
    note = person.find(".note.full")
    assert person.find("#" + button.get_attribute("aria-describedby")).text in note.text
    [way] = note.find_elements("css selector", "a")
    assert way.text == "Revoke all expired"
    person.leave(way.click).sees("Revoke over00?").press("Revoke").sees("Tokens")
    assert person.control("Create token").is_enabled()
    assert person.find_all(".note.full") == []


# ---- what is new

def test_the_new_token_stands_first_and_is_marked_once(person, site):
    fill(site, 3)
    person.sign_in()
    person.create("newest")
    person.press("Done").sees("Tokens")
    assert person.read(".tokens tbody tr th").split() == ["newest", "New"]
    assert len(person.find_all(".tokens .new")) == 1
    person.leave(person.driver.refresh)
    assert person.find_all(".tokens .new") == []


# ---- what looks like a button

def test_space_presses_what_looks_like_a_button(person, site):
    fill(site, MOST - 1)
    person.sign_in()
    person.tab_to("main a.button.primary")
    person.keys(Keys.SPACE)
    person.wait(person.is_asked, "no dialog")
    assert person.run("return scrollY") == 0
    person.cancel()
    person.tab_to(".tokens [data-opens=revoke]")
    before = person.run("return scrollY")
    person.keys(Keys.SPACE)
    person.sees("Revoke t00?").cancel()
    assert person.run("return scrollY") == before
    person.open("/tokens/create").tab_to("main a.button")
    person.leave(lambda: person.keys(Keys.SPACE)).sees("Tokens")


# ---- where things stand

EDGES = """
var blocks = document.querySelectorAll("main .card, main .note, main .tokens, main pre,"
                                       + " main details");
return Array.from(blocks).filter(function (e) {
    return e.checkVisibility()
        && !e.parentElement.closest(".card, .note, .tokens, details, dialog");
}).map(function (e) {
    var box = e.getBoundingClientRect();
    return [Math.round(box.left), Math.round(box.right)];
});
"""


@pytest.mark.parametrize("width", [1400, 1280, 1100, 768, 390])
def test_all_blocks_of_all_pages_end_at_one_edge(person, site, width):
    person.resize(width, 800)
    person.prefer(prefers_color_scheme="light")
    fill(site, MOST - 2)
    person.sign_in()
    found = {}
    row = site.rows()[0]
    for path in ("/tokens/", "/tokens/create", "/tokens/connect", "/tokens/1/revoke",
                 "/tokens/1/rotate", "/tokens/1/rename", "/tokens/revoke?id=1&id=2",
                 "/admin/", "/admin/audit", "/admin/revoke"):
        person.open(path)
        found[path] = person.run(EDGES)
    assert row
    person.create("last but one")
    found["shown"] = person.run(EDGES)
    person.create("last")
    found["limit"] = person.open("/tokens/").run(EDGES)
    assert all(found.values()), found
    assert len({tuple(edge) for edges in found.values() for edge in edges}) == 1, found


def test_a_full_list_is_short_enough_for_a_phone(person, site):
    person.resize(390, 844)
    fill(site, MOST)
    site.sql("UPDATE jiratoken SET label = 'Looker Studio, no. ' || slot")
    person.sign_in()
    assert len(person.rows()) == MOST
    assert person.run("return document.documentElement.scrollHeight") <= 4700
