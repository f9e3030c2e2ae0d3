# SPDX-License-Identifier: Apache-2.0
"""SAML for people and tokens for programs, on one URL: mod_auth_mellon and an
identity provider that signs real assertions."""

import re

import pytest

from examples import use_example
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


def use_recipe(server, provider, name):
    server.locations += SITE.format(
        mellon=provider.use(server), accept=name, programs=RECIPES[name])
    server.accept, server.pages = name, "/people"


def use_file(server, provider):
    """The example, which challenges programs; and a header that says who one is."""
    provider.use(server)
    use_example(server, "saml-mellon", SITE_NAME="site",
                SAML_NAME=f"http://127.0.0.1:{server.port}/mellon/metadata",
                SAML_KEY=server.root / "data/sp.key",
                SAML_CERTIFICATE=server.root / "sp.certificate",
                SAML_METADATA=server.root / "sp.metadata",
                SAML_PROVIDER=server.root / "idp.metadata")
    server.locations += '<Location "/open">\n' \
        'Header always set X-User "expr=%{REMOTE_USER}"\n</Location>\n'
    server.accept, server.pages = "Challenge", "/tokens"


@pytest.fixture(params=[*RECIPES, "example"])
def site(request, server, identity_provider):
    if request.param == "example":
        use_file(server, identity_provider)
    else:
        use_recipe(server, identity_provider, request.param)
    server.modules.append("headers")
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
    visitor.open(f"{site.url}{site.pages}/")
    answer = visitor.post(f"{site.url}{site.pages}/create", {"label": "curl"}, **SAME_ORIGIN)
    token = token_of(answer.text)
    site.tokens.append(token)
    answer = site.check("alice", token, "/open/hello.txt")
    assert (answer.status, answer.get("X-User"), answer.text) == (200, "alice", "hello\n")
    assert site.get(site.pages + "/", user="alice", password=token).status in (303, 403)
    answer = visitor.post(f"{site.url}{site.pages}/{site.id_of(token)}/revoke", {},
                          **SAME_ORIGIN)
    assert answer.status == 303
    assert site.check("alice", token, "/open/hello.txt").status == 401


def test_token_that_is_none_is_refused_and_not_redirected(site, tokens):
    token = tokens("alice")
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


@pytest.fixture
def tokens(site, identity_provider):
    """tokens(name): a token of somebody who signs in for it."""
    def make(name):
        identity_provider.person = name
        visitor = Visitor()
        visitor.open(f"{site.url}{site.pages}/")
        answer = visitor.post(f"{site.url}{site.pages}/create", {"label": "x"}, **SAME_ORIGIN)
        site.tokens.append(token_of(answer.text))
        return site.tokens[-1]
    return make


@pytest.mark.parametrize("browser", [{}, *BROWSERS])
def test_password_opens_nothing(site, browser):
    answer = site.get("/open/hello.txt", headers={
        **browser, "Authorization": basic("alice", "wonderland")})
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)


def test_token_counts_though_there_is_a_session(site, visitor, tokens):
    visitor.open(f"{site.url}/open/hello.txt")
    [(name, value)] = visitor.cookies[f"127.0.0.1:{site.port}"].items()
    token = tokens("bob")
    for text, status in ((token, 200), (token[:-1], 401)):
        answer = site.get("/open/hello.txt", user="bob", password=text, headers={
            "Cookie": f"{name}={value}"})
        assert (answer.status, answer.get("X-User")) == (status, "bob")


def test_what_is_for_this_machine_alone_stays_so(site):
    for headers in ({}, *BROWSERS):
        assert site.get("/server-status", headers=headers).status == 404
