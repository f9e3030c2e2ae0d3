# SPDX-License-Identifier: Apache-2.0
"""Revoking several tokens at once: what a selection becomes, whose tokens it can
touch, and that all of it is over on the next request."""

import concurrent.futures
import itertools
import re
import urllib.parse

import pytest

from faults import SILENT, UNSURE, assert_unavailable, freeze
from page import Page, line, text
from routes import section
from server import basic

LISTED = "Select at least one token, then choose Revoke selected."
FORM = "application/x-www-form-urlencoded"


def ask_by_url(server, ids, user="alice", **headers):
    fields = urllib.parse.urlencode([("id", row) for row in ids])
    return server.get("/tokens/revoke?" + fields, user=user, headers=headers)


def ask_by_form(server, ids, user="alice", **headers):
    """As the list does, which may have more ids than a URL."""
    return server.post("/tokens/revoke", [("ask", "1")] + [("id", row) for row in ids],
                       user=user, headers=headers)


def send(server, ids, user="alice", **headers):
    return server.post("/tokens/revoke", [("id", row) for row in ids], user=user,
                       headers=headers)


both_ways = pytest.mark.parametrize("ask", [ask_by_url, ask_by_form])


def make(server, count, **columns):
    """So many rows of alice's: {label: id}."""
    return {f"n{n}": server.insert(f"n{n}", **columns) for n in range(count)}


def chosen(page):
    """What a confirmation of several asks about: {label: id}."""
    [form] = page.all("form")
    assert (form.get("method"), form.get("action")) == ("post", "./revoke")
    fields = [e for e in form.iter() if e.get("name")]
    assert {(e.get("type"), e.get("name")) for e in fields} == {("hidden", "id")}
    names = [text(e.find("b")) for e in form.iter("li")]
    return dict(zip(names, [int(e.get("value")) for e in fields], strict=True))


def left(server):
    return [row[0] for row in server.rows()]


def notices(server):
    """Whose revocation is in the log: the ids, in order."""
    return [int(n) for n in re.findall(r"jiratoken:notice.*token revoked: id=(\d+) "
                                       r"digest=[0-9a-f]{12} user=alice", server.log())]


# ---- asking


@both_ways
def test_one_selected_token_is_asked_about_like_any_other(running, ask):
    rows = make(running, 3)
    one = ask(running, [rows["n1"]])
    assert one.status == 200
    direct = running.get(f"/tokens/{rows['n1']}/revoke", user="alice")
    page = Page(one)
    assert page.title() == Page(direct).title() == "Revoke n1?"
    [form] = page.all("form")
    action = urllib.parse.urljoin("/tokens/revoke", form.get("action"))
    assert action == f"/tokens/{rows['n1']}/revoke"
    assert running.post(action, user="alice").status == 303
    assert left(running) == [rows["n0"], rows["n2"]]


@both_ways
@pytest.mark.parametrize("count, selected", [(2, [0, 1]), (5, [1, 3]), (5, [4, 2, 0]),
                                             (25, range(25))])
def test_several_selected_tokens_are_named_and_nothing_is_changed(
        running, count, selected, ask):
    rows = make(running, count)
    before = running.rows()
    wanted = {f"n{n}": rows[f"n{n}"] for n in selected}
    answer = ask(running, wanted.values())
    assert answer.status == 200
    page = Page(answer)
    assert page.title() == f"Revoke {len(wanted)} tokens?"
    assert chosen(page) == wanted
    assert "lose access immediately. You can't undo this" in line(page.id("main"))
    assert {"Revoke", "Cancel"} <= set(page.buttons())
    assert running.rows() == before


def test_confirmation_tells_when_each_was_last_used(noon):
    noon.start()
    used = noon.insert("used", last_used_at=1800014400 - 7200, last_used_from="<i>")
    never = noon.insert("never")
    page = Page(ask_by_form(noon, [used, never]))
    assert [line(e) for e in page.all("li") if e.find("b") is not None] == [
        "used Last used: 2 hours ago, 2027-01-15, 10:00 UTC from <i>", "never Never used"]
    assert page.single_nodes("bdi") == ["alice", "used", "<i>", "never"]


