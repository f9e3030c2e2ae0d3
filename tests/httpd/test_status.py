# SPDX-License-Identifier: Apache-2.0
"""What mod_status shows of the module: what all children counted."""

import re

import pytest

from faults import break_table, mend_table
from remembering import counts, use_cache, use_status
from server import shaped


@pytest.fixture
def counting(server):
    return use_status(use_cache(server)).start()


def changes(server, act):
    before = counts(server)
    act()
    after = counts(server)
    return {name: after[name] - before[name] for name in after
            if after[name] != before[name]}


def test_each_outcome_is_counted_once(counting):
    token = counting.create()
    mistyped = token[:-1] + ("x" if token[-1] != "x" else "y")

    def counted(user, password):
        return changes(counting, lambda: counting.check(user, password))
    assert counted("alice", token) == {"Checks": 1, "Lookups": 1}
    assert counted("alice", token) == {"Checks": 1, "CacheHits": 1}
    assert counted("bob", token) == {"Checks": 1, "Lookups": 1, "RefusedOtherOwner": 1}
    assert counted("bob", shaped()) == {"Checks": 1, "Lookups": 1, "RefusedUnknown": 1}
    assert counted("bob", mistyped) == {"Checks": 1, "RefusedMistyped": 1}
    assert counted("bob", "a password") == {}
    counting.sql("UPDATE jiratoken SET expires_at = 1")
    assert counted("bob", token) == {"Checks": 1, "Lookups": 1, "RefusedOtherOwner": 1}
    number = counting.id_of(token)
    assert changes(counting, lambda: counting.create()) == {"Created": 1}
    assert changes(counting, lambda: counting.post(
        f"/tokens/{number}/revoke", user="alice")) == {"Revoked": 1}
    assert changes(counting, lambda: counting.post(
        f"/tokens/{number}/revoke", user="alice")) == {}
    break_table(counting)
    assert counted("bob", shaped()) == {"Checks": 1, "Lookups": 1, "Unavailable": 1}
    assert changes(counting, lambda: counting.get("/tokens", user="alice")) \
        == {"Unavailable": 1}
    mend_table(counting)


def test_counts_are_of_all_children_and_outlive_a_restart(counting):
    token = counting.create()
    seen = changes(counting, lambda: [counting.check("alice", token) for _ in range(40)])
    assert seen["Checks"] == 40 and seen["CacheHits"] + seen["Lookups"] == 40
    before = counts(counting)
    counting.graceful()
    assert counts(counting) == before


def test_page_has_the_same_counts_in_words(counting):
    counting.check("alice", counting.create())
    page = counting.get("/status").text
    section = page[page.index("<h2>jiratoken</h2>"):]
    assert re.search(r"tokens checked</th><td[^>]*>1</td>", section)
    assert re.search(r"tokens created</th><td[^>]*>1</td>", section)
    assert len(re.findall(r"<tr><th", section)) == len(counts(counting))
