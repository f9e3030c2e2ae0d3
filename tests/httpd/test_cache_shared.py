# SPDX-License-Identifier: Apache-2.0
"""The module's own table of what is remembered: what outlives which restart, what
becomes of an entry that is corrupt, and that a hit asks nothing of the system.
What it has in common with the other caches is in test_cache.py."""

import collections
import http.client
import os
import re
import shutil
import signal
import subprocess

import pytest

from faults import single
from remembering import ask, counts, use_cache, use_in_memory, use_status
from server import HANGS, basic

pytestmark = pytest.mark.plain


@pytest.fixture
def counted(server):
    """As long as a day: what is looked up is so for another cause."""
    return use_status(use_cache(server, "JiraTokenCacheTimeout 86400",
                                "JiraTokenLastUsedInterval 0"))


def look_ups(server, act):
    """How often act() has asked the database for a token."""
    before = counts(server)["Lookups"]
    act()
    return counts(server)["Lookups"] - before


def assert_hits(server, token, number=16):
    assert look_ups(server, lambda: ask(server, token, number)) == 0
    assert set(ask(server, token)) == {200}


# ---- restarts


def kill_children(server):
    server.expect("AH00051|AH00052|exit signal")
    old = server.children()
    for pid in old:
        os.kill(int(pid), signal.SIGKILL)
    server.poll(lambda: server.children() and not old & server.children())
    server.poll(server.is_answering)


GENTLE = {"graceful": lambda server: server.graceful(),
          "restart": lambda server: server.restart_at_once(), "killed": kill_children}
RESTARTS = {**GENTLE, "stopped": lambda server: server.restart()}


@pytest.mark.parametrize("how", GENTLE)
def test_what_is_remembered_outlives_a_restart(counted, how):
    counted.start()
    tokens = [counted.create() for _ in range(10)]
    assert look_ups(counted, lambda: [ask(counted, token, 1) for token in tokens]) == 10
    for _ in range(3):
        GENTLE[how](counted)
        for token in tokens:
            assert_hits(counted, token, 4)


def test_stop_forgets_all(counted):
    counted.start()
    token = counted.create()
    assert ask(counted, token) == [200] * 16
    counted.restart()
    assert look_ups(counted, lambda: ask(counted, token, 1)) == 1
    assert_hits(counted, token)


@pytest.mark.parametrize("how", RESTARTS)
def test_revoked_token_is_refused_after_each_restart(counted, how):
    """Whether it was revoked before or after it."""
    counted.start()
    for _ in range(2):
        before, after = counted.create(), counted.create()
        assert set(ask(counted, before) + ask(counted, after)) == {200}
        counted.revoke(before)
        RESTARTS[how](counted)
        assert counted.check("alice", before).status == 401
        assert counted.check("alice", after).status == 200
        counted.revoke(after)
        assert counted.check("alice", after).status == 401
        assert ask(counted, before) + ask(counted, after) == [401] * 32


@pytest.mark.parametrize("how", ["graceful", "restart"])
@pytest.mark.parametrize("first,then", [
    ("", "shared(30000)"), ("shared(30000)", ""), ("shared", "shared(100)"),
    ("shared(100)", "shared(10000)"), ("shared", "off"), ("shared", "shmcb"),
])
def test_another_table_begins_anew(counted, how, first, then):
    """What was in the former one is not believed, nor when it is chosen again."""
    counted.modules.append("socache_shmcb")
    usual = counted.settings

    def choose(value):
        counted.settings = usual + (f"JiraTokenCache {value}\n" if value else "")
        counted.write_configuration()
    choose(first)
    counted.start()
    token = counted.create()
    assert ask(counted, token) == [200] * 16
    assert_hits(counted, token)
    choose(then)
    GENTLE[how](counted)
    assert look_ups(counted, lambda: ask(counted, token, 1)) == 1
    counted.sql("DELETE FROM jiratoken")
    choose(first)
    GENTLE[how](counted)
    assert ask(counted, token) == [401] * 16


@pytest.mark.parametrize("spelt", ["", "shared", "SHARED", "shared(20000)"])
def test_same_table_spelt_otherwise_is_the_same(counted, spelt):
    counted.start()
    token = counted.create()
    assert ask(counted, token) == [200] * 16
    counted.settings += f"JiraTokenCache {spelt}\n" if spelt else ""
    counted.write_configuration()
    counted.graceful()
    assert_hits(counted, token)


def test_entries_of_another_key_or_token_table_are_not_believed(counted):
    counted.database.make_table("others")
    usual = counted.settings
    counted.start()
    token = counted.create()
    assert ask(counted, token) == [200] * 16
    counted.settings += "JiraTokenTable others\n"
    counted.write_configuration()
    counted.graceful()
    assert ask(counted, token) == [401] * 16
    counted.settings = usual
    counted.write_configuration()
    counted.write_key("ab" * 32)
    counted.graceful()
    assert ask(counted, token) == [401] * 16
    counted.write_key(counted.key)
    counted.graceful()
    assert_hits(counted, token)


