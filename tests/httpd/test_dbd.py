# SPDX-License-Identifier: Apache-2.0
"""The database: what the clients are told when it cannot say, that it is asked
again as soon as it can, and that it is the one truth. Whatever database it is:
what only SQLite does is test_dbd_sqlite.py's, what only a server does is
test_dbd_served.py's, the start is test_dbd_start.py's."""

import concurrent.futures
import re

import pytest

from faults import (ANSWERS, CROWD, SILENT, UNSURE, assert_unavailable, break_table, lax,
                    make_lax, mend_table)
from pace import assert_answers_soon
from server import shaped

# Each check is to ask the database.
pytestmark = pytest.mark.usefixtures("uncached")

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
    for answer in assert_answers_soon(running, lambda: running.check("alice", token),
                                      0.1):
        assert answer.status == 503


def test_outage_is_logged_once_a_minute_not_once_a_request(running):  # S06
    token = running.create()
    break_table(running)
    for _ in range(40):
        assert running.check("alice", token).status == 503
    lines = [s for s in running.log().splitlines() if ANSWERS in s]
    assert 1 <= len(lines) <= len(running.children())
    assert all("[jiratoken:error]" in s and "table=jiratoken" in s
               and running.database.missing in s for s in lines)


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
    running.database.make_table()
    assert [running.check("alice", token).status for _ in range(10)] == [401] * 10
    assert running.check("alice", running.create()).status == 200


# ---- rows that cannot be believed


def test_negative_expiry_lets_nobody_in(running):  # S06
    token = running.create()
    running.expect(SILENT)
    running.sql("UPDATE jiratoken SET expires_at = -1")
    assert running.check("alice", token).status in (401, 503)


@pytest.mark.parametrize("change", [
    lambda digest: digest[:63], lambda digest: digest[:12], lambda digest: "",
    str.upper, lambda digest: digest[:63] + " ", lambda digest: "%", lambda digest: "\\",
], ids=["63", "12", "empty", "upper", "blank", "percent", "backslash"])
def test_damaged_digest_opens_nothing(running, change):  # S02, S06
    token = running.create()
    running.sql("UPDATE jiratoken SET digest = ?", change(running.digest(token)))
    assert running.check("alice", token).status == 401


@pytest.mark.parametrize("collation", [
    lax("sqlite3", "NOCASE"), lax("sqlite3", "RTRIM"), lax("pgsql", "lax"),
    lax("mysql", "utf8mb4_general_ci"), lax("mysql", "utf8mb4_bin"),
])
def test_collations_decide_nothing(server, collation):  # A04, S02
    make_lax(server, collation, "user_name", "digest")
    server.start()
    token = server.create()
    for user, status in (("alice", 200), ("ALICE", 401), ("alice ", 401), ("\u00e1lice", 401)):
        assert server.check(user, token).status == status
    assert server.check("alice", shaped()).status == 401


@pytest.mark.parametrize("name", ["Alice", "alice ", "", "bob"])
def test_owner_is_compared_byte_for_byte(running, name):  # A04
    token = running.create()
    running.sql("UPDATE jiratoken SET user_name = ?", name)
    assert running.check("alice", token).status == 401


# ---- what others do to the table


@pytest.mark.parametrize("change", [
    "ALTER TABLE jiratoken ADD COLUMN note VARCHAR(9)",
    "CREATE INDEX more ON jiratoken (expires_at)", "CREATE TABLE other (n INTEGER)",
    pytest.param("ALTER TABLE jiratoken ALTER label TYPE VARCHAR(500)",
                 marks=pytest.mark.database("pgsql")),
    pytest.param("ALTER TABLE jiratoken MODIFY label VARBINARY(500) NOT NULL",
                 marks=pytest.mark.database("mysql")),
])
def test_change_of_the_schema_is_not_noticed(running, change):
    token = running.create()
    assert [running.check("alice", token).status for _ in range(8)] == [200] * 8
    running.sql(change)
    assert [running.check("alice", token).status for _ in range(16)] == [200] * 16
    assert running.check("bob", token).status == 401
    again = running.create()
    assert running.check("alice", again).status == 200
    running.revoke(again)
    assert running.check("alice", again).status == 401


def test_checks_go_on_while_another_process_writes(running):  # F12
    token = running.create()
    running.expect(SILENT)
    with running.database.held():
        assert [running.check("alice", token).status for _ in range(4)] == [200] * 4


