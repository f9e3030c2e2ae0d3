# SPDX-License-Identifier: Apache-2.0
"""A database server that stops, restarts, dies, freezes or takes no changes,
for real: what clients are told meanwhile, and that all is well as soon as it is
back, without a restart of httpd."""

import contextlib
import os
import re
import signal
import socket
import time

import pytest

from faults import (LOST, SILENT, UNSURE, assert_unavailable, check_that_full_is_said,
                    single)
from load import go_on, load, mistaken, tell_user
from outages import (HALF, TOKEN, assert_turned_away_at_once, fill_pools, hang,
                     prepare_to_hang, read_all, statuses)
from pace import OPEN, assert_answers_soon, assert_soon, measure_open, timed
from server import basic, shaped

pytestmark = [pytest.mark.database("pgsql", "mysql"), pytest.mark.usefixtures("uncached")]


@pytest.fixture
def faulty(server):
    """A server, with its token of alice's; the use of one changes no row."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    tell_user(server)
    server.expect(f"{SILENT}|{UNSURE}|{LOST}")
    return server


def begin(server):
    server.start()
    return server.create()


# ---- stopped


def test_stopped_database_is_503_at_once_and_harms_nothing_else(faulty):  # F01
    token = begin(faulty)
    (faulty.root / "users").write_text("")
    faulty.add_user("alice", token)
    faulty.add_user("bob", "builder")
    fill_pools(faulty, token)
    faulty.database.service.stop()
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        for text in (token, shaped()):
            for answer in assert_answers_soon(
                    faulty, lambda t=text, p=path: faulty.check("alice", t, p), 0.1):
                assert_unavailable(answer)
    assert faulty.check("bob", "builder", "/chain/hello.txt").status == 200
    assert faulty.check("bob", "wrong", "/chain/hello.txt").status == 401
    assert faulty.get("/open/hello.txt").status == 200
    assert_unavailable(faulty.get("/tokens", user="bob"))
    assert_unavailable(faulty.post("/tokens/create", {"label": "x"}, user="bob"))
    faulty.database.service.start()
    assert statuses(faulty, token) == [200] * 16


@pytest.mark.parametrize("settings", ["", "DBDMin 1\n"])
def test_database_that_is_down_at_the_start_is_used_once_it_is_up(faulty, settings):  # F01
    faulty.settings += settings
    token = begin(faulty)
    faulty.stop()
    faulty.expect("gives no answer yet")
    faulty.database.service.stop()
    faulty.start()
    assert faulty.get("/open/hello.txt").status == 200
    for _ in range(8):
        assert_unavailable(faulty.check("alice", token))
    faulty.database.service.start()
    assert statuses(faulty, token) == [200] * 16


def test_sign_in_that_the_server_refuses_is_503_and_then_200(faulty):  # F01
    """As where others have taken all that the server allows."""
    token = begin(faulty)
    faulty.stop()
    change = ("ALTER ROLE httpd CONNECTION LIMIT {}" if faulty.database.kind == "pgsql"
              else "ALTER USER httpd {}")
    none, many = (0, -1) if faulty.database.kind == "pgsql" else (
        "ACCOUNT LOCK", "ACCOUNT UNLOCK")
    faulty.expect("gives no answer yet")
    faulty.sql(change.format(none))
    try:
        faulty.start()
        for answer in assert_answers_soon(
                faulty, lambda: faulty.check("alice", token), 0.5, 1, 4):
            assert_unavailable(answer)
    finally:
        faulty.sql(change.format(many))
    assert statuses(faulty, token) == [200] * 16


# ---- restarted


@pytest.mark.parametrize("ask", ["check", "list", "create", "revoke"])
def test_restart_while_idle_is_not_noticed(faulty, ask):  # F02
    token = begin(faulty)
    number = faulty.id_of(token)
    fill_pools(faulty, token)
    faulty.database.service.stop()
    faulty.database.service.start()
    if ask == "check":
        assert statuses(faulty, token) == [200] * 16
    if ask == "list":
        assert faulty.get("/tokens", user="alice").status == 200
    if ask == "create":
        assert faulty.check("alice", faulty.create()).status == 200
    if ask == "revoke":
        assert faulty.post(f"/tokens/{number}/revoke", user="alice").status == 303
        assert faulty.rows() == []


def test_connections_that_the_server_ended_are_not_noticed(faulty):  # F02
    """As by a firewall, wait_timeout, or an administrator."""
    token = begin(faulty)
    fill_pools(faulty, token)
    if faulty.database.kind == "pgsql":
        faulty.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE usename = 'httpd'")
    else:
        for [number] in faulty.sql("SELECT id FROM information_schema.processlist "
                                   "WHERE user = 'httpd'"):
            faulty.sql(f"KILL {number}")
    assert statuses(faulty, token) == [200] * 16


def test_crash_under_load_is_never_401_nor_somebody_else(faulty):  # F02
    """And a 503 after it at most once a connection; nobody waits for his turn here,
    which a server that has just begun may take its time over."""
    limit = 4 * 2 if faulty.mpm == "event" else 16
    faulty.settings += "JiraTokenDatabaseLimit 16\n"
    if faulty.database.kind == "mysql":     # it keeps what it has committed
        faulty.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    tokens = {"alice": begin(faulty), "bob": faulty.create("bob"),
              "carol": faulty.create("carol")}
    with load(faulty, tokens, each=2) as clients:
        for _ in range(2):
            go_on(faulty, clients, 21)
            faulty.database.service.kill()
            faulty.poll(lambda: all(503 in client.answers() for client in clients))
            faulty.database.service.start()
            back = time.monotonic()
            faulty.poll(lambda b=back: all(
                [s for t, _, s, _ in client.seen[-20:] if t > b] == [200] * 20
                for client in clients))
            late = [one for client in clients for one in client.seen
                    if one[0] > back and one[2] != 200]
            assert len(late) <= limit, late
    assert {said for client in clients for said in client.answers()} == {200, 503}
    assert mistaken(clients) == []


# ---- frozen


@contextlib.contextmanager
def frozen(server):
    server.database.service.freeze()
    try:
        yield
    finally:
        server.database.service.thaw()


def test_frozen_database_leaves_the_rest_of_httpd_fast(faulty):  # F03
    """Whoever asks for a token beyond the limit hears 503 within 100 ms."""
    prepare_to_hang(faulty)
    token = begin(faulty)
    fill_pools(faulty, token)
    with contextlib.ExitStack() as stack, frozen(faulty):
        wires = hang(faulty, token, stack, HALF)
        assert_unavailable(faulty.get("/tokens", user="alice"))
        assert_turned_away_at_once(faulty, token)
        with load(faulty, {"alice": token}, OPEN, each=12):
            control = [measure_open(faulty) for _ in range(10)]
        with load(faulty, {"alice": token}, each=12) as clients:
            took = [measure_open(faulty) for _ in range(10)]
            go_on(faulty, clients)
        assert {said for client in clients for said in client.answers()} == {503}
        assert_soon(took, control, 0.2, 0.75)
        assert faulty.get("/chain/hello.txt", user="alice").status == 200
        faulty.database.service.thaw()
        for wire in wires:
            assert re.match(rb"HTTP/1.1 (200|503) ", read_all(wire))
    faulty.poll(lambda: statuses(faulty, token) == [200] * 16)


@pytest.mark.parametrize("how", ["start", "graceful"])
def test_frozen_database_keeps_httpd_from_no_start(faulty, how):  # F03
    """Not from a restart either, while which nobody answers any URL: as when
    logs are rotated. Of a database it is said, and waited for, once."""
    faulty.expect("gives no answer yet")
    for table in ("second", "third"):
        faulty.database.make_table(table)
        faulty.locations += (f"<VirtualHost 127.0.0.9>\nServerName {table}\n"
                             f"JiraTokenTable {table}\n</VirtualHost>\n")
    token = begin(faulty)
    _, control = timed(faulty.graceful if how == "graceful" else faulty.restart)
    if how == "start":
        faulty.stop()
    with frozen(faulty):
        _, seconds = timed(getattr(faulty, how))
        assert seconds < 6 + 3 * control, (seconds, control)
        assert faulty.get(OPEN).status == 200
    faulty.poll(lambda: statuses(faulty, token) == [200] * 16)
    assert faulty.log().count("gives no answer yet") == 1


def test_process_that_is_killed_keeps_no_turn(faulty):  # F03
    """Killed while it asks, by an administrator, say, or for want of memory."""
    prepare_to_hang(faulty)
    faulty.expect("AH00052: .* Killed|AH00051")
    token = begin(faulty)
    fill_pools(faulty, token)
    with contextlib.ExitStack() as stack, frozen(faulty):
        hang(faulty, token, stack, HALF)
        killed = faulty.children()
        for pid in killed:
            os.kill(int(pid), signal.SIGKILL)
        faulty.poll(lambda: faulty.children() and not faulty.children() & killed)
        assert faulty.get("/open/hello.txt").status == 200
    faulty.poll(lambda: statuses(faulty, token, 32, 8) == [200] * 32)


def test_permit_of_a_killed_process_is_there_for_the_next_request(faulty):  # F03
    """Whose processes share one: it finds all taken, and none of them alive."""
    faulty.mpm = "prefork"
    faulty.settings += "JiraTokenDatabaseLimit 1\n"
    prepare_to_hang(faulty)
    faulty.expect("AH00052: .* Killed|AH00051")
    token = begin(faulty)
    with contextlib.ExitStack() as stack, frozen(faulty):
        hang(faulty, token, stack, 1)
        killed = faulty.children()
        for pid in killed:
            os.kill(int(pid), signal.SIGKILL)
        faulty.poll(lambda: faulty.children() and not faulty.children() & killed)
    assert faulty.check("alice", token).status == 200


# ---- locked


def test_table_that_is_locked_against_readers_is_503_before_long(faulty):  # F03
    """By an ALTER TABLE that takes its time, say: as long as DBDParams or
    DBDInitSQL allows, and not for another try."""
    single(faulty)
    token = begin(faulty)
    assert faulty.check("alice", token).status == 200
    with faulty.database.barred():
        for path in ("/files/hello.txt", "/chain/hello.txt"):
            [answer] = assert_answers_soon(
                faulty, lambda p=path: faulty.check("alice", token, p), 3.5, number=1)
            assert_unavailable(answer)
        assert faulty.get("/open/hello.txt").status == 200
    assert statuses(faulty, token) == [200] * 16


# ---- taking no changes


@contextlib.contextmanager
def unchangeable(server, how):
    """Nobody but the database's administrator can change anything."""
    with server.session() if how == "lock" else contextlib.nullcontext() as session:
        if how == "lock":
            session.execute("FLUSH TABLES WITH READ LOCK")
        elif server.database.kind == "mysql":
            server.sql("SET GLOBAL read_only = 1")
        else:
            server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
            server.sql("SELECT pg_reload_conf()")
            server.poll(lambda: server.sql("SHOW default_transaction_read_only")
                        == [("on",)])
        try:
            yield
        finally:
            if how == "lock":
                session.execute("UNLOCK TABLES")
            elif server.database.kind == "mysql":
                server.sql("SET GLOBAL read_only = 0")
            else:
                server.sql("ALTER SYSTEM RESET default_transaction_read_only")
                server.sql("SELECT pg_reload_conf()")
                server.poll(lambda: server.sql("SHOW default_transaction_read_only")
                            == [("off",)])


