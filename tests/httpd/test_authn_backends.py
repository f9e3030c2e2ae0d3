# SPDX-License-Identifier: Apache-2.0
"""What backends, logs and expressions are told: who came by which token, but
never its text, unless that was asked for."""

import json
import re

import pytest

from credentials import ask, set_expiry
from server import BASE62, basic, shaped

pytestmark = pytest.mark.plain

SCRIPT = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env
"""
GUARD = """
    AuthType Basic
    AuthName "backend"
    AuthBasicProvider jiratoken file
    AuthUserFile "{root}/users"
    Require valid-user
"""


def use_script(server, more=""):
    """/cgi/env prints the environment that a script gets."""
    folder = server.root / "scripts"
    folder.mkdir()
    (folder / "env").write_text(SCRIPT)
    (folder / "env").chmod(0o755)
    server.use_cgi(folder)
    server.locations += (f'<Location "/cgi">{GUARD.format(root=server.root)}'
                         f"    CGIPassAuth On\n    {more}\n</Location>\n")


def environment(answer):
    assert answer.status == 200, answer.text
    return dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)


def test_scripts_learn_the_token_but_not_its_text(server):
    use_script(server)
    server.start()
    token = server.create(label="ci \u2603")
    seen = environment(server.check("alice", token, "/cgi/env"))
    assert seen["REMOTE_USER"] == "alice"
    assert seen["AUTH_TYPE"] == "Basic"
    assert seen["JIRATOKEN_ID"] == str(server.id_of(token))
    assert seen["JIRATOKEN_LABEL"] == "ci \u2603"
    assert seen["JIRATOKEN_SCOPE"] == "full"
    assert "HTTP_AUTHORIZATION" not in seen
    assert token not in str(seen) and basic("alice", token) not in str(seen)


def test_token_is_passed_on_where_it_is_asked_for(server):
    use_script(server, "JiraTokenForwardCredentials On")
    server.start()
    token = server.create()
    seen = environment(server.check("alice", token, "/cgi/env"))
    assert seen["HTTP_AUTHORIZATION"] == basic("alice", token)


def test_ordinary_password_is_still_passed_on(server):
    use_script(server)
    server.start()
    seen = environment(server.get("/cgi/env", user="alice"))
    assert seen["HTTP_AUTHORIZATION"] == basic("alice", "wonderland")
    assert not [name for name in seen if name.startswith("JIRATOKEN_")]


@pytest.mark.parametrize("copy", [
    'SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1',
    'RewriteEngine On\n'
    'RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]',
])
@pytest.mark.parametrize("where", ["server", "location"])
def test_copies_for_scripts_are_withheld_too(server, copy, where):
    server.modules += ["setenvif", "rewrite"]
    use_script(server, copy if where == "location" else "")
    if where == "server":
        server.settings += copy
    server.start()
    token = server.create()
    for _ in range(3):
        seen = environment(server.check("alice", token, "/cgi/env"))
        assert basic("alice", token) not in str(seen)
        assert seen["REMOTE_USER"] == "alice"


def test_copies_from_before_an_internal_redirect_are_withheld_too(server):
    server.modules += ["setenvif", "rewrite"]
    use_script(server)
    server.settings += f"""
SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1
<Directory "{server.root}/docs/open">
    RewriteEngine On
    RewriteRule ^go$ /cgi/env
