# SPDX-License-Identifier: Apache-2.0
"""Credentials that are odd on purpose, as they go over the wire, and what a
test does to those that the server knows."""

import base64

from server import shaped

ODD_USER = "~~~??"      # its base64 has a + and, with a token, ends in ==
STRAY = shaped(middle="Stray" * 8 + "abc")  # nobody's


def b64(data):
    return base64.b64encode(data).decode()


def ask(server, *values, path="/files/hello.txt", name="Authorization"):
    """A request with these Authorization headers, as they stand."""
    lines = "".join(f"{name}: {value}\r\n" for value in values)
    back = server.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      f"{lines}\r\n".encode("latin-1"))
    return int(back.split(b" ", 2)[1]), back.lower()


def make_file_password(server, user, password):
    """From now on the file provider would let this user in by this password."""
    users = server.root / "users"
    lines = [line for line in users.read_bytes().splitlines(True)
             if not line.startswith(user.encode() + b":")]
    users.write_bytes(b"".join(lines))
    server.add_user(user, password)


def set_expiry(server, token, value):
    server.sql("UPDATE jiratoken SET expires_at = ? WHERE digest = ?", value,
               server.digest(token))


def last_use(server, token):
    [row] = server.sql("SELECT last_used_at, last_used_from FROM jiratoken "
                       "WHERE digest = ?", server.digest(token))
    return row