@pytest.mark.parametrize("how", [
    "read only", pytest.param("lock", marks=pytest.mark.database("mysql"))])
def test_database_that_takes_no_changes_is_asked_and_not_believed(faulty, how):  # F07, F12
    faulty.settings = faulty.settings.replace("Interval 0", "Interval 600")
    faulty.session = faulty.database.session
    token = begin(faulty)
    number = faulty.id_of(token)
    before = faulty.rows()
    with unchangeable(faulty, how):
        assert statuses(faulty, token, 4) == [200] * 4
        for path in ("/tokens/create", f"/tokens/{number}/revoke"):
            answer = faulty.post(path, {"label": "x"}, user="alice")
            assert_unavailable(answer)
            assert not re.search(TOKEN, answer.text)
        assert statuses(faulty, token, 4) == [200] * 4
        assert faulty.get("/tokens", user="alice").status == 200
        assert [row[:-3] for row in faulty.rows()] == [row[:-3] for row in before]
    faulty.revoke(token)
    assert faulty.check("alice", token).status == 401


def disk(database):
    """In bytes: no less than the segments of PostgreSQL's log have. MariaDB ends
    itself when a file of its own cannot grow, so that those may."""
    own = (database.service.folder / "data").glob("ib*")
    return (16 << 20 if database.kind == "pgsql"
            else (32 << 20) + max(path.stat().st_size for path in own))


