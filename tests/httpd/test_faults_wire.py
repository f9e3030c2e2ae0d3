# SPDX-License-Identifier: Apache-2.0
"""A wire to the database that is slow, swallows everything, breaks within an
answer, or just after a statement has gone out: whatever comes of it, nobody is
let in or kept out by mistake, and nothing that is said is untrue."""

import contextlib
import re
import time

import pytest

from faults import LOST, SILENT, UNSURE, assert_unavailable, single
from load import load, mistaken, tell_user
from outages import (HALF, TOKEN, assert_turned_away_at_once, count_overlapping,
                     fill_pools, hang, prepare_to_hang, read_all, statuses)
from pace import OPEN, assert_answers_soon, assert_soon, measure_open, timed
from proxy import Proxy
from server import shaped

pytestmark = [pytest.mark.database("pgsql", "mysql"), pytest.mark.usefixtures("uncached")]


@pytest.fixture
def wired(server):
    """A server with a proxy, .wire, before its database."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    tell_user(server)
    server.expect(f"{SILENT}|{UNSURE}|{LOST}")
    server.wire = Proxy(server.database.port)
    server.database.port = server.wire.port
    yield server
    server.wire.close()


def begin(server):
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    return token


# ---- slow


def test_latency_slows_tokens_and_nothing_else(wired):  # F04
    token = begin(wired)
    wired.wire.latency = 0.05
    assert set(statuses(wired, token, 8, 2)) <= {200, 503}
    wired.poll(lambda: wired.check("alice", token).status == 200)
    assert wired.check("alice", shaped()).status in (401, 503)
    with load(wired, {"alice": token}, OPEN, each=4):
        control = [measure_open(wired) for _ in range(10)]
    with load(wired, {"alice": token}, each=4) as clients:
        took = [measure_open(wired) for _ in range(10)]
        wired.poll(lambda: any(200 in client.answers() for client in clients))
    assert_soon(took, control, 0.3, 0.75)
    assert {said for client in clients for said in client.answers()} <= {200, 503}
    assert mistaken(clients) == []
    wired.wire.heal()
    wired.poll(lambda: statuses(wired, token) == [200] * 16)


# ---- black


def test_wire_that_swallows_all_leaves_the_rest_of_httpd_fast(wired):  # F04
    """In the middle of a conversation; what was sent is there in the end."""
    prepare_to_hang(wired)
    token = begin(wired)
    fill_pools(wired, token)
    with contextlib.ExitStack() as stack:
        wired.wire.swallow()
        wires = hang(wired, token, stack, HALF)
        assert_turned_away_at_once(wired, token)
        took = [measure_open(wired) for _ in range(5)]
        wired.wire.heal()
        for wire in wires:
            assert re.match(rb"HTTP/1.1 (200|503) ", read_all(wire))
    assert_soon(took, [measure_open(wired) for _ in range(5)], 0.5, 1)
    wired.poll(lambda: statuses(wired, token) == [200] * 16)


def limit_connecting(server):
    """To two seconds: DBDParams does so on PostgreSQL; on MySQL, its library's file."""
    if server.database.kind == "pgsql":
        return
    text = server.database.recommended(r"\[httpd\]|connect-timeout = 2")
    (server.root / "my.cnf").write_text(text + "\n")
    server.environment["MARIADB_HOME"] = str(server.root)
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace("reconnect=0", "reconnect=0,group=httpd")


def test_database_that_cannot_be_connected_to_costs_one_thread(wired):  # F04
    """Connecting takes two seconds, under mod_dbd's lock: of many requests one
    waits, and the others are told at once."""
    limit_connecting(wired)
    token = begin(wired)
    wired.wire.swallow()
    wired.wire.reset_all()
    with load(wired, {"alice": token}, OPEN, each=10):
        control = [measure_open(wired) for _ in range(10)]
    begun = time.monotonic()
    with load(wired, {"alice": token}, each=10) as clients:
        wired.poll(lambda: sum(len(client.seen) for client in clients) > 200)
        took = [measure_open(wired) for _ in range(10)]
        slow = sum(seconds > 1 for client in clients for _, seconds, _, _ in client.seen)
        lasted = time.monotonic() - begun
        wired.wire.heal()
        wired.poll(lambda: all(client.answers()[-5:] == [200] * 5 for client in clients))
    assert_soon(took, control, 0.3, 0.75)
    assert {said for client in clients for said in client.answers()} == {200, 503}
    # Some before it is known, and then one of each of two children all two seconds.
    assert slow <= 10 + lasted, slow


def test_database_that_is_known_to_be_down_is_asked_by_one(wired):  # F04
    """And nobody queues behind him, for mod_dbd's lock."""
    limit_connecting(wired)
    if wired.mpm != "prefork":      # whose processes tell each other
        single(wired)
    token = begin(wired)
    wired.wire.swallow()
    wired.wire.reset_all()
    answer, seconds = timed(lambda: wired.check("alice", token))
    assert answer.status == 503 and seconds > 1
    with load(wired, {"alice": token}, each=6) as clients:
        def stuck():
            """When those who waited as for a connection did, but for the edges."""
            return [(t + 0.5, t + took - 0.5) for client in clients
                    for t, took, _, _ in list(client.seen) if took > 1.5]
        wired.poll(lambda: sum(len(client.seen) for client in clients) > 60
                   and len(stuck()) >= 2)
        seen = stuck()
        wired.wire.heal()
        wired.poll(lambda: all(client.answers()[-5:] == [200] * 5 for client in clients))
    assert count_overlapping(seen) == 1, seen
    assert {said for client in clients for said in client.answers()} == {200, 503}


