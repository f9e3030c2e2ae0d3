# SPDX-License-Identifier: Apache-2.0
"""Single sign-on for people and tokens for programs, on one URL: an OpenID
provider, mod_auth_openidc and Chromium are the real ones."""

import json

import pytest

import chromium
import oidc
from backends import wsgi
from clients import CLIENTS, Visit, got_in, use_services
from examples import use_example
from oidc import XHTML, Employee, challenges, location
from people import token_of
from php import PRINT_VARIABLES
from server import HANGS, SAME_ORIGIN, basic, shaped

pytestmark = pytest.mark.plain

BASIC = 'Basic realm="127.0.0.1", charset="UTF-8"'
PAGE = '<!DOCTYPE html><link rel="icon" href="data:,"><title>page</title>'
CGI = """#!/usr/bin/python3
import json, os
print("Content-Type: application/json\\n")
print(json.dumps(dict(os.environ)))
"""


@pytest.fixture(scope="module")
def driver():
    with chromium.start("performance") as started:
        yield started


def use_one_url(server, provider, *lines, **more):
    """Browsers and programs open "/", the pages are at /tokens."""
    oidc.use(server, provider, **more)
    server.settings += location("/", "JiraTokenAccept Challenge", *lines)
    server.locations += location("/tokens", "SetHandler jiratoken")
    return server


@pytest.fixture
def site(request, server, openid_provider):
    """Not yet running; the example where a test says so."""
    if getattr(request, "param", "") != "example":
        return use_one_url(server, openid_provider)
    values = oidc.values_of_example(server, openid_provider)
    del values["SITE"]
    return use_example(server, "openid-connect", **values)


# The tests of what needs nothing but a site as it should be.
ON_BOTH = pytest.mark.parametrize("site", ["own lines", "example"], indirect=True)


@pytest.fixture
def employee(driver):
    def employee(site, host=oidc.HOSTS[0]):
        return Employee(driver, site, host)
    chromium.open_empty_tab(driver)
    return employee


def url(site, path):
    return f"http://127.0.0.1:{site.port}{path}"


def make_token(site, user="alice"):
    """By the pages, as somebody who has signed in: the token, and who that is."""
    person = oidc.sign_in(site, "/tokens/", user)
    answer = person.post(url(site, "/tokens/create"), timeout=HANGS,
                         data={"label": "ci", "expires": ""}, headers=SAME_ORIGIN)
    token = token_of(answer.text)
    site.tokens.append(token)
    return token, person


def get(person, site, path, **headers):
    return person.get(url(site, path), headers=headers, timeout=HANGS)


def said(answer):
    """What a challenge says, and what else is said by status."""
    return answer.status, answer.get("WWW-Authenticate")


# ---- programs


@ON_BOTH
def test_token_of_who_signed_in_by_browser_opens_the_url_to_programs(employee, site,
                                                                     tmp_path):
    use_services(site)
    alice = employee(site.start())
    token = alice.sign_in().sees("Tokens").create("ci")

    def try_all(user):
        for name in ("curl", "git clone", "python3-requests"):
            home = tmp_path / str(len(list(tmp_path.iterdir())))
            home.mkdir()
            yield got_in(CLIENTS[name](Visit(url(site, "/app"), user, token, home)))
    assert all(try_all("alice"))
    assert not any(try_all("bob"))
    alice.open("/tokens/").ask_to_revoke()
    alice.press("Revoke").sees("Tokens")
    assert not any(try_all("alice"))
    assert alice.open("/open/hello.txt").read("body") == "hello"
    assert not challenges(alice.answers())


@pytest.mark.parametrize("accept", ["On", "Challenge", "Off"])
def test_program_is_challenged_only_where_that_is_said(site, accept):
    site.settings = site.settings.replace("Accept Challenge", f"Accept {accept}")
    site.start()
    expected = (401, BASIC) if accept == "Challenge" else (302, None)
    for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
        for headers in ({}, {"Authorization": basic("alice", "wonderland")}):
            answer = site.request(method, "/open/hello.txt",
                                  headers={"Accept": "*/*", **headers})
            assert said(answer) == expected, method


