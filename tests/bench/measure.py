# SPDX-License-Identifier: Apache-2.0
"""Requests per second, CPU time and memory of a running httpd and its
database, under wrk; and how much of the machine others took meanwhile.
"""

import contextlib
import dataclasses
import os
import pathlib
import random
import re
import resource
import statistics
import subprocess
import tempfile

TICK = os.sysconf("SC_CLK_TCK")
SCRIPT = pathlib.Path(__file__).resolve().parent / "ask.lua"


@dataclasses.dataclass(frozen=True)
class Taken:
    """What one turn of wrk's found. CPU is in microseconds a request."""

    rate: float         # requests a second
    p50: float          # of the latency, in microseconds
    p99: float
    httpd: float
    database: float
    others: float       # share of the machine, that neither these nor wrk took

    @property
    def cpu(self):
        return self.httpd + self.database


def middle(taken, what):
    """The median of one figure of many."""
    return statistics.median(getattr(one, what) for one in taken)


def cpu_seconds(pids, with_dead=()):
    """with_dead: those of them whose ended children count, too."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            said = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
            fields = list(map(int, said.split()[11:15]))
            ticks += sum(fields if pid in with_dead else fields[:2])
    return ticks / TICK


def httpd_seconds(server):
    return cpu_seconds(server.children())


def database_seconds(server):
    """SQLite works inside httpd."""
    if server.database.kind == "sqlite3":
        return 0
    pids = server.database.service.pids()
    return cpu_seconds(pids, pids[:1])


def machine_seconds():
    """(CPU time that anybody took, that there was), of all cores."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, idle, waiting, *rest = (int(ticks) / TICK for ticks in fields)
    busy = user + nice + system + sum(rest)
    return busy, busy + idle + waiting


def wrk_seconds():
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def shared_kib(server):
    """What httpd's children share with each other, and not with SQLite: the
    caches are in it. The files that they are just sending can only be read."""
    child = min(server.children(), key=int)
    spans = [line.split()[0].split("-") for line in
             pathlib.Path(f"/proc/{child}/maps").read_text().splitlines()
             if line.split()[1] == "rw-s" and not line.endswith("-shm")]
    return sum(int(end, 16) - int(begin, 16) for begin, end in spans) // 1024


def resident_kib(server):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(
        f"/proc/{pid}/status").read_text())[1]) for pid in server.children())


class Said:
    """wrk's report."""

    def __init__(self, text):
        self.text = text
        self.done = int(self._find(r"(\d+) requests in"))
        self.rate = float(self._find(r"Requests/sec:\s+([\d.]+)"))
        self.refused = int(self._find(r"Non-2xx or 3xx responses: (\d+)") or 0)
        self.p50 = float(self._find(r"^p50 (\d+)"))
        self.p99 = float(self._find(r"^p50 .* p99 (\d+)"))

    def _find(self, pattern):
        found = re.search(pattern, self.text, re.M)
        return found and found[1]


class Clients:
    """wrk with so many kept-alive connections, all of them one place's."""

    def __init__(self, server, connections):
        self.server = server
        self.connections = connections
        self.files = {}
        self.folder = tempfile.TemporaryDirectory(prefix="jiratoken-bench.")

    def close(self):
        self.folder.cleanup()

    def _headers(self, place):
        if place not in self.files:
            path = pathlib.Path(self.folder.name) / str(len(self.files))
            path.write_text("\n".join(place.headers) + "\n")
            self.files[place] = path
        return self.files[place]

    def command(self, place, seconds, connections=None, first=None):
        """first: the number of the header that is sent first, else a random one."""
        return ["wrk", "-t1", f"-c{connections or self.connections}", f"-d{seconds}s",
                "-s", SCRIPT, place.url, "--", self._headers(place),
                str(random.randrange(10**6) if first is None else first)]

    def ask(self, place, seconds, connections=None, first=None):
        """What wrk says, where every request was answered 200."""
        command = self.command(place, seconds, connections, first)
        said = Said(subprocess.run(command, check=True, text=True,
                                   capture_output=True).stdout)
        assert not said.refused, said.text
        return said

    def _spent(self):
        return (httpd_seconds(self.server), database_seconds(self.server),
                wrk_seconds(), *machine_seconds())

    def take(self, place, seconds, *, more=3):
        """A turn in which httpd ended a connection, as it may, is taken again."""
        before = self._spent()
        said = self.ask(place, seconds)
        if "Socket errors" in said.text and more:
            return self.take(place, seconds, more=more - 1)
        assert "Socket errors" not in said.text, said.text
        httpd, database, wrk, busy, all_there_was = (
            late - early for early, late in zip(before, self._spent()))
        return Taken(said.rate, said.p50, said.p99, httpd / said.done * 1e6,
                     database / said.done * 1e6,
                     max(busy - httpd - database - wrk, 0) / all_there_was)

    def count(self, place, count, connections=None, *, first=0, seconds=1):
        """Ask at least so often, with one header after the other from the first on;
        httpd may end connections that are too many."""
        done = 0
        while done < count:
            done += self.ask(place, seconds, connections, first + done).done
        return done


def in_turns(clients, places, rounds, seconds, *, is_warm=False):
    """{place: [Taken, one for each round]}. Every other round goes backwards,
    so that none gains by its place in the row. is_warm: what there is a cache for
    is in it."""
    found = {place: [] for place in places}
    for place in [] if is_warm else places:
        clients.count(place, max(len(place.headers), 1))
    for number in range(rounds):
        for place in places[::-1] if number % 2 else places:
            found[place].append(clients.take(place, seconds))
    return found


def memory(clients, place, many):
    """Resident KiB of httpd's children after some requests and after so many
    more, once every thread has served enough for its allocator to have grown
    to its size (the stock modules need as long)."""
    for _ in range(4):
        clients.count(place, many)
    clients.count(place, 1000)
    early = resident_kib(clients.server)
    clients.count(place, many)
    return early, resident_kib(clients.server)


def growth(clients, place, few, many):
    """[(resident, shared) KiB] after few requests in all, and after many: by
    more connections than there are threads, so that all of these work."""
    found = []
    for count in (few, many - few):
        clients.count(place, count, 32)
        found.append((resident_kib(clients.server), shared_kib(clients.server)))
    return found
