# SPDX-License-Identifier: Apache-2.0
"""What only SQLite does: any value in any column, a file that others lock,
change, move or take the rights of, and a driver that sleeps meanwhile."""

import pathlib
import re
import sqlite3

import pytest

from faults import SILENT, assert_unavailable, check_that_full_is_said, freeze
from server import shaped
from starts import refused_start, said_of

pytestmark = pytest.mark.database("sqlite3")


# ---- rows that cannot be believed


@pytest.mark.parametrize("column,value", [
    ("expires_at", "soon"), ("expires_at", ""), ("expires_at", "2099-01-01"),
    ("expires_at", "12x"), ("expires_at", "x12"), ("expires_at", b"\x00"),
    ("expires_at", 1.5e300), ("expires_at", "9223372036854775808"),
    ("last_used_at", "often"), ("expires_at", " "), ("expires_at", "0x7fffffff"),
])
def test_row_with_text_for_a_number_is_503(running, column, value):  # S06
    token = running.create()
    running.expect(SILENT)
    running.sql(f"UPDATE jiratoken SET {column} = ?", value)
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        assert_unavailable(running.check("alice", token, path))


DAMAGED = r"jiratoken:warn\].* rows of the token table have text where a number"


@pytest.mark.parametrize("cached", [False, True], ids=["", "cached"])
@pytest.mark.parametrize("column,value,state", [
    ("expires_at", "soon", "Unreadable"), ("last_used_at", "abc", "Unreadable"),
    ("created_at", "abc", "Active"), ("slot", "abc", "Active"),
])
def test_damaged_row_is_no_doubt_about_others(server, cached, column, value, state):  # S06
    """It is listed, counted and revoked; what a check reads of it opens nothing."""
    server.expect(rf"{DAMAGED}|{SILENT}")
    server.settings += "JiraTokenMax 4\n" + ("" if cached else "JiraTokenCache off\n")
    server.start()
    tokens = [server.create() for _ in range(3)]
    ids = [server.id_of(token) for token in tokens]
    server.sql(f"UPDATE jiratoken SET {column} = ? WHERE id = ?", value, ids[2])
    before = server.children()
    page = server.get("/tokens", user="alice")
    assert page.status == 200 and "3 of 4 tokens" in page.text
    rows = re.findall(r'(?s)<tr>.*?value="(\d+)".*?<span class="state [a-z]+">(\w+)<',
                      page.text)
    assert dict(rows) == {str(ids[0]): "Active", str(ids[1]): "Active", str(ids[2]): state}
    assert f"id={ids[2]}" in said_of(server, "rows of the token table")
    assert server.check("alice", tokens[2]).status == (503 if state == "Unreadable" else 200)
    assert server.post("/tokens/revoke", {"id": ids[0]}, user="alice").status == 303
    for path in (f"/tokens/{ids[2]}/revoke", f"/tokens/revoke?id={ids[2]}"):
        assert server.get(path, user="alice").status == 200
        assert server.get(path, user="bob").status == 404
    server.create()
    server.create()
    assert server.post("/tokens/create", {"label": "x"}, user="alice").status == 409
    assert server.post(f"/tokens/{ids[2]}/revoke", user="alice").status == 303
    assert server.check("alice", tokens[2]).status == 401
    assert server.check("alice", tokens[1]).status == 200
    assert server.children() == before
    assert "perhaps revoked" not in server.log()


def test_limit_that_is_no_text_is_a_limit(server):
    """The driver has one NULL for SQL's and for a blob without bytes."""
    server.settings += "JiraTokenCache off\n"
    running = server.start()
    token = running.create()
    for value in (b"", b"\0", b"read", 0):
        running.sql("UPDATE jiratoken SET restrictions = ?", value)
        answer = running.check("alice", token)
        assert (answer.status, answer.get("JiraToken-Status")) \
            == ((200, None) if value == b"read" else (401, "restriction"))


def test_row_that_no_check_can_read_is_named(running):
    token = running.create()
    running.expect(SILENT)
    running.sql("UPDATE jiratoken SET expires_at = 'soon'")
    assert_unavailable(running.check("alice", token))
    assert f"reason=the row with id={running.id_of(token)} has text" in running.log()


def test_label_that_is_no_text_is_shown_as_text(running):
    """And opens what it did: nothing is decided by a label."""
    token = running.create()
    running.sql("UPDATE jiratoken SET label = CAST(X'61ff62e280ae63' AS TEXT)")
    assert "<bdi>a\ufffdb\ufffdc</bdi>" in running.get("/tokens", user="alice").text
    assert running.check("alice", token).status == 200
    running.revoke(token)
    assert running.check("alice", token).status == 401


@pytest.mark.parametrize("change", [
    "digest = digest || ' '", "digest = digest || char(0)", "digest = CAST(digest AS BLOB)",
])
def test_digest_that_other_columns_could_not_hold_opens_nothing(running, change):  # S02, S06
    token = running.create()
    running.sql(f"UPDATE jiratoken SET {change}")
    assert running.check("alice", token).status == 401


# ---- what other processes do to the file


