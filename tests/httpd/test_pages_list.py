# SPDX-License-Identifier: Apache-2.0
"""The list: whose tokens, how many, when and how long, and what it says when
there are none or too many. How it is ordered is test_pages_order.py's."""

import calendar
import time

import pytest

from page import Page, line, text

pytestmark = pytest.mark.plain

DAY, HOUR, YEAR = 86400, 3600, 31556952
NOW = calendar.timegm((2027, 1, 15, 12, 0, 0))      # when the clock of `noon` stands


def look(server, query="", user="alice"):
    answer = server.get("/tokens/" + query, user=user)
    assert answer.status == 200
    return Page(answer)


def hidden(element):
    """The parts that are for screen readers alone."""
    return "".join(text(e) for e in element.iter() if e.get("class") == "hidden")


def visible(element):
    return text(element).removesuffix(hidden(element))


def sums(page):
    """What the line on top counts."""
    return [line(item) for e in page.all("ul") if e.get("class") == "sums" for item in e]


def hints(page):
    """What the list says below itself, gently."""
    return [line(e) for e in page.id("main").iter("p") if e.get("class") == "hint"
            and e.get("id") is None]


# ---- whose, and how many


@pytest.mark.database
def test_list_shows_ones_own_tokens_only(running):
    running.insert("mine")
    running.insert("theirs", user="bob")
    running.insert("nearly", user="Alice")
    running.insert("nearly too", user="alice ")
    page = look(running)
    assert page.column(0) == ["mine"]
    assert text(page.id("count")) == "1 of 25 tokens"


@pytest.mark.database
def test_page_of_a_thousand_tokens_is_whole(server):
    server.settings += "JiraTokenMax 1000\n"
    server.start()
    for number in range(400):
        server.insert(f"{number} " + "<&>" * 30, slot=number)
    page = look(server)
    assert len(page.table()) == 400
    assert text(page.id("count")) == "400 of 1000 tokens"


@pytest.mark.parametrize("most, rows", [
    (25, 0), (25, 1), (25, 19), (25, 20), (25, 24), (25, 25), (1, 0), (1, 1), (1000, 2),
    (3, 2), (3, 5),
])
def test_bar_is_as_full_as_the_list(server, most, rows):
    server.settings += f"JiraTokenMax {most}\n"
    server.start()
    for number in range(rows):
        server.insert(f"n{number}")
    page = look(server)
    assert text(page.id("count")) == f"{rows} of {most} tokens"
    bars = page.all("meter")
    assert len(bars) == (rows >= 0.8 * most)      # there is nothing to say before
    if not bars:
        return
    [bar] = bars
    assert page.named(bar) == f"{rows} of {most} tokens"
    assert (bar.get("min"), bar.get("max")) == ("0", str(most))
    # HTML, section 4.10.14: a value is not above the maximum.
    assert bar.get("value") == str(min(rows, most))


# ---- without tokens, and with as many as may be


def test_list_of_nothing_says_so(running):
    page = look(running)
    assert page.table() == [] and page.all("table") == []
    assert text(page.id("count")) == "0 of 25 tokens"
    [heading] = page.all("h2")[:1]
    assert text(heading) == "You have no tokens yet"
    assert "programs that can't open the sign-in page" in line(page.id("main"))
    assert page.buttons().count("Create token") == 1
    assert not any("Revoke" in words for words in page.buttons())
    assert hints(page) == [] == page.notes("alert") == page.notes("status")


@pytest.mark.parametrize("most, rows, full", [
    (25, 24, False), (25, 25, True), (1, 1, True), (3, 2, False), (3, 3, True),
    (3, 5, True),      # the limit was lowered: nothing is deleted
])
def test_full_list_says_what_to_do_and_offers_no_more(server, most, rows, full):
    server.settings += f"JiraTokenMax {most}\n"
    server.start()
    for number in range(rows):
        server.insert(f"n{number}")
    page = look(server)
    assert len(page.table()) == rows
    assert text(page.id("count")) == f"{rows} of {most} tokens"
    said = line(page.id("main"))
    assert ("You've reached the limit of" in said) is full
    [button] = [e for e in page.all("button") + page.all("a") if text(e) == "Create token"]
    assert ("disabled" in button.attrib) is full
    assert not full or page.described(button) in said   # it says why
    assert (page.all("dialog") == []) is full
    assert ([e for e in page.all("a") if e.get("data-opens") == "create"] == []) is full


