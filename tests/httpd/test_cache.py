# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a token, and for how long; that this is the same as the
table says; and that nobody else is let in by it. In the module's own table, and in
shmcb, the provider that needs no server; the others are test_cache_outside.py's."""

import hashlib
import os
import secrets
import socket

import pytest

from credentials import set_expiry
from remembering import IN_MEMORY, ask, no_table, use_in_memory, warm
from server import HANGS, basic, shaped
from sockets import is_read


@pytest.fixture(params=IN_MEMORY)
def cached(server, request):
    return use_in_memory(server, request.param)


# ---- how long


def test_remembered_token_needs_no_database(cached):
    cached.start()
    token, unused = cached.create(), cached.create()
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        assert ask(cached, token) == [200] * 16
        assert ask(cached, unused, 4) == [503] * 4
        assert ask(cached, shaped(), 4) == [503] * 4
        assert ask(cached, token, 4, "bob") == [503] * 4
    assert ask(cached, unused, 4) == [200] * 4


@pytest.mark.parametrize("lines", [
    "JiraTokenCacheTimeout 0", "JiraTokenCache off", "JiraTokenCache OFF",
    "JiraTokenCache shared\nJiraTokenCacheTimeout 0",
])
def test_cache_can_be_switched_off(cached, lines):
    cached.settings += lines + "\n"
    cached.start()
    token = cached.create()
    assert ask(cached, token) == [200] * 16
    with no_table(cached):
        assert ask(cached, token) == [503] * 16
    cached.sql("DELETE FROM jiratoken")
    assert ask(cached, token) == [401] * 16


def test_remembered_token_is_looked_up_again_after_the_timeout(cached):
    """A row that SQL deletes, behind the server's back, is the one thing that
    takes so long."""
    cached.settings += "JiraTokenCacheTimeout 600\n"
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    cached.sql("DELETE FROM jiratoken")
    assert ask(cached, token) == [200] * 16
    cached.pass_time(601)
    assert ask(cached, token) == [401] * 16


def test_use_does_not_prolong_what_is_remembered(cached):
    cached.settings += "JiraTokenCacheTimeout 600\nJiraTokenLastUsedInterval 0\n"
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        cached.pass_time(400)
        assert ask(cached, token) == [200] * 16
        cached.pass_time(201)
        assert ask(cached, token) == [503] * 16
    assert ask(cached, token) == [200] * 16


def test_request_that_began_before_the_answer_was_known_finds_it(cached):
    """Its headers took a second to come: in a crowd, some always began before."""
    cached.use_own_clock()
    cached.start()
    token, now = cached.create(), int(cached.now())
    cached.hold_time(now)
    wire = socket.create_connection(("127.0.0.1", cached.port), HANGS)
    wire.sendall(b"GET /files/hello.txt HTTP/1.0\r\n")
    cached.poll(lambda: is_read(wire, cached.port))
    cached.hold_time(now + 1)
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        wire.sendall(f"Authorization: {basic('alice', token)}\r\n\r\n".encode())
        assert b" 200 " in wire.makefile("rb").readline()
    wire.close()


# ---- never a no


def test_refusal_is_not_remembered(cached):
    cached.start()
    token, mine = shaped(), cached.create()
    set_expiry(cached, mine, 1)
    for user in ("alice", "bob"):
        assert ask(cached, token, 8, user) == [401] * 8
        assert ask(cached, mine, 8, user) == [401] * 8
    cached.tokens.append(token)
    cached.insert("late", digest=cached.digest(token))
    set_expiry(cached, mine, None)
    assert ask(cached, token) == ask(cached, mine) == [200] * 16
    assert ask(cached, token, 4, "bob") == [401] * 4


def test_token_with_limits_that_cannot_be_kept_to_is_not_remembered(cached):
    cached.start()
    token = cached.create()
    for change in ("restrictions = '127.0.0.1'", "restrictions = 'write'"):
        cached.sql(f"UPDATE jiratoken SET {change}")
        assert ask(cached, token, 8) == [401] * 8
    cached.sql("UPDATE jiratoken SET restrictions = NULL")
    assert ask(cached, token, 8) == [200] * 8


# ---- nobody else


@pytest.mark.parametrize("user", ["bob", "ALICE", "alice ", " alice", "alic", "alicee",
                                  "\u00e1lice", "nobody"])
def test_remembered_token_lets_nobody_else_in(cached, user):  # A03, A04
    cached.start()
    token = cached.create()
    warm(cached, token)
    seen = [cached.check(user, token).without_date() for _ in range(8)]
    unknown = cached.check("alice", shaped()).without_date()
    assert seen == [unknown] * 8 and unknown[0] == 401
    assert ask(cached, token) == [200] * 16


