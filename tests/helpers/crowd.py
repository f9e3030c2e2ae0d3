# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, in one thread: as many threads would take turns at the
processor with the httpd that is to answer them, and with its database."""

import http.client
import io
import selectors
import socket
import time

from server import HANGS, Answer, basic

CLIENTS = 500


def make_room(server, children=8, threads=64):
    """As many requests at once as there are clients."""
    if server.mpm == "prefork":
        server.sizes = lambda: ("StartServers 100\nMinSpareServers 10\n"
                                "MaxSpareServers 150\nServerLimit 250\n"
                                "MaxRequestWorkers 250")
    else:
        server.sizes = lambda: (
            f"StartServers {children}\nServerLimit {children}\n"
            f"ThreadsPerChild {threads}\nThreadLimit {threads}\n"
            f"MaxRequestWorkers {children * threads}\nMinSpareThreads {threads}\n"
            f"MaxSpareThreads {children * threads}")


class Received:
    """For http.client, what came in place of a socket."""

    def __init__(self, bytes_):
        self.bytes = bytes_

    def makefile(self, *_):
        return io.BytesIO(self.bytes)


def parse(bytes_):
    response = http.client.HTTPResponse(Received(bytes_))
    response.begin()
    return Answer(response.status, response.getheaders(), response.read())


class Client:
    def __init__(self, server):
        self.wire = socket.create_connection(("127.0.0.1", server.port), HANGS)
        self.received = b""

    def send(self, request):
        self.began = time.monotonic()
        self.wire.sendall(request)

    def receive(self):
        """False when that was all."""
        part = self.wire.recv(65536)
        self.received += part
        self.took = time.monotonic() - self.began
        return part != b""


def timed_at_once(server, token, number=CLIENTS, path="/files/hello.txt"):
    """What so many clients hear that have connected and then ask, and how many
    seconds each has waited: [(answer, seconds)]."""
    request = (f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               f"Authorization: {basic('alice', token)}\r\n\r\n").encode()
    clients = [Client(server) for _ in range(number)]
    with selectors.DefaultSelector() as selector:
        for client in clients:
            client.send(request)
            selector.register(client.wire, selectors.EVENT_READ, client)
        while selector.get_map():
            ready = selector.select(2 * HANGS)
            assert ready, f"{len(selector.get_map())} heard nothing"
            for key, _ in ready:
                if not key.data.receive():
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
    return [(parse(client.received), client.took) for client in clients]


def answers_at_once(server, token, number=CLIENTS):
    return [answer for answer, _ in timed_at_once(server, token, number)]


def all_at_once(server, token, number=CLIENTS):
    """Their statuses."""
    return [answer.status for answer in answers_at_once(server, token, number)]
