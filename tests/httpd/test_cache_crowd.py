# SPDX-License-Identifier: Apache-2.0
"""Many clients or many tokens at once: a cold cache asks the table a few times
and not once a client, and a full one is as right as an empty one."""

import concurrent.futures

import pytest

from crowd import all_at_once, answers_at_once, make_room
from faults import LOST, SILENT
from load import tell_user
from proxy import Proxy
from remembering import (IN_MEMORY, PATIENT, ask, is_remembered, no_table, use, use_cache,
                         use_in_memory)
from server import shaped


# ---- many clients


@pytest.fixture
def wired(server):
    """A server whose statements are counted."""
    make_room(server)
    server.expect(f"{SILENT}|{LOST}|AH10159|AH00161|AH00288")
    server.wire = Proxy(server.database.port)
    server.database.port = server.wire.port
    yield server
    server.wire.close()


def assert_all_in(answers):
    """Each client was let in, as alice."""
    assert {(answer.status, answer.get("X-User")) for answer in answers} \
        == {(200, "alice")}, [answer.status for answer in answers]


def look_ups(server, token, asked):
    digest = server.digest(token).encode()
    server.wire.count(digest)
    seen = asked()
    return seen, server.wire.counts[digest]


@pytest.mark.database("pgsql", "mysql")
def test_cold_cache_asks_a_handful_of_times_for_many_clients(wired):
    """Where the machine has other work, a near database is as slow to connect to as
    a distant one."""
    tell_user(wired)
    wired.start()
    for _ in range(3):
        token = wired.create()
        wired.graceful()
        seen, count = look_ups(wired, token, lambda: answers_at_once(wired, token))
        assert_all_in(seen)
        assert 1 <= count <= 5
        seen, count = look_ups(wired, token, lambda: all_at_once(wired, token))
        assert (set(seen), count) == ({200}, 0)


@pytest.mark.database("pgsql")
@pytest.mark.parametrize("kind", ["redis", "memcache", "dbm"])
def test_crowd_in_front_of_a_cache_outside_turns_nobody_away(wired, caches, kind):
    """Nor goes past it because all of its seats are taken for a moment."""
    use(wired, kind, caches)
    wired.settings = wired.settings.replace(PATIENT, "")
    wired.start()
    token = wired.create()
    for _ in range(2):
        seen, count = look_ups(wired, token, lambda: all_at_once(wired, token))
        assert (seen.count(503), set(seen)) == (0, {200})
        # A file is so slow that some give up waiting for it.
        assert kind == "dbm" or count <= 20


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("latency", [0.003, 0.03])
def test_cold_cache_in_front_of_a_distant_database_asks_a_handful_of_times(
        wired, latency):
    """A connection alone takes several ways there and back: all wait for it."""
    tell_user(wired)
    wired.start()
    token = wired.create()
    wired.graceful()
    wired.wire.latency = latency
    seen, count = look_ups(wired, token, lambda: answers_at_once(wired, token))
    assert_all_in(seen)
    assert 1 <= count <= 20
    seen, count = look_ups(wired, token, lambda: all_at_once(wired, token))
    assert (set(seen), count) == ({200}, 0)


@pytest.mark.database("pgsql", "mysql")
def test_timeout_that_ends_asks_a_handful_of_times(wired):
    """Also with a database that takes its time."""
    wired.settings += "JiraTokenCacheTimeout 600\nJiraTokenLastUsedInterval 0\n"
    wired.use_own_clock()
    wired.start()
    token = wired.create()
    assert wired.check("alice", token).status == 200
    wired.wire.latency = 0.01
    assert look_ups(wired, token, lambda: all_at_once(wired, token, 50)) \
        == ([200] * 50, 0)
    wired.pass_time(601)
    seen, count = look_ups(wired, token, lambda: all_at_once(wired, token, 50))
    assert seen == [200] * 50
    assert 1 <= count <= 5


@pytest.mark.database("pgsql", "mysql")
def test_crowd_with_a_revoked_token_keeps_nobody_else_out(wired):
    """A no is not remembered; those who wait for one wait a tenth of a second."""
    wired.settings += "JiraTokenDatabaseLimit 100\n"
    wired.start()
    good, gone = wired.create(), wired.create()
    wired.revoke(gone)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(all_at_once, wired, gone, 100)
        seen = [wired.check("alice", good).status for _ in range(50)]
    assert seen == [200] * 50
    assert set(crowd.result()) <= {401, 503}
    assert set(all_at_once(wired, gone, 20)) == {401}


@pytest.mark.database("pgsql", "mysql")
def test_remembered_token_sends_nothing_to_the_database(wired):
    wired.start()
    token = wired.create()
    assert ask(wired, token) == [200] * 16
    wired.graceful()
    assert wired.check("alice", token).status == 200
    connections = wired.wire.connections
    seen, count = look_ups(wired, token, lambda: ask(wired, token, 100))
    assert (set(seen), count) == ({200}, 0)
    assert wired.wire.connections <= connections + 1    # for the last use


# ---- many tokens


@pytest.fixture(params=IN_MEMORY)
def tiny(server, request):
    """The least that either takes."""
    least = {"shared": "(100)", "shmcb": f":{server.root}/logs/cache(8192)"}
    return use_in_memory(server, request.param,
                         f"JiraTokenCache {request.param}{least[request.param]}",
                         "JiraTokenCacheTimeout 600", "JiraTokenMax 1000")


def insert(server, user, number, label="l"):
    """Tokens by SQL, as they take long on the page."""
    made = [shaped() for _ in range(number)]
    server.tokens += made
    for nth, token in enumerate(made):
        server.insert(f"{label}{nth}", user, digest=server.digest(token))
    return made


@pytest.mark.parametrize("size", [1, 90])
def test_full_cache_is_as_right_as_an_empty_one(tiny, size):  # C06
    tiny.start()
    tokens = {user: insert(tiny, user, 60, "l" * size) for user in ("alice", "bob")}
    for _ in range(2):
        for user, other in (("alice", "bob"), ("bob", "alice")):
            for token in tokens[user]:
                assert tiny.check(user, token).status == 200
            for token in tokens[user][::7]:
                assert tiny.check(other, token).status == 401
    gone = tokens["alice"][-1]
    assert set(ask(tiny, gone)) == {200}
    tiny.revoke(gone)
    assert set(ask(tiny, gone)) == {401}
    for token in tokens["bob"]:
        assert tiny.check("bob", token).status == 200
    assert set(ask(tiny, gone)) == {401}


def test_last_token_is_remembered_by_a_full_cache(tiny):  # C06
    tiny.start()
    tokens = insert(tiny, "alice", 400)
    assert [tiny.check("alice", token).status for token in tokens] == [200] * 400
    assert is_remembered(tiny, tokens[-1])
    with no_table(tiny):
        seen = [tiny.check("alice", token).status for token in tokens]
    assert seen.count(503) > 100 and set(seen) == {200, 503}


@pytest.mark.database("sqlite3")
def test_preset_cache_holds_thousands(server):
    """What JiraTokenCache is where nothing is said."""
    use_cache(server, "JiraTokenMax 1000", "JiraTokenLastUsedInterval 0")
    server.start()
    tokens = insert(server, "alice", 300, "label of some length ")
    assert [server.check("alice", token).status for token in tokens] == [200] * 300
    server.expect(SILENT)
    server.sql("ALTER TABLE jiratoken RENAME TO away")
    assert [server.check("alice", token).status for token in tokens] == [200] * 300
