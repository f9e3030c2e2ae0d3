# SPDX-License-Identifier: Apache-2.0
"""core/jt_listing.c: what the administrators' list has on each database, in which
order and by which filter, whatever the names and the databases' settings are. What
it costs is in test_listing_plans.py. No httpd runs here."""

import itertools
import random

import pytest

from listing import (DAY, NOW, SORTS, analyze, fill, ids, in_order, lister, make_rows,
                     matching)

MANY = 6000     # more than are read at once by an index of the filter's
FILTERS = [
    {}, {"user": "user00123"}, {"user": "nobody"}, {"label": "git"}, {"label": "git p"},
    {"label": "é"}, {"label": "zzz"}, {"state": "active"}, {"state": "expires-soon"},
    {"state": "expired"}, {"state": "idle"}, {"state": "owner-not-seen"},
    {"unused": "1"}, {"unused": "300"}, {"unused": "36500"}, {"expiring": "1"},
    {"expiring": "300"}, {"expired": "1"}, {"expired": "150"}, {"expiry": "never"},
    {"restriction": "restricted"}, {"restriction": "unrestricted"},
    {"restriction": "read"}, {"restriction": "areas"}, {"restriction": "from"},
    {"state": "active", "unused": "100"}, {"state": "expired", "expiring": "5"},
    {"state": "expired", "expired": "90", "label": "ci"},
    {"expiry": "never", "expiring": "9"}, {"expiry": "never", "state": "idle"},
    {"expiry": "never", "restriction": "from", "unused": "30"},
    {"user": "user00123", "state": "active", "restriction": "unrestricted"},
]


@pytest.fixture(scope="module")
def many(request, databases):
    """A server, not running, whose table has many rows; these; and a lister."""
    from server import Server
    made = Server(request.config.getoption("--module"), "event", databases)
    try:
        rows = fill(made.database, make_rows(MANY))
        analyze(made.database)
        with lister(made) as asked:
            yield made, rows, asked
    finally:
        made.close(False)


# ---- pages


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [0, 1])
def test_every_filter_has_its_rows_in_order(many, sort, descending):
    _, rows, asked = many
    for wanted in FILTERS:
        found = asked.all(filter=wanted, sort=sort, descending=descending, max_idle=200,
                          limit=1000)
        assert ids(found) == in_order(matching(rows, wanted, 200), sort, descending), wanted


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("wanted", [{}, {"state": "active"}, {"restriction": "read"},
                                    {"label": "git"}], ids=str)
def test_pages_of_any_size_make_the_same_list(many, sort, wanted):
    _, rows, asked = many
    for limit, descending in ((7, 0), (100, 1), (999, 0)):
        pages = list(asked.pages(filter=wanted, sort=sort, descending=descending,
                                 limit=limit))
        assert max(len(page) for page in pages) <= limit
        assert ids(itertools.chain(*pages)) == in_order(matching(rows, wanted), sort,
                                                        descending)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [0, 1])
def test_cursor_of_another_filter_goes_on_from_its_place(many, sort, descending):
    """Before all that match, among them, or behind them."""
    _, rows, asked = many
    whole = in_order(rows, sort, descending)
    places = {row: place for place, row in enumerate(whole)}
    for limit in (5, 900):
        cursor = asked.get(sort=sort, descending=descending, limit=limit)
        last = places[cursor["tokens"][-1]["id"]]
        for wanted in FILTERS:
            found = asked.all(filter=wanted, sort=sort, descending=descending,
                              max_idle=200, limit=1000, start=cursor["next"])
            expected = in_order(matching(rows, wanted, 200), sort, descending)
            assert ids(found) == [row for row in expected if places[row] > last], wanted


def test_page_that_ends_with_the_list_has_no_next(many):
    _, rows, asked = many
    wanted = {"restriction": "restricted"}
    number = len(matching(rows, wanted))
    assert asked.get(filter=wanted, limit=number)["next"] is None
    assert asked.get(filter=wanted, limit=number - 1)["next"]
    assert asked.get(filter={"user": "user00123"}, limit=5)["next"] is None
    assert asked.get(filter={"user": "user00123"}, limit=4)["next"]


def test_rows_are_whole(many):
    _, rows, asked = many
    wanted = {row["id"]: row for row in rows}
    for question in ({}, {"filter": {"state": "active"}}, {"filter": {"user": "user00007"}}):
        for token in asked.get(sort="created", **question)["tokens"]:
            row = wanted[token["id"]]
            assert (token["user"], token["label"], token["digest"], token["created"],
                    token["expires"], token["used"]) == tuple(row[name] for name in (
                        "user_name", "label", "digest", "created_at", "expires_at",
                        "last_used_at"))


