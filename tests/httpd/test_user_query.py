# SPDX-License-Identifier: Apache-2.0
"""JiraTokenUserQuery: a token dies with its owner's account, and comes back with
it; what the site's users are in is asked as the token table is."""

import json
import sqlite3

import pytest

from accounts import (add_account, allow_reading, deactivate, make_accounts,
                      use_accounts)
from api import Client, mount
from faults import SILENT, assert_unavailable
from remembering import ask as ask_often, use, use_cache
from server import basic
from starts import refused_start


def ask(server, token, user="alice", path="/files/hello.txt"):
    answer = server.check(user, token, path)
    return answer.status, answer.get("JiraToken-Status")


@pytest.fixture
def site(server):
    """Its users are Jira's; nothing is remembered."""
    make_accounts(server, "alice", "bob")
    server.settings += "JiraTokenCache off\n"
    return use_accounts(server)


@pytest.fixture
def remembering(server):
    """The same, and what is verified is believed for ten minutes."""
    make_accounts(server, "alice", "bob")
    server.use_own_clock()
    return use_cache(use_accounts(server), "JiraTokenCacheTimeout 600",
                     "JiraTokenLastUsedInterval 0")


# ---- whose tokens die


def test_token_lives_as_long_as_its_owners_account(site):
    site.start()
    token = site.create()
    assert ask(site, token) == (200, None)
    deactivate(site, "alice")
    assert ask(site, token) == (401, "account")
    [line] = [line for line in site.log().splitlines() if "token refused" in line]
    assert f"reason=account digest={site.digest(token)[:12]} user=alice" in line
    # Only whoever holds it learns why.
    assert ask(site, token, "bob") == (401, None)
    deactivate(site, "alice", active=1)
    assert ask(site, token) == (200, None)
    site.sql("DELETE FROM cwd_user")
    assert ask(site, token) == (401, "account")


def test_account_may_be_in_several_directories(site):
    site.start()
    token = site.create()
    add_account(site, "alice")
    add_account(site, "alice", active=0)
    assert ask(site, token) == (200, None)


def test_bearer_is_its_owners(site):
    site.settings += "JiraTokenBearer On\n"
    site.start()
    token = site.create()
    sent = {"Authorization": f"Bearer {token}"}
    assert site.get("/files/hello.txt", headers=sent).status == 200
    deactivate(site, "alice")
    answer = site.get("/files/hello.txt", headers=sent)
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "account")


def test_person_who_signs_in_is_not_asked_about(site):
    """The sign-in decides about people: they see their tokens and revoke them."""
    mount(site).start()
    token = site.create()
    deactivate(site, "alice")
    assert site.get("/tokens", user="alice").status == 200
    api = Client(site)
    [one] = json.loads(api.call("GET", "/tokens").text)
    answer = Client(site, token=token).call("GET", "/tokens/self")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "account")
    assert api.call("DELETE", f"/tokens/{one['id']}").status == 204


@pytest.mark.parametrize("name", ["o'brien", "a\\'b", "%s", "jürgen", "a%"])
def test_name_is_a_value(site, name):
    site.add_user(name, "pass")
    site.start()
    token = site.create(name, password="pass")
    assert ask(site, token, name) == (401, "account")
    add_account(site, name)
    assert ask(site, token, name) == (200, None)


def test_lowered_name_is_asked_for(server):
    """As Jira's column has it."""
    make_accounts(server, "alice")
    use_accounts(server)
    server.settings += "JiraTokenUserCase lower\nJiraTokenCache off\n"
    server.start()
    token = server.create()
    assert ask(server, token, "ALICE") == (200, None)
    deactivate(server, "alice")
    assert ask(server, token, "Alice") == (401, "account")


def test_percent_signs_and_functions(server):
    make_accounts(server, "alice@example.org")
    use_accounts(server, "SELECT 1 FROM cwd_user WHERE lower_user_name LIKE '%%@example.org'"
                 " AND lower_user_name = concat(lower(%s), '@example.org')"
                 if server.database.kind != "sqlite3" else
                 "SELECT 1 FROM cwd_user WHERE lower_user_name LIKE '%%@example.org'"
                 " AND lower_user_name = lower(%s) || '@example.org'")
    server.settings += "JiraTokenCache off\n"
    server.start()
    tokens = server.create("alice"), server.create("bob")
    assert [ask(server, token, user) for token, user in zip(tokens, ("alice", "bob"))] \
        == [(200, None), (401, "account")]


