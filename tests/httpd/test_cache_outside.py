# SPDX-License-Identifier: Apache-2.0
"""A cache that others share, and may write to: redis above all. Whoever does
not have the key can make the database be asked, and nothing else."""

import concurrent.futures
import hmac
import os
import secrets

import pytest

from databases import ROLE
from faults import SILENT
from load import load
from remembering import (GRANT, LEASE, PROVIDER, TROUBLE, ask, entry_of,
                         is_remembered, no_table, said, use, warm)
from server import shaped

pytestmark = pytest.mark.database("pgsql")      # it is asked as any other is

# ---- every provider


def test_remembered_token_needs_no_database(outside):
    outside.start()
    token, unused = outside.create(), outside.create()
    warm(outside, token)
    with no_table(outside):
        assert ask(outside, unused, 4) == ask(outside, shaped(), 4) == [503] * 4
        assert ask(outside, token, 4, "bob") == [503] * 4
    assert ask(outside, token, 4, "bob") == [401] * 4


def test_revoked_token_is_refused_by_the_next_request(outside):  # C01, C02
    outside.start()
    for _ in range(20):
        token = outside.create()
        assert set(ask(outside, token, 8)) == {200}
        outside.revoke(token)
        assert ask(outside, token, 8) == [401] * 8


def test_timeout_of_a_second_is_one(outside):
    outside.settings += "JiraTokenCacheTimeout 1\n"
    outside.start()
    for _ in range(8):
        assert ask(outside, outside.create(), 2) == [200] * 2
    token = outside.create()

    def is_kept():
        assert outside.check("alice", token).status == 200
        with no_table(outside):
            return outside.check("alice", token).status == 200
    outside.poll(is_kept)
    outside.sql("DELETE FROM jiratoken")
    outside.poll(lambda: outside.check("alice", token).status == 401)


def test_token_expires_while_it_is_remembered(outside):  # C04
    outside.use_own_clock("2027-01-15 23:55:00")
    outside.start()
    token = outside.create(expires="2027-01-15")
    assert outside.check("alice", token).status == 200
    outside.pass_time(300)
    assert outside.check("alice", token).status == 401
    assert outside.check("alice", token).get("JiraToken-Status") == "expired"


def test_row_that_is_too_long_for_the_cache_is_looked_up(outside):
    """Which only another program can have made."""
    outside.expect(f"{PROVIDER}|{TROUBLE}")
    outside.sql("ALTER TABLE jiratoken ALTER COLUMN label TYPE TEXT")
    outside.start()
    token = outside.create()
    for size in (900, 1000, 1900, 2100, 50000):
        outside.sql("UPDATE jiratoken SET label = ?", "x" * size)
        outside.graceful()
        assert ask(outside, token, 4) == [200] * 4
    outside.revoke(token)
    assert ask(outside, token) == [401] * 16


def test_row_that_is_too_long_keeps_nobody_from_the_cache(redis):
    redis.expect(SILENT)
    redis.sql("ALTER TABLE jiratoken ALTER COLUMN label TYPE TEXT")
    redis.start()
    token, other = redis.create(), redis.create()
    redis.sql("UPDATE jiratoken SET label = ? WHERE id = ?", "x" * 2100,
              redis.id_of(other))
    assert redis.check("alice", token).status == 200
    for _ in range(3):
        assert redis.check("alice", other).status == 200
        with no_table(redis):
            assert redis.check("alice", token).status == 200


def test_what_is_kept_names_nobody_who_could_be_found(redis):  # C10, S04
    """The owner and the label are there; nothing that opens anything is."""
    redis.start()
    token = redis.create()
    warm(redis, token)
    keys = redis.cache.keys()
    values = [redis.cache.get(key) for key in keys]
    assert [b"alice" in value for value in values].count(True) == 1
    assert len(keys) == 2       # beside its lease
    for secret in (token, token[3:46], redis.digest(token)):
        for kept in (*keys, *values):
            assert secret.lower().encode() not in kept.lower()
    for raw in (bytes.fromhex(redis.digest(token)), bytes.fromhex(redis.key)):
        assert not any(raw in value for value in values)


# ---- what others write there


def seal(server, key, value, by=None):
    """As who has the key would: jt_entry.h and jt_secret.h in Python."""
    derived = hmac.new(bytes.fromhex(by or server.key), b"mod_jiratoken\0seal 1\0",
                       "sha256").digest()
    number = bytes.fromhex(key.decode().rpartition(":")[2])
    return value + hmac.new(derived, number + value, "sha256").digest()


