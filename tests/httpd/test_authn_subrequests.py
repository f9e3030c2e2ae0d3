# SPDX-License-Identifier: Apache-2.0
"""Subrequests, internal redirects and <If> sections authenticate one request
several times: each time with the same user, and none is let in by a detour."""

import pytest

from credentials import make_file_password
from server import shaped

pytestmark = pytest.mark.plain

INSIDE = """
AddOutputFilter INCLUDES .shtml
AddType text/html .shtml
DirectoryIndex index.shtml
ErrorDocument 404 /chain/sorry.shtml
<Location "/files">
    Options +Includes
    <If "-n req('Authorization')">
        Header set X-If yes
    </If>
</Location>
<LocationMatch "^/(chain|open)">
    Options +Includes
</LocationMatch>
"""


@pytest.fixture
def inside(server):
    server.modules += ["include", "headers"]
    server.locations = INSIDE
    docs = server.root / "docs"
    (docs / "files/index.shtml").write_text(
        '[<!--#echo var="REMOTE_USER" -->]<!--#include virtual="/files/hello.txt" -->'
        '<!--#include virtual="/chain/part.shtml" -->')
    for name in ("part", "sorry"):
        (docs / f"chain/{name}.shtml").write_text(
            f'{name}[<!--#echo var="REMOTE_USER" -->]')
    return server.start()


def test_subrequests_and_index_have_the_same_user(inside):  # A23
    token = inside.create()
    for path in ("/files/", "/files/index.shtml"):
        answer = inside.check("alice", token, path)
        assert answer.status == 200
        assert answer.text == "[alice]hello\npart[alice]"


def test_if_sections_ask_again_and_agree(inside):  # A23
    token = inside.create()
    answer = inside.check("alice", token)
    assert (answer.status, answer.get("X-If")) == (200, "yes")
    assert inside.check("bob", token).status == 401


def test_error_document_elsewhere_has_the_same_user(inside):  # A23
    token = inside.create()
    answer = inside.check("alice", token, "/files/none")
    assert (answer.status, answer.text) == (404, "sorry[alice]")
    assert inside.check("bob", token, "/files/none").status == 401


@pytest.mark.database
def test_index_asks_the_table_once(inside):  # A23
    """A counting trigger cannot see SELECTs, but it sees their last use."""
    token = inside.create()
    inside.database.note("UPDATE")
    assert inside.check("alice", token, "/files/").status == 200
    inside.poll(lambda: inside.sql("SELECT n FROM noted"))
    assert inside.check("alice", token, "/files/").status == 200
    inside.graceful()
    assert inside.sql("SELECT n FROM noted") == [(1,)]


def test_refused_user_is_refused_in_subrequests_too(inside):  # A23
    token = inside.create()
    (inside.root / "docs/open/a.shtml").write_text(
        '<!--#include virtual="/files/hello.txt" -->')
    inside.expect(r"include:error.* unable to include")
    assert inside.check("bob", token, "/files/").status == 401
    assert b"hello" not in inside.check("bob", token, "/open/a.shtml").body


@pytest.mark.parametrize("detour", [
    "RewriteEngine On\nRewriteRule ^go$ /files/hello.txt",
    "FallbackResource /files/hello.txt", "ErrorDocument 404 /files/hello.txt",
])
def test_internal_redirect_into_the_folder_is_checked_there(server, detour):
    server.modules.append("rewrite")
    server.locations = f"""
<Directory "{server.root}/docs/open">
    {detour}
</Directory>
"""
    server.start()
    token = server.create()
    asked = [server.check("alice", token, "/open/go"),
             server.check("bob", token, "/open/go"), server.get("/open/go")]
    assert ["hello" in answer.text for answer in asked] == [True, False, False]


# ---- a location that takes no tokens, asked by way of one that does


ASTRAY = """
Options +Includes +Indexes
IndexOptions +ShowForbidden
AddOutputFilter INCLUDES .shtml
AddType text/html .shtml
ErrorDocument 404 /files/other/sorry.txt
<Location "/files/other">
    AuthType Basic
    AuthName "other"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require valid-user
    Options -Includes
</Location>
"""


@pytest.fixture
def astray(server):
    """/files/other is opened by a password alone, and /files leads into it."""
    server.modules += ["include", "autoindex", "rewrite"]
    server.locations = ASTRAY.format(root=server.root)
    other = server.root / "docs/files/other"
    other.mkdir()
    for name in ("sorry.txt", "part.txt"):
        (other / name).write_text("for passwords\n")
    (server.root / "docs/files/a.shtml").write_text(
        '<!--#include virtual="/files/other/part.txt" -->')
    (server.root / "docs/files/.htaccess").write_text(
        "RewriteEngine On\nRewriteRule ^go$ /files/other/part.txt\n")
    server.settings += (f'<Directory "{server.root}/docs">\nAllowOverride All\n'
                        "</Directory>\n")
    server.expect("include:error.* unable to include")
    return server.start()


@pytest.mark.parametrize("path,status", [
    ("/files/", 200), ("/files/a.shtml", 200), ("/files/none", 404), ("/files/go", 403)])
def test_token_is_handed_to_no_other_provider_by_a_detour(astray, path, status):
    """A bind of LDAP for each entry of a listing would lock the account. Here the
    provider would take the token."""
    token = astray.create()
    make_file_password(astray, "alice", token)
    answer = astray.check("alice", token, path)
    assert answer.status == status and "for passwords" not in answer.text
    for text in (shaped(), token[:-1]):
        make_file_password(astray, "alice", text)
        assert astray.check("alice", text, path).status == 401
    assert "mod_auth_basic" not in astray.log() and "auth_basic:" not in astray.log()


@pytest.mark.parametrize("path", ["/chain/a.shtml", "/chain/none"])
def test_password_opens_by_a_detour_what_it_opens(astray, path):
    (astray.root / "docs/chain/a.shtml").write_text(
        '<!--#include virtual="/files/other/part.txt" -->')
    assert "for passwords" in astray.check("alice", "wonderland", path).text
