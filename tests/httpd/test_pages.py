# SPDX-License-Identifier: Apache-2.0
"""Routes, ids, links at every mount and behind proxies, and user names. Section 6
of the contract; what the pages show and do is in the test_pages_* files."""

import datetime
import html
import re
import urllib.parse

import pytest

from page import Page, text
from server import SAME_ORIGIN

pytestmark = pytest.mark.plain

MOUNTS = [           # <Location>, the path that a browser asks for
    ("/a", "/a"),
    ("/a/b/tokens", "/a/b/tokens"),
    ("/my tokens", "/my%20tokens"),
    ("/jetons-été", "/jetons-%c3%a9t%c3%a9"),
    ("/a:b", "/a:b"),
    ("/slash/", "/slash"),
    ("/", ""),
]


def pages_at(server, place):
    """A section that serves the pages to the users of the file."""
    return f"""
<Location "{place}">
    SetHandler jiratoken
    AuthType Basic
    AuthName "pages"
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
    Require valid-user
</Location>
"""


# ---- routes and ids


@pytest.mark.parametrize("path, title", [
    ("", "Tokens"), ("/", "Tokens"), ("/create", "Create token"),
    ("/connect", "Connect"), ("?done=revoked", "Tokens"), ("/?x=%zz", "Tokens"),
    ("?sort=label", "Tokens"), ("/?sort=nothing&order=up", "Tokens"),
])
def test_route_shows_its_page(running, path, title):
    answer = running.get("/tokens" + path, user="alice")
    assert answer.status == 200
    assert Page(answer).title() == title


def test_menu_says_where_one_is(running):
    row, other = running.insert("ci"), running.insert("git")
    for path, current in (("", "Tokens"), ("/", "Tokens"), ("/create", "Tokens"),
                          (f"/{row}/revoke", "Tokens"), ("/connect", "Connect"),
                          (f"/revoke?id={row}&id={other}", "Tokens")):
        page = Page(running.get("/tokens" + path, user="alice"))
        [menu] = page.all("nav")
        entries = menu.findall(".//a")
        assert [text(a) for a in entries] == ["Tokens", "Connect"]
        marked = [text(a) for a in entries if a.get("aria-current") == "page"]
        assert marked == [current], path


@pytest.mark.parametrize("path", [
    "//x", "/x", "/create/", "/create/x", "/Create", "/CREATE", "/createx",
    "/connect/", "/revoke/", "/revoke/1", "/Revoke", "/revokes", "/1", "/1/",
    "/1/revoke/", "/1/Revoke", "/1/delete",
    "/1/revoke/2", "/1//revoke/x", "/list", "/index.html", "/list.html", "/assets",
    "/assets/", "/message", "/shown", "/head.html", "/create;x=1", "/.", "/..x",
    "/tokens", "/*", "/%00", "/create%00", "/%ff", "/create%2f", "/create%20",
    "/a/b/c/d/e/f",
])
def test_unknown_path_is_404(running, path):
    running.insert("first")
    if path == "/.":
        assert running.get("/tokens/.", user="alice").status == 200  # RFC 3986
        return
    for method in ("GET", "POST"):
        answer = running.request(method, "/tokens" + path, user="alice",
                                 headers=SAME_ORIGIN)
        # httpd itself refuses a NUL in a path.
        assert answer.status in ((400, 404) if "%00" in path else (404,)), method


@pytest.mark.parametrize("written", [
    "0", "00", "01", "001", "+1", "-1", "-0", "1a", "a1", "1.0", "1.", "1e0", "0x1",
    "1,0", "1%20", "%201", "1%0a", "1%00", "%2531", "%D9%A1", "%EF%BC%91",
    "9223372036854775808",            # 2^63
    "18446744073709551617",           # 2^64 + 1
    "100000000000000000001", "1" * 400, "1;x", "1%3B", "*", "1 OR 1=1".replace(" ", "+"),
])
def test_id_that_is_not_canonical_is_404(running, written):
    assert running.insert("first") == 1
    before = running.rows()
    path = f"/tokens/{written}/revoke"
    got = [running.get(path, user="alice").status,
           running.post(path, user="alice").status]
    assert got in ([404, 404], [400, 400])
    assert 400 not in got or "%00" in written  # httpd itself refuses a NUL
    assert running.rows() == before


def test_path_without_an_id_is_that_of_several(running):
    """httpd takes two slashes for one; /revoke asks which tokens are meant."""
    running.insert("first")
    before = running.rows()
    for ask in (running.get, running.post):
        one, other = (ask("/tokens" + path, user="alice").without_date()
                      for path in ("/revoke", "//revoke"))
        assert one == other
        assert one[0] == 400
    assert running.rows() == before