def test_users_are_not_mixed_up(cached):  # K01
    cached.settings += 'Header always set X-User "expr=%{REMOTE_USER}"\n'
    cached.modules.append("headers")
    cached.start()
    tokens = {user: cached.create(user) for user in ("alice", "bob", "carol")}
    for _ in range(20):
        for user, token in tokens.items():
            answer = cached.check(user, token)
            assert (answer.status, answer.get("X-User")) == (200, user)
            for other in set(tokens) - {user}:
                assert cached.check(other, token).status == 401


def test_any_other_character_is_another_token(cached):  # A02
    cached.start()
    token = cached.create()
    warm(cached, token)
    for place in range(3, 46):
        other = "a" if token[place] != "a" else "b"
        assert cached.check("alice", shaped(
            middle=token[3:place] + other + token[place + 1:46])).status == 401


# ---- the same as the table says


SHOWN = ("JIRATOKEN_ID", "JIRATOKEN_LABEL", "JIRATOKEN_SCOPE")


@pytest.mark.parametrize("expires", [None, 2000000000, 9223372036854775807])
def test_answers_are_the_same_from_the_cache_as_from_the_table(cached, expires):
    cached.modules.append("headers")
    cached.settings += "JiraTokenLastUsedInterval 0\n" + "".join(
        f'Header always set X-{name} "%{{{name}}}e"\n' for name in SHOWN)
    for file in cached.root.glob("docs/*/hello.txt"):
        os.utime(file, (0, 0))      # an ETag of a file that is new is a weak one
    cached.start()
    token = cached.create("alice", "caf\u00e9 \U0001f98a \u05d0")
    set_expiry(cached, token, expires)
    for path in ("/files/hello.txt", "/files/none", "/chain/hello.txt"):
        cached.graceful()       # and nothing is remembered
        first = cached.check("alice", token, path)
        with no_table(cached):
            assert cached.check("alice", token, path).without_date() \
                == first.without_date()
        assert first.get("X-JIRATOKEN_ID") == str(cached.id_of(token))
        assert first.get("X-JIRATOKEN_SCOPE") == "full"
        assert (first.get("JiraToken-Expires") is None) == (expires is None)


def test_subrequests_and_redirects_of_a_remembered_token(cached):  # A23
    (cached.root / "docs/files/sub").mkdir()
    (cached.root / "docs/files/sub/index.txt").write_text("index\n")
    cached.settings += "DirectoryIndex index.txt\nErrorDocument 404 /files/hello.txt\n"
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    with no_table(cached):
        assert cached.check("alice", token, "/files/sub/").text == "index\n"
        answer = cached.check("alice", token, "/files/none")
        assert (answer.status, answer.text) == (404, "hello\n")


def test_last_change_by_sql_is_seen_after_the_timeout(cached):
    cached.settings += "JiraTokenCacheTimeout 600\n"
    cached.use_own_clock()
    cached.start()
    token = cached.create()
    assert cached.check("alice", token).status == 200
    cached.sql("UPDATE jiratoken SET user_name = 'bob'")
    assert cached.check("bob", token).status == 200
    cached.pass_time(601)
    assert ask(cached, token) == [401] * 16
    assert cached.check("bob", token).status == 200


# ---- expiry


def test_token_expires_while_it_is_remembered(cached):  # C04
    cached.settings += "JiraTokenCacheTimeout 600\n"
    cached.use_own_clock("2027-01-15 23:55:00")
    cached.start()
    token = cached.create(expires="2027-01-15")
    warm(cached, token)
    cached.pass_time(300)
    for user, told in (("alice", "expired"), ("bob", None)):
        answer = cached.check(user, token)
        assert (answer.status, answer.get("JiraToken-Status")) == (401, told)
    assert ask(cached, token) == [401] * 16


# ---- keys, legacy tokens, virtual hosts


def test_token_of_an_older_key_is_remembered_and_revoked_too(cached):
    cached.start()
    token = cached.create()
    cached.stop()
    newer = secrets.token_hex(32)
    cached.write_key(newer, secrets.token_hex(32), cached.key)
    cached.start()
    warm(cached, token)
    assert ask(cached, token, 4, "bob") == [401] * 4
    cached.revoke(token)
    assert ask(cached, token) == [401] * 16


def test_token_of_a_key_that_was_taken_away_is_forgotten(cached):
    cached.start()
    token = cached.create()
    warm(cached, token)
    cached.write_key(secrets.token_hex(32))
    cached.graceful()
    assert ask(cached, token) == [401] * 16


