# SPDX-License-Identifier: Apache-2.0
"""What is, or was, a token is this module's alone: no other provider is asked, no
log, variable or backend has it; white space around a token does not matter."""

import http.client
import itertools
import json

import pytest

from credentials import MUTATIONS, WITH_SPACE, make_file_password, without_colon
from server import basic, shaped

pytestmark = pytest.mark.plain

ECHO = """
<Location "/echo">
    ProxyPass {backend}
    AuthType Basic
    AuthName "echo"
    AuthBasicProvider jiratoken file
    AuthUserFile "{root}/users"
    Require valid-user
</Location>
<Location "/free">
    ProxyPass {backend}
    AuthType Basic
    AuthName "free"
    AuthBasicProvider jiratoken
    Require all granted
</Location>
"""


@pytest.fixture
def watched(server):
    """A server whose access log has the user; what stands in a log and is a token,
    or was one, fails the test."""
    server.settings += 'LogFormat "%h %u %{REMOTE_USER}e %s" users\n' \
                       'CustomLog "logs/access.log" users\n'
    return server.start()


def remember(server, text):
    """No log may have it, not even the longest part that could be guessed from."""
    server.tokens.append(text[3:27])


@pytest.mark.parametrize("name", list(MUTATIONS))
def test_near_miss_is_malformed_and_goes_to_nobody_else(watched, name):
    token = watched.create()
    remember(watched, token)
    password = MUTATIONS[name](token)
    make_file_password(watched, "alice", password)
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        answer = watched.check("alice", password, path)
        assert (answer.status, answer.get("JiraToken-Status")) == (401, "malformed")
    assert watched.check("alice", token).status == 200


@pytest.mark.parametrize("name, scheme", itertools.product(
    ["as it is", *MUTATIONS], ["Basic", "Basic without a colon", "Bearer", "Token"]))
def test_token_elsewhere_than_in_the_password_is_malformed(watched, name, scheme):
    token = watched.create()
    remember(watched, token)
    text = MUTATIONS.get(name, str)(token)
    if scheme in ("Bearer", "Token"):
        if not text.isascii() or "\n" in text:
            text = token
        header = f"{scheme} {text}"
    else:
        text = text.partition(":")[0] if name == "a name before it" else text
        if text == "alice":
            return      # no token is left of it
        header = basic(text, "x") if scheme == "Basic" else without_colon(text)
    make_file_password(watched, "alice", "x")
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        answer = watched.get(path, headers={"Authorization": header})
        assert (answer.status, answer.get("JiraToken-Status")) == (401, "malformed")


@pytest.mark.parametrize("form", WITH_SPACE)
def test_white_space_around_a_token_does_not_matter(watched, form):
    token, stray = watched.create(), shaped()
    remember(watched, token)
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        assert watched.check("alice", form.format(token), path).status == 200
        assert watched.check("bob", form.format(token), path).status == 401
        assert watched.check("alice", form.format(stray), path).status == 401


def test_foreign_bearer_goes_on(watched):
    """Another module's business: here mod_auth_basic refuses it."""
    for header in ("Bearer eyJhbGciOiJIUzI1NiJ9.e30.x_y", "Negotiate YII_abc", "Digest x"):
        answer = watched.get("/chain/hello.txt", headers={"Authorization": header})
        assert (answer.status, answer.get("JiraToken-Status")) == (401, None)


def received(answer):
    """The values that the backend got."""
    return " ".join(value for _, value in json.loads(answer.text))


def test_no_token_reaches_a_backend_in_any_guise(server, backend):
    """Also where nobody is asked for a password, and none is checked."""
    server.modules += ["proxy", "proxy_http"]
    server.locations += ECHO.format(backend=backend, root=server.root)
    server.start()
    token = server.create()
    for text in (token[:-1], f'"{token}"'):
        make_file_password(server, "alice", text)
        assert server.check("alice", text, "/echo/x").status == 401
    answer = server.check("alice", token + "\n", "/echo/x")
    assert answer.status == 200 and "Basic" not in received(answer)
    open_to_all = [basic("alice", token), basic("alice", token[:-1]), basic(token, "x"),
                   without_colon(token), f"Bearer {token}", f"Bearer\t{token}", token,
                   f"Token {token[:40]}", f"Bearer {token[:-1]}"]
    for header in open_to_all:
        answer = server.get("/free/x", headers={"Authorization": header})
        assert answer.status == 200, header
        assert token[:30] not in received(answer)
        assert header.split()[-1] not in received(answer)
    answer = server.get("/free/x", headers={"Authorization": basic("alice", "wonderland")})
    assert basic("alice", "wonderland") in received(answer)


@pytest.mark.parametrize("form", [
    "Basic {first}, Basic {second}", "Basic {first}!{second}",
    "Basic {first}={second}", "Basic {first} {second}", "Basic {nul}",
])
def test_token_behind_an_ordinary_credential_is_refused(server, backend, form):
    """mod_auth_basic reads the first, and would hand the header on as it is."""
    server.modules += ["proxy", "proxy_http"]
    server.locations += ECHO.format(backend=backend, root=server.root)
    server.start()
    token = server.create()
    first, second = basic("alice", "wonderland")[6:], basic("alice", token)[6:]
    nul = basic("alice", "wonderland\0" + token)[6:]
    header = form.format(first=first, second=second, nul=nul)
    for path in ("/echo/x", "/chain/hello.txt"):
        assert server.get(path, headers={"Authorization": header}).status == 401


