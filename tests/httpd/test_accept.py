# SPDX-License-Identifier: Apache-2.0
"""JiraTokenAccept: one URL that browsers and programs open, under any
AuthType. The sign-in module here is mod_auth_form, which redirects, or one that
has a challenge of its own."""

import pytest

from credentials import b64
from forms import form_section, load_form, sign_in, sign_in_section
from server import basic, shaped

pytestmark = pytest.mark.plain

BASIC = 'Basic realm="door", charset="UTF-8"'
BROWSERS = {
    "navigation": {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9"},
    "in another case": {"Accept": "Application/XHTML+XML"},
    "fetch": {"Sec-Fetch-Mode": "cors"},
    "foreign fetch": {"Origin": "https://elsewhere.example"},
    "expired session": {"Cookie": "session=old"},
    "from a page": {"Referer": "https://here.example/"},
    "older script": {"X-Requested-With": "XMLHttpRequest"},
}
PROGRAMS = {
    "nothing": {},
    "anything": {"Accept": "*/*"},
    "HttpURLConnection": {"Accept": "text/html, image/gif, image/jpeg, */*; q=.2"},
    "git": {"Accept": "application/x-git-upload-pack-result", "User-Agent": "git/2"},
    "empty credentials": {"Authorization": ""},
    "password": {"Authorization": basic("alice", "wonderland")},
    "nameless": {"Authorization": "Basic " + b64(b":")},
    "no base64": {"Authorization": "Basic ???"},
    "no credentials": {"Authorization": "Basic"},
    "a tab": {"Authorization": "Basic\tYTpi"},
}
FOREIGN = ("Negotiate YIIabc", "Bearer eyJhbGciOi.J9.x", 'Digest username="alice"',
           "NTLM TlRM", "Basics x")


def form(server, accept, *lines, path="/open"):
    """People sign in by a form: whoever has not is redirected to it."""
    load_form(server)
    section = form_section(server, path, 'AuthFormLoginRequiredLocation "/signin"',
                           f"JiraTokenAccept {accept}", *lines)
    if path == "/":         # before what lies below it
        server.settings += section
    else:
        server.locations += section
    return server


def own(server, accept, kind):
    """An AuthType that answers with a challenge of its own."""
    provider = "AuthDigestProvider" if kind == "Digest" else "AuthBasicProvider"
    if kind == "Digest":
        server.modules.append("auth_digest")
    server.locations += "\n".join([
        '<Location "/open">', f"AuthType {kind}", 'AuthName "door"',
        f"{provider} file", f'AuthUserFile "{server.root}/users"',
        "Require valid-user", f"JiraTokenAccept {accept}", "</Location>\n"])
    return server.start()


def ask(server, **headers):
    return server.get("/open/hello.txt", headers={
        name.replace("_", "-"): value for name, value in headers.items()})


def is_redirect(answer):
    return (answer.status, answer.get("Location").endswith("/signin"),
            answer.get("WWW-Authenticate")) == (302, True, None)


@pytest.fixture(params=["On", "Challenge"])
def door(request, server):
    return form(server, request.param).start()


# ---- tokens, whatever the AuthType


@pytest.mark.parametrize("browser", [{}, *BROWSERS.values()], ids=["program", *BROWSERS])
def test_token_opens_a_location_of_another_authtype(door, browser):
    token = door.create()
    answer = ask(door, Authorization=basic("alice", token), **browser)
    assert (answer.status, answer.text) == (200, "hello\n")


@pytest.mark.parametrize("kind", ["Basic", "Digest"])
@pytest.mark.parametrize("accept", ["On", "Challenge"])
def test_token_opens_a_location_that_has_a_challenge(server, accept, kind):
    own(server, accept, kind)
    assert ask(server, Authorization=basic("alice", server.create())).status == 200
    assert ask(server, Authorization=basic("bob", server.create())).status == 401


def test_refused_token_is_answered_here_and_by_nobody_else(door):
    """Also for a browser that has a session: the token counts."""
    token = door.create()
    revoked = door.create()
    door.revoke(revoked)
    for text in (shaped(), revoked, token[:-1], f"'{token}'", token + "\n"):
        answer = ask(door, Authorization=basic("bob", text), Cookie="session=x")
        assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC), text
    answer = ask(door, Authorization=f"Bearer {token}")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "malformed")