@contextlib.contextmanager
def full_disk(server):
    """There is hardly room for another row. Eight rows fill a page of PostgreSQL's."""
    fill = ("INSERT INTO jiratoken (user_name, slot, label, digest, restrictions) "
            "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s "
            "WHERE n < 50) SELECT 'filler', ? + n, ? || n, ? || n, repeat('x', 930) "
            "FROM s")
    size = disk(server.database)
    server.database.service.bound(size)
    try:
        with pytest.raises(Exception, match="File too large|is full"):
            for number in range(2 * size // (50 * 930)):
                server.sql(fill, 1000 * number, f"{number} ", f"{number} ")
        yield
    finally:
        server.database.service.bound("unlimited")


def test_full_disk_is_said_and_checks_go_on(faulty):  # F07, F12
    faulty.settings = faulty.settings.replace("Interval 0", "Interval 600")
    faulty.settings += "JiraTokenMax 1000\n"
    faulty.start()
    tokens = [faulty.create() for _ in range(4)]
    with full_disk(faulty):
        check_that_full_is_said(faulty, *tokens)
    assert faulty.check("alice", faulty.create()).status == 200


# ---- many clients, few connections


@pytest.mark.parametrize("settings", ["DBDMin 0\nDBDKeep 1\nDBDMax 1", "DBDMax 2\nDBDKeep 1"])
def test_slow_clients_hold_no_connection(faulty, settings):  # F06, L4
    faulty.settings += settings + "\n"
    (faulty.root / "docs" / "files" / "big").write_bytes(bytes(8 << 20))
    token = begin(faulty)
    request = (f"GET /files/big HTTP/1.1\r\nHost: x\r\nAuthorization: "
               f"{basic('alice', token)}\r\n\r\n").encode()
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            wire = stack.enter_context(socket.socket())
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.connect(("127.0.0.1", faulty.port))
            wire.sendall(request)
            assert wire.recv(12) == b"HTTP/1.1 200"
        for answer in assert_answers_soon(
                faulty, lambda: faulty.check("alice", token), 0.05):
            assert answer.status == 200


@pytest.mark.parametrize("limit", ["", "JiraTokenDatabaseLimit 1\n"])
def test_one_connection_serves_a_hundred_clients(faulty, limit):  # L5
    faulty.settings += f"DBDMin 0\nDBDKeep 1\nDBDMax 1\n{limit}"
    tokens = {user: None for user in ("alice", "bob")}
    faulty.start()
    tokens = {user: faulty.create(user) for user in tokens}
    with load(faulty, tokens, each=50) as clients:
        faulty.poll(lambda: sum(len(client.seen) for client in clients) > 600)
    seen = [said for client in clients for said in client.answers()]
    assert set(seen) <= {200, 503}
    assert seen.count(200) > 0.9 * len(seen)
    assert mistaken(clients) == []
    assert statuses(faulty, tokens["alice"]) == [200] * 16
