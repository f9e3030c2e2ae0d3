# SPDX-License-Identifier: Apache-2.0
"""The pages' URLs are the module's, whatever else maps them; but who redirects
or refuses a request does so still."""

import pytest

from forms import form_section, load_form, sign_in, sign_in_section
from page import Page
from routes import routes
from server import basic

pytestmark = pytest.mark.plain

ELSEWHERE = "somebody else answered"
FILES = {
    "index.html": ELSEWHERE, "index.php": ELSEWHERE, "tokens.html": ELSEWHERE,
    "tokens.txt": ELSEWHERE, "create.html": ELSEWHERE,
}
REWRITE = "RewriteEngine On\nRewriteCond %{REQUEST_URI} !^/open\n"
FRONT = ("RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\n"
         "RewriteRule ^ /index.php [L]\n")

OUTSIDE = {
    "ProxyPass": 'ProxyPass "/" "{backend}/"',
    "ProxyPass, servlet": 'ProxyPass "/" "{backend}/" mapping=servlet',
    "ProxyPass, encoded": 'ProxyPass "/" "{backend}/" mapping=encoded',
    "ProxyPass, nocanon": 'ProxyPass "/" "{backend}/" nocanon',
    "ProxyPassMatch": 'ProxyPassMatch "^/(tokens.*)$" "{backend}/$1"',
    "ProxyPass in a location": '<Location "/">\nProxyPass "{backend}/"\n</Location>',
    "SetHandler": '<Location "/">\nSetHandler "proxy:{backend}/"\n</Location>',
    "RewriteRule P": REWRITE + 'RewriteRule ^/(.*)$ {backend}/$1 [P]',
    "RewriteRule PT": REWRITE + "RewriteRule ^ /index.php [PT,L]",
    "RewriteRule to a file": REWRITE + "RewriteRule ^ /index.php [L]",
    "RewriteRule H": REWRITE + "RewriteRule ^ - [H=default-handler]",
    "FallbackResource": "FallbackResource /index.php",
    "Alias": 'Alias "/tokens" "{root}/docs/other"',
    "AliasMatch": 'AliasMatch "^/tokens.*" "{root}/docs/index.php"',
    "ScriptAlias": 'ScriptAlias "/tokens" "{root}/docs/other"',
    "MultiViews": '<Directory "{root}/docs">\nOptions +MultiViews\n</Directory>',
    "AddHandler": "AddHandler default-handler .html .php",
}
HTACCESS = {
    "front controller": FRONT,
    "front controller, proxied": "RewriteEngine On\nRewriteRule ^(.*)$ {backend}/$1 [P]\n",
    "FallbackResource": "FallbackResource /index.php\n",
    "SetHandler": "SetHandler default-handler\n",
    "index": "DirectoryIndex /index.php\n",
}


@pytest.fixture
def site(server, backend):
    """Files, folders and a backend that would like to answer."""
    server.modules += ["proxy", "proxy_http", "rewrite", "negotiation", "speling"]
    docs = server.root / "docs"
    (docs / "other").mkdir()
    for name, content in FILES.items():
        (docs / name).write_text(content)
        (docs / "other" / name).write_text(content)

    def fill(text):
        return text.replace("{backend}", backend).replace("{root}", str(server.root))

    def make(outside="", htaccess=None, after=""):
        if htaccess:
            server.settings += (f'<Directory "{docs}">\nAllowOverride All\n'
                                "Options FollowSymLinks\n</Directory>\n")
            (docs / ".htaccess").write_text(fill(htaccess))
        server.settings += fill(outside) + "\n"
        server.locations += fill(after)
        return server
    return make


def check_pages(server):
    """Each route is answered by the pages, a new token's page too."""
    row = server.insert("mine")
    assert "mine" in server.get("/tokens/", user="alice").text
    for method, path in routes(row):
        headers = {"Authorization": basic("alice", "wonderland"),
                   "Sec-Fetch-Site": "same-origin"}
        answer = server.request(method, "/tokens" + path, headers=headers)
        assert ELSEWHERE not in answer.text and '["host"' not in answer.text, path
        assert answer.get("Content-Security-Policy"), (method, path)
    assert server.create()
    for path in ("/tokens", "/tokens/", "/tokens/create"):
        answer = server.get(path)
        assert (answer.status, answer.get("WWW-Authenticate")) == (
            401, 'Basic realm="pages"')


@pytest.mark.parametrize("outside", OUTSIDE.values(), ids=OUTSIDE)
def test_pages_are_served_whatever_else_maps_their_url(site, outside):
    check_pages(site(outside).start())


@pytest.mark.parametrize("htaccess", HTACCESS.values(), ids=HTACCESS)
def test_pages_are_served_whatever_htaccess_says(site, htaccess):
    check_pages(site(htaccess=htaccess).start())


@pytest.mark.parametrize("after", [
    '<Location "/">\nSetHandler "proxy:{backend}/"\n</Location>\n',
    '<Location "/">\nProxyPass "{backend}/"\n</Location>\n',
    '<Location "/tok">\nSetHandler default-handler\n</Location>\n',
    '<LocationMatch "^/">\nSetHandler default-handler\n</LocationMatch>\n'])
