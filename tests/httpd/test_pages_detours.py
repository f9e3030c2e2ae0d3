# SPDX-License-Identifier: Apache-2.0
"""The ways that a request takes inside httpd: rewriting, error documents,
indexes, inclusion. None leads to the pages by a token or by a name that nobody
proved."""

import pytest

from page import Page
from routes import LABEL, NOBODY, ask, is_closed, routes, section
from server import basic

pytestmark = pytest.mark.plain

WAYS = {            # how /chain, where a token is welcome, leads to the target
    "rewrite in a folder": (
        "/chain/go", '<Directory "{root}/docs/chain">\nRewriteEngine On\n'
                     'RewriteRule ^go$ {target} [PT]\n</Directory>\n'),
    "rewrite for the server": (
        "/chain/go", "RewriteEngine On\nRewriteRule ^/chain/go$ {target} [PT]\n"),
    "error document": (
        "/chain/missing", '<Location "/chain">\nErrorDocument 404 {target}\n'
                          "</Location>\n"),
    "forbidden": (
        "/chain/closed.txt", '<Location "/chain/closed.txt">\nRequire all denied\n'
                             "AuthMerging And\nErrorDocument 403 {target}\n"
                             "</Location>\n"),
    "directory index": (
        "/chain/", '<Location "/chain">\nDirectoryIndex {target}\n</Location>\n'),
    "fallback": (
        "/chain/missing", '<Directory "{root}/docs/chain">\nFallbackResource {target}\n'
                          "</Directory>\n"),
    "action": (
        "/chain/hello.txt", '<Directory "{root}/docs/chain">\n'
                            "Action pages {target}\n<Files hello.txt>\n"
                            "SetHandler pages\n</Files>\n</Directory>\n"),
    "proxy to itself": (
        "/chain/go", 'ProxyPass "/chain/go" "http://127.0.0.1:{port}{target}"\n'),
    "proxy that forwards the token": (
        "/chain/go", 'ProxyPass "/chain/go" "http://127.0.0.1:{port}{target}"\n'
                     '<Location "/chain">\nJiraTokenForwardCredentials On\n'
                     "</Location>\n"),
}
TARGETS = ("/both/", "/tokens/", "/bare/", "/both/create", "/both/connect",
           "/both/revoke", "/bare/create", "/tokens/create")
# mod_dir goes only where there is a file, whatever serves it.
DETOURS = [(way, target) for way in WAYS for target in TARGETS
           if way not in ("directory index", "fallback") or target[-1] != "/"]


def lay_detour(server, way, target):
    """Configure a way; what a token is told at its end, as far as is known."""
    for name in ("both/create", "both/connect", "both/revoke", "bare/create",
                 "tokens/create"):
        path = server.root / "docs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("file\n")
    server.modules += ["rewrite", "actions", "proxy", "proxy_http"]
    server.settings += "KeepAlive Off\n"    # its own, as a proxy's backend
    server.locations += ('<Location "/bare">\nSetHandler jiratoken\n'
                         "Require all granted\n</Location>\n")
    server.locations += WAYS[way][1].format(root=server.root, target=target,
                                            port=server.port)
    if target.startswith("/tokens") or way == "proxy to itself":
        return None
    return "Tokens can't manage tokens"


@pytest.mark.parametrize("way, target", DETOURS)
def test_token_does_not_reach_the_pages_by_a_detour(both, way, target):  # A23
    title = lay_detour(both, way, target)
    path = WAYS[way][0]
    both.expect(NOBODY)
    both.start()
    token = both.create(label=LABEL)
    before = both.rows()
    for method in ("GET", "POST"):
        answer = ask(both, method, path, Authorization=basic("alice", token))
        assert answer.status in ((403,) if title else (401, 403, 404)), method
        assert title is None or Page(answer).title() == title
        assert is_closed(both, answer)
    assert both.rows() == before
    answer = ask(both, "GET", path)
    assert answer.status != 200
    assert is_closed(both, answer)


