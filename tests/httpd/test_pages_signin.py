# SPDX-License-Identifier: Apache-2.0
"""Who may come in: somebody who has signed in, and by anything but a token.
Sections 2, 5 and 6; the ways inside httpd are test_pages_detours.py's."""

import re
import urllib.parse

import pytest

from disk_cache import kept_in, use_disk_cache
from forms import form_section, load_form, sign_in, sign_in_section
from page import Page, text
from routes import LABEL, NOBODY, ask, changes, is_closed, routes, section
from server import basic

pytestmark = pytest.mark.plain


# ---- nobody


def test_without_a_password_there_is_a_challenge_and_nothing_else(running):  # U01
    row = running.insert(LABEL)
    before = running.rows()
    for method, path in routes(row):
        answer = ask(running, method, "/tokens" + path)
        assert answer.status == 401, (method, path)
        assert answer.get("www-authenticate") == 'Basic realm="pages"'
        assert is_closed(running, answer)
    assert running.rows() == before


def test_wrong_password_is_refused_everywhere(running):  # U01
    row = running.insert(LABEL)
    before = running.rows()
    for method, path in routes(row):
        for password in ("wrong", "", "wonderland ", "Wonderland"):
            answer = ask(running, method, "/tokens" + path,
                         Authorization=basic("alice", password))
            assert answer.status == 401, (method, path, password)
            assert is_closed(running, answer)
    assert running.rows() == before


@pytest.mark.parametrize("lines", [
    "Require all granted", "",
    'AuthType Basic\nAuthName x\nAuthBasicProvider file\nRequire all granted',
    "AuthType None\nRequire all granted",
    "Require ip 127.0.0.1",
])
def test_unprotected_location_says_so_and_logs_it(server, lines):
    server.locations = (f'<Location "/bare">\nSetHandler jiratoken\n{lines}\n'
                        "</Location>\n")
    server.expect(NOBODY)
    server.start()
    row = server.insert(LABEL)
    before = server.rows()
    for method, path in routes(row):
        if "assets/" in path:
            continue
        for headers in ({}, {"Authorization": basic("alice", "wonderland")},
                        {"Authorization": basic("alice", "wrong")},
                        {"X-Remote-User": "alice", "Remote-User": "alice"}):
            answer = ask(server, method, "/bare" + path, **headers)
            assert answer.status == 403, (method, path, headers)
            assert is_closed(server, answer)
            assert answer.get("cache-control") == "no-store"
    page = Page(server.get("/bare"))
    assert page.title() == "You're not signed in"
    assert "isn't protected" in text(page.id("main"))
    assert page.buttons() == []
    assert server.rows() == before
    assert re.search(rf"\[jiratoken:error\].*{NOBODY}.*uri=/bare", server.log())


@pytest.mark.parametrize("lines, path, status, phrase", [
    ('<Location "/bare">\nSetHandler jiratoken\n</Location>', "/bare/x", 403, NOBODY),
    ("AddHandler jiratoken .txt", "/open/hello.txt", 404,
     "the pages have no mount point here"),
])
def test_fault_of_the_configuration_is_logged_once_a_minute(server, lines, path, status,
                                                            phrase):
    """By each child: whoever can reach the page could fill the log."""
    server.locations = lines + "\n"
    server.use_own_clock()
    server.expect(phrase)
    server.start()      # which may ask for /open/hello.txt, too

    def count_after(requests):
        for _ in range(requests):
            assert server.get(path).status == status
        return len(re.findall(rf"jiratoken:error\].*{phrase}", server.log()))
    first, children = count_after(30), len(server.children())
    assert 1 <= first <= children
    assert count_after(30) <= children
    server.pass_time(61)
    assert first < count_after(30) <= 2 * children


def test_signed_in_but_not_allowed_is_refused(server):
    server.locations = section(server, "/few", "Require user bob", provider="file") \
        .replace("Require valid-user\n", "")
    server.expect("AH01631: user alice: authorization failure")
    server.start()
    server.insert(LABEL)
    answer = server.get("/few", user="alice")
    assert answer.status in (401, 403)
    assert is_closed(server, answer)
    assert server.get("/few", user="bob").status == 200


