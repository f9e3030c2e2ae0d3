# SPDX-License-Identifier: Apache-2.0
"""What a backend believes of who somebody is: headers that become variables of
PHP, of CGI and of WSGI. Beside a token nobody can forge them, in no spelling that
becomes the same variable, and the token is in none."""

import json

import pytest

from backends import wsgi
from php import PRINT_VARIABLES
from server import basic

# PHP, by FastCGI; a script, by CGI; Python, behind a proxy.
SITE = """
<Location "/open">
    Require all granted
</Location>
ProxyFCGIBackendType GENERIC
ProxyPassMatch "^/(open|app)/php/(.*)$" "fcgi://127.0.0.1:{php}{root}/scripts/$2"
ProxyPass "/open/wsgi" "{wsgi}"
ProxyPass "/app/wsgi" "{wsgi}"
ScriptAliasMatch "^/(open|app)/cgi/env" "{root}/scripts/env"
<Directory "{root}/scripts">
    Require all granted
</Directory>
<Location "/app">
    AuthType GSSAPI
    AuthName "site"
    GssapiCredStore keytab:{keytab}
    Require valid-user
    JiraTokenAccept Challenge
    RequestHeader unset X-Remote-User
    RequestHeader unset X_Remote_User
    RequestHeader unset X-Remote_User
    RequestHeader unset X_Remote-User
    RequestHeader set X-Remote-User "expr=%{{REMOTE_USER}}"
</Location>
"""
ENV = """#!/usr/bin/python3 -IS
import json, os
print("Content-Type: application/json\\n")
print(json.dumps(dict(os.environ)))
"""
FORGED = [f"{family}{one}CLAIM{two}email"
          for family in ("OIDC", "oidc", "Mellon")
          for one in "_-.!~*" for two in "_-."] + ["OIDC_access_token", "mellon-NAME_ID"]


@pytest.fixture(scope="module")
def site(lasting, php, kerberos):
    with lasting() as server, wsgi() as url:
        server.modules += ["proxy", "proxy_http", "proxy_fcgi", "auth_gssapi", "headers",
                           "cgi" if server.mpm == "prefork" else "cgid"]
        scripts = server.root / "scripts"
        scripts.mkdir()
        (scripts / "env.php").write_text(PRINT_VARIABLES)
        (scripts / "env").write_text(ENV)
        (scripts / "env").chmod(0o755)
        server.locations += SITE.format(php=php.port, root=server.root, wsgi=url,
                                        keytab=kerberos.use(server))
        yield server.start()


BACKENDS = {"PHP": "/php/env.php", "CGI": "/cgi/env", "WSGI": "/wsgi/x"}


def variables(site, place, backend, headers):
    answer = site.get(place + BACKENDS[backend], headers=headers)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def forged(found):
    return {name for name, value in found.items() if "forged" in str(value)}


@pytest.mark.parametrize("backend", BACKENDS)
def test_variable_is_forged_where_nobody_looks(site, backend):
    """Else nothing of this would mean anything."""
    spellings = ["OIDC-CLAIM-email", "oidc-claim-EMAIL"]
    spellings += ["OIDC_CLAIM_email", "oidc-claim_Email"] if backend == "WSGI" else []
    for name in spellings:
        found = variables(site, "/open", backend, {name: "forged"})
        assert forged(found) == {"HTTP_OIDC_CLAIM_EMAIL"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_nobody_forges_a_variable_beside_a_token(site, backend):
    token = site.create()
    for name in FORGED:
        found = variables(site, "/app", backend, {
            name: "forged", "Authorization": basic("alice", token)})
        assert forged(found) == set(), name
        assert token not in json.dumps(found)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["X-Remote-User", "X_Remote_User", "x-remote-user",
                                  "X_Remote-User", "x-remote_USER"])
def test_backend_is_told_the_tokens_owner_and_nobody_else(site, backend, name):
    token = site.create()
    found = variables(site, "/app", backend, {
        name: "forged", "Authorization": basic("alice", token)})
    assert forged(found) == set()
    assert found["HTTP_X_REMOTE_USER"] == "alice"
    assert token not in json.dumps(found)
