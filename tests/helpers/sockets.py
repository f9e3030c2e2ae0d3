# SPDX-License-Identifier: Apache-2.0
"""Which connections of a port are open, by sock_diag(7). It is asked after each
test, and /proc/net/tcp would list everything that was ever closed of late."""

import pathlib
import socket
import struct

SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DONE, ERROR = 4, 20, 3, 2
REQUEST_DUMP = 0x301
TIME_WAIT, LISTEN = 6, 10


def question(port):
    states = 0xfff & ~(1 << TIME_WAIT | 1 << LISTEN)
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, states) \
        + struct.pack("!H", port) + bytes(46)
    return struct.pack("=IHHII", 16 + len(body), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP,
                       1, 0) + body


def messages(netlink):
    """The types of all messages of an answer."""
    while True:
        rest = netlink.recv(65536)
        while rest:
            size, kind = struct.unpack_from("=IH", rest)
            yield kind
            rest = rest[size + 3 & ~3:]


def ask_kernel(port):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as netlink:
        netlink.send(question(port))
        count = 0
        for kind in messages(netlink):
            if kind == DONE:
                return count
            if kind == ERROR:
                raise OSError("this kernel has no sock_diag")
            count += 1


def read_table(port):
    rows = [line.split() for line in
            pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}")
               and int(row[3], 16) not in (TIME_WAIT, LISTEN) for row in rows)


def count_connections(port):
    """Of those whose near end is this port."""
    try:
        return ask_kernel(port)
    except OSError:
        return read_table(port)


def is_read(wire, port):
    """Who listens at this port has taken all that was sent."""
    local, far = wire.getsockname()[1], port
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table]
    return any(row[1].endswith(f":{far:04X}") and row[2].endswith(f":{local:04X}")
               and row[4].endswith(":00000000") for row in rows)