# ---- by a token


def test_token_opens_no_page_and_changes_nothing(both):  # U02, U03
    both.start()
    token = both.create(label=LABEL)
    row = both.id_of(token)
    before = both.rows()
    for scheme in ("Basic", "basic", "BASIC"):
        credential = basic("alice", token).replace("Basic", scheme)
        for method, path in routes(row):
            answer = ask(both, method, "/both" + path, Authorization=credential)
            assert answer.status == 403, (method, path)
            assert answer.get("cache-control") == "no-store"
            assert answer.get("www-authenticate") is None
            assert is_closed(both, answer)
    assert both.rows() == before
    page = Page(both.get("/both", user="alice", password=token))
    assert page.title() == "Tokens can't manage tokens"
    assert both.check("alice", token).status == 200


def test_password_opens_the_same_pages(both):
    both.start()
    row = both.insert(LABEL)
    page = Page(both.get("/both", user="alice"))
    assert page.table()[0][0] == LABEL
    answer = both.post("/both/create", {"label": "ci"}, user="alice")
    both.tokens.append(Page(answer).id("token").text)
    assert both.post(f"/both/{row}/revoke", user="alice").status == 303
    assert [r[3] for r in both.rows()] == ["ci"]
    ids = [("id", both.insert(f"n{n}")) for n in range(2)]
    asked = both.get("/both/revoke?" + urllib.parse.urlencode(ids), user="alice")
    assert Page(asked).title() == "Revoke 2 tokens?"
    assert both.post("/both/revoke", ids, user="alice").status == 303
    assert [r[3] for r in both.rows()] == ["ci"]


def test_token_that_is_refused_opens_no_page_either(both):
    both.start()
    live = both.create(label=LABEL)
    revoked = both.create()
    both.revoke(revoked)
    expired = both.create(label="expired")
    both.sql("UPDATE jiratoken SET expires_at = 1 WHERE label = 'expired'")
    row = both.id_of(live)
    before = both.rows()
    mistyped = live[:-1] + ("a" if live[-1] != "a" else "b")
    for user, token in (("bob", live), ("alice", revoked), ("alice", expired),
                        ("alice", mistyped), ("alice", live + "x")):
        for method, path in routes(row):
            answer = ask(both, method, "/both" + path,
                         Authorization=basic(user, token))
            assert answer.status in (401, 403), (method, path)
            assert is_closed(both, answer)
    assert both.rows() == before


def test_token_is_no_password_where_only_passwords_are_taken(running):
    token = running.create(label=LABEL)
    row = running.id_of(token)
    before = running.rows()
    for method, path in routes(row):
        for header in (basic("alice", token), "Bearer " + token, "bearer " + token):
            answer = ask(running, method, "/tokens" + path, Authorization=header)
            assert answer.status in (401, 403), (method, path)
            assert is_closed(running, answer)
    assert running.rows() == before


def test_token_beside_a_password_closes_the_pages(both):
    """Whoever holds a token and sends it has come by it, in whatever field."""
    both.start()
    token = both.create(label=LABEL)
    answer = both.get("/both", user="alice",
                      headers={"Proxy-Authorization": basic("alice", token)})
    assert answer.status == 403
    assert is_closed(both, answer)


def test_token_in_a_url_is_nothing(both):  # A14
    both.start()
    token = both.create(label=LABEL)
    for name in ("token", "access_token", "password"):
        answer = both.get(f"/both?{name}={token}")
        assert answer.status == 401
        assert both.get("/both", headers={"Cookie": f"{name}={token}"}).status == 401


def test_alias_of_the_provider_is_the_provider(server):
    server.settings += ("JiraTokenLastUsedInterval 0\n<AuthnProviderAlias jiratoken "
                        "ours>\n</AuthnProviderAlias>\n")
    server.locations = section(server, "/both", provider="ours file")
    server.start()
    token = server.create(label=LABEL)
    answer = server.get("/both", user="alice", password=token)
    assert answer.status == 403
    assert is_closed(server, answer)
    assert server.get("/both", user="alice").status == 200