@pytest.mark.parametrize("way", ["rewrite in a folder", "rewrite for the server",
                                 "action", "directory index", "fallback"])
def test_password_takes_the_same_detour(both, way):
    """Else the test above would prove nothing."""
    lay_detour(both, way, "/both/create")
    both.start()
    both.insert(LABEL)
    answer = both.get(WAYS[way][0], user="alice")
    if way == "action":            # which adds the path of what was asked for
        assert Page(answer).title() == "Page not found"
    else:
        assert Page(answer).title() == "Create token"


@pytest.mark.parametrize("target", TARGETS)
def test_token_does_not_include_the_pages_into_another(both, target):  # A23
    both.modules += ["include"]
    both.locations += ('<Location "/bare">\nSetHandler jiratoken\n'
                       "Require all granted\n</Location>\n"
                       f'<Directory "{both.root}/docs/chain">\nOptions +Includes\n'
                       "AddOutputFilter INCLUDES .shtml\n</Directory>\n")
    (both.root / "docs/chain/page.shtml").write_text(
        f'before <!--#include virtual="{target}" --> after\n')
    both.expect(NOBODY)
    both.expect("unable to include")
    both.start()
    token = both.create(label=LABEL)
    answer = both.get("/chain/page.shtml", user="alice", password=token)
    assert answer.text.startswith("before ") and answer.text.endswith(" after\n")
    assert is_closed(both, answer)


def test_section_that_a_condition_opens_is_closed_to_tokens(server):
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.locations = section(server, "/if", "<If \"true\">\nAuthName inner\n</If>")
    server.locations += section(server, "/then", '<If "true">\nSetHandler jiratoken\n'
                                "</If>").replace("SetHandler jiratoken\n", "", 1)
    server.start()
    token = server.create(label=LABEL)
    for place in ("/if", "/then"):
        answer = server.get(place, user="alice", password=token)
        assert answer.status == 403, place
        assert is_closed(server, answer)
        page = Page(server.get(place, user="alice"))
        assert page.table()[0][0] == LABEL


# ---- names that nobody proved


@pytest.mark.parametrize("target", ["/own/", "/own/connect", "/own/create",
                                    "/own/1/revoke", "/own/revoke?id=1",
                                    "/own/revoke?expired=1", "/own", "/tokens/"])
def test_error_document_shows_nobody_a_list(server, target):
    """httpd does not ask again for a password within one section, and r->user
    is then what somebody typed."""
    server.locations = section(server, "/own", f"ErrorDocument 401 {target}",
                               provider="file")
    server.expect(NOBODY)
    server.start()
    token = server.create(label=LABEL)
    before = server.rows()
    for credential in (basic("alice", "wrong"), basic("alice", ""), None,
                       basic("alice", token)):
        headers = {"Authorization": credential} if credential else {}
        for method, path in routes(1):
            answer = ask(server, method, "/own" + path, **headers)
            assert answer.status in (401, 403), (method, path)
            assert is_closed(server, answer)
            assert "alice" not in answer.text
    assert server.rows() == before


def test_error_document_does_not_serve_whom_the_section_refuses(server):
    server.locations = section(
        server, "/own", "Require user bob", "AuthzSendForbiddenOnFailure On",
        "ErrorDocument 403 /own/", provider="file").replace("Require valid-user\n", "")
    server.expect(NOBODY)
    server.expect("AH01631: user alice: authorization failure")
    server.start()
    server.insert(LABEL)
    answer = server.get("/own/", user="alice")
    assert answer.status == 403
    assert is_closed(server, answer)


def test_error_document_in_pages_does_not_loop(server):
    server.locations = section(server, "/own", "ErrorDocument 404 /own/nothing",
                               "ErrorDocument 403 /own/nothing", provider="file")
    server.start()
    assert server.get("/own/nothing", user="alice").status == 404
