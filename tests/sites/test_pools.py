# SPDX-License-Identifier: Apache-2.0
"""pgbouncer between httpd and PostgreSQL: in session mode nobody notices it; in
its other modes, where prepared statements get lost, the log names it."""

import contextlib
import re

import pytest

from databases import PostgreSQL
from faults import SILENT, assert_unavailable, single
from load import load
from outages import statuses
from pooler import Pooled, Pooler
from remembering import PATIENT
from server import shaped
from starts import DOWN, said_of

pytestmark = pytest.mark.plain

NAMED = "a pooler in transaction or statement mode is the likely cause"


@pytest.fixture(scope="module")
def service():
    made = PostgreSQL()
    with made.session() as session:
        session.execute("ALTER ROLE httpd SET statement_timeout = '2s'")
    yield made
    made.close()


@pytest.fixture(scope="module")
def databases(service):
    """In place of conftest's: its --database does not matter here."""
    return lambda _folder: Pooled(service)


@pytest.fixture
def behind(server, service):
    """behind(mode, setting=value): the pooler that the server has from now on."""
    with contextlib.ExitStack() as stack:
        def put(mode, **settings):
            made = stack.enter_context(contextlib.closing(
                Pooler(service, mode, **settings)))
            server.database.pooler = made
            server.settings += (f"{PATIENT}\nJiraTokenCache off\n"
                                "JiraTokenLastUsedInterval 0\n")
            return made
        yield put
        server.stop()


# ---- session mode


def test_session_mode_is_not_noticed(server, behind):
    behind("session")
    server.settings += "JiraTokenLastUsedInterval 1\n"
    server.start()
    tokens = {"alice": server.create(), "bob": server.create("bob")}
    with load(server, tokens, each=4) as clients:
        server.poll(lambda: all(len(client.seen) > 50 for client in clients))
    assert {said for client in clients for said in client.answers()} == {200}
    server.graceful()
    assert set(statuses(server, tokens["alice"], 32, 8)) == {200}
    server.revoke(tokens["alice"])
    assert set(statuses(server, tokens["alice"], 32, 8)) == {401}


def test_statement_timeout_of_the_role_reaches_httpds_statements(server, behind):
    behind("session")
    server.expect(SILENT)
    server.start()
    token = server.create()
    with server.database.barred():      # for ever, if nothing ended it
        assert server.check("alice", token).status == 503
    assert server.check("alice", token).status == 200


def test_pooler_that_begins_anew_is_not_noticed(server, behind):
    pooler = behind("session")
    server.start()
    token = server.create()
    assert set(statuses(server, token, 32, 8)) == {200}     # and no use is noted later
    pooler.stop()
    pooler.start()
    assert set(statuses(server, token, 32)) == {200}


# ---- the others


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_other_mode_is_named_where_statements_get_lost(server, behind, mode):
    """Under load each goes to whichever connection is free, and no answer is a lie."""
    behind(mode)
    server.expect(SILENT)
    server.start()
    token = server.create()
    with load(server, {"alice": token, "bob": token}, each=4) as clients:
        server.poll(lambda: NAMED in server.log()
                    and all(len(client.seen) > 50 for client in clients))
    heard = {user: {said for client in clients if client.user == user
                    for said in client.answers()} for user in ("alice", "bob")}
    assert heard["alice"] <= {200, 503} and heard["bob"] <= {401, 503}
    assert 503 in heard["alice"] | heard["bob"]


def test_it_is_named_once_a_minute(server, behind):
    behind("transaction", server_round_robin=1).spread()
    server.expect(rf"{SILENT}|{DOWN}")
    single(server)
    server.use_own_clock()
    server.start()

    def count_named():
        for _ in range(8):
            assert_unavailable(server.check("alice", shaped()))
        return len(re.findall(rf"jiratoken:error\].*{NAMED}", server.log()))
    assert count_named() == 1
    server.pass_time(61)
    assert count_named() == 2


def test_it_is_named_at_the_start(server, behind):
    behind("transaction", server_round_robin=1).spread()
    server.start()
    assert NAMED in said_of(server, DOWN)


def test_options_that_it_refuses_are_named_at_the_start(server, behind):
    behind("session")
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace(
        " connect_timeout", f"{Pooled.options} connect_timeout")
    server.start()
    line = said_of(server, DOWN)
    assert "unsupported startup parameter" in line and "ALTER ROLE ... SET" in line
