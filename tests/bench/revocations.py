# SPDX-License-Identifier: Apache-2.0
"""Whether a revocation is effective on the next request, many times over; and how
long it takes to revoke all the tokens that somebody has found."""

import time

from api import Client, mount
from databases import Databases
from rounds import play, use_children
from server import Server, shaped


def of(module, kind, number):
    """How many, in so many rounds: first uses that were not let in, last ones
    that were, and uses by others that were, though they began afterwards."""
    databases = Databases(kind)
    try:
        server = Server(module, "event", databases)
        server.settings = "JiraTokenDatabaseLimit 100\nJiraTokenLastUsedInterval 0"
        use_children(server)
        try:
            first, last, _, late = play(server.start(), number)
            return (len(first) - first.count(200), len(last) - last.count(401),
                    len(late) - late.count(401))
        finally:
            server.close(failed=True)
    finally:
        databases.close()


def of_found(module, kind, number, rounds):
    """Seconds, of each round, for one request that names so many."""
    databases = Databases(kind)
    try:
        server = mount(Server(module, "event", databases))
        try:
            anybody = Client(server.start(), user=None)
            return [_revoke_found(anybody, number) for _ in range(rounds)]
        finally:
            server.close(failed=True)
    finally:
        databases.close()


def _revoke_found(anybody, number):
    tokens = [shaped() for _ in range(number)]
    for i, token in enumerate(tokens):
        anybody.server.insert("t", f"user{i}", digest=anybody.server.digest(token))
    begun = time.monotonic()
    anybody.call("POST", "/credentials/revoke", {"credentials": tokens})
    took = time.monotonic() - begun
    if anybody.server.rows():
        raise RuntimeError("not all of them were revoked")
    return took
