# SPDX-License-Identifier: Apache-2.0
"""The order of the list: `?sort=` and `&order=desc`, the links in the headers, and
what a screen reader is told of them."""

import calendar
import urllib.parse

import pytest

from page import Page, line, text

pytestmark = pytest.mark.plain

DAY = 86400
NOW = calendar.timegm((2027, 1, 15, 12, 0, 0))      # when the clock of `noon` stands
KEYS = {"label": "Label", "created": "Created", "expires": "Expires",
        "last-used": "Last used", "status": "Status"}


def look(server, query=""):
    answer = server.get("/tokens/" + query, user="alice")
    assert answer.status == 200
    return Page(answer)


def labels(server, query=""):
    return look(server, query).column(0)


def headers(page):
    """The headers that order the list: {words: (aria-sort, where it leads)}."""
    found = {}
    for cell in page.all("th"):
        links = cell.findall("a")
        if cell.get("scope") == "col" and links:
            found[line(links[0])] = (cell.get("aria-sort"), links[0].get("href"))
    return found


@pytest.fixture
def mixed(noon):
    """Rows that no two columns put into the same order."""
    noon.start()
    rows = [    # label, created, expires, last used
        ("delta", 300, NOW + 400 * DAY, None),
        ("Beta", None, None, 900),
        ("alpha", 100, NOW + DAY, 700),
        ("epsilon", 400, NOW - DAY, 800),
        ("Gamma", 200, NOW + 8 * DAY, None),
    ]
    for label, created, expires, used in rows:
        noon.insert(label, created_at=created, expires_at=expires, last_used_at=used)
    return noon


# In ascending order; those in one string are equal and keep the table's order.
ORDERS = {
    "label": ["alpha", "Beta", "delta", "epsilon", "Gamma"],
    "created": ["Beta", "alpha", "Gamma", "delta", "epsilon"],
    "expires": ["epsilon", "alpha", "Gamma", "delta", "Beta"],
    "last-used": ["delta Gamma", "alpha", "epsilon", "Beta"],
    "status": ["epsilon", "alpha", "delta Beta Gamma"],
}


@pytest.mark.database
@pytest.mark.parametrize("key", KEYS)
def test_list_is_in_the_order_that_was_asked_for(mixed, key):
    up = " ".join(ORDERS[key]).split()
    down = " ".join(reversed(ORDERS[key])).split()
    for query, expected in ((f"?sort={key}", up), (f"?sort={key}&order=asc", up),
                            (f"?order=desc&sort={key}", down),
                            (f"?sort={key}&order=desc", down)):
        assert labels(mixed, query) == expected, query
    assert labels(mixed) == ["delta", "Beta", "alpha", "epsilon", "Gamma"]


@pytest.mark.database
@pytest.mark.parametrize("key", KEYS)
def test_equal_rows_keep_their_order_in_both_directions(noon, key):
    """Never does a second look at the same list show another one."""
    noon.start()
    rows = ["t", "T"] if key == "label" else [f"n{n}" for n in (3, 1, 4, 15, 9, 2, 6, 5)]
    for label in rows:
        noon.insert(label, created_at=5, last_used_at=5, expires_at=NOW + DAY)
    for query in (f"?sort={key}", f"?sort={key}&order=desc"):
        assert labels(noon, query) == rows


@pytest.mark.database
@pytest.mark.parametrize("key, column, up", [
    ("created", "created_at", ["never", "zero", "one", "late"]),
    ("last-used", "last_used_at", ["never", "zero", "one", "late"]),
    ("expires", "expires_at", ["zero", "one", "late", "never"]),
])
def test_time_that_is_not_there_is_first_or_for_an_expiry_last(noon, key, column, up):
    noon.start()
    instants = {"one": 1, "never": None, "late": 2**40, "zero": 0}
    for label, instant in instants.items():
        noon.insert(label, **{column: instant})
    assert labels(noon, f"?sort={key}") == up
    assert labels(noon, f"?sort={key}&order=desc") == up[::-1]


def test_status_begins_with_what_asks_for_attention(noon):
    noon.start()
    for number, instant in enumerate((None, NOW, NOW + 7 * DAY, NOW + 7 * DAY + 1, 1,
                                      NOW + 1)):
        noon.insert(f"n{number}", expires_at=instant)
    assert look(noon, "?sort=status").column(4) == (
        ["Expired"] * 2 + ["Expires soon"] * 2 + ["Active"] * 2)
    assert labels(noon, "?sort=status") == ["n1", "n4", "n2", "n5", "n0", "n3"]


