# SPDX-License-Identifier: Apache-2.0
"""HTTP as the pages speak it: where a change may come from, methods, headers,
caching, and what stands in answers and logs. Section 6 of the contract."""

import pytest

from page import Page
from routes import changes
from server import SAME_ORIGIN, basic

pytestmark = pytest.mark.plain

FORM = "application/x-www-form-urlencoded"
SECURITY = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def change(server, path="/create", body="label=made", **headers):
    """A POST with these headers and no others that say where it is from."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.request("POST", "/tokens" + path, user="alice", body=body,
                          headers={"Content-Type": FORM, **sent})


def send_lines(server, path, *lines, body="label=made"):
    """The same with header lines as they are, to send one twice."""
    head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}",
            "Authorization: " + basic("alice", "wonderland"), "Connection: close",
            f"Content-Type: {FORM}", f"Content-Length: {len(body)}", *lines]
    return server.raw("\r\n".join([*head, "", body]).encode())


def policy(answer):
    """The Content-Security-Policy as {directive: sources}."""
    parts = answer.get("content-security-policy").split(";")
    return {words[0]: words[1:] for words in (p.split() for p in parts) if words}


# ---- where a change may come from


def test_change_from_our_own_page_is_done(running):
    """Each form that the tests below send from elsewhere does what it says."""
    for number, status in enumerate((200, 303, 303)):
        row = running.insert(f"kept {number}")
        path, body = changes(row)[number]
        assert change(running, path, body, Sec_Fetch_Site="same-origin").status == status
    assert [row[3] for row in running.rows()] == ["kept 0", "made"]


@pytest.mark.parametrize("site", [
    "cross-site",                  # U05
    "same-site",                   # U06
    "none", "", "garbage", "Same-Origin", "same-origin;x", "same-origin-not",
    "same-origin, cross-site", "same-origin, same-origin", "cross-site, same-origin",
])
def test_change_that_the_browser_calls_foreign_is_refused(running, site):
    row = running.insert("kept")
    before = running.rows()
    own = f"http://127.0.0.1:{running.port}"
    for path, body in changes(row):
        for more in ({}, {"Origin": own}):
            answer = change(running, path, body, Sec_Fetch_Site=site, **more)
            assert answer.status == 403, (path, more)
            assert "Request blocked" in Page(answer).title()
    assert running.rows() == before


@pytest.mark.parametrize("lines", [
    ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"),
    ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin"),
    ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: same-origin"),
    ("Origin: http://127.0.0.1:{port}", "Origin: http://evil.example"),
    ("Origin: http://evil.example", "Origin: http://127.0.0.1:{port}"),
])
def test_two_statements_about_the_origin_are_none(running, lines):
    row = running.insert("kept")
    before = running.rows()
    lines = [line.format(port=running.port) for line in lines]
    for path, body in changes(row):
        answer = send_lines(running, "/tokens" + path, *lines, body=body)
        assert answer.startswith(b"HTTP/1.1 403 "), path
    assert running.rows() == before


@pytest.mark.parametrize("host, origin", [
    ("jira.example", "http://jira.example"),
    ("jira.example", "https://jira.example"),   # behind a TLS terminator
    ("jira.example:8443", "https://jira.example:8443"),
    ("jira.example:8443", "http://jira.example:8443"),
    ("jira.example:80", "http://jira.example"),
    ("jira.example:443", "https://jira.example"),
    ("JIRA.example", "https://jira.EXAMPLE"),
    ("[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
    ("[2001:DB8::1]", "https://[2001:db8::1]"),
])
def test_without_fetch_metadata_an_equal_origin_may_change(running, host, origin):
    answer = change(running, Host=host, Origin=origin)
    assert answer.status == 200
    assert len(running.rows()) == 1


@pytest.mark.parametrize("host, origin", [        # U07
    ("jira.example", "http://evil.example"),
    ("jira.example", "null"),
    ("jira.example", ""),
    ("jira.example", "http://"),
    ("jira.example", "https://:443"),
    ("jira.example", "jira.example"),
    ("jira.example", "//jira.example"),
    ("jira.example", "http:jira.example"),
    ("jira.example", "ftp://jira.example"),
    ("jira.example", "file://"),
    ("jira.example", "chrome-extension://jira.example"),
    ("jira.example", "http://jira.example:8080"),
    ("jira.example:8080", "http://jira.example"),
    ("jira.example:8080", "http://jira.example:808"),
    ("jira.example:8080", "http://jira.example:80800"),
    ("jira.example:443", "http://jira.example"),
    ("jira.example:80", "https://jira.example"),
    ("jira.example", "http://jira.example.evil.example"),
    ("jira.example", "http://evil-jira.example"),
    ("jira.example", "http://sub.jira.example"),
    ("jira.example", "http://jira.exampl"),
    ("jira.example", "http://jira.example."),
    ("jira.example", "http://jira.example/"),
    ("jira.example", "http://jira.example@evil.example"),
    ("jira.example", "http://evil.example@jira.example"),
    ("jira.example", "http://evil.example http://jira.example"),
    ("[2001:db8::1]:8080", "http://[2001:db8::2]:8080"),
    ("[2001:db8::1]:8080", "http://[2001:db8::1]"),
])
def test_without_fetch_metadata_another_origin_may_not(running, host, origin):
    row = running.insert("kept")
    before = running.rows()
    for path, body in changes(row):
        assert change(running, path, body, Host=host, Origin=origin).status == 403, path
    assert running.rows() == before


def test_change_that_says_nothing_of_its_origin_is_refused(running):  # U08
    row = running.insert("kept")
    before = running.rows()
    for path, body in changes(row):
        answer = change(running, path, body)
        assert answer.status == 403
        assert "Nothing was changed" in answer.text
    referer = f"http://127.0.0.1:{running.port}/tokens/create"
    assert change(running, Referer=referer).status == 403
    assert running.rows() == before


@pytest.mark.parametrize("path,status", [
    ("/tokens/create", 200), ("/tokens", 200), ("/tokens/7/revoke?x=1#y", 200),
    ("/", 403), ("/tokensx", 403), ("/app/tokens/create", 403), ("", 403), ("/sso", 403)])
def test_change_comes_from_the_pages_where_it_says_so(running, path, status):
    """A module that sends a foreign request again does so from its own page."""
    for host in ("127.0.0.1", "elsewhere.example"):
        answer = change(running, Referer=f"http://{host}{path}", **SAME_ORIGIN)
        assert answer.status == status
        running.sql("DELETE FROM jiratoken")
    assert change(running, Referer="::", **SAME_ORIGIN).status == 403


def test_pages_can_be_looked_at_from_a_foreign_link(running):
    row = running.insert("ci")
    for path in ("/tokens", "/tokens/create", "/tokens/connect",
                 f"/tokens/revoke?id={row}"):
        answer = running.get(path, user="alice",
                             headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status == 200, path


def test_no_foreign_script_is_ever_allowed(running):  # P08
    asked = {"Origin": "https://evil.example",
             "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET", "POST"):
        for path in ("/tokens/", "/tokens/create", "/tokens/revoke",
                     "/tokens/assets/app.js"):
            answer = running.request(method, path, user="alice", headers=asked)
            allowed = [n for n, _ in answer.headers if n.startswith("access-control")]
            assert allowed == [], (method, path)


# ---- methods


def test_method_that_a_route_has_not_gets_405_and_the_list_of_its_own(running):
    row = running.insert("kept")
    before = running.rows()
    read, change_too = "GET, HEAD", "GET, HEAD, POST"
    routes = {"/tokens": read, "/tokens/": read, "/tokens/connect": read,
              "/tokens/create": change_too, f"/tokens/{row}/revoke": change_too,
              "/tokens/revoke": change_too, f"/tokens/revoke?id={row}": change_too}
    wrong = []
    for path, allow in routes.items():
        methods = ["OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "BREW"]
        for method in methods + (["POST"] if allow == read else []):
            answer = running.request(method, path, user="alice", headers={
                **SAME_ORIGIN, "Content-Type": FORM}, body=f"label=x&id={row}")
            if (answer.status, answer.get("allow")) != (405, allow):
                wrong.append((method, path, answer.status, answer.get("allow")))
    assert wrong == []
    assert running.rows() == before


def test_head_says_what_get_says_without_the_body(running):  # U11
    row = running.insert("kept")
    before = running.rows()
    for path in ("/tokens", "/tokens/", "/tokens/create", "/tokens/connect",
                 "/tokens/?sort=label", f"/tokens/{row}/revoke", "/tokens/999/revoke",
                 "/tokens/revoke", f"/tokens/revoke?id={row}", "/tokens/revoke?id=999",
                 "/tokens/revoke?expired=1", "/tokens/nothing",
                 "/tokens/assets/style.css", "/tokens/assets/nothing"):
        full = running.get(path, user="alice")
        head = running.request("HEAD", path, user="alice")
        assert head.status == full.status, path
        assert head.body == b""
        assert comparable(head) == comparable(full), path
        assert head.get("content-length") in (None, str(len(full.body))), path
    assert running.rows() == before


def comparable(answer):
    """The headers that do not speak of the body's way through the wire."""
    return [(name, value) for name, value in answer.headers
            if name not in ("date", "content-length", "transfer-encoding")]


