# SPDX-License-Identifier: Apache-2.0
"""The form that makes a token: what it proposes, what a link fills in and how
that is checked, and where a person who has to mend something is led. What is
made of it is test_pages_create.py's, days are test_pages_dates.py's."""

import pytest

from page import Page, line, text

pytestmark = pytest.mark.plain

EMPTY, LONG = "Enter a label", "100 characters or fewer"
UTF8, CONTROL, BIDI = "unreadable characters", "control character", "changes text direction"
FORMAT, PAST = "YYYY-MM-DD", "today (2027-01-15 in UTC)"


def look(server, query=""):
    answer = server.get("/tokens/create" + query, user="alice")
    assert answer.status == 200
    return Page(answer)


def faults(page):
    """What the page says next to each field that it refuses."""
    found = {}
    for name in ("label", "expires"):
        field, said = page.input(name), page.id(name + "-fault")
        assert (field.get("aria-invalid") == "true") is (said is not None)
        named = field.get("aria-describedby").split()
        assert named == [name + "-hint"] + [name + "-fault"] * (said is not None)
        if said is not None:
            assert said.get("role") == "alert"
            found[name] = text(said)
    return found


def focus(page):
    """The one place that the page opens with: an id, or the role of a note."""
    [element] = [e for e in page.root.iter() if "autofocus" in e.attrib]
    return element.get("id") or element.get("role")


def offers(page):
    """The buttons that stand by the date, and what is told without script: [(words,
    day)]."""
    chips = [(text(e), e.get("data-day")) for e in page.all("button")
             if e.get("class") == "chip"]
    [group] = [e for e in page.all("div") if e.get("role") == "group"]
    assert page.named(group) == "Lifetime"
    [plain] = [e for e in page.all("p") if "noscript" in e.get("class", "").split()]
    assert [tuple(words.split(": ")) for words in plain.itertext()] \
        == [chip for chip in chips if chip[1] not in ("custom", "")]
    return chips


# ---- untouched


def test_form_is_empty_and_says_what_it_wants(running):
    page = look(running)
    label, expires = page.input("label"), page.input("expires")
    assert label.get("value") == expires.get("value") == ""
    assert "required" in label.attrib and "required" not in expires.attrib
    assert expires.get("type") == "date"
    assert "hort and easy to remember" in page.described(label)
    assert "a token without a date works until you revoke it" in page.described(expires)
    assert [(text(e), e.get("for")) for e in page.all("label") if e.get("for")] \
        == [("Label *", "label"), ("Expiry date (UTC)", "expires"),
            ("Allowed addresses", "from")]
    [box] = [e for e in page.all("input") if e.get("type") == "checkbox"]
    assert box.get("name") == "read" and "checked" not in box.attrib
    assert "Create" in page.buttons()
    assert faults(page) == {}
    assert focus(page) == "label"
    assert page.notes("alert") == []


@pytest.mark.parametrize("longest, usual, days", [
    (0, 0, [7, 30, 90, 365]),
    (0, 14, [7, 14, 30, 90, 365]),
    (0, 90, [7, 30, 90, 365]),          # once
    (0, 1, [1, 7, 30, 90, 365]),
    (0, 36525, [7, 30, 90, 365, 36525]),
    (90, 0, [7, 30, 90]),
    (89, 0, [7, 30, 89]),
    (7, 0, [7]),
    (6, 0, [6]),
    (1, 1, [1]),
    (60, 45, [7, 30, 45, 60]),
    (30, 30, [7, 30]),
    (36525, 0, [7, 30, 90, 365, 36525]),
])
def test_form_offers_lifetimes_that_the_site_allows(noon, longest, usual, days):
    ends = {1: "2027-01-16", 6: "2027-01-21", 7: "2027-01-22", 14: "2027-01-29",
            30: "2027-02-14", 45: "2027-03-01", 60: "2027-03-16", 89: "2027-04-14",
            90: "2027-04-15", 365: "2028-01-15", 36525: "2127-01-16"}
    noon.settings += (f"JiraTokenMaxLifetime {longest}\n"
                      f"JiraTokenDefaultLifetime {usual}\n")
    noon.start()
    page = look(noon)
    expected = [(f"{n} days", ends[n]) for n in days if n != 1]
    expected = [("1 day", ends[1])] * (1 in days) + expected + [("Custom", "custom")]
    expected += [] if longest else [("No expiry", "")]
    assert offers(page) == expected
    field = page.input("expires")
    assert field.get("value") == (ends[usual] if usual else "")
    assert field.get("min") == "2027-01-15"
    assert field.get("max") == (ends[longest] if longest else None)
    assert ("required" in field.attrib) is (longest > 0)
    # Each of them is taken.
    for number, (_, day) in enumerate(expected):
        if day != "custom":
            form = {"label": f"n{number}", "expires": day}
            answer = noon.post("/tokens/create", form, user="alice")
            assert answer.status == 200, day


