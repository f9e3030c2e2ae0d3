# SPDX-License-Identifier: Apache-2.0
"""A database that does not answer: how a test makes checks hang for it, and what
is said to the others meanwhile, and how soon."""

import concurrent.futures
import select
import socket
import time

from faults import assert_unavailable
from load import load
from pace import assert_answers_soon
from server import HANGS, basic

TOKEN = r"jt_[0-9A-Za-z]{49}"
HALF = 8    # of the threads of all children: as many calls as may hang


def statuses(server, token, number=16, threads=1):
    """Of so many checks, which between them reach every child."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: server.check("alice", token).status,
                             range(number)))


def fill_pools(server, token):
    """As many connections in the pools of all children as calls may hang: each
    child has opened one for each of its calls, for none came back."""
    server.poll(lambda: set(statuses(server, token, 64, 16)) == {200})
    with load(server, {"alice": token}, each=16, keep=False), server.database.barred():
        server.poll(lambda: server.database.connections() >= HALF)
    server.poll(lambda: set(statuses(server, token, 64, 16)) == {200})


def prepare_to_hang(server):
    """Every process is there from the start, and a call that finds no connection
    in the pool hangs like those that do."""
    if server.mpm == "prefork":
        server.expect("AH00161:")
        server.sizes = lambda: ("StartServers 16\nMinSpareServers 16\nMaxSpareServers 17\n"
                                "ServerLimit 16\nMaxRequestWorkers 16")
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace("connect_timeout=2",
                                                       "connect_timeout=300")


class Hanging:
    """Checks that hang, as many as may. Which child gets a request is not known, so
    more are sent, of which those beyond the limit are answered at once. How long
    that takes here tells those that hang: they have waited for much longer."""

    LONGER = 5

    def __init__(self, server, token, stack, limit):
        self.address = ("127.0.0.1", server.port)
        self.request = (f"GET /files/hello.txt HTTP/1.1\r\nHost: x\r\n"
                        f"Connection: close\r\n"
                        f"Authorization: {basic('alice', token)}\r\n\r\n").encode()
        self.stack, self.limit = stack, limit
        self.sent = {}          # when, by socket
        self.slowest = None     # of those that were answered, in seconds

    def _send(self):
        wire = self.stack.enter_context(socket.create_connection(self.address))
        wire.sendall(self.request)
        self.sent[wire] = time.monotonic()

    def _take_answers(self):
        for wire in select.select(list(self.sent), [], [], 0.02)[0]:
            assert read_all(wire).startswith(b"HTTP/1.1 503 ")
            took = time.monotonic() - self.sent.pop(wire)
            self.slowest = max(self.slowest or 0, took)

    def are_there(self):
        # One more than may hang, until it is known how long an answer takes.
        while len(self.sent) < self.limit + (self.slowest is None):
            self._send()
        self._take_answers()
        return (self.slowest is not None and len(self.sent) == self.limit
                and time.monotonic() - max(self.sent.values())
                > self.LONGER * self.slowest)


def hang(server, token, stack, limit):
    """As many checks hang as may: their sockets."""
    hanging = Hanging(server, token, stack, limit)
    server.poll(hanging.are_there)
    return list(hanging.sent)


def assert_turned_away_at_once(server, token):
    """As are those who ask beyond the limit."""
    for answer in assert_answers_soon(server, lambda: server.check("alice", token),
                                      0.2, 0.75):
        assert_unavailable(answer)


def read_all(wire):
    wire.settimeout(HANGS)
    back = b""
    while part := wire.recv(65536):
        back += part
    return back


def count_overlapping(spans):
    """The most of these (begin, end) that are under way at one instant."""
    return max((sum(begin <= instant < end for begin, end in spans)
                for instant, _ in spans), default=0)