@pytest.mark.plain
@pytest.mark.parametrize("form, query", [
    (False, ""), (False, "?"), (False, "?x=1"), (False, "?expired="), (False, "?ID=1"),
    (False, "?ask=1"), (True, ""), (True, "?id=1"), (True, "?expired=1"),
])
@pytest.mark.parametrize("count", [0, 1, 25])
def test_nothing_selected_shows_the_list_and_what_to_do(running, form, query, count):
    rows = make(running, count)
    path = "/tokens/revoke" + query
    answer = (running.post(path, {"ask": "1", "expired": "1"}, user="alice") if form
              else running.get(path, user="alice"))
    assert answer.status == 400
    page = Page(answer)
    assert page.title() == "Tokens"
    assert page.notes("alert") == [LISTED]
    assert page.column(0) == list(rows)
    assert text(page.id("count")) == f"{count} of 25 tokens"
    [note] = [e for e in page.all("p") if "autofocus" in e.attrib]
    assert line(note) == LISTED


BAD_IDS = ["", "0", "-1", "+1", "01", "1e3", "1.0", "0x1", " 1", "1 ", "\t1", "1\n",
           "9223372036854775808", "18446744073709551617", "1" * 400, "1,2", "1;2",
           "1 OR 1=1", "*", "all", "n0", "١", "１", "\ufeff1", "1\0", "\0", "NaN", "1'"]


@pytest.mark.plain
@pytest.mark.parametrize("bad", BAD_IDS)
def test_id_that_is_not_canonical_spoils_the_selection(running, bad):
    """One that is no id says that the form is not ours: nothing of it is done."""
    rows = make(running, 2)
    before = running.rows()
    for ids in ([bad], [rows["n0"], bad], [bad, rows["n0"]]):
        for tell in (ask_by_url, ask_by_form, send):
            answer = tell(running, ids)
            assert answer.status == 400
            assert Page(answer).title() == "Request not understood"
    assert running.rows() == before


@pytest.mark.plain
@pytest.mark.parametrize("fields", ["id", "id=", "&id", "id=%", "id=%zz", "id=1&id",
                                    "id=1&x=%00", "id=1%00", "%00id=1"])
def test_selection_that_cannot_be_read_is_400(running, fields):
    make(running, 1)
    before = running.rows()
    answers = [running.get("/tokens/revoke?" + fields, user="alice")]
    answers += [running.request("POST", "/tokens/revoke", user="alice", body=body,
                                headers={"Content-Type": FORM,
                                         "Sec-Fetch-Site": "same-origin"})
                for body in (fields, fields + "&ask=1", "id=1&ask=1&ask=")]
    assert [a.status for a in answers] == [400] * 4
    assert running.rows() == before


@pytest.mark.parametrize("ids, status", [
    ([1] * 1023, 200), ([1] * 1025, 400), (["1"] + ["999"] * 1022, 200),
])
def test_selection_has_as_many_fields_as_a_form_may(running, ids, status):
    make(running, 2)
    for ask in (ask_by_url, ask_by_form):
        answer = ask(running, ids)
        assert answer.status == status
        assert status == 400 or Page(answer).title() == "Revoke n0?"
    assert send(running, ids).status == (303 if status == 200 else 400)
    assert left(running) == ([2] if status == 200 else [1, 2])


def test_token_selected_twice_is_one_token(running):
    rows = make(running, 3)
    twice = [rows["n0"], rows["n1"], rows["n0"]]
    for ask in (ask_by_url, ask_by_form):
        assert chosen(Page(ask(running, twice))) == {"n0": rows["n0"], "n1": rows["n1"]}
        assert Page(ask(running, [rows["n0"]] * 2)).title() == "Revoke n0?"
    answer = send(running, [rows["n0"]] * 2)
    assert (answer.status, answer.get("location")) == (303, "./?done=revoked")
    assert left(running) == [rows["n1"], rows["n2"]]
    assert notices(running) == [rows["n0"]]


