# SPDX-License-Identifier: Apache-2.0
"""The caches outside httpd that the tests run on, each for real: private
servers on loopback, begun when the first test asks for one, as an account that
is not root, and ended by their own pids. Every test finds them empty.
"""

import contextlib
import socket

from services import Service


class Outside(Service):
    """A cache server. What is in it, a test can read and write."""

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 60)

    @contextlib.contextmanager
    def session(self):
        with self.connect() as wire, wire.makefile("rb") as answers:
            yield wire, answers

    def empty(self):
        self.ready()
        self.flush()


class Redis(Outside):
    """From Debian's redis-tools, which brings no service along: it is the same
    program as what checks a dump, and its name says which of them is meant."""

    kind = "redis"

    def _set_up(self):
        (self.folder / "redis-server").symlink_to("/usr/bin/redis-check-rdb")
        super()._set_up()

    def _server(self):
        return [self.folder / "redis-server", "--port", self.port, "--bind", "127.0.0.1",
                "--dir", self.folder, "--save", "", "--appendonly", "no",
                "--daemonize", "no", "--maxclients", "500"]

    def start(self):
        super().start()
        assert self.ask("PING") == "PONG"

    def ask(self, *words):
        """A command's answer: bytes, a number, a list, or the text of +."""
        words = [word if isinstance(word, bytes) else str(word).encode()
                 for word in words]
        with self.session() as (wire, answers):
            wire.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%b\r\n" % (len(word), word) for word in words))
            return self._read(answers)

    def _read(self, answers):
        line = answers.readline()
        kind, rest = line[:1], line[1:-2].decode()
        assert kind != b"-" and line.endswith(b"\r\n"), line
        if kind == b"$":
            return answers.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
        if kind == b"*":
            return [self._read(answers) for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def flush(self):
        self.ask("FLUSHALL")

    def keys(self):
        return self.ask("KEYS", "*")

    def get(self, key):
        return self.ask("GET", key)

    def set(self, key, value):
        self.ask("SETEX", key, 1000, value)


class Memcached(Outside):
    kind = "memcache"

    def _server(self):
        return ["/usr/bin/memcached", "-p", self.port, "-U", "0", "-l", "127.0.0.1",
                "-t", "2"]

    def flush(self):
        with self.session() as (wire, answers):
            wire.sendall(b"flush_all\r\n")
            assert answers.readline() == b"OK\r\n"


class Caches:
    """Begins each kind of server with the first test that asks for it."""

    kinds = {"redis": Redis, "memcache": Memcached}

    def __init__(self):
        self.services = {}

    def __call__(self, kind):
        if kind not in self.services:
            self.services[kind] = self.kinds[kind]()
        self.services[kind].empty()
        return self.services[kind]

    def close(self):
        for service in self.services.values():
            service.close()