def test_form_of_a_bounded_lifetime_says_its_last_day(noon):
    noon.settings += "JiraTokenMaxLifetime 30\n"
    noon.start()
    page = look(noon)
    said = page.described(page.input("expires"))
    assert "The latest possible day is 2027-02-14." in said
    assert "never expires" not in line(page.id("main"))
    assert page.id("instant").get("data-never") == ""
    assert [text(e) for e in page.all("label")][1] == "Expiry date (UTC) *"


@pytest.mark.parametrize("longest, usual", [(0, 0), (30, 0), (30, 20), (0, 20)])
def test_words_for_the_instant_are_in_the_page(noon, longest, usual):
    """The script puts the chosen day between them."""
    noon.settings += (f"JiraTokenMaxLifetime {longest}\n"
                      f"JiraTokenDefaultLifetime {usual}\n")
    noon.start()
    said = look(noon).id("instant")
    assert said.get("for") == "expires"
    assert said.get("data-through") == "Valid through %, 24:00 UTC"
    assert said.get("data-never") == ("" if longest else "The token never expires.")


# ---- filled by a link


def test_link_fills_the_form_and_makes_nothing(running):
    page = look(running, "?label=Looker+%26+Co%3A+%F0%9F%98%80&expires=2099-12-31"
                         "&other=x")
    assert page.input("label").get("value") == "Looker & Co: 😀"
    assert page.input("expires").get("value") == "2099-12-31"
    assert faults(page) == {}
    assert running.rows() == []


@pytest.mark.parametrize("query", [
    "label=a&label=b", "expires=2099-01-01&expires=2099-01-02", "label=%zz", "label=%",
    "label=%4", "label=%00", "&".join(f"f{n}=1" for n in range(1025)),
])
def test_link_that_cannot_be_read_is_400(running, query):
    answer = running.get("/tokens/create?" + query, user="alice")
    assert answer.status == 400
    assert Page(answer).title() == "Request not understood"


@pytest.mark.parametrize("query, shown", [
    ("label", ""), ("=x", ""), ("&&&", ""), ("LABEL=x", ""), ("label[]=x", ""),
    ("label=a%26expires=2", "a&expires=2"), ("label=+ci+", " ci "), ("label=", ""),
    ("expires=", ""), ("&".join(f"f{n}" for n in range(1024)), ""),
])
def test_link_with_odd_text_shows_it_harmlessly(running, query, shown):
    page = look(running, "?" + query)
    assert page.input("label").get("value") == shown
    assert faults(page) == {}
    assert focus(page) == "label"


@pytest.mark.parametrize("query, shown, words", [
    ("label=%ff", "\ufffd", UTF8), ("label=a%0ab", "a\ufffdb", CONTROL),
    ("label=%e2%80%ae", "\ufffd", BIDI), ("label=" + "x" * 500, "x" * 500, LONG),
    ("label=+", " ", EMPTY), ("label=%e2%80%8b", "\u200b", EMPTY),
    ("label=%c2%85", "\ufffd", CONTROL), ("label=caf%e9", "caf\ufffd", UTF8),
])
def test_label_of_a_link_is_checked_like_a_typed_one(running, query, shown, words):
    page = look(running, "?" + query)
    assert page.input("label").get("value") == shown
    assert words in faults(page).pop("label")
    assert list(faults(page)) == ["label"]
    assert focus(page) == "label"
    assert running.rows() == []


@pytest.mark.parametrize("written, words", [
    ("2027-01-14", PAST), ("1970-01-01", PAST), ("2027-02-29", FORMAT),
    ("tomorrow", FORMAT), ("+", FORMAT), ("10000-01-01", FORMAT),
    ("2027-02-15", "Choose 2027-02-14 or earlier"),
    ("9999-12-31", "Choose 2027-02-14 or earlier"), ("%3Cb%3E", FORMAT),
])
def test_date_of_a_link_is_checked_like_a_typed_one(noon, written, words):
    noon.settings += "JiraTokenMaxLifetime 30\nJiraTokenDefaultLifetime 7\n"
    noon.start()
    page = look(noon, f"?label=ci&expires={written}")
    shown = {"+": " ", "%3Cb%3E": "<b>"}.get(written, written)
    assert page.input("expires").get("value") == shown
    assert page.input("label").get("value") == "ci"
    assert words in faults(page).pop("expires")
    assert list(faults(page)) == ["expires"]
    assert focus(page) == "expires"


