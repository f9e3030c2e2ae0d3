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


DETOURS = """
Options +Includes +Indexes
AddOutputFilter INCLUDES .shtml
AddType text/html .shtml
ErrorDocument 404 /chain/other/sorry.txt
<Location "/chain/other">
    AuthType Basic
    AuthName "other"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require valid-user
    Options -Includes
</Location>
"""


@pytest.fixture
def detours(server):
    """/chain/other is opened by a password alone, and /chain leads into it."""
    server.modules += ["include", "autoindex", "rewrite"]
    server.locations = DETOURS.format(root=server.root)
    other = server.root / "docs/chain/other"
    other.mkdir()
    for name in ("sorry.txt", "part.txt"):
        (other / name).write_text("for passwords\n")
    (server.root / "docs/chain/a.shtml").write_text(
        '<!--#include virtual="/chain/other/part.txt" -->')
    (server.root / "docs/chain/.htaccess").write_text(
        "RewriteEngine On\nRewriteRule ^go$ /chain/other/part.txt\n")
    server.settings += (f'<Directory "{server.root}/docs">\nAllowOverride All\n'
                        "</Directory>\n")
    server.expect("include:error.* unable to include|no token opens this location")
    return server.start()


@pytest.mark.parametrize("path,status", [
    ("/chain/", 200), ("/chain/a.shtml", 200), ("/chain/none", 404), ("/chain/go", 403)])
def test_token_is_handed_to_no_other_provider_by_a_detour(detours, path, status):
    """A bind of LDAP for each entry of a listing would lock the account. Here the
    provider would take the token."""
    token = detours.create()
    make_file_password(detours, "alice", token)
    answer = detours.check("alice", token, path)
    assert answer.status == status
    assert "for passwords" not in answer.text and "other/" not in answer.text
    make_file_password(detours, "alice", "wonderland")
    assert detours.check("alice", token, path).status == status
    assert "mod_auth_basic" not in detours.log() and "auth_basic:" not in detours.log()


@pytest.mark.parametrize("path", ["/chain/", "/chain/a.shtml", "/chain/none", "/chain/go"])
def test_password_opens_by_a_detour_what_it_opens(detours, path):
    said = detours.check("alice", "wonderland", path).text
    assert "for passwords" in said or "other/" in said


@pytest.mark.database
def test_password_beside_a_database_that_is_down_is_no_token(detours):
    """With JiraTokenLegacy it may have been one, which nobody can say: what has
    nothing to do with tokens is open to it still."""
    for name in ("aa", "zz"):
        (detours.root / "docs/chain/other" / name).mkdir()
    detours.locations += ('<Location "/chain/other/git">\nAuthBasicProvider jiratoken file'
                          "\nJiraTokenLegacy On\n</Location>\n")
    (detours.root / "docs/chain/other/git").mkdir()
    detours.expect("cannot answer")
    detours.restart()
    detours.sql("DROP TABLE jiratoken")
    said = detours.check("alice", "wonderland", "/chain/other/").text
    assert "aa/" in said and "zz/" in said and "git/" not in said