@pytest.fixture
def two(redis):
    """Tokens of alice's, with what is kept of them."""
    redis.expect(TROUBLE)
    redis.start()
    redis.pairs = []
    for _ in range(2):
        token = redis.create()
        redis.pairs.append((token, *entry_of(redis, token)))
    return redis


def test_only_the_key_makes_an_entry(two):  # F13
    """That the forgery below would be believed, were it not for the seal."""
    (token, key, value), _ = two.pairs
    plain = value[:-32]
    assert seal(two, key, plain) == value
    forged = plain.replace(b"alice\0", b"bob\0")
    with no_table(two):
        two.cache.set(key, seal(two, key, forged))
        assert ask(two, token, 4, "bob") == [200] * 4
        for bad in (forged, forged + value[-32:], forged + bytes(32),
                    seal(two, key, forged, secrets.token_hex(32))):
            two.cache.set(key, bad)
            assert ask(two, token, 8, "bob") == [503] * 8
            assert ask(two, token, 8) == [503] * 8
    two.cache.set(key, forged)
    assert ask(two, token, 8, "bob") == [401] * 8
    assert ask(two, token, 8) == [200] * 8


def test_entry_under_another_key_is_none(two):  # F13
    (first, one, mine), (second, other, yours) = two.pairs
    two.sql("UPDATE jiratoken SET user_name = 'bob' WHERE digest = ?", two.digest(second))
    two.cache.set(one, yours)
    two.cache.set(other, mine)
    assert ask(two, first, 8) == ask(two, second, 8, "bob") == [200] * 8
    two.cache.set(one, yours)
    two.cache.set(other, mine)
    assert ask(two, first, 8, "bob") == ask(two, second, 8) == [401] * 8


@pytest.mark.parametrize("junk", [
    b"", b"x", b"x" * 31, b"x" * 32, b"x" * 33, b"x" * 2047, b"x" * 2048, b"x" * 2049,
    b"x" * 10**6, b"\0" * 100, bytes(range(256)), b"\x11" + b"\0" * 100,
    GRANT + b"\0" * 100, LEASE + b"\0" * 36, b"$-1\r\n",
    b"-ERR\r\n", b"END\r\n",
])
def test_junk_is_no_entry(two, junk):  # F13
    two.expect(PROVIDER)
    (token, key, _), _ = two.pairs
    two.cache.set(key, junk)
    assert ask(two, token, 8, "bob") == [401] * 8
    two.cache.set(key, junk)
    assert ask(two, token, 8) == [200] * 8


def test_value_of_another_kind_is_no_entry(two):  # F13
    two.expect(PROVIDER)
    (token, key, _), _ = two.pairs
    for words in (("LPUSH", key, "x"), ("HSET", key, "x", "y"), ("SADD", key, "x")):
        two.cache.ask("DEL", key)
        two.cache.ask(*words)
        assert ask(two, token, 8) == [200] * 8
        assert ask(two, token, 8, "bob") == [401] * 8
        assert ask(two, shaped(), 4) == [401] * 4


def test_each_changed_byte_makes_the_table_be_asked(two):  # F13
    (token, key, value), _ = two.pairs
    with no_table(two):
        for place in range(0, len(value), 5):
            changed = bytearray(value)
            changed[place] ^= 1
            two.cache.set(key, bytes(changed))
            assert two.check("alice", token).status == 503
        two.cache.set(key, value)
        assert ask(two, token) == [200] * 16


def test_forgeries_are_told_once_a_minute(two):
    (token, key, _), _ = two.pairs
    for _ in range(10):
        two.cache.set(key, b"junk")
        assert ask(two, token, 4) == [200] * 4
    lines = said(two, TROUBLE)
    assert 1 <= len(lines) <= len(two.children())
    assert all("did not write" in line for line in lines)


def test_entry_that_is_put_back_after_the_revocation_is_not_believed(two):  # C01
    (token, key, value), _ = two.pairs
    two.revoke(token)
    two.cache.set(key, value)
    assert ask(two, token) == [401] * 16
    with no_table(two):
        two.cache.set(key, value)
        assert ask(two, token) == [503] * 16


def test_entry_that_is_put_back_is_believed_no_longer_than_the_timeout(redis):
    """By a server that did not revoke the token itself, nor was told: whoever
    writes to the cache can undo what it says of a revocation."""
    redis.use_own_clock()
    redis.expect(TROUBLE)
    redis.start()
    token = redis.create()
    key, value = entry_of(redis, token)
    redis.sql("DELETE FROM jiratoken")
    redis.cache.set(key, value)
    assert redis.check("alice", token).status == 200
    redis.pass_time(601)
    redis.cache.set(key, value)
    assert ask(redis, token) == [401] * 16