@pytest.mark.parametrize("day, fine", [
    ("2027-01-14", False), ("2027-01-15", True), ("2027-01-16", True),
    ("2027-02-14", True), ("2027-02-15", False),
])
def test_link_takes_the_days_that_the_form_takes(noon, day, fine):
    """From today to the last; what it says before is what is said after."""
    noon.settings += "JiraTokenMaxLifetime 30\n"
    noon.start()
    before = faults(look(noon, f"?label=ci&expires={day}"))
    answer = noon.post("/tokens/create", {"label": "ci", "expires": day}, user="alice")
    assert (before == {}) is fine
    assert answer.status == (200 if fine else 400)
    assert fine or faults(Page(answer)) == before


@pytest.mark.parametrize("query, value", [
    ("", "2027-01-22"), ("?label=ci", "2027-01-22"), ("?expires=", "2027-01-22"),
    ("?expires=2027-02-01", "2027-02-01"),
])
def test_date_that_a_link_leaves_out_is_the_usual_one(noon, query, value):
    noon.settings += "JiraTokenMaxLifetime 30\nJiraTokenDefaultLifetime 7\n"
    noon.start()
    page = look(noon, query)
    assert page.input("expires").get("value") == value
    assert faults(page) == {}


# ---- to be mended


@pytest.mark.parametrize("label, expires, where", [
    ("", "", "label"), ("x" * 101, "", "label"), ("\u202e", "tomorrow", "label"),
    ("", "2027-01-14", "label"), ("ci", "2027-01-14", "expires"),
    ("ci", "tomorrow", "expires"), ("taken", "", "label"), ("taken", "2099-01-01", "label"),
])
def test_focus_is_in_the_first_field_that_asks_for_something(
        noon, label, expires, where):
    noon.start()
    noon.insert("taken")
    answer = noon.post("/tokens/create", {"label": label, "expires": expires},
                       user="alice")
    assert answer.status == (409 if label == "taken" else 400)
    page = Page(answer)
    assert focus(page) == where
    assert next(iter(faults(page))) == where
    assert page.input("expires").get("value") == expires
    assert offers(page)[-1] == ("No expiry", "")


def test_missing_date_is_asked_for_where_one_is_needed(noon):
    noon.settings += "JiraTokenMaxLifetime 30\n"
    noon.start()
    page = Page(noon.post("/tokens/create", {"label": "ci"}, user="alice"))
    assert "Choose an expiry date" in faults(page)["expires"]
    assert "Tokens here last at most 30 days" in faults(page)["expires"]
    assert focus(page) == "expires"
    assert page.input("label").get("value") == "ci"


def test_one_day_is_told_in_the_singular(noon):
    noon.settings += "JiraTokenMaxLifetime 1\n"
    noon.start()
    for day in ("", "2027-01-17"):
        answer = noon.post("/tokens/create", {"label": "ci", "expires": day},
                           user="alice")
        assert "Tokens here last at most 1 day" in faults(Page(answer))["expires"]


def test_form_at_the_limit_says_so_before_anything_is_typed(server):
    server.settings += "JiraTokenMax 2\n"
    server.start()
    for number in range(2):
        server.insert(f"n{number}")
    for query in ("", "?label=ci", "?label=%ff&expires=x"):
        page = look(server, query)
        [said] = page.notes("alert")
        assert "the limit of 2 tokens" in said and "revoke one" in said
        assert focus(page) == "alert"
        assert "Create" not in page.buttons() and page.all("form") == []
        assert "Back to the list" in page.buttons()


def test_form_that_met_the_limit_keeps_what_was_typed(server):
    """Somebody else's window was faster: nothing typed is lost."""
    server.settings += "JiraTokenMax 1\n"
    server.start()
    server.insert("n")
    answer = server.post("/tokens/create", {"label": "ci", "expires": "2099-01-01"},
                         user="alice")
    assert answer.status == 409
    page = Page(answer)
    assert focus(page) == "alert"
    assert faults(page) == {}
    assert page.input("label").get("value") == "ci"
    assert page.input("expires").get("value") == "2099-01-01"
    assert "Create" in page.buttons()
