# SPDX-License-Identifier: Apache-2.0
"""conf/sql: the script that makes the table, and the one that makes the table
of an older system, without dates, into it. Both run as their comments say."""

import re

import pytest

from page import Page
from server import TOP, shaped
from upgrades import upgrade, upgraded

OLD = ("CREATE TABLE jiratoken (user_name VARCHAR(300), label VARCHAR(500), "
       "digest VARCHAR(100))")
COLUMNS = "user_name, label, digest"


def put(server, rows, table=OLD):
    """The older system's table; the httpd's role may use it, as before."""
    for name in ("jiratoken", "jiratoken_without_dates"):
        server.sql(f"DROP TABLE IF EXISTS {name}")
    if server.database.kind == "mysql" and "CHARACTER SET" not in table:
        table += " CHARACTER SET utf8mb4"
    server.sql(table)
    server.database.grant("jiratoken")
    for row in rows:
        server.sql(f"INSERT INTO jiratoken ({COLUMNS}) VALUES (?, ?, ?)", *row)


def tokens_of(server, user, number):
    """(token, row of the older table) of so many."""
    made = [shaped() for _ in range(number)]
    server.tokens += made
    return [(token, (user, f"{user} {n}", server.digest(token)))
            for n, token in enumerate(made)]


# ---- the table itself


def test_script_makes_the_table_and_does_nothing_where_it_is(server):
    script = server.database.kind
    before = server.database.shape()
    server.insert("kept")
    rows = server.rows()
    assert server.database.load(script)[0] == 0
    assert (server.database.shape(), server.rows()) == (before, rows)
    server.sql("DROP TABLE jiratoken")
    code, said = server.database.load(script)
    assert code == 0, said
    assert server.database.shape() == before


def test_id_of_a_revoked_token_never_comes_back(running):
    last = 0
    for _ in range(3):
        row = running.id_of(running.create())
        assert row > last
        last = row
        assert running.post(f"/tokens/{row}/revoke", user="alice").status == 303
        running.restart()


@pytest.mark.parametrize("column,most", [
    ("user_name", 255), ("label", 400), ("digest", 64)])
@pytest.mark.database("pgsql", "mysql")     # SQLite's columns have no width
def test_column_takes_what_it_must_and_cuts_nothing(server, column, most):
    values = {"label": "l"}
    for text in ("x" * most, "x" * (most - 1) + " "):
        server.insert(**{**values, column: text})
        assert server.sql(f"SELECT {column} FROM jiratoken") == [(text,)]
        server.sql("DELETE FROM jiratoken")
    with pytest.raises(Exception, match="(?i)too long"):
        server.insert(**{**values, column: "x" * (most + 1)})


# ---- from the older table


def test_old_tokens_work_and_have_no_dates(server):
    mine, his = tokens_of(server, "alice", 3), tokens_of(server, "bob", 2)
    put(server, [row for pair in zip(mine, his) for _, row in pair] + [mine[2][1]])
    upgraded(server)
    assert server.sql(
        "SELECT user_name, slot, label, digest, created_at, expires_at, last_used_at, "
        "last_used_from, restrictions, previous_digest, previous_until, shown, noticed "
        "FROM jiratoken ORDER BY user_name, slot"
    ) == [(user, slot, label, digest, *[None] * 7, 1, None)
          for owner in (mine, his)
          for slot, (_, (user, label, digest)) in enumerate(owner)]
    server.start()
    for user, tokens in (("alice", mine), ("bob", his)):
        for token, _ in tokens:
            assert server.check(user, token).status == 200
    table = Page(server.get("/tokens", user="alice")).table()
    assert [row[1:3] for row in table] == [["Unknown", "Never"]] * 3
    server.revoke(mine[0][0])
    assert server.check("alice", mine[0][0]).status == 401
    assert server.check("alice", server.create()).status == 200


def test_nobody_loses_a_token_by_having_too_many(server):
    tokens = tokens_of(server, "alice", 40)
    put(server, [row for _, row in tokens])
    upgraded(server)
    slots = server.sql("SELECT slot FROM jiratoken ORDER BY slot")
    assert slots == [(n,) for n in range(40)]
    server.start()
    assert {server.check("alice", token).status for token, _ in tokens} == {200}
    for token, _ in tokens[:16]:
        assert server.post("/tokens/create", {"label": "x"}, user="alice").status == 409
        server.revoke(token)
    server.create()
    assert server.post("/tokens/create", {"label": "y"}, user="alice").status == 409


