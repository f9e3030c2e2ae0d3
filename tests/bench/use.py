# SPDX-License-Identifier: Apache-2.0
"""So many tokens in use: in a table made for as many, and in one that is too small
for them. Each is another user's, and asks after all others have asked."""

import contextlib
import dataclasses

import measure
from places import Tuning, prepared
from variants import NAME_CACHED, NAME_OPEN, NAME_UNCACHED, USUAL, VARIANTS

SECONDS = 20        # of a turn of wrk's that goes through all of them
PARTS = 5           # after one of these the memory is as large as it gets
VARIANTS_IN_USE = [variant for variant in VARIANTS
                   if variant.name in (NAME_OPEN, NAME_UNCACHED, NAME_CACHED)]


@dataclasses.dataclass
class Use:
    tokens: int
    room: str           # JiraTokenCache
    found: dict         # {place: [Taken, one for each round]}
    counts: dict        # of mod_status, while each token asked once
    memory: tuple = ()  # ((resident, shared) KiB early, late) of httpd's child


def size(server):
    return measure.resident_kib(server), measure.shared_kib(server)


@contextlib.contextmanager
def started(server, cache, connections):
    server.tune(Tuning(cache=cache))
    server.start()
    clients = measure.Clients(server, connections)
    try:
        yield clients
    finally:
        clients.close()
        server.stop()


def walk(clients, first, count):
    """So many tokens ask, one after the other. What was counted meanwhile."""
    server = clients.server
    before = server.counts()
    clients.count(server.place(NAME_CACHED), count, first=first, seconds=SECONDS)
    return {name: number - before[name] for name, number in server.counts().items()}


def within(server, count, chosen):
    """Beside the unprotected file, which is sent the same headers."""
    cached = server.place(NAME_CACHED)
    plain = dataclasses.replace(server.place(NAME_OPEN), headers=cached.headers)
    cache = f"shared({count})"
    with started(server, cache, chosen.connections) as clients:
        walk(clients, 0, count)
        counts = walk(clients, 0, count)
        found = measure.in_turns(clients, [plain, cached], chosen.rounds // 2 or 1,
                                 chosen.seconds, is_warm=True)
    return Use(count, cache, found, counts)


def beyond(server, count, chosen):
    """Beside the check that asks the database each time."""
    room = min(USUAL, count // 10)
    cache = f"shared({room})"
    places = [server.place(NAME_UNCACHED), server.place(NAME_CACHED)]
    with started(server, cache, chosen.connections) as clients:
        walk(clients, 0, count // PARTS)
        early = size(server)
        counts = walk(clients, count // PARTS, count - count // PARTS)
        late = size(server)
        found = measure.in_turns(clients, places, chosen.rounds // 2 or 1, chosen.seconds,
                                 is_warm=True)
    return Use(count, cache, found, counts, (early, late))


def of(module, kind, tokens, chosen):
    """One Use after the other: each number of tokens in a table made for as many;
    the most of them in one that is not."""
    for count in chosen.in_use:
        with prepared(module, kind, [count], tokens[:count], VARIANTS_IN_USE) as server:
            yield within(server, count, chosen)
            if count == max(chosen.in_use):
                yield beyond(server, count, chosen)
