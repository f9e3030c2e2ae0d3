# SPDX-License-Identifier: Apache-2.0
"""Kerberos for people and tokens for programs, on one URL: mod_auth_gssapi with a
real KDC, and curl as a browser that negotiates."""

import base64

import pytest

from clients import run
from examples import use_example
from people import token_of
from server import basic, shaped

GSSAPI = """
    AuthType GSSAPI
    AuthName "site"
    GssapiCredStore keytab:{keytab}
    GssapiLocalName On
    Require valid-user
"""
SITE = """
<Location "/open">
{gssapi}
    JiraTokenAccept {accept}
    Header always set X-User "expr=%{{REMOTE_USER}}"
</Location>
<Location "/people">
    SetHandler jiratoken
{gssapi}
</Location>
"""
BASIC = 'Basic realm="site", charset="UTF-8"'
BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


def use_recipe(server, keytab, accept):
    server.locations += SITE.format(gssapi=GSSAPI.format(keytab=keytab), accept=accept)
    server.accept, server.pages = accept, "/people"


def use_file(server, keytab):
    """The example, which challenges programs; and a header that says who one is."""
    use_example(server, "kerberos-gssapi", KEYTAB=keytab, SITE_NAME="site")
    server.locations += '<Location "/open">\n' \
        'Header always set X-User "expr=%{REMOTE_USER}"\n</Location>\n'
    server.accept, server.pages = "Challenge", "/tokens"


@pytest.fixture(params=["On", "Challenge", "example"])
def site(request, server, kerberos):
    keytab = kerberos.use(server)
    if request.param == "example":
        use_file(server, keytab)
    else:
        server.modules.append("auth_gssapi")
        use_recipe(server, keytab, request.param)
    server.modules.append("headers")
    return server.start()


@pytest.fixture
def alice(site, kerberos, tmp_path):
    """Somebody with a ticket: she asks for a page and gets (status, X-User, body)."""
    more = kerberos.sign_in("alice", tmp_path)

    def ask(path, *words):
        done = run(["curl", "-sS", "--negotiate", "-u", ":", "-w",
                    "\n%{http_code} %header{x-user}", *words,
                    f"http://localhost:{site.port}{path}"], tmp_path, more)
        assert done.returncode == 0, done.stderr
        body, _, last = done.stdout.rpartition("\n")
        return (*last.split(" "), body)
    return ask


def challenges(answer):
    return sorted(value for name, value in answer.headers if name == "www-authenticate")


def test_ticket_opens_what_it_always_did(alice):
    assert alice("/open/hello.txt") == ("200", "alice", "hello\n")


def test_person_makes_a_token_by_a_ticket_and_a_program_uses_it(site, alice):
    status, _, page = alice(site.pages + "/create", "-H", "Sec-Fetch-Site: same-origin",
                            "-d", "label=curl")
    assert status == "200"
    token = token_of(page)
    site.tokens.append(token)
    answer = site.check("alice", token, "/open/hello.txt")
    assert (answer.status, answer.get("X-User"), answer.text) == (200, "alice", "hello\n")
    assert site.check("bob", token, "/open/hello.txt").status == 401
    assert site.get(site.pages + "/", user="alice", password=token).status in (401, 403)


def test_program_is_offered_both_and_a_browser_its_own(site):
    both = sorted([BASIC, "Negotiate"])
    answer = site.get("/open/hello.txt")
    assert answer.status == 401
    assert challenges(answer) == (both if site.accept == "Challenge" else ["Negotiate"])
    answer = site.get("/open/hello.txt", headers=BROWSER)
    assert (answer.status, challenges(answer)) == (401, ["Negotiate"])


def test_token_that_is_none_is_not_offered_to_kerberos(site, kerberos, alice):
    _, _, page = alice(site.pages + "/create", "-H", "Sec-Fetch-Site: same-origin",
                       "-d", "label=curl")
    token, before = token_of(page), kerberos.asked()
    site.tokens.append(token)
    for text in (shaped(), token[:-1], f"'{token}'"):
        answer = site.check("alice", text, "/open/hello.txt")
        assert (answer.status, challenges(answer)) == (401, [BASIC])
    assert kerberos.asked() == before


@pytest.mark.parametrize("scheme", ["Negotiate", "negotiate"])
def test_ticket_that_is_none_is_kerberos_to_refuse(site, scheme):
    site.expect("auth_gssapi:error")
    junk = base64.b64encode(b"no ticket").decode()
    answer = site.get("/open/hello.txt", headers={"Authorization": f"{scheme} {junk}"})
    assert answer.status == 401 and "Negotiate" in answer.get("WWW-Authenticate")
