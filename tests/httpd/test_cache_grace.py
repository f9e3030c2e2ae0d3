# SPDX-License-Identifier: Apache-2.0
"""JiraTokenCacheGrace: while the database cannot answer, and only then, what is
remembered is believed longer."""

import pytest

from credentials import set_expiry
from faults import LOST, SILENT, UNSURE
from load import go_on, load, mistaken, tell_user
from remembering import IN_MEMORY, ask, no_table, use_in_memory, warm
from server import shaped


@pytest.fixture(params=IN_MEMORY)
def graced(server, request):
    """Believed for ten minutes, and for as long as a day in need."""
    server.use_own_clock()
    return use_in_memory(server, request.param, "JiraTokenCacheTimeout 600",
                         "JiraTokenCacheGrace 85800")


def pass_timeout(server, is_idle=True):
    """What is remembered is older than the timeout now."""
    server.pass_time(601, is_idle)


def test_remembered_token_outlives_the_database(graced):
    graced.start()
    token, unused = graced.create(), graced.create()
    warm(graced, token)
    with no_table(graced):
        pass_timeout(graced)
        assert ask(graced, token) == [200] * 16
        for user, text in (("alice", unused), ("alice", shaped()), ("bob", token)):
            assert ask(graced, text, 4, user) == [503] * 4
    assert ask(graced, token) == ask(graced, unused) == [200] * 16
    assert ask(graced, token, 4, "bob") == [401] * 4


def test_grace_ends(graced):
    graced.settings += "JiraTokenCacheGrace 600\n"
    graced.start()
    token = graced.create()
    assert graced.check("alice", token).status == 200
    with no_table(graced):
        pass_timeout(graced)
        assert ask(graced, token) == [200] * 16
        graced.pass_time(600)
        assert ask(graced, token) == [503] * 16
    assert ask(graced, token) == [200] * 16


@pytest.mark.parametrize("timeout", [0, 600])
def test_grace_is_nothing_while_the_database_answers(graced, timeout):  # C05
    graced.settings += f"JiraTokenCacheTimeout {timeout}\n"
    graced.start()
    token = graced.create()
    assert set(ask(graced, token)) == {200}
    graced.sql("DELETE FROM jiratoken")
    graced.pass_time(timeout + 1)
    assert ask(graced, token) == [401] * 16


def test_timeout_of_zero_has_its_grace(graced):
    graced.settings += "JiraTokenCacheTimeout 0\n"
    graced.start()
    token = graced.create()
    assert set(ask(graced, token)) == {200}
    with no_table(graced):
        assert ask(graced, token) == [200] * 16


def test_token_that_is_gone_when_the_database_is_back_is_refused(graced):  # C05
    graced.start()
    token = graced.create()
    warm(graced, token)
    with no_table(graced):
        graced.sql("DELETE FROM away")
        pass_timeout(graced)
        assert ask(graced, token) == [200] * 16
    assert ask(graced, token) == [401] * 16
    with no_table(graced):
        assert 200 not in ask(graced, token), "it was refused and is let in again"


def test_revoked_token_has_no_grace(graced):  # C01
    graced.start()
    token = graced.create()
    warm(graced, token)
    graced.revoke(token)
    with no_table(graced):
        assert ask(graced, token) == [503] * 16
    assert ask(graced, token) == [401] * 16


def test_expired_token_has_no_grace(graced):  # C04
    graced.use_own_clock("2027-01-15 23:55:00")
    graced.start()
    token = graced.create(expires="2027-01-15")
    assert graced.check("alice", token).status == 200
    with no_table(graced):
        graced.pass_time(300)
        assert ask(graced, token) == [503] * 16
    assert graced.check("alice", token).get("JiraToken-Status") == "expired"


def test_expiry_that_was_set_meanwhile_counts_once_the_database_answers(graced):
    graced.start()
    token = graced.create()
    warm(graced, token)
    set_expiry(graced, token, 1)
    pass_timeout(graced)
    assert ask(graced, token) == [401] * 16
    with no_table(graced):
        assert 200 not in ask(graced, token), "it was refused and is let in again"


# ---- a database server that is gone for a while


@pytest.fixture
def served(graced):
    tell_user(graced)
    graced.expect(f"{SILENT}|{UNSURE}|{LOST}")
    return graced


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_restart_of_the_database_fails_no_token_in_use(served, how):  # F01, F02
    if served.database.kind == "mysql":     # it keeps what it has committed
        served.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    served.start()
    tokens = {user: served.create(user) for user in ("alice", "bob", "carol")}
    for user, token in tokens.items():
        assert set(ask(served, token, user=user)) == {200}
    with load(served, tokens, each=2) as clients:
        served.poll(lambda: all(len(client.seen) > 5 for client in clients))
        getattr(served.database.service, how)()
        pass_timeout(served, is_idle=False)
        go_on(served, clients, 6)
        assert served.check("alice", shaped()).status == 503
        served.database.service.start()
        go_on(served, clients, 21)
    assert {said for client in clients for said in client.answers()} == {200}
    assert mistaken(clients) == []
    served.poll(lambda: served.check("alice", shaped()).status == 401)


@pytest.mark.database("pgsql")      # a frozen MariaDB is asked by hanging calls too
def test_frozen_database_delays_a_token_in_use_and_does_not_refuse_it(served):  # F03
    served.settings += "JiraTokenDatabaseLimit 2\n"
    served.start()
    token = served.create()
    warm(served, token)
    served.database.service.freeze()
    with load(served, {"alice": token}, each=8) as clients:
        pass_timeout(served, is_idle=False)
        served.poll(lambda: sum(len(client.seen) for client in clients) > 100)
        served.database.service.thaw()
    answers = [said for client in clients for said in client.answers()]
    assert set(answers) == {200}