def test_expired_entry_that_is_put_back_is_not_believed(redis):  # C04
    redis.use_own_clock("2027-01-15 23:55:00")
    redis.start()
    token = redis.create(expires="2027-01-15")
    key, value = entry_of(redis, token)
    redis.pass_time(300)
    assert redis.check("alice", token).status == 401
    redis.cache.set(key, value)
    answers = [redis.check("alice", token) for _ in range(8)]
    assert {(a.status, a.get("JiraToken-Status")) for a in answers} == {(401, "expired")}


def test_note_of_a_revocation_cannot_be_forged(two):
    """It would only make the table be asked."""
    (token, key, _), _ = two.pairs
    two.cache.set(key, b"\x12" + bytes(20))
    assert ask(two, token) == [200] * 16


def test_flushed_cache_is_filled_again(two):  # F13
    (token, _, _), _ = two.pairs
    for _ in range(3):
        two.cache.flush()
        assert ask(two, token) == [200] * 16
        assert is_remembered(two, token)


# ---- a server that stops, freezes or comes back


def count_warnings(server):
    """Lines of ours: one a minute, of each child, beside revocations, of which
    each is told."""
    lines = [line for line in said(server, TROUBLE) if "of a revocation" not in line]
    assert len(lines) <= len(server.children()), lines
    return len(lines)


def test_stopped_redis_is_done_without(redis):  # C09, F13
    """What its driver had open it finds out one by one, every five seconds: so
    there is little of it here."""
    redis.expect(f"{TROUBLE}|{PROVIDER}|{SILENT}")
    redis.start()
    token = redis.create()
    assert ask(redis, token, threads=1) == [200] * 16
    redis.cache.stop()
    for _ in range(3):
        assert ask(redis, token) == [200] * 16
        assert ask(redis, shaped(), 4) == ask(redis, token, 4, "bob") == [401] * 4
    assert count_warnings(redis) >= 1
    gone = redis.create()
    assert ask(redis, gone, 4) == [200] * 4
    redis.revoke(gone)
    assert ask(redis, gone) == [401] * 16
    redis.cache.start()
    redis.poll(lambda: ask(redis, token, 8) == [200] * 8 and redis.cache.keys())
    count_warnings(redis)


def test_redis_that_is_down_at_the_start_is_used_once_it_is_up(redis):  # C09
    redis.expect(f"{TROUBLE}|{PROVIDER}|{SILENT}")
    redis.cache.stop()
    redis.start()
    token = redis.create()
    assert ask(redis, token) == [200] * 16
    redis.cache.start()
    redis.poll(lambda: ask(redis, token, 8) == [200] * 8 and redis.cache.keys())


def test_restarted_redis_costs_nobody_anything(redis):  # C09
    redis.expect(f"{TROUBLE}|{PROVIDER}|{SILENT}")
    redis.start()
    token = redis.create()
    for end in (redis.cache.stop, redis.cache.kill):
        assert set(ask(redis, token)) == {200}
        end()
        redis.cache.start()
        assert ask(redis, token) == [200] * 16
        assert ask(redis, token, 4, "bob") == [401] * 4
    redis.revoke(token)
    assert ask(redis, token) == [401] * 16


@pytest.mark.parametrize("kind", ["redis", "memcache"])
def test_frozen_cache_delays_a_few_and_refuses_nobody(server, caches, kind):  # C09
    """Its driver waits for it without end: no more requests may hang for it than
    may for a frozen database."""
    use(server, kind, caches, "JiraTokenCacheTimeout 600")
    server.expect(f"{TROUBLE}|{PROVIDER}|{SILENT}")
    server.start()
    token = server.create()
    warm(server, token)
    server.cache.freeze()
    with load(server, {"alice": token}, each=12) as clients:
        try:
            server.poll(lambda: sum(len(client.seen) for client in clients) > 100)
            assert server.check("alice", shaped()).status == 401
            assert server.get("/open/hello.txt").status == 200
        finally:
            server.cache.thaw()
    assert {said for client in clients for said in client.answers()} == {200}
    count_warnings(server)


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
@pytest.mark.parametrize("kind", ["redis", "memcache"])
def test_frozen_cache_keeps_no_token_from_being_revoked(server, caches, kind, several):
    """C01, C09: nor keeps the database from anybody, of which there is little.
    Who revokes waits, and the row has gone before."""
    use(server, kind, caches, "JiraTokenCacheTimeout 600", "JiraTokenDatabaseLimit 1",
        "JiraTokenLastUsedInterval 0")
    server.use_own_clock()
    server.expect(f"{TROUBLE}|{PROVIDER}|cannot answer fast enough")
    server.start()
    good, *gone = [server.create() for _ in range(4)]
    for token in (good, *gone):
        assert server.check("alice", token).status == 200
    forms = [("/tokens/revoke", [("id", server.id_of(token)) for token in gone])] \
        if several else [(f"/tokens/{server.id_of(token)}/revoke", {}) for token in gone]
    server.cache.freeze()
    with concurrent.futures.ThreadPoolExecutor(len(forms)) as pool:
        try:
            said = [pool.submit(server.post, *form, user="alice") for form in forms]
            server.poll(lambda: len(server.rows()) == 1)
            server.pass_time(2, is_idle=False)     # then others do without the cache
            # What the database was asked meanwhile seems to hang until it answers.
            server.poll(lambda: server.check("alice", shaped()).status == 401)
            for token in gone:
                assert ask(server, token, 4, threads=1) == [401] * 4
            assert ask(server, good, 8, threads=1) == [200] * 8
        finally:
            server.cache.thaw()
    assert {one.result().status for one in said} == {303}