@ON_BOTH
def test_browser_is_sent_to_the_provider_whatever_password_it_has(site,
                                                                openid_provider):
    site.start()
    for headers in ({}, {"Authorization": basic("alice", "wonderland")}):
        answer = site.get("/open/hello.txt", headers={**XHTML, **headers})
        assert said(answer) == (302, None)
        assert answer.get("Location").startswith(openid_provider.issuer)


@ON_BOTH
def test_refused_token_is_answered_here_and_signs_nobody_in(site):
    site.start()
    for headers in ({}, XHTML):
        answer = site.get("/open/hello.txt", headers={
            **headers, "Authorization": basic("alice", shaped())})
        assert said(answer) == (401, BASIC)
        assert answer.get("Set-Cookie") is None


# ---- browsers

# All that a page can have a browser ask for, but navigations. Where there is no
# Fetch Metadata, on plain http, a request without Referer and Cookie is nobody's.
ASKING = """
const url = arguments[0];
const wait = thing => new Promise(done => {
    for (const name of ["onload", "onerror", "onloadeddata", "onclose"]) {
        thing[name] = () => done(name);
    }
});
const request = (method, query) => {
    const made = new XMLHttpRequest();
    made.open(method, url + query);
    made.send();
    return wait(made);
};
const add = (tag, fields) => {
    const made = Object.assign(document.createElement(tag), fields);
    document.body.append(made);
    return wait(made);
};
const ask = (query, how) =>
    fetch(url + query, how).then(answer => answer.status, () => "failed");
return Promise.all([
    ask("?fetch"), ask("?post", {method: "POST", body: "x"}),
    ask("?alone", {credentials: "omit"}),
    ask("?silent", isSecureContext ? {referrerPolicy: "no-referrer"} : {}),
    request("GET", "?get"), request("PUT", "?put"),
    add("img", {src: url + "?img"}), add("script", {src: url + "?script"}),
    add("link", {rel: "stylesheet", href: url + "?link"}),
    add("iframe", {src: url + "?iframe"}), add("video", {src: url + "?video"}),
    add("embed", {src: url + "?embed"}), wait(new EventSource(url + "?events")),
    wait(new Worker(url + "?worker")),
    wait(new WebSocket(url.replace("http", "ws") + "?socket")),
]);
"""
ASKED = 14      # the socket is not among what is told of as an answer


@pytest.fixture
def pages(site):
    """With a page that everybody may open."""
    (site.root / "docs/page.html").write_text(PAGE)
    site.settings += "AddType text/html .html\nOIDCStateMaxNumberOfCookies 0\n"
    site.locations += '<Location "/page.html">\nRequire all granted\n</Location>\n'
    return site.start()


def ask_for_all(alice):
    """From a page, for everything: the statuses, none of them with a challenge."""
    alice.open("/page.html").answers()
    alice.run(ASKING, alice.origin + "/open/hello.txt")
    answers = alice.answers()
    assert len(answers) >= ASKED and not challenges(answers)
    return {status for status, _ in answers}


@pytest.mark.parametrize("host, refusal", [("127.0.0.1", 401), ("tokens.example", 302)])
def test_no_page_makes_a_browser_open_a_password_box(employee, pages, host, refusal):
    """On loopback, and without Fetch Metadata."""
    alice = employee(pages, host)
    alice.expect(".")       # each refusal is an error in the console
    alice.sign_in(path="/open/hello.txt")
    assert 200 in ask_for_all(alice)
    pages.restart()         # its sessions are over, the cookies are still there
    assert refusal in ask_for_all(alice)
    alice.tell("Network.clearBrowserCookies")
    assert refusal in ask_for_all(alice)
    alice.open("/open/hello.txt").sees("Provider")
    assert not challenges(alice.answers())


def test_challenge_of_another_location_is_seen(employee, pages):
    """What the test above would find."""
    alice = employee(pages)
    alice.expect("401")
    alice.open("/page.html")
    alice.run("return fetch('/files/hello.txt', {credentials: 'omit'})")
    [challenge] = challenges(alice.answers())
    assert challenge["www-authenticate"].startswith("Basic ")


# ---- the redirect URI


@pytest.fixture(params=["/redirect", "/tokens/redirect", "http://127.0.0.1:{port}/redirect"],
                ids=["challenged", "below the pages", "absolute"])
def redirecting(request, server, openid_provider):
    """Where the provider sends people back to: within the URL that challenges
    programs, and below the pages. Its path is the second value."""
    place = request.param.format(port=server.port)
    return use_one_url(server, openid_provider, redirect=place), request.param.split("}")[-1]


