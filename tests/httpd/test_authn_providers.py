# SPDX-License-Identifier: Apache-2.0
"""Beside other providers and under other kinds of AuthType: whatever is shaped
like a token is this provider's alone to judge, all else is left to the others."""

import pytest

from credentials import STRAY, make_file_password
from server import BASE62, shaped

pytestmark = pytest.mark.plain


# ---- the chain of providers


@pytest.mark.database
@pytest.mark.parametrize("case", ["unknown", "revoked", "mistyped", "expired",
                                  "somebody else's", "another prefix"])
def test_refused_token_is_not_handed_to_the_next_provider(running, case):  # A17
    token = {"unknown": shaped(), "another prefix": shaped("old")}.get(case) \
        or running.create("bob" if case == "somebody else's" else "alice")
    if case == "revoked":
        running.revoke(token)
    if case == "mistyped":
        token = token[:-1] + BASE62[(BASE62.index(token[-1]) + 1) % 62]
    running.sql("UPDATE jiratoken SET expires_at = ?",
                1000 if case == "expired" else None)
    make_file_password(running, "alice", token)
    assert running.check("alice", token, "/chain/hello.txt").status == 401


@pytest.mark.parametrize("password", [
    "wonderland", "pass:word", "p", "jt_", "jt", "_", "j" + STRAY[2:],
    "a" * 17 + STRAY[2:], "ab_" + "x" * 49, "jt-" + "x" * 49, "jt_" + "x" * 23,
    STRAY.replace("_", "__"), "jt_" + "\u00e9" * 24 + "x", "x" * 4000,
    "' OR 1=1--", "%s", "\\", "a" * 52,
])
def test_ordinary_password_is_left_to_the_next_provider(running, password):  # A18
    make_file_password(running, "alice", password)
    assert running.check("alice", password, "/chain/hello.txt").status == 200
    assert running.check("alice", password).status == 401


def test_wrong_ordinary_password_is_the_next_providers_to_refuse(running):  # A18
    running.create()
    assert running.check("alice", "looking-glass", "/chain/hello.txt").status == 401
    assert "user alice: authentication failure" in running.log()


def test_token_works_beside_other_providers(server):  # A18
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "file first"
    AuthBasicProvider file jiratoken
    AuthUserFile "{server.root}/nobody"
    Require valid-user
</Location>
"""
    (server.root / "nobody").write_text("zoe:x\n")
    server.start()
    token = server.create()
    assert server.check("alice", token, "/chain/hello.txt").status == 200
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401


ALIAS = """
<AuthnProviderAlias jiratoken other>
</AuthnProviderAlias>
<AuthnProviderAlias file jiratokens>
    AuthUserFile "{root}/users"
</AuthnProviderAlias>
"""


def use_alias(server, names):
    server.settings = ALIAS.format(root=server.root)
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "alias"
    AuthBasicProvider {names}
    Require valid-user
</Location>
"""
    return server.start()


def test_names_of_providers_are_told_apart_by_case(server):
    """httpd does so: beside an alias FILE, the provider `file` takes no tokens."""
    server.settings = """
<AuthnProviderAlias jiratoken FILE>
</AuthnProviderAlias>
"""
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "alias"
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
    Require valid-user
</Location>
<Location "/files">
    AuthBasicProvider FILE
</Location>
"""
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.check("alice", token, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt", user="alice").status == 200


def test_provider_works_under_an_alias(server):  # A17, A18
    use_alias(server, "other jiratokens")
    token = server.create()
    stray = shaped()
    make_file_password(server, "bob", stray)
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401
    assert server.check("bob", stray, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt", user="alice").status == 200


def test_location_without_the_provider_takes_no_token(server):  # A18
    use_alias(server, "jiratokens")
    token = server.create()
    assert server.check("alice", token, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt", user="alice").status == 200


def test_inner_location_can_take_the_provider_away(server):  # A18
    (server.root / "docs/files/inner").mkdir()
    (server.root / "docs/files/inner/hello.txt").write_text("inner")
    server.locations = f"""
<Location "/files/inner">
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
</Location>
"""
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.check("alice", token, "/files/inner/hello.txt").status == 401
    assert server.get("/files/inner/hello.txt", user="alice").status == 200


@pytest.mark.parametrize("name", ["jiratoken", "other"])
def test_provider_works_from_htaccess(server, name):  # A18
    server.settings = ALIAS.format(root=server.root) + f"""
<Directory "{server.root}/docs/open">
    AllowOverride AuthConfig
