# SPDX-License-Identifier: Apache-2.0
"""A new secret under the same label: which secrets work then, and until when."""

import re

import pytest

from page import Page
from server import TOKEN

DAY = 86400


def form(server, row, user="alice"):
    """What the page would send: the secret that it replaces."""
    text = server.get(f"/tokens/{row}/rotate", user=user).text
    return re.search('name="replaces" value="([0-9a-f]{12})"', text)[1]


def rotate(server, token, overlap=0, row=None, replaces=None):
    row = row or server.id_of(token)
    answer = server.post(f"/tokens/{row}/rotate",
                         {"replaces": replaces or form(server, row), "overlap": overlap},
                         user="alice")
    assert answer.status == 200, answer.text
    new = Page(answer).id("token").text
    assert TOKEN.fullmatch(new)
    server.tokens.append(new)
    return new


def works(server, *tokens):
    return [server.check("alice", token).status == 200 for token in tokens]


pytestmark = pytest.mark.database


@pytest.mark.parametrize("cache", ["off", "shared", "shmcb"])
def test_old_secret_works_for_the_overlap(server, cache):
    server.modules.append("socache_shmcb")
    server.settings += f"JiraTokenCache {cache}\nJiraTokenCacheTimeout 86400\n"
    server.use_own_clock()
    server.start()
    old = server.create(label="ci", expires="")
    assert works(server, old) == [True]
    new = rotate(server, old, 3600)
    assert works(server, old, new) == [True, True]
    assert "old secret works until" in server.get("/tokens/", user="alice").text
    server.pass_time(3700)
    assert works(server, old, new) == [False, True]
    answer = server.check("alice", old)
    assert answer.get("JiraToken-Status") is None       # it is nobody's any more
    assert "old secret works until" not in server.get("/tokens/", user="alice").text


@pytest.mark.parametrize("cache", ["off", "shared", "shmcb"])
def test_without_an_overlap_it_dies_at_once(server, cache):
    server.modules.append("socache_shmcb")
    server.settings += f"JiraTokenCache {cache}\nJiraTokenCacheTimeout 86400\n"
    server.start()
    old = server.create()
    for _ in range(5):
        assert works(server, old) == [True]
        new = rotate(server, old)
        assert works(server, old, new) == [False, True]
        old = new


def test_another_rotation_ends_the_oldest_secret(running):
    first = running.create()
    second = rotate(running, first, 604800)
    row = running.id_of(second)
    assert works(running, first, second) == [True, True]
    third = rotate(running, second, 604800, row)
    assert works(running, first, second, third) == [False, True, True]
    assert running.post(f"/tokens/{row}/revoke", user="alice").status == 303
    assert works(running, first, second, third) == [False, False, False]


def test_form_that_is_sent_twice_replaces_once(running):
    token = running.create()
    row = running.id_of(token)
    replaces = form(running, row)
    new = rotate(running, token, 3600, row, replaces)
    answer = running.post(f"/tokens/{row}/rotate", {"replaces": replaces, "overlap": 3600},
                          user="alice")
    assert answer.status == 409 and "already rotated" in answer.text
    assert not TOKEN.search(answer.text)
    assert works(running, token, new) == [True, True]


def test_token_keeps_all_but_its_dates(server):
    server.use_own_clock("2027-01-15 10:00:00")
    server.start()
    token = server.create(label="ci", expires="2027-01-20", read="1")
    row = server.id_of(token)
    server.pass_time(2 * DAY)
    new = rotate(server, token, 0, row)
    [seen] = server.sql("SELECT id, label, restrictions, expires_at, slot FROM jiratoken")
    assert seen == (row, "ci", "read", 1800662400, 0)       # 2027-01-23
    assert server.id_of(new) == row


@pytest.mark.parametrize("overlap", ["", "1", "-1", "604801", "abc", "3600x"])
def test_overlap_is_one_that_is_offered(running, overlap):
    token = running.create()
    row = running.id_of(token)
    answer = running.post(f"/tokens/{row}/rotate",
                          {"replaces": form(running, row), "overlap": overlap}, user="alice")
    assert answer.status == 400
    assert works(running, token) == [True]


def test_what_is_not_yours_or_over_is_not_rotated(running):
    token = running.create()
    row = running.id_of(token)
    for path in (f"/tokens/{row}/rotate", "/tokens/999/rotate"):
        assert running.get(path, user="bob").status == 404
        assert running.post(path, {"replaces": "0" * 12, "overlap": 0},
                            user="bob").status == 404
    running.sql("UPDATE jiratoken SET expires_at = 1")
    answer = running.post(f"/tokens/{row}/rotate",
                          {"replaces": form(running, row), "overlap": 0}, user="alice")
    assert answer.status == 409 and "has expired" in answer.text


# ---- renaming


def test_label_changes_and_nothing_else(running):
    token = running.create(label="before", expires="2099-01-01")
    row = running.id_of(token)
    [before] = running.rows()
    answer = running.post(f"/tokens/{row}/rename", {"label": " after \u00e9 "}, user="alice")
    assert answer.status == 303
    [after] = running.rows()
    assert [a for a, b in zip(after, before) if a != b] == ["after \u00e9"]
    assert works(running, token) == [True]


@pytest.mark.parametrize("label,status", [("", 400), ("x" * 101, 400), ("a\nb", 400),
                                          ("taken", 409)])
def test_label_that_cannot_be_is_refused_and_shown_again(running, label, status):
    running.create(label="taken")
    token = running.create(label="mine")
    answer = running.post(f"/tokens/{running.id_of(token)}/rename", {"label": label},
                          user="alice")
    assert answer.status == status and 'class="fault"' in answer.text
    assert {row[0] for row in running.sql("SELECT label FROM jiratoken")} == {"taken", "mine"}
