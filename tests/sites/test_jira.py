# SPDX-License-Identifier: Apache-2.0
"""Jira's own clients, by Basic and by Bearer, before a Jira where browsers sign in
by OpenID Connect: they are who the token's owner is, and may what it may. The API
is where Jira has its own."""

import json
import pathlib
import secrets

import pytest

import jira_site
import oidc
from clients import run
from examples import use_example
from server import basic

SCRIPT = pathlib.Path(__file__).resolve().parent / "jira.mjs"

PYTHON = """
import json, os, sys
from jira import JIRA, JIRAError
url, user, scheme = sys.argv[1:]
token = os.environ["SITE_TOKEN"]
who = {"basic_auth": (user, token)} if scheme == "basic" else {"token_auth": token}
said = {}
try:
    jira = JIRA(url, max_retries=0, **who)
    said["name"] = jira.myself()["name"]
    said["reporter"] = jira.search_issues("text ~ one")[0].fields.reporter.name
    jira.create_issue(fields={"summary": "one", "project": {"key": "AB"},
                                      "issuetype": {"name": "Task"}})
    said["status"] = 201
except JIRAError as error:
    said["status"] = error.status_code
print(json.dumps(said))
"""


def python_jira(site, token, scheme, home):
    return run(["/usr/bin/python3", "-c", PYTHON, site.url, "alice", scheme], home,
               {"SITE_TOKEN": token})


def jira_js(site, token, scheme, home):
    return run(["node", SCRIPT, site.node_modules, site.url, "alice", scheme], home,
               {"SITE_TOKEN": token})


CURL = """
set -e
ask() { curl -sS -H 'Content-Type: application/json' "$@"; }
if [ "$2" = basic ]; then set -- "$1" -u "alice:$SITE_TOKEN"
else set -- "$1" --oauth2-bearer "$SITE_TOKEN"; fi
url=$1; shift
name=$(ask "$@" "$url/rest/api/2/myself")
found=$(ask "$@" -d '{"jql":"text ~ one"}' "$url/rest/api/2/search")
status=$(ask "$@" -o made -w '%{http_code}' -d '{"fields":{}}' "$url/rest/api/2/issue")
case $name in '{'*) ;; *) echo '{"status":'"$status"'}'; exit ;; esac
echo '{"myself":'"$name"',"found":'"$found"',"status":'"$status"'}'
"""


def curl(site, token, scheme, home):
    done = run(["bash", "-c", CURL, "ask", site.url, scheme], home, {"SITE_TOKEN": token})
    said = json.loads(done.stdout)
    if "myself" in said:
        said = {"name": said["myself"]["name"], "status": said["status"],
                "reporter": said["found"]["issues"][0]["fields"]["reporter"]["name"]}
    done.stdout = json.dumps(said)
    return done


CLIENTS = [pytest.param(client, scheme, id=f"{client.__name__}-{scheme}")
           for client in (python_jira, jira_js, curl) for scheme in ("basic", "bearer")]


@pytest.fixture(scope="module")
def site(request, lasting, openid_provider):
    with lasting() as server, jira_site.backend() as (url, server.seen):
        use_example(server, "oidc-jira", JIRA=url, **oidc.values_of_example(
            server, openid_provider))
        server.start()
        server.url = f"http://127.0.0.1:{server.port}"
        server.alice = oidc.Holder(server)
        server.node_modules = request.config.getoption("--node-modules")
        if not (pathlib.Path(server.node_modules) / "jira.js").is_dir():
            pytest.fail(f"{server.node_modules} has no jira.js: run npm ci in tests/sites")
        yield server
        server.stop()


@pytest.fixture
def ask(site, tmp_path):
    """What a client says of itself when it uses this token."""
    def asked(client, scheme, token):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        done = client(site, token, scheme, home)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return asked


