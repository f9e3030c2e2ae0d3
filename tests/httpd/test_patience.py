# SPDX-License-Identifier: Apache-2.0
"""How long a request waits for its turn at the database, or for a connection:
as long as others succeed, and not for long where nothing moves."""

import concurrent.futures
import contextlib
import re
import time

import pytest

from crowd import make_room, timed_at_once
from faults import LOST, SILENT, assert_unavailable
from outages import (assert_turned_away_at_once, hang, prepare_to_hang, read_all,
                     statuses)
from pace import assert_answers_soon, assert_soon, measure_open, timed
from proxy import Proxy

pytestmark = [pytest.mark.database("pgsql", "mysql"), pytest.mark.usefixtures("uncached")]


@pytest.fixture
def wired(server):
    """A server with a proxy, .wire, before its database, which every check asks."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.expect(f"{SILENT}|{LOST}|AH00161|AH00288")
    server.wire = Proxy(server.database.port)
    server.database.port = server.wire.port
    yield server
    server.wire.close()


@pytest.fixture
def threaded(wired):
    """The same with one child of many threads, which share its connections."""
    wired.mpm = "event"
    make_room(wired, 1, 16)
    return wired


def share_gate(server):
    """Processes share one; threads, where all are a child's."""
    if server.mpm != "prefork":
        make_room(server, 1, 16)


def begin(server):
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    return token


def set_limit(server, number):
    """The database gives httpd so many connections at most; 0: any number."""
    if server.database.kind == "pgsql":
        server.sql(f"ALTER ROLE httpd CONNECTION LIMIT {number or -1}")
    else:
        server.sql(f"ALTER USER httpd WITH MAX_USER_CONNECTIONS {number}")


@contextlib.contextmanager
def limited(server, number):
    set_limit(server, number)
    try:
        yield
    finally:
        set_limit(server, 0)


# ---- for a turn


def test_request_beyond_the_limit_waits_while_calls_before_it_succeed(wired):
    """Ten calls, one after the other, last longer than one waits where nothing moves.
    Unless other work keeps one of them from the processor, all are answered."""
    wired.settings += "JiraTokenDatabaseLimit 1\n"
    share_gate(wired)
    token = begin(wired)
    wired.wire.latency = 0.01

    def are_answered():
        seen, seconds = timed(lambda: statuses(wired, token, 10, 10))
        assert seconds > 0.2 or seen != [200] * 10      # who is turned away is soon
        return seen == [200] * 10
    wired.poll(are_answered)


CROWD = 80      # takes longer than two seconds, one after the other


def assert_bounded(seen, control):
    """Some are told to come again, and nobody after much more than two seconds."""
    late = [answer for answer, _ in seen if answer.status != 200]
    for answer in late:
        assert_unavailable(answer)
    assert 0 < len(late) < len(seen)
    assert_soon([seconds for _, seconds in seen], control, 3, 1)


def test_no_request_waits_for_longer_than_two_seconds(wired):
    """However well others get on."""
    wired.settings += "JiraTokenDatabaseLimit 1\n"
    make_room(wired, 1, 128)
    token = begin(wired)
    wired.wire.latency = 0.03
    control = [measure_open(wired) for _ in range(5)]
    seen = timed_at_once(wired, token, CROWD)
    control += [measure_open(wired) for _ in range(5)]
    assert_bounded(seen, control)


def test_creation_waits_no_longer_though_it_is_tried_again(wired):
    wired.settings += "JiraTokenDatabaseLimit 1\nJiraTokenMax 1000\n"
    make_room(wired, 1, 128)
    begin(wired)
    wired.wire.latency = 0.005

    def create(nth):
        return timed(lambda: wired.post("/tokens/create", {"label": f"label {nth}"},
                                        user="alice"))
    control = [measure_open(wired) for _ in range(5)]
    with concurrent.futures.ThreadPoolExecutor(CROWD) as threads:
        seen = list(threads.map(create, range(CROWD)))
        control += [measure_open(wired) for _ in range(5)]
    assert_bounded(seen, control)


# ---- for a connection


OPENED = b"SELECT id, user_name"    # the last that is said as one is opened


def ask_while_opening(server, token, seconds):
    """The first connection of a child does not get ready for so long: what the one
    who opens it hears, and the others meanwhile or then, and how soon each."""
    server.graceful()
    server.wire.hold(OPENED)
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        def ask():
            return threads.submit(timed, lambda: server.check("alice", token))
        first = ask()
        server.poll(server.wire.is_held.is_set)
        others = [ask() for _ in range(3)]
        held_until = time.monotonic() + seconds
        server.poll(lambda: time.monotonic() > held_until)
        were_answered = [one.done() for one in others]
        server.wire.let_go()
        return first.result()[0], [one.result() for one in others], were_answered


