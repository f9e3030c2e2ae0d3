# SPDX-License-Identifier: Apache-2.0
"""The examples on the pages, run as they stand there by the real programs: a
token opens, and once it is revoked it does not. git's own tests are in
test_git.py; PowerShell is not to be had, its quoting is in the pages' tests."""

import json
import os
import subprocess

import pytest

from page import Page
from recipes import examples

pytestmark = pytest.mark.plain

JIRA = {"baseUrl": "http://jira", "version": "9.12.0", "versionNumbers": [9, 12, 0],
        "deploymentType": "Server", "serverTitle": "Jira"}

LOCATIONS = """
DirectoryIndex index.txt
DavLockDB "{root}/data/locks"
<Directory "{root}/docs/PATH">
    Dav On
</Directory>
<LocationMatch "^/($|index.txt|rest/|PATH/(?!REPOSITORY))">
    AuthType Basic
    AuthName "app"
    AuthBasicProvider jiratoken
    Require valid-user
</LocationMatch>
<Location "/PATH/REPOSITORY">
    DAV svn
    SVNPath "{root}/repository"
    AuthType Basic
    AuthName "svn"
    AuthBasicProvider jiratoken
    Require valid-user
</Location>
"""


def run(server, command, home):
    """A command as a person's shell runs it, with nothing of the host's set."""
    return subprocess.run(["bash", "-c", command], cwd=home, text=True, check=False,
                          timeout=120, stdin=subprocess.DEVNULL, capture_output=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(home),
                               "LC_ALL": "C.UTF-8", "no_proxy": "127.0.0.1"})


@pytest.fixture
def app(server):
    """An application at /, WebDAV at /PATH/ and Subversion at /PATH/REPOSITORY:
    the words that a person puts the own ones in place of."""
    server.modules += ["dav", "dav_fs", "dav_svn", "authz_svn"]
    (server.root / "docs" / "index.txt").write_text("the application\n")
    server.root.joinpath("docs", "rest", "api", "2").mkdir(parents=True)
    (server.root / "docs/rest/api/2/serverInfo").write_text(json.dumps(JIRA))
    (server.root / "docs/PATH").mkdir()
    (server.root / "docs/PATH/report.txt").write_text("a report\n")
    subprocess.run(["svnadmin", "create", server.root / "repository"], check=True)
    subprocess.run(["svn", "mkdir", "-q", "-m", "one",
                    f"file://{server.root}/repository/trunk"], check=True,
                   env={"PATH": os.environ["PATH"], "HOME": str(server.root)})
    server.give(server.root / "repository")
    server.locations += LOCATIONS.format(root=server.root)
    return server.start()


@pytest.fixture
def person(app, tmp_path):
    """alice with a token: its text and her examples, the token filled in."""
    app.token = app.create()
    page = Page(app.get("/tokens/connect", user="alice"))
    app.home = tmp_path
    app.examples = {heading: example.replace("YOUR_TOKEN", app.token)
                    for heading, example in examples(page).items()}
    return app


def python(example):
    """An example in Python as a command."""
    return f"/usr/bin/python3 - <<'EXAMPLE'\n{example}\nEXAMPLE"


def curl(person):
    return run(person, person.examples["curl"], person.home), "the application\n"


def curl_n(person):
    path = person.home / ".netrc"
    path.write_text(person.examples[".netrc, for curl -n, git and many others"] + "\n")
    path.chmod(0o600)
    return run(person, f"curl -n http://127.0.0.1:{person.port}/", person.home), \
        "the application\n"


def requests(person):
    return run(person, python(person.examples["Python"]), person.home), "200\n"


def jira(person):
    example = person.examples["Jira's Python client"] + "\nprint(jira.server_info())"
    return run(person, python(example), person.home), "'versionNumbers': [9, 12, 0]"


def rclone(person):
    return run(person, person.examples["rclone, for WebDAV"], person.home), "report.txt"


def svn(person):
    """As a person who is asked for the password pastes it."""
    command = (f"printf %s {person.token} | {person.examples['Subversion']}"
               " --non-interactive --password-from-stdin --no-auth-cache out"
               " && ls out")
    return run(person, command, person.home), "trunk\n"


CLIENTS = (curl, curl_n, requests, jira, rclone, svn)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_example_works_until_the_token_is_revoked(person, client):
    done, wanted = client(person)
    assert wanted in done.stdout, done.stderr
    person.revoke(person.token)
    person.expect("AH01618|svn|dav")
    done, _ = client(person)
    assert wanted not in done.stdout


def test_token_works_with_a_name_that_programs_must_quote(app, tmp_path):
    """The same, for a name with a space, quotes and letters beyond ASCII."""
    name = "o'brien \"é\" $x"
    app.add_user(name, "secret")
    app.token = app.create(name, password="secret")
    page = Page(app.get("/tokens/connect", user=name, password="secret"))
    app.home = tmp_path
    app.examples = {heading: example.replace("YOUR_TOKEN", app.token)
                    for heading, example in examples(page).items()}
    for client in (curl, requests, jira, rclone, svn):
        done, wanted = client(app)
        assert wanted in done.stdout, (client.__name__, done.stderr)