def wrapped(text, width=64):
    """As openssl and base64 print it."""
    return " ".join(text[at:at + width] for at in range(0, len(text), width))


# What people make of the header by hand, of a token or of one that was cut.
BY_HAND = {
    "in clear": "Basic {token}", "in clear, with the user": "Basic alice:{token}",
    "in clear, swapped": "Basic {token}:x", "nothing else": "{token}",
    "with a tab": "Basic\t{coded}", "with a tab, in clear": "Basic\talice:{token}",
    "without a blank": "Basic{coded}", "wrapped": "Basic {wrapped}",
    "second of two": "Basic {other}, Basic {coded}", "second, wrapped": "Basic {other} {wrapped}",
    "second, wrapped, with its scheme": "Basic {other}, basic {wrapped}",
    "an assignment, without padding": "Basic {assigned}", "its name": "Basic {named}",
    "as a parameter": 'Digest username="{token}", realm="x"', "as a value": "Token token={token}",
}


def unpadded(text):
    """Without the padding that it has, or would need for one byte more."""
    return without_colon(text + "." * (len(text) % 3 == 0))[6:].rstrip("=")


def by_hand(form, token):
    long = basic("alice.liddell@example.com", token)[6:]
    return form.format(token=token, coded=basic("alice", token)[6:], wrapped=wrapped(long),
                       other=basic("alice", "wonderland")[6:],
                       assigned=unpadded(f"TOKEN={token}"),
                       named=basic(f"my {token}", token)[6:])


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("cut", [0, 1, 10])
def test_token_in_a_header_that_is_none_goes_to_nobody(watched, backend, name, cut):
    watched.modules += ["proxy", "proxy_http", "auth_digest"]
    watched.locations += ECHO.format(backend=backend, root=watched.root) + (
        '<Location "/digest">\nAuthType Digest\nAuthName x\nAuthDigestProvider file\n'
        f'AuthUserFile "{watched.root}/users"\nJiraTokenAccept On\nRequire valid-user\n'
        "</Location>\n")
    watched.restart()
    token = watched.create()
    remember(watched, token)
    header = by_hand(BY_HAND[name], token[:len(token) - cut])
    for path in ("/files/hello.txt", "/chain/hello.txt", "/digest", "/tokens/"):
        assert watched.get(path, headers={"Authorization": header}).status == 401, path
    answer = watched.get("/free/x", headers={"Authorization": header})
    assert answer.status == 200
    assert not any(word in received(answer) for word in header.split()[1:] or [header])


def test_old_token_that_begins_as_a_new_one_is_looked_up(server):
    """JiraTokenLegacy is for passwords of any shape; unknown, it is nobody else's."""
    server.settings += "JiraTokenLegacy On\n"
    server.start()
    old, other = "jt_" + "0123456789abcdef" * 2, "jt_" + "fedcba9876543210" * 2
    server.tokens += [old, other]
    server.insert("old", digest=server.digest(old))
    make_file_password(server, "alice", other)
    assert server.check("alice", old).status == 200
    assert server.check("bob", old, "/chain/hello.txt").status == 401
    answer = server.check("alice", other, "/chain/hello.txt")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "malformed")


# ---- what the holder of an expired token reads


def expire(server):
    token = server.create()
    server.sql("UPDATE jiratoken SET expires_at = 1767225600")     # 2026-01-01
    return token


def test_holder_of_an_expired_token_reads_since_when(running):
    token = expire(running)
    answer = running.check("alice", token)
    assert answer.status == 401
    assert answer.get("Content-Type") == "text/plain; charset=utf-8"
    assert answer.text == ("This access token expired on 2025-12-31, 24:00 UTC. "
                           "Create a new one on the token pages.\n")
    other = running.check("bob", token)
    assert other.without_date() == running.check("bob", shaped()).without_date()
    assert "expired" not in other.text


@pytest.mark.parametrize("document", ["/open/hello.txt", '"Sorry."'])
def test_error_document_of_the_site_comes_first(server, document):
    server.settings += f"ErrorDocument 401 {document}\n"
    server.start()
    answer = server.check("alice", expire(server))
    assert answer.status == 401
    assert answer.text in ("hello\n", "Sorry.")
    assert answer.get("JiraToken-Status") == "expired"


def test_next_answer_on_the_connection_has_its_own_type(running):
    token = expire(running)
    wire = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        for method, path, user, kind in (
                ("GET", "/files/hello.txt", "alice", "text/plain; charset=utf-8"),
                ("GET", "/files/hello.txt", "bob", "text/html; charset=iso-8859-1"),
                ("GET", "/open/none", "alice", "text/html; charset=iso-8859-1"),
                ("GET", "/open/hello.txt", "alice", "text/plain")):
            wire.request(method, path, headers={"Authorization": basic(user, token)})
            answer = wire.getresponse()
            answer.read()
            assert answer.getheader("Content-Type") == kind
    finally:
        wire.close()
    assert running.request("HEAD", "/files/hello.txt", user="alice",
                           password=token).status == 401
