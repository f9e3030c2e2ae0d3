# SPDX-License-Identifier: Apache-2.0
"""How long a refusal takes says nothing: neither whether there is such a user
or token, nor whose it is."""

import http.client
import random
import statistics
import time

import pytest

from remembering import use_cache
from server import HANGS, basic, shaped

ROUNDS = 400
# What one refusal may seem to take longer than another, in seconds, in each of these
# twentieths of the rounds, with what chance adds. The driver's own trap is a tenth of a
# second. Nothing else of a busy machine's comes between in the first twentieth.
BOUND = 0.0004
TWENTIETHS = (1, 5, 10)
# What chance adds shows in how much these seem to differ, which are one and the same.
SAME = ("unknown token", "another", "and another")


def seconds(connection, header):
    begin = time.perf_counter()
    connection.request("GET", "/files/hello.txt", headers={"Authorization": header})
    answer = connection.getresponse()
    answer.read()
    taken = time.perf_counter() - begin
    assert answer.status == 401
    return taken


def take_turns(server, asked, rounds):
    """The seconds that each takes in so many rounds; the order changes from round
    to round."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=HANGS)
    names, took = list(asked), {name: [] for name in asked}
    for number in range(rounds + 20):
        random.shuffle(names)
        for name in names:
            taken = seconds(connection, asked[name]())
            if number >= 20:
                took[name].append(taken)
    connection.close()
    return took


def spread(took, twentieth, names):
    """How much longer one of these takes than another."""
    values = [statistics.quantiles(took[name], n=20)[twentieth - 1] for name in names]
    return max(values) - min(values)


def spreads(took):
    """[(of all, by chance)]"""
    return [(spread(took, part, took), spread(took, part, SAME)) for part in TWENTIETHS]


def refusals(server):
    """Each makes a header anew: a token that is asked for twice is no stranger."""
    hers, his = server.create("alice"), server.create("bob")
    if "JiraTokenCache off" not in server.settings:
        for user, token in (("alice", hers), ("bob", his)):
            assert server.check(user, token).status == 200
    revoked = server.create("alice")
    server.revoke(revoked)
    return {"unknown user": lambda: basic("nobody", shaped()),
            **{name: lambda: basic("alice", shaped()) for name in SAME},
            "revoked": lambda: basic("alice", revoked),
            "somebody else's": lambda: basic("alice", his),
            "unknown user, known token": lambda: basic("nobody", hers)}


@pytest.fixture(params=[False, True], ids=["", "cache"])
def quick(request, server):
    if request.param:
        use_cache(server)
    else:
        server.settings += "JiraTokenCache off\n"
    server.settings += "KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 20\n"
    return server.start()


def test_every_refusal_takes_the_same_time(quick):  # A19, L3
    """Noise may exceed the bound in one run out of many; a leak does in all."""
    asked = refusals(quick)
    for _ in range(4):
        found = spreads(take_turns(quick, asked, ROUNDS))
        if all(seen < BOUND + 2 * chance for seen, chance in found):
            return
    raise AssertionError(found)


@pytest.mark.parametrize("trap", [0.001, 0.1])
def test_a_trap_would_be_seen(quick, trap, monkeypatch):  # A19
    """As where a result without rows took longer: what this file would miss
    otherwise proves nothing."""
    asked = refusals(quick)
    slow = {"unknown user", "revoked", *SAME}
    plain, traps = seconds, {}

    def late(connection, header):
        taken = plain(connection, header)
        return taken + traps.get(header, 0)
    monkeypatch.setitem(globals(), "seconds", late)

    def trapped(name, make):
        def header():
            made = make()
            traps[made] = trap if name in slow else 0
            return made
        return header
    asked = {name: trapped(name, make) for name, make in asked.items()}
    for turn in range(4):
        found = spreads(take_turns(quick, asked, (turn + 1) * ROUNDS // 4))
        if any(seen > 2 * BOUND + 2 * chance for seen, chance in found):
            return
    raise AssertionError(found)