def test_entries_by_a_key_that_has_left_are_not_believed(counted):
    """Nor those of the key that stays, if it was another one by which they were
    found; as soon as the key is back they are, as the row is the same."""
    first, second = counted.key, "ab" * 32

    def use_keys(*keys):
        counted.write_key(*keys)
        counted.graceful()
    counted.start()
    old = counted.create()
    use_keys(second, first)
    new = counted.create()
    assert look_ups(counted, lambda: ask(counted, old, 1)) == 1
    for token in (old, new):
        assert set(ask(counted, token)) == {200}
        assert_hits(counted, token)
    use_keys(second)
    assert ask(counted, old) == [401] * 16
    assert_hits(counted, new)
    use_keys(second, first)
    assert_hits(counted, old)
    assert_hits(counted, new)
    assert counted.check("bob", old).status == 401


@pytest.mark.parametrize("password", ["s3cr3t", "x" * 400])
def test_password_of_an_older_system_is_remembered_too(counted, password):
    counted.settings += "JiraTokenLegacy On\n"
    counted.start()
    counted.tokens.append(password)
    counted.insert("old", digest=counted.digest(password))
    assert look_ups(counted, lambda: ask(counted, password, 1)) == 1
    assert_hits(counted, password)
    assert ask(counted, password + "x", 1) + ask(counted, password[:-1], 1) == [401] * 2


def test_tokens_beyond_the_table_cost_look_ups_only(counted):
    """The least table holds a hundred: of 400 tokens in turn, some are looked up
    each time, and none is refused."""
    counted.settings += "JiraTokenCache shared(100)\nJiraTokenMax 1000\n"
    counted.start()
    tokens = [counted.create() for _ in range(400)]
    for _ in range(2):
        assert {counted.check("alice", token).status for token in tokens} == {200}
    assert look_ups(counted, lambda: [counted.check("alice", token)
                                      for token in tokens]) > 100
    counted.revoke(tokens[0])
    assert counted.check("alice", tokens[0]).status == 401
    assert_hits(counted, tokens[-1])


# ---- corrupt entries


CORRUPT = r"jiratoken:warn.*the cache of tokens has a corrupt entry: the database is asked"

# Before an entry's own bytes, which begin with their kind, in state/jt_grants.c and
# jt_cache.c: the length, the checksum, the id, and the beginning of the hash.
LENGTH, CHECKSUM, ID, HASH = -56, -48, -40, -8


class Memory:
    """Of the table, and where one entry is in it."""

    def __init__(self, server, user, label):
        self.pid = min(server.children())
        first, last = max(self._spans(), key=lambda span: span[1] - span[0])
        with open(f"/proc/{self.pid}/mem", "rb", 0) as memory:
            memory.seek(first)
            found = memory.read(last - first)
        text = f"{user}\0{label}\0".encode()
        assert found.count(text) == 1
        owner = found.index(text)
        self.kind = owner - 61      # core/jt_entry.c: what is before the owner
        assert found[self.kind] == 0x16
        self.owner, self.end = owner - self.kind, owner - self.kind + len(text)
        self.base = first + self.kind

    def _spans(self):
        with open(f"/proc/{self.pid}/maps", encoding="ascii") as maps:
            return [[int(place, 16) for place in line.split()[0].split("-")]
                    for line in maps if line.split()[1] == "rw-s"]

    def flip(self, place, bits=1):
        with open(f"/proc/{self.pid}/mem", "r+b", 0) as memory:
            memory.seek(self.base + place)
            [was] = memory.read(1)
            memory.seek(self.base + place)
            memory.write(bytes([was ^ bits]))


@pytest.fixture
def corrupt(counted):
    single(counted)
    counted.modules.append("headers")
    counted.settings += 'Header always set X-User "expr=%{REMOTE_USER}"\n'
    counted.expect(CORRUPT)
    return counted.start()


def test_corrupt_entry_is_looked_up_and_that_is_said_once(corrupt):
    token = corrupt.create(label="seen in memory")
    assert corrupt.check("alice", token).status == 200
    memory = Memory(corrupt, "alice", "seen in memory")
    for place in [*range(LENGTH, LENGTH + 4), *range(CHECKSUM, ID),
                  *range(HASH, memory.end + 1)]:
        for bits in (1, 0x80):
            memory.flip(place, bits)
            before = counts(corrupt)["Lookups"]
            answer = corrupt.check("alice", token)
            assert (answer.status, answer.get("X-User")) == (200, "alice"), place
            assert counts(corrupt)["Lookups"] == before + 1, (place, bits)
    assert_hits(corrupt, token)
    assert len(re.findall(CORRUPT, corrupt.log())) == 1


@pytest.mark.parametrize("place,bits,other", [(0, 1, "`lice"), (4, 3, "alicf"),
                                              (0, 0x20, "Alice"), (3, 2, "aliae")])