@pytest.mark.parametrize("expiry, told", [(None, False), (NOW + 1, False), (NOW, True)])
def test_full_list_says_where_to_begin(noon, expiry, told):
    noon.settings += "JiraTokenMax 2\n"
    noon.start()
    noon.insert("live")
    noon.insert("other", expires_at=expiry)
    [limit] = [e for e in look(noon).all("div") if "full" in e.get("class", "").split()]
    assert ("Revoke all expired" in line(limit)) is told


def test_list_has_the_form_that_the_page_has(noon):
    """In a dialog, for those who have scripts; both send the same."""
    noon.settings += "JiraTokenMaxLifetime 40\nJiraTokenDefaultLifetime 20\n"
    noon.start()
    noon.insert("ci")
    [dialog] = look(noon).all("dialog")
    page = Page(noon.get("/tokens/create", user="alice"))

    def fields(element):
        [form] = element.iter("form")
        return (form.get("method"), form.get("action"),
                [{k: v for k, v in e.items() if k != "autofocus"}
                 for e in form.iter() if e.tag in ("input", "button", "option")])
    assert fields(dialog) == fields(page.root)
    assert dialog.get("open") is None
    assert not any("autofocus" in e.attrib for e in dialog.iter())
    [link] = [e for e in look(noon).all("a") if e.get("data-opens") == "create"]
    assert link.get("href") == "./create"
    assert dialog.get("id") == link.get("data-opens")
    assert look(noon).named(dialog) == "Create token"


# ---- what has just happened


@pytest.mark.parametrize("query, words", [
    ("?done=revoked", "The token was revoked. Programs using it no longer have access."),
    ("?done=several", "The tokens were revoked. Programs using them no longer have "
     "access."),
    ("?done=none-expired", "None of your tokens has expired."),
    ("?done=revoked&sort=label", "The token was revoked. Programs using it no longer "
     "have access."),
])
def test_list_says_what_has_just_happened(running, query, words):
    for label in ("ci", "git"):      # without a row, and with one
        page = look(running, query)
        assert page.notes("status") == [words]
        [note] = [e for e in page.all("p") if e.get("role") == "status"]
        assert "autofocus" in note.attrib and note.get("tabindex") == "-1"
        running.insert(label)


@pytest.mark.parametrize("site, said", [
    (None, True), ("same-origin", True), ("cross-site", False), ("same-site", False),
    ("none", False), ("", False), ("same-origin, cross-site", False),
])
def test_list_says_nothing_that_a_foreign_link_wants_it_to_say(running, site, said):
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    for done in ("revoked", "several", "none-expired"):
        page = Page(running.get("/tokens/?sort=label&done=" + done, user="alice",
                                headers=headers))
        assert bool(page.notes("status")) is said


@pytest.mark.parametrize("query", [
    "done=<script>", "done=Revoked", "done=", "done=%zz", "x=1", "done=revoked-one",
    "done=revoked%20", "done=revoked&done=several", "done=form-limit", "done=%00",
    "done=tokens", "DONE=revoked", "said=revoked-one",
])
def test_nobody_else_can_make_the_list_say_something(running, query):
    plain = running.get("/tokens/", user="alice")
    asked = running.get("/tokens/?" + query, user="alice")
    assert asked.without_date() == plain.without_date()


# ---- times


@pytest.mark.database
def test_old_row_shows_unknown_and_never(running):
    running.insert("old")
    page = look(running)
    [[label, created, expires, used, state, _]] = page.table()
    assert (label, created, expires, used) == ("old", "Unknown", "Never", "Never used")
    assert state == "Active"
    row = running.rows()[0][0]
    page = Page(running.get(f"/tokens/{row}/revoke", user="alice"))
    assert [text(e) for e in page.all("dd")] == ["Unknown", "Never", "Never used"]
    assert page.all("time") == []


