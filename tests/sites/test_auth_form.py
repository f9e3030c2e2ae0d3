# SPDX-License-Identifier: Apache-2.0
"""People who sign in on a form of the site's, and programs with tokens on the same
URLs."""

import shutil

import pytest

from examples import FOLDER, use_example
from people import token_of
from server import SAME_ORIGIN, shaped
from visitor import Visitor

PAGE = "/open/hello.txt"
BASIC = 'Basic realm="Example", charset="UTF-8"'


@pytest.fixture
def site(server, directory):
    page, key = server.root / "sign-in.html", server.root / "session-key"
    shutil.copy(FOLDER / "auth-form/sign-in.html", page)
    key.write_text(server.key + "\n")
    key.chmod(0o600)
    use_example(server, "auth-form", FORM_PAGE=page, SESSION_KEY=key,
                LDAP_URL=f"{directory.url}/ou=people,dc=example,dc=org?uid")
    server.url = f"http://127.0.0.1:{server.port}"
    return server.start()


@pytest.fixture
def sign_in(site):
    """sign_in(name, password): somebody who has filled in the form."""
    def made(name, password):
        visitor = Visitor()
        answer, way = visitor.open(site.url + PAGE)
        assert way[-1] == site.url + "/sign-in" and 'action="/signed-in"' in answer.text
        visitor.answer = visitor.post(site.url + "/signed-in", {
            "httpd_username": name, "httpd_password": password})
        return visitor
    return made


def test_person_signs_in_makes_a_token_and_a_program_uses_it(site, sign_in):
    alice = sign_in("alice", "wonderland")
    assert (alice.answer.status, alice.answer.get("Location")) \
        == (302, "/tokens/")
    assert "wonderland" not in str(alice.cookies)
    assert alice.open(site.url + PAGE)[0].text == "hello\n"
    assert "0 of 25 tokens" in alice.open(site.url + "/tokens/")[0].text
    token = token_of(alice.post(site.url + "/tokens/create", {"label": "ci"},
                                **SAME_ORIGIN).text)
    site.tokens.append(token)
    assert site.check("alice", token, PAGE).status == 200
    assert site.check("bob", token, PAGE).status == 401
    assert site.check("alice", token, "/tokens/").status in (302, 401, 403)
    alice.post(f"{site.url}/tokens/{site.id_of(token)}/revoke", {}, **SAME_ORIGIN)
    assert site.check("alice", token, PAGE).status == 401


def test_wrong_password_signs_nobody_in(site, sign_in, directory):
    site.expect("AH01807|AH01808|auth_form:error")
    for password in ("looking-glass", shaped()):
        visitor = sign_in("alice", password)
        assert visitor.answer.status != 200
        assert visitor.open(site.url + PAGE)[1][-1] == site.url + "/sign-in"
    assert directory.failures("alice") == 1         # a token is asked of nobody else


def test_program_is_challenged_and_a_browser_is_sent_to_the_form(site):
    answer = site.get(PAGE)
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, BASIC)
    answer = site.get(PAGE, headers=Visitor.NAVIGATION)
    assert (answer.status, answer.get("WWW-Authenticate")) == (302, None)
    assert answer.get("Location") == "/sign-in"


def test_who_signs_out_has_to_sign_in_again(site, sign_in):
    alice = sign_in("alice", "wonderland")
    assert 'href="/signed-out"' in alice.open(site.url + "/tokens/")[0].text
    answer, _ = alice.open(site.url + "/signed-out")
    assert (answer.status, answer.get("Location")) == (307, "/sign-in")
    assert alice.open(site.url + PAGE)[1][-1] == site.url + "/sign-in"
