# SPDX-License-Identifier: Apache-2.0
"""A database that does not answer: how a test makes checks hang for it, and what
is said meanwhile, and how soon."""

import concurrent.futures
import select
import socket
import time

from faults import assert_unavailable
from server import basic

TOKEN = r"jt_[0-9A-Za-z]{49}"
HALF = 8    # of the threads of all children: as many calls as may hang


def hang(server, token, stack, limit):
    """As many checks hang as may: their sockets. Which child gets a request is
    not known, so there are more, of which some are answered at once."""
    request = (f"GET /files/hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               f"Authorization: {basic('alice', token)}\r\n\r\n").encode()
    wires = []

    def ask_more():
        while len(wires) < limit:
            address = ("127.0.0.1", server.port)
            wires.append(stack.enter_context(socket.create_connection(address)))
            wires[-1].sendall(request)
        for wire in select.select(wires, [], [], 0.3)[0]:
            assert read_all(wire).startswith(b"HTTP/1.1 503 ")
            wires.remove(wire)
        return len(wires) == limit
    server.poll(ask_more)
    return wires


def prepare_to_hang(server):
    """Every process is there from the start, and a call that finds no connection
    in the pool hangs like those that do."""
    if server.mpm == "prefork":
        server.expect("AH00161:")
        server.sizes = lambda: ("StartServers 16\nMinSpareServers 16\nMaxSpareServers 17\n"
                                "ServerLimit 16\nMaxRequestWorkers 16")
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace("connect_timeout=2",
                                                       "connect_timeout=30")


def assert_turned_away_at_once(server, token):
    """As are those who ask beyond the limit."""
    took = []
    for _ in range(10):
        answer, seconds = timed(lambda: server.check("alice", token))
        assert_unavailable(answer)
        took.append(seconds)
    assert sorted(took)[7] < 0.2, took


def read_all(wire):
    wire.settimeout(20)
    back = b""
    while part := wire.recv(65536):
        back += part
    return back


def timed(ask):
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def statuses(server, token, number=16, threads=1):
    """Of so many checks, which between them reach every child."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: server.check("alice", token).status,
                             range(number)))


def fill_pools(server, token):
    """Several connections in the pool of each child."""
    server.poll(lambda: set(statuses(server, token, 64, 16)) == {200})