def test_sign_out_at_the_provider_ends_the_session(employee, redirecting,
                                                     openid_provider):
    """The provider says so itself, as a program without credentials."""
    site, _ = redirecting
    alice = employee(site.start())
    alice.sign_in().sees("Tokens").sign_out(openid_provider)
    alice.open("/tokens/").sees("Provider")
    alice.sign_in(path="/open/hello.txt").open("/tokens/").sees("Tokens")


def test_redirect_uri_is_the_sign_in_modules_alone(redirecting):
    """What it writes before a handler runs, and by one of its own."""
    site, path = redirecting
    site.start()
    site.expect("auth_openidc:error")       # of the requests that say nothing
    for query, status, words in (("jwks=rsa", 200, '"keys"'), ("logout=get", 200, "Logged Out"),
                                 ("logout=backchannel", 400, "400 Bad Request"),
                                 ("info=json", 401, "401 Unauthorized")):
        answer = site.get(f"{path}?{query}")
        assert said(answer) == (status, None), query
        assert words in answer.text and "Tokens" not in answer.text
        assert answer.text.lower().count("</html>") <= 1


# ---- rules about claims


@pytest.mark.parametrize("rule, by_token, in_session", [
    ('Require claim "groups:staff"', False, {"alice.staff"}),
    ('<RequireAny>\nRequire expr "-n reqenv(\'JIRATOKEN_ID\')"\n'
     'Require claim "groups:staff"\n</RequireAny>', True, {"alice.staff"}),
    ('<RequireAny>\nRequire claim "groups:staff"\nRequire user alice\n</RequireAny>',
     True, {"alice", "alice.staff"}),
], ids=["alone", "or a token", "or a user"])
def test_claims_are_what_the_session_has_and_no_token(site, rule, by_token, in_session):
    site.locations += location("/files", "JiraTokenAccept Challenge", rule).replace(
        "Require valid-user\n", "")
    site.expect("AH01631")
    site.start()
    token, _ = make_token(site)
    answer = site.check("alice", token)
    assert said(answer) == ((200, None) if by_token else (401, BASIC.replace(
        "127.0.0.1", "files")))
    for user in ("alice", "alice.staff", "bob"):
        answer = get(oidc.sign_in(site, "/open/hello.txt", user), site, "/files/hello.txt")
        assert answer.status_code == (200 if user in in_session else 401)
        assert "WWW-Authenticate" not in answer.headers


# ---- what a backend believes

# What CGI, FastCGI and WSGI turn into a variable of the provider's, or nearly.
FORGED = ("OIDC_CLAIM_email", "OIDC-CLAIM-email", "oidc_claim_email", "Oidc.Claim.Email",
          "oIdC-Claim_EMAIL", "OIDC~CLAIM~email", "OIDC_access_token", "OIDC-id_token",
          "MELLON_uid", "Mellon-Email", "mellon.uid")
OWN = "OIDC-CLAIM-groups"       # the site's, by RequestHeader


@pytest.fixture
def backends(site, php, backend):
    """All kinds: the paths of what answers with its variables."""
    scripts, script = site.root / "cgi", site.root / "docs/print.php"
    scripts.mkdir()
    (scripts / "print").write_text(CGI)
    (scripts / "print").chmod(0o755)
    script.write_text(PRINT_VARIABLES)
    site.use_cgi(scripts)
    site.modules += ["headers", "proxy", "proxy_http", "proxy_fcgi"]
    with wsgi() as application:
        site.settings += f"""
ProxyPass "/http/" "{backend}/"
ProxyPass "/wsgi/" "{application}/"
ProxyFCGIBackendType GENERIC
<FilesMatch "php$">
    SetHandler "proxy:fcgi://127.0.0.1:{php.port}"
</FilesMatch>
RequestHeader set {OWN} expr=by-%{{REMOTE_USER}}
"""
        yield "/http/", "/wsgi/", "/print.php", "/cgi/print"


def forge(kind=""):
    return {name: f"forged-{number}" for number, name in enumerate(FORGED)
            if name.lower().startswith(kind)}


