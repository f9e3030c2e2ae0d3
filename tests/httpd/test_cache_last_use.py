# SPDX-License-Identifier: Apache-2.0
"""The last use of a token that is remembered: written down once an interval,
however many ask, and never in anybody's way."""

import concurrent.futures
import time

import pytest

from credentials import last_use
from faults import SILENT
from load import go_on, load
from pace import OPEN, assert_soon
from remembering import IN_MEMORY, ask, no_table, use_in_memory
from server import shaped


INTERVAL = 300      # seconds, of httpd's own clock


@pytest.fixture(params=IN_MEMORY)
def cached(server, request):
    return use_in_memory(server, request.param, "JiraTokenCacheTimeout 600")


def notes(server):
    [[count]] = server.sql("SELECT count(*) FROM noted")
    return count


def test_last_use_is_written_once_however_many_ask(cached):
    cached.start()
    tokens = [cached.create() for _ in range(3)]
    cached.database.note("UPDATE")
    begin = int(time.time())
    for token in tokens:
        assert set(ask(cached, token, 40)) == {200}
    cached.graceful()       # ends when what it was doing is done
    assert notes(cached) == len(tokens)
    for token in tokens:
        assert begin <= last_use(cached, token)[0] <= time.time()
        assert set(ask(cached, token, 8)) == {200}
    cached.graceful()
    assert notes(cached) == len(tokens)


def test_use_from_a_cold_cache_is_not_written_again(cached):
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    for _ in range(3):
        assert set(ask(cached, token, 8)) == {200}
        cached.graceful()
    assert notes(cached) == 1


def test_tokens_that_are_used_at_once_are_all_noted(cached):
    """Some by a thread that was at it."""
    cached.start()
    tokens = [cached.create() for _ in range(16)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        said = list(pool.map(lambda token: cached.check("alice", token).status, tokens))
    assert said == [200] * 16
    cached.poll(lambda: all(last_use(cached, token)[0] for token in tokens))


@pytest.mark.database("pgsql", "mysql")     # SQLite gives up what waits so long
def test_tokens_that_are_used_while_the_table_is_held_are_all_noted(cached):  # F12
    cached.start()
    # A child of prefork's is one thread: it waits with what it has to note.
    tokens = [cached.create() for _ in range(4 if cached.mpm == "prefork" else 10)]
    with cached.database.held():
        for token in tokens:
            assert cached.check("alice", token).status == 200
    cached.poll(lambda: all(last_use(cached, token)[0] for token in tokens))


def two_of_a_place(server):
    """Two new tokens whose writers have one place in shared memory."""
    seen = {}
    while (place := int(server.digest(token := shaped())[:8], 16) % 1024) not in seen:
        seen[place] = token
    for made in (seen[place], token):
        server.insert(made[-9:], digest=server.digest(made))
    return seen[place], token


def waiting(server):
    [[count]] = server.sql("SELECT count(*) FROM pg_stat_activity "
                           "WHERE wait_event_type = 'Lock'")
    return count


@pytest.mark.database("pgsql")      # which shows what waits
def test_tokens_whose_writers_have_one_place_are_both_noted(cached):
    """Neither child waits for the other, nor gives up."""
    pair = two_of_a_place(cached)
    cached.start()
    with cached.database.held():
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            said = list(pool.map(lambda token: cached.check("alice", token).status, pair))
        assert said == [200, 200]
        # A child writes one at a time; each of prefork's answers one at a time.
        cached.poll(lambda: waiting(cached) >= (2 if cached.mpm == "prefork" else 1))
    cached.poll(lambda: all(last_use(cached, token)[0] for token in pair))


@pytest.mark.database("pgsql")      # which shows what waits
def test_one_writes_the_use_of_a_token_however_long_it_takes(cached):
    cached.settings += f"JiraTokenLastUsedInterval {INTERVAL}\n"
    cached.expect(SILENT)   # when the database ends a note that has waited for long
    cached.use_own_clock()
    cached.start()
    token = cached.create()

    with cached.database.held():
        for _ in range(3):
            with load(cached, {"alice": token}, each=6) as clients:
                cached.poll(lambda: waiting(cached))
                for _ in range(5):
                    go_on(cached, clients)
                    assert waiting(cached) <= 1
            assert {said for client in clients for said in client.answers()} == {200}
            cached.pass_time(INTERVAL + 1, is_idle=False)


def hammer(server, token, times, is_done=lambda number: True):
    """Many clients, while so many times so many seconds pass; each time they have
    been answered and this is true."""
    for number in range(times + 1):
        if number:
            server.pass_time(INTERVAL + 1)
        with load(server, {"alice": token}, each=4) as clients:
            go_on(server, clients, 5)
            server.poll(lambda n=number: is_done(n))
        assert {said for client in clients for said in client.answers()} == {200}


def test_interval_shorter_than_the_timeout_is_kept_to(cached):
    cached.settings += f"JiraTokenLastUsedInterval {INTERVAL}\n"
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    begin = cached.now()
    hammer(cached, token, 4, lambda number: notes(cached) > number)
    cached.graceful()
    assert notes(cached) == 5
    assert last_use(cached, token)[0] >= begin + 4 * INTERVAL


def test_timeout_shorter_than_the_interval_writes_nothing_more(cached):
    cached.settings += (f"JiraTokenCacheTimeout {INTERVAL}\n"
                        f"JiraTokenLastUsedInterval {10 * INTERVAL}\n")
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    hammer(cached, token, 4)
    cached.graceful()
    assert notes(cached) == 1


def test_interval_of_zero_writes_nothing(cached):
    cached.settings += "JiraTokenLastUsedInterval 0\n"
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    assert set(ask(cached, token)) == {200}
    cached.graceful()
    assert notes(cached) == 0 and last_use(cached, token) == (None, None)


def test_use_that_cannot_be_written_is_no_refusal(cached):  # F12
    cached.settings += f"JiraTokenLastUsedInterval {INTERVAL}\n"
    cached.expect(SILENT)
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    cached.database.refuse("UPDATE")
    hammer(cached, token, 2)
    cached.database.allow("UPDATE")
    cached.pass_time(INTERVAL + 1)
    cached.poll(lambda: cached.check("alice", token).status == 200
                and last_use(cached, token)[0])


def test_use_that_is_due_does_not_make_the_database_necessary(cached):  # F12
    cached.settings += (f"JiraTokenCacheTimeout {10 * INTERVAL}\n"
                        f"JiraTokenLastUsedInterval {INTERVAL}\n")
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        hammer(cached, token, 2)
    cached.poll(lambda: cached.check("alice", token).status == 200)


def test_slow_write_of_the_last_use_delays_no_check(cached):  # F12
    cached.settings += f"JiraTokenLastUsedInterval {INTERVAL}\n"
    cached.expect(SILENT)
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200

    def seconds_of(path):
        with load(cached, {"alice": token}, path, each=2) as clients:
            go_on(cached, clients, 100)
        assert {said for client in clients for said in client.answers()} == {200}
        return [seconds for client in clients for _, seconds, _, _ in client.seen]
    control = seconds_of(OPEN)
    with cached.database.held():
        cached.pass_time(INTERVAL + 1)
        assert_soon(seconds_of("/files/hello.txt"), control, 0.3, 0.9)
