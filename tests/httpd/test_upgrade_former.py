# SPDX-License-Identifier: Apache-2.0
"""conf/sql: the table before there were restrictions and rotation becomes today's,
and what httpd says and answers until then."""

import re

import pytest

from faults import SILENT, assert_unavailable
from page import Page
from server import shaped
from starts import accepted, refused_start, said_of
from upgrades import make_former, upgrade, upgraded

KEPT = "id, user_name, slot, label, digest, created_at, expires_at, last_used_at"
LAST = 1700000000
FAR = 4070908800

# label: columns of the former table; what becomes of last_used_from, restrictions
# and shown; and the answer to the token, with its JiraToken-Status
ROWS = {
    "plain": ({"created_at": LAST, "expires_at": FAR}, (None, None, 1), (200, None)),
    "expired": ({"expires_at": LAST}, (None, None, 1), (401, "expired")),
    "never used": ({}, (None, None, 1), (200, None)),
    "used": ({"last_used_at": LAST, "last_used_from": "192.0.2.1"},
             ("192.0.2.1", None, 1), (200, None)),
    "slot": ({"slot": 99}, (None, None, 1), (200, None)),
    "perhaps never shown": ({"created_at": LAST, "last_used_from": "unseen"},
                            (None, None, 0), (200, None)),
    "used from a place of that name": (
        {"last_used_at": LAST, "last_used_from": "unseen"},
        ("unseen", None, 1), (200, None)),
    "scope": ({"scope": "read"}, (None, "scope=read", 1), (401, "restriction")),
    "no scope": ({"scope": ""}, (None, "scope=", 1), (401, "restriction")),
    "almost full": ({"scope": "full "}, (None, "scope=full ", 1), (401, "restriction")),
    "capitals": ({"scope": "Full"}, (None, "scope=Full", 1), (401, "restriction")),
    "address": ({"allowed_from": "127.0.0.1"},
                (None, "scope=full from=127.0.0.1", 1), (401, "restriction")),
    "no address": ({"allowed_from": ""}, (None, "scope=full from=", 1),
                   (401, "restriction")),
    "both": ({"scope": "read", "allowed_from": "127.0.0.0/8", "last_used_from": "unseen"},
             (None, "scope=read from=127.0.0.0/8", 0), (401, "restriction")),
    "long": ({"scope": "s" * 16, "allowed_from": "1" * 1000},
             (None, ("scope=" + "s" * 16 + " from=" + "1" * 1000)[:1000], 1),
             (401, "restriction")),
}


def fill(server):
    """The former table with these rows, of which two more were revoked: their
    tokens, and the id that was last."""
    make_former(server)
    tokens = {label: shaped() for label in ("first", *ROWS, "last")}
    server.tokens += tokens.values()
    for label, token in tokens.items():
        columns = ROWS.get(label, ({},))[0]
        last = server.insert(label, digest=server.digest(token), **columns)
    server.sql("DELETE FROM jiratoken WHERE label IN ('first', 'last')")
    return tokens, last


def kept(server):
    return server.sql(f"SELECT {KEPT} FROM jiratoken ORDER BY id")


def check_rows(server):
    assert server.sql(
        "SELECT label, last_used_from, restrictions, shown, previous_digest, "
        "previous_until, noticed FROM jiratoken ORDER BY id") == [
            (label, *wanted, None, None, None) for label, (_, wanted, _) in ROWS.items()]


def answers(server, tokens):
    seen = {}
    for label in ROWS:
        answer = server.check("alice", tokens[label])
        seen[label] = (answer.status, answer.get("JiraToken-Status"))
    return seen


# ---- the script


def test_every_row_is_kept_and_answers_as_before(server):
    fresh = server.database.shape()
    tokens, last = fill(server)
    before = kept(server)
    upgraded(server)
    assert server.database.shape() == fresh
    assert kept(server) == before
    check_rows(server)
    server.start()
    table = Page(server.get("/tokens", user="alice")).table()
    assert len(table) == len(ROWS)
    unseen = {row[0] for row in table if "May not have been shown" in " ".join(row)}
    assert unseen == {label for label, (_, wanted, _) in ROWS.items() if not wanted[2]}
    assert answers(server, tokens) == {label: row[2] for label, row in ROWS.items()}
    for revoked in ("first", "last"):
        assert server.check("alice", tokens[revoked]).status == 401
    server.revoke(tokens["plain"])
    assert server.check("alice", tokens["plain"]).status == 401
    token = server.create()
    assert server.id_of(token) > last
    assert server.check("alice", token).status == 200


def test_twice_is_once(server):
    fill(server)
    upgraded(server)
    rows, shape = server.rows(), server.database.shape()
    upgraded(server)
    assert (server.rows(), server.database.shape()) == (rows, shape)


def test_table_without_rows_keeps_its_ids(server):
    fresh = server.database.shape()
    _, last = fill(server)
    server.sql("DELETE FROM jiratoken")
    upgraded(server)
    upgraded(server)
    assert (server.rows(), server.database.shape()) == ([], fresh)
    server.start()
    assert server.id_of(server.create()) > last


def test_table_of_today_stays_as_it_is(server):
    for n, columns in enumerate((
            {}, {"restrictions": "read areas=git from=10.0.0.0/8"}, {"restrictions": "odd"},
            {"previous_digest": "1" * 64, "previous_until": FAR, "shown": 0},
            {"last_used_at": LAST, "last_used_from": "192.0.2.1", "noticed": 2},
            {"slot": 50, "created_at": LAST, "expires_at": FAR})):
        server.insert(f"l{n}", **columns)
    before = server.rows(), server.database.shape()
    upgraded(server)
    assert (server.rows(), server.database.shape()) == before