def test_states_are_those_that_a_token_has(many):
    """As core/jt_token.c says, for each row that was found."""
    _, rows, asked = many
    for max_idle in (0, 1, 200):
        found = 0
        for name in ("expired", "idle", "expires-soon", "active"):
            tokens = asked.all(filter={"state": name}, limit=1000, max_idle=max_idle)
            assert {token["state"] for token in tokens} <= {name}
            found += len(tokens)
        assert found == len(rows)


@pytest.mark.parametrize("edge", [-1, 0, 1])
def test_bounds_are_where_the_states_change(server, edge):
    def row(slot, **columns):
        return {"user_name": "alice", "slot": slot, "label": f"{slot}", "digest": f"{slot}",
                **dict.fromkeys(("created_at", "expires_at", "last_used_at",
                                 "restrictions")), **columns}
    at = [NOW, NOW + 7 * DAY, NOW - 30 * DAY, NOW - 60 * DAY]
    rows = [row(n, expires_at=instant + edge) for n, instant in enumerate(at)]
    rows += [row(10 + n, created_at=instant + edge) for n, instant in enumerate(at)]
    rows += [row(20 + n, created_at=NOW - 90 * DAY, last_used_at=instant + edge)
             for n, instant in enumerate(at)]
    rows += [row(30, created_at=NOW, last_used_at=NOW - 60 * DAY), row(31)]
    fill(server.database, rows)
    with lister(server) as asked:
        for wanted in ({"state": "active"}, {"state": "expired"}, {"state": "expires-soon"},
                       {"state": "idle"}, {"expiring": "7"}, {"expired": "30"},
                       {"expired": "60"}, {"unused": "30"}, {"unused": "60"}):
            assert ids(asked.all(filter=wanted, sort="label", max_idle=30)) == in_order(
                matching(rows, wanted, 30), "label"), wanted


# ---- while others write


@pytest.mark.parametrize("sort,descending", [("user", 0), ("label", 1), ("created", 0),
                                             ("expires", 1), ("used", 0), ("used", 1)])
@pytest.mark.parametrize("wanted", [{}, {"state": "active"}, {"unused": "300"}], ids=str)
def test_row_that_does_not_change_is_shown_once(server, sort, descending, wanted):
    rows = fill(server.database, make_rows(2500))
    steady = [row for row in rows if row["id"] % 3]
    chance = random.Random(2)

    def change():
        """Others appear, change, and go."""
        number = next(numbers)
        fill(server.database, [{
            "user_name": f"user{chance.randrange(400):05}", "slot": 100 + number,
            "label": f"new {number}", "digest": f"new {number}",
            "created_at": chance.choice((None, NOW - chance.randrange(1000) * DAY)),
            "expires_at": chance.choice((None, NOW + chance.randrange(300) * DAY)),
            "last_used_at": None, "restrictions": None}])
        for _ in range(10):
            one = chance.choice(rows)["id"] // 3 * 3
            server.sql(chance.choice((
                "DELETE FROM jiratoken WHERE id = ?",
                f"UPDATE jiratoken SET last_used_at = {NOW - 1} WHERE id = ?",
                f"UPDATE jiratoken SET label = 'renamed {number}' WHERE id = ?",
                f"UPDATE jiratoken SET created_at = {NOW}, expires_at = {NOW + 1} "
                "WHERE id = ?")), one)
    numbers = itertools.count()
    with lister(server) as asked:
        pages = asked.pages(between=change, filter=wanted, sort=sort, descending=descending,
                            limit=130)
        found = [row for row in ids(itertools.chain(*pages))]
    assert len(found) == len(set(found)) or sort in ("used", "label", "created", "expires")
    meant = in_order(matching(steady, wanted), sort, descending)
    kept = {row["id"] for row in steady}
    assert [row for row in found if row in kept] == meant


def test_cursor_of_a_row_that_is_gone_goes_on(server):
    rows = fill(server.database, make_rows(50))
    with lister(server) as asked:
        first = asked.get(sort="created", limit=10)
        server.sql("DELETE FROM jiratoken WHERE id = ?", first["tokens"][-1]["id"])
        second = asked.get(sort="created", limit=40, after=first["next"])
    assert ids(first["tokens"]) + ids(second["tokens"]) == in_order(rows, "created")