@pytest.mark.parametrize("change", [
    "VACUUM", "ANALYZE", "REINDEX", "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA user_version = 7",
])
def test_upkeep_by_another_process_is_not_noticed(running, change):
    token = running.create()
    assert [running.check("alice", token).status for _ in range(8)] == [200] * 8
    running.sql(change)
    assert [running.check("alice", token).status for _ in range(16)] == [200] * 16
    assert running.check("bob", token).status == 401
    again = running.create()
    assert running.check("alice", again).status == 200
    running.revoke(again)
    assert running.check("alice", again).status == 401


def test_locked_file_without_wal_is_503_then_200(server):  # F03
    server.sql("PRAGMA journal_mode = DELETE")
    server.settings = "JiraTokenLastUsedInterval 0\nJiraTokenCache off"
    server.expect(SILENT)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    with server.database.held():
        assert_unavailable(server.check("alice", token))
        assert_unavailable(server.check("alice", token, "/chain/hello.txt"))
        assert server.get("/open/hello.txt").status == 200
    assert [server.check("alice", token).status for _ in range(8)] == [200] * 8


def test_file_that_is_locked_at_the_start_is_used_later(server):  # F03
    server.sql("PRAGMA journal_mode = DELETE")
    server.settings = "JiraTokenLastUsedInterval 0"
    server.expect(f"{SILENT}|gives no answer yet")
    server.start()
    token = server.create()
    server.stop()
    with server.database.held():
        server.start()
        assert "gives no answer yet" in server.log()
        assert_unavailable(server.check("alice", token))
        assert server.get("/open/hello.txt").status == 200
    assert [server.check("alice", token).status for _ in range(8)] == [200] * 8


def test_script_sets_wal(server):
    """And httpd leaves it so: without, a writer keeps readers out."""
    server.start()
    server.create()
    server.stop()
    assert server.sql("PRAGMA journal_mode") == [("wal",)]


@pytest.fixture
def frozen(server):
    """A server that cannot write, with a token from when it could."""
    server.settings = "JiraTokenLastUsedInterval 600"
    server.start()
    token = server.create()
    freeze(server)
    return server, token


def test_read_only_database_checks_but_changes_nothing(frozen):  # F07, F12
    server, token = frozen
    number = server.id_of(token)
    before = server.rows()
    assert [server.check("alice", token).status for _ in range(8)] == [200] * 8
    for path in ("/create", f"/{number}/revoke", "/revoke"):
        assert_unavailable(server.post("/tokens" + path, {"label": "x", "id": number},
                                       user="alice"))
    assert server.rows() == before
    assert server.check("alice", token).status == 200
    assert server.get("/tokens", user="alice").status == 200


def test_full_disk_is_said_and_checks_go_on(server):  # F07, F12
    server.expect(SILENT)
    server.settings = ('DBDInitSQL "PRAGMA max_page_count = 24; PRAGMA synchronous = FULL"\n'
                       "JiraTokenMax 1000")
    server.start()
    check_that_full_is_said(server)
    assert "database or disk is full" in server.log()


# ---- the file itself


def test_removed_file_is_never_taken_for_an_empty_table(server):  # S06
    server.settings += "JiraTokenCache off\n"     # it outlives such a restart
    server.expect(SILENT)
    server.expect(r"gives no answer yet|there is no file|is missing, or older|dbd:")
    server.start()
    token = server.create()
    server.stop()
    away = server.root / "tokens.db"
    server.start()
    for ending in ("", "-wal", "-shm"):
        path = pathlib.Path(f"{server.database.path}{ending}")
        if path.exists():
            path.rename(f"{away}{ending}")
    assert server.check("alice", token).status in (200, 503)
    server.graceful()
    server.poll(lambda: server.check("alice", token).status == 503)
    assert_unavailable(server.check("alice", token, "/chain/hello.txt"))


def test_replaced_file_is_used_after_a_graceful_restart(server):  # S06
    server.settings += "JiraTokenCache off\n"     # it outlives such a restart
    server.expect(SILENT)
    server.start()
    old = server.create()
    server.stop()
    other = server.root / "data" / "other.db"
    db = sqlite3.connect(other)
    db.executescript(server.database.schema)
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    server.give(other)
    server.start()
    assert server.check("alice", old).status == 200
    for ending in ("-wal", "-shm"):
        pathlib.Path(f"{server.database.path}{ending}").unlink(missing_ok=True)
    other.rename(server.database.path)
    server.graceful()
    server.poll(lambda: server.check("alice", old).status == 401)
    assert server.check("alice", server.create()).status == 200


def test_missing_file_is_reported_and_not_made(server):  # S06
    server.database.path = server.root / "data" / "none.db"
    said = refused_start(server)
    assert f"there is no file {server.database.path}" in said
    assert "conf/sql/sqlite3.sql" in said
    assert not server.database.path.exists()


def test_file_that_is_no_database_is_reported(server):  # S06
    server.database.path.write_bytes(b"no database at all\n" * 100)
    server.expect(r"jiratoken|dbd:|AH00020|AH00016")
    if server.try_start():
        assert_unavailable(server.check("alice", shaped()))
    assert "file is not a database" in server.log()