def test_percent_encoded_digit_is_that_digit(running):
    """RFC 3986, section 6.2.2.2: %31 and 1 are one URL, so one page."""
    row = running.insert("first")
    one = running.get(f"/tokens/{row}/revoke", user="alice")
    other = running.get(f"/tokens/%3{row}/revoke", user="alice")
    assert one.without_date() == other.without_date()


@pytest.mark.database
@pytest.mark.parametrize("row", [2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1])
def test_large_id_is_an_id(running, row):
    running.insert("far", id=row)
    page = Page(running.get("/tokens/", user="alice"))
    path = f"/tokens/{row}/revoke"
    assert path in page.links("/tokens/")
    assert running.get(path, user="alice").status == 200
    assert running.post(path, user="alice").status == 303
    assert running.rows() == []


# ---- links


def visit(server, mount):
    """Every page below a mount, by the path that it is seen at."""
    row = server.insert("linked " + mount, expires_at=1)
    other = server.insert("beside " + mount, expires_at=1)
    expected = {mount + end: status for end, status in (
        ("/", 200), ("/create", 200), ("/connect", 200), (f"/{row}/revoke", 200),
        ("/?sort=status&order=desc", 200), (f"/revoke?id={row}&id={other}", 200),
        (f"/revoke?id={row}", 200), ("/revoke?expired=1", 200), ("/revoke", 400),
        ("/create?label=x", 200), ("/nothing", 404), ("/not/at/all", 404),
        ("/999/revoke", 404))}
    seen = {place: server.get(place, user="alice") for place in expected}
    assert {place: answer.status for place, answer in seen.items()} == expected
    for form, status in (("/create?made", 200), ("/create?twice", 409)):
        answer = server.post(mount + form, {"label": "new " + mount}, user="alice")
        assert answer.status == status
        seen[mount + form] = answer
    return row, seen


def check_links(server, mount, bare=True):
    """Wherever a link leads, there is a page or a file, below the mount."""
    row, seen = visit(server, mount)
    if bare:
        seen[mount] = server.get(mount, user="alice")
        assert seen[mount].status == 200
    reached = {link for place, answer in seen.items()
               for link in Page(answer).links(place)}
    for link in sorted(reached):
        assert link.startswith(mount + "/"), link
        status = server.get(link, user="alice").status
        # Where a form leads that nothing was selected in.
        assert status == (400 if link == mount + "/revoke" else 200), link
    routes = {link.split("?")[0] for link in reached}
    assert {mount + end for end in (
        "/", "/create", "/connect", "/revoke", f"/{row}/revoke", "/assets/style.css",
        "/assets/app.js", "/assets/icon.svg")} <= routes


def follow(server, mount, place, fields, words):
    """Send the form at a place; its answer leads back to the list."""
    [form] = Page(server.get(place, user="alice")).all("form")
    assert form.get("method") == "post"
    action = urllib.parse.urljoin(place, form.get("action"))
    assert action == place.split("?")[0]
    answer = server.post(action, fields, user="alice")
    assert answer.status == 303
    assert not urllib.parse.urlsplit(answer.get("location")).netloc
    back = urllib.parse.urljoin(action, answer.get("location"))
    assert back.split("?")[0] == mount + "/"
    page = Page(server.get(back, user="alice"))
    assert page.title() == "Tokens"
    assert page.notes("status") == [words]


def check_revoking(server, mount):
    """One token, and two at once."""
    rows = [server.insert(f"to be revoked {n} {mount}") for n in range(3)]
    follow(server, mount, f"{mount}/{rows[0]}/revoke", {}, "The token was revoked. "
           "Programs using it no longer have access.")
    fields = [("id", row) for row in rows[1:]]
    follow(server, mount, f"{mount}/revoke?" + urllib.parse.urlencode(fields), fields,
           "The tokens were revoked. Programs using them no longer have access.")


def test_reference_within_a_page_has_its_one_target(running):
    """What a screen reader follows: labels, descriptions, the skip link."""
    _, seen = visit(running, "/tokens")
    seen["/tokens/revoke"] = running.get("/tokens/revoke", user="alice")
    found = 0
    for place, answer in seen.items():
        page = Page(answer)
        assert len(page.ids) == len(set(page.ids)), place
        wanted = {name for e in page.root.iter() for attribute in (
            "aria-labelledby", "aria-describedby", "for", "list", "data-opens")
            for name in e.get(attribute, "").split()}
        wanted |= {r[1:] for r in page.references() if r.startswith("#")}
        wanted |= {e.get("data-copy") for e in page.all("button")} - {None}
        assert wanted <= set(page.ids), place
        found += len(wanted)
    assert found > 50


def test_page_has_relative_links_only(running):
    _, seen = visit(running, "/tokens")
    for place, answer in seen.items():
        for reference in Page(answer).references():
            assert re.match(r"#|\.\.?/", reference), (place, reference)


def test_links_lead_to_pages_at_the_usual_mount(running):
    check_links(running, "/tokens")
    check_revoking(running, "/tokens")