# ---- a sign-in form of httpd's own


@pytest.fixture
def signed(server):
    """A server whose pages at /web are behind mod_auth_form, and the cookie
    that alice got there."""
    load_form(server)
    server.modules.append("session_crypto")
    kept = f"SessionCryptoPassphrase {server.key}"
    here = f"http://127.0.0.1:{server.port}/open/hello.txt"
    server.locations = (
        form_section(server, "/web", "SetHandler jiratoken",
                     f'AuthFormLoginRequiredLocation "{here}"', kept)
        + sign_in_section(server, kept, then="/web/"))
    server.start()
    return server, sign_in(server, "alice", "wonderland")


def test_sign_in_form_works_from_end_to_end(signed):
    server, cookie = signed
    assert server.get("/web/").status == 302
    page = Page(server.get("/web/", headers=cookie))
    assert "alice" in page.single_nodes("bdi")
    answer = server.post("/web/create", {"label": "ci"}, headers=cookie)
    assert answer.status == 200
    assert "no-store" in answer.get("cache-control")
    token = Page(answer).id("token").text
    server.tokens.append(token)
    assert server.check("alice", token).status == 200
    row = server.id_of(token)
    assert server.post(f"/web/{row}/revoke", headers=cookie).status == 303
    assert server.check("alice", token).status == 401


def test_cookie_alone_changes_nothing_from_elsewhere(signed):  # U05
    server, cookie = signed
    row = server.insert(LABEL)
    before = server.rows()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Sec-Fetch-Site": "none"}):
        for path, body in changes(row):
            fields = urllib.parse.parse_qs(body)
            answer = server.post("/web" + path, {k: v[0] for k, v in fields.items()},
                                 headers={**cookie, **headers})
            assert answer.status == 403, (path, headers)
    assert server.rows() == before


def test_token_beside_a_session_closes_the_pages(signed):
    server, cookie = signed
    token = server.create(label=LABEL)
    row = server.id_of(token)
    before = server.rows()
    for header in (basic("alice", token), "Bearer " + token):
        for method, path in routes(row):
            answer = ask(server, method, "/web" + path, Authorization=header, **cookie)
            assert answer.status == 403, (method, path)
            assert is_closed(server, answer)
    assert server.rows() == before


def test_token_does_not_sign_in_through_the_form(server):
    """Else a cookie would carry what a token may not do."""
    load_form(server)
    server.locations = form_section(server, "/web", "SetHandler jiratoken",
                                    provider="jiratoken file")
    server.start()
    server.expect("AH01807: user 'alice': authentication failure")
    token = server.create(label=LABEL)
    form = {"httpd_username": "alice", "httpd_password": token}
    refused = server.post("/web/", form)
    assert refused.status == 401
    assert refused.get("set-cookie") is None
    assert is_closed(server, refused)
    taken = server.post("/web/", {**form, "httpd_password": "wonderland"})
    assert taken.status != 401
    assert taken.get("set-cookie") is not None


def test_no_cache_keeps_a_page_behind_a_session(server):  # U16
    load_form(server)
    cache, lines = use_disk_cache(server)
    server.locations = (lines + form_section(server, "/web", "SetHandler jiratoken")
                        + sign_in_section(server, then="/web/"))
    server.start()
    assert server.get("/open/hello.txt").status == 200
    for user, password in (("alice", "wonderland"), ("bob", "builder")):
        cookie = sign_in(server, user, password)
        row = server.insert(f"label of {user}", user=user)
        for path in ("/web/", "/web/create", "/web/connect", "/web/?sort=label",
                     f"/web/revoke?id={row}"):
            page = Page(server.get(path, headers=cookie))
            assert page.single_nodes("bdi")[0] == user
        answer = server.post("/web/create", {"label": "ci"}, headers=cookie)
        server.tokens.append(Page(answer).id("token").text)
    kept = kept_in(cache)
    assert b"hello" in kept
    assert b"label of" not in kept and b"Access tokens" not in kept
    assert not any(token.encode() in kept for token in server.tokens)