def test_request_waits_for_the_first_connection_of_a_child(wired):
    """Which takes longer than one waits where nothing moves. Unless other work makes
    that a second, all are answered."""
    wired.settings += "JiraTokenDatabaseLimit 1\n"
    share_gate(wired)
    token = begin(wired)

    def are_answered():
        first, others, _ = ask_while_opening(wired, token, 0.3)
        return {first.status, *(answer.status for answer, _ in others)} == {200}
    wired.poll(are_answered)


def test_request_waits_for_a_first_connection_for_a_second(wired):
    wired.settings += "JiraTokenDatabaseLimit 1\n"
    share_gate(wired)
    token = begin(wired)
    control = [measure_open(wired) for _ in range(10)]

    def are_refused():
        first, others, were_answered = ask_while_opening(wired, token, 2)
        assert first.status == 200
        for answer, _ in others:
            assert_unavailable(answer)
        assert_soon([seconds for _, seconds in others], control, 1.5, 1)
        return all(were_answered)
    wired.poll(are_refused)


def test_at_max_connections_requests_wait_for_those_that_there_are(threaded):
    """Some of them were refused another one, which mod_dbd logs."""
    threaded.settings += "JiraTokenDatabaseLimit 8\n"
    token = begin(threaded)
    threaded.stop()
    with limited(threaded, 1):
        threaded.start()
        assert threaded.check("alice", token).status == 200
        threaded.wire.latency = 0.005
        seen = statuses(threaded, token, 100, 4)
        assert seen == [200] * 100
        assert re.search(LOST, threaded.log())
        assert threaded.database.connections() == 1
        assert threaded.get("/tokens", user="alice").status == 200
    threaded.wire.heal()

    def are_more():
        assert statuses(threaded, token, 16, 8) == [200] * 16
        return threaded.database.connections() > 1
    threaded.poll(are_more)


def test_without_a_connection_nobody_waits_for_one(threaded):
    token = begin(threaded)
    threaded.stop()
    threaded.expect("gives no answer yet")
    if threaded.database.kind == "mysql":   # where 0 is any number
        threaded.sql("ALTER USER httpd ACCOUNT LOCK")
    else:
        threaded.sql("ALTER ROLE httpd CONNECTION LIMIT 0")
    try:
        threaded.start()
        for answer in assert_answers_soon(
                threaded, lambda: threaded.check("alice", token), 0.5, 1, 8):
            assert_unavailable(answer)
    finally:
        if threaded.database.kind == "mysql":
            threaded.sql("ALTER USER httpd ACCOUNT UNLOCK")
        set_limit(threaded, 0)
    assert statuses(threaded, token) == [200] * 16


def assert_two_hang(server, token):
    """As many as connections may be open; the others hear so."""
    with contextlib.ExitStack() as stack:
        server.wire.swallow()
        wires = hang(server, token, stack, 2)
        assert_turned_away_at_once(server, token)
        server.wire.heal()
        for wire in wires:
            assert re.match(rb"HTTP/1.1 (200|503) ", read_all(wire))
    server.poll(lambda: statuses(server, token) == [200] * 16)


def test_all_connections_that_may_be_open_hang_and_others_hear_so(threaded):
    """mod_dbd itself would wait for one of them without a limit."""
    threaded.settings += "JiraTokenDatabaseLimit 8\nDBDMax 2\n"
    prepare_to_hang(threaded)
    assert_two_hang(threaded, begin(threaded))


def are_open(server, token, number):
    """Whether so many connections are, of all hosts, once another one had a crowd,
    whose calls take so long that they overlap."""
    server.wire.latency = 0.1
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: server.get(
            "/files/hello.txt", user="alice", password=token,
            headers={"Host": "other"}).status, range(16)))
    server.wire.latency = 0
    return seen == {200} and server.database.connections() >= number


@pytest.mark.parametrize("other", ["DBDMax 3", "DBDMin 0", "DBDKeep 1", "DBDExptime 299",
                                   "DBDPersist Off"])
