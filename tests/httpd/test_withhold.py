# SPDX-License-Identifier: Apache-2.0
"""A token is for this module alone: no other provider, no other user's request
and no backend gets it, however the locations are put together."""

import json

import pytest

from disk_cache import kept_in, use_disk_cache
from server import basic, shaped

pytestmark = pytest.mark.plain

BASIC = """
    AuthType Basic
    AuthName "x"
    AuthBasicProvider jiratoken
"""


@pytest.fixture
def proxied(server):
    """A server that can have a backend."""
    server.modules += ["proxy", "proxy_http", "headers"]
    return server


def coded(token, user="alice"):
    return basic(user, token).split()[1]


def test_backend_gets_no_token_where_a_name_was_not_needed(proxied, backend):
    proxied.locations = f"""
<Location "/any">{BASIC}
    <RequireAny>
        Require valid-user
        Require ip 127.0.0.1
    </RequireAny>
    ProxyPass {backend}/
</Location>"""
    proxied.start()
    token = proxied.create()
    answer = proxied.check("alice", token, "/any/x")
    assert answer.status == 200
    assert coded(token) not in answer.text and "uthorization" not in answer.text


@pytest.mark.parametrize("lines", ["JiraTokenAccept On", "JiraTokenAccept Challenge", BASIC])
def test_backend_gets_no_token_where_nobody_is_asked(proxied, backend, lines):
    proxied.locations = f"""
<Location "/any">
    {lines}
    Require all granted
    ProxyPass {backend}/
</Location>"""
    proxied.start()
    token = proxied.create()
    for value in (basic("alice", token), f"Bearer {token}", basic(token, "x")):
        answer = proxied.get("/any/x", headers={"Authorization": value})
        assert answer.status == 200 and "uthorization" not in answer.text
    answer = proxied.get("/any/x", user="alice")
    assert answer.status == 200 and coded("wonderland") in answer.text


@pytest.mark.database
@pytest.mark.parametrize("user,broken,status", [("bob", False, 401), ("alice", True, 503)])
def test_proxied_error_document_gets_no_token(proxied, backend, user, broken, status):
    proxied.locations = f"""
<Location "/err">
    ProxyPass {backend}/err
</Location>
<Location "/app">{BASIC}
    Require valid-user
    ErrorDocument {status} /err/page
</Location>"""
    proxied.expect(r"cannot answer")
    proxied.start()
    token = proxied.create()
    if broken:
        proxied.sql("DROP TABLE jiratoken")
    answer = proxied.check(user, token, "/app/x")
    assert '["host", ' in answer.text       # the backend's page
    assert coded(token, user) not in answer.text


def test_copy_in_another_header_is_withheld(proxied, backend):
    proxied.locations = f"""
<Location "/app">{BASIC}
    Require valid-user
    RequestHeader set X-Copy "expr=%{{req:Authorization}}"
    ProxyPass {backend}/
</Location>"""
    proxied.start()
    token = proxied.create()
    answer = proxied.check("alice", token, "/app/x")
    assert answer.status == 200 and coded(token) not in answer.text


def test_each_header_that_holds_a_copy_is_withheld_and_no_other(proxied, backend):
    copy = "%{req:Authorization}"
    proxied.locations = f"""
<Location "/app">{BASIC}
    Require valid-user
    RequestHeader add X-Twice harmless
    RequestHeader add X-Within "expr=before {copy} after"
    RequestHeader add X-Between harmless
    RequestHeader add X-Twice "expr={copy},"
    RequestHeader add X-End "expr={copy}"
    RequestHeader add X-Long "{'long' * 50}"
    RequestHeader add X-Twice harmless
    ProxyPass {backend}/
</Location>"""
    proxied.start()
    token = proxied.create()
    answer = proxied.check("alice", token, "/app/x")
    names = {name for name, _ in json.loads(answer.text) if name.startswith("x-")}
    assert names >= {"x-between", "x-long"}
    assert not names & {"x-twice", "x-within", "x-end"}
    assert coded(token) not in answer.text


@pytest.mark.parametrize("forward", ["On", "Off"])
def test_no_cache_keeps_what_a_token_opened(server, forward):
    """As with any other password (RFC 9111, section 3.5)."""
    cache, lines = use_disk_cache(server)
    server.locations = lines + f"""
<Location "/chain">
    JiraTokenForwardCredentials {forward}
</Location>"""
    server.start()
    (server.root / "docs/chain/other.txt").write_text("for alice\n")
    token = server.create()
    for _ in range(2):
        for password in (token, "wonderland"):
            answer = server.check("alice", password, "/chain/other.txt")
            assert (answer.status, answer.get("Age")) == (200, None)
    for _ in range(2):
        assert server.get("/open/hello.txt").status == 200
    kept = kept_in(cache)
    assert b"hello" in kept and b"for alice" not in kept