@pytest.mark.parametrize("written, sorted_", [
    (["b", "A", "a", "B"], ["A", "a", "b", "B"]),
    (["10", "9", "1"], ["1", "10", "9"]),
    (["é", "z", "e"], ["e", "z", "é"]),                 # by code point beyond ASCII
    (["中", "ж", "a", "😀"], ["a", "ж", "中", "😀"]),
    (["ab", "a", "a b", "A B!"], ["a", "a b", "A B!", "ab"]),
    (["_", "A", "z", "-"], ["-", "_", "A", "z"]),
    (["</bdi>", "&amp;", "%s"], ["%s", "&amp;", "</bdi>"]),
    (["x" * 100, "x" * 99, "X" * 98], ["X" * 98, "x" * 99, "x" * 100]),
])
def test_labels_are_ordered_without_regard_to_the_case_of_ascii(
        running, written, sorted_):
    for label in written:
        running.insert(label)
    assert labels(running, "?sort=label") == sorted_
    assert sorted(labels(running, "?sort=label&order=desc")) == sorted(written)


@pytest.mark.parametrize("query", [
    "?sort=", "?sort=Label", "?sort=LABEL", "?sort=label%20", "?sort=+label",
    "?sort=last_used", "?sort=id", "?sort=digest", "?sort=slot", "?sort=user_name",
    "?sort=scope", "?sort=label,created", "?sort=-label", "?sort=label;order=desc",
    "?sort=1", "?sort=%00", "?sort=label%00", "?sort=%zz", "?sort=%ff", "?sort[]=label",
    "?sort=label&sort=created", "?sort=label&sort=label", "?order=desc", "?SORT=label",
    "?order=label", "?sort=label'--", "?sort=" + "label" * 1000, "?sort", "?",
    "?" + "&".join(["sort=label"] + ["x"] * 1024),
])
def test_order_that_is_unknown_is_passed_over(mixed, query):
    """The list is there to be seen; nothing of the query comes back in it."""
    plain = mixed.get("/tokens/", user="alice")
    assert mixed.get("/tokens/" + query, user="alice").without_date() \
        == plain.without_date()
    assert not any(cell.get("aria-sort") for cell in Page(plain).all("th"))


@pytest.mark.parametrize("order", [
    "", "DESC", "Desc", "desc%20", "descending", "down", "-1", "%64esc&order=desc",
    "desc&order=desc", "asc", "desc%00x",
])
def test_direction_that_is_unknown_is_passed_over(mixed, order):
    if "%00" in order:      # then the query as a whole cannot be read
        expected = labels(mixed)
    else:
        expected = ORDERS["label"]
    assert labels(mixed, f"?sort=label&order={order}") == expected


@pytest.mark.parametrize("key, words", KEYS.items())
@pytest.mark.parametrize("order, told, next_", [
    ("", "ascending", "&order=desc"), ("&order=asc", "ascending", "&order=desc"),
    ("&order=desc", "descending", ""),
])
def test_header_tells_its_order_and_turns_it_round(mixed, key, words, order, told, next_):
    found = headers(look(mixed, f"?sort={key}{order}"))
    assert list(found) == list(KEYS.values())
    assert found.pop(words) == (told, f"./?sort={key}{next_}")
    assert found == {KEYS[other]: (None, f"./?sort={other}") for other in KEYS
                     if other != key}


def test_headers_of_a_list_in_no_order_lead_to_each(mixed):
    assert headers(look(mixed)) == {words: (None, f"./?sort={key}")
                                    for key, words in KEYS.items()}


def test_links_in_the_headers_do_what_they_say(mixed):
    """By them alone, from the bare list: each order and its reverse."""
    for key, words in KEYS.items():
        place = "/tokens/"
        for expected in (ORDERS[key], ORDERS[key][::-1], ORDERS[key]):
            place = urllib.parse.urljoin(
                place, headers(Page(mixed.get(place, user="alice")))[words][1])
            seen = Page(mixed.get(place, user="alice")).column(0)
            assert seen == " ".join(expected).split(), place


def test_order_changes_no_row_and_no_count(mixed):
    """The same rows with the same cells, boxes and links, only elsewhere."""
    def rows(page):
        return sorted((text(tr.find("th")), tuple(line(td) for td in tr.findall("td")),
                       tuple((e.get("href") or e.get("value")).split("?")[0]
                             for e in tr.iter() if e.tag in ("a", "input")))
                      for tr in page.all("tr")[1:])
    before = mixed.rows()
    plain = look(mixed)
    for key in KEYS:
        page = look(mixed, f"?sort={key}&order=desc")
        assert rows(page) == rows(plain)
        assert text(page.id("count")) == "5 of 25 tokens"
    assert mixed.rows() == before


@pytest.mark.database
def test_thousand_rows_can_be_ordered(server):
    server.settings += "JiraTokenMax 1000\n"
    server.start()
    for number in range(1000):
        server.insert(f"n{(number * 7919) % 1000:03d}", slot=number)
    assert labels(server, "?sort=label") == [f"n{n:03d}" for n in range(1000)]
    assert labels(server, "?sort=label&order=desc")[0] == "n999"


def test_empty_list_can_be_asked_for_in_any_order(running):
    plain = running.get("/tokens/", user="alice").without_date()
    for key in KEYS:
        for order in ("", "&order=desc"):
            answer = running.get(f"/tokens/?sort={key}{order}", user="alice")
            assert answer.without_date() == plain
