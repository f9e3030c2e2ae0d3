# SPDX-License-Identifier: Apache-2.0
"""The site's name, style sheet and links on the pages: JiraTokenPageTitle,
JiraTokenStylesheet, JiraTokenHomeURL, JiraTokenSignOutURL. What they may be, where
they may stand, and that nothing of them is ever markup or loosens what the browser is
told. test_config_services.py has the addresses of the examples."""

import re

import pytest

from page import Page, text

pytestmark = pytest.mark.plain

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><b>x",
           "{{user}}", "{{>head}}", "[[brand]]", "{{#rows}}x{{/rows}}", "&amp;", "-->",
           "' onclick='x", "</p></header>"]


def quoted(value):
    """As httpd reads it within double quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write(server, data):
    """The configuration as these bytes, for what is not UTF-8."""
    server.write_configuration()
    path = server.root / "httpd.conf"
    path.write_bytes(path.read_bytes().replace(b"PLACE", data))
    server.write_configuration = lambda: None


def verdict(server, name, value):
    """(whether httpd starts with it, what it says of this directive)."""
    if isinstance(value, bytes):
        server.settings += f'{name} "PLACE"\n'
        write(server, value)
    else:
        server.settings += f"{name} {quoted(value)}\n"
    code, said = server.check_configuration()
    return code == 0, " ".join(line for line in said.splitlines() if name in line)


def pages(server):
    """An answer of every kind that has a page of ours, by its name."""
    row, other = server.insert("ci"), server.insert("git", expires_at=1)
    form = {"label": "made"}
    found = {
        "list": server.get("/tokens", user="alice"),
        "list, empty": server.get("/tokens", user="bob"),
        "create": server.get("/tokens/create", user="alice"),
        "create, refused": server.post("/tokens/create", {"label": ""}, user="alice"),
        "shown": server.post("/tokens/create", form, user="alice"),
        "create, again": server.post("/tokens/create", form, user="alice"),
        "connect": server.get("/tokens/connect", user="alice"),
        "revoke": server.get(f"/tokens/{row}/revoke", user="alice"),
        "several": server.get(f"/tokens/revoke?id={row}&id={other}", user="alice"),
        "nothing selected": server.get("/tokens/revoke", user="alice"),
        "not found": server.get("/tokens/nothing/at/all", user="alice"),
        "method": server.request("PUT", "/tokens/create", user="alice"),
        "foreign": server.post("/tokens/create", form, user="alice",
                               headers={"Sec-Fetch-Site": "cross-site"}),
        "no form": server.post("/tokens/create", form, user="alice",
                               headers={"Content-Type": "text/plain"}),
        "nobody": server.get("/bare"),
    }
    server.tokens.append(Page(found["shown"]).id("token").text)
    return found


def open_bare(server):
    server.locations += ('<Location "/bare">\nSetHandler jiratoken\n'
                         "Require all granted\n</Location>\n")
    server.expect("token pages without a signed-in user")


def brand(page):
    """(name above the menu, name in the window's title, style sheets, way back)."""
    [above] = [text(e) for e in page.all("p") if e.get("class") == "brand"]
    [window] = [text(e).split(" · ", 1)[1] for e in page.all("title")]
    sheets = [e.get("href") for e in page.all("link") if e.get("rel") == "stylesheet"]
    # Where nobody is signed in, there is a menu only for the way back.
    back = [e.get("href") for menu in page.all("nav") for e in menu.iter("a")
            if text(e) == "Back to the site"]
    return above, window, sheets, back


def own(page):
    """The module's own style sheet on this page."""
    [sheet] = [s for s in brand(page)[2] if "assets/style.css?v=" in s]
    return sheet


def check_tags(page):
    """No element or attribute but those of the templates."""
    assert len(page.all("script")) == 1 and page.all("script")[0].text is None
    assert page.all("img") == page.all("iframe") == page.all("svg") == []
    for element in page.root.iter():
        names = [str(name) for name in element.keys()]
        assert not any(n.startswith("on") or n == "style" for n in names)
    for reference in page.references():
        assert not reference.lower().startswith(("javascript:", "data:", "//"))


# ---- what they may be


@pytest.mark.parametrize("title", [
    "Example Corp access tokens", "x", "x" * 100, "é" * 100, "😀" * 100, "0",
    "Zugangsschlüssel", "アクセストークン", "رموز الوصول", "a  b", "a\u00a0b", "%s%n",
    "back\\slash", *HOSTILE,
])
def test_title_is_text_on_every_page(server, title):  # U13
    server.settings += f"JiraTokenPageTitle {quoted(title)}\n"
    open_bare(server)
    server.start()
    for name, answer in pages(server).items():
        page = Page(answer)
        assert brand(page)[:2] == (title, title), name
        check_tags(page)
        assert page.single_nodes("p").count(title) == 1, name


def test_title_has_no_blanks_at_its_edges(server):
    server.settings += 'JiraTokenPageTitle "\u00a0 Acme \u3000"\n'
    server.start()
    assert brand(Page(server.get("/tokens", user="alice")))[:2] == ("Acme", "Acme")


@pytest.mark.parametrize("title", [
    " ", "\u00a0", "\u200b", "\u2060\u00ad", "x" * 101, "é" * 101, "😀" * 101,
    "a" + " " * 99 + "b", "a\tb", "a\x01b", "a\x1b[1m", "a\x7f", "a\x85b", "a\u2028b",
    "a\u202eb", "a\u200fb", "a\u2066b", "\ufffe", "x" * 5000,
    b"\xff", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xc3", b"\xf4\x90\x80\x80",
])
def test_title_that_is_no_line_of_text_is_refused(server, title):
    fine, said = verdict(server, "JiraTokenPageTitle", title)
    assert not fine
    assert re.search("JiraTokenPageTitle: '.*' is not 1 to 100 characters of UTF-8 "
                     "without control characters", said)


@pytest.mark.parametrize("name", [
    "JiraTokenPageTitle", "JiraTokenStylesheet", "JiraTokenHomeURL",
    "JiraTokenSignOutURL"])
def test_empty_value_is_refused(server, name):
    fine, said = verdict(server, name, "")
    assert not fine
    assert f"{name} takes one argument" in said       # httpd's own words


PATHS = ["/", "/style.css", "/a/b/c.css?v=1&w=2", "/~site/x.css", "/%C3%A9.css#x",
         "/a//b", "/:80/x", "/a/../b", "/" + "a" * 999, "/!$&()*+,;=:@-._~[]%41?/#?"]
NO_URLS = [
    " ", "style.css", "./x", "../x", "?x", "#x", "*", " /x", "x/y",
    "//evil.example/x", "///evil.example/x", "//", "\\\\evil.example\\x",
    "/\\evil.example", "\\/evil.example", "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:x",
    "data:text/css,*{}", "vbscript:x", "blob:x", "file:///etc/passwd", "ftp://x/y",
    "mailto:x@y", "about:blank", "http:/x", "http:x", "http:\\\\x", "https:",
    "/a b", "/a\tb", "/a\x01b", "/a\x7f", '/a"b', "/a'b", "/a<b", "/a>b", "/a\\b",
    "/a{b}", "/a|b", "/a^b", "/a`b", "/é", "/😀", "/\u202e", "/\t/evil.example",
    "/" + "a" * 1000, b"/\xff", b"/caf\xe9", b"/\xc0\xaf",
]
ADDRESSES = ["https://jira.example.com/secure/Dashboard.jspa", "http://jira.example",
             "HTTPS://Jira.Example/", "https://[2001:db8::1]:8443/x", "http://1.2.3.4:80",
             "https://[::1]", "https://[::1]/x", "https://[::1]?x", "https://[::1]#x",
             "http://x/?a=1&b=2#c", "https://x/" + "a" * 990]
NO_ADDRESSES = ["http://", "https://", "http:///x", "https://?x", "https://#x",
                "https://:443/", "http://.x", "http:// x", "https://x y/", "https://x/<b>",
                "https://x/\"y", "https://x/'y", "https://é.example/", "https://\\x",
                "https://[", "https://[]", "https://[]/", "https://[x", "https://[/]",
                "https://[::1]x", "https://[::1]@x/", "https://]x[/",
                "https://x/" + "a" * 991, "httpss://x/", "http//x", "ws://x/",
                " https://x/", b"https://x/\xff", "https://x\\@y/", "https://@", "https:// "]


@pytest.mark.parametrize("url", PATHS)
def test_style_sheet_of_the_site_comes_after_the_modules_own(server, url):
    """So that it may set anything anew."""
    server.settings += f"JiraTokenStylesheet {quoted(url)}\n"
    open_bare(server)
    server.start()
    for name, answer in pages(server).items():
        page = Page(answer)
        assert brand(page)[2] == [own(page), url], name
        assert brand(page)[3] == [], name
        check_tags(page)
        assert f'href="{url.replace("&", "&amp;")}"' in answer.text


@pytest.mark.parametrize("url", [*NO_URLS, *ADDRESSES, *NO_ADDRESSES])
def test_style_sheet_from_elsewhere_is_refused(server, url):
    fine, said = verdict(server, "JiraTokenStylesheet", url)
    assert not fine
    assert re.search("JiraTokenStylesheet: '.*' is not a path on this server: a single "
                     "'/', then at most 999 characters of a URL", said)


@pytest.mark.parametrize("url", [*PATHS, *ADDRESSES])
def test_way_back_stands_in_the_menu(server, url):
    server.settings += f"JiraTokenHomeURL {quoted(url)}\n"
    open_bare(server)
    server.start()
    for name, answer in pages(server).items():
        page = Page(answer)
        assert brand(page)[2:] == ([own(page)], [url]), name
        check_tags(page)
        assert f'href="{url.replace("&", "&amp;")}"' in answer.text


@pytest.mark.parametrize("name", ["JiraTokenHomeURL", "JiraTokenSignOutURL"])
@pytest.mark.parametrize("url", [*NO_URLS, *NO_ADDRESSES])
def test_link_that_is_no_web_address_is_refused(server, name, url):
    fine, said = verdict(server, name, url)
    assert not fine
    assert re.search(f"{name}: '.*' is neither a path that begins with a "
                     "single '/' nor an address that begins with http:// or https:// "
                     "and a host, of at most 1000 characters of a URL", said)


def test_pages_of_a_site_that_sets_nothing_have_the_modules_name(server):
    open_bare(server)
    server.start()
    for name, answer in pages(server).items():
        page = Page(answer)
        assert brand(page) == ("Access tokens", "Access tokens", [own(page)], []), name


# ---- what they do not change


def test_brand_loosens_no_header(server):  # U15, U21
    """A style sheet is of this origin already, and a link needs no leave."""
    open_bare(server)
    server.start()

    def headers():
        server.sql("DELETE FROM jiratoken")
        return {name: [(n, v) for n, v in answer.headers if n not in (
                    "date", "content-length", "transfer-encoding")]
                for name, answer in pages(server).items()}
    before = headers()
    server.settings += ('JiraTokenPageTitle "<Acme>; script-src *"\n'
                        "JiraTokenStylesheet /brand.css?a=b;style-src\n"
                        "JiraTokenHomeURL https://evil.example/;default-src\n")
    server.restart()
    assert headers() == before


def test_title_is_a_value_and_not_a_template(server):
    """Neither the user's name nor a token gets into it."""
    server.settings += 'JiraTokenPageTitle "{{token}}{{user}}{{#user}}x{{/user}}"\n'
    open_bare(server)
    server.start()
    for answer in pages(server).values():
        assert brand(Page(answer))[0] == "{{token}}{{user}}{{#user}}x{{/user}}"


# ---- where they may stand


LINES = {"title": "JiraTokenPageTitle {}", "sheet": "JiraTokenStylesheet /{}",
         "back": "JiraTokenHomeURL /{}"}


def seen(server, host="127.0.0.1"):
    """The three values for a host; "" is the module's own."""
    page = Page(server.get("/tokens", user="alice", headers={"Host": host}))
    above, _, sheets, back = brand(page)
    return {"title": above.replace("Access tokens", ""),
            "sheet": "".join(s.strip("/") for s in sheets if s != own(page)),
            "back": "".join(b.strip("/") for b in back)}


@pytest.mark.parametrize("where", ["server", "host", "location", "folder"])
@pytest.mark.parametrize("which", LINES)
def test_each_may_stand_alone_in_each_context(server, where, which):
    around = {"server": "{}", "host": "<VirtualHost *>\n{}\n</VirtualHost>",
              "location": '<Location "/tokens">\n{}\n</Location>',
              "folder": '<Directory "/">\n{}\n</Directory>'}[where]
    server.locations += around.format(LINES[which].format("x")) + "\n"
    server.start()
    assert seen(server) == {name: "x" if name == which else "" for name in LINES}


def test_inner_context_overrides_and_the_rest_is_inherited(server):
    for name in LINES:
        server.settings += LINES[name].format("server") + "\n"
    server.locations += f"""
<VirtualHost *>
    ServerName same.example
</VirtualHost>
<VirtualHost *>
    ServerName other.example
    {LINES["title"].format("host")}
    {LINES["sheet"].format("host")}
    <Location "/tokens">
        {LINES["sheet"].format("location")}
    </Location>
</VirtualHost>
<VirtualHost *>
    ServerName last.example
    <Location "/">
        {LINES["back"].format("outer")}
        {LINES["title"].format("outer")}
    </Location>
    <Location "/tokens">
        {LINES["back"].format("inner")}
    </Location>
</VirtualHost>
"""
    server.start()
    assert seen(server, "same.example") == dict.fromkeys(LINES, "server")
    assert seen(server, "other.example") == {"title": "host", "sheet": "location",
                                             "back": "server"}
    assert seen(server, "last.example") == {"title": "outer", "sheet": "server",
                                            "back": "inner"}


def test_two_mounts_have_each_their_own(server):
    """One httpd, two products."""
    server.locations += f"""
<Location "/wiki-tokens">
    SetHandler jiratoken
    AuthType Basic
    AuthName "pages"
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
    Require valid-user
    JiraTokenPageTitle Wiki
</Location>
<Location "/tokens">
    JiraTokenPageTitle Jira
</Location>
"""
    server.start()
    for path, title in (("/tokens", "Jira"), ("/wiki-tokens", "Wiki")):
        for end in ("", "/create", "/nothing"):
            page = Page(server.get(path + end, user="alice"))
            assert brand(page)[:2] == (title, title)