def test_full_redis_is_done_without(redis):
    redis.expect(f"{TROUBLE}|{PROVIDER}")
    redis.start()
    token = redis.create()
    redis.cache.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        assert ask(redis, token) == [200] * 16
        redis.revoke(token)
        assert ask(redis, token) == [401] * 16
    finally:
        redis.cache.ask("CONFIG", "SET", "maxmemory", "0")


def test_dbm_file_that_is_damaged_is_done_without(server, caches):  # F13
    use(server, "dbm", caches, "JiraTokenCacheTimeout 600")
    server.expect(f"{TROUBLE}|{PROVIDER}")
    server.start()
    token = server.create()
    warm(server, token)
    [*files] = (server.root / "data").glob("cache*")
    assert files
    for path in files:
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.write(os.urandom(size))
    assert ask(server, token) == [200] * 16
    assert ask(server, token, 4, "bob") == ask(server, shaped(), 4) == [401] * 4
    server.revoke(token)
    assert ask(server, token) == [401] * 16


# ---- clocks


def test_entry_from_the_future_is_not_believed(redis):
    """A clock that was put back makes nothing last longer."""
    redis.set_clock("2031-05-01 12:00:00")
    redis.start()
    token = redis.create()
    assert redis.check("alice", token).status == 200
    redis.set_clock("2031-05-01 11:59:00")
    redis.restart()
    with no_table(redis):
        assert ask(redis, token) == [503] * 16


def test_restarted_httpd_knows_what_it_kept_and_what_it_revoked(redis):
    redis.start()
    token, gone = redis.create(), redis.create()
    warm(redis, token)
    warm(redis, gone)
    redis.revoke(gone)
    redis.restart()
    with no_table(redis):
        assert ask(redis, token) == [200] * 16
        assert ask(redis, gone) == [503] * 16
    assert ask(redis, gone) == [401] * 16


def test_other_tables_and_databases_share_no_yes(redis):
    redis.database.make_table("others")
    redis.locations += """
<VirtualHost *:*>
    ServerName main
</VirtualHost>
<VirtualHost *:*>
    ServerName other
    JiraTokenTable others
</VirtualHost>
"""
    redis.start()
    token = redis.create()
    headers = {"Host": "other"}
    for _ in range(4):
        assert redis.check("alice", token).status == 200
        assert redis.get("/files/hello.txt", user="alice", password=token,
                         headers=headers).status == 401


def test_hosts_whose_connections_begin_otherwise_share_no_yes(redis):
    """The same words for the database, and another table behind its name."""
    second = f"{redis.database.name}_second"
    redis.database.run(f"CREATE SCHEMA {second}; "
                       f"CREATE TABLE {second}.jiratoken (LIKE jiratoken INCLUDING ALL)")
    redis.database.run(f"GRANT USAGE ON SCHEMA {second} TO {ROLE}; "
                       f"GRANT ALL ON {second}.jiratoken TO {ROLE}")
    redis.locations += f"""
<VirtualHost *:*>
    ServerName main
</VirtualHost>
<VirtualHost *:*>
    ServerName other
    DBDMax 7
    DBDInitSQL "SET search_path TO {second}"
</VirtualHost>
"""
    redis.start()
    token = redis.create()

    def at(host):
        return redis.get("/files/hello.txt", user="alice", password=token,
                         headers={"Host": host}).status
    assert [at(host) for host in ("main", "other") * 4] == [200, 401] * 4