@pytest.mark.parametrize("labels,wanted", [
    (["a", "a"], ["a", "a (2)"]),
    (["a", "a", "a", "b", "b"], ["a", "a (2)", "a (3)", "b", "b (2)"]),
    (["a", "a (2)", "a"], ["a", "a (2)", "a (3)"]),
    (["a (2)", "a", "a", "a (2)"], ["a (2)", "a", "a (3)", "a (2) (2)"]),
    (["a (3)", "a", "a", "a"], ["a (3)", "a", "a (2)", "a (4)"]),
    (["", ""], ["", " (2)"]),
    (["a", "A", "a ", "á", "á", "a\u0301"], ["a", "A", "a ", "á", "á (2)", "a\u0301"]),
    (["'; DROP TABLE jiratoken; --", "%s", "😀", "😀", "عمر", "\\", "\\"],
     ["'; DROP TABLE jiratoken; --", "%s", "😀", "😀 (2)", "عمر", "\\", "\\ (2)"]),
])
def test_later_of_equal_labels_is_numbered(server, labels, wanted):
    rows = [("alice", label, f"alice {n}") for n, label in enumerate(labels)]
    rows += [("bob", label, f"bob {n}") for n, label in enumerate(dict.fromkeys(labels))]
    put(server, rows)
    upgraded(server)
    said = server.sql("SELECT label FROM jiratoken WHERE user_name = 'alice' ORDER BY id")
    assert [label for label, in said] == wanted
    said = server.sql("SELECT label FROM jiratoken WHERE user_name = 'bob' ORDER BY id")
    assert [label for label, in said] == list(dict.fromkeys(labels))


def test_users_are_told_apart_by_their_bytes(server):
    names = ["bob", "Bob", "bob ", "b\u00f3b", "bo\u0301b", "", "😀"]
    put(server, [(name, "l", f"d{n}") for n, name in enumerate(names)])
    upgraded(server)
    assert server.sql("SELECT user_name, slot, label FROM jiratoken ORDER BY id") == [
        (name, 0, "l") for name in names]


def test_result_is_the_table_that_the_script_makes(server):
    fresh = server.database.shape()
    put(server, [("alice", "a", "1")])
    assert server.database.shape() != fresh
    upgraded(server)
    assert server.database.shape() == fresh
    put(server, [])
    upgraded(server)
    assert server.database.shape() == fresh
    assert server.rows() == []


@pytest.mark.parametrize("table", [
    OLD.replace("digest VARCHAR(100)", "digest VARCHAR(100) PRIMARY KEY"),
    OLD.replace("digest VARCHAR(100))", "digest CHAR(64), CONSTRAINT jiratoken_digest "
                "UNIQUE (digest))"),
    OLD.replace("VARCHAR(500)", "TEXT").replace("VARCHAR(300)", "TEXT NOT NULL"),
], ids=["key", "constraint", "text"])
def test_old_table_may_have_been_made_in_other_ways(server, table):
    fresh = server.database.shape()
    put(server, [("alice", "a", "1" * 64), ("alice", "b", "2" * 64)], table)
    upgraded(server)
    assert server.database.shape() == fresh
    assert server.sql("SELECT user_name, slot, label, digest FROM jiratoken ORDER BY id") \
        == [("alice", 0, "a", "1" * 64), ("alice", 1, "b", "2" * 64)]