# ---- whatever the texts are


HOSTILE = ["'", "''", "\\", "\\'", "' OR 1=1 --", "\\' OR 1=1 --", '"', "%", "_", "a%", "a_b",
           "aXb", "$$", "E'\\x41'", "x'41'", "0x41", "?", "%s", ":1", ";--", "/*", "日本",
           "é", "e\u0301", "\U0001f600", "\U0010fffd", "\ud7ff", "a\ue000", "\xbf'", "NULL",
           "a b ", "Ａ", "a", "A", "ab", "abc", "b", "'; DROP TABLE jiratoken; --"]
SETTINGS = {
    "sqlite3": [None, "PRAGMA case_sensitive_like = ON"],
    "pgsql": [None, "SET standard_conforming_strings = off",
              "SET client_encoding = 'LATIN1'", "SET backslash_quote = on"],
    "mysql": [None, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "SET NAMES latin1",
              "SET NAMES gbk", "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'"],
}


def hostile_rows():
    return [{"user_name": text, "slot": n, "label": text, "digest": f"{n}",
             "created_at": None, "expires_at": None, "last_used_at": None,
             "restrictions": None} for n, text in enumerate(HOSTILE)]


@pytest.mark.parametrize("number", range(5))
def test_texts_are_texts_under_any_setting(server, number):
    settings = SETTINGS[server.database.kind]
    if number >= len(settings):
        number = 0
    rows = fill(server.database, hostile_rows())
    said = server.database.directives
    if settings[number]:
        server.database.directives = lambda: "\n".join(
            line for line in said().split("\n") if not line.startswith("DBDInitSQL")
        ) + f'\nDBDInitSQL "{settings[number]}"\n'
    latin = settings[number] and "LATIN1" in settings[number]
    with lister(server) as asked:
        for text in HOSTILE:
            if latin and not text.isascii():    # PostgreSQL cannot send the others
                continue
            found = asked.all(filter={"user": text}) if not latin else asked.ask(
                "count", filter={"user": text})
            if latin:
                assert found["count"] == 1
                continue
            assert ids(found) == in_order(matching(rows, {"user": text}), "user")
            assert len(found) == 1
            found = asked.all(filter={"label": text}, sort="label")
            assert ids(found) == in_order(matching(rows, {"label": text}), "label")
        if not latin:
            for sort, descending in itertools.product(("user", "label"), (0, 1)):
                assert ids(asked.all(sort=sort, descending=descending, limit=1)) == in_order(
                    rows, sort, descending)
    assert len(server.sql("SELECT id FROM jiratoken")) == len(HOSTILE)


def test_cursor_of_bytes_that_cannot_be_is_refused_or_a_place(server):
    """"lav1 2 0 \\xff\\xfe" """
    fill(server.database, hostile_rows())
    with lister(server) as asked:
        answer = asked.ask(sort="label", after="bGF2MSAyIDAg__4")
        if server.database.kind == "pgsql":
            assert answer["error"] == "cursor"
        else:
            assert answer["tokens"] == [] and answer["next"] is None
        assert "cursor" in asked.ask(sort="label", after="junk")["fault"]
        assert "another sort" in asked.ask(sort="user", after="bGF2MSAyIDAg__4")["fault"]
        assert len(asked.all(sort="label")) == len(HOSTILE)


@pytest.mark.database("sqlite3")
def test_values_of_other_types_are_listed_once(server):
    """SQLite stores anything anywhere."""
    rows = fill(server.database, make_rows(40))
    odd = ["X'80'", "'Christmas'", "''", "-7", "X''", "'1768473000'", "'1'"]
    for n, value in enumerate(odd):
        server.sql(f"UPDATE jiratoken SET created_at = {value}, expires_at = {value}, "
                   f"last_used_at = {value} WHERE id = ?", rows[n]["id"])
    server.sql("UPDATE jiratoken SET label = X'ff00', user_name = X'fe' WHERE id = ?",
               rows[20]["id"])
    every = sorted(row["id"] for row in rows)
    with lister(server) as asked:
        for sort, descending, wanted in itertools.product(
                SORTS, (0, 1), ({}, {"unused": "1"}, {"restriction": "unrestricted"})):
            whole = sorted(ids(asked.all(sort=sort, descending=descending, filter=wanted)))
            assert wanted or whole == every
            paged = ids(asked.all(sort=sort, descending=descending, filter=wanted, limit=3))
            assert sorted(paged) == whole, (sort, descending, wanted)