def test_looking_never_changes_anything(running):  # U11
    row, other = running.insert("kept"), running.insert("kept too", expires_at=1)
    before = running.rows()
    for method in ("GET", "HEAD"):
        for path in ("/tokens/create?label=new&expires=2099-01-01",
                     "/tokens/create?label=new&submit=Create",
                     f"/tokens/{row}/revoke?confirm=yes&done=revoked",
                     f"/tokens/revoke?id={row}&id={other}&done=several",
                     f"/tokens/revoke?id={row}&confirm=yes",
                     "/tokens/revoke?expired=1&confirm=yes"):
            assert running.request(method, path, user="alice",
                                   headers=SAME_ORIGIN).status == 200
    assert running.rows() == before


def test_method_cannot_be_overridden_by_a_header_or_a_field(running):
    row = running.insert("kept")
    before = running.rows()
    running.get(f"/tokens/{row}/revoke?_method=POST", user="alice",
                headers={**SAME_ORIGIN, "X-HTTP-Method-Override": "POST"})
    for path in ("create?_method=POST&label=x", f"revoke?_method=POST&id={row}"):
        running.get("/tokens/" + path, user="alice",
                    headers={**SAME_ORIGIN, "X-HTTP-Method-Override": "POST"})
    assert running.rows() == before


