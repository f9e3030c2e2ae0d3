# SPDX-License-Identifier: Apache-2.0
"""Making tokens: what the form takes, what it says about what it does not
take, limits and repetition. Days are test_pages_dates.py's, escaping is
test_pages_text.py's."""

import calendar
import concurrent.futures
import re

import pytest

from faults import CROWD, assert_unavailable
from page import Page, text
from server import TOKEN

NOON = "2027-01-15 12:00:00"     # a Friday


def create(server, label="ci", expires="", user="alice", **more):
    return server.post("/tokens/create", {"label": label, "expires": expires, **more},
                       user=user)


def midnight_after(day):
    """The end of a day, in epoch seconds."""
    year, month, date = map(int, day.split("-"))
    return calendar.timegm((year, month, date, 0, 0, 0)) + 86400


def fault(answer, field):
    """What the page says next to a field that it refuses, and how loudly."""
    page = Page(answer)
    said = page.id(field + "-fault")
    if said is None:
        assert page.input(field).get("aria-invalid") is None
        return None
    assert page.input(field).get("aria-invalid") == "true"
    assert said.get("id") in page.input(field).get("aria-describedby").split()
    assert said.get("role") == "alert"
    return text(said)


def stored(server):
    return server.sql("SELECT label, expires_at FROM jiratoken ORDER BY id")


# ---- the page that shows the token


def test_token_is_shown_once_with_all_that_is_needed(running):
    answer = create(running, "Looker", "2099-12-31")
    assert answer.status == 200
    page = Page(answer)
    token = page.id("token").text
    assert TOKEN.fullmatch(token) and len(page.id("token")) == 0
    running.tokens.append(token)
    assert page.title() == "Token created"
    said = text(page.id("main"))
    assert "won't be able to see it again" in said
    assert "Looker" in said
    assert "Valid through 2099-12-31, 24:00 UTC" in said
    assert page.user() == "alice"
    copies = [e for e in page.all("button") if text(e) == "Copy"]
    assert [page.named(e) for e in copies[:2]] == ["Copy Token", "Copy User name"]
    assert [e.get("data-copy") for e in copies[:2]] == ["token", "user"]
    [recipes] = [text(e) for e in page.all("section") if e.get("class") == "recipes"]
    whole = text(page.root)
    assert recipes.count(token) >= 15
    assert whole.count(token) == 1 + recipes.count(token)
    assert answer.text.count(token) == whole.count(token)
    assert running.check("alice", token).status == 200
    # Nothing leads away by accident.
    [row] = running.sql("SELECT id FROM jiratoken")
    assert [(text(e), e.get("href")) for e in page.id("main").iter("a")] \
        == [("Done", f"./?new={row[0]}")]


def test_token_without_expiry_says_never(running):
    page = Page(create(running))
    running.tokens.append(page.id("token").text)
    assert "Never" in [text(e) for e in page.all("dd")]


def test_same_form_sent_again_makes_no_second_token(running):
    first = create(running)
    token = Page(first).id("token").text
    running.tokens.append(token)
    again = create(running)
    assert again.status == 409
    assert "already have a token with this label" in fault(again, "label")
    assert token not in again.text
    assert len(running.rows()) == 1


def test_database_keeps_what_was_asked_and_no_token(running):
    token = running.create(label="ci", expires="2099-03-01")
    [row] = running.sql("SELECT user_name, slot, label, digest, expires_at, "
                        "last_used_at, restrictions, shown FROM jiratoken")
    assert row == ("alice", 0, "ci", running.digest(token),
                   midnight_after("2099-03-01"), None, None, 1)
    stored = running.database.stored()
    assert running.digest(token).encode() in stored
    assert token.encode() not in stored


def test_creation_notes_the_time(server):
    server.set_clock(NOON)
    server.start()
    server.create()
    [[created]] = server.sql("SELECT created_at FROM jiratoken")
    assert 0 <= created - calendar.timegm((2027, 1, 15, 12, 0, 0)) < 60


def test_prefix_changes_new_tokens_only(server):
    server.start()
    old = server.create()
    server.stop()
    server.settings += "JiraTokenPrefix acme42\n"
    server.start()
    new = server.create()
    assert old.startswith("jt_") and new.startswith("acme42_")
    assert len(new) == len("acme42_") + 43 + 6
    assert [server.check("alice", t).status for t in (old, new)] == [200, 200]


def test_nobody_can_make_a_token_for_somebody_else(running):
    answer = create(running, "ci", user="bob", user_name="alice", owner="alice",
                    id="7", slot="9", restrictions="x", shown="0", created_at="1",
                    token="jt_" + "0" * 49, digest="0" * 64, REMOTE_USER="alice")
    assert answer.status == 200
    running.tokens.append(Page(answer).id("token").text)
    [row] = running.sql("SELECT user_name, slot, restrictions FROM jiratoken")
    assert row == ("bob", 0, None)
    answer = running.post("/tokens/create?user=alice&label=x", {"user": "alice"},
                          user="bob", headers={"X-Remote-User": "alice",
                                               "Remote-User": "alice"})
    assert answer.status == 400         # the label is not taken from the URL
    assert len(running.rows()) == 1


