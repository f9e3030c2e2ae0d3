# SPDX-License-Identifier: Apache-2.0
"""Jira's own clients, by Basic and by Bearer, before a Jira where browsers sign in
by OpenID Connect: they are who the token's owner is, and may what it may. The API
is where Jira has its own."""

import json
import pathlib

import pytest

import oidc
from clients import run
from jira_site import jira

SCRIPT = pathlib.Path(__file__).resolve().parent / "jira.mjs"

SITE = """
<Location "/rest/api">
    AuthType openid-connect
    Require valid-user
    JiraTokenAccept Challenge
    JiraTokenBearer On
</Location>
<Location "/rest/api/2/search">
    JiraTokenReadMethods GET POST
</Location>
<Location "/rest/pat/latest">
    SetHandler jiratoken-api
    AuthType Basic
    AuthName "tokens"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require valid-user
    JiraTokenAccept On
    JiraTokenBearer On
</Location>
"""

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
    with lasting() as server, jira(server) as server.seen:
        oidc.use(server, openid_provider)
        server.locations += SITE.format(root=server.root)
        server.start()
        server.url = f"http://localhost:{server.port}"
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


def call_api(site, home, *words, body=None):
    """By curl: the answer's JSON."""
    sent = ["-H", "Content-Type: application/json", "-d", json.dumps(body)] if body else []
    done = run(["curl", "-fsS", *sent, *words], home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_is_who_the_token_is_of_until_it_is_revoked(site, ask, client, scheme):
    token = site.create()
    del site.seen[:]
    assert ask(client, scheme, token) == {"name": "alice", "reporter": "alice",
                                          "status": 201}
    assert site.seen
    for _, _, headers, _ in site.seen:
        assert headers["X-Remote-User"] == "alice" and token not in str(headers)
        assert "Authorization" not in headers
    site.revoke(token)
    del site.seen[:]
    assert ask(client, scheme, token) == {"status": 401}
    assert not site.seen


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_with_a_read_only_token_finds_and_makes_no_issue(site, ask, client, scheme):
    del site.seen[:]
    assert ask(client, scheme, site.create(read="1")) \
        == {"name": "alice", "reporter": "alice", "status": 403}
    assert not [path for method, path, _, _ in site.seen
                if method == "POST" and path != "/rest/api/2/search"]


@pytest.mark.parametrize("client, scheme", CLIENTS)
def test_client_goes_on_with_what_the_api_made_and_rotated(site, ask, tmp_path, client,
                                                           scheme):
    """The path, the members and the answer are those of Jira's own tokens."""
    api = site.url + "/rest/pat/latest/tokens"
    made = call_api(site, tmp_path, "-u", "alice:wonderland", api,
                    body={"name": f"{client.__name__} {scheme}", "expirationDuration": 90})
    rotated = call_api(site, tmp_path, "--oauth2-bearer", made["rawToken"],
                       api + "/self/rotate", body={"overlapSeconds": 3600})
    site.tokens += [made["rawToken"], rotated["rawToken"]]
    for each in (made, rotated):
        assert ask(client, scheme, each["rawToken"])["status"] == 201
    done = run(["curl", "-fsS", "-X", "DELETE", "-u", f"alice:{rotated['rawToken']}",
                api + "/self"], tmp_path)
    assert done.returncode == 0, done.stderr
    for each in (made, rotated):
        assert ask(client, scheme, each["rawToken"]) == {"status": 401}