@pytest.mark.database
def test_old_row_works_for_ever(server):
    server.start()
    token = server.create(label="old")
    server.sql("UPDATE jiratoken SET created_at = NULL, expires_at = NULL")
    server.stop()
    server.set_clock("2199-06-01 12:00:00")
    server.start()
    assert server.check("alice", token).status == 200
    assert server.check("alice", token).get("jiratoken-expires") is None
    assert [row[1:3] + row[4:5] for row in look(server).table()] == [
        ["Unknown", "Never", "Active"]]


def test_list_shows_times_in_utc(noon):
    noon.environment.update(TZ="Pacific/Auckland", FAKETIME="2027-01-16 01:00:00")
    noon.start()
    noon.insert("full", created_at=1768473000, expires_at=4102444800,
                last_used_at=1768559399, last_used_from="192.0.2.7")
    noon.insert("odd", created_at=0, expires_at=4102444801)
    page = look(noon)
    full, odd = page.table()
    assert full[:4] == ["full", "2026-01-15, 10:30 UTC",
                        "2099-12-31, 24:00 UTC",
                        "364 days ago, 2026-01-16, 10:29 UTC from 192.0.2.7"]
    assert odd[1:3] == ["1970-01-01, 00:00 UTC", "2100-01-01, 00:00 UTC"]
    times = [e.get("datetime") for e in page.all("time")]
    assert times == ["2026-01-15T10:30:00Z", "2100-01-01T00:00:00Z",
                     "2026-01-16T10:29:59Z", "1970-01-01T00:00:00Z",
                     "2100-01-01T00:00:01Z"]


def test_last_use_by_a_clock_that_is_ahead_is_just_now(noon):
    """Another server of the same database wrote it; none has seen the future."""
    noon.start()
    for number, seconds in enumerate((1, 59, 60, 2 * HOUR)):
        noon.insert(f"n{number}", last_used_at=NOW + seconds)
    assert {words.split(", ")[0] for words in look(noon).column(3)} == {"just now"}


@pytest.mark.database
@pytest.mark.parametrize("interval, words", [
    (600, "Never used"), (1, "Never used"), (0, "Not recorded"),
])
def test_use_that_is_not_written_down_is_not_called_none(noon, interval, words):
    noon.settings += f"JiraTokenLastUsedInterval {interval}\n"
    noon.start()
    row, other = noon.insert("old"), noon.insert("older", last_used_at=NOW - DAY)
    page = look(noon)
    assert page.column(3) == [words, "1 day ago, 2027-01-14, 12:00 UTC"]
    assert any("never used" in part for part in sums(page)) is (interval > 0)
    page = Page(noon.get(f"/tokens/{row}/revoke", user="alice"))
    assert [text(e) for e in page.all("dd")] == ["Unknown", "Never", words]
    page = Page(noon.get(f"/tokens/revoke?id={row}&id={other}", user="alice"))
    assert words in [line(e) for e in page.all("small")]


def test_exact_instant_is_there_for_pointers_and_for_screen_readers(noon):
    """The eye sees the day or the distance; the title and the hidden text have
    the instant, whole."""
    noon.start()
    noon.insert("ci", created_at=NOW - 9 * DAY, expires_at=NOW + 12 * DAY + 12 * HOUR,
                last_used_at=NOW - 2 * HOUR, last_used_from="192.0.2.7")
    created, expires, used = look(noon).all("time")
    exact = ["2027-01-06, 12:00 UTC", "2027-01-27, 24:00 UTC", "2027-01-15, 10:00 UTC"]
    assert [e.get("title") for e in (created, expires, used)] == exact
    assert [visible(e) for e in (created, expires, used)] == [
        "2027-01-06", "2027-01-27", "2 hours ago"]
    assert [text(created), text(expires)] == exact[:2]
    assert text(used) == "2 hours ago, " + exact[2]
    assert [e.get("datetime") for e in (created, expires, used)] == [
        "2027-01-06T12:00:00Z", "2027-01-28T00:00:00Z", "2027-01-15T10:00:00Z"]