@pytest.mark.database("sqlite3")
@pytest.mark.parametrize("values", [
    "id + 0.5", "id / 100.0", "1768473000 + id % 3 / 3.0", "1768473000 + id / 1e6",
    "1768473000 + (id % 40) / 7.0", "1e19", "-1e19", "9e999", "-id - 0.25",
    "CASE id % 4 WHEN 0 THEN 1e19 WHEN 1 THEN -1e19 WHEN 2 THEN 5.5 ELSE 5 END",
    "CASE id % 3 WHEN 0 THEN 1768473000.5 ELSE 1768473000 END",
])
def test_fractions_and_giants_are_listed_once(server, values):
    """They are of hands and of other programs. More rows are of one second, or of one
    value, than a page has; and no row of whole seconds is hidden behind them."""
    rows = fill(server.database, make_rows(150))
    every = sorted(row["id"] for row in rows)
    server.sql(f"UPDATE jiratoken SET created_at = {values}")
    with lister(server) as asked:
        for sort, descending, wanted in itertools.product(
                ("created", "user"), (0, 1), ({}, {"restriction": "unrestricted"})):
            whole = sorted(ids(asked.all(sort=sort, descending=descending, filter=wanted)))
            assert wanted or whole == every
            for limit in (7, 20):
                paged = ids(asked.all(sort=sort, descending=descending, filter=wanted,
                                      limit=limit))
                assert sorted(paged) == whole, (sort, descending, wanted, limit)


# ---- a user's tokens, however the name is spelt


def named(names):
    return [{"user_name": name, "slot": n, "label": f"{n}", "digest": f"{n}",
             "created_at": NOW, "expires_at": None, "last_used_at": None,
             "restrictions": None} for n, name in enumerate(names)]


SPELLINGS = ["alice", "Alice", "ALICE", "aLiCe", "alicE", "ALICe"]
OTHERS = ["alic", "alice2", "Alice ", "aliceé", "alicÉ", "alıce", "AL", "b", "a", "Z", "[",
          "`", "{", "ALICF", "alicd", "ALIC", "al!ce", "", "é", "alice\u00a0"]


@pytest.mark.parametrize("asked_for", ["alice", "ALICE", "aLICE"])
def test_every_spelling_of_a_name_is_found_and_no_other(server, asked_for):
    rows = fill(server.database, named(SPELLINGS + OTHERS))
    with lister(server) as asked:
        question = {"filter": {"user": asked_for}, "every_spelling": 1}
        found = sorted(token["user"] for token in asked.all(**question))
        assert found == sorted(SPELLINGS)
        assert asked.get("count", **question)["count"] == len(SPELLINGS)
        assert sorted(ids(asked.taken(**question))) == sorted(
            row["id"] for row in rows if row["user_name"] in SPELLINGS)
        exact = asked.all(filter={"user": asked_for})
        assert [token["user"] for token in exact] == [asked_for] * (asked_for in SPELLINGS)


@pytest.mark.parametrize("name,spellings,others", [
    ("josé@ex.org", ["José@ex.org", "JOSé@EX.ORG"], ["JOSÉ@ex.org", "jose@ex.org"]),
    ("i", ["I", "i"], ["ı", "İ"]), ("k", ["K"], ["\u212a"]), ("1_2", ["1_2"], ["1\u007f2"]),
    ("straße", ["STRAßE"], ["STRASSE"]), ("nobody", [], ["nobod", "nobodz"]),
])
def test_only_ascii_letters_have_two_cases(server, name, spellings, others):
    fill(server.database, named(spellings + others))
    with lister(server) as asked:
        found = asked.all(filter={"user": name}, every_spelling=1)
        assert sorted(token["user"] for token in found) == sorted(spellings)


def test_spellings_among_many_names_take_a_few_seeks(many):
    _, _, asked = many
    answer = asked.get(filter={"user": "USER00123"}, every_spelling=1)
    assert [token["user"] for token in answer["tokens"]] == ["user00123"] * 5
    assert len(answer["statements"]) < 15


# ---- counts


def test_count_is_exact_in_a_table_of_this_size(many):
    _, rows, asked = many
    for wanted in FILTERS:
        answer = asked.get("count", filter=wanted, max_idle=200)
        assert (answer["count"], answer["estimate"]) == (
            len(matching(rows, wanted, 200)), False), wanted