</Directory>
"""
    (server.root / "docs/open/.htaccess").write_text(
        f"AuthType Basic\nAuthName x\nAuthBasicProvider {name}\nRequire valid-user\n")
    server.start()
    token = server.create()
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt").status == 401


def test_nobody_is_asked_for_a_password_where_there_is_no_realm(server):
    """A challenge without one is none: mod_auth_basic says 500, and so do we."""
    server.locations = ('<Location "/open">\n    AuthType Basic\n'
                        "    AuthBasicProvider jiratoken file\n"
                        f'    AuthUserFile "{server.root}/users"\n'
                        "    Require user bob\n</Location>")
    server.expect(r"AH\d+: need AuthName: /open/hello.txt")
    server.start()
    token = server.create()
    for user, password in (("alice", token), ("alice", shaped()), ("bob", token),
                           ("bob", server.create("bob")), ("alice", "wonderland")):
        answer = server.check(user, password, "/open/hello.txt")
        assert answer.status == 500
        assert not answer.get("WWW-Authenticate")
    assert server.get("/open/hello.txt").status == 500


# ---- other kinds of AuthType


def test_digest_authentication_is_a_configuration_error(server):  # A26
    server.modules.append("auth_digest")
    server.locations = ('<Location "/open">\n    AuthType Digest\n    AuthName "d"\n'
                        "    AuthDigestProvider jiratoken\n    Require valid-user\n"
                        "</Location>")
    code, said = server.check_configuration()
    assert code != 0
    assert "jiratoken" in said and "Digest" in said


def test_digest_algorithm_lets_a_verified_token_in_and_nothing_else(server):  # A26
    server.locations = ('<Location "/files">\n    AuthBasicUseDigestAlgorithm MD5\n'
                        "</Location>")
    server.expect(r"AH\d+: .*")
    server.expect(r"AuthBasicUseDigestAlgorithm")
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    for user, password in (("alice", shaped()), ("bob", token), ("alice", "wonderland")):
        assert server.check(user, password).status in (401, 500)


FORM = """
Session On
SessionCookieName session path=/
<Location "/open/form">
    AuthType Form
    AuthName "form"
    AuthFormProvider {providers}
    AuthUserFile "{root}/users"
    Require valid-user
</Location>
"""


def use_form(server, providers, more=""):
    server.modules += ["request", "session", "session_cookie", "auth_form"]
    server.locations = FORM.format(providers=providers, root=server.root) + more
    (server.root / "docs/open/form").mkdir()
    (server.root / "docs/open/form/index.html").write_text("in")
    return server.start()


def log_in(server, password, user="alice"):
    server.expect(r"AH01807: user '(alice)?': authentication failure")
    return server.request("POST", "/open/form/", headers={
        "Content-Type": "application/x-www-form-urlencoded"},
        body=f"httpd_username={user}&httpd_password={password}")


@pytest.mark.parametrize("providers", ["jiratoken", "jiratoken file"])
def test_token_in_a_login_form_is_refused(server, providers):  # A14
    use_form(server, providers)
    token = server.create()
    make_file_password(server, "alice", token)
    answer = log_in(server, token)
    assert answer.status == 401
    assert token not in (answer.get("Set-Cookie") or "")


@pytest.mark.parametrize("providers", ["jiratoken", "jiratoken file", "file jiratoken"])
def test_token_typed_as_the_name_in_a_login_form_is_in_no_log(server, providers):
    """mod_auth_form logs the name of whom it refuses."""
    use_form(server, providers)
    token = server.create()
    for user in (token, token + "x", f"%22{token}%22"):
        answer = log_in(server, "x", user)
        assert answer.status == 401
        assert token not in (answer.get("Set-Cookie") or "")
    assert server.log().count("reason=malformed digest=- user=(a token)") == 3
    assert token not in server.log()


def test_ordinary_password_in_a_login_form_is_the_next_providers(server):  # A18
    use_form(server, "jiratoken file")
    assert log_in(server, "wonderland").status == 200
    assert log_in(server, "looking-glass").status == 401


def test_sign_in_by_form_for_browsers_and_by_token_for_scripts(server):
    use_form(server, "file", """
<Location "/open/form">
    <If "-n req('Authorization')">
        AuthType Basic
        AuthName "scripts"
        AuthBasicProvider jiratoken
    </If>
</Location>
""")
    token = server.create()
    for path in ("/open/form/index.html", "/open/form/"):
        assert server.check("alice", token, path).status == 200, path
        assert server.check("bob", token, path).status == 401
        assert server.get(path).status == 401
    assert log_in(server, "wonderland").status == 200