PAST = {0: "just now", 1: "just now", 59: "just now", 60: "1 minute ago",
        119: "1 minute ago", 120: "2 minutes ago", HOUR - 1: "59 minutes ago",
        HOUR: "1 hour ago", 2 * HOUR - 1: "1 hour ago", 2 * HOUR: "2 hours ago",
        DAY - 1: "23 hours ago", DAY: "1 day ago", 2 * DAY - 1: "1 day ago",
        2 * DAY: "2 days ago", 365 * DAY: "365 days ago", 731 * DAY - 1: "730 days ago",
        731 * DAY: "2 years ago", 3 * YEAR - 1: "2 years ago", NOW: "57 years ago"}
FUTURE = {1: "in less than a minute", 59: "in less than a minute", 60: "in 1 minute",
          119: "in 1 minute", 120: "in 2 minutes", HOUR - 1: "in 59 minutes",
          HOUR: "in 1 hour", 2 * HOUR - 1: "in 1 hour", 2 * HOUR: "in 2 hours",
          DAY - 1: "in 23 hours", DAY: "in 1 day", 2 * DAY - 1: "in 2 days",
          2 * DAY: "in 2 days", 7 * DAY: "in 7 days",
          # The end of an active token is told by its date alone.
          7 * DAY + 1: "", 12 * DAY + 12 * HOUR: "", 731 * DAY: "", 253402300800 - NOW: ""}
# From a day on the days of the calendar, as the date beside it: it is noon.
ENDED = {**PAST, 2 * DAY - 1: "2 days ago", 731 * DAY - 1: "2 years ago"}


def test_distance_is_told_in_the_largest_unit_that_fits(noon):
    """Rounded down, one of a kind in the singular; 731 days are years. An expiry's are
    counted from date to date."""
    noon.settings += "JiraTokenMax 1000\n"
    noon.start()
    for seconds in PAST:
        noon.insert(f"past {seconds}", last_used_at=NOW - seconds)
        noon.insert(f"ended {seconds}", expires_at=NOW - seconds)
    for seconds in FUTURE:
        noon.insert(f"future {seconds}", expires_at=NOW + seconds)
    seen = {}
    for label, _, expires, used, *_ in look(noon).table():
        kind, seconds = label.split()
        words = used if kind == "past" else expires
        place = words.split(", ")[0] if kind == "past" else words.split(" UTC")[1].strip()
        seen[kind, int(seconds)] = place
    assert seen == {**{("past", s): words for s, words in PAST.items()},
                    **{("ended", s): words for s, words in ENDED.items()},
                    **{("future", s): words for s, words in FUTURE.items()}}


def test_address_of_the_last_use_is_told_where_it_is_known(noon):
    noon.start()
    noon.insert("known", last_used_at=NOW - 60, last_used_from="2001:db8::1")
    noon.insert("unknown", last_used_at=NOW - 60)
    noon.insert("odd", last_used_from="192.0.2.7")      # from, but not when
    assert look(noon).column(3) == [
        "1 minute ago, 2027-01-15, 11:59 UTC from 2001:db8::1",
        "1 minute ago, 2027-01-15, 11:59 UTC", "Never used"]


# ---- the status


def test_status_follows_from_the_expiry(noon):
    noon.start()
    expected = {"Active": [None, NOW + 7 * DAY + 1, NOW + 400 * DAY],
                "Expires soon": [NOW + 7 * DAY - 1, NOW + 7 * DAY, NOW + HOUR, NOW + 1],
                "Expired": [NOW, NOW - 1, NOW - 400 * DAY, 0]}
    for state, instants in expected.items():
        for instant in instants:
            noon.insert(f"{state} {instant}", expires_at=instant)
    page = look(noon)
    assert len(page.table()) == 11
    assert text(page.id("count")) == "11 of 25 tokens"   # the expired ones too
    assert page.column(4) == [label.rsplit(" ", 1)[0] for label in page.column(0)]
    marks = {(text(e), e.get("class")) for e in page.all("span")
             if "state" in e.get("class", "").split()}
    assert marks == {("Active", "state active"), ("Expires soon", "state expires-soon"),
                     ("Expired", "state expired")}


MONTH = 30 * DAY


