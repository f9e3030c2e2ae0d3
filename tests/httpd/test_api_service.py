# SPDX-License-Identifier: Apache-2.0
"""How docs/api.md has programs make tokens without a browser, as it is printed but for
its paths."""

import grp
import json
import os
import re
import subprocess

import pytest

from documents import blocks
from server import basic

ROBOT, PASSWORD = "ci-robot", "a password of its own"
MOUNT = "/rest/pat/service"

pytestmark = pytest.mark.plain


def run(command, home, said=None):
    return subprocess.run(["bash", "-c", command], input=said, text=True, check=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(home)},
                          stdout=subprocess.PIPE).stdout


@pytest.fixture
def service(server):
    """A running server with the location and the account."""
    [location] = blocks("docs/api.md", "apache", "AuthBasicProvider")
    [accounts] = blocks("docs/api.md", "", "htpasswd")
    assert f'"{MOUNT}"' in location and accounts.rstrip().endswith(f" {ROBOT}")
    (server.root / "etc").mkdir()
    group = "www-data" if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name
    text = accounts.replace("/etc/jiratoken", f"{server.root}/etc")
    text = re.sub(r"www-data\b", group, text).replace("htpasswd ", "htpasswd -i ")
    run(text, server.root, PASSWORD)
    server.locations += location.replace("/etc/jiratoken", f"{server.root}/etc")
    return server.start()


@pytest.fixture
def made(service):
    """The token that the command makes."""
    [command] = blocks("docs/api.md", "", "curl -n")
    netrc = service.root / ".netrc"
    netrc.write_text(f'machine 127.0.0.1 login {ROBOT} password "{PASSWORD}"\n')
    netrc.chmod(0o600)
    said = run(command.replace("https://jira.example.org", f"http://127.0.0.1:{service.port}"),
               service.root)
    answer = json.loads(said)
    service.tokens.append(answer["rawToken"])
    return answer


def ask(server, method, path, body=None, **more):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    return server.request(method, MOUNT + path, headers=headers, body=body, **more)


def test_account_makes_a_token_that_opens_the_site(service, made):
    assert (made["name"], made["readOnly"]) == ("nightly", True) and made["expiringAt"]
    assert service.check(ROBOT, made["rawToken"]).status == 200
    assert service.sql("SELECT user_name FROM jiratoken") == [(ROBOT,)]


def test_its_tokens_show_rotate_and_revoke_themselves_there(service, made):
    token = {"user": ROBOT, "password": made["rawToken"]}
    assert ask(service, "POST", "/tokens", '{"name":"x"}', **token).status == 403
    assert ask(service, "GET", "/tokens/self", **token).status == 200
    rotated = ask(service, "POST", "/tokens/self/rotate", "{}", **token)
    service.tokens.append(json.loads(rotated.text)["rawToken"])
    assert ask(service, "GET", "/tokens/self", **token).status == 401
    token["password"] = service.tokens[-1]
    assert ask(service, "DELETE", "/tokens/self", **token).status == 204
    assert service.check(ROBOT, service.tokens[-1]).status == 401


def test_nobody_else_gets_in_there(service):
    for credentials in ({}, {"user": "alice"}, {"user": ROBOT, "password": "guessed"}):
        answer = ask(service, "POST", "/tokens", '{"name":"x"}', **credentials)
        assert answer.status == 401
        assert answer.get("WWW-Authenticate").startswith('Basic realm="service accounts"')
    service.expect("AH01617|AH01618")
    assert service.rows() == []


def test_account_is_a_name_like_a_persons(service):
    """As the page warns."""
    service.create("alice", label="hers")
    with open(service.root / "etc/service-accounts", "a", encoding="utf-8") as accounts:
        accounts.write(run("htpasswd -inB alice", service.root, PASSWORD))
    answer = service.get(f"{MOUNT}/tokens",
                         headers={"Authorization": basic("alice", PASSWORD)})
    assert [one["name"] for one in json.loads(answer.text)] == ["hers"]
