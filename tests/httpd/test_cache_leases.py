# SPDX-License-Identifier: Apache-2.0
"""In a cache that servers share a row is believed under its lease alone; and what
a user can leave there."""

import pytest

from remembering import LEASE, TROUBLE, ask, entry_of, lease_of, no_table, said, use, warm
from server import shaped

pytestmark = pytest.mark.database("pgsql")      # it is asked as any other is

def test_grant_is_believed_under_its_own_lease_alone(redis):  # F13
    """And if that is lost, the table is asked: a cache that has to make room takes
    whatever it likes."""
    redis.start()
    token, other = redis.create(), redis.create()
    for one in (token, other):
        entry_of(redis, one)
    mine, yours = lease_of(redis, token), lease_of(redis, other)
    good, foreign = redis.cache.get(mine), redis.cache.get(yours)
    changed = [good[:place] + bytes([good[place] ^ 1]) + good[place + 1:]
               for place in (0, *range(21, 29))]
    with no_table(redis):
        for bad in (b"", b"x", good[:-1], good + b"x", foreign, b"\x12" + bytes(20),
                    LEASE + bytes(36), *changed):
            redis.cache.set(mine, bad)
            assert redis.check("alice", token).status == 503, bad
        redis.cache.ask("DEL", mine)
        assert ask(redis, token, 8) == [503] * 8
        redis.cache.set(mine, good)
        assert ask(redis, token, 8) == [200] * 8
        assert ask(redis, other, 8) == [200] * 8
    for bad in (b"", b"x", foreign, LEASE + bytes(36)):
        redis.cache.set(mine, bad)
        warm(redis, token)
    redis.cache.ask("DEL", mine)
    warm(redis, token)
    assert not said(redis, TROUBLE)


def test_lease_that_is_about_to_end_is_taken_anew(redis):
    """In time, so that what is kept does not end with it."""
    redis.use_own_clock()
    redis.start()
    token = redis.create()
    assert redis.check("alice", token).status == 200
    key = lease_of(redis, token)
    first = redis.cache.get(key)
    assert 600 + 3600 < redis.cache.ask("TTL", key) <= 600 + 3600 + 61
    for seconds, is_new in ((3000, False), (601, True), (0, False)):
        redis.pass_time(seconds)
        warm(redis, token)
        assert (redis.cache.get(key) != first) == is_new
        first = redis.cache.get(key)


# ---- how much is there


def ttls(server):
    return [server.cache.ask("TTL", key) for key in server.cache.keys()]


def test_creating_and_revoking_in_a_loop_leaves_nothing(redis):  # R03
    redis.start()
    for _ in range(200):
        redis.revoke(redis.create())
    assert all(ttl <= 2 for ttl in ttls(redis))
    redis.poll(lambda: not redis.cache.keys())


def test_creating_using_and_revoking_in_a_loop_leaves_nothing(outside):  # R03
    outside.start()
    for _ in range(20):
        token = outside.create()
        assert outside.check("alice", token).status == 200
        outside.revoke(token)
    if outside.cache and outside.cache.kind == "redis":
        assert all(ttl <= 2 for ttl in ttls(outside))
        outside.poll(lambda: not outside.cache.keys())


def test_user_leaves_two_entries_for_each_token_that_is_in_use(redis):  # R03
    redis.settings += "JiraTokenMax 5\nJiraTokenCacheGrace 100\n"
    redis.start()
    tokens = [redis.create() for _ in range(5)]
    for _ in range(3):
        for token in tokens:
            assert set(ask(redis, token, 4)) == {200}
            assert redis.check("bob", token).status == 401
        assert redis.check("alice", shaped()).status == 401
        assert len(redis.cache.keys()) == 2 * len(tokens)
        assert all(0 < ttl <= 600 + 100 + 61 + 3600 for ttl in ttls(redis))
    fields = [("id", redis.id_of(token)) for token in tokens]
    assert redis.post("/tokens/revoke", fields, user="alice").status == 303
    redis.poll(lambda: not redis.cache.keys())