@pytest.mark.parametrize("rows, unused, endless", [      # created, used, expires
    ([], None, None),
    ([(None, None, None)], 1, 1),
    ([(None, None, None)] * 3, 3, 3),
    ([(None, 1, None)], None, 1),
    ([(None, None, NOW + DAY)], 1, None),
    ([(None, None, NOW)], None, None),                  # dead: no harm in it
    ([(NOW - MONTH, None, NOW + DAY)], 1, None),
    ([(NOW - MONTH + 1, None, NOW + DAY)], None, None),     # young: give it time
    ([(NOW, None, None)], None, 1),
    ([(NOW - MONTH, NOW - MONTH, NOW + DAY)] * 4, None, None),
    ([(1, None, 1), (1, 1, None), (NOW, None, None), (1, None, NOW + 1)], 1, 2),
])
def test_hints_count_what_was_never_used_and_what_never_expires(
        noon, rows, unused, endless):
    noon.start()
    for number, (created, used, expires) in enumerate(rows):
        noon.insert(f"n{number}", created_at=created, last_used_at=used,
                    expires_at=expires)
    page = look(noon)
    expected = [f"{unused} over 30 days old and never used"] if unused else []
    expected += [f"{endless} never expire{'s' * (endless == 1)}"] if endless else []
    assert sums(page)[-len(expected) or len(sums(page)):] == expected
    assert hints(page) == []
    assert page.notes("alert") == []      # a hint is no warning


# ---- the boxes and buttons


def test_each_row_has_its_box_and_its_button(running):
    rows = {f"n{n}": running.insert(f"n{n}") for n in range(3)}
    page = look(running)
    [form] = [e for e in page.all("form") if e.get("action") == "./revoke"]
    assert form.get("method") == "get"      # a confirmation changes nothing
    boxes = [e for e in form.iter("input") if e.get("name")]
    assert [(e.get("type"), e.get("name"), e.get("value")) for e in boxes] == [
        ("checkbox", "id", str(row)) for row in rows.values()]
    assert [page.named(e) for e in boxes] == [f"Select {label}" for label in rows]
    assert not any("checked" in e.attrib for e in boxes)
    [every] = [e for e in form.iter("input") if not e.get("name")]
    assert page.named(every) == "Select all tokens"
    [button] = [e for e in form.iter("button")]
    assert (text(button), button.get("type")) == ("Revoke selected", "submit")


@pytest.mark.parametrize("expiries, offered", [
    ([None], False), ([NOW + 1], False), ([NOW], True), ([None, 1, NOW + DAY], True),
])
def test_button_for_all_expired_is_there_when_one_has(noon, expiries, offered):
    noon.start()
    for number, instant in enumerate(expiries):
        noon.insert(f"n{number}", expires_at=instant)
    page = look(noon)
    links = [e.get("href") for e in page.all("a") if text(e) == "Revoke all expired"]
    assert links == (["./revoke?expired=1"] if offered else [])


def test_all_that_users_wrote_stands_in_bdi(noon):
    """In every cell: whatever its direction, it does not touch its neighbours."""
    noon.start()
    noon.insert("<b>עברית</b>", last_used_at=NOW, last_used_from="from & <i>")
    noon.insert("نص {{count}}", created_at=1)
    page = look(noon)
    assert page.single_nodes("bdi") == ["alice", "<b>עברית</b>", "from & <i>",
                                        "نص {{count}}"]
    for cell in page.all("th"):
        if cell.get("scope") == "row":
            assert [e.tag for e in cell] == ["bdi"]
            assert not cell.text and not cell[0].tail


# ---- what it weighs


@pytest.mark.parametrize("most", [25, 26])      # without the form, and with it
def test_page_of_25_tokens_weighs_under_40_kib(server, most):
    server.settings += f"JiraTokenMax {most}\n"
    server.start()
    now = int(time.time())
    for number in range(25):
        server.insert(f"Looker Studio, marketing {number}", created_at=now - 100 * DAY,
                      expires_at=(now // DAY + 3 * number - 9) * DAY,
                      last_used_at=now - number * HOUR, last_used_from="203.0.113.77")
    for query in ("", "?sort=last-used&order=desc", "?done=revoked"):
        answer = server.get("/tokens/" + query, user="alice")
        assert len(Page(answer).table()) == 25
        assert len(answer.body) < 40 * 1024, query