@pytest.mark.database("pgsql")
def test_owner_and_rights_of_our_table_stay(server):
    fill(server)
    server.sql("GRANT SELECT ON jiratoken TO PUBLIC")
    server.sql("ALTER TABLE jiratoken OWNER TO httpd")
    rights = ("SELECT pg_get_userbyid(relowner), (SELECT array_agg(a::text ORDER BY a::text) "
              "FROM unnest(relacl) a) FROM pg_class WHERE oid = 'jiratoken'::regclass")
    before = server.sql(rights)
    upgraded(server)
    assert server.sql(rights) == before


# ---- where it fails


def still_former(server):
    """The next start says which script to run, which has not done all."""
    line = [line for line in accepted(server).splitlines() if "cannot start" in line]
    assert len(line) == 1 and f"run conf/sql/upgrade-{server.database.kind}.sql" in line[0]


def mended(server, before, fresh):
    """And then the script does it all."""
    upgraded(server)
    assert (kept(server), server.database.shape()) == (before, fresh)
    check_rows(server)


@pytest.mark.database("sqlite3", "pgsql")
def test_script_that_fails_half_way_has_changed_nothing(server):
    fresh = server.database.shape()
    fill(server)
    rows = kept(server)
    server.database.refuse("UPDATE")
    before = server.rows(), server.database.shape()
    for _ in range(2):
        code, said = upgrade(server)
        assert code != 0 and "error" in said.lower(), said
        assert (server.rows(), server.database.shape()) == before
    still_former(server)
    server.database.allow("UPDATE")
    mended(server, rows, fresh)


@pytest.mark.database("mysql")
@pytest.mark.parametrize("more", [(), ("--force",)])
@pytest.mark.parametrize("columns,only", [
    ("restrictions", None),
    ("shown", "OLD.last_used_from = 'unseen' AND NEW.last_used_from IS NULL"),
    ("columns of before", "FALSE")])
def test_steps_that_were_not_done_are_done_by_the_next_run(server, columns, only, more):
    """It has no transaction for them, and a client may go on after an error."""
    fresh = server.database.shape()
    fill(server)
    rows, client = kept(server), server.database.client
    server.database.refuse("UPDATE", only)
    if columns == "columns of before":
        server.sql("ALTER TABLE jiratoken ADD CONSTRAINT mine "
                   "CHECK (length(scope) + slot < 999)")
    server.database.client = lambda path: [*client(path), *more]
    for _ in range(2):
        code, said = upgrade(server)
        assert "ERROR" in said and (code != 0 or more), said
        assert kept(server) == rows
        assert server.sql("SELECT scope, allowed_from FROM jiratoken ORDER BY id") == [
            (row.get("scope", "full"), row.get("allowed_from"))
            for row, _, _ in ROWS.values()]
        still_former(server)
    server.database.allow("UPDATE")
    if columns == "columns of before":
        server.sql("ALTER TABLE jiratoken DROP CONSTRAINT mine")
    mended(server, rows, fresh)


@pytest.mark.database("sqlite3")
def test_row_that_is_too_long_stops_it_all(server):
    fill(server)
    server.insert("x" * 401)
    before = server.rows(), server.database.shape()
    code, said = upgrade(server)
    assert code != 0 and "too long" in said
    assert (server.rows(), server.database.shape()) == before


# ---- until then


def test_start_says_which_script_to_run(server):
    make_former(server)
    for said in (accepted(server), refused_start(server)):
        [line] = [line for line in said.splitlines() if "mod_jiratoken cannot start" in line]
        assert "the table jiratoken is older than this version" in line
        assert re.search(r"column.*(restrictions|previous_digest)"
                         r"|(restrictions|previous_digest).*column", line), line
        assert f"run conf/sql/upgrade-{server.database.kind}.sql" in line
        assert "missing" not in line
    upgraded(server)
    assert "jiratoken:" not in accepted(server)
    server.start()
    assert server.check("alice", server.create()).status == 200


def test_former_table_that_a_restart_finds_is_503_for_everybody(server):
    """Neither 200 nor 401, and no restart is needed when it has been upgraded."""
    server.expect(SILENT)
    server.expect("will answer 503: the table jiratoken is older than this version")
    server.start()
    tokens, _ = fill(server)
    server.graceful()
    line = said_of(server, "will answer 503")
    assert f"run conf/sql/upgrade-{server.database.kind}.sql" in line
    before = server.rows()
    for token in (*tokens.values(), shaped()):
        assert_unavailable(server.check("alice", token))
    assert_unavailable(server.get("/tokens", user="alice"))
    assert_unavailable(server.post("/tokens/create", {"label": "l"}, user="alice"))
    row = before[0][0]
    assert_unavailable(server.post(f"/tokens/{row}/revoke", user="alice"))
    assert server.rows() == before
    upgraded(server)
    wanted = {label: row[2] for label, row in ROWS.items()}
    server.poll(lambda: answers(server, tokens) == wanted)


# ---- the table before there were indexes for administrators' lists


INDEXES = ("naming", "created", "expires", "used", "limited")


def drop_indexes(server):
    of_table = " ON jiratoken" if server.database.kind == "mysql" else ""
    for name in INDEXES:
        server.sql(f"DROP INDEX jiratoken_{name}{of_table}")


def test_indexes_are_added_where_there_are_none(server):
    fresh = server.database.shape()
    server.insert("kept", restrictions="read", noticed=7, shown=0)
    rows = server.rows()
    drop_indexes(server)
    assert server.database.shape() != fresh
    for _ in range(2):
        upgraded(server)
        assert (server.database.shape(), server.rows()) == (fresh, rows)


def test_table_without_them_serves_all_but_lists_of_everybodys(server):
    drop_indexes(server)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    server.revoke(token)
    assert server.check("alice", token).status == 401