def call_api(home, *words, body):
    """By curl: the answer's JSON."""
    done = run(["curl", "-fsS", "-H", "Content-Type: application/json", "-d",
                json.dumps(body), *words], home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_is_who_the_token_is_of_until_it_is_revoked(site, ask, client, scheme):
    token = site.alice.create()
    del site.seen[:]
    assert ask(client, scheme, token) == {"name": "alice", "reporter": "alice",
                                          "status": 201}
    assert site.seen
    for _, _, headers, _ in site.seen:
        assert headers["X-Remote-User"] == "alice" and token not in str(headers)
        assert "Authorization" not in headers
    site.alice.revoke(token)
    del site.seen[:]
    assert ask(client, scheme, token) == {"status": 401}
    assert not site.seen


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_with_a_read_only_token_finds_and_makes_no_issue(site, ask, client, scheme):
    del site.seen[:]
    assert ask(client, scheme, site.alice.create(read="1")) \
        == {"name": "alice", "reporter": "alice", "status": 403}
    assert not [path for method, path, _, _ in site.seen
                if method == "POST" and path != "/rest/api/2/search"]


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_goes_on_with_what_the_api_made_and_rotated(site, ask, tmp_path, client,
                                                           scheme):
    """The path, the members and the answer are those of Jira's own tokens."""
    api = site.url + "/rest/pat/latest/tokens"
    answer = site.alice.ask("/rest/pat/latest/tokens", "POST", json={
        "name": f"{client.__name__} {scheme}", "expirationDuration": 90})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    rotated = call_api(tmp_path, "--oauth2-bearer", made["rawToken"],
                       api + "/self/rotate", body={"overlapSeconds": 3600})
    site.tokens += [made["rawToken"], rotated["rawToken"]]
    for each in (made, rotated):
        assert ask(client, scheme, each["rawToken"])["status"] == 201
    done = run(["curl", "-fsS", "-X", "DELETE", "-u", f"alice:{rotated['rawToken']}",
                api + "/self"], tmp_path)
    assert done.returncode == 0, done.stderr
    for each in (made, rotated):
        assert ask(client, scheme, each["rawToken"]) == {"status": 401}


# ---- what else goes through to Jira


def test_person_in_a_browser_is_who_signed_in(site):
    del site.seen[:]
    answer = site.alice.ask("/rest/api/2/myself", headers={
        "X-Remote-User": "bob", "X_Remote_User": "bob"})
    assert answer.json()["name"] == "alice"
    [(_, _, headers, _)] = site.seen
    assert "bob" not in str(headers)


@pytest.mark.parametrize("name", ["X-Remote-User", "X_Remote_User", "x_remote-user",
                                  "X-REMOTE_USER"])
def test_nobody_says_by_a_header_who_it_is(site, name):
    token = site.alice.create()
    del site.seen[:]
    answer = site.get("/rest/api/2/myself", user="alice", password=token,
                      headers={name: "bob"})
    assert json.loads(answer.text)["name"] == "alice"
    assert "bob" not in str(site.seen[0][2])
    answer = site.get("/rest/api/2/myself", headers={name: "bob"})
    assert answer.status == 401 and len(site.seen) == 1


def test_attachment_goes_there_and_back_whole_and_a_read_only_token_adds_none(site):
    token, reader = site.alice.create(), site.alice.create(read="1")
    body = secrets.token_bytes(3_000_000)

    def attach(text):
        return site.request("POST", "/rest/api/2/issue/AB-1/attachments", user="alice",
                            password=text, body=body,
                            headers={"X-Atlassian-Token": "no-check"})
    assert attach(reader).status == 403
    assert json.loads(attach(token).text) == [{"author": {"name": "alice"}}]
    for path in ("/secure/attachment/1/a%2Fb%20%C3%A9.bin", "/secure/attachment/1/x?a=%26"):
        answer = site.get(path, user="alice", password=reader)
        assert (answer.status, answer.body) == (200, body)
        assert site.seen[-1][1] == path


def test_websocket_is_the_owners_of_the_token(site):
    token = site.alice.create()

    def open_socket(text):
        return site.raw(f"GET /socket HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
                        f"Authorization: {basic('alice', text)}\r\n"
                        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                        "frame".encode(), shut=text != token)
    del site.seen[:]
    said = open_socket(token)
    assert said.startswith(b"HTTP/1.1 101 ") and said.endswith(b"frame")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in said
    [(_, _, headers, _)] = site.seen
    assert headers["X-Remote-User"] == "alice" and "Authorization" not in headers
    assert open_socket(token[:-1]).startswith(b"HTTP/1.1 401 ")
    assert len(site.seen) == 1


def test_pages_and_api_are_not_jiras(site):
    del site.seen[:]
    assert "of 25 tokens" in site.alice.ask("/tokens/").text
    assert site.alice.ask("/rest/pat/latest/tokens").status_code == 200
    assert not site.seen
    token = site.alice.create()
    assert site.check("alice", token, "/tokens/").status in (302, 401)
    assert site.request("POST", "/rest/pat/latest/tokens", user="alice", password=token,
                        body="{}", headers={"Content-Type": "application/json"}).status \
        == 403
