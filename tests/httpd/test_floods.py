# SPDX-License-Identifier: Apache-2.0
"""Many requests at once that come to nothing, beside a user with a good token,
and much that is made and revoked again. How fast, is for `make bench`."""

import contextlib

import pytest

from faults import CROWD
from load import load
from server import shaped

# Each check is to ask the database.
pytestmark = pytest.mark.usefixtures("uncached")


def test_flood_of_unknown_tokens_keeps_nobody_out(server):  # R01
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.expect(CROWD)
    server.start()
    token = server.create()
    with contextlib.ExitStack() as stack:
        floods = [client for _ in range(6) for client in
                  stack.enter_context(load(server, {"alice": shaped()}))]
        [good] = stack.enter_context(load(server, {"alice": token}))
        server.poll(lambda: len(good.seen) > 200
                    and all(len(flood.seen) > 50 for flood in floods))
    answers = good.answers()
    assert set(answers) <= {200, 503} and answers.count(200) > 0.95 * len(answers)
    assert {said for flood in floods for said in flood.answers()} <= {401, 503}
    assert server.check("alice", token).status == 200


def size(server):
    """In pages, of SQLite's file; of a server's, nobody can say."""
    if server.database.kind != "sqlite3":
        return 0
    [[pages]] = server.sql("PRAGMA page_count")
    return pages


def test_tokens_that_are_made_and_revoked_leave_nothing(running):  # R03
    kept = running.create("bob", label="kept")
    sizes = []
    for _ in range(3):
        for number in range(25):
            running.create(label=f"n{number}")
        assert running.post("/tokens/create", {"label": "n25"}, user="alice").status == 409
        sizes.append(size(running))
        for [number] in running.sql("SELECT id FROM jiratoken WHERE user_name = 'alice'"):
            assert running.post(f"/tokens/{number}/revoke", user="alice").status == 303
    assert [row[3] for row in running.rows()] == ["kept"]
    assert sizes[2] == sizes[1]
    assert running.check("bob", kept).status == 200
