# SPDX-License-Identifier: Apache-2.0
"""Every page and state in light, in dark, at 768 and at 320 px, in the colours
that a person chose for all pages, at 200 %: nothing sticks out to the side, all
text stands out, all controls can be hit and read, and axe finds nothing. A
picture of each goes into screenshots/, to be looked at."""

import pathlib
import time

import pytest

PICTURES = pathlib.Path(__file__).parent / "screenshots"
DAY = 86400
LONG_USER = "maximiliane.hohenzollern-" * 4 + "@example.com"
MOST = 25   # tokens, for each user

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

# WCAG 2.2, 2.5.8: controls, other than links within text, below 24 px. What is
# pressed for a checkbox is its label too.
SMALL = """
function is_within_text(e) {
    var around = e.parentElement.closest("p, li, dd, td");
    return e.matches("a") && getComputedStyle(e).display === "inline" && around
        && around.innerText.trim().length > e.innerText.trim().length;
}
function size(e) {
    var isBox = e.type === "checkbox" || e.type === "radio";
    var boxes = (isBox ? [e, ...e.labels] : [e]).map(function (part) {
        return part.getBoundingClientRect();
    });
    return ["width", "height"].map(function (side) {
        return Math.max.apply(null, boxes.map(function (box) { return box[side]; }));
    });
}
return Array.from(document.querySelectorAll(
    "button, input, select, textarea, summary, nav a, main a, dialog a"))
    .filter(function (e) {
        return e.checkVisibility() && !is_within_text(e) && Math.min(...size(e)) < 24;
    }).map(function (e) { return e.outerHTML; });
"""

# What crosses the page's edges. Text for screen readers alone may.
OUTSIDE = """
var width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    var box = e.getBoundingClientRect();
    return !e.closest(".hidden, .skip") && box.width
        && (box.right > width + 0.5 || box.left < -0.5);
}).map(function (e) { return e.outerHTML; });
"""

# Words that belong on one line and stand on several.
BROKEN = """
function boxes(e) {
    var all = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        if (walk.currentNode.parentElement.closest(".hidden")) { continue; }
        var words = document.createRange();
        words.selectNodeContents(walk.currentNode);
        all.push(...words.getClientRects());
    }
    return all;
}
return Array.from(document.querySelectorAll(".button, .state, thead th"))
    .filter(function (e) {
        var all = e.checkVisibility() ? boxes(e) : [];
        return all.some(function (one) {
            return all.some(function (other) { return other.top >= one.bottom - 1; });
        });
    }).map(function (e) { return e.outerHTML; });
"""

SIDEWAYS = """
var page = document.documentElement;
return page.scrollWidth > page.clientWidth ? [page.scrollWidth] : [];
"""

# In a palette that replaces the page's colours, a button's edge alone tells it
# from text, and what keeps its own colours may be invisible.
EDGELESS = """
return Array.from(document.querySelectorAll(".button")).filter(function (e) {
    var look = getComputedStyle(e);
    return e.checkVisibility()
        && (look.borderTopStyle === "none" || look.borderTopWidth === "0px");
}).map(function (e) { return e.outerHTML; });
"""

UNFORCED = """
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    return getComputedStyle(e).forcedColorAdjust === "none";
}).map(function (e) { return e.outerHTML; });
"""

RULES = {"scrolls sideways to": SIDEWAYS, "sticks out": OUTSIDE,
         "is too small": SMALL, "is broken": BROKEN}
OWN_COLOURS = {"is faint": FAINT}
FORCED_COLOURS = {"has no edge": EDGELESS, "keeps its own colours": UNFORCED}


def states(person):
    return {badge.text for badge in person.find_all(".tokens .state")}