def test_legacy_token_is_remembered_and_revoked_too(cached):
    cached.settings += "JiraTokenLegacy On\n"
    cached.start()
    token = "an old one: with a colon"
    number = cached.insert("old", digest=cached.digest(token))
    warm(cached, token)
    assert ask(cached, token, 4, "bob") == [401] * 4
    assert cached.post(f"/tokens/{number}/revoke", user="alice").status == 303
    assert ask(cached, token) == [401] * 16


def vhost(cached, name, *lines):
    text = "\n    ".join(lines)
    return f"""
<VirtualHost *:*>
    ServerName {name}
    {text}
</VirtualHost>
"""


def check_at(server, host, token, user="alice"):
    return server.get("/files/hello.txt", headers={
        "Host": host, "Authorization": basic(user, token)}).status


def test_virtual_hosts_with_one_table_share_what_is_remembered(cached):
    cached.locations += vhost(cached, "main") + vhost(cached, "other",
                                                      "JiraTokenPrefix zz")
    cached.start()
    token = cached.create()
    assert check_at(cached, "main", token) == 200
    with no_table(cached):
        assert check_at(cached, "other", token) == 200
    cached.revoke(token)
    assert {check_at(cached, host, token) for host in ("main", "other") * 8} == {401}


@pytest.mark.database("sqlite3")
def test_revocation_reaches_hosts_that_spell_the_database_otherwise(cached):  # C02
    """Or that have another first key, or the rights of another account."""
    (cached.root / "keys").write_text(f"{secrets.token_hex(32)}\n{cached.key}\n")
    (cached.root / "keys").chmod(0o600)
    spelt = cached.database.directives().replace("/data/", "/data/./")
    cached.locations += vhost(cached, "main") + vhost(cached, "other", spelt) \
        + vhost(cached, "third", f"JiraTokenKeyFile {cached.root}/keys")
    cached.start()
    token, hosts = cached.create(), ("main", "other", "third") * 6
    assert {check_at(cached, host, token) for host in hosts} == {200}
    cached.revoke(token)
    assert {check_at(cached, host, token) for host in hosts} == {401}


def test_virtual_hosts_with_other_tables_share_no_yes(cached):
    cached.database.make_table("others")
    cached.locations += vhost(cached, "main") + vhost(cached, "other",
                                                      "JiraTokenTable others")
    cached.start()
    token = cached.create()
    assert [check_at(cached, host, token) for host in ("main", "other") * 3] \
        == [200, 401] * 3
    cached.sql(f"INSERT INTO others {cached.database.overriding} "
               "SELECT * FROM jiratoken")
    assert check_at(cached, "other", token) == 200
    cached.revoke(token)
    assert [check_at(cached, host, token) for host in ("main", "other") * 3] \
        == [401, 200] * 3


@pytest.mark.database("sqlite3")    # the others' second database is test_cache_outside's
def test_virtual_hosts_with_other_databases_share_no_yes(cached):
    cached.locations += vhost(cached, "main") + vhost(
        cached, "other", f"DBDParams {cached.root}/data/second.db")
    first = cached.database.path
    cached.database.path = cached.root / "data/second.db"
    cached.database.make_table()
    cached.database.path = first
    cached.give(cached.root / "data")
    cached.start()
    token = cached.create()
    assert [check_at(cached, host, token) for host in ("main", "other") * 3] \
        == [200, 401] * 3


def test_virtual_hosts_have_their_own_timeouts(cached):
    cached.locations += vhost(cached, "main") + vhost(cached, "other",
                                                      "JiraTokenCacheTimeout 0")
    cached.start()
    token = cached.create()
    assert check_at(cached, "main", token) == check_at(cached, "other", token) == 200
    with no_table(cached):
        assert check_at(cached, "main", token) == 200
        assert check_at(cached, "other", token) == 503


# ---- what lies in memory


def shared_memory(pid):
    """Every byte that a process shares with its siblings, and not by a file."""
    found = b""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if rights.startswith("rw-s"):
                first, last = (int(place, 16) for place in span.split("-"))
                memory.seek(first)
                found += memory.read(last - first)
    return found


def test_memory_of_the_cache_holds_no_token(cached):  # C10
    cached.start()
    tokens = [cached.create(label=f"seen in memory {n}") for n in range(5)]
    for token in tokens:
        warm(cached, token)
    for pid in cached.children():
        memory = shared_memory(pid)
        for nth, token in enumerate(tokens):
            assert b"seen in memory %d" % nth in memory
            assert token.encode() not in memory and token[3:46].encode() not in memory
            assert basic("alice", token)[6:].encode() not in memory
            for digest in (cached.digest(token), hashlib.sha256(token.encode()).hexdigest()):
                assert digest.encode() not in memory
                assert bytes.fromhex(digest) not in memory
