# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts, again and again, while clients ask: none is turned away,
and the process that outlives them all grows in nothing."""

import http.client
import pathlib
import threading

import pytest

from remembering import use_shmcb
from server import basic

WARM, ROUNDS = 4, 12


class Asker(threading.Thread):
    """Asks on a new connection each time: what a restart may end is only one
    that waits for another request."""

    def __init__(self, server, token):
        super().__init__(daemon=True)
        self.port, self.going, self.count, self.faults = server.port, True, 0, []
        self.headers = {"Authorization": basic("alice", token), "Connection": "close"}

    def run(self):
        while self.going:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("GET", "/files/hello.txt", headers=self.headers)
                status = connection.getresponse().status
                if status != 200:
                    self.faults.append(status)
            except (OSError, http.client.HTTPException) as fault:
                self.faults.append(repr(fault))
            finally:
                connection.close()
            self.count += 1


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
        use_shmcb(server)
    server.settings += "JiraTokenLastUsedInterval 0\nGracefulShutdownTimeout 5\n"
    server.start()
    token, pid = server.create(), server.process.pid
    askers = [Asker(server, token) for _ in range(3)]
    for asker in askers:
        asker.start()
    seen = []
    try:
        for _ in range(WARM + ROUNDS):
            before = [asker.count for asker in askers]
            server.graceful()
            server.poll(lambda b=before: all(
                asker.count > n for asker, n in zip(askers, b, strict=True)))
            gone = server.create()
            assert server.check("alice", gone).status == 200
            server.revoke(gone)
            assert server.check("alice", gone).status == 401
            seen.append((holdings(pid), own_memory(pid)))
    finally:
        for asker in askers:
            asker.going = False
        for asker in askers:
            asker.join(30)
    assert [fault for asker in askers for fault in asker.faults] == []
    assert sum(asker.count for asker in askers) > 10 * (WARM + ROUNDS)
    kept = [held for held, _ in seen[WARM:]]
    for name in kept[0]:
        values = [held[name] for held in kept]
        assert max(values[-5:]) <= max(values[:5]), (name, values)
    sizes = [size for _, size in seen[WARM:]]
    assert sizes[-1] - sizes[0] < 5 * ROUNDS, sizes