def test_handler_around_the_pages_may_come_after_them(site, after):
    check_pages(site(after=after).start())


@pytest.mark.parametrize("name", ["tokens", "tokens.html"])
def test_folder_or_file_of_the_same_name_does_not_answer(site, name):
    server = site('DirectoryIndex index.html\nCheckSpelling On')
    folder = server.root / "docs" / "tokens"
    if name == "tokens":
        folder.mkdir()
        (folder / "index.html").write_text(ELSEWHERE)
        (folder / "create").write_text(ELSEWHERE)
    check_pages(server.start())


def test_everything_else_is_mapped_as_ever(site):
    server = site(OUTSIDE["ProxyPass"])
    server.start()
    for path in ("/", "/tokensx", "/other/tokens", "/tokens.html"):
        assert '["host"' in server.get(path).text, path


def test_another_handler_below_the_pages_ends_them(site):
    server = site(after='<Location "/tokens/app">\nSetHandler none\nRequire all granted\n'
                        "</Location>\n")
    folder = server.root / "docs" / "tokens" / "app"
    folder.mkdir(parents=True)
    (folder / "hello.txt").write_text("app")
    server.start()
    assert server.get("/tokens/app/hello.txt").text == "app"
    check_pages(server)


# ---- who redirects or refuses


@pytest.mark.parametrize("outside,status", [
    ("RewriteEngine On\nRewriteRule ^/(tokens.*) https://x/$1 [R=301,L]", 301),
    ("RedirectMatch 302 ^/(tokens.*) https://x/$1", 302),
    ('<Location "/tokens">\nRedirect 303 "https://x/"\n</Location>', 303),
    ("RewriteEngine On\nRewriteRule ^/tokens - [F]", 403),
    ("RewriteEngine On\nRewriteRule ^/tokens - [G]", 410),
    ('<Location "/tokens">\nRequire all denied\n</Location>', None)])
def test_redirect_and_refusal_are_obeyed(site, outside, status):
    server = site(outside)
    server.start()
    answer = server.get("/tokens/", user="alice")
    assert answer.status == (status or 200)
    if status and status < 400:
        assert answer.get("Location").startswith("https://x/")


def test_sign_in_that_a_directory_asks_for_is_asked_for(site):
    """The pages' location has no AuthType of its own."""
    server = site(OUTSIDE["FallbackResource"],
                  after='<Directory "{root}/docs">\nAuthType Basic\nAuthName "all"\n'
                        'AuthBasicProvider file\nAuthUserFile "{root}/users"\n'
                        "Require valid-user\n</Directory>\n"
                        '<Location "/more">\nSetHandler jiratoken\n</Location>\n'
                        '<Location "/open">\nRequire all granted\n</Location>\n')
    server.start()
    assert server.get("/more/").status == 401
    answer = server.get("/more/", user="alice")
    assert answer.status == 200 and "of 25 tokens" in answer.text


def test_forward_proxy_serves_no_pages_of_other_servers(site, backend):
    server = site("ProxyRequests On")
    server.start()
    back = server.raw(f"GET {backend}/tokens/x HTTP/1.1\r\nHost: x\r\n"
                      "Connection: close\r\n\r\n".encode())
    assert b"of 25 tokens" not in back


# ---- a token at the pages


def test_token_beside_a_session_does_not_open_the_pages(server):
    """With the session's cookie the sign-in module would let somebody in."""
    load_form(server)
    server.settings += form_section(server, "/", "JiraTokenAccept Challenge")
    server.locations += sign_in_section(server) + '''
<Location "/open">
    Require all granted
</Location>
<Location "/more">
    SetHandler jiratoken
</Location>'''
    server.start()
    cookie = sign_in(server, "bob", "builder")
    assert server.get("/more/", headers=cookie).status == 200
    token = server.create("bob")
    for value in (basic("bob", token), f"Bearer {token}", basic(token, "x")):
        answer = server.get("/more/create", headers={**cookie, "Authorization": value})
        assert answer.status == 403
        assert Page(answer).title() == "Tokens can't manage tokens"


@pytest.mark.parametrize("kind", ["auth-openidc", "jwt-both", "Unheard-Of"])
def test_token_sent_to_the_pages_reaches_no_sign_in_module(server, kind):
    """One that reads the header would send the token to an endpoint, and log it."""
    server.locations = (f'<Location "/more">\nSetHandler jiratoken\nAuthType {kind}\n'
                        "Require valid-user\n</Location>\n")
    server.start()
    token = server.create()
    for value in (f"Bearer {token}", basic("alice", token), f"Bearer {token[:-1]}"):
        assert server.get("/more/", headers={"Authorization": value}).status == 403


def test_token_sent_to_the_pages_reaches_no_provider(running):
    """Here it would be right."""
    token = running.create()
    running.add_user("zoe", token)
    for text in (token, token + " ", f"'{token}'", token[:-2]):
        running.add_user("z" + text[-1], text)
        answer = running.check("zoe", text, "/tokens/")
        assert (answer.status, answer.get("WWW-Authenticate")) == (
            401, 'Basic realm="pages", charset="UTF-8"')
    assert running.log().count("reason=sent-to-the-pages digest=- user=-") == 4
    assert "AH016" not in running.log()
