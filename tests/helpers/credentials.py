# SPDX-License-Identifier: Apache-2.0
"""Credentials that are odd on purpose, as they go over the wire, and what a
test does to those that the server knows."""

import base64

from server import shaped

ODD_USER = "~~~??"      # its base64 has a + and, with a token, ends in ==
STRAY = shaped(middle="Stray" * 8 + "abc")  # nobody's

# What happens to tokens on their way: name, what becomes of the token.
MUTATIONS = {
    "last character lost": lambda t: t[:-1], "half of it": lambda t: t[:30],
    "first 24": lambda t: t[:27], "one more": lambda t: t + "x",
    "upper case": str.upper, "other prefix's case": lambda t: "JT" + t[2:],
    "wrong checksum": lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"),
    "quoted": lambda t: f'"{t}"', "single quotes": lambda t: f"'{t}'",
    "half quoted": lambda t: f'"{t}', "typographic": lambda t: f"\u201c{t}\u201d",
    "guillemets": lambda t: f"\u00ab\u00a0{t}\u00a0\u00bb", "back quotes": lambda t: f"`{t}`",
    "Bearer": lambda t: f"Bearer {t}", "bearer, cut": lambda t: f"bearer {t[:40]}",
    "no-break space": lambda t: f"\u00a0{t}", "byte order mark": lambda t: f"\ufeff{t}",
    "zero width space": lambda t: f"\u200b{t[:40]}", "in words": lambda t: f"my token is {t}.",
    "twice": lambda t: t + t, "as an assignment": lambda t: f"TOKEN={t}",
    "a name before it": lambda t: f"alice:{t}", "a dash at its end": lambda t: t[:-1] + "-",
    "a dash within": lambda t: t[:12] + "-" + t[13:],
    "another letter within": lambda t: t[:9] + "\u00e9" + t[10:],
    "a blank within": lambda t: t[:20] + " " + t[21:],
}
WITH_SPACE = ["{}\n", "{}\r\n", " {}", "{} ", "\t{}\t", "\n\n{}", " {}\x0b\x0c"]


def b64(data):
    return base64.b64encode(data).decode()


def without_colon(text):
    return "Basic " + b64(text.encode())


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