# ---- labels


@pytest.mark.parametrize("typed, kept", [
    ("ci", "ci"),
    ("  ci  ", "ci"), ("\u00a0ci\u3000", "ci"), ("\u2003a  b\u1680", "a  b"),
    ("a b", "a b"), ("a\u00a0b", "a\u00a0b"),
    ("x" * 100, "x" * 100),                             # I05
    ("😀" * 100, "😀" * 100),
    (" " * 50 + "é" * 100 + " " * 50, "é" * 100),
    ("0", "0"), ("-", "-"), (".", "."), ("null", "null"), ("NaN", "NaN"),
    ("عربي", "عربي"), ("שלום", "שלום"), ("a עברית b", "a עברית b"),   # I09
    ("中文標籤", "中文標籤"), ("🏳️‍🌈 👩‍👩‍👧", "🏳️‍🌈 👩‍👩‍👧"), ("e\u0301", "e\u0301"),
    ("\U0010fffd", "\U0010fffd"), ("\ue000", "\ue000"),
    ("می\u200cخواهم", "می\u200cخواهم"),                  # a joiner within a word
    ("' OR 1=1--", "' OR 1=1--"), ("\\", "\\"), ("%s%n%d", "%s%n%d"),   # I15
    ("a;b", "a;b"), ("'; DROP TABLE jiratoken;--", "'; DROP TABLE jiratoken;--"),
    ("縗'", "縗'"), ("a+b&c=d%41", "a+b&c=d%41"), ("\ufffd", "\ufffd"),
])
def test_label_is_kept_as_typed_but_for_its_edges(running, typed, kept):
    answer = create(running, typed)
    assert answer.status == 200
    running.tokens.append(Page(answer).id("token").text)
    assert stored(running) == [(kept, None)]
    assert [row[0] for row in Page(running.get("/tokens", user="alice")).table()] \
        == [kept]


EMPTY, LONG = "Enter a label", "100 characters or fewer"
UTF8, CONTROL, BIDI = "unreadable characters", "control character", "changes text direction"


@pytest.mark.plain
@pytest.mark.parametrize("typed, words", [
    ("", EMPTY), (" ", EMPTY), ("   ", EMPTY), ("\u00a0", EMPTY),            # I06
    ("\u3000\u2003", EMPTY), ("\u200b", EMPTY), ("\u200d", EMPTY), ("\ufeff", EMPTY),
    ("\u00ad", EMPTY), ("\u2060 \u200b", EMPTY), ("\u115f", EMPTY), ("\u3164", EMPTY),
    ("\u2800", EMPTY), ("\ufe0f", EMPTY), ("\U000e0041", EMPTY), ("\u034f", EMPTY),
    ("x" * 101, LONG), ("😀" * 101, LONG), ("x" * 60000, LONG),               # I05
    ("a" + " " * 99 + "b", LONG), ("x" + "\u200b" * 100, LONG),
])
def test_label_of_the_wrong_length_is_refused(running, typed, words):
    answer = create(running, typed)
    assert answer.status == 400
    assert words in fault(answer, "label")
    assert Page(answer).input("label").get("value") == typed
    assert running.rows() == []


@pytest.mark.plain
@pytest.mark.parametrize("typed, shown, words", [
    ("a\nb", "a\ufffdb", CONTROL), ("a\r\nb", "a\ufffd\ufffdb", CONTROL),     # I08
    ("a\tb", "a\ufffdb", CONTROL), ("\x01", "\ufffd", CONTROL),
    ("a\x1b[31m", "a\ufffd[31m", CONTROL), ("a\x1f", "a\ufffd", CONTROL),
    ("\x7fa", "\ufffda", CONTROL), ("a\x80b", "a\ufffdb", CONTROL),
    ("a\x85b", "a\ufffdb", CONTROL), ("a\x9fb", "a\ufffdb", CONTROL),
    ("a\u2028b", "a\ufffdb", CONTROL), ("a\u2029", "a\ufffd", CONTROL),
    *[(f"a{chr(c)}b", "a\ufffdb", BIDI) for c in (                             # I09
        0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
        0x2068, 0x2069)],
    ("a\ufffeb", "a\ufffdb", UTF8), ("a\uffff", "a\ufffd", UTF8),             # I07
    ("\ufdd0", "\ufffd", UTF8), ("\ufdef", "\ufffd", UTF8),
    ("\U0001fffe", "\ufffd", UTF8), ("\U0010ffff", "\ufffd", UTF8),
])
def test_character_that_a_label_must_not_have_is_shown(running, typed, shown, words):
    answer = create(running, typed)
    assert answer.status == 400
    assert words in fault(answer, "label")
    assert Page(answer).input("label").get("value") == shown
    assert running.rows() == []