# ---- what is remembered


def test_account_is_believed_as_long_as_the_token(remembering):
    server = remembering.start()
    token = server.create()
    assert set(ask_often(server, token)) == {200}
    deactivate(server, "alice")
    assert ask_often(server, token) == [200] * 16
    server.pass_time(601)
    assert ask_often(server, token) == [401] * 16
    deactivate(server, "alice", active=1)
    assert ask_often(server, token) == [200] * 16, "a refusal is not remembered"


@pytest.mark.parametrize("limit,method,refused", [
    ("read", "POST", (403, "method")), ("areas=other", "GET", (403, "area")),
    ("from=192.0.2.1", "GET", (401, "address")),
])
def test_token_that_is_refused_something_is_not_remembered_without_its_account(
        remembering, limit, method, refused):
    """As it would open the rest, then."""
    server = remembering.start()
    token = server.create()
    server.sql("UPDATE jiratoken SET restrictions = ?", limit)
    sent = {"Authorization": basic("alice", token)}

    def said():
        answer = server.request(method, "/files/hello.txt", headers=sent)
        return answer.status, answer.get("JiraToken-Status")
    assert said() == refused
    deactivate(server, "alice")
    server.graceful()
    server.pass_time(601)
    assert [said() for _ in range(4)] \
        == [refused if refused[1] == "address" else (401, "account")] * 4
    server.sql("UPDATE jiratoken SET restrictions = NULL")
    assert ask_often(server, token) == [401] * 16


def test_use_that_is_due_asks_for_the_account_too(server):
    make_accounts(server, "alice")
    server.use_own_clock()
    use_cache(use_accounts(server), "JiraTokenCacheTimeout 86400",
              "JiraTokenLastUsedInterval 600")
    server.start()
    token = server.create()
    assert set(ask_often(server, token)) == {200}
    deactivate(server, "alice")
    server.pass_time(601)
    assert ask_often(server, token) == [401] * 16


def test_virtual_host_that_asks_believes_none_that_does_not(server):
    """They share the table and the cache."""
    make_accounts(server, "bob")
    use_cache(use_accounts(server, "SELECT 1 FROM cwd_user WHERE lower_user_name = %s"),
              "JiraTokenCacheTimeout 600", "JiraTokenLastUsedInterval 0")
    server.locations += """
<VirtualHost *>
    ServerName open.example
    JiraTokenUserQuery none
</VirtualHost>
<VirtualHost *>
    ServerName asking.example
</VirtualHost>
"""
    server.start()
    token = server.create()
    sent = {"Authorization": basic("alice", token)}
    said = [server.get("/files/hello.txt", headers={"Host": f"{host}.example", **sent}).status
            for host in ("open", "asking") * 4]
    assert said == [200, 401] * 4


@pytest.mark.database("pgsql")
def test_servers_that_share_a_cache_share_the_accounts_answer(server, twin, caches):
    make_accounts(server, "alice")
    for one in (server, twin):
        one.use_own_clock()
        use(use_accounts(one), "redis", caches, "JiraTokenCacheTimeout 600",
            "JiraTokenLastUsedInterval 0").start()
    token = server.create()
    twin.tokens.append(token)
    assert set(ask_often(server, token) + ask_often(twin, token)) == {200}
    deactivate(server, "alice")
    for one in (server, twin):
        one.pass_time(601)
    assert set(ask_often(server, token, 4) + ask_often(twin, token, 4)) == {401}


# ---- when the database cannot say


