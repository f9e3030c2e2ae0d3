# SPDX-License-Identifier: Apache-2.0
"""JiraTokenMaxIdle: a token that nobody uses ends; whoever uses it, rotates it or
has no dates for it keeps it."""

import json
import re

import pytest

from api import Client, mount
from remembering import use_cache
from server import TOKEN, basic

DAY = 86400
START = "2027-01-15 10:00:00"

pytestmark = pytest.mark.plain


@pytest.fixture(params=["off", "shared"])
def idle(server, request):
    """Tokens may be unused for 30 days; what is verified is remembered, or not."""
    if request.param == "off":
        server.settings += "JiraTokenCache off\n"
    else:
        use_cache(server, "JiraTokenCacheTimeout 86400")
    server.settings += "JiraTokenMaxIdle 30\nJiraTokenLastUsedInterval 60\n"
    server.use_own_clock(START)
    return server.start()


def ask(server, token, user="alice"):
    answer = server.check(user, token)
    return answer.status, answer.get("JiraToken-Status")


def wait_for_use(server, count):
    server.poll(lambda: server.sql(
        "SELECT count(*) FROM jiratoken WHERE last_used_at IS NOT NULL") == [(count,)])


def test_token_that_was_never_used_is_idle_30_days_after_its_creation(idle):
    used, unused = idle.create(), idle.create()
    idle.pass_time(30 * DAY - 120)
    assert ask(idle, used) == (200, None)
    wait_for_use(idle, 1)
    idle.pass_time(240)
    assert ask(idle, unused) == (401, "idle")
    assert ask(idle, used) == (200, None)
    # Only whoever holds it learns why.
    assert ask(idle, unused, "bob") == (401, None)
    assert [text for text in re.findall(r'class="state [a-z]+">([^<]+)<',
                                        idle.get("/tokens/", user="alice").text)] \
        == ["Active", "Idle"]


def test_each_use_counts_for_30_days_more(idle):
    token = idle.create()
    for _ in range(4):
        idle.pass_time(29 * DAY)
        assert ask(idle, token) == (200, None)
        wait_for_use(idle, 1)
    idle.pass_time(31 * DAY)
    assert ask(idle, token) == (401, "idle")
    assert ask(idle, token) == (401, "idle")    # a refused use is none


def test_refused_use_hides_none_that_is_granted(idle):
    """A program may try to write before it reads, each time."""
    token = idle.create(read="1")
    sent = {"Authorization": basic("alice", token)}
    for _ in range(2):
        idle.pass_time(29 * DAY)
        assert idle.request("POST", "/files/hello.txt", headers=sent).status == 403
        assert [ask(idle, token) for _ in range(3)] == [(200, None)] * 3
        wait_for_use(idle, 1)
        idle.sql("UPDATE jiratoken SET created_at = last_used_at")
    lines = [line for line in idle.log().splitlines() if "reason=method" in line]
    assert len(lines) == 2 and all(idle.digest(token)[:12] in line for line in lines)


def test_holder_reads_since_when_it_is_idle(idle):
    token = idle.create()
    idle.pass_time(40 * DAY)
    answer = idle.check("alice", token)
    assert answer.get("Content-Type") == "text/plain; charset=utf-8"
    assert "2027-01-15" in answer.text and "30 days" in answer.text
    assert "refused: reason=idle" in idle.log().replace("token refused", "refused")


def test_row_without_dates_is_never_idle(idle):
    token = idle.create()
    idle.sql("UPDATE jiratoken SET created_at = NULL")
    idle.pass_time(4000 * DAY)
    assert ask(idle, token) == (200, None)


def test_owner_may_rotate_an_idle_token(idle):
    token = idle.create()
    row = idle.id_of(token)
    idle.pass_time(40 * DAY)
    form = idle.get(f"/tokens/{row}/rotate", user="alice").text
    answer = idle.post(f"/tokens/{row}/rotate", {
        "replaces": re.search('name="replaces" value="([0-9a-f]{12})"', form)[1],
        "overlap": 0}, user="alice")
    assert answer.status == 200
    new = TOKEN.search(answer.text)[0]
    idle.tokens.append(new)
    assert ask(idle, new) == (200, None)
    assert ask(idle, token) == (401, None)


def test_api_says_idle(server):
    mount(server)
    server.settings += "JiraTokenMaxIdle 30\n"
    server.use_own_clock(START)
    api = Client(server.start())
    made = api.create()
    server.pass_time(31 * DAY)
    assert json.loads(api.call("GET", f"/tokens/{made['id']}").text)["state"] == "idle"
    answer = Client(server, token=made["rawToken"]).call("GET", "/tokens/self")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "idle")


@pytest.mark.parametrize("lines,said", [
    ("JiraTokenMaxIdle 30\nJiraTokenLastUsedInterval 0", "records none"),
    ("JiraTokenMaxIdle 1\nJiraTokenLastUsedInterval 86400", "is not shorter"),
])
def test_days_that_cannot_be_are_refused_at_the_start(server, lines, said):
    server.settings = lines + "\n"
    code, words = server.check_configuration()
    assert code != 0 and said in words
