# SPDX-License-Identifier: Apache-2.0
"""System calls of httpd for one request, by strace, of several clients at once.

They are counted from the read() that gets a request to the one of the same thread
that finds no other on the connection. What the threads of the MPM do in between to
hand connections to each other depends on who comes first, and so is not the
request's. A lock that the request waits for is.
"""

import collections
import dataclasses
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import urllib.parse

from callgrind import ask, connect
from crowds import PEERS
from places import MUTEXES, Tuning

CLIENTS = 4
# Requests of each client before those that count: each thread's first ones make
# its memory.
FIRST = 50

LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)")
UNFINISHED = "<unfinished ...>"
ASKED = re.compile(r'\d+,\s*"GET (\S+)')


@dataclasses.dataclass
class Request:
    path: str
    connection: str     # its file descriptor
    calls: collections.Counter
    is_whole: bool = False


def finished(lines):
    """(thread, call, its arguments and value), as soon as it has come back."""
    begun = {}
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue    # a signal, an end
        thread, resumed, name, rest = found.groups()
        if rest.endswith(UNFINISHED):
            begun[thread] = rest.removesuffix(UNFINISHED).rstrip()
        else:
            yield thread, name or resumed, (begun.pop(thread, "") if resumed else "") + rest


def requests(lines):
    """One Request after the other, in the order in which they came."""
    found, current = [], {}
    for thread, name, rest in finished(lines):
        request = current.get(thread)
        is_end = name == "read" and request and rest.split(",")[0] == request.connection
        if is_end:
            request.is_whole = True
        if name == "read" and (asked := ASKED.match(rest)):
            request = Request(asked[1], rest.split(",")[0], collections.Counter())
            found.append(request)
            current[thread] = request
        elif is_end:
            request = current[thread] = None
        if request:
            request.calls[name] += 1
    return [request for request in found if request.is_whole]


def trace(server, act):
    """[Request] of what httpd's child is asked by act(), but for those at the end
    that it has answered and not yet done with."""
    [child] = server.children()
    with tempfile.TemporaryDirectory(prefix="jiratoken-strace.") as folder:
        path = pathlib.Path(folder) / "said"
        process = subprocess.Popen(["strace", "-f", "-s", "64", "-o", path, "-p", child],
                                   stderr=subprocess.PIPE, text=True)
        try:
            said = process.stderr.readline()
            if "attached" not in said:
                raise RuntimeError("strace: " + said + process.stderr.read())
            act()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
        with open(path, encoding="utf-8", errors="replace") as lines:
            return requests(lines)


def send(url, headers, count):
    connection = connect(url)
    ask(connection, urllib.parse.urlsplit(url).path, headers, count, 200, "Authorization")
    connection.close()


def send_all(place, count):
    """So many of each client, all of them at once."""
    threads = [threading.Thread(target=send, args=(place.url, place.headers[:1], count))
               for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def of_place(server, place, count):
    """[Counter of a request's calls]"""
    send_all(place, FIRST)
    found = [request.calls for request in trace(server, lambda: send_all(place, count))
             if request.path == urllib.parse.urlsplit(place.url).path]
    if len(found) < CLIENTS * (count - 1):
        raise RuntimeError(f"{place.name}: {len(found)} requests of {CLIENTS * count}")
    return found


def of(server, count):
    """{setting of Mutex: {name: [Counter of a request's calls]}}"""
    found = {}
    for mutex in MUTEXES:
        server.tune(Tuning(mutex=mutex))
        server.start()
        try:
            found[mutex] = {name: of_place(server, server.place(name), count)
                            for name in PEERS}
        finally:
            server.stop()
    server.tune(Tuning())
    return found