# ---- headers


def answers(server):
    """One answer of each status that the pages have."""
    row, other = server.insert("kept"), server.insert("kept too")
    big = {"label": "x" * 70000}
    made = [server.get("/tokens", user="alice"),
            server.get("/tokens/revoke", user="alice"),
            server.get(f"/tokens/revoke?id={row}&id={other}", user="alice"),
            server.get("/tokens/revoke?expired=1", user="alice"),
            server.get("/tokens/revoke?id=999", user="alice"),
            server.post("/tokens/revoke", {"id": other}, user="alice"),
            server.post("/tokens/revoke", user="alice"),
            server.get("/tokens/connect", user="alice"),
            server.get("/tokens/create", user="alice"),
            server.get(f"/tokens/{row}/revoke", user="alice"),
            server.post("/tokens/create", {"label": "new"}, user="alice"),
            server.post("/tokens/create", {"label": ""}, user="alice"),
            server.post("/tokens/create", [("label", "a"), ("label", "b")],
                        user="alice"),
            server.get("/tokens"),
            server.get("/tokens/assets/style.css"),
            server.get("/tokens", user="alice", password="wrong"),
            server.post("/tokens/create", {"label": "x"}, user="alice",
                        headers={"Sec-Fetch-Site": "cross-site"}),
            server.get("/tokens/nothing", user="alice"),
            server.get("/tokens/assets/nothing", user="alice"),
            server.request("PUT", "/tokens/create", user="alice"),
            server.post("/tokens/create", {"label": "kept"}, user="alice"),
            server.post("/tokens/create", big, user="alice"),
            server.post("/tokens/create", {"label": "x"}, user="alice",
                        headers={"Content-Type": "text/plain"}),
            server.post(f"/tokens/{row}/revoke", user="alice")]
    server.expect("the token database cannot answer")
    server.sql("DROP TABLE jiratoken")
    return made + [server.get("/tokens", user="alice")]