def test_nothing_is_made_or_revoked_while_another_process_writes(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    before = running.rows()
    with running.database.held():
        made = running.post("/tokens/create", {"label": "x"}, user="alice")
        gone = [running.post(f"/tokens{path}/revoke", {"id": number}, user="alice")
                for path in ("", f"/{number}")]
    for answer in (made, *gone):
        assert_unavailable(answer)
    assert running.rows() == before
    assert running.check("alice", token).status == 200
    running.revoke(token)
    assert running.check("alice", token).status == 401


def test_revocation_by_sql_is_effective_at_once(running):  # C05
    """Where nothing is remembered; else within the timeout: test_cache.py."""
    token = running.create()
    assert running.check("alice", token).status == 200
    running.sql("DELETE FROM jiratoken")
    assert [running.check("alice", token).status for _ in range(8)] == [401] * 8


def test_failing_delete_never_looks_like_a_revocation(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    running.database.refuse("DELETE")
    assert_unavailable(running.post(f"/tokens/{number}/revoke", user="alice"))
    assert running.check("alice", token).status == 200


@pytest.mark.database("sqlite3", "pgsql")    # MySQL's triggers cannot do that
def test_delete_that_quietly_does_nothing_is_no_revocation(running):  # F07
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")
    running.database.ignore("DELETE")
    answer = running.post(f"/tokens/{number}/revoke", user="alice")
    assert running.check("alice", token).status == 200
    assert answer.status not in (200, 303)


@pytest.mark.parametrize("fault", [
    "refuse", pytest.param("ignore", marks=pytest.mark.database("sqlite3", "pgsql"))])
def test_revocation_that_failed_for_certain_is_not_called_uncertain(running, fault):
    """The row can be read, and is still there: the log must not send anybody to
    look whether it is."""
    token = running.create()
    number = running.id_of(token)
    running.expect(f"{SILENT}|{UNSURE}")     # which fails below, in its own words
    getattr(running.database, fault)("DELETE")
    for path in (f"{number}/revoke", "revoke"):
        assert_unavailable(running.post(f"/tokens/{path}", {"id": number}, user="alice"))
        assert not re.search(UNSURE, running.log()), path
    assert running.check("alice", token).status == 200


def test_failing_insert_shows_no_token(running):  # F07
    running.expect(SILENT)
    running.database.refuse("INSERT")
    answer = running.post("/tokens/create", {"label": "x"}, user="alice")
    assert_unavailable(answer)
    assert not re.search(r"jt_[0-9A-Za-z]{49}", answer.text)
    assert running.rows() == []


# ---- the limit, under pressure


def create_at_once(servers, number):
    """(status, body) of so many creations by alice, all in flight together."""
    def one(nth):
        server = servers[nth % len(servers)]
        answer = server.post("/tokens/create", {"label": f"parallel {nth}"},
                             user="alice")
        return answer.status, answer.text
    with concurrent.futures.ThreadPoolExecutor(number) as threads:
        return list(threads.map(one, range(number)))


@pytest.mark.parametrize("number", [1, 2], ids=["one server", "two servers"])
@pytest.mark.parametrize("there", [0, 20])
@pytest.mark.parametrize("limit", ["", "JiraTokenDatabaseLimit 100"])
def test_parallel_creations_end_at_exactly_the_limit(server, twin, number, limit, there):
    """K02. Nobody is turned away without need, and what is shown is true."""
    servers = [server, twin][:number]
    for one in servers:
        one.settings = f"{limit}\n{server.database.patience}"
        one.expect(CROWD)
        one.start()
    for _ in range(there):
        server.create()
    seen = create_at_once(servers, 50)
    assert sorted(status for status, _ in seen) == [200] * (25 - there) + [409] * (25 + there)
    rows = server.sql("SELECT slot, digest FROM jiratoken")
    assert sorted(slot for slot, _ in rows) == list(range(25))
    shown = [re.search(r"jt_[0-9A-Za-z]{49}", text)[0]
             for status, text in seen if status == 200]
    assert not any(re.search(r"jt_[0-9A-Za-z]{49}", text)
                   for status, text in seen if status != 200)
    server.tokens += shown
    assert {server.digest(t) for t in shown} <= {digest for _, digest in rows}
    assert {one.check("alice", t).status for t in shown for one in servers} == {200}


def test_parallel_creations_with_one_label_make_one_token(server):  # K02
    server.settings = f"JiraTokenDatabaseLimit 100\n{server.database.patience}"
    running = server.start()

    def one(_):
        return running.post("/tokens/create", {"label": "same"}, user="alice").status
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(one, range(8)))
    assert seen.count(200) == 1 and set(seen) <= {200, 409}
    assert len(running.rows()) == 1


def test_parallel_revocations_leave_nothing(patient):  # C02
    token = patient.create()
    number = patient.id_of(token)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(
            lambda _: patient.post(f"/tokens/{number}/revoke", user="alice").status,
            range(8)))
    assert 303 in seen and set(seen) <= {303, 404}
    assert patient.check("alice", token).status == 401


def test_revocation_holds_on_every_child(patient):  # C01, C02
    for _ in range(10):
        token = patient.create()
        assert {patient.check("alice", token).status for _ in range(8)} == {200}
        patient.revoke(token)
        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            seen = set(threads.map(lambda _: patient.check("alice", token).status,
                                   range(24)))
        assert seen == {401}
