# SPDX-License-Identifier: Apache-2.0
"""The last use of a token that is remembered: written down once an interval,
however many ask, and never in anybody's way."""

import concurrent.futures
import time

import pytest

from credentials import last_use
from faults import SILENT
from load import load
from remembering import ask, no_table, use_shmcb


@pytest.fixture
def cached(server):
    return use_shmcb(server, "JiraTokenCacheTimeout 600")


def notes(server):
    [[count]] = server.sql("SELECT count(*) FROM noted")
    return count


def test_last_use_is_written_once_however_many_ask(cached):
    cached.start()
    tokens = [cached.create() for _ in range(3)]
    cached.database.note("UPDATE")
    for token in tokens:
        assert set(ask(cached, token, 40)) == {200}
    cached.graceful()       # ends when what it was doing is done
    assert notes(cached) == len(tokens)
    for token in tokens:
        assert abs(last_use(cached, token)[0] - time.time()) < 20
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
    cached.poll(lambda: all(last_use(cached, token)[0] for token in tokens), 10)


@pytest.mark.database("pgsql", "mysql")     # SQLite gives up what waits so long
def test_tokens_that_are_used_while_the_table_is_held_are_all_noted(cached):  # F12
    cached.start()
    # A child of prefork's is one thread: it waits with what it has to note.
    tokens = [cached.create() for _ in range(4 if cached.mpm == "prefork" else 10)]
    with cached.database.held():
        for token in tokens:
            assert cached.check("alice", token).status == 200
    cached.poll(lambda: all(last_use(cached, token)[0] for token in tokens), 10)


@pytest.mark.database("pgsql")      # which shows what waits
def test_one_writes_the_use_of_a_token_however_long_it_takes(cached):
    cached.settings += "JiraTokenLastUsedInterval 1\n"
    cached.expect(SILENT)   # when the database ends a note that has waited for long
    cached.start()
    token, most = cached.create(), 0
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with cached.database.held():
        end = time.monotonic() + 3.2
        with load(cached, {"alice": token}, each=6) as clients:
            while time.monotonic() < end:
                most = max(most, cached.sql(waiting)[0][0])
    assert {said for client in clients for said in client.answers()} == {200}
    assert most == 1


def hammer(server, token, seconds):
    """Many clients for so long: when the last of them was answered."""
    end = time.monotonic() + seconds
    with load(server, {"alice": token}, each=4) as clients:
        server.poll(lambda: time.monotonic() > end, seconds + 10)
    assert {said for client in clients for said in client.answers()} == {200}


def test_interval_shorter_than_the_timeout_is_kept_to(cached):
    cached.settings += "JiraTokenLastUsedInterval 1\n"
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    begin = time.time()
    hammer(cached, token, 3.2)
    cached.graceful()
    assert 3 <= notes(cached) <= time.time() - begin + 2    # whole seconds
    assert last_use(cached, token)[0] >= begin + 2


def test_timeout_shorter_than_the_interval_writes_nothing_more(cached):
    cached.settings += "JiraTokenCacheTimeout 1\nJiraTokenLastUsedInterval 600\n"
    cached.start()
    token = cached.create()
    cached.database.note("UPDATE")
    hammer(cached, token, 2.5)
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
    cached.settings += "JiraTokenLastUsedInterval 1\n"
    cached.expect(SILENT)
    cached.start()
    token = cached.create()
    cached.database.refuse("UPDATE")
    hammer(cached, token, 1.5)
    cached.database.allow("UPDATE")
    cached.poll(lambda: cached.check("alice", token).status == 200
                and last_use(cached, token)[0])


def test_use_that_is_due_does_not_make_the_database_necessary(cached):  # F12
    cached.settings += "JiraTokenLastUsedInterval 1\n"
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        hammer(cached, token, 1.5)
    cached.poll(lambda: cached.check("alice", token).status == 200)


def test_slow_write_of_the_last_use_delays_no_check(cached):  # F12
    cached.settings += "JiraTokenLastUsedInterval 1\n"
    cached.expect(SILENT)
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    with cached.database.held():
        end = time.monotonic() + 1.5
        with load(cached, {"alice": token}, each=2) as clients:
            cached.poll(lambda: time.monotonic() > end)
    assert {said for client in clients for said in client.answers()} == {200}
    took = sorted(seconds for client in clients for _, seconds, _, _ in client.seen)
    assert took[len(took) * 9 // 10] < 0.3, took[-20:]
