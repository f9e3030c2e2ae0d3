# SPDX-License-Identifier: Apache-2.0
"""The database: what the clients are told when it cannot say, that it is asked
again as soon as it can, and that it is the one truth. SQLite; the file and the
start are test_dbd_file.py's."""

import concurrent.futures
import re
import sqlite3
import time

import pytest

from faults import (ANSWERS, SCHEMA, SILENT, UNSURE, assert_unavailable, break_table,
                    freeze, held, mend_table)
from server import shaped

# ---- 503, and nothing else


def test_database_that_cannot_say_is_503_and_the_chain_ends(running):  # S06, F01
    token = running.create()
    (running.root / "users").write_text("")
    running.add_user("alice", token)
    break_table(running)
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        for user, text in (("alice", token), ("bob", token), ("alice", shaped())):
            assert_unavailable(running.check(user, text, path))


@pytest.mark.parametrize("provider", ["jiratoken", "jiratoken file", "file jiratoken"])
def test_503_whatever_the_order_and_authority(server, provider):  # F01
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "x"
    AuthBasicProvider {provider}
    AuthBasicAuthoritative Off
    AuthUserFile "{server.root}/users"
    Require valid-user
</Location>
"""
    server.start()
    token = server.create()
    (server.root / "users").write_text("")
    server.add_user("alice", token)
    break_table(server)
    assert_unavailable(server.check("alice", token, "/open/hello.txt"))


def test_ordinary_passwords_and_open_files_do_not_need_it(running):  # F01
    running.create()
    break_table(running)
    assert running.get("/chain/hello.txt", user="alice").status == 200
    assert running.check("alice", "wrong", "/chain/hello.txt").status == 401
    assert running.get("/open/hello.txt").status == 200
    assert running.get("/files/hello.txt").status == 401


def test_mistyped_tokens_are_refused_without_sql(running):  # R02
    token = running.create()
    break_table(running)
    assert running.check("alice", token).status == 503
    mistyped = token[:-1] + ("x" if token[-1] != "x" else "y")
    assert running.check("alice", mistyped).status == 401
    assert running.check("alice", token[:-1]).status == 401
    assert running.check("alice\x01", token).status == 401


def test_pages_are_503_too(running):  # S06
    token = running.create()
    number = running.id_of(token)
    break_table(running)
    for path in ("/tokens", "/tokens/create", f"/tokens/{number}/revoke"):
        assert_unavailable(running.get(path, user="alice"))
    for path in ("/tokens/create", f"/tokens/{number}/revoke"):
        assert_unavailable(running.post(path, {"label": "x"}, user="alice"))
    mend_table(running)
    assert running.check("alice", token).status == 200


def test_503_comes_within_100_ms(running):  # F01
    token = running.create()
    break_table(running)
    took = []
    for _ in range(10):
        begin = time.monotonic()
        assert running.check("alice", token).status == 503
        took.append(time.monotonic() - begin)
    assert sorted(took)[5] < 0.1


def test_outage_is_logged_once_a_minute_not_once_a_request(running):  # S06
    token = running.create()
    break_table(running)
    for _ in range(40):
        assert running.check("alice", token).status == 503
    lines = [s for s in running.log().splitlines() if ANSWERS in s]
    assert 1 <= len(lines) <= len(running.children())
    assert all("[jiratoken:error]" in s and "table=jiratoken" in s
               and "no such table: jiratoken" in s for s in lines)


def test_table_that_comes_back_is_used_without_a_restart(running):  # S06
    token = running.create()
    for _ in range(3):
        break_table(running)
        assert [running.check("alice", token).status for _ in range(20)] == [503] * 20
        mend_table(running)
        assert [running.check("alice", token).status for _ in range(20)] == [200] * 20


def test_table_that_was_made_anew_is_the_truth(running):  # S06
    token = running.create()
    running.expect(SILENT)
    running.sql("DROP TABLE jiratoken")
    assert running.check("alice", token).status == 503
    db = sqlite3.connect(running.database)
    db.executescript(SCHEMA)
    db.close()
    assert [running.check("alice", token).status for _ in range(10)] == [401] * 10
    assert running.check("alice", running.create()).status == 200


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


def test_negative_expiry_lets_nobody_in(running):  # S06
    token = running.create()
    running.expect(SILENT)
    running.sql("UPDATE jiratoken SET expires_at = -1")
    assert running.check("alice", token).status in (401, 503)


@pytest.mark.parametrize("change", [
    "digest = substr(digest, 1, 63)", "digest = substr(digest, 1, 12)", "digest = ''",
    "digest = upper(digest)", "digest = digest || ' '", "digest = digest || char(0)",
    "digest = '%'", "digest = CAST(digest AS BLOB)",
])
def test_damaged_digest_opens_nothing(running, change):  # S02, S06
    token = running.create()
    running.sql(f"UPDATE jiratoken SET {change}")
    assert running.check("alice", token).status == 401


@pytest.mark.parametrize("collation", ["NOCASE", "RTRIM"])
def test_collations_decide_nothing(server, collation):  # A04, S02
    script = SCHEMA.replace("digest         CHAR(64)     NOT NULL",
                            f"digest CHAR(64) NOT NULL COLLATE {collation}")
    script = script.replace("user_name      VARCHAR(255) NOT NULL",
                            f"user_name VARCHAR(255) NOT NULL COLLATE {collation}")
    assert script.count(collation) == 2
    server.sql("DROP TABLE jiratoken")
    db = sqlite3.connect(server.database)
    db.executescript(script)
    db.close()
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.check("ALICE", token).status == 401
    assert server.check("alice ", token).status == 401
    server.sql("UPDATE jiratoken SET digest = upper(digest) || '  '")
    assert server.check("alice", token).status == 401


@pytest.mark.parametrize("name", ["Alice", "alice ", "", "bob"])
def test_owner_is_compared_byte_for_byte(running, name):  # A04
    token = running.create()
    running.sql("UPDATE jiratoken SET user_name = ?", name)
    assert running.check("alice", token).status == 401


# ---- what other processes do to the file


@pytest.mark.parametrize("change", [
    "VACUUM", "ANALYZE", "CREATE TABLE other (n INTEGER)", "REINDEX",
    "ALTER TABLE jiratoken ADD COLUMN note TEXT", "PRAGMA wal_checkpoint(TRUNCATE)",
    "CREATE INDEX more ON jiratoken (label)", "PRAGMA user_version = 7",
])
def test_change_of_the_schema_is_not_noticed(running, change):
    token = running.create()
    assert [running.check("alice", token).status for _ in range(8)] == [200] * 8
    db = sqlite3.connect(running.database, isolation_level=None, timeout=10)
    db.execute(change).fetchall()
    db.close()
    assert [running.check("alice", token).status for _ in range(16)] == [200] * 16
    assert running.check("bob", token).status == 401
    again = running.create()
    assert running.check("alice", again).status == 200
    running.revoke(again)
    assert running.check("alice", again).status == 401


def test_checks_go_on_while_another_process_writes(running):  # F12
    token = running.create()
    running.expect(SILENT)
    with held(running, "BEGIN EXCLUSIVE"):
        assert [running.check("alice", token).status for _ in range(4)] == [200] * 4


def test_nothing_is_made_or_revoked_while_another_process_writes(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    before = running.rows()
    with held(running, "BEGIN EXCLUSIVE"):
        made = running.post("/tokens/create", {"label": "x"}, user="alice")
        gone = [running.post(f"/tokens{path}/revoke", {"id": number}, user="alice")
                for path in ("", f"/{number}")]
    for answer in (made, *gone):
        assert_unavailable(answer)
    assert running.rows() == before
    assert running.check("alice", token).status == 200
    running.revoke(token)
    assert running.check("alice", token).status == 401


def test_locked_file_without_wal_is_503_then_200(server):  # F03
    server.sql("PRAGMA journal_mode = DELETE")
    server.settings = "JiraTokenLastUsedInterval 0"
    server.expect(SILENT)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    with held(server, "BEGIN EXCLUSIVE"):
        assert_unavailable(server.check("alice", token))
        assert_unavailable(server.check("alice", token, "/chain/hello.txt"))
        assert server.get("/open/hello.txt").status == 200
    assert [server.check("alice", token).status for _ in range(8)] == [200] * 8


def test_revocation_by_sql_is_effective_at_once(running):  # C05
    token = running.create()
    assert running.check("alice", token).status == 200
    running.sql("DELETE FROM jiratoken")
    assert [running.check("alice", token).status for _ in range(8)] == [401] * 8


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


def test_failing_delete_never_looks_like_a_revocation(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    running.sql("CREATE TRIGGER keep BEFORE DELETE ON jiratoken BEGIN "
                "SELECT RAISE(ABORT, 'kept'); END")
    assert_unavailable(running.post(f"/tokens/{number}/revoke", user="alice"))
    assert running.check("alice", token).status == 200


def test_delete_that_quietly_does_nothing_is_no_revocation(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    running.sql("CREATE TRIGGER keep BEFORE DELETE ON jiratoken BEGIN "
                "SELECT RAISE(IGNORE); END")
    answer = running.post(f"/tokens/{number}/revoke", user="alice")
    assert running.check("alice", token).status == 200
    assert answer.status not in (200, 303)


@pytest.mark.parametrize("fault", ["ABORT, 'kept'", "IGNORE"])
def test_revocation_that_failed_for_certain_is_not_called_uncertain(running, fault):
    """The row can be read, and is still there: the log must not send anybody to
    look whether it is."""
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")     # which fails below, in its own words
    running.sql("CREATE TRIGGER keep BEFORE DELETE ON jiratoken BEGIN "
                f"SELECT RAISE({fault}); END")
    for path in (f"{number}/revoke", "revoke"):
        assert_unavailable(running.post(f"/tokens/{path}", {"id": number}, user="alice"))
        assert not re.search(UNSURE, running.log()), path
    assert running.check("alice", token).status == 200


def test_failing_insert_shows_no_token(running):  # F07
    running.expect(SILENT)
    running.sql("CREATE TRIGGER full BEFORE INSERT ON jiratoken BEGIN "
                "SELECT RAISE(ABORT, 'disk full'); END")
    answer = running.post("/tokens/create", {"label": "x"}, user="alice")
    assert_unavailable(answer)
    assert not re.search(r"jt_[0-9A-Za-z]{49}", answer.text)
    assert running.rows() == []


# ---- the limit, under pressure


def create_at_once(server, number):
    """(status, body) of so many creations by alice, all in flight together."""
    def one(nth):
        answer = server.post("/tokens/create", {"label": f"parallel {nth}"},
                             user="alice")
        return answer.status, answer.text
    with concurrent.futures.ThreadPoolExecutor(number) as threads:
        return list(threads.map(one, range(number)))


def test_parallel_creations_end_at_exactly_the_limit(server):  # K02
    server.settings = ("JiraTokenDatabaseLimit 100\n"
                       'DBDInitSQL "PRAGMA busy_timeout=9000; PRAGMA synchronous=NORMAL"')
    server.start()
    for _ in range(20):
        server.create()
    seen = create_at_once(server, 50)
    assert sorted(status for status, _ in seen) == [200] * 5 + [409] * 45
    rows = server.sql("SELECT slot, digest FROM jiratoken")
    assert sorted(slot for slot, _ in rows) == list(range(25))
    shown = [re.search(r"jt_[0-9A-Za-z]{49}", text)[0]
             for status, text in seen if status == 200]
    server.tokens += shown
    assert {server.digest(t) for t in shown} <= {digest for _, digest in rows}
    assert {server.check("alice", t).status for t in shown} == {200}


def test_parallel_creations_with_one_label_make_one_token(running):  # K02
    def one(_):
        return running.post("/tokens/create", {"label": "same"}, user="alice").status
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(one, range(8)))
    assert seen.count(200) == 1 and set(seen) <= {200, 409}
    assert len(running.rows()) == 1


def test_parallel_revocations_leave_nothing(running):  # C02
    token = running.create()
    number = running.id_of(token)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(
            lambda _: running.post(f"/tokens/{number}/revoke", user="alice").status,
            range(8)))
    assert 303 in seen and set(seen) <= {303, 404}
    assert running.check("alice", token).status == 401


def test_revocation_holds_on_every_child(running):  # C01, C02
    for _ in range(10):
        token = running.create()
        assert {running.check("alice", token).status for _ in range(8)} == {200}
        running.revoke(token)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            seen = set(threads.map(lambda _: running.check("alice", token).status,
                                   range(24)))
        assert seen == {401}