# ---- all that have expired


@pytest.mark.parametrize("count", [0, 1, 3])
def test_all_expired_are_asked_about_and_no_other(noon, count):
    noon.start()
    live = make(noon, 2)
    noon.insert("just alive", expires_at=1800014400 + 1)
    noon.insert("of bob", user="bob", expires_at=1)
    expired = {f"old {n}": noon.insert(f"old {n}", expires_at=1800014400 - n)
               for n in range(count)}
    before = noon.rows()
    answer = noon.get("/tokens/revoke?expired=1", user="alice")
    if not count:
        assert (answer.status, answer.get("location")) == (303, "./?done=none-expired")
    else:
        assert answer.status == 200
        title = Page(answer).title()
        assert title == ("Revoke old 0?" if count == 1 else "Revoke 3 tokens?")
        assert count == 1 or chosen(Page(answer)) == expired
    assert noon.rows() == before
    assert not any(label in answer.text for label in (*live, "just alive", "of bob"))


@pytest.mark.plain
@pytest.mark.parametrize("fields", [
    "expired=1&expired=1", "expired=1&id=x", "expired=1&id=0", "expired=%zz",
    "expired=%00", "expired=0", "expired=2", "expired=01", "expired=yes", "expired=+1",
    "expired=1&id=1", "id=1&expired=1", "expired=1&id=2", "expired=1&id=999",
])      # beside ids it would mean two things
def test_wish_for_all_expired_that_cannot_be_read_is_400(running, fields):
    running.insert("old", expires_at=1)
    running.insert("live")
    answer = running.get("/tokens/revoke?" + fields, user="alice")
    assert answer.status == 400
    assert Page(answer).title() == "Request not understood"


@pytest.mark.plain
def test_form_names_its_tokens_and_never_all_expired(running):
    """What has expired since the question was shown is not in the answer."""
    running.insert("old", expires_at=1)
    before = running.rows()
    answer = running.post("/tokens/revoke", {"expired": "1"}, user="alice")
    assert answer.status == 400
    assert running.post("/tokens/revoke?expired=1", user="alice").status == 400
    assert running.post("/tokens/revoke?id=1", user="alice").status == 400
    assert running.rows() == before


# ---- doing


@pytest.mark.parametrize("count, done", [(1, "revoked"), (2, "several"), (25, "several")])
def test_revoked_tokens_are_refused_on_the_next_request(running, count, done):  # C01
    tokens = [running.create(label=f"n{n}") for n in range(count)]
    assert {running.check("alice", token).status for token in tokens} == {200}
    ids = [running.id_of(token) for token in tokens]
    other = running.insert("of bob", user="bob")
    answer = send(running, ids)
    assert (answer.status, answer.get("location")) == (303, f"./?done={done}")
    assert answer.body == b""
    assert [running.check("alice", token).status for token in tokens] == [401] * count
    assert left(running) == [other]
    assert notices(running) == ids
    assert Page(running.get("/tokens/?done=" + done, user="alice")).table() == []


def test_thousand_tokens_go_at_once(server):
    server.settings += "JiraTokenMax 1000\n"
    server.start()
    rows = {f"n{n}": server.insert(f"n{n}", slot=n) for n in range(1000)}
    live = server.insert("of bob", user="bob")
    answer = send(server, rows.values())
    assert (answer.status, answer.get("location")) == (303, "./?done=several")
    assert left(server) == [live]
    assert notices(server) == list(rows.values())


@pytest.mark.plain
@pytest.mark.parametrize("asked, status", [
    (["1"], 200), ([""], 200), (["0"], 200), (["1", "1"], 400), (["", "1"], 400),
])
def test_anything_that_may_be_a_question_revokes_nothing(running, asked, status):
    rows = make(running, 2)
    fields = [("ask", value) for value in asked] + [("id", rows["n0"])]
    assert running.post("/tokens/revoke", fields, user="alice").status == status
    assert left(running) == [rows["n0"], rows["n1"]]


