# SPDX-License-Identifier: Apache-2.0
"""What tests of the cache share: a server that has one, and how one sees
whether it, or the table, gave an answer."""

import concurrent.futures
import contextlib
import re

from faults import SILENT, break_table, mend_table

# What this module says of a cache that fails, and what the provider does.
TROUBLE = r"jiratoken:warn.*the cache of tokens "
PROVIDER = r"\[socache_(redis|memcache|dbm|shmcb):(error|crit)\]"


# How the values in a cache begin: jt_entry.c.
GRANT, LEASE = b"\x16", b"\x14"


# Nobody is told 503 for being one of many.
PATIENT = "JiraTokenDatabaseLimit 100"


def use_cache(server, *lines):
    """What JiraTokenCache is where nothing is said: the module's own table."""
    server.settings += "".join(f"{line}\n" for line in (PATIENT, *lines))
    return server


# The caches in memory that the children of one httpd share: where nothing is
# said, and the provider that needs no server.
IN_MEMORY = ("shared", "shmcb")


def use_in_memory(server, kind, *lines):
    """One of IN_MEMORY."""
    if kind == "shmcb":
        server.modules.append("socache_shmcb")
        lines = ("JiraTokenCache shmcb", *lines)
    return use_cache(server, *lines)


def use(server, kind, caches, *lines):
    """Any provider; server.cache is what runs outside httpd, if that does."""
    server.modules.append(f"socache_{kind}")
    argument = {"shmcb": "", "dbm": f":{server.root}/data/cache"}.get(kind)
    server.cache = caches(kind) if argument is None else None
    if server.cache:
        argument = f":127.0.0.1:{server.cache.port}"
    server.settings += "".join(f"{line}\n" for line in (
        PATIENT, f"JiraTokenCache {kind}{argument}", *lines))
    return server


def use_status(server):
    """What counts() asks."""
    server.modules.append("status")
    server.locations += '<Location "/status">\nSetHandler server-status\n</Location>\n'
    return server


def counts(server):
    """{name: number} of mod_status's ?auto."""
    text = server.get("/status?auto").text
    return {name: int(number) for name, number in
            re.findall(r"^JiraToken(\w+): (\d+)$", text, re.M)}


@contextlib.contextmanager
def no_table(server):
    """The database answers nothing: what is said now was remembered."""
    break_table(server)
    try:
        yield
    finally:
        mend_table(server)


def ask(server, token, number=16, user="alice", threads=8, path="/files/hello.txt"):
    """The statuses of so many checks, which between them reach every child."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda _: server.check(user, token, path).status,
                             range(number)))


def is_remembered(server, token, user="alice"):
    """Whether each child answers without the table."""
    server.expect(SILENT)
    with no_table(server):
        return set(ask(server, token, user=user)) == {200}


def warm(server, token):
    """Every child has answered by what is remembered."""
    assert set(ask(server, token)) == {200}
    assert is_remembered(server, token)


def said(server, pattern):
    """Lines of the log."""
    return [line for line in server.log().splitlines() if re.search(pattern, line)]


# ---- what is in a redis


def grants(cache):
    """What is kept of rows."""
    found = {key: cache.get(key) for key in cache.keys()}
    return {key: value for key, value in found.items()
            if value and value.startswith(GRANT)}


def entry_of(server, token):
    """The key and the value that are kept of a token, but for its lease."""
    known = grants(server.cache)
    assert server.check("alice", token).status == 200
    [key] = set(grants(server.cache)) - set(known)
    return key, server.cache.get(key)


def lease_of(server, token):
    """The key of its lease, which tells nothing of the token: jt_cache.c."""
    digest = bytearray.fromhex(server.digest(token))
    digest[-1] ^= 1
    [key] = [key for key in server.cache.keys()
             if key.lower().endswith(digest.hex().encode())]
    return key
