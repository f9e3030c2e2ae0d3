# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts, again and again, while clients ask: none is turned away,
and the process that outlives them all grows in nothing."""

import pathlib
import signal
import socket

import pytest

from load import go_on, load
from remembering import IN_MEMORY, no_table, use_cache, use_in_memory, warm
from server import basic

WARM, ROUNDS = 4, 30


def own_memory(pid):
    """In kB, what the process has made, and not mapped from a file."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines()
               if line.startswith(("RssAnon:", "VmSwap:")))


def holdings(pid):
    """What the process holds: descriptors, what it shares with its children
    (of which a mutex is a part), and the machine's segments that it has made."""
    shared = [line for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
              if line.split()[1].endswith("s")]
    names, *rows = [line.split() for line in
                    pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()]
    return {"descriptors": len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())),
            "mappings": len(shared),
            "segments": sum(row[names.index("cpid")] == str(pid) for row in rows)}


@pytest.mark.parametrize("has_cache", [False, True], ids=["", "cache"])
def test_graceful_restarts_under_load_lose_and_leave_nothing(server, has_cache):  # F09
    if has_cache:
        use_cache(server)
    else:
        server.settings += "JiraTokenCache off\n"
    server.settings += "JiraTokenLastUsedInterval 0\nGracefulShutdownTimeout 5\n"
    server.start()
    token, pid = server.create(), server.process.pid
    seen = []
    # What a restart may end is only a connection that waits for another request.
    with load(server, {"alice": token}, each=3, keep=False) as askers:
        for _ in range(WARM + ROUNDS):
            server.graceful()
            go_on(server, askers)
            gone = server.create()
            assert server.check("alice", gone).status == 200
            server.revoke(gone)
            assert server.check("alice", gone).status == 401
            seen.append((holdings(pid), own_memory(pid)))
    answers = [said for asker in askers for said in asker.answers()]
    assert set(answers) == {200}
    assert len(answers) > 10 * (WARM + ROUNDS)
    kept = [held for held, _ in seen[WARM:]]
    for name in kept[0]:
        values = [held[name] for held in kept]
        assert max(values[-5:]) <= max(values[:5]), (name, values)
    sizes = [size for _, size in seen[WARM:]]
    # In kB: what grows with each restart, and not what an allocator takes once.
    assert sizes[-1] - sizes[0] < 4 * ROUNDS, sizes


RESUMED = "resuming normal operations"


@pytest.mark.parametrize("kind", IN_MEMORY)
def test_child_of_before_still_has_its_cache(server, kind):  # F09
    """It answers a request that had begun. What of shmcb is new after a restart is
    the new ones' alone."""
    use_in_memory(server, kind, "GracefulShutdownTimeout 20")
    server.start()
    token = server.create()
    warm(server, token)
    head = ("GET /files/hello.txt HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
            f"Authorization: {basic('alice', token)}\r\n")
    with socket.create_connection(("127.0.0.1", server.port), 60) as wire:
        wire.sendall(head.encode())
        server.poll(lambda: server.get("/open/hello.txt").status == 200)
        server.process.send_signal(signal.SIGUSR1)
        server.poll(lambda: server.log().count(RESUMED) == 2)
        with no_table(server):
            wire.sendall(b"\r\n")
            assert wire.recv(12) == b"HTTP/1.1 200"
