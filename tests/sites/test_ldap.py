# SPDX-License-Identifier: Apache-2.0
"""A token, or what was one, never reaches the directory or the KDC: no bind, no
search, no account locked, and the secret in no log. The table is every pair of a
way in and a place where a token can stand, with everything that happens to
tokens on their way."""

import urllib.parse

import pytest

from credentials import MUTATIONS, WITH_SPACE, b64, without_colon
from directory import FAILURES
from server import basic

# ---- where a token can stand in a request


def header(scheme):
    """As clients send text beyond ASCII in a header: as UTF-8."""
    return lambda text: f"{scheme}{text}".encode().decode("latin-1")


PLACES = {
    "password": lambda text: basic("alice", text),
    "password, scheme in another case": lambda text: "bASIC" + basic("alice", text)[5:],
    "password of nobody": lambda text: basic("nobody", text),
    "behind a password": lambda text: basic("alice", f"wonderland {text}"),
    "user": lambda text: basic(text, "x"),
    "user, with a password": lambda text: basic(text, "wonderland"),
    "user, without a password": lambda text: basic(text, ""),
    "user and password": lambda text: basic(text, text),
    "Basic without a colon": without_colon,
    "Basic, not encoded": header("Basic "),
    "Bearer": header("Bearer "),
    "Bearer, encoded": lambda text: "Bearer " + b64(text.encode()),
    "Token": header("Token "),
    "no scheme": header(""),
    "Digest": lambda text: header("Digest ")(f'username="{text}", realm="site"'),
    "Negotiate": header("Negotiate "),
}
OPENS = ("password", "password, scheme in another case")    # where a token belongs


def is_meant(place, text, token):
    """Behind other text only a whole token is known as one, and it is where it
    belongs behind a name and a colon, whoever puts them there."""
    return {"behind a password": token in text,
            "Basic without a colon": ":" not in text}.get(place, True)


# ---- the ways in

SITE = """
<AuthnProviderAlias ldap corporate>
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
</AuthnProviderAlias>
<Location "/{number}">
    AuthName "site"
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
    Require valid-user
{lines}
</Location>
Alias "/{number}" "{root}/docs/open"
"""
KERBEROS = """
    AuthType GSSAPI
    GssapiBasicAuth On
    GssapiBasicAuthMech krb5
    GssapiLocalName On
    GssapiCredStore keytab:{keytab}
"""
FORM = """
<Location "/form">
    AuthType Form
    AuthName "form"
    AuthFormProvider jiratoken ldap
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
    Session On
    SessionCookieName session path=/
    Require valid-user
</Location>
Alias "/form" "{root}/docs/open"
"""
SITES = {
    "a token first": "AuthType Basic\nAuthBasicProvider jiratoken ldap",
    "LDAP first": "AuthType Basic\nAuthBasicProvider ldap jiratoken",
    "alias": "AuthType Basic\nAuthBasicProvider jiratoken corporate",
    "not authoritative": "AuthType Basic\nAuthBasicProvider jiratoken ldap\n"
                         "AuthLDAPBindAuthoritative Off",
    "LDAP, On": "AuthType Basic\nAuthBasicProvider ldap\nJiraTokenAccept On",
    "LDAP, Challenge": "AuthType Basic\nAuthBasicProvider ldap\nJiraTokenAccept Challenge",
    "Kerberos, On": KERBEROS + "JiraTokenAccept On",
    "Kerberos, Challenge": KERBEROS + "JiraTokenAccept Challenge",
}


