# SPDX-License-Identifier: Apache-2.0
"""Servers of two versions on one table: this module is the older one of a table that a
later version has made, and finds in a cache what another version has stored. Of the
table before this version's, test_upgrade_former.py tells."""

import hmac

import pytest

from page import Page
from remembering import GRANT, TROUBLE, ask, grants, no_table, said, use
from server import TOKEN, TOP


def make_later(server):
    """As docs/ARCHITECTURE.md says that a later version adds columns: NULL, or with a
    DEFAULT, and what restricts is a word that this one does not understand."""
    for column in ("purpose VARCHAR(100)", "weight INTEGER NOT NULL DEFAULT 7"):
        server.sql(f"ALTER TABLE jiratoken ADD COLUMN {column}")


def test_table_of_a_later_version_is_served_by_this_one(server):
    make_later(server)
    server.start()
    assert not said(server, "older than this version|jiratoken:(warn|error)")
    token = server.create(label="made by the older one")
    assert server.check("alice", token).status == 200
    server.sql("UPDATE jiratoken SET purpose = 'a later one''s', weight = 9")
    [[row]] = server.sql("SELECT id FROM jiratoken")
    page = server.post(f"/tokens/{row}/rotate",
                       {"replaces": server.digest(token)[:12], "overlap": "3600"}, user="alice")
    new = TOKEN.search(page.text)[0]
    server.tokens.append(new)
    assert server.post(f"/tokens/{row}/rename", {"label": "renamed"}, user="alice").status == 303
    assert [server.check("alice", text).status for text in (token, new)] == [200, 200]
    # What is the later one's stays as it was.
    assert server.sql("SELECT label, purpose, weight FROM jiratoken") \
        == [("renamed", "a later one's", 9)]
    assert [line[0] for line in Page(server.get("/tokens", user="alice")).table()] == ["renamed"]
    server.revoke(new)
    assert [server.check("alice", text).status for text in (token, new)] == [401, 401]


def test_limit_of_a_later_version_lets_nobody_in(server):
    make_later(server)
    server.start()
    token = server.create()
    server.sql("UPDATE jiratoken SET restrictions = 'weekdays'")
    answer = server.check("alice", token)
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "restriction")
    server.revoke(token)


def test_servers_are_exchanged_one_by_one(server, twin):
    """While the table stays the same: a token of either opens both, before, meanwhile
    and after."""
    for one in (server, twin):
        one.start()
    tokens = [server.create(), twin.create()]
    for one, other in ((server, twin), (twin, server)):
        one.stop()
        tokens.append(other.create())
        assert {other.check("alice", token).status for token in tokens} == {200}
        one.start()
        assert {one.check("alice", token).status for token in tokens} == {200}
    for one in (server, twin):
        one.tokens += tokens


# ---- a cache that both share


def reseal(server, key, value):
    """As a server with the same key does it: jt_entry.h."""
    derived = hmac.new(bytes.fromhex(server.key), b"mod_jiratoken\0seal 1\0",
                       "sha256").digest()
    number = bytes.fromhex(key.decode().rpartition(":")[2])
    return value + hmac.new(derived, number + value, "sha256").digest()


@pytest.mark.plain
@pytest.mark.parametrize("step", [-1, 1])
def test_entry_of_another_version_is_none(server, caches, step):
    """Sealed by the same key, and with another first byte."""
    use(server, "redis", caches, "JiraTokenCacheTimeout 600")
    server.expect(TROUBLE)
    server.start()
    token = server.create()
    assert set(ask(server, token)) == {200}
    [[key, value]] = grants(server.cache).items()
    assert reseal(server, key, value[:-32]) == value
    other = reseal(server, key, bytes([GRANT[0] + step]) + value[1:-32])
    server.cache.set(key, other)
    with no_table(server):
        assert ask(server, token, 8) == [503] * 8
    server.cache.set(key, other)
    assert ask(server, token) == [200] * 16     # the table was asked
    server.cache.set(key, value)
    with no_table(server):
        assert ask(server, token, 8) == [200] * 8


@pytest.mark.plain
def test_manual_says_so():
    text = " ".join((TOP / "docs/operations.md").read_text().split())
    assert "one server after the other" in text
    assert "what one has stored is nothing to the other" in text