def test_count_of_more_is_an_estimate_that_says_so(server):
    rows = fill(server.database, make_rows(15000))
    server.sql("DELETE FROM jiratoken WHERE id > 4000 AND id % 4 = 0 OR id BETWEEN 300 AND 900")
    left = {row for row, in server.sql("SELECT id FROM jiratoken")}
    rows = [row for row in rows if row["id"] in left]
    with lister(server) as asked:
        for wanted in FILTERS:
            number = len(matching(rows, wanted, 200))
            answer = asked.get("count", filter=wanted, max_idle=200)
            if answer["estimate"]:
                assert number / 2 <= answer["count"] <= number * 2, wanted
            else:
                assert answer["count"] == number, wanted
        assert asked.get("count")["estimate"] is True
        assert asked.get("count", filter={"restriction": "read"})["estimate"] is False


def test_empty_table_is_empty(server):
    with lister(server) as asked:
        for wanted in FILTERS:
            assert asked.all(filter=wanted) == asked.taken(filter=wanted) == []
            assert asked.get("count", filter=wanted)["count"] == 0


# ---- one after the other, and away


def test_all_that_match_are_taken_by_their_ids(many):
    _, rows, asked = many
    for wanted, limit in itertools.product(FILTERS, (1000, 300)):
        found = asked.taken(filter=wanted, max_idle=200, limit=limit)
        assert ids(found) == sorted(row["id"] for row in matching(rows, wanted, 200)), wanted


def test_taking_goes_on_where_it_ended_while_they_are_deleted(server):
    rows = fill(server.database, make_rows(3000))
    wanted = {"state": "expired"}
    with lister(server) as asked:
        reached, taken = 0, 0
        while reached is not None:
            answer = asked.get("take", filter=wanted, after_id=reached, limit=100, delete=1)
            assert answer["affected"] == answer["taken"]
            taken += answer["taken"]
            reached = answer["reached"]
    gone = {row["id"] for row in matching(rows, wanted)}
    assert taken == len(gone)
    assert {row for row, in server.sql("SELECT id FROM jiratoken")} == {
        row["id"] for row in rows} - gone


def test_only_a_secret_that_was_read_is_deleted(server):
    rows = fill(server.database, make_rows(10))
    server.sql("UPDATE jiratoken SET digest = 'rotated' WHERE id = ?", rows[3]["id"])
    server.sql("DELETE FROM jiratoken WHERE id = ?", rows[4]["id"])
    with lister(server) as asked:
        def delete(*some):
            return asked.get("delete", rows=[{"id": row["id"], "digest": digest}
                                             for row, digest in some])["affected"]
        assert delete() == 0
        assert delete(*[(row, row["digest"]) for row in rows[2:6]]) == 2
        assert delete((rows[0], "' OR 1=1 --"), (rows[1], "\\' OR 1=1 --")) == 0
        assert delete(*[(row, row["digest"]) for row in rows]) == 6
    assert server.sql("SELECT id FROM jiratoken") == [(rows[3]["id"],)]


# ---- no fault looks like an empty list


def test_missing_table_is_an_error(server):
    server.sql("DROP TABLE jiratoken")
    with lister(server) as asked:
        for act in ("read", "count", "take"):
            assert asked.ask(act)["error"]
        server.database.make_table()
        fill(server.database, make_rows(3))
        assert len(asked.all()) == 3


@pytest.mark.database("pgsql", "mysql")
def test_lost_connection_is_made_again_or_an_error(server):
    """mysql's driver does not reconnect: the caller closes what is lost."""
    rows = fill(server.database, make_rows(30))
    with lister(server) as asked:
        assert len(asked.all()) == 30
        server.database.service.stop()
        for act in ("read", "count", "take"):
            answer = asked.ask(act)
            assert answer["error"] and not answer.get("tokens")
        server.database.service.start()
        if server.database.kind == "pgsql":
            assert ids(asked.all(sort="created")) == in_order(rows, "created")
            server.database.service.stop()
            server.database.service.start()     # while nobody asked
            assert asked.get("take", filter={"user": "user00001"}, delete=1)["affected"] == 5
    with lister(server) as asked:
        assert asked.get("count")["count"] in (25, 30)


@pytest.mark.database("pgsql", "mysql")
def test_table_that_is_locked_is_an_error(server):
    fill(server.database, make_rows(30))
    with lister(server) as asked:
        assert asked.all()
        with server.database.barred():
            for act in ("read", "count", "take"):
                answer = asked.ask(act)
                assert answer["error"] and not answer.get("tokens"), act
        assert len(asked.all()) == 30
