# SPDX-License-Identifier: Apache-2.0
"""Many requests with tokens that are none, as fast as they can be sent, beside
one user with a good one."""

import contextlib
import dataclasses
import subprocess

from measure import Said, httpd_seconds
from places import Place
from server import basic, shaped
from variants import NAME_CACHED, NAME_UNCACHED

CONNECTIONS = 8
TOKENS = 20_000     # that a flood has, in turn


@dataclasses.dataclass(frozen=True)
class Flood:
    """What came of it, and of the good user meanwhile. Latencies are in
    microseconds, CPU in microseconds a refusal."""

    name: str
    beside: str         # how the good user is checked
    rate: float
    httpd: float
    unavailable: int    # 503s, of all
    lookups: int
    good: Said


def well_formed(_number):
    return shaped()


def malformed(_number):
    """The checksum of another token."""
    return shaped()[:-6] + shaped()[-6:]


KINDS = {"random well-formed tokens": well_formed,
         "tokens with a wrong checksum": malformed}


def pretend(place, make):
    """The place, for those who have no token there."""
    return dataclasses.replace(place, headers=tuple(
        basic("alice", make(number)) for number in range(TOKENS)))


@contextlib.contextmanager
def running(clients, place, seconds):
    """wrk in the background; a list that holds its report afterwards."""
    said = []
    process = subprocess.Popen(clients.command(place, seconds, CONNECTIONS), text=True,
                               stdout=subprocess.PIPE)
    try:
        yield said
        said.append(Said(process.communicate(timeout=60)[0]))
    finally:
        process.kill()
        process.wait()


def take(clients, server, name, beside, seconds):
    """beside: the good user's place."""
    place = pretend(beside, KINDS[name])
    before, spent = server.counts(), httpd_seconds(server)
    with running(clients, place, seconds + 1) as said:
        good = clients.ask(beside, seconds, 1)
    flood, after = said[0], server.counts()
    assert flood.refused == flood.done, flood.text
    spent = httpd_seconds(server) - spent
    return Flood(name, beside.name, flood.rate, spent / (flood.done + good.done) * 1e6,
                 after["Unavailable"] - before["Unavailable"],
                 after["Lookups"] - before["Lookups"], good)


def in_turns(clients, server, rounds, seconds):
    """{(flood, good user's place): [Flood, one for each round]}."""
    good = [one_user(server.place(name)) for name in (NAME_UNCACHED, NAME_CACHED)]
    found = {}
    for _ in range(rounds):
        for name in KINDS:
            for beside in good:
                found.setdefault((name, beside.name), []).append(
                    take(clients, server, name, beside, seconds))
    return found


def one_user(place):
    return Place(place.variant, place.rows, place.url, place.headers[:1])
