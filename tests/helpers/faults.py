# SPDX-License-Identifier: Apache-2.0
"""What a test does to the database behind the server's back, and what an answer
then is."""

import os
import re

import pytest

from server import TOKEN

ANSWERS = "the token database cannot answer"
# A try of several that found others waiting, on a slow machine.
CROWD = "reason=JiraTokenDatabaseLimit calls are waiting"
SILENT = rf"jiratoken:error.*{ANSWERS}"
UNSURE = r"jiratoken:warn.*token perhaps revoked"
# mod_dbd's own words about a connection that it could not make or keep, with
# those of the server, one of which is a line by itself.
LOST = r"AH00629|AH0063[369]|AH02655|\[dbd:"


def lax(kind, collation, *more):
    """A case with one collation of one database's that takes different texts
    for equal."""
    return pytest.param(collation, *more, marks=pytest.mark.database(kind))


def make_lax(server, collation, *columns):
    """Somebody has made the table with columns that find more than they ought."""
    script, changed = re.subn(
        rf'(?m)^    ({"|".join(columns)}) .*?( COLLATE "C")? NOT NULL',
        rf"\1 VARCHAR(255) COLLATE {collation} NOT NULL", server.database.schema)
    assert changed == len(columns)
    if server.database.kind == "pgsql":
        server.sql(f"CREATE COLLATION {collation} (provider = icu, deterministic = false, "
                   "locale = 'und-u-ks-level1-ka-shifted')")
    server.sql("DROP TABLE jiratoken")
    server.database.make_table(script=script)


def single(server):
    """One child, so that it is known whose connections are which."""
    if server.mpm == "prefork":
        server.expect("AH00161:")
        server.sizes = lambda: ("StartServers 1\nMinSpareServers 1\nMaxSpareServers 1\n"
                                "ServerLimit 1\nMaxRequestWorkers 1")
    else:
        server.sizes = lambda: ("StartServers 1\nServerLimit 1\nThreadsPerChild 8\n"
                                "ThreadLimit 8\nMaxRequestWorkers 8\n"
                                "MinSpareThreads 1\nMaxSpareThreads 8")


def break_table(server):
    server.expect(SILENT)
    server.sql("ALTER TABLE jiratoken RENAME TO away")


def mend_table(server):
    server.sql("ALTER TABLE away RENAME TO jiratoken")


def assert_unavailable(answer):
    assert answer.status == 503
    assert answer.get("Retry-After").isdigit()
    assert answer.get("WWW-Authenticate") is None


def freeze(server):
    """From the restart that this is, only root can write to SQLite's file and
    folder."""
    server.expect(f"{SILENT}|{UNSURE}")
    server.stop()
    server.sql("PRAGMA journal_mode = DELETE")
    file = server.database.path
    for path, mode in ((file, 0o444), (file.parent, 0o555)):
        os.chown(path, 0, 0)
        path.chmod(mode)
    server.start()


ROOM = "SELECT count(*) FROM jiratoken WHERE user_name = 'alice'"


def check_that_full_is_said(server, *there):
    """There is room for some rows, perhaps, beside those of these tokens, and then
    for none: tokens are made until one is not. What is said is true; checks go on,
    also where no use can be noted."""
    made = list(there)
    while (answer := server.post("/tokens/create", {"label": f"{len(made)} {'😀' * 90}"},
                                 user="alice")).status == 200:
        made += set(TOKEN.findall(answer.text))
    server.tokens += made[len(there):]
    assert_unavailable(answer)
    assert not TOKEN.search(answer.text)
    assert server.sql(ROOM) == [(len(made),)]
    assert made and {server.check("alice", token).status for token in made} == {200}
    assert server.get("/tokens", user="alice").status == 200
    for token in made[:4]:
        said = server.post(f"/tokens/{server.id_of(token)}/revoke", user="alice").status
        assert (said, server.check("alice", token).status) in ((303, 401), (503, 200))
