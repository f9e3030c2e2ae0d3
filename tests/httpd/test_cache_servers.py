# SPDX-License-Identifier: Apache-2.0
"""Two httpd servers on one database: what one revokes the other refuses within
JiraTokenCacheTimeout, and where they share a cache from its next request on."""

import concurrent.futures
import re
import time

import pytest

from faults import LOST, SILENT, UNSURE
from load import go_on, load
from proxy import Proxy
from remembering import PROVIDER, TROUBLE, ask, grants, no_table, use, use_cache
from server import HANGS, TOKEN

pytestmark = pytest.mark.database("pgsql")      # it is asked as any other is


# ---- without a shared cache


@pytest.fixture
def apart(server, twin):
    """Each with a cache of its own."""
    for one in (server, twin):
        one.use_own_clock()
        use_cache(one, "JiraTokenCacheTimeout 600").start()
    return server, twin


def test_other_server_refuses_within_the_timeout(apart):  # C05
    here, there = apart
    for _ in range(2):
        token = here.create()
        there.tokens.append(token)
        assert set(ask(here, token) + ask(there, token)) == {200}
        here.revoke(token)
        assert ask(here, token) == [401] * 16
        there.pass_time(601)
        assert ask(there, token) == [401] * 16


def test_row_deleted_by_sql_is_refused_everywhere_within_the_timeout(apart):  # C05
    here, there = apart
    token = here.create()
    there.tokens.append(token)
    assert set(ask(here, token) + ask(there, token)) == {200}
    here.sql("DELETE FROM jiratoken")
    for one in apart:
        one.pass_time(601)
    assert set(ask(here, token) + ask(there, token)) == {401}


# ---- with one


@pytest.fixture
def pair(server, twin, caches):
    for one in (server, twin):
        use(one, "redis", caches, "JiraTokenCacheTimeout 86400",
            "JiraTokenLastUsedInterval 0")
        one.expect(f"{SILENT}|{UNSURE}|{LOST}")
    return server, twin


def begin(pair):
    for one in pair:
        one.start()
    return pair


def create(pair):
    """A token that both remember."""
    token = pair[0].create()
    pair[1].tokens.append(token)
    assert set(ask(pair[0], token, 8) + ask(pair[1], token, 8)) == {200}
    return token


def test_what_one_remembers_the_other_knows(pair):
    here, there = begin(pair)
    token = here.create()
    there.tokens.append(token)
    assert here.check("alice", token).status == 200
    with no_table(there):
        assert ask(there, token) == [200] * 16
        assert ask(there, token, 4, "bob") == [503] * 4


def test_other_server_refuses_the_next_request(pair):  # C05
    here, there = begin(pair)
    for _ in range(20):
        for one, other in ((here, there), (there, here)):
            token = create(pair)
            one.revoke(token)
            assert other.check("alice", token).status == 401
            assert set(ask(other, token, 8) + ask(one, token, 8)) == {401}


def test_revocation_reaches_requests_in_flight_elsewhere(pair):  # C02, C05
    here, there = begin(pair)
    for _ in range(10):
        token = create(pair)
        with load(there, {"alice": token}, each=6) as clients:
            there.poll(lambda c=clients: all(len(one.seen) > 5 for one in c))
            here.revoke(token)
            gone = time.monotonic()
            go_on(there, clients, 6)
        late = [said for one in clients for began, _, said, _ in one.seen if began > gone]
        assert set(late) == {401}, late.count(200)


def test_key_files_that_differ_share_nothing(pair):
    """The keys that verify are the same, in another order: another key seals."""
    here, there = pair
    second = "ab" * 32
    here.write_key(here.key, second)
    there.write_key(second, here.key)
    for one in pair:
        one.expect(TROUBLE)
    begin(pair)
    token = here.create()
    there.tokens.append(token)
    for _ in range(3):
        assert set(ask(here, token) + ask(there, token)) == {200}
    here.revoke(token)
    assert ask(here, token) == ask(there, token) == [401] * 16


