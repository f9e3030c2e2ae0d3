# SPDX-License-Identifier: Apache-2.0
"""Applications that httpd runs by itself or by php-fpm: they know who it is by
REMOTE_USER, and nothing of the token; and the pages are there, whatever the application
takes for itself."""

import json

import pytest

from examples import use_example
from php import FPM, PRINT_VARIABLES
from server import basic

CGI = """#!/usr/bin/python3 -IS
import json, os
print("Content-Type: application/json\\n")
print(json.dumps(dict(os.environ)))
"""
WSGI = """
import json

def application(environment, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({name: value for name, value in environment.items()
                        if isinstance(value, str)}).encode()]
"""


@pytest.fixture(scope="module")
def fpm():
    made = FPM()
    yield made
    made.close()


def use_php(server, fixtures, url):
    app = server.root / "app"
    app.mkdir()
    (app / "index.php").write_text(PRINT_VARIABLES)
    use_example(server, "php-fpm", APP_ROOT=app, LDAP_URL=url,
                PHP=f"fcgi://127.0.0.1:{fixtures('fpm').port}")
    return "/app/index.php", "/app/", "/app/any/page", "/app/index.php/page"


def use_wsgi(server, _, url):
    (server.root / "app").mkdir()
    (server.root / "app/wsgi.py").write_text(WSGI)
    server.settings += f'WSGISocketPrefix "{server.root}/logs/wsgi"\n'
    use_example(server, "mod-wsgi", APP=server.root / "app/wsgi.py", LDAP_URL=url)
    return "/", "/any/page"


def use_cgi(server, _, url):
    (server.root / "programs").mkdir()
    (server.root / "programs/env").write_text(CGI)
    (server.root / "programs/env").chmod(0o755)
    use_example(server, "cgi", CGI_ROOT=server.root / "programs", LDAP_URL=url)
    return "/cgi-bin/env", "/cgi-bin/env/any/page"


@pytest.fixture(scope="module", params=[use_php, use_wsgi, use_cgi],
                ids=["php-fpm", "mod-wsgi", "cgi"])
def site(request, lasting, slapd):
    slapd.reset()
    with lasting() as server:
        url = f"{slapd.url}/ou=people,dc=example,dc=org?uid"
        server.paths = request.param(server, request.getfixturevalue, url)
        yield server.start()


def variables(site, path, password, **headers):
    answer = site.get(path, headers={"Authorization": basic("alice", password), **headers})
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def test_application_knows_the_person_by_password_and_by_token(site):
    token = site.create(label="ci", read="1")
    for path in site.paths:
        found = variables(site, path, token)
        assert (found["REMOTE_USER"], found["JIRATOKEN_LABEL"], found["JIRATOKEN_SCOPE"]) \
            == ("alice", "ci", "read")
        found = variables(site, path, "wonderland")
        assert found["REMOTE_USER"] == "alice" and "JIRATOKEN_ID" not in found
    site.revoke(token)
    for path in site.paths:
        assert site.check("alice", token, path).status == 401
        assert site.check("bob", token, path).status == 401
        assert site.get(path).status == 401


def test_application_sees_neither_the_token_nor_forged_claims(site):
    token = site.create()
    text = basic("alice", token).split(" ")[1]
    for path in site.paths:
        said = json.dumps(variables(site, path, token, **{
            "OIDC-CLAIM-email": "forged", "oidc_claim_sub": "forged",
            "Mellon-NAME_ID": "forged", "Remote-User": "x", "JIRATOKEN-ID": "7"}))
        assert token not in said and text not in said and "forged" not in said


def test_pages_are_there_and_no_token_opens_them(site):
    token = site.create()
    answer = site.get("/tokens/", user="alice")
    assert answer.status == 200 and "of 25 tokens" in answer.text
    assert site.check("alice", token, "/tokens/").status in (401, 403)
    assert site.check("alice", token, "/tokens/index.php").status in (401, 403)