def test_every_selection_of_a_thousand_can_be_asked_about(server):
    """`Select all tokens`, then `Revoke selected`, whatever the ids are."""
    server.settings += "JiraTokenMax 1000\n"
    server.start()
    ids = [server.insert(f"n{n}", slot=n, id=2**63 - 1001 + n) for n in range(1000)]
    answer = ask_by_form(server, ids)
    assert answer.status == 200
    assert list(chosen(Page(answer)).values()) == ids


def test_only_the_rows_of_the_form_go(running):
    rows = list(make(running, 6).values())
    answer = running.post(f"/tokens/revoke?id={rows[4]}&expired=1", [
        ("id", rows[0]), ("user", "bob"), ("ID", rows[5]), ("id[]", rows[5]),
        ("id", rows[2])], user="alice")
    assert answer.status == 303
    assert left(running) == [rows[1], rows[3], rows[4], rows[5]]


# ---- other people's


def not_yours(server):
    """Ids that are nobody's or somebody else's, as alice would send them."""
    ids = [server.insert("of bob", user="bob"), server.insert("of Alice", user="Alice"),
           server.insert("of alice ", user="alice ")]
    gone = server.insert("revoked")
    assert server.post(f"/tokens/{gone}/revoke", user="alice").status == 303
    return [*ids, gone, 999999, 2**63 - 1]


@both_ways
def test_tokens_that_are_not_ones_own_are_as_if_they_were_not_there(running, ask):  # P03
    strange = not_yours(running)
    rows = make(running, 2)
    theirs = [row for row in left(running) if row not in rows.values()]
    answer = ask(running, [*strange[:3], *rows.values(), *strange[3:]])
    assert chosen(Page(answer)) == rows
    assert not any(words in answer.text for words in ("of bob", "of Alice", "of alice "))
    one = Page(ask(running, [*strange, rows["n1"]]))
    assert one.title() == "Revoke n1?"
    answer = send(running, [*strange, *rows.values()])
    assert (answer.status, answer.get("location")) == (303, "./?done=several")
    assert left(running) == theirs
    assert notices(running)[1:] == list(rows.values())


def test_nothing_left_of_a_selection_is_one_and_the_same_404(running):  # P03, A21
    strange = not_yours(running)
    running.insert("mine")
    before = running.rows()
    selections = [[row] for row in strange] + [strange, strange[:2] * 2]
    known = running.get("/tokens/999/revoke", user="alice")
    for tell in (ask_by_url, ask_by_form, send):
        answers = [tell(running, ids) for ids in selections]
        assert {a.status for a in answers} == {404}
        assert all(a.without_date() == answers[0].without_date() for a in answers)
        assert Page(answers[0]).title() == Page(known).title()
        assert "of bob" not in answers[0].text
    assert running.rows() == before


def test_selection_is_its_senders_own(running):
    """bob sends what alice was asked: nothing happens to hers."""
    rows = make(running, 3)
    before = running.rows()
    for tell in (ask_by_url, ask_by_form, send):
        assert tell(running, rows.values(), user="bob").status == 404
    assert running.rows() == before


def test_revoking_the_same_at_the_same_time_ends_each_once(running):
    rows = list(make(running, 10).values())
    kept = running.insert("kept")
    with concurrent.futures.ThreadPoolExecutor(6) as crowd:
        answers = list(crowd.map(lambda _: send(running, rows), range(6)))
    running.expect(SILENT)
    assert {a.status for a in answers} <= {303, 404, 503}
    assert 303 in {a.status for a in answers}
    assert left(running) == [kept]
    log = running.log()
    assert all(log.count(f"revoked: id={row} ") == 1 for row in rows if
               f"perhaps revoked, the database did not say: id={row} " not in log)


# ---- refused


@pytest.mark.plain
@pytest.mark.parametrize("headers, status", [
    ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403), ({"Sec-Fetch-Site": "garbage"}, 403),  # U05, U06
    ({"Content-Type": "text/plain"}, 415), ({"Content-Type": "application/json"}, 415),
    ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
])
def test_selection_from_elsewhere_changes_nothing(running, headers, status):
    rows = make(running, 2)
    before = running.rows()
    for tell in (ask_by_form, send):
        answer = tell(running, rows.values(), **headers)
        assert answer.status == status
        assert answer.get("location") is None
        assert "Nothing was changed" in answer.text
    assert running.rows() == before


