# SPDX-License-Identifier: Apache-2.0
"""A revoked token is refused from the next request on, by every child, whatever
was remembered of it or is just being found out."""

import concurrent.futures
import os
import re
import signal
import socket
import time

import pytest

from api import Client, mount
from faults import LOST, SILENT, UNSURE, assert_unavailable
from load import go_on, load, mistaken, tell_user
from proxy import Proxy
from remembering import IN_MEMORY, ask, no_table, use_in_memory, warm
from rounds import play, use_children
from server import HANGS, SAME_ORIGIN, basic, shaped
from sockets import is_read

ROUNDS = 200


@pytest.fixture(params=IN_MEMORY)
def cached(server, request):
    """As long as a day: what is refused is so because it was revoked."""
    return use_in_memory(server, request.param, "JiraTokenCacheTimeout 86400")


# ---- by this server


def test_revoked_token_is_refused_by_the_next_request(cached):  # C01
    cached.settings += "JiraTokenLastUsedInterval 0\n"
    cached.start()
    for _ in range(ROUNDS):
        token = cached.create()
        assert [cached.check("alice", token).status for _ in range(3)] == [200] * 3
        cached.revoke(token)
        assert cached.check("alice", token).status == 401


def test_revoked_token_is_refused_by_every_child(cached):  # C02
    cached.start()
    for _ in range(8):
        token = cached.create()
        warm(cached, token)
        cached.revoke(token)
        assert ask(cached, token, 32) == [401] * 32


def test_revocation_reaches_requests_in_flight(cached):  # C02
    tell_user(cached)
    cached.start()
    others = {"bob": cached.create("bob")}
    for _ in range(10):
        token = cached.create()
        with load(cached, {"alice": token, **others}, each=4) as clients:
            cached.poll(lambda c=clients: all(len(one.seen) > 5 for one in c))
            cached.revoke(token)
            gone = time.monotonic()
            go_on(cached, clients, 6)
        late = {said for one in clients if one.user == "alice"
                for began, _, said, _ in one.seen if began > gone}
        assert late == {401}
        assert {said for one in clients if one.user == "bob"
                for said in one.answers()} == {200}
        assert mistaken(clients) == []


def test_several_tokens_are_forgotten_at_once(cached):  # C01
    cached.start()
    tokens = [cached.create() for _ in range(5)]
    for token in tokens:
        warm(cached, token)
    fields = [("id", cached.id_of(token)) for token in tokens[:4]]
    assert cached.post("/tokens/revoke", fields, user="alice").status == 303
    for token in tokens[:4]:
        assert ask(cached, token) == [401] * 16
    assert ask(cached, tokens[4]) == [200] * 16


def test_revocation_of_one_token_leaves_the_others_remembered(cached):
    """But for one in some thousand."""
    cached.start()
    tokens = [cached.create() for _ in range(6)]
    assert [cached.check("alice", token).status for token in tokens] == [200] * 6
    cached.revoke(tokens[0])
    with no_table(cached):
        seen = [cached.check("alice", token).status for token in tokens[1:]]
    assert seen.count(200) >= 4, seen


def test_token_that_was_put_back_by_sql_is_good_again(cached):
    cached.start()
    token = cached.create()
    warm(cached, token)
    cached.sql("CREATE TABLE kept AS SELECT * FROM jiratoken")
    cached.revoke(token)
    assert ask(cached, token) == [401] * 16
    cached.sql(f"INSERT INTO jiratoken {cached.database.overriding} SELECT * FROM kept")
    warm(cached, token)