def add_row(site, user, label, created=None, expires=None, used=None):
    """A row as time would have made it: days from now, None for an old row."""
    def at(days):
        return None if days is None else int(time.time() + days * DAY)
    if expires is not None:     # ends with its day
        expires = int(time.time() // DAY + expires + 1) * DAY
    site.insert(label, user, created_at=at(created), expires_at=expires,
                last_used_at=at(used), last_used_from=None if used is None else
                "2001:db8:85a3:8d3:1319:8a2e:370:7348")


def add_rows(site, user):
    add_row(site, user, "Old importer")
    add_row(site, user, "Looker Studio", -200, 165, -0.1)
    add_row(site, user, "CI: nightly report", -80, 3, -1)
    add_row(site, user, "git on laptop", -400, -35, -40)
    add_row(site, user, "تقرير المبيعات الليلي", -3, None, None)
    add_row(site, user, "W" * 100, -2, None, -1)


# ---- the states, in the order in which one person meets them: each starts
# from what the one before has left

STATES = []


def state(function):
    STATES.append(function)
    return function


@state
def list_empty(person, site, user):
    person.open("/tokens/")


@state
def create(person, site, user):
    person.open("/tokens/create")


@state
def create_with_errors(person, site, user):
    person.open("/tokens/create").type("label", "  ").choose_day("2020-01-31")
    person.send_unchecked().find("#expires-fault")


@state
def shown_once(person, site, user):
    person.create("Power BI " + "W" * 91, "2099-12-31")


@state
def shown_and_selected(person, site, user):
    person.run("Object.defineProperty(navigator, 'clipboard', {})")
    person.find("[data-copy=token]").click()
    person.wait(lambda: person.read("#copy-status"), "nothing said")


@state
def list_with_all_states(person, site, user):
    add_rows(site, user)
    person.open("/tokens/")
    assert states(person) == {"Active", "Expires soon", "Expired"}


@state
def list_sorted(person, site, user):
    person.leave(person.find("thead a[href*=expires]").click)
    person.find("[aria-sort=ascending]")


@state
def create_in_a_dialog(person, site, user):
    person.open_dialog().type("label", "Excel")


@state
def list_with_ticks(person, site, user):
    person.open("/tokens/").tick("Looker Studio", "git on laptop")
    # At its end the bar covers no row, whose ground axe would ask for.
    person.run("window.scrollTo(0, document.body.scrollHeight)")


@state
def revoke_several(person, site, user):
    person.press_in_place("Revoke selected (2)").find("dialog[open] .several li")


@state
def nothing_selected(person, site, user):
    person.open("/tokens/revoke").find(".note[role=alert]")


@state
def revoke(person, site, user):
    person.open("/tokens/").ask_to_revoke(2)


@state
def revoke_on_a_page(person, site, user):
    person.open(person.find(".tokens .act a.danger").get_attribute("href")
                .removeprefix(person.origin)).find("form.card")


@state
def revoke_a_wide_one(person, site, user):
    [[row]] = site.sql("SELECT id FROM jiratoken WHERE label = ?", "W" * 100)
    person.open(f"/tokens/{row}/revoke").find("form.card")


@state
def list_after_revoking(person, site, user):
    person.press("Revoke").sees("Tokens").find("[role=status]")


@state
def limit(person, site, user):
    [[count]] = site.sql("SELECT count(*) FROM jiratoken WHERE user_name = ?", user)
    for number in range(MOST - count):
        add_row(site, user, f"Excel {number}", -5, 90, -number if number else None)
    assert f"{MOST} of {MOST} tokens" in person.open("/tokens/").text()


@state
def create_at_the_limit(person, site, user):
    person.open("/tokens/create").find("[role=alert]")


@state
def create_duplicate(person, site, user):
    site.sql("DELETE FROM jiratoken WHERE user_name = ? AND label = 'Excel 1'", user)
    person.open("/tokens/create").type("label", "Excel 0").press("Create")
    person.find("#label-fault")


@state
def connect(person, site, user):
    person.open("/tokens/connect").sees("Connect")


# The administrators'.


@state
def admin_list(person, site, user):
    for number in range(101):
        add_row(site, f"user{number:03}", "CI: nightly report", -30, number - 60, -number)
    person.open("/admin/").sees("All tokens").find(".needs")


@state
def admin_with_a_fault(person, site, user):
    person.open("/admin/?unused=0&user=" + "W" * 60)
    assert "whole number of days" in person.read("#f-unused-fault")


@state
def admin_without_a_match(person, site, user):
    person.open("/admin/?user=nobody").find(".empty")


@state
def admin_revoke_several(person, site, user):
    person.open("/admin/?state=expired")
    for box in person.find_all(".tokens .pick input")[1:3]:
        box.click()
    person.press_in_place("Revoke selected (2)").find("dialog[open] .several li")


@state
def admin_revoke_matching(person, site, user):
    person.open("/admin/?user=user001").press("Revoke all that match")
    person.sees("Revoke all tokens that match?")


@state
def admin_revoke_everything(person, site, user):
    person.open("/admin/revoke").type("confirm", "revoke").press("Revoke")
    assert "Nothing was revoked" in person.read(".fault")


@state
def admin_audit(person, site, user):
    person.open("/admin/audit").sees("What happened").find(".events")


@state
def not_found(person, site, user):
    person.open("/tokens/999999/revoke").sees("Page not found")


@state
def nobody(person, site, user):
    person.open("/unprotected/").sees("You're not signed in")


# ---- the rules in each of them

def faults(person, where, rules):
    """Of our own rules, each as `state: rule: element`."""
    return [f"{where}: {rule}: {found}" for rule, script in rules.items()
            for found in person.run(script)]


def prepare(person, site, user):
    site.settings += f"JiraTokenMax {MOST}\nJiraTokenPrefix abcdefghijklmno0\n"
    site.restart()
    person.expect("status of 4(00|03|04|09)")
    site.expect("token pages without a signed-in user")
    site.add_user(user, "secret")
    person.sign_in(user, "secret")


def is_light(person):
    colour = person.run("return getComputedStyle(document.querySelector('main'))"
                        ".color")
    return sum(int(c) for c in colour[4:-1].split(",")) < 384


class Look:
    """How a person looks at the pages. The window is in pixels of the screen."""

    def __init__(self, window, user="dana", zoom=1, **features):
        self.window = window
        self.user = user
        self.zoom = zoom
        self.features = {"prefers_color_scheme": "light", **features}
        # Then the browser paints a palette over the page's colours and its own
        # ground behind each text: a contrast measured there is the palette's,
        # which its user chose, and says nothing of the page.
        self.is_forced = "forced_colors" in features

    def put_on(self, person):
        person.resize(*self.window, self.zoom)
        person.prefer(**self.features)

    def assert_on(self, person):
        for name, value in self.features.items():
            query = f"({name.replace('_', '-')}: {value})"
            assert person.run("return matchMedia(arguments[0]).matches", query), query
        width = self.window[0] // self.zoom
        assert person.run("return [innerWidth, devicePixelRatio]") == [width, self.zoom]
        scheme = self.features["prefers_color_scheme"]
        assert self.is_forced or is_light(person) == (scheme == "light")

    def faults(self, person, axe, where):
        rules = FORCED_COLOURS if self.is_forced else OWN_COLOURS
        without = ["color-contrast"] if self.is_forced else []
        return (faults(person, where, {**RULES, **rules})
                + [f"{where}: axe: {fault}" for fault in axe.faults(person, without)])


LOOKS = {
    "light": Look((1280, 800)),
    "dark": Look((1280, 800), prefers_color_scheme="dark"),
    "medium": Look((768, 800)),
    "tablet": Look((1024, 800)),
    "narrow": Look((320, 800), LONG_USER),
    "more": Look((1280, 800), prefers_contrast="more"),
    "night": Look((1280, 800), prefers_contrast="more", prefers_color_scheme="dark"),
    "contrast": Look((1280, 800), forced_colors="active", prefers_contrast="more"),
    "zoom": Look((1280, 800), LONG_USER, zoom=2),
}


@pytest.mark.parametrize("name", LOOKS)
def test_every_page_is_whole_and_legible(person, site, axe, name):
    look, found = LOOKS[name], []
    look.put_on(person)
    for old in PICTURES.glob(f"{name}-*.png"):
        old.unlink()
    prepare(person, site, look.user)
    look.assert_on(person)
    for number, show in enumerate(STATES):
        show(person, site, look.user)
        person.settle()
        where = f"{name}-{number:02}-{show.__name__}"
        # The ground that a dialog dims ends with the window.
        person.photograph(PICTURES / f"{where}.png",
                          whole=not person.find_all("dialog[open]"))
        found += look.faults(person, axe, where)
    assert not found, "\n".join(found)


# ---- in a language that is written from right to left

MIRROR = """
document.addEventListener("DOMContentLoaded", function () {
    document.documentElement.dir = "rtl";
});
"""
TURNED = """
return Array.from(document.querySelectorAll("pre, code")).filter(function (e) {
    return getComputedStyle(e).direction !== "ltr";
}).map(function (e) { return e.outerHTML; });
"""


@pytest.mark.parametrize("name", ["light", "medium", "narrow"])
def test_mirrored_pages_are_whole_and_commands_are_not_mirrored(person, site, name):
    LOOKS[name].put_on(person)
    person.on_new_pages(MIRROR)
    person.sign_in()
    person.create("mirrored")
    add_rows(site, "alice")
    found = []
    for path in ("", "create", "connect", "1/revoke"):
        person.open("/tokens/" + path).find("[dir=rtl] main h1")
        found += faults(person, path, {**RULES, "is turned": TURNED})
    assert not found, "\n".join(found)


# ---- each rule sees what breaks it

STYLE = "document.querySelector('{}').style.cssText = '{}'"
OURS = {
    "scrolls sideways to": STYLE.format("main", "min-width: 3000px"),
    "sticks out": STYLE.format("h1", "margin-left: -3000px"),
    "is too small": STYLE.format("#label", "min-height: 0; height: 20px"),
    "is broken": STYLE.format("main .button", "width: 10px; white-space: normal;"
                              " word-break: break-all"),
    "is faint": STYLE.format("h1", "color: #999"),
    "has no edge": STYLE.format("main .button", "border: 0"),
    "keeps its own colours": STYLE.format("h1", "forced-color-adjust: none"),
}
# One of each kind: of level A, of AA, of 2.2, of best practice.
THEIRS = {
    "label": "document.querySelector('label[for=label]').remove()",
    "color-contrast": STYLE.format("h1", "color: #999"),
    "target-size": "document.querySelectorAll('nav a').forEach("
                   "a => a.style.cssText = 'padding: 0; font-size: 9px')",
    "region": "document.body.insertAdjacentHTML('beforeend', '<p>outside</p>')",
}


def open_to_plant(person):
    person.prefer(prefers_color_scheme="light")
    person.sign_in()
    person.open("/tokens/create").sees("Create token")


@pytest.mark.parametrize("rule", OURS)
def test_our_rules_see_what_is_planted(person, rule):
    open_to_plant(person)
    script = {**RULES, **OWN_COLOURS, **FORCED_COLOURS}[rule]
    assert person.run(script) == []
    person.run(OURS[rule])
    assert person.run(script) != []


@pytest.mark.parametrize("rule", THEIRS)
def test_axe_sees_what_is_planted(person, axe, rule):
    open_to_plant(person)
    assert axe.faults(person) == []
    person.run(THEIRS[rule])
    assert any(fault.startswith(rule + ": ") for fault in axe.faults(person))


def test_a_contrast_that_axe_cannot_work_out_is_a_fault(person, axe):
    open_to_plant(person)
    person.run(STYLE.format("h1", "background: linear-gradient(red, blue)"))
    assert any(fault.startswith("color-contrast: h1: ") and "gradient" in fault
               for fault in axe.faults(person))


def test_the_manuals_pictures_are_small(person, site):
    """docs/tokens.png and docs/create.png are these, copied by hand."""
    person.resize(1160, 660)
    person.prefer(prefers_color_scheme="light")
    add_row(site, "alice", "Looker Studio", -121, 244, -0.02)
    add_row(site, "alice", "git on laptop", -37, None, -1.3)
    add_row(site, "alice", "CI: nightly report", -86, 4, -0.4)
    add_row(site, "alice", "Backup server", -400, -12, -14)
    site.sql("UPDATE jiratoken SET last_used_from = '192.0.2.' || (id * 17)")
    person.sign_in()
    assert states(person) == {"Active", "Expires soon", "Expired"}
    for name in ("tokens", "create"):
        assert faults(person, name, {**RULES, **OWN_COLOURS}) == []
        person.photograph(PICTURES / f"{name}.png", whole=False)
        assert (PICTURES / f"{name}.png").stat().st_size < 100 * 1024
        if name == "tokens":
            person.open_dialog().type("label", "Power BI on my desktop")
            person.find(".chip:nth-child(3)").click()
            person.settle()