def test_revocation_outlives_what_any_server_believes(pair):  # C05
    """Another may have been told to believe for longer than this one. What is kept
    there for a day is void, though the note of the revocation has gone."""
    here, there = pair
    here.settings += "JiraTokenCacheTimeout 1\n"
    begin(pair)
    token = there.create()
    assert ask(there, token) == [200] * 16
    [[key, value]] = grants(there.cache).items()
    here.revoke(token)
    here.poll(lambda: not here.cache.keys())
    there.cache.set(key, value)
    with no_table(there):
        assert ask(there, token) == [503] * 16
    assert ask(there, token) == [401] * 16


def test_servers_that_name_their_database_otherwise_learn_of_revocations(pair):  # C05
    """Neither knows where the other keeps its grants."""
    here, there = pair
    there.settings += 'DBDInitSQL "SELECT 1"\n'
    begin(pair)
    token = create(pair)
    assert len(grants(here.cache)) == 2
    here.revoke(token)
    assert len(grants(here.cache)) == 1
    for _ in range(2):
        with no_table(there):
            assert ask(there, token) == [503] * 16
        here.poll(lambda: len(here.cache.keys()) == 1)      # and once more
    assert ask(here, token) == ask(there, token) == [401] * 16


# ---- while a row, or what is to be kept, is on its way


@pytest.fixture
def wired(pair):
    """The first reaches the database and the cache by wires of its own."""
    here, there = pair
    here.wire, here.line = Proxy(here.database.port), Proxy(here.cache.port)
    here.settings = here.settings.replace(f":{here.cache.port}", f":{here.line.port}")
    for one in pair:
        one.expect(f"{TROUBLE}|{PROVIDER}")
    there.start()       # whose configuration is written by now
    here.database.port = here.wire.port
    here.start()
    yield pair
    here.wire.close()
    here.line.close()


def check_aside(server, token):
    pool = concurrent.futures.ThreadPoolExecutor(1)
    said = pool.submit(lambda: server.check("alice", token).status)
    pool.shutdown(wait=False)
    return said


def test_row_that_was_read_before_another_server_revoked_it_is_not_kept(wired):  # C03
    here, there = wired
    for _ in range(5):
        token = there.create()
        here.tokens.append(token)
        here.wire.hold(here.digest(token).encode())
        said = check_aside(here, token)
        assert here.wire.is_held.wait(HANGS)
        there.revoke(token)
        here.wire.let_go()
        assert said.result(HANGS) in (200, 401)    # it was asked before
        assert ask(here, token, 8) + ask(there, token, 8) == [401] * 16


def test_row_that_was_read_under_a_lease_that_has_ended_is_void(wired):  # C03
    here, there = wired
    token = there.create()
    here.tokens.append(token)
    assert set(ask(here, token, 4)) == {200}
    for key in grants(here.cache):
        here.cache.ask("DEL", key)
    here.wire.hold(here.digest(token).encode())
    said = check_aside(here, token)
    assert here.wire.is_held.wait(HANGS)
    there.revoke(token)
    here.wire.let_go()
    assert said.result(HANGS) in (200, 401)        # it was asked before
    for one in (here, there):
        with no_table(one):
            assert ask(one, token, 8) == [503] * 8
        assert ask(one, token, 8) == [401] * 8


@pytest.mark.parametrize("command", [b"SETEX", b"GET"])
def test_entry_that_overtakes_a_revocation_is_taken_back(wired, command):  # C03
    """The check has found nothing of a revocation in the cache, and what it
    keeps arrives there after the note of one."""
    here, there = wired
    for _ in range(5):
        token = there.create()
        here.tokens.append(token)
        here.line.hold(command, is_answer=command == b"GET")
        said = check_aside(here, token)
        assert here.line.is_held.wait(HANGS)
        there.revoke(token)
        here.line.let_go()
        assert said.result(HANGS) in (200, 401)
        assert ask(there, token, 8) + ask(here, token, 8) == [401] * 16


