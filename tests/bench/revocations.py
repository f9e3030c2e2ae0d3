# SPDX-License-Identifier: Apache-2.0
"""Whether a revocation is effective on the next request, many times over."""

from databases import Databases
from rounds import four_children, play
from server import Server


def of(module, kind, number):
    """How many, in so many rounds: first uses that were not let in, last ones
    that were, and uses by others that were, though they began afterwards."""
    databases = Databases(kind)
    try:
        server = Server(module, "event", databases)
        server.modules.append("socache_shmcb")
        server.settings = "JiraTokenDatabaseLimit 100\nJiraTokenLastUsedInterval 0"
        four_children(server)
        try:
            first, last, _, late = play(server.start(), number)
            return (len(first) - first.count(200), len(last) - last.count(401),
                    len(late) - late.count(401))
        finally:
            server.close(failed=True)
    finally:
        databases.close()
