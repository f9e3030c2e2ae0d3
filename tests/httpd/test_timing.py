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
# What one refusal may seem to take longer than another, in seconds: of the lower
# quartiles, with what chance adds. The driver's own trap is a tenth of a second.
BOUND = 0.0004
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


def spread(took, quartile, names):
    """How much longer one of these takes than another: where nothing else of the
    machine's comes between, as in a quarter of the rounds, or in half of them."""
    values = [statistics.quantiles(took[name])[quartile] for name in names]
    return max(values) - min(values)


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
        took = take_turns(quick, asked, ROUNDS)
        found = [(spread(took, quartile, asked), spread(took, quartile, SAME))
                 for quartile in (0, 1)]
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
    # By so much that no other process of the machine's hides it four times.
    for _ in range(4):
        took = take_turns(
            quick, {name: trapped(name, make) for name, make in asked.items()}, ROUNDS // 4)
        found = spread(took, 0, asked), spread(took, 0, SAME)
        if found[0] > 2 * BOUND + 2 * found[1]:
            return
    raise AssertionError(found)