@ON_BOTH
def test_holder_of_a_token_brings_no_claims_to_a_backend(site, backends):
    site.expect("scrubbed suspicious request header")
    site.start()
    token, alice = make_token(site)
    cookies = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    for path in backends:
        for more in ({}, {"Cookie": cookies}):
            answer = site.get(path, user="alice", password=token,
                              headers={**forge(), **more, "X-OIDC": "kept"})
            assert answer.status == 200 and "forged" not in answer.text, path
            assert "people.example" not in answer.text
            assert "kept" in answer.text and "by-alice" in answer.text
        answer = get(alice, site, path, **forge("oidc"))
        assert "forged" not in answer.text and "alice@people.example" in answer.text


def test_headers_that_are_not_listed_are_passed_on(site, backends):
    """What the test above would find: each way makes a variable of one of them."""
    site.settings += "JiraTokenStripHeaders none\n"
    site.start()
    token, _ = make_token(site)
    for path in backends:
        answer = site.get(path, user="alice", password=token, headers=forge())
        assert answer.status == 200 and "forged" in answer.text, path


# ---- the provider's own tokens for programs


def test_access_token_of_the_provider_goes_on_untouched(site, backends):
    oidc.use_bearer(site)
    for path in ("/http", "/cgi"):
        site.locations += location(path, kind="auth-openidc")
    site.expect("oidc_oauth|oidc_proto|oidc_util")  # whose Bearer is none
    site.start()
    token, alice = make_token(site)
    bearer = "Bearer " + get(alice, site, "/cgi/print").json()["OIDC_access_token"]
    answer = site.get("/cgi/print", headers={"Authorization": bearer})
    assert json.loads(answer.text)["REMOTE_USER"] == "alice"
    answer = site.get("/http/", headers={"Authorization": bearer})
    assert ["authorization", bearer] in json.loads(answer.text)
    status, challenge = said(site.get("/http/", headers={"Authorization": "Bearer x"}))
    assert status == 401 and challenge.startswith("Bearer")
    assert said(site.get("/http/")) == (401, BASIC)
    assert site.check("alice", token, "/http/").status == 200
    answer = site.get("/http/", headers={"Authorization": f"Bearer {token}"})
    assert answer.get("JiraToken-Status") == "malformed"


# ---- the pages


@ON_BOTH
def test_pages_are_for_sessions_and_not_for_tokens(site):
    """Nor for a token beside a session."""
    site.start()
    token, alice = make_token(site)
    assert get(alice, site, "/tokens/").status_code == 200
    for path in ("/tokens/", "/tokens/create", "/tokens/assets/style.css"):
        answer = alice.get(url(site, path), auth=("alice", token), timeout=HANGS)
        assert answer.status_code == 403, path
        assert "of 25 tokens" not in answer.text and 'name="label"' not in answer.text
    for headers, expected in ((XHTML, (302, None)), ({}, (401, None))):
        answer = site.get("/tokens/", headers={**headers,
                                               "Authorization": basic("alice", token)})
        assert said(answer) == expected     # the sign-in module's


def answer_by_script(site, status):
    """What is answered with this status is written by a program, in a location
    without tokens."""
    scripts = site.root / "cgi"
    scripts.mkdir()
    (scripts / "print").write_text(CGI)
    (scripts / "print").chmod(0o755)
    site.use_cgi(scripts)
    site.locations += location("/open", f"ErrorDocument {status} /cgi/print")
    site.locations += location("/cgi", "JiraTokenAccept Off")
    site.start()


def test_refused_token_makes_nobody_of_its_user_name(site):
    """The sign-in module takes the user of what led to an ErrorDocument for one
    that has signed in."""
    answer_by_script(site, 401)
    for password in (shaped(), shaped()[:-1], "wonderland"):
        answer = site.get("/open/hello.txt", user="alice", password=password)
        assert answer.status == 401 and "alice" not in answer.text


def test_a_tokens_user_does_not_follow_into_a_location_without_tokens(site):
    """An ErrorDocument there is not run as somebody whom it would refuse."""
    answer_by_script(site, 404)
    token, alice = make_token(site)
    answer = site.get("/open/missing", user="alice", password=token)
    assert answer.status == 404 and "REMOTE_USER" not in answer.text
    answer = get(alice, site, "/open/missing")
    assert answer.status_code == 404 and "REMOTE_USER" in answer.text