def test_name_beside_a_refused_token_is_nobodys(server):
    """Other modules believe a name that is set before an internal redirect, and
    httpd does where the settings are the same: an ErrorDocument would run as
    anybody."""
    form(server, "Challenge", "ErrorDocument 401 /open/error.txt")
    (server.root / "docs/open/error.txt").write_text("sorry")
    server.settings += f'CustomLog "{server.root}/logs/who.log" "%u %>s"\n'
    server.start()
    answer = ask(server, Authorization=basic("bob", shaped()))
    assert (answer.status, answer.text) == (401, "sorry")
    assert answer.get("WWW-Authenticate") == BASIC
    server.stop()
    assert "bob" not in (server.root / "logs/who.log").read_text()


def test_database_that_cannot_say_is_503(server):
    form(server, "Challenge").start()
    server.sql("DROP TABLE jiratoken")
    server.expect(r"jiratoken")
    answer = ask(server, Authorization=basic("alice", shaped()))
    assert answer.status == 503 and answer.get("Retry-After")


def test_user_of_the_token_is_who_a_rule_is_about(server):
    form(server, "Challenge", "Require user bob").start()
    server.expect(r"AH01631")
    server.locations = server.locations.replace("Require valid-user\n", "")
    server.restart()
    answer = ask(server, Authorization=basic("alice", server.create()))
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)
    assert ask(server, Authorization=basic("bob", server.create("bob"))).status == 200


# ---- everything else goes on


@pytest.mark.parametrize("browser", BROWSERS.values(), ids=BROWSERS)
def test_browser_is_left_to_the_sign_in_module(door, browser):
    assert is_redirect(ask(door, **browser))
    assert is_redirect(ask(door, Authorization=basic("alice", "wonderland"), **browser))


@pytest.mark.parametrize("header", FOREIGN)
def test_credentials_of_another_scheme_are_left_to_others(door, header):
    assert is_redirect(ask(door, Authorization=header))


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_program_is_challenged_only_where_that_is_said(server, program):
    form(server, "Challenge")
    form(server, "On", path="/files")
    form(server, "Off", path="/chain")
    server.start()
    answer = ask(server, **program)
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        assert is_redirect(server.get(path, headers=program))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PROPFIND", "POST", "PUT"])
def test_program_is_challenged_whatever_its_method(server, method):
    form(server, "Challenge").start()
    answer = server.request(method, "/open/hello.txt")
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)


def test_who_has_signed_in_goes_on_as_that_user(server):
    """And whoever has a session and a token is who the token says."""
    form(server, "Challenge")
    server.locations += sign_in_section(server)
    server.settings += f'CustomLog "{server.root}/logs/who.log" "%u %U"\n'
    server.start()
    cookie = sign_in(server, "bob", "builder")
    assert ask(server, **cookie).status == 200
    assert ask(server, **cookie,
               Authorization=basic("alice", server.create())).status == 200
    server.stop()
    said = (server.root / "logs/who.log").read_text().splitlines()
    # A line is written after the answer: the second may be there first.
    assert sorted(line.split()[0] for line in said if "/open" in line)[-2:] == ["alice", "bob"]


# ---- an AuthType that has a challenge


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_basic_is_added_to_another_challenge_for_programs_alone(server, program):
    own(server, "Challenge", "Digest")
    server.expect(r"AH01781")       # another scheme
    answer = ask(server, **program)
    said = answer.get("WWW-Authenticate")
    assert answer.status == 401 and said.startswith("Digest ") and said.endswith(BASIC)
    for browser in BROWSERS.values():
        answer = ask(server, **{**program, **browser})
        assert answer.status == 401 and "Basic" not in answer.get("WWW-Authenticate")


def test_digest_user_goes_on(server):
    """What the other module accepts is accepted."""
    own(server, "Challenge", "Basic")
    assert ask(server, Authorization=basic("alice", "wonderland")).status == 200
    answer = ask(server)
    assert answer.get("WWW-Authenticate").count("Basic") == 1


def test_on_adds_no_challenge(server):
    own(server, "On", "Digest")
    said = ask(server).get("WWW-Authenticate")
    assert said.startswith("Digest ") and "Basic" not in said


# ---- where it holds


