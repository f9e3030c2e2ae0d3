# SPDX-License-Identifier: Apache-2.0
"""Two virtual hosts on one database: each with its own table, key and prefix, and what
is a token here is none there."""

import json
import re
import secrets

import pytest

from backends import echo
from documents import blocks
from examples import use_example
from people import token_of
from server import SAME_ORIGIN, basic

SITES = ("jira.example.org", "wiki.example.org")
PREFIXES = ("jira", "wiki")


@pytest.fixture
def site(server, directory):
    url = f"{directory.url}/ou=people,dc=example,dc=org?uid"
    [command] = blocks("docs/recipes/two-hosts.md", "", "sed ")
    old, new = re.search(r"s/(\w+)/(\w+)/g", command).groups()
    server.database.run(server.database.schema.replace(old, new))
    keys = [server.root / "key", server.root / "key-wiki"]
    keys[1].write_text(secrets.token_hex(32) + "\n")
    keys[1].chmod(0o600)
    with echo() as first, echo() as second:
        server.apps = (first, second)
        use_example(server, "two-hosts", PORT=server.port, APP_1=first, APP_2=second,
                    LDAP_URL_1=url, LDAP_URL_2=url, TOKENS_KEY_1=keys[0],
                    TOKENS_KEY_2=keys[1])
        yield server.start()
        server.stop()


def ask(site, host, path="/x", password="wonderland", fields=None):
    headers = {"Host": SITES[host], "Authorization": basic("alice", password)}
    if fields is not None:
        return site.post(path, fields, headers={**headers, **SAME_ORIGIN})
    return site.get(path, headers=headers)


def create(site, host, label="ci"):
    token = token_of(ask(site, host, "/tokens/create", fields={"label": label}).text)
    site.tokens.append(token)
    return token


def test_token_of_one_site_opens_that_one_alone(site, directory):
    tokens = [create(site, host) for host in (0, 1)]
    before = directory.asked()
    for host, token in enumerate(tokens):
        assert token.startswith(PREFIXES[host] + "_")
        answer = ask(site, host, password=token)
        assert answer.status == 200
        headers = dict(json.loads(answer.text))
        assert (headers["x-remote-user"], headers["host"]) == ("alice", SITES[host])
        assert ask(site, 1 - host, password=token).status == 401
    assert directory.asked() == before      # nor is it a password there
    for host in (0, 1):
        assert ask(site, host).status == 200


def test_each_site_has_its_own_list_and_its_own_limit(site):
    for number in range(25):
        create(site, 0, f"t{number}")
    assert ask(site, 0, "/tokens/create", fields={"label": "more"}).status == 409
    assert "25 of 25 tokens" in ask(site, 0, "/tokens/").text
    assert "0 of 25 tokens" in ask(site, 1, "/tokens/").text
    create(site, 1)
    assert "1 of 25 tokens" in ask(site, 1, "/tokens/").text
    assert "Access tokens for the wiki" in ask(site, 1, "/tokens/").text


def test_revocation_on_one_site_leaves_the_others_tokens(site):
    tokens = [create(site, host) for host in (0, 1)]
    [[number]] = site.sql("SELECT id FROM jiratoken")
    assert ask(site, 0, f"/tokens/{number}/revoke", fields={}).status == 303
    assert ask(site, 0, password=tokens[0]).status == 401
    assert ask(site, 1, password=tokens[1]).status == 200
    assert ask(site, 1, f"/tokens/{number + 7}/revoke", fields={}).status == 404