@pytest.fixture(scope="module")
def server(lasting, slapd, kerberos):
    with lasting() as made:
        made.modules += ["ldap", "authnz_ldap", "auth_gssapi", "request", "session",
                         "session_cookie", "auth_form"]
        made.settings += f"""
LogLevel debug
LDAPCacheEntries 0
JiraTokenMax 1000
LogFormat "%h %u %{{REMOTE_USER}}e %r %s" users
CustomLog "logs/access.log" users
{SITE.split("<Location", maxsplit=1)[0].format(ldap=slapd.url)}"""
        keytab = kerberos.use(made)
        for number, lines in enumerate(SITES.values()):
            made.locations += ("<Location" + SITE.split("<Location", maxsplit=1)[1]).format(
                number=number, lines=lines.format(keytab=keytab), ldap=slapd.url,
                root=made.root)
        made.locations += FORM.format(ldap=slapd.url, root=made.root)
        made.expect("auth_gssapi:error|AH01807|AH01809|AH01810")
        yield made.start()


def path(site):
    return f"/{list(SITES).index(site)}/hello.txt"


def asked(slapd, kerberos):
    return slapd.asked() + kerberos.asked()


def texts(token):
    """What a token becomes, by name."""
    found = {name: mutate(token) for name, mutate in MUTATIONS.items()}
    return {"as it is": token, **found, **{
        repr(form): form.format(token) for form in WITH_SPACE}}


def assert_nowhere(token, server, *services):
    """No log has it, nor the longest part that it could be guessed from."""
    logs = [server.log(), (server.root / "logs/access.log").read_text(),
            *(service.log() for service in services)]
    for part in (token[3:27], token[3:27].upper()):
        assert not [part for log in logs if part in log]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("site", SITES)
def test_what_was_a_token_goes_to_nobody_else(server, slapd, kerberos, site, place):
    token = server.create()
    before, wrong = asked(slapd, kerberos), {}
    for name, text in texts(token).items():
        value = PLACES[place](text)
        if not value.isprintable() or not is_meant(place, text, token):
            continue
        answer = server.get(path(site), headers={"Authorization": value})
        opens = place in OPENS and name not in MUTATIONS
        if answer.status != (200 if opens else 401):
            wrong[name] = answer.status
    assert not wrong
    assert asked(slapd, kerberos) == before
    assert_nowhere(token, server, slapd, kerberos)


def log_in(server, user, password):
    return server.request(
        "POST", "/form/", headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urllib.parse.urlencode({"httpd_username": user, "httpd_password": password}))


def test_what_was_a_token_goes_to_nobody_else_from_a_form(server, slapd, kerberos):
    """Nor does it sign in: what a session keeps would be the token. (mod_auth_form
    logs the user name, whatever stands there.)"""
    token, other, before = server.create(), server.create(), asked(slapd, kerberos)
    pairs = [("alice", text) for text in texts(token).values()]
    pairs += [(text, "x") for text in texts(other).values()]
    for user, password in pairs:
        answer = log_in(server, user, password)
        assert (answer.status, answer.get("Set-Cookie")) == (401, None), (user, password)
    assert asked(slapd, kerberos) == before
    assert_nowhere(token, server, slapd, kerberos)
    server.tokens.remove(other)
    log_in(server, "alice", "wonderland")
    assert len(asked(slapd, kerberos)) > len(before)


@pytest.mark.parametrize("site", SITES)
def test_password_is_asked_for_where_it_always_was(server, slapd, kerberos, site):
    """Else nothing of the table would mean anything."""
    slapd.reset()
    before = asked(slapd, kerberos)
    assert server.check("alice", "wonderland", path(site)).status == 200
    right = asked(slapd, kerberos)
    assert len(right) > len(before)
    assert server.check("alice", "looking-glass", path(site)).status == 401
    assert len(asked(slapd, kerberos)) > len(right)


def test_no_account_is_locked_by_tokens(server, directory):
    """Three wrong passwords would."""
    token = server.create()
    for site in SITES:
        for _ in range(FAILURES + 1):
            for text in (token[:-1], f'"{token}"', token + "x"):
                assert server.check("alice", text, path(site)).status == 401
    assert directory.failures("alice") == 0
    for _ in range(FAILURES):
        assert server.check("alice", "looking-glass", path("a token first")).status == 401
    assert server.check("alice", "wonderland", path("a token first")).status == 401
    assert server.check("alice", token, path("a token first")).status == 200