def test_entry_that_arrives_after_the_note_of_a_revocation_has_gone_is_void(wired):  # C03
    here, there = wired
    token = there.create()
    here.tokens.append(token)
    here.line.hold(b"alice\0", is_answer=False)     # of the row, not of its lease
    said = check_aside(here, token)
    assert here.line.is_held.wait(HANGS)
    there.revoke(token)
    there.poll(lambda: not there.cache.keys())
    here.line.let_go()
    assert said.result(HANGS) == 200                # it was asked before
    assert len(grants(there.cache)) == 1
    for one in (here, there):
        with no_table(one):
            assert ask(one, token, 8) == [503] * 8
        assert ask(one, token, 8) == [401] * 8


def test_token_that_is_revoked_before_its_lease_is_there_is_refused(wired):  # C03
    """The table has let it in; it is asked again, and nothing is kept."""
    here, there = wired
    for _ in range(3):
        token = there.create()
        here.tokens.append(token)
        here.line.hold(b"SETEX", is_answer=False)
        said = check_aside(here, token)
        assert here.line.is_held.wait(HANGS)
        there.revoke(token)
        here.line.let_go()
        assert said.result(HANGS) == 401
        there.poll(lambda: not there.cache.keys())


def test_database_that_fails_once_the_lease_is_there_refuses_nobody(wired):
    """The table has let the token in, and cannot be asked again."""
    here, there = wired
    token = there.create()
    here.tokens.append(token)
    here.line.hold(b"SETEX", is_answer=False)
    said = check_aside(here, token)
    assert here.line.is_held.wait(HANGS)
    with no_table(here):
        here.line.let_go()
        assert said.result(HANGS) == 200
        assert not grants(there.cache)
        assert ask(here, token, 4) == [503] * 4
    assert ask(here, token, 8) == [200] * 8


def test_revocation_that_the_cache_does_not_get_is_told_of(wired):  # C09
    """The administrator learns that others may believe the token for the
    timeout; this server does not."""
    here, there = wired
    token = create(wired)
    here.line.refuse()
    here.revoke(token)
    assert ask(here, token) == [401] * 16
    assert "was not told of a revocation" in here.log()
    assert set(ask(there, token)) <= {200, 401}


def test_server_that_is_stopped_tells_of_its_revocation_first(wired):  # C05
    here, there = wired
    token = create(wired)
    here.line.hold(b"SETEX", is_answer=False)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(here.post, f"/tokens/{here.id_of(token)}/revoke", user="alice")
        assert here.line.is_held.wait(HANGS)
        here.process.terminate()
        here.poll(lambda: len(here.children()) <= 1)
        here.line.let_go()
        here.process.wait(HANGS)
    assert ask(there, token, 8) == [401] * 8


# ---- rotation


def rotate(server, row, overlap):
    """As the owner does it: the page says which secret is replaced."""
    page = server.get(f"/tokens/{row}/rotate", user="alice").text
    answer = server.post(f"/tokens/{row}/rotate", {
        "replaces": re.search('name="replaces" value="([0-9a-f]{12})"', page)[1],
        "overlap": overlap}, user="alice")
    return TOKEN.search(answer.text)[0]


@pytest.mark.parametrize("overlap", [0, 3600])
def test_both_secrets_of_a_rotated_token_end_on_all_servers(pair, overlap):
    here, there = begin(pair)
    for _ in range(4):
        old = create(pair)
        assert set(ask(here, old) + ask(there, old)) == {200}
        row = here.id_of(old)
        new = rotate(there, row, overlap)
        for one in pair:
            one.tokens.append(new)
            assert ask(one, old) == [200 if overlap else 401] * 16
            assert ask(one, new) == [200] * 16
        assert here.post(f"/tokens/{row}/revoke", user="alice").status == 303
        for one in pair:
            assert set(ask(one, old) + ask(one, new)) == {401}