FOREIGN_FORM = """data:text/html,<form method="post" action="{action}">
<input name="a" value="b"></form><script>document.forms[0].submit()</script>"""


@pytest.mark.parametrize("redirect", ["/tokens/redirect", "/redirect"])
def test_foreign_page_revokes_nothing_by_a_kept_post(employee, server, openid_provider,
                                                     redirect):
    """Her session here is over, and goes on at the provider."""
    use_one_url(server, openid_provider, redirect=redirect)
    server.settings += "OIDCPreservePost On\n"
    alice = employee(server.start())
    alice.sign_in().sees("Tokens")
    token = alice.create("ci")
    server.tokens.append(token)
    alice.driver.delete_cookie("mod_auth_openidc_session")
    action = f"{alice.origin}/tokens/{server.id_of(token)}/revoke"
    alice.driver.get(FOREIGN_FORM.format(action=action))
    alice.sees("Request blocked")
    assert server.get("/open/hello.txt", user="alice", password=token).status == 200


@pytest.mark.parametrize("redirect", ["/tokens/redirect", "/redirect"])
def test_foreign_form_that_is_sent_again_after_sign_in_changes_nothing(
        server, openid_provider, redirect):
    """OIDCPreservePost keeps what another site has sent, and sends it from the
    redirect URI: by then it is our own origin's."""
    use_one_url(server, openid_provider, redirect=redirect)
    server.start()
    token, alice = make_token(server)
    path = f"/tokens/{server.id_of(token)}/revoke"
    for headers in ({"Referer": url(server, redirect + "?code=x&state=y")},
                    {"Referer": url(server, "/open/hello.txt")}):
        answer = alice.post(url(server, path), headers={**SAME_ORIGIN, **headers},
                            data={"a": "b"}, timeout=HANGS)
        assert answer.status_code == 403 and "Nothing was changed" in answer.text
    assert server.get("/open/hello.txt", user="alice", password=token).status == 200
    assert alice.post(url(server, path), headers=SAME_ORIGIN, timeout=HANGS,
                      data={"a": "b"}, allow_redirects=False).status_code == 303


def test_pages_are_served_though_a_proxy_maps_everything(server, openid_provider, backend):
    """And the redirect URI below them goes on to the sign-in module."""
    use_one_url(server, openid_provider, redirect="/tokens/redirect")
    server.modules += ["proxy", "proxy_http"]
    server.settings += f'ProxyPass "/" "{backend}/"\n'
    server.start()
    token, alice = make_token(server)
    headers = dict(json.loads(server.get("/x", user="alice", password=token).text))
    assert "authorization" not in headers
    answer = get(alice, server, "/tokens/")
    assert answer.status_code == 200 and "of 25 tokens" in answer.text
    assert "oidc_claim_sub" in dict(get(alice, server, "/x").json())
    answer = server.get("/tokens/redirect?jwks=rsa")
    assert answer.status == 200 and '"keys"' in answer.text
    answer = server.get("/tokens/redirect?logout=get")
    assert answer.text.lower().count("</html>") == 1 and "Logged Out" in answer.text


@pytest.fixture
def named(server, openid_provider):
    """REMOTE_USER is mod_auth_openidc's default, sub@issuer."""
    return use_one_url(server, openid_provider, name="sub@")


def test_name_with_a_colon_can_have_no_tokens_and_is_shown(named, openid_provider):
    named.expect("this user name can have no tokens")
    named.start()
    answer = get(oidc.sign_in(named, "/open/hello.txt"), named, "/tokens/")
    assert answer.status_code == 403
    assert f"alice@{openid_provider.issuer}" in answer.text


def test_tokens_are_of_the_claim_that_the_site_names(named):
    named.locations += location("/tokens", "SetHandler jiratoken",
                                'JiraTokenUserName "%{reqenv:OIDC_CLAIM_preferred_username}"')
    named.expect("scrubbed suspicious request header")
    named.start()
    token, alice = make_token(named)
    page = get(alice, named, "/tokens/", OIDC_CLAIM_preferred_username="bob").text
    assert "alice" in page and "bob" not in page
    assert named.check("alice", token, "/open/hello.txt").status == 200
    assert named.check("bob", token, "/open/hello.txt").status == 401
    assert [list(row) for row in named.sql("SELECT user_name FROM jiratoken")] == [["alice"]]