def test_question_whether_to_revoke_forgets_nothing(cached):
    cached.start()
    token = cached.create()
    warm(cached, token)
    number = cached.id_of(token)
    assert cached.get(f"/tokens/{number}/revoke", user="alice").status == 200
    assert cached.post(f"/tokens/{number}/revoke", user="bob").status == 404
    assert cached.post("/tokens/revoke", {"id": number}, user="bob").status == 404
    assert cached.post(f"/tokens/{number}/revoke", user="alice",
                       headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    with no_table(cached):
        assert ask(cached, token) == [200] * 16


def test_revocation_that_fails_for_certain_leaves_the_token_good(cached):  # F07
    cached.start()
    token = cached.create()
    warm(cached, token)
    number = cached.id_of(token)
    cached.expect(f"{SILENT}|{UNSURE}")
    cached.database.refuse("DELETE")
    assert_unavailable(cached.post(f"/tokens/{number}/revoke", user="alice"))
    assert ask(cached, token) == [200] * 16


def test_create_use_revoke_use_with_requests_in_flight(cached):  # C01, C02
    """By eight children that remember the token: a thousand rounds in one of the
    suites, a hundred in each of the others."""
    rounds = 1000 if (cached.mpm, cached.database.kind) == ("event", "pgsql") else 100
    use_children(cached)
    cached.settings += "JiraTokenLastUsedInterval 0\n"
    first, last, while_good, late = play(cached.start(), rounds)
    assert (set(first), set(last), set(late)) == ({200}, {401}, {401})
    assert 200 in while_good and set(while_good) <= {200, 401}
    assert len(while_good) + len(late) > 3 * rounds


# ---- by children of before and after a graceful restart


def crowd(server):
    """Room for an old child beside the new ones."""
    server.expect("AH00485|AH10159|AH03490|AH00161|AH00484|AH00288")
    if server.mpm == "prefork":
        return
    server.sizes = lambda: ("StartServers 2\nServerLimit 8\nThreadsPerChild 4\n"
                            "ThreadLimit 4\nMaxRequestWorkers 32\n"
                            "MinSpareThreads 4\nMaxSpareThreads 32")


def half_a_post(server, path):
    """A form of alice's whose last byte is still missing."""
    head = "\r\n".join([
        f"POST {path} HTTP/1.1", "Host: x", "Connection: close", "Content-Length: 4",
        f"Authorization: {basic('alice', 'wonderland')}",
        "Content-Type: application/x-www-form-urlencoded",
        *[f"{name}: {value}" for name, value in SAME_ORIGIN.items()]])
    wire = socket.create_connection(("127.0.0.1", server.port), HANGS)
    wire.sendall(f"{head}\r\n\r\na=1".encode())
    return wire


def be_graceful(server, wire):
    """The old generation's child that holds this request goes on."""
    server.poll(lambda: is_read(wire, server.port))
    old = server.children()
    server.process.send_signal(signal.SIGUSR1)
    server.poll(lambda: old - server.children() and server.children() - old)
    server.poll(lambda: server.log().count("resuming normal operations") > 1)
    assert old & server.children(), "no old child is left"


def finish(wire):
    wire.sendall(b"2")
    back = b""
    while part := wire.recv(65536):
        back += part
    wire.close()
    return back


def test_revocation_by_an_old_child_is_seen_by_the_new_ones(cached):  # F09
    crowd(cached)
    cached.start()
    token = cached.create()
    wire = half_a_post(cached, f"/tokens/{cached.id_of(token)}/revoke")
    be_graceful(cached, wire)
    warm(cached, token)
    assert b" 303 " in finish(wire)
    assert ask(cached, token) == [401] * 16


@pytest.mark.parametrize("path", ["/tokens/create", "/files/hello.txt"])
def test_other_work_of_an_old_child_harms_nothing(cached, path):  # F09
    crowd(cached)
    cached.start()
    token = cached.create()
    warm(cached, token)
    wire = half_a_post(cached, path)
    be_graceful(cached, wire)
    warm(cached, token)
    cached.revoke(token)
    assert re.match(rb"HTTP/1.1 (400|401) ", finish(wire))
    assert ask(cached, token) == [401] * 16


def test_child_that_is_killed_takes_no_revocation_along(cached):
    cached.expect("AH00051|AH00052|exit signal")
    cached.start()
    token = cached.create()
    warm(cached, token)
    cached.revoke(token)
    old = cached.children()
    for pid in old:
        os.kill(int(pid), signal.SIGKILL)
    cached.poll(lambda: cached.children() and not old & cached.children())
    cached.poll(lambda: set(ask(cached, token, 8)) == {401})


# ---- while its row is on its way


@pytest.fixture
def wired(cached):
    cached.settings += "JiraTokenLastUsedInterval 0\n"
    cached.expect(f"{SILENT}|{UNSURE}|{LOST}")
    cached.wire = Proxy(cached.database.port)
    cached.database.port = cached.wire.port
    yield cached
    cached.wire.close()


def hold_check(server, token):
    """A check whose row has left the database and not arrived: what it will
    say."""
    server.wire.hold(server.digest(token).encode())
    pool = concurrent.futures.ThreadPoolExecutor(1)
    said = pool.submit(lambda: server.check("alice", token).status)
    pool.shutdown(wait=False)
    assert server.wire.is_held.wait(HANGS)
    return said


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("several", [False, True])
def test_row_that_was_read_before_the_revocation_is_not_remembered(wired, several):  # C03
    wired.start()
    for _ in range(5):
        token = wired.create()
        said = hold_check(wired, token)
        if several:
            assert wired.post("/tokens/revoke", {"id": wired.id_of(token)},
                              user="alice").status == 303
        else:
            wired.revoke(token)
        wired.wire.let_go()
        assert said.result(HANGS) in (200, 401)    # it was asked before
        assert ask(wired, token) == [401] * 16


def give_another_secret(server, token):
    """As a rotation by another server does."""
    other = shaped()
    server.tokens.append(other)
    server.sql("UPDATE jiratoken SET previous_digest = digest, previous_until = ?, "
               "digest = ? WHERE digest = ?", int(time.time()) + 3600,
               server.digest(other), server.digest(token))
    return other


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("how", ["one", "several", "held"])
def test_token_that_is_rotated_while_it_is_revoked_is_not_remembered(wired, how):  # C01
    """The new secret is one that the revocation did not read."""
    mount(wired)
    wired.start()
    token = wired.create()
    number = wired.id_of(token)
    revoke = {
        "one": lambda: wired.post(f"/tokens/{number}/revoke", user="alice").status,
        "several": lambda: wired.post("/tokens/revoke", {"id": number}, user="alice").status,
        "held": lambda: Client(wired, None).call("POST", "/credentials/revoke",
                                                 {"credentials": [token]}).status}
    wired.wire.hold(wired.digest(token).encode(), how == "held")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        said = pool.submit(revoke[how])
        assert wired.wire.is_held.wait(HANGS)
        other = give_another_secret(wired, token)
        warm(wired, other)
        wired.wire.let_go()
        assert said.result(HANGS) in (202, 303)
    assert not wired.rows()
    assert ask(wired, other) + ask(wired, token) == [401] * 32
    assert wired.log().count("token revoked: ") == 1


@pytest.mark.database("pgsql", "mysql")
def test_row_that_was_read_before_a_graceful_restart_is_not_remembered(wired):  # C03
    crowd(wired)
    wired.start()
    token = wired.create()
    said = hold_check(wired, token)
    old = wired.children()
    wired.process.send_signal(signal.SIGUSR1)
    wired.poll(lambda: wired.children() - old and
               wired.log().count("resuming normal operations") > 1)
    wired.revoke(token)
    wired.wire.let_go()
    assert said.result(HANGS) in (200, 401)
    assert ask(wired, token) == [401] * 16


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("several,skip", [(False, 0), (True, 0), (True, 1), (True, 2)])
@pytest.mark.parametrize("then_refuse", [False, True], ids=["", "refused"])
def test_uncertain_revocation_is_one_for_the_cache(wired, several, skip, then_refuse):
    """C01: the answer to one of its statements was lost, and with some of them
    the row: then the token may not be remembered."""
    wired.start()
    token = wired.create()
    number = wired.id_of(token)
    warm(wired, token)
    wired.wire.cut_after(b"alice", True, then_refuse, skip)
    path = "revoke" if several else f"{number}/revoke"
    answer = wired.post(f"/tokens/{path}", {"id": number}, user="alice")
    assert wired.wire.cuts == 1
    wired.wire.heal()
    assert answer.status in (303, 503)
    assert set(ask(wired, token)) == ({200} if wired.rows() else {401})


def test_two_who_revoke_at_once_leave_nothing_remembered(cached):
    cached.start()
    for _ in range(10):
        token = cached.create()
        number = cached.id_of(token)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            checks = [pool.submit(cached.check, "alice", token) for _ in range(8)]
            gone = [pool.submit(cached.post, f"/tokens/{number}/revoke", user="alice")
                    for _ in range(2)]
            assert 303 in {one.result().status for one in gone}
            assert {one.result().status for one in checks} <= {200, 401}
        assert ask(cached, token, 8) == [401] * 8