@pytest.mark.plain
@pytest.mark.parametrize("written", [                                          # I07
    "%ff", "a%80b", "%c0%af", "%c1%81", "%e0%80%af", "%f0%80%80%af", "%ed%a0%80",
    "%ed%bf%bf", "%ed%a0%bd%ed%b8%80", "%f4%90%80%80", "%f8%88%80%80%80", "%c3",
    "%e2%82", "%f0%9f%98", "%c3%28", "%fe%ff", "caf%e9", "%c3%a9%e9", "%e4%b8x",
])
def test_label_that_is_not_utf8_is_refused_and_shown_as_far_as_possible(
        running, written):
    form = {"Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin"}
    for raw in (False, True):
        body = f"label={written}".encode()
        if raw:
            body = re.sub(rb"%(..)", lambda m: bytes.fromhex(m[1].decode()), body)
        answer = running.request("POST", "/tokens/create", user="alice", body=body,
                                 headers=form)
        assert answer.status == 400, raw
        assert UTF8 in fault(answer, "label")
        assert "\ufffd" in Page(answer).input("label").get("value")
    assert running.rows() == []


@pytest.mark.plain
def test_both_fields_are_told_about_at_once(running):
    answer = create(running, "", "tomorrow")
    assert answer.status == 400
    assert EMPTY in fault(answer, "label")
    assert "YYYY-MM-DD" in fault(answer, "expires")


# ---- duplicates


def test_label_is_unique_for_its_user_only(running):
    running.create(label="ci")
    for again in ("ci", " ci ", "\u00a0ci"):
        assert create(running, again).status == 409, again
    running.create(label="CI")
    running.create(label="ci.")
    running.create(label="ci", user="bob")
    assert len(running.rows()) == 4


def test_equal_forms_at_the_same_time_make_one_token(running):
    running.expect(CROWD)
    with concurrent.futures.ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda _: create(running, "ci"), range(10)))
    assert sorted(a.status for a in answers) == [200] + [409] * 9
    [token] = [Page(a).id("token").text for a in answers if a.status == 200]
    running.tokens.append(token)
    assert [row[4] for row in running.rows()] == [running.digest(token)]


def test_different_forms_at_the_same_time_make_one_token_each(running):
    running.expect(CROWD)
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda n: create(running, f"ci {n}"), range(8)))
    assert [a.status for a in answers] == [200] * 8
    assert sorted(row[2] for row in running.rows()) == list(range(8))


def test_creation_that_is_always_in_somebodys_way_is_503_and_logged(running):
    running.expect(r"jiratoken:warn.*no token was made: each of 20 tries.*user=alice")
    running.database.collide()
    assert_unavailable(create(running, "ci"))
    assert "each of 20 tries" in running.log()
    assert running.rows() == []
    running.database.allow("INSERT")
    assert create(running, "ci").status == 200


def test_label_is_free_again_after_its_token_is_revoked(running):
    first = running.create(label="ci")
    running.revoke(first)
    second = running.create(label="ci")
    assert first != second
    assert running.check("alice", first).status == 401


# ---- the limit


def test_twenty_five_tokens_and_no_more(running):
    for number in range(25):
        assert create(running, f"n{number}").status == 200
    page = Page(running.get("/tokens", user="alice"))
    assert "25 of 25 tokens" in text(page.id("main"))
    assert "You've reached the limit of" in text(page.id("main"))
    [button] = [e for e in page.all("button") if text(e) == "Create token"]
    assert "disabled" in button.attrib
    before = running.rows()
    answer = create(running, "one more", "2099-01-01")
    assert answer.status == 409
    page = Page(answer)
    [alert] = [text(e) for e in page.all("p") if e.get("role") == "alert"]
    assert "the limit of 25 tokens" in alert and "revoke one" in alert
    assert page.input("label").get("value") == "one more"
    assert page.input("expires").get("value") == "2099-01-01"
    assert running.rows() == before
    assert "the limit of 25 tokens" in running.get("/tokens/create", user="alice").text
    running.create(user="bob")      # somebody else's limit is their own


def test_place_is_free_again_after_a_revocation(running):
    rows = [running.insert(f"n{number}") for number in range(25)]
    assert create(running).status == 409
    assert running.post(f"/tokens/{rows[7]}/revoke", user="alice").status == 303
    running.create()
    assert create(running, "another").status == 409
    assert len(running.rows()) == 25


def test_expired_tokens_count_until_they_are_revoked(running):
    for number in range(25):
        running.insert(f"n{number}", expires_at=1)
    assert create(running).status == 409
    assert "25 of 25 tokens" in running.get("/tokens", user="alice").text


def test_lowered_limit_deletes_nothing(server):
    server.settings += "JiraTokenMax 3\n"
    server.start()
    rows = [server.insert(f"n{number}") for number in range(5)]
    before = server.rows()
    assert "5 of 3 tokens" in server.get("/tokens", user="alice").text
    assert create(server).status == 409
    assert server.rows() == before
    # Whichever go, there is room only when fewer than three are left.
    for row, status in ((rows[0], 409), (rows[1], 409), (rows[2], 200)):
        assert server.post(f"/tokens/{row}/revoke", user="alice").status == 303
        assert create(server, f"after {row}").status == status
    assert len(server.rows()) == 3


def test_limit_of_one_is_a_limit(server):
    server.settings += "JiraTokenMax 1\n"
    server.start()
    server.create()
    assert create(server).status == 409
    assert "1 of 1 tokens" in server.get("/tokens", user="alice").text