def test_token_for_a_server_behind_passes_a_location_that_takes_none(proxied, backend):
    proxied.locations = f"""
<Location "/other">
    ProxyPass {backend}/
</Location>"""
    proxied.start()
    token = proxied.create()
    assert coded(token) in proxied.check("alice", token, "/other/x").text


FORM = """
<Directory "{root}/docs/open">
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Directory>
<Location "/open/form">
    AuthType form
    AuthName "sso"
    AuthFormProvider {providers}
    AuthUserFile "{root}/users"
    Session On
    SessionCookieName sess path=/
    Require valid-user
</Location>
<Location "/mix">
    AuthType Basic
    AuthName "mix"
    AuthBasicProvider {providers}
    AuthUserFile "{root}/users"
    Require valid-user
    ErrorDocument 404 /open/form/who.txt
</Location>
"""


def with_form(server, providers):
    server.modules += ["auth_form", "request", "session", "session_cookie", "include"]
    server.locations = FORM.format(root=server.root, providers=providers)
    (server.root / "docs/open/form").mkdir()
    (server.root / "docs/open/form/who.txt").write_text("inside\n")
    server.expect(r"AH01807:|AH01808:|AH01806:|auth_form:error|AH01809:|AH01811:")
    return server.start()


def test_one_users_token_proves_no_other_name(server):
    with_form(server, "jiratoken")
    token = server.create()
    answer = server.get("/mix/absent", user="alice", password=token,
                        headers={"Cookie": "sess=sso-user=bob&sso-pw=whatever"})
    assert "inside" not in answer.text


def test_token_in_a_session_is_handed_to_no_other_provider(server):
    with_form(server, "jiratoken file")
    token = server.create()
    server.add_user("mallory", token)      # only the file provider could say yes
    answer = server.get("/mix/absent", user="alice",
                        headers={"Cookie": f"sess=sso-user=mallory&sso-pw={token}"})
    assert "inside" not in answer.text


@pytest.mark.parametrize("order", ["jiratoken anon", "anon jiratoken"])
def test_no_other_provider_sees_a_token_wherever_it_stands(server, order):  # A17
    server.modules.append("authn_anon")
    server.locations = f"""
<Location "/open/first">
    AuthType Basic
    AuthName "x"
    AuthBasicProvider {order}
    Anonymous *
    Anonymous_MustGiveEmail Off
    Anonymous_LogEmail On
    Require valid-user
</Location>"""
    (server.root / "docs/open/first").mkdir()
    (server.root / "docs/open/first/hello.txt").write_text("hello\n")
    server.start()
    token = server.create()
    path = "/open/first/hello.txt"
    assert server.check("alice", token, path).status == 200
    assert server.check("bob", token, path).status == 401
    assert server.check("bob", "anything else", path).status == 200


def test_name_with_a_colon_sends_its_token_to_no_other_provider(server):
    server.start()
    token = server.create()
    server.add_user("a", "b:" + token)
    assert server.check("a", "b:" + token, "/chain/hello.txt").status == 401


def test_pages_are_no_part_of_another_page(server):  # U15, U21
    server.modules.append("include")
    server.locations = f"""
<Directory "{server.root}/docs/open">
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>"""
    (server.root / "docs/open/all.shtml").write_text(
        '<!--#include virtual="/tokens/" -->\n')
    server.expect(r"AH01372|include:error|unable to include")
    server.start()
    server.create(label="nightly report")
    answer = server.get("/open/all.shtml", user="alice")
    assert "nightly report" not in answer.text and "of 25" not in answer.text


def test_missing_key_of_an_htaccess_file_is_logged(server):
    """Nothing at httpd's start could know of it."""
    server.write_key()
    (server.root / "docs/open/.htaccess").write_text(
        'AuthType Basic\nAuthName "x"\nAuthBasicProvider jiratoken\nRequire valid-user\n')
    whole = server.configuration()
    head = "\n".join(line for line in whole.split("<Location", 1)[0].splitlines()
                     if "JiraToken" not in line)
    server.configuration = lambda: head.replace(
        "    Require all granted", "    AllowOverride AuthConfig")
    server.expect(r"jiratoken:error.*no JiraTokenKeyFile")
    server.start()
    assert server.check("alice", shaped(), "/open/hello.txt").status == 503
    assert "there is no JiraTokenKeyFile for this server" in server.log()
