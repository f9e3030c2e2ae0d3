# SPDX-License-Identifier: Apache-2.0
"""Create, use, revoke, use, over and over, while others ask for the same."""

import contextlib
import http.client
import threading
import time

from databases import Databases
from server import Server, basic

CHILDREN = 4


class Asker(threading.Thread):
    """Asks with whatever token is the current one, on and on."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.token, self.going = server, None, True
        self.late = 0       # tokens let in by a request that began when they were gone
        self.gone = {}      # when each had been revoked

    def run(self):
        while self.going:
            token, begun = self.token, time.monotonic()
            if not token:
                time.sleep(0.001)
                continue
            if self._ask(token) == 200 and self.gone.get(token, begun) < begun:
                self.late += 1

    def _ask(self, token):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request("GET", "/files/hello.txt",
                               headers={"Authorization": basic("alice", token)})
            return connection.getresponse().status
        finally:
            connection.close()


class FourChildren(Server):
    def sizes(self):
        return (f"StartServers {CHILDREN}\nServerLimit {CHILDREN}\nThreadsPerChild 4\n"
                f"ThreadLimit 4\nMaxRequestWorkers {4 * CHILDREN}\nMinSpareThreads 4\n"
                f"MaxSpareThreads {4 * CHILDREN}")


@contextlib.contextmanager
def asking(server, number):
    askers = [Asker(server) for _ in range(number)]
    for asker in askers:
        asker.start()
    try:
        yield askers
    finally:
        for asker in askers:
            asker.going = False
        for asker in askers:
            asker.join(30)


def one_round(server, askers):
    """The statuses of the first uses and of the last."""
    token = server.create()
    for asker in askers:
        asker.token = token
    used = {server.check("alice", token).status for _ in range(CHILDREN)}
    server.revoke(token)
    now = time.monotonic()
    for asker in askers:
        asker.gone[token] = now
    return used, {server.check("alice", token).status for _ in range(CHILDREN)}


def rounds(module, kind, number):
    """(rounds in which a first use was not 200, in which a last one was not
    401, requests of others that a token let in when it was gone)."""
    databases = Databases(kind)
    try:
        server = FourChildren(module, "event", databases)
        server.modules.append("socache_shmcb")
        server.settings = "LogLevel warn\nJiraTokenDatabaseLimit 4"
        try:
            server.start()
            with asking(server, CHILDREN) as askers:
                seen = [one_round(server, askers) for _ in range(number)]
            return (sum(used != {200} for used, _ in seen),
                    sum(last != {401} for _, last in seen),
                    sum(asker.late for asker in askers))
        finally:
            server.close(failed=True)
    finally:
        databases.close()
