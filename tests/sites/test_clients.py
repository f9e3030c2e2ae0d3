# SPDX-License-Identifier: Apache-2.0
"""The table of sites times programs: on the URL where browsers sign in by
whatever the site has, each program gets in by a token and by nothing that is
none."""

import pytest

import oidc
from clients import CLIENTS, Visit, got_in, use_services

LDAP = """
    AuthType Basic
    AuthName "site"
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
    AuthBasicProvider {providers}
"""
GSSAPI = """
    AuthType GSSAPI
    AuthName "site"
    GssapiCredStore keytab:{keytab}
    GssapiLocalName On
"""
# Mellon decides before any AuthType does: it has to leave programs alone.
MELLON = r"""
    AuthType Mellon
    MellonEnable auth
    <If "req('Authorization') =~ m#^Basic #i || !(-n req('Authorization') \
         || -n req('Cookie') || -n req('Sec-Fetch-Mode') || -n req('Origin') \
         || -n req('Referer') || -n req('X-Requested-With') \
         || req('Accept') =~ m#application/xhtml\+xml#i)">
        MellonEnable off
        AuthType Basic
        AuthName "site"
        AuthBasicProvider jiratoken
    </If>
"""
CHALLENGE = "    JiraTokenAccept Challenge\n"


def use_ldap(server, fixtures, providers):
    server.modules += ["ldap", "authnz_ldap"]
    return LDAP.format(ldap=fixtures("slapd").url, providers=providers)


def token_first(server, fixtures):
    return use_ldap(server, fixtures, "jiratoken ldap")


def ldap(server, fixtures):
    return use_ldap(server, fixtures, "ldap") + CHALLENGE


def gssapi(server, fixtures):
    server.modules.append("auth_gssapi")
    return GSSAPI.format(keytab=fixtures("kerberos").use(server)) + CHALLENGE


def mellon(server, fixtures):
    lines = fixtures("identity_provider").use(server, "localhost")
    server.locations += f'<Location "/">{lines}</Location>\n'
    return MELLON + CHALLENGE


def openid(server, fixtures):
    oidc.use(server, fixtures("openid_provider"))
    return "    AuthType openid-connect\n" + CHALLENGE


SITES = {"token first, then LDAP": token_first, "LDAP": ldap, "GSSAPI": gssapi,
         "Mellon": mellon, "OpenID Connect": openid}
# curl's library, which git uses too, answers Negotiate wherever it is offered, and
# nothing after it, when it has the password before it is asked.
NEGOTIATES = ("curl, when asked", "git clone URL")
PAIRS = [(site, client) for site in SITES for client in CLIENTS
         if site != "GSSAPI" or client not in NEGOTIATES]
FOREIGN = "l\u00e9a-\u65e5\u672c"     # a name that Latin-1 cannot write


@pytest.fixture(scope="module")
def site(request, lasting, slapd, kerberos):
    with lasting() as server:
        use_services(server)
        server.settings += 'CustomLog "logs/access.log" tests\n'
        lines = SITES[request.param](server, request.getfixturevalue)
        server.locations += f"""
<Location "/app">
{lines}
    Require valid-user
</Location>
"""
        server.add_user(FOREIGN, "secret")
        yield server.start()
        said = slapd.log() + kerberos.log()
        assert not [token for token in server.tokens if token in said]


def visit(site, name, folder, user, password):
    folder.mkdir()
    done = CLIENTS[name](Visit(f"http://localhost:{site.port}/app", user, password, folder))
    return got_in(done), done


@pytest.mark.parametrize("site, name", PAIRS, indirect=["site"])
def test_program_gets_in_by_a_token_and_by_nothing_else(site, name, tmp_path):
    token = site.create()
    is_in, done = visit(site, name, tmp_path / "own", "alice", token)
    assert is_in, done
    is_in, done = visit(site, name, tmp_path / "foreign", "bob", token)
    assert not is_in, done
    site.revoke(token)
    is_in, done = visit(site, name, tmp_path / "revoked", "alice", token)
    assert not is_in, done


@pytest.mark.parametrize("site, name", [pair for pair in PAIRS if pair[0] == "GSSAPI"],
                         indirect=["site"])
def test_name_beyond_ascii_does_not_matter(site, name, tmp_path):
    """Where it has to be asked for: that the answer is UTF-8, the challenge says."""
    token = site.create(FOREIGN, password="secret")
    is_in, done = visit(site, name, tmp_path / "own", FOREIGN, token)
    assert is_in, done


@pytest.mark.parametrize("site", ["LDAP", "GSSAPI", "Mellon", "OpenID Connect"],
                         indirect=True)
def test_git_tells_the_holder_of_an_expired_token(site, tmp_path):
    token = site.create()
    site.sql("UPDATE jiratoken SET expires_at = 1767225600 WHERE digest = ?",
             site.digest(token))       # 2026-01-01
    is_in, done = visit(site, "git clone", tmp_path / "own", "alice", token)
    assert not is_in
    assert "remote: This access token expired on 2025-12-31, 24:00 UTC" in done.stderr