def test_refused_connections_are_used_again_at_once(wired):  # F01
    token = begin(wired)
    for _ in range(3):
        wired.wire.refuse()
        for answer in assert_answers_soon(
                wired, lambda: wired.check("alice", token), 0.5, 1, 8):
            assert_unavailable(answer)
        wired.wire.heal()
        assert statuses(wired, token, 8) == [200] * 8


# ---- broken within an answer


def measure(server, ask):
    """How many bytes the database answers to this."""
    ask()
    for wire in server.wire.wires:
        wire.answered = 0
    ask()
    return sum(wire.answered for wire in server.wire.wires)


@pytest.mark.parametrize("is_lasting", [False, True], ids=["once", "lasting"])
def test_answer_that_breaks_off_anywhere_is_no_other_answer(wired, is_lasting):  # F04
    """Lasting: the connection that is made instead breaks off there too."""
    single(wired)
    token = begin(wired)
    other, strange = wired.create("bob"), shaped()
    for user, text, truth in (("alice", token, 200), ("alice", other, 401),
                              ("alice", strange, 401)):
        size = measure(wired, lambda u=user, t=text: wired.check(u, t))
        assert size > 20
        seen = set()
        for after in range(0, size, 4 if is_lasting else 2):
            wired.wire.reset_mid_answer(after, is_lasting)
            answer = wired.check(user, text)
            assert answer.status in (truth, 503), (after, answer.status)
            assert answer.status == 503 or answer.get("X-User") in (user, None)
            wired.wire.heal()
            seen.add(answer.status)
            if is_lasting:
                assert wired.check(user, text).status == truth
        assert seen == {503} if is_lasting else truth in seen
    assert wired.wire.cuts > 60


def test_list_that_breaks_off_anywhere_is_whole_or_503(wired):  # F04
    single(wired)
    begin(wired)
    for _ in range(5):
        wired.create()
    labels = [label for [label] in wired.sql("SELECT label FROM jiratoken")]
    size = measure(wired, lambda: wired.get("/tokens", user="alice"))
    for after in range(0, size, 7):
        wired.wire.reset_mid_answer(after)
        answer = wired.get("/tokens", user="alice")
        assert answer.status in (200, 503)
        if answer.status == 200:
            assert all(label in answer.text for label in labels)
        wired.wire.heal()


# ---- broken after a statement


@pytest.mark.parametrize("then_refuse", [False, True], ids=["", "refused"])
@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "done"])
def test_creation_with_a_lost_answer_is_told_as_it_is(wired, arrives, then_refuse):
    single(wired)
    begin(wired)
    before = wired.rows()
    wired.wire.cut_after(b"doubtful", arrives, then_refuse)
    answer = wired.post("/tokens/create", {"label": "doubtful"}, user="alice")
    assert wired.wire.cuts == 1
    wired.wire.heal()
    [*shown] = re.findall(TOKEN, answer.text)
    rows = wired.sql("SELECT id FROM jiratoken WHERE label = 'doubtful'")
    if answer.status == 200:
        [token] = set(shown)
        wired.tokens.append(token)
        assert wired.check("alice", token).status == 200
        assert len(rows) == 1
        assert "Perhaps" not in wired.get("/tokens", user="alice").text
        return
    assert_unavailable(answer)
    assert then_refuse and not shown
    assert len(rows) == arrives
    listed = wired.get("/tokens", user="alice")
    assert listed.status == 200
    assert ("doubtful" in listed.text) == arrives
    assert ("May not have been shown" in listed.text) == arrives
    for [number] in rows:
        assert wired.post(f"/tokens/{number}/revoke", user="alice").status == 303
    assert wired.rows() == before


@pytest.mark.parametrize("then_refuse", [False, True], ids=["", "refused"])
@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "done"])
def test_revocation_with_a_lost_answer_claims_nothing_untrue(wired, arrives, then_refuse):
    single(wired)
    token = begin(wired)
    number = wired.id_of(token)
    wired.wire.cut_after(b"alice", arrives, then_refuse)
    answer = wired.post(f"/tokens/{number}/revoke", user="alice")
    assert wired.wire.cuts == 1
    wired.wire.heal()
    gone = wired.rows() == []
    if answer.status == 303:
        assert gone
    else:
        assert_unavailable(answer)
        assert then_refuse and gone == arrives
    assert wired.check("alice", token).status == (401 if gone else 200)
    again = wired.post(f"/tokens/{number}/revoke", user="alice").status
    assert again == (404 if gone else 303)


def test_wires_that_break_under_load_never_mix_up_users(wired):  # F02, F04, K01
    tokens = {}
    wired.start()
    for user in ("alice", "bob", "carol"):
        tokens[user] = wired.create(user)
    with load(wired, tokens, each=2) as clients:
        wired.poll(lambda: all(client.seen for client in clients))
        for _ in range(15):
            for after in (0, 40, 90, 150):
                wired.wire.reset_mid_answer(after)
                wired.poll(lambda: wired.wire.reset_after is None)
            wired.wire.reset_all()
        wired.wire.heal()
        wired.poll(lambda: all(client.answers()[-5:] == [200] * 5 for client in clients))
    assert {said for client in clients for said in client.answers()} <= {200, 503}
    assert mistaken(clients) == []