def test_corrupt_owner_is_nobody_else(corrupt, place, bits, other):
    token = corrupt.create(label="seen in memory")
    assert corrupt.check("alice", token).status == 200
    memory = Memory(corrupt, "alice", "seen in memory")
    memory.flip(memory.owner + place, bits)
    assert corrupt.check(other, token).status == 401
    answer = corrupt.check("alice", token)
    assert (answer.status, answer.get("X-User")) == (200, "alice")
    assert_hits(corrupt, token)


@pytest.mark.parametrize("place", [ID, ID + 4, ID + 8, ID + 31])
def test_entry_with_another_id_is_a_miss(corrupt, place):
    token = corrupt.create(label="seen in memory")
    assert corrupt.check("alice", token).status == 200
    Memory(corrupt, "alice", "seen in memory").flip(place)
    assert look_ups(corrupt, lambda: ask(corrupt, token, 1)) == 1
    assert_hits(corrupt, token)
    assert not re.search(CORRUPT, corrupt.log())


def test_table_that_is_overwritten_lets_nobody_in(corrupt):
    """All of it, by other bytes: each request asks the database."""
    tokens = {user: corrupt.create(user, label="seen") for user in ("alice", "bob")}
    for user, token in tokens.items():
        assert ask(corrupt, token, 4, user) == [200] * 4
    memory = Memory(corrupt, "alice", "seen")
    first, last = max(memory._spans(), key=lambda span: span[1] - span[0])
    for fill in (b"\xff", b"\x01", b"\x80"):
        with open(f"/proc/{memory.pid}/mem", "r+b", 0) as table:
            table.seek(first)
            for at in range(first, last, 1 << 20):
                table.write(fill * min(1 << 20, last - at))
        for user, token in tokens.items():
            assert ask(corrupt, token, 4, user) == [200] * 4
            assert ask(corrupt, token, 4, "carol") == [401] * 4
        corrupt.revoke(token := corrupt.create())
        assert ask(corrupt, token, 4) == [401] * 4


# ---- what a hit asks of the system


# Calls whose number depends on who comes first, the client or the server, and on
# which thread is woken.
WAITS = {"read", "poll", "epoll_ctl", "epoll_wait", "futex", "restart_syscall"}
NUMBER = 40


def calls_of(server, path, headers):
    """{name: number} of the calls of all children for so many requests on one
    connection, from the first one's answer to the last one's."""
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=HANGS)

    def ask_all(number):
        for _ in range(number):
            wire.request("GET", path, headers=headers)
            answer = wire.getresponse()
            assert (answer.status, answer.read()) == (200, b"hello\n")
    ask_all(NUMBER)
    trace = server.root / "trace"
    pids = [word for pid in server.children() for word in ("-p", pid)]
    tracer = subprocess.Popen([shutil.which("strace"), "-f", "-qq", "-o", trace, *pids],
                              stderr=subprocess.PIPE)
    try:
        server.poll(lambda: all(is_traced(pid) for pid in server.children()))
        ask_all(NUMBER)
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(HANGS)
        tracer.stderr.close()
        wire.close()
    names = re.findall(r"(?m)^\d+ +(\w+)\(", trace.read_text(errors="replace"))
    ends = [at for at, name in enumerate(names) if name == "writev"]
    assert len(ends) == NUMBER
    return collections.Counter(names[ends[0]:ends[-1]])


def is_traced(pid):
    """Every thread of it."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as status:
            if re.search(r"(?m)^TracerPid:\t0$", status.read()):
                return False
    return True


def open_and_known(server):
    """The calls for the file that is open to all, and for one behind a token."""
    server.settings += "KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\n"
    single(server)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    sent = {"Authorization": basic("alice", token)}
    return (calls_of(server, "/open/hello.txt", sent),
            calls_of(server, "/files/hello.txt", sent))


MUTEXES = {"default": "", "file": "Mutex file:{root}/logs default\n"}


@pytest.mark.parametrize("mpm", ["event", "prefork"])
@pytest.mark.parametrize("mutex", MUTEXES)
def test_hit_makes_no_system_call(counted, mpm, mutex):
    counted.mpm = mpm
    counted.settings += MUTEXES[mutex].format(root=counted.root)
    known, hit = open_and_known(counted)
    assert {name: hit[name] for name in hit if name not in WAITS} \
        == {name: known[name] for name in known if name not in WAITS}
    if mpm == "prefork":        # one thread: nobody else is woken
        assert hit["futex"] == known["futex"] == 0


def test_lock_of_another_cache_is_seen(server):
    """Else the test above tells nothing."""
    server.mpm = "prefork"
    use_in_memory(server, "shmcb", "JiraTokenCacheTimeout 86400",
                  "JiraTokenLastUsedInterval 0",
                  MUTEXES["file"].format(root=server.root).strip())
    known, hit = open_and_known(server)
    assert hit["fcntl"] - known["fcntl"] == 2 * (NUMBER - 1)