def test_every_answer_carries_the_security_headers_once(running):  # U15, U21
    seen = set()
    for answer in answers(running):
        seen.add(answer.status)
        for name, value in SECURITY.items():
            assert answer.get(name) == value, (answer.status, name)
        rules = policy(answer)
        assert rules["default-src"] == rules["frame-ancestors"] == ["'none'"]
        assert rules["base-uri"] == ["'none'"]
        assert "'unsafe" not in answer.get("content-security-policy")
        assert {s for sources in rules.values() for s in sources} <= {"'none'",
                                                                      "'self'"}
    assert seen == {200, 303, 400, 401, 403, 404, 405, 409, 413, 415, 503}


def test_nobody_may_cache_a_page_or_ask_whether_it_changed(running):  # U16
    row = running.insert("kept")
    for path in ("/tokens", "/tokens/create", "/tokens/connect", "/tokens/revoke",
                 f"/tokens/{row}/revoke", f"/tokens/revoke?id={row}", "/tokens/nothing",
                 "/tokens/?sort=label"):
        first = running.get(path, user="alice")
        for name in ("etag", "last-modified", "expires", "age"):
            assert first.get(name) is None, (path, name)
        for asked in ({"If-None-Match": "*"}, {"If-None-Match": '"x"'},
                      {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
            again = running.get(path, user="alice", headers=asked)
            assert again.status == first.status, (path, asked)


def test_page_is_kept_by_no_cache_in_front(server):  # U16
    server.modules += ["cache", "cache_disk"]
    cache = server.root / "cache"
    cache.mkdir()
    server.give(cache)
    server.settings += f"""
CacheRoot "{cache}"
CacheEnable disk /
CacheQuickHandler off
CacheIgnoreNoLastMod On
"""
    # Nobody is asked to sign in, so that only our headers can say no.
    server.locations = """
<Location "/bare">
    SetHandler jiratoken
    Require all granted
</Location>
"""
    server.expect("token pages without a signed-in user")
    server.start()
    for _ in range(2):
        assert server.get("/open/hello.txt").status == 200
        assert server.get("/bare/").status == 403
        assert server.get("/bare/nothing").status == 403
    kept = b"".join(p.read_bytes() for p in cache.rglob("*") if p.is_file())
    assert b"/open/hello.txt" in kept
    assert b"/bare" not in kept


def test_own_header_is_not_made_from_what_a_user_typed(running):  # U12
    """CR LF in a label, a date or a query ends no header line."""
    evil = "%0d%0aSet-Cookie:+evil=1%0d%0a%0d%0a<b>"
    body = "label=a" + evil
    wires = [send_lines(running, "/tokens/create", "Sec-Fetch-Site: same-origin",
                        body=text)
             for text in (body, "label=ok&expires=" + evil, "label=\r\nSet-Cookie: e")]
    head = (f"Host: x\r\nAuthorization: {basic('alice', 'wonderland')}\r\n"
            "Connection: close\r\n\r\n")
    for target in ("/tokens/?done=" + evil, "/tokens/create?label=a" + evil,
                   "/tokens/?sort=" + evil, "/tokens/?sort=label&order=" + evil,
                   "/tokens/revoke?id=" + evil, "/tokens/revoke?expired=" + evil,
                   "/tokens/" + evil, "/tokens/1" + evil + "/revoke"):
        wires.append(running.raw(f"GET {target} HTTP/1.1\r\n{head}".encode()))
    for wire in wires:
        lines = wire.split(b"\r\n\r\n")[0].lower().split(b"\r\n")
        assert not any(line.startswith(b"set-cookie") for line in lines), wire
    statuses = [wire.split()[1] for wire in wires]
    assert statuses[:3] == [b"400", b"400", b"400"]
    assert running.rows() == []


def test_token_is_in_one_body_and_in_no_header_or_log(server):  # U17
    server.settings += 'CustomLog logs/access.log tests\nLogLevel debug\n'
    server.start()
    answer = server.post("/tokens/create", {"label": "ci"}, user="alice")
    token = Page(answer).id("token").text
    server.tokens.append(token)
    assert token not in str(answer.headers)
    row = server.id_of(token)
    other = server.insert("beside it")
    later = [server.get("/tokens", user="alice"),
             server.get(f"/tokens/revoke?id={row}&id={other}", user="alice"),
             server.get("/tokens/connect", user="alice"),
             server.get("/tokens/create", user="alice"),
             server.get(f"/tokens/{row}/revoke", user="alice"),
             server.post("/tokens/create", {"label": "ci"}, user="alice"),
             server.post(f"/tokens/{row}/revoke", user="alice"),
             server.get("/tokens/?done=revoked", user="alice")]
    [digest] = [server.digest(token)]
    for page in later:
        assert token not in page.text + str(page.headers)
        assert digest not in page.text
    server.stop()
    said = (server.root / "logs/access.log").read_text()
    assert '"POST /tokens/create HTTP/1.1" 200' in said
    assert f'"POST /tokens/{row}/revoke HTTP/1.1" 303' in said
    assert server.leaks() == []


def test_error_page_tells_nothing_of_the_inside(running):  # U20
    told = answers(running)
    assert len(told) > 15
    inside = ("sqlite", "postgres", "pgsql", "mysql", "mariadb", "relation", "select id",
              "user_name", "insert into", "from jiratoken", "jiratoken where",
              "no such table", "mod_jiratoken", "apr_", "httpd.conf",
              str(running.root).lower(),
              running.key, "0x")
    for answer in told:
        if answer.status >= 400:
            words = answer.text.lower()
            assert [w for w in inside if w in words] == [], answer.text
        assert "jiratoken" not in str(answer.headers).lower()


@pytest.mark.database
def test_database_that_is_silent_is_503_with_a_time_to_come_back(running):
    row = running.insert("kept")
    running.expect("the token database cannot answer")
    running.sql("ALTER TABLE jiratoken RENAME TO away")
    for answer in (running.get("/tokens", user="alice"),
                   running.get("/tokens/create", user="alice"),
                   running.get(f"/tokens/{row}/revoke", user="alice"),
                   running.post("/tokens/create", {"label": "x"}, user="alice"),
                   running.post(f"/tokens/{row}/revoke", user="alice"),
                   running.get(f"/tokens/revoke?id={row}", user="alice"),
                   running.get("/tokens/revoke?expired=1", user="alice"),
                   running.post("/tokens/revoke", {"id": row}, user="alice")):
        assert answer.status == 503
        assert 0 < int(answer.get("retry-after")) <= 60
        assert Page(answer).title() == "Temporarily unavailable"
    assert running.get("/tokens/connect", user="alice").status == 200
    running.sql("ALTER TABLE away RENAME TO jiratoken")
    assert len(running.rows()) == 1
    assert running.get("/tokens", user="alice").status == 200


def test_http_1_0_without_a_host_is_answered(running):
    said = running.raw(f"GET /tokens/connect HTTP/1.0\r\nAuthorization: "
                       f"{basic('alice', 'wonderland')}\r\n\r\n".encode())
    head, body = said.split(b"\r\n\r\n", 1)
    assert b" 200 " in head.split(b"\r\n")[0]
    assert f"127.0.0.1:{running.port}".encode() in body


def test_origin_means_nothing_without_a_host(running):
    said = running.raw(
        (f"POST /tokens/create HTTP/1.0\r\nOrigin: http://127.0.0.1:{running.port}\r\n"
         f"Authorization: {basic('alice', 'wonderland')}\r\nContent-Type: {FORM}\r\n"
         "Content-Length: 7\r\n\r\nlabel=x").encode())
    assert said.split(b"\r\n")[0].split()[1] == b"403"
    assert running.rows() == []