def test_connections_of_another_host_are_not_for_this_one(threaded, other):
    """Though both have the same database: mod_dbd has a pool for each."""
    threaded.settings += "JiraTokenDatabaseLimit 8\nDBDMin 1\nDBDMax 2\n"
    threaded.locations += f"""
<VirtualHost *:{threaded.port}>
    ServerName this
    DBDMax 02
</VirtualHost>
<VirtualHost *:{threaded.port}>
    ServerName other
    {other}
</VirtualHost>
"""
    prepare_to_hang(threaded)
    token = begin(threaded)
    threaded.poll(lambda: are_open(threaded, token, 3 if "Persist" not in other else 1))
    assert_two_hang(threaded, token)


def test_more_calls_than_connections_take_turns(threaded):
    threaded.settings += "JiraTokenDatabaseLimit 12\nDBDMax 1\nDBDKeep 1\nDBDMin 0\n"
    token = begin(threaded)
    threaded.wire.latency = 0.01
    assert statuses(threaded, token, 60, 6) == [200] * 60


# ---- two databases


def reach(server, port):
    """The directives with which the database is reached at this one."""
    return server.database.directives().replace(str(server.wire.port), str(port))


@pytest.fixture
def divided(threaded):
    """A server whose virtual host `works` reaches the database, and `hangs` only
    through the wire."""
    direct = reach(threaded, threaded.database.service.port)
    [params] = re.findall("(?m)^DBDParams .*$", direct)
    threaded.locations += f"""
<VirtualHost *:{threaded.port}>
    ServerName hangs
</VirtualHost>
<VirtualHost *:{threaded.port}>
    ServerName works
    {params}
</VirtualHost>
"""
    prepare_to_hang(threaded)
    return threaded


def ask_working(server, token):
    return server.get("/files/hello.txt", user="alice", password=token,
                      headers={"Host": "works"}).status


def test_calls_of_one_database_prolong_no_wait_for_another_that_hangs(divided):
    divided.settings += "JiraTokenDatabaseLimit 2\nDBDKeep 1\nDBDMax 1\n"
    token = begin(divided)

    def ask_other():
        return ask_working(divided, token)
    assert ask_other() == 200
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(3) as pool:
        divided.wire.swallow()
        [wire] = hang(divided, token, stack, 1)
        is_over = []
        others = [pool.submit(lambda: [ask_other() for _ in iter(lambda: bool(is_over), True)])
                  for _ in range(3)]
        try:
            assert_turned_away_at_once(divided, token)
        finally:
            is_over.append(True)
        said = [status for other in others for status in other.result()]
        divided.wire.heal()
        assert re.match(rb"HTTP/1.1 (200|503) ", read_all(wire))
    assert set(said) <= {200, 503} and 200 in said
    divided.poll(lambda: divided.check("alice", token).status == 200)


MANY = 20   # more than there are databases that are told apart


@pytest.fixture(params=["without", "of others"])
def crowded(request, threaded):
    """The same, beside many virtual hosts without a database, or each with one that
    this module is not to ask."""
    prepare_to_hang(threaded)
    whole = threaded.configuration

    def host(address, name, database, more=""):
        return (f"<VirtualHost {address}>\nServerName {name}\n{database}\n{more}\n"
                "</VirtualHost>\n")

    def configuration():
        lines = threaded.database.directives()
        top, sections = re.split("(?=^DocumentRoot)", whole().replace(lines, ""),
                                 flags=re.M)
        others = [reach(threaded, 1 + n) if request.param == "of others" else ""
                  for n in range(MANY)]
        ours = {"hangs": lines, "works": reach(threaded, threaded.database.service.port)}
        # httpd has them in a list from the last to the first
        return top + "".join(
            [host(f"*:{threaded.port}", name, database, sections)
             for name, database in ours.items()]
            + [host("127.0.0.9", f"other{n}", other) for n, other in enumerate(others)])
    threaded.configuration = configuration
    return threaded


def test_virtual_hosts_that_ask_no_database_take_no_place_of_one(crowded):
    """Two share nothing, not even the one connection that there may be to each."""
    crowded.settings += "JiraTokenDatabaseLimit 2\nDBDMin 0\nDBDKeep 1\nDBDMax 1\n"
    token = begin(crowded)
    with contextlib.ExitStack() as stack:
        crowded.wire.swallow()
        [wire] = hang(crowded, token, stack, 1)
        assert ask_working(crowded, token) == 200
        crowded.wire.heal()
        assert re.match(rb"HTTP/1.1 (200|503) ", read_all(wire))
    crowded.poll(lambda: crowded.check("alice", token).status == 200)
