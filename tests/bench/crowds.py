# SPDX-License-Identifier: Apache-2.0
"""Many connections at once, and many children: what a lock that all of them take
would be waited for. Every peer takes its turn under the same httpd."""

import dataclasses
import os

import measure
from places import MUTEXES, Tuning
from variants import NAME_ANON, NAME_CACHED, NAME_FILE, NAME_OPEN, NAME_SOCACHE

PEERS = (NAME_OPEN, NAME_ANON, NAME_FILE, NAME_SOCACHE, NAME_CACHED)
CHILDREN = 8 * (os.cpu_count() or 1)
CONNECTIONS = 64    # of many children
# More threads than connections, wherever chance leads these: a child whose threads are
# all busy ends connections that are kept alive.
SPARE = 16


@dataclasses.dataclass(frozen=True)
class Crowd:
    mutex: str
    children: int
    threads: int        # of each
    connections: int


def in_turns(server, tuning, connections, rounds, seconds):
    """Yields (Crowd, {place: [Taken, one for each round]})."""
    places = [server.place(name) for name in PEERS]
    server.tune(tuning)
    server.start()
    try:
        server.poll(lambda: len(server.children()) == tuning.children)
        for number in connections:
            clients = measure.Clients(server, number)
            try:
                crowd = Crowd(tuning.mutex, tuning.children, tuning.threads, number)
                yield crowd, measure.in_turns(clients, places, rounds, seconds)
            finally:
                clients.close()
    finally:
        server.stop()
        server.tune(Tuning())


def of_one_child(server, connections, rounds, seconds):
    for mutex in MUTEXES:
        yield from in_turns(server, Tuning(1, max(connections) + SPARE, mutex), connections,
                            rounds, seconds)


def of_many_children(server, rounds, seconds):
    for mutex in MUTEXES:
        yield from in_turns(server, Tuning(CHILDREN, CONNECTIONS + SPARE, mutex),
                            [CONNECTIONS], rounds, seconds)