@pytest.mark.database("mysql")
def test_old_text_of_another_character_set_becomes_utf_8(server):
    put(server, [("josé", "clé", "1"), ("jose", "clé", "2")],
        OLD + " CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    upgraded(server)
    assert server.sql("SELECT user_name, label FROM jiratoken ORDER BY id") == [
        ("josé", "clé"), ("jose", "clé")]


# ---- twice


def test_running_it_twice_changes_nothing(server):
    put(server, [("alice", label, f"{n}") for n, label in enumerate("abacaa")])
    upgraded(server)
    rows, shape = server.rows(), server.database.shape()
    upgraded(server)
    assert (server.rows(), server.database.shape()) == (rows, shape)


def test_running_it_on_a_table_in_use_changes_nothing(server):
    server.start()
    tokens = [server.create(expires=expires) for expires in ("", "2099-01-01", "")]
    for token in tokens:
        assert server.check("alice", token).status == 200
        server.poll(lambda: server.sql("SELECT last_used_at FROM jiratoken WHERE digest = ? "
                                       "AND last_used_at > 0", server.digest(token)))
    server.sql("UPDATE jiratoken SET slot = 7, restrictions = 'read', shown = 0, "
               "previous_digest = 'other', previous_until = 7, noticed = 1 "
               "WHERE digest = ?", server.digest(tokens[1]))
    last = server.id_of(tokens[2])
    server.revoke(tokens[2])
    before = server.rows()
    upgraded(server)
    assert server.rows() == before
    assert server.check("alice", tokens[0]).status == 200
    assert server.id_of(server.create()) > last


def test_ids_stay_used_up_when_the_table_is_empty(running):
    last = running.id_of(running.create())
    running.sql("DELETE FROM jiratoken")
    upgraded(running)
    upgraded(running)
    assert running.id_of(running.create()) > last


# ---- all or nothing


BAD = {
    "one digest twice": ("bob", "x", "0"),
    "no user name": (None, "x", "y"),
    "no label": ("bob", None, "y"),
    "no digest": ("bob", "x", None),
    "long user name": ("b" * 256, "x", "y"),
    "long label": ("bob", "x" * 401, "y"),
    "long digest": ("bob", "x", "y" * 65),
    "label long by its number": ("alice", "l" * 400, "y"),
}


@pytest.mark.parametrize("bad", BAD)
def test_row_that_cannot_be_kept_stops_it_all(server, bad):
    rows = [("alice", "a", "0"), ("alice", "l" * 400, "1"), BAD[bad], ("carol", "c", "2")]
    put(server, rows)
    before = server.database.shape()
    for _ in range(2):
        code, said = upgrade(server)
        assert code != 0 and "error" in said.lower(), said
        assert server.sql(f"SELECT {COLUMNS} FROM jiratoken") == rows
        assert server.database.shape() == before
    server.sql("DELETE FROM jiratoken WHERE NOT (digest = '2' OR digest = '1' "
               "AND user_name = 'alice') OR digest IS NULL OR user_name IS NULL")
    upgraded(server)
    assert server.sql(f"SELECT {COLUMNS} FROM jiratoken") == [rows[1], rows[3]]


# ---- columns that it does not know


def refused(server, *words):
    """The script says so in these words, each time, and nothing has changed."""
    before = server.sql("SELECT * FROM jiratoken"), server.database.shape()
    for _ in range(2):
        code, said = upgrade(server)
        assert code != 0 and "error" in said.lower(), said
        assert all(word in said for word in ("nothing was changed", *words)), said
        assert (server.sql("SELECT * FROM jiratoken"), server.database.shape()) == before


def put_with(server, column, value):
    """The older table with one column more, and a token that still works."""
    [(token, row)] = tokens_of(server, "alice", 1)
    put(server, [row], OLD[:-1] + f", {column})")
    server.sql(f"UPDATE jiratoken SET {column.split()[0]} = ?", value)
    return token


@pytest.mark.parametrize("column,value", [
    ("expires_at VARCHAR(30)", "2099-01-01"),
    ("expires_at TIMESTAMP NULL", "2037-01-01 00:00:00"),
    ("expires_at TIMESTAMP NULL", None),
    ("created_at DATE", "2020-02-29"),
    ("last_used_at BIGINT", 1600000000000),
    ("valid_until VARCHAR(30)", "Christmas"),
])
def test_column_that_would_be_lost_is_named_and_stops_it_all(server, column, value):
    put_with(server, column, value)
    refused(server, column.split()[0])


def test_column_that_is_gone_lets_it_go_on(server):
    token = put_with(server, "valid_until VARCHAR(30)", "Christmas")
    refused(server, "valid_until")
    server.sql("ALTER TABLE jiratoken DROP COLUMN valid_until")
    upgraded(server)
    server.start()
    assert server.check("alice", token).status == 200


NEWER = {   # what SQLite knows since which version (sqlite.org/changes.html)
    r"\bOVER \(": 25, r"\bNULLS (FIRST|LAST)\b": 30, r"\bFILTER \(": 30,
    r"\bGENERATED ALWAYS\b": 31, r"\biif\(": 32,
    r"\bUPDATE \w+ SET [^;(]* FROM\b": 33, r"\bDROP COLUMN\b": 35,
    r"\bRETURNING\b": 35, r"\bMATERIALIZED\b": 35, r"\bSTRICT\b": 37, r"->": 38,
    r"\b(RIGHT|FULL) (OUTER )?JOIN\b": 39, r"\bIS (NOT )?DISTINCT FROM\b": 39,
    r"^(?!.*GROUP BY).*\bHAVING\b": 39, r"\b(concat|concat_ws|string_agg)\(": 44,
}


@pytest.mark.plain
def test_script_for_sqlite_needs_no_newer_one_than_it_says():
    """Its head's statements, too."""
    text = (TOP / "conf" / "sql" / "upgrade-sqlite3.sql").read_text()
    [said] = re.findall(r"SQLite 3\.(\d+) or later", text)
    found = {}
    for statement in re.sub(r"(?m)^--|(?<=\S) +-- .*$", "", text).split(";"):
        for pattern, version in NEWER.items():
            if re.search(pattern, " ".join(statement.split()), re.I):
                found[pattern] = version
    assert max(found.values()) == int(said), found


def test_dates_are_filled_in_as_the_script_says(server):
    """The statements of its head, before it and after it."""
    kind = {"sqlite3": "TEXT", "pgsql": "TIMESTAMP", "mysql": "DATETIME"}
    token = put_with(server, f"expires_at {kind[server.database.kind]}",
                     "2099-01-01 00:00:00")
    path = TOP / "conf" / "sql" / f"upgrade-{server.database.kind}.sql"
    _, head = path.read_text().split("-- A table with other columns", 1)
    before, after = ("\n".join(re.findall(r"(?m)^--   (.*)$", part))
                     for part in head.split("-- and after this script:"))
    server.database.run(before)
    upgraded(server)
    server.database.run(after)
    assert server.sql("SELECT created_at, expires_at FROM jiratoken") == [(None, 4070908800)]
    server.start()
    answer = server.check("alice", token)
    assert (answer.status, answer.get("JiraToken-Expires")) == (200, "2099-01-01T00:00:00Z")


@pytest.mark.parametrize("kind,old", [("BIGINT", 7), ("VARCHAR(36)", "seven")])
def test_old_ids_are_dealt_anew(server, kind, old):
    put(server, [("alice", "b", "2"), ("alice", "a", "1")], OLD[:-1] + f", id {kind})")
    server.sql("UPDATE jiratoken SET id = ?", old)
    upgraded(server)
    assert server.sql("SELECT id, label, slot FROM jiratoken ORDER BY id") == [
        (1, "b", 0), (2, "a", 1)]


def test_our_own_table_with_a_date_of_another_shape_is_refused(server):
    server.insert("a")
    reshape = {"sqlite3": "UPDATE jiratoken SET expires_at = '2099-01-01'",
               "pgsql": "ALTER TABLE jiratoken ALTER expires_at TYPE timestamp USING now()",
               "mysql": "ALTER TABLE jiratoken MODIFY expires_at DATETIME"}
    server.sql(reshape[server.database.kind])
    refused(server)


def test_column_that_was_added_to_our_own_table_stays(server):
    server.insert("a")
    server.sql("ALTER TABLE jiratoken ADD COLUMN note VARCHAR(30) DEFAULT 'mine'")
    before = server.sql("SELECT * FROM jiratoken"), server.database.shape()
    if server.database.kind == "sqlite3":   # the table would be made anew
        refused(server, "note")
    else:
        upgraded(server)
    assert (server.sql("SELECT * FROM jiratoken"), server.database.shape()) == before


def test_missing_table_is_an_error(server):
    server.sql("DROP TABLE jiratoken")
    code, said = upgrade(server)
    assert code != 0 and re.search("no such table|does not exist|doesn't exist", said)


@pytest.mark.database("sqlite3")
@pytest.mark.parametrize("own", [
    "CREATE INDEX mine ON jiratoken (label)",
    "CREATE TRIGGER mine AFTER DELETE ON jiratoken BEGIN SELECT 1; END"])
def test_index_or_trigger_of_somebodys_own_is_not_lost(server, own):
    put(server, [("alice", "a", "1")])
    server.sql(own)
    code, said = upgrade(server)
    assert code != 0 and "indexes or triggers of its own" in said
    assert server.sql("SELECT * FROM jiratoken") == [("alice", "a", "1")]


@pytest.mark.database("pgsql")
def test_owner_and_rights_stay(server):
    put(server, [("alice", "a", "1")])
    server.sql("GRANT SELECT ON jiratoken TO PUBLIC")
    server.sql("ALTER TABLE jiratoken OWNER TO httpd")
    rights = ("SELECT pg_get_userbyid(relowner), (SELECT array_agg(a::text ORDER BY a::text) "
              "FROM unnest(relacl) a) FROM pg_class WHERE oid = 'jiratoken'::regclass")
    before = server.sql(rights)
    upgraded(server)
    assert server.sql(rights) == before


@pytest.mark.database("mysql")
def test_client_that_goes_on_after_errors_harms_nothing(server):
    rows = [("alice", "a", "0"), ("alice", "b", "0")]
    put(server, rows)
    whole = server.database.client
    server.database.client = lambda path: [*whole(path), "--force"]
    upgrade(server)
    assert server.sql("SELECT * FROM jiratoken") == rows
    put_with(server, "expires_at DATETIME", "2099-01-01")
    rows = server.sql("SELECT * FROM jiratoken")
    upgrade(server)
    assert server.sql("SELECT * FROM jiratoken") == rows