def test_selection_by_a_token_changes_nothing(both):  # U03
    both.locations += section(both, "/also")
    both.start()
    token = both.create()
    ids = [both.id_of(token), both.insert("other")]
    before = both.rows()
    fields = [("id", row) for row in ids]
    for place, form in itertools.product(("/both", "/also"),
                                         (fields, [("ask", "1"), *fields])):
        answer = both.post(place + "/revoke", form,
                           headers={"Authorization": basic("alice", token)})
        assert answer.status == 403
        assert Page(answer).title() == "Tokens can't manage tokens"
    assert both.rows() == before
    assert both.check("alice", token).status == 200


# ---- a database that cannot


@pytest.mark.database("sqlite3")
def test_frozen_database_revokes_none_and_claims_nothing(server):  # F07
    server.start()
    tokens = [server.create() for _ in range(3)]
    ids = [server.id_of(token) for token in tokens]
    freeze(server)
    before = server.rows()
    assert Page(ask_by_form(server, ids)).title() == "Revoke 3 tokens?"
    answer = send(server, ids)
    assert_unavailable(answer)
    assert Page(answer).title() == "Temporarily unavailable"
    assert answer.get("location") is None
    assert "revoked" not in line(Page(answer).id("main"))
    assert server.rows() == before
    assert notices(server) == []
    assert {server.check("alice", token).status for token in tokens} == {200}


def test_busy_database_revokes_none_and_claims_nothing(running):  # F07
    rows = make(running, 2)
    running.expect(SILENT)
    before = running.rows()
    with running.database.held():
        assert_unavailable(send(running, rows.values()))
    assert running.rows() == before
    assert notices(running) == []


@pytest.mark.parametrize("fault", [
    "refuse", pytest.param("ignore", marks=pytest.mark.database("sqlite3", "pgsql"))])
@pytest.mark.parametrize("which", range(4))
def test_token_that_cannot_be_revoked_is_never_said_to_be(running, fault, which):  # F07
    """503, with how many are gone; the log names these, and nothing else."""
    rows = list(make(running, 4).values())
    running.expect(SILENT)
    getattr(running.database, fault)("DELETE", f"OLD.label = 'n{which}'")
    answer = send(running, rows)
    assert_unavailable(answer)
    assert answer.get("location") is None
    assert rows[which] in left(running)
    gone = [row for row in rows if row not in left(running)]
    assert notices(running) == gone
    said = line(Page(answer).id("main"))
    assert bool(re.search(f"{len(gone)} of 4 w(as|ere) revoked", said)) is bool(gone)
    assert Page(answer).title() == ("Some tokens weren't revoked" if gone
                                    else "Temporarily unavailable")


@pytest.mark.database("sqlite3", "pgsql")    # MySQL's triggers cannot do that
def test_revocation_whose_end_nobody_saw_is_told_to_the_operator(running):  # F07
    """The rows cannot be read any more: no claim, and a warning for each that may
    be gone."""
    rows = list(make(running, 3).values())
    running.insert("other")
    running.expect(f"{SILENT}|{UNSURE}")
    if running.database.kind == "pgsql":
        running.sql("ALTER TABLE jiratoken ALTER id SET GENERATED BY DEFAULT")
    running.database.trigger("spoil", "AFTER", "DELETE", "UPDATE jiratoken SET "
                             "id = -2 WHERE label = 'other';")
    answer = send(running, rows)
    assert_unavailable(answer)
    assert Page(answer).title() == "Temporarily unavailable"
    assert notices(running) == []
    told = re.findall(UNSURE + r".*: id=(\d+) digest=[0-9a-f]{12} user=alice",
                      running.log())
    assert [int(row) for row in told] == rows
    assert left(running) == [-2]