</Directory>
"""
    server.start()
    token = server.create()
    seen = environment(server.check("alice", token, "/open/go"))
    assert seen["REMOTE_USER"] == "alice"
    assert basic("alice", token) not in str(seen)


def use_backend(server, backend, more=""):
    server.modules += ["proxy", "proxy_http"]
    server.locations += (f'ProxyPass "/app" "{backend}/app"\n'
                         f'<Location "/app">{GUARD.format(root=server.root)}{more}\n'
                         "</Location>\n")
    return server.start()


def headers_of(answer):
    assert answer.status in (200, 404), answer.text
    return dict(json.loads(answer.body))


def test_proxied_backend_does_not_see_the_token(server, backend):
    use_backend(server, backend)
    token = server.create()
    set_expiry(server, token, 2000000000)
    for path, status in (("/app/x", 200), ("/app/404", 404)):
        answer = server.check("alice", token, path)
        assert answer.status == status
        assert "authorization" not in headers_of(answer)
        assert token not in answer.text
        assert answer.get("JiraToken-Expires") == "2033-05-18T03:33:20Z"


def test_proxied_backend_sees_the_token_where_it_is_asked_for(server, backend):
    use_backend(server, backend, "JiraTokenForwardCredentials On")
    token = server.create()
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert seen["authorization"] == basic("alice", token)


def test_proxied_backend_still_sees_ordinary_passwords(server, backend):
    use_backend(server, backend)
    seen = headers_of(server.get("/app/x", user="alice"))
    assert seen["authorization"] == basic("alice", "wonderland")


def test_backend_can_be_told_the_user_instead(server, backend):
    server.modules.append("headers")
    use_backend(server, backend, 'RequestHeader set X-Remote-User "expr=%{REMOTE_USER}"\n'
                'RequestHeader set X-Token "%{JIRATOKEN_LABEL}e"')
    token = server.create(label="bi")
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert (seen["x-remote-user"], seen["x-token"]) == ("alice", "bi")


def test_fake_basic_replaces_the_token(server, backend):
    use_backend(server, backend, "AuthBasicFake app secret")
    token = server.create()
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert seen["authorization"] == basic("app", "secret")


def test_forward_proxy_takes_tokens_and_passes_none_on(server, backend):
    server.modules += ["proxy", "proxy_http"]
    server.locations = (f'ProxyRequests On\n<Proxy "*">{GUARD.format(root=server.root)}'
                        "</Proxy>\n")
    server.start()
    token = server.create()
    url = f"{backend}/x"
    refused = server.get(url, headers={"Proxy-Authorization": basic("bob", token)})
    assert refused.status == 407
    seen = headers_of(server.get(url, headers={
        "Proxy-Authorization": basic("alice", token), "Authorization": "Basic eDp5"}))
    assert seen.get("authorization") == "Basic eDp5"
    assert "proxy-authorization" not in seen


def test_access_log_names_the_token(server):
    server.settings = 'CustomLog "logs/access.log" tests'
    server.start()
    token = server.create(label="ci")
    number = server.id_of(token)
    server.check("alice", token)
    server.check("alice", token, "/files/none")
    server.check("bob", token)
    server.get("/chain/hello.txt", user="alice")
    path = server.root / "logs/access.log"
    server.poll(lambda: path.read_text().count("\n") >= 6)
    log = [re.search(r'(\S+) "\S+ (\S+) [^"]*" (\d+) (.*)', line).groups()
           for line in path.read_text().splitlines()]
    assert ("alice", "/files/hello.txt", "200", f"{number} ci") in log
    assert ("alice", "/files/none", "404", f"{number} ci") in log
    assert ("bob", "/files/hello.txt", "401", "- -") in log
    assert ("alice", "/chain/hello.txt", "200", "- -") in log


def test_expressions_can_use_the_label(server):
    server.locations = """
<Location "/files">
    <RequireAll>
        Require valid-user
        Require expr "%{REMOTE_USER} == 'alice'"
    </RequireAll>
</Location>
<Location "/files">
    Header always set X-Label "expr=%{env:JIRATOKEN_LABEL}"
</Location>
"""
    server.modules.append("headers")
    server.expect(r"AH01629: |AH01631: ")
    server.start()
    answer = server.check("alice", server.create(label="bi"))
    assert (answer.status, answer.get("X-Label")) == (200, "bi")
    assert server.check("bob", server.create("bob")).status == 401


@pytest.mark.database
@pytest.mark.parametrize("case,reason", [
    ("unknown", "unknown-or-revoked"), ("revoked", "unknown-or-revoked"),
    ("expired", "expired"), ("bob's", "somebody-else's"), ("limited", "restriction"),
])
def test_each_refusal_is_logged_with_its_reason_and_digest(running, case, reason):  # S04
    token = shaped() if case == "unknown" else running.create(
        "bob" if case == "bob's" else "alice")
    running.tokens.append(token)
    if case == "revoked":
        running.revoke(token)
    change = {"expired": "expires_at = 1", "limited": "restrictions = 'other'"}.get(case)
    if change:
        running.sql(f"UPDATE jiratoken SET {change}")
    assert running.check("alice", token).status == 401
    [line] = [s for s in running.log().splitlines() if "token refused: " in s]
    assert "[jiratoken:warn]" in line
    assert f"reason={reason} digest={running.digest(token)[:12]} user=alice" in line


@pytest.mark.parametrize("sent,reason", [
    ("mistyped", "wrong-checksum"), ("junk", "credentials-not-canonical")])
def test_malformed_tokens_are_logged_without_their_text(running, sent, reason):  # S04
    token = running.create()
    mistyped = token[:-1] + BASE62[(BASE62.index(token[-1]) + 1) % 62]
    running.tokens.append(mistyped)
    header = basic("alice", mistyped) if sent == "mistyped" \
        else basic("alice", token) + "!!!"
    assert ask(running, header)[0] == 401
    assert f"token refused: reason={reason} " in running.log()


def test_user_names_cannot_forge_log_lines(running):  # S04
    token = running.create()
    running.check(b"a\r\n[jiratoken:error] forged\x1b[31m", token)
    assert not [s for s in running.log().splitlines()
                if s.startswith("[jiratoken:error]") or "\x1b" in s]