@pytest.mark.parametrize("place, mount", MOUNTS)
def test_links_lead_to_pages_at_any_mount(server, place, mount):
    server.locations = pages_at(server, place)
    server.start()
    check_links(server, mount, bare=not place.endswith("/"))
    check_revoking(server, mount)


@pytest.mark.parametrize("place", [
    'Location "/teams/*/tokens"', 'Location "/t?kens"', 'Location "/[ab]"',
    'LocationMatch "^/tokens"', 'Location ~ "^/tokens"', 'Directory "/srv/tokens"',
])
def test_mount_that_is_no_fixed_path_is_refused_in_words(server, place):
    """httpd matches wildcards against whole URLs: /teams/red/tokens/create would
    never arrive."""
    kind = place.split()[0]
    server.locations = f"<{place}>\nSetHandler jiratoken\n</{kind}>\n"
    code, said = server.check_configuration()
    assert code != 0
    assert "SetHandler jiratoken must stand in <Location" in said
    assert "without wildcards or a regular expression" in said


@pytest.mark.parametrize("front", ["/pub", "/x/y/z", "/pub/tokens"])
def test_links_lead_to_pages_behind_a_proxy_that_renames(server, front):
    server.modules += ["proxy", "proxy_http"]
    server.settings += "KeepAlive Off\n"    # its own, as a proxy's backend
    server.locations = (f'ProxyPass "{front}/" '
                        f'"http://127.0.0.1:{server.port}/tokens/"\n')
    server.start()
    row = server.insert("ci")
    for path in ("/", "/create", "/connect", f"/{row}/revoke", f"/revoke?id={row}"):
        place = front + path
        for link in Page(server.get(place, user="alice")).links(place):
            assert link.startswith(front + "/"), (place, link)
            status = server.get(link, user="alice").status
            assert status == (400 if link == front + "/revoke" else 200), (place, link)
    check_revoking(server, front)


def test_links_lead_to_pages_where_a_rewrite_renames(server):
    server.modules += ["rewrite"]
    server.settings += "RewriteEngine On\nRewriteRule ^/pub/(.*)$ /tokens/$1 [PT]\n"
    server.start()
    server.insert("ci")
    for path in ("/pub/", "/pub/create", "/pub/connect"):
        for link in Page(server.get(path, user="alice")).links(path):
            status = server.get(link, user="alice").status
            assert status == (400 if link == "/pub/revoke" else 200), (path, link)
    check_revoking(server, "/pub")


def test_neighbour_of_a_mount_is_not_ours(running):
    for path in ("/tokensx", "/tokens.html", "/token", "/Tokens"):
        answer = running.get(path, user="alice")
        assert answer.status == 404
        assert answer.get("content-security-policy") is None


# ---- user names


@pytest.mark.database
@pytest.mark.parametrize("name", [
    "a b", "Ζωή", "😀😀", 'x"y', "o'brien", "<b>bold</b>", "&amp;", "عمر", "דוד",
    "{{label}}", "x" * 255, "é" * 127 + "x", "Ali  ce", "%s%n",
])
def test_user_name_is_shown_and_stored_byte_for_byte(server, name):
    server.add_user(name, "secret")
    server.start()
    answer = server.post("/tokens/create", {"label": "ci"}, user=name,
                         password="secret")
    assert answer.status == 200
    page = Page(answer)
    assert page.user() == name
    server.tokens.append(page.id("token").text)
    assert server.sql("SELECT user_name FROM jiratoken") == [(name,)]
    page = Page(server.get("/tokens", user=name, password="secret"))
    assert page.single_nodes("bdi") == [name, "ci"]
    assert server.check(name, server.tokens[0]).status == 200


@pytest.mark.parametrize("name", [
    b"x" * 256, "é".encode() * 128, b"caf\xe9", b"a\xed\xa0\x80", b"tab\tname",
    b"del\x7f", "nel\u0085".encode(), "line\u2028".encode(), b"\xff\xfe",
])
def test_user_name_that_the_table_cannot_have_is_403(server, name):
    with open(server.root / "users", "ab") as users:
        line = (server.root / "users").read_bytes().splitlines()[0]
        users.write(name + b":" + line.split(b":", 1)[1] + b"\n")
    server.expect("this user name can have no tokens")
    server.start()
    for answer in (server.get("/tokens", user=name, password="wonderland"),
                   server.post("/tokens/create", {"label": "x"}, user=name,
                               password="wonderland")):
        assert answer.status == 403
        assert Page(answer).title() == "Your user name can't have tokens"
        assert answer.body.decode("utf-8")
    assert server.rows() == []


def test_date_on_the_page_is_todays(running):
    """The form's first day is today in UTC, wherever the server stands."""
    def today():
        return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    before = today()
    answer = running.get("/tokens/create", user="alice")
    assert Page(answer).input("expires").get("min") in (before, today())
    assert html.escape("Expiry date (UTC)") in answer.text
