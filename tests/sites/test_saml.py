# SPDX-License-Identifier: Apache-2.0
"""SAML for people and tokens for programs, on one URL: mod_auth_mellon and an
identity provider that signs real assertions."""

import re

import pytest

from people import token_of
from server import SAME_ORIGIN, basic, shaped
from visitor import Visitor

SITE = r"""
<Location "/">
{mellon}
</Location>
<Location "/open">
    AuthType Mellon
    AuthName "site"
    MellonEnable auth
    <If "{programs}">
        MellonEnable off
        AuthType Basic
        AuthBasicProvider jiratoken
    </If>
    Require valid-user
    JiraTokenAccept {accept}
    Header always set X-User "expr=%{{REMOTE_USER}}"
</Location>
<Location "/people">
    SetHandler jiratoken
    AuthType Mellon
    MellonEnable auth
    Require valid-user
</Location>
"""
BASIC = 'Basic realm="site", charset="UTF-8"'
CREDENTIALS = "req('Authorization') =~ m#^Basic #i"
# Challenge asks a program that sends none; Mellon would redirect it.
PROGRAMS = CREDENTIALS + r""" || !(-n req('Authorization') \
         || -n req('Cookie') || -n req('Sec-Fetch-Mode') || -n req('Origin') \
         || -n req('Referer') || -n req('X-Requested-With') \
         || req('Accept') =~ m#application/xhtml\+xml#i)"""
RECIPES = {"On": CREDENTIALS, "Challenge": PROGRAMS}
BROWSERS = ({"Accept": "text/html,application/xhtml+xml"}, {"Sec-Fetch-Mode": "cors"},
            {"Cookie": "mellon-cookie=0123456789abcdef0123456789abcdef"},
            {"X-Requested-With": "XMLHttpRequest"})


@pytest.fixture(params=RECIPES)
def site(request, server, identity_provider):
    server.modules.append("headers")
    server.locations += SITE.format(
        mellon=identity_provider.use(server), accept=request.param,
        programs=RECIPES[request.param])
    server.accept = request.param
    server.url = f"http://127.0.0.1:{server.port}"
    identity_provider.person = "alice"
    return server.start()


@pytest.fixture
def visitor(site):
    return Visitor()


def test_person_signs_in_and_comes_back_to_the_page(site, visitor, identity_provider):
    answer, way = visitor.open(f"{site.url}/open/hello.txt")
    assert (answer.status, answer.text) == (200, "hello\n")
    assert answer.get("X-User") == "alice"
    assert any(url.startswith(f"{identity_provider.url}/sign-in?SAMLRequest=")
               for url in way)
    answer, way = visitor.open(f"{site.url}/open/hello.txt")
    assert (answer.status, way) == (200, [f"{site.url}/open/hello.txt"])


def test_person_makes_a_token_and_a_program_uses_it(site, visitor):
    visitor.open(f"{site.url}/people/")
    answer = visitor.post(f"{site.url}/people/create", {"label": "curl"}, **SAME_ORIGIN)
    token = token_of(answer.text)
    site.tokens.append(token)
    answer = site.check("alice", token, "/open/hello.txt")
    assert (answer.status, answer.get("X-User"), answer.text) == (200, "alice", "hello\n")
    assert site.get("/people/", user="alice", password=token).status in (303, 403)
    site.revoke(token)
    assert site.check("alice", token, "/open/hello.txt").status == 401


def test_token_that_is_none_is_refused_and_not_redirected(site):
    token = site.create()
    for user, text in (("alice", shaped()), ("alice", token[:-1]), ("bob", token)):
        answer = site.check(user, text, "/open/hello.txt")
        assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)
        assert answer.get("Location") is None


@pytest.mark.parametrize("browser", BROWSERS)
def test_browser_goes_on_to_the_provider_and_is_asked_for_no_password(site, browser):
    answer = site.get("/open/hello.txt", headers=browser)
    assert answer.get("WWW-Authenticate") is None
    if "X-Requested-With" in browser:   # Mellon's own answer to scripts
        assert answer.status == 403
    else:
        assert answer.status == 303
        assert re.match(rf"{site.url}/mellon/login\?", answer.get("Location"))


def test_program_without_credentials_is_asked_for_them_where_it_should_be(site):
    answer = site.get("/open/hello.txt")
    if site.accept == "Challenge":
        assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)
    else:
        assert answer.status == 303


@pytest.mark.parametrize("browser", [{}, *BROWSERS])
def test_password_opens_nothing(site, browser):
    answer = site.get("/open/hello.txt", headers={
        **browser, "Authorization": basic("alice", "wonderland")})
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)


def test_token_counts_though_there_is_a_session(site, visitor):
    visitor.open(f"{site.url}/open/hello.txt")
    [(name, value)] = visitor.cookies[f"127.0.0.1:{site.port}"].items()
    token = site.create("bob")
    for text, status in ((token, 200), (token[:-1], 401)):
        answer = site.get("/open/hello.txt", user="bob", password=text, headers={
            "Cookie": f"{name}={value}"})
        assert (answer.status, answer.get("X-User")) == (status, "bob")
