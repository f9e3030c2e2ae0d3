# SPDX-License-Identifier: Apache-2.0
"""Create, use, revoke, use, over and over, while others use the same tokens."""

import threading
import time

from load import going

CHILDREN = 8
THREADS = 4     # of each


def use_children(server):
    most = CHILDREN * THREADS
    if server.mpm == "prefork":
        server.sizes = lambda: (
            f"StartServers {CHILDREN}\nMinSpareServers {CHILDREN}\n"
            f"MaxSpareServers {most}\nServerLimit {most}\nMaxRequestWorkers {most}")
    else:
        server.sizes = lambda: (
            f"StartServers {CHILDREN}\nServerLimit {CHILDREN}\n"
            f"ThreadsPerChild {THREADS}\nThreadLimit {THREADS}\n"
            f"MaxRequestWorkers {most}\nMinSpareThreads {most}\nMaxSpareThreads {most}")


class Chaser(threading.Thread):
    """Uses, on one connection after another, whichever token there is."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.token, self.going = server, None, True
        self.seen = []      # (token, when it was asked, status)

    def run(self):
        while self.going:
            token = self.token
            if token:
                begin = time.monotonic()
                self.seen.append((token, begin, self.server.check("alice", token).status))
            else:
                time.sleep(0.001)


def play(server, number):
    """The statuses of all first uses; of all last ones; of what the others
    asked before a token was revoked, or while it was; and after."""
    server.poll(lambda: len(server.children()) >= CHILDREN)
    gone, first, last = {}, [], []
    with going([Chaser(server) for _ in range(3)]) as others:
        for _ in range(number):
            token = server.create()
            for one in others:
                one.token = token
            first += [server.check("alice", token).status for _ in range(2 * CHILDREN)]
            server.revoke(token)
            gone[token] = time.monotonic()
            last.append(server.check("alice", token).status)
    seen = [one for other in others for one in other.seen]
    return (first, last, [said for token, begin, said in seen if begin <= gone[token]],
            [said for token, begin, said in seen if begin > gone[token]])
