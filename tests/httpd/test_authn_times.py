# SPDX-License-Identifier: Apache-2.0
"""When a token ends, what its owner is told of that, and when its last use is
written down."""

import http.client
import time

import pytest

from credentials import last_use, set_expiry
from pace import assert_soon, measure_open, timed
from server import HANGS, basic


# ---- expiry


@pytest.mark.parametrize("path", ["/files/hello.txt", "/chain/hello.txt"])
def test_expired_token_says_so_to_its_owner_alone(running, path):  # A06
    token = running.create()
    set_expiry(running, token, int(time.time()) - 1)
    mine, bobs = (running.check(user, token, path) for user in ("alice", "bob"))
    assert (mine.status, mine.get("JiraToken-Status")) == (401, "expired")
    assert (bobs.status, bobs.get("JiraToken-Status")) == (401, None)
    assert mine.get("WWW-Authenticate") == bobs.get("WWW-Authenticate")
    assert mine.get("JiraToken-Expires") is None


@pytest.mark.parametrize("value,status", [
    (None, 200), (2**40, 200), (9223372036854775807, 200), (253402300800, 200),
    (0, 401), (1, 401),
])
def test_expiry_instant_decides(running, value, status):  # A06
    token = running.create()
    set_expiry(running, token, value)
    answer = running.check("alice", token)
    assert answer.status == status
    assert answer.get("JiraToken-Status") == ("expired" if status == 401 else None)


def test_token_works_through_its_last_day(server):  # A06
    server.set_clock("2031-05-01 12:00:00")
    server.start()
    token = server.create(expires="2031-05-02")
    seen = []
    for instant in ("2031-05-02 00:00:00", "2031-05-02 23:59:00",
                    "2031-05-03 00:00:00", "2031-07-01 12:00:00"):
        server.set_clock(instant)
        server.restart()
        answer = server.check("alice", token)
        seen.append((answer.status, answer.get("JiraToken-Expires"),
                     answer.get("JiraToken-Status")))
    good = (200, "2031-05-03T00:00:00Z", None)
    assert seen == [good, good, (401, None, "expired"), (401, None, "expired")]


def test_token_without_an_expiry_never_ends(server):  # A06
    server.start()
    token = server.create()
    server.set_clock("2037-12-31 12:00:00")
    server.restart()
    answer = server.check("alice", token)
    assert (answer.status, answer.get("JiraToken-Expires")) == (200, None)


def test_expiry_is_announced_with_every_answer_of_the_backend(running):
    token, endless = running.create(), running.create()
    set_expiry(running, token, 2000000000)
    for path, status in (("/files/hello.txt", 200), ("/files/none", 404)):
        answer = running.check("alice", token, path)
        assert (answer.status, answer.get("JiraToken-Expires")) == (
            status, "2033-05-18T03:33:20Z")
        assert running.check("alice", endless, path).get("JiraToken-Expires") is None
        assert running.check("bob", token, path).get("JiraToken-Expires") is None


# ---- last use


def test_last_use_is_written(running):
    token = running.create()
    assert last_use(running, token) == (None, None)
    before = int(time.time())
    assert running.check("alice", token).status == 200
    running.poll(lambda: last_use(running, token)[0])
    at, source = last_use(running, token)
    assert before <= at <= time.time() and source == "127.0.0.1"


def test_refused_use_is_not_written(running):
    token = running.create()
    for user in ("bob", "carol"):
        assert running.check(user, token).status == 401
    set_expiry(running, token, 1)
    assert running.check("alice", token).status == 401
    running.graceful()
    assert last_use(running, token) == (None, None)


@pytest.mark.parametrize("interval,ago,written", [
    (600, 599 - 60, False), (600, 601, True), (1, 2, True), (0, 10**6, False),
    (0, None, False), (600, None, True), (86400, 86300, False), (600, -10**6, False),
])
def test_last_use_is_written_once_an_interval(server, interval, ago, written):
    server.settings = f"JiraTokenLastUsedInterval {interval}"
    server.start()
    token = server.create()
    stored = None if ago is None else int(time.time()) - ago
    server.sql("UPDATE jiratoken SET last_used_at = ?", stored)
    assert server.check("alice", token).status == 200
    server.graceful()       # ends when what it was doing is done
    assert (last_use(server, token)[0] != stored) == written


def test_failing_write_of_last_use_leaves_the_check_alone(server):  # F12
    """Where it is not remembered, each check tries again."""
    server.settings += "JiraTokenCache off\n"
    running = server.start()
    running.expect(r"jiratoken:error.*cannot answer")
    token = running.create()
    running.database.refuse("UPDATE")
    for _ in range(5):
        assert running.check("alice", token).status == 200
    assert last_use(running, token) == (None, None)
    running.database.allow("UPDATE")
    assert running.check("alice", token).status == 200
    running.poll(lambda: last_use(running, token)[0])


def test_slow_write_of_last_use_fails_no_check(running):  # F12
    running.expect(r"jiratoken:error.*cannot answer")
    tokens = [running.create() for _ in range(20)]
    with running.database.held():
        seen = [running.check("alice", token).status for token in tokens]
    assert seen == [200] * 20


def test_slow_write_of_last_use_delays_no_request_after_it(server):  # F12
    server.settings += "KeepAlive On\n"
    server.expect(r"jiratoken:error.*cannot answer")
    server.start()
    token, other = server.create(), server.create()
    for _ in range(40):     # every child has made its statements
        server.check("alice", other)
    header = {"Authorization": basic("alice", token)}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=HANGS)
    took, control = [], []

    def ask():
        connection.request("GET", "/files/hello.txt", headers=header)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    with server.database.held():
        for _ in range(6):
            status, seconds = timed(ask)
            assert status == 200
            took.append(seconds)
            control.append(measure_open(server))    # on a connection of its own
    connection.close()
    assert_soon(took, control, 0.5, 0.7)


def test_last_use_is_of_the_address_that_remoteip_found(server):
    server.modules.append("remoteip")
    server.settings = ("RemoteIPHeader X-Forwarded-For\n"
                       "RemoteIPInternalProxy 127.0.0.1")
    server.start()
    token = server.create()
    server.get("/files/hello.txt", user="alice", password=token,
               headers={"X-Forwarded-For": "2001:db8::7"})
    server.poll(lambda: last_use(server, token)[0])
    assert last_use(server, token)[1] == "2001:db8::7"