def test_it_is_inherited_and_can_be_switched_off(server):
    form(server, "Challenge", path="/")
    server.locations += '<Location "/chain">\nAuthType Form\nJiraTokenAccept off\n</Location>\n'
    server.locations += ('<Location "/files">\nAuthType Form\nJiraTokenAccept oN\n'
                         "</Location>\n")
    server.start()
    token = server.create()
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.get("/open/hello.txt").status == 401
    assert server.check("alice", token, "/files/hello.txt").status == 200
    # AuthBasicProvider is there, which is heard under AuthType Basic alone.
    assert server.get("/files/hello.txt").status == 302
    assert server.get("/chain/hello.txt").status == 302


def test_realm_is_the_server_name_where_there_is_no_authname(server):
    form(server, "Challenge")
    server.locations = server.locations.replace('AuthName "door"\n', "")
    server.start()
    for host in ("127.0.0.1", "elsewhere.example"):
        said = ask(server, Host=host).get("WWW-Authenticate")
        assert said == BASIC.replace("door", "127.0.0.1")


@pytest.mark.parametrize("accept", ["On", "Challenge"])
def test_pages_take_no_token_by_inheritance(server, accept):
    """The pages lie below a location that takes them."""
    form(server, accept, path="/")
    server.locations += "\n".join([
        '<Location "/more">', "SetHandler jiratoken", "</Location>\n"])
    server.start()
    token = server.create()
    answer = server.check("alice", token, "/more/")
    assert is_redirect(answer)
    assert is_redirect(server.get("/more/"))
    assert is_redirect(server.get("/more/create", headers=PROGRAMS["git"]))


@pytest.mark.parametrize("lines", [
    ("SetHandler jiratoken", "JiraTokenAccept On"),
    ("JiraTokenAccept Challenge", "SetHandler jiratoken")])
def test_pages_cannot_take_tokens(server, lines):
    server.locations = "\n".join(['<Location "/more">', *lines, "</Location>"])
    code, said = server.check_configuration()
    assert code != 0
    assert "a token is no way into the token pages" in said


@pytest.mark.parametrize("value", ["Yes", "Onn", "0", "'Off On'"])
def test_other_values_are_refused_in_words(server, value):
    server.locations = f'<Location "/open">\nJiraTokenAccept {value}\n</Location>'
    code, said = server.check_configuration()
    assert code != 0
    assert "is none of Off, On and Challenge" in said


def test_it_needs_a_key_like_everything_that_checks(server):
    server.settings += "JiraTokenKeyFile /nowhere\n"
    form(server, "On")
    code, said = server.check_configuration()
    assert code != 0 and "/nowhere" in said


def test_it_is_no_matter_for_htaccess(server):
    server.settings += (f'<Directory "{server.root}/docs/open">\nAllowOverride All\n'
                        "</Directory>\n")
    (server.root / "docs/open/.htaccess").write_text("JiraTokenAccept Off\n")
    server.expect("JiraTokenAccept not allowed here")
    # That this server answers, the start itself asks of /open.
    assert server.try_start()
    assert server.get("/open/hello.txt").status == 500


@pytest.mark.parametrize("accept", ["On", "Challenge", "Off"])
def test_nothing_changes_beside_the_provider(server, accept):
    server.locations = f'<Location "/chain">\nJiraTokenAccept {accept}\n</Location>'
    server.start()
    token = server.create()
    assert server.check("alice", token, "/chain/hello.txt").status == 200
    assert server.get("/chain/hello.txt", user="alice").status == 200
    for headers in ({}, *BROWSERS.values()):
        answer = server.get("/chain/hello.txt", headers=headers)
        assert answer.get("WWW-Authenticate") == BASIC.replace("door", "chain")


# ---- what the challenge says (RFC 7617, section 2.1)


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": basic("alice", "wrong")}, {"Authorization": "Bearer x"},
    {"Authorization": basic("alice", shaped())}])
def test_challenge_says_utf8_whoever_refuses(running, headers):
    running.expect(r"AH0161[478]")
    for path, realm in (("/files/hello.txt", "files"), ("/chain/hello.txt", "chain")):
        answer = running.get(path, headers=headers)
        assert answer.status == 401
        assert answer.get("WWW-Authenticate") == BASIC.replace("door", realm)


def test_challenge_says_utf8_where_a_rule_refuses(server):
    server.locations = '<Location "/chain">\nRequire user zoe\n</Location>'
    server.expect(r"AH01631")
    server.start()
    for password in (server.create(), "wonderland"):
        answer = server.check("alice", password, "/chain/hello.txt")
        assert answer.get("WWW-Authenticate") == BASIC.replace("door", "chain")