def test_query_that_fails_is_503_and_nothing_is_made_of_it(site):
    """Whatever is wrong with the users, those who sign in go on."""
    site.expect(SILENT)
    site.start()
    token = site.create()
    for _ in range(2):
        assert ask(site, token) == (200, None)
        site.sql("ALTER TABLE cwd_user RENAME TO away")
        for _ in range(8):
            assert_unavailable(site.check("alice", token))
        # Whoever has no token, or another's, gets no answer about accounts.
        assert ask(site, token, "bob") == (401, None)
        assert site.get("/tokens", user="alice").status == 200
        site.sql("ALTER TABLE away RENAME TO cwd_user")
        assert ask(site, token) == (200, None)
    assert "reason=JiraTokenUserQuery: " in site.log()


def test_grace_is_for_the_query_too(server):
    make_accounts(server, "alice")
    server.use_own_clock()
    use_cache(use_accounts(server), "JiraTokenCacheTimeout 600",
              "JiraTokenCacheGrace 600", "JiraTokenLastUsedInterval 0")
    server.expect(SILENT)
    server.start()
    token = server.create()
    assert set(ask_often(server, token)) == {200}
    server.sql("ALTER TABLE cwd_user RENAME TO away")
    server.pass_time(601)
    assert ask_often(server, token) == [200] * 16
    server.pass_time(600)
    assert ask_often(server, token) == [503] * 16
    server.sql("ALTER TABLE away RENAME TO cwd_user")
    assert ask_often(server, token) == [200] * 16
    # An account that was found gone has no grace afterwards.
    server.pass_time(601)
    deactivate(server, "alice")
    assert ask_often(server, token) == [401] * 16
    server.sql("ALTER TABLE cwd_user RENAME TO away")
    assert 200 not in ask_often(server, token)


# ---- at the start


@pytest.mark.parametrize("query", [
    "SELECT 1 FROM nowhere WHERE name = %s",
    "SELECT 1 FROM cwd_user WHERE no_such_column = %s", "SELECT FROM WHERE %s",
])
def test_query_that_the_database_does_not_take_is_told(server, query):
    make_accounts(server, "alice")
    use_accounts(server, query)
    said = refused_start(server)
    assert "cannot start: the database does not take JiraTokenUserQuery" in said
    code, said = server.check_configuration()
    assert code == 0
    assert "cannot start, and answers 503 after a restart: the database does not take " \
        "JiraTokenUserQuery" in said


def test_query_that_a_restart_finds_broken_is_told(site):
    site.expect(SILENT)
    site.expect("will answer 503: the database does not take JiraTokenUserQuery")
    site.start()
    token = site.create()
    site.sql("DROP TABLE cwd_user")
    site.graceful()
    assert "will answer 503: the database does not take JiraTokenUserQuery" in site.log()
    assert_unavailable(site.check("alice", token))


@pytest.mark.database("pgsql", "mysql")
def test_right_that_the_query_lacks_is_told(site):
    allow_reading(site, "REVOKE", "FROM")
    if site.database.kind == "mysql":
        assert "does not take JiraTokenUserQuery" in refused_start(site)
        return
    site.expect("what the owners of tokens are asked by fails")
    site.expect(SILENT)
    site.start()
    [line] = [line for line in site.log().splitlines() if "are asked by fails" in line]
    assert "reason=JiraTokenUserQuery: ERROR:" in line and "permission denied for table cwd_user" in line
    token = site.create()
    assert_unavailable(site.check("alice", token))
    allow_reading(site)
    assert ask(site, token) == (200, None)


@pytest.mark.database("sqlite3")
def test_users_may_be_in_a_file_that_is_attached(server):
    path = server.root / "data" / "users.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE people (name)")
    other.execute("INSERT INTO people VALUES ('alice')")
    other.commit()
    server.give(server.root / "data")
    server.settings += f"DBDInitSQL \"ATTACH '{path}' AS users\"\nJiraTokenCache off\n"
    use_accounts(server, "SELECT 1 FROM users.people WHERE name = %s")
    server.start()
    tokens = server.create("alice"), server.create("bob")
    assert [ask(server, token, user) for token, user in zip(tokens, ("alice", "bob"))] \
        == [(200, None), (401, "account")]
    other.execute("DELETE FROM people")
    other.commit()
    other.close()
    assert ask(server, tokens[0]) == (401, "account")
