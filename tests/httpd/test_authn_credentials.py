# SPDX-License-Identifier: Apache-2.0
"""How credentials must arrive: a token counts in one canonical Authorization
header and nowhere else. What lenient decoders would take is refused, and crashes
nothing."""

import re

import pytest

from credentials import ODD_USER, STRAY, ask, b64, make_file_password
from server import basic, shaped

pytestmark = pytest.mark.plain

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def spellings(user, token):
    """Name: (Authorization headers that lenient decoders take for user:token)."""
    plain = f"{user}:{token}".encode()
    good = b64(plain)
    assert good.endswith("==") and "+" in good
    dangling = BASE64[BASE64.index(good[-3]) + 1]
    wrong = b64(f"{user}:{shaped()}".encode())
    return {
        "NUL and junk": ["Basic " + b64(plain + b"\0junk")],
        "NUL": ["Basic " + b64(plain + b"\0")],
        "NUL before the user": ["Basic " + b64(b"\0" + plain)],
        "NUL in the user": ["Basic " + b64(plain.replace(b":", b"\0:"))],
        "trailing junk": ["Basic " + good + "!!!"],
        "trailing credential": ["Basic " + good + b64(b"junk")],
        "trailing word": ["Basic " + good + " junk"],
        "trailing parameter": ["Basic " + good + ";a=b"],
        "trailing comma": ["Basic " + good + ","],
        "no padding": ["Basic " + good.rstrip("=")],
        "half padding": ["Basic " + good[:-1]],
        "much padding": ["Basic " + good + "="],
        "dangling bits": ["Basic " + good[:-3] + dangling + "=="],
        "base64url": ["Basic " + good.translate(str.maketrans("+/", "-_"))],
        "blank inside": ["Basic " + good[:8] + " " + good[8:]],
        "quoted": [f'Basic "{good}"'],
        "two in one": [f"Basic {good}, Basic {wrong}"],
        "two in one, good last": [f"Basic {wrong}, Basic {good}"],
        "two headers": ["Basic " + good, "Basic " + wrong],
        "two headers, good last": ["Basic " + wrong, "Basic " + good],
        "twice the same": ["Basic " + good, "Basic " + good],
        "with Bearer": ["Basic " + good, "Bearer " + token],
        "after Bearer": ["Bearer " + token, "Basic " + good],
        "percent": ["Basic " + good.replace("=", "%3D")],
        "plain text": [f"Basic {user}:{token}"],
        "doubly coded": ["Basic " + b64(good.encode())],
        "no blank": ["Basic" + good],
        "tab": ["Basic\t" + good],
        "another scheme": ["Basico " + good],
        "UTF-16": ["Basic " + b64(plain.decode().encode("utf-16"))],
        "byte order mark": ["Basic " + b64(b"\xef\xbb\xbf" + plain)],
    }


@pytest.mark.parametrize("name", list(spellings(ODD_USER, STRAY)))
def test_credentials_that_are_not_canonical_are_refused(running, name):  # A07, A09
    running.add_user(ODD_USER, "pw")
    token = running.create(ODD_USER, password="pw")
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        status, back = ask(running, *spellings(ODD_USER, token)[name], path=path)
        assert status == 401
        assert b"www-authenticate: basic realm=" in back
    assert running.check(ODD_USER, token).status == 200


@pytest.mark.parametrize("name", [
    "NUL and junk", "NUL", "trailing junk", "trailing word", "no padding",
    "dangling bits", "two in one", "two headers", "twice the same",
])
def test_sloppy_credentials_never_reach_the_next_provider(running, name):  # A07, A09
    running.add_user(ODD_USER, "pw")
    token = running.create(ODD_USER, password="pw")
    make_file_password(running, ODD_USER, token)
    for text in (token, shaped()):
        sent = spellings(ODD_USER, text)[name]
        assert ask(running, *sent, path="/chain/hello.txt")[0] == 401


@pytest.mark.parametrize("sent", [
    "", "Basic", "Basic ", "Basic Og==", "Basic =", "Basic ====", "Basic !",
    "Basic " + b64(b"alice"), "Basic " + b64(b"alice:"), "Basic " + b64(b":"),
    "Basic " + b64(b":" + STRAY.encode()),
    "Basic " + b64(b":::"), "Basic " + b64(b"\0"), "Basic " + b64(b"\xff\xfe:\xff"),
    "Negotiate " + b64(b"alice:x"), 'Digest username="alice"', "Token x", " ", ",",
])
@pytest.mark.parametrize("path", ["/files/hello.txt", "/chain/hello.txt"])
def test_incomplete_credentials_are_refused(running, path, sent):  # A11
    status, back = ask(running, sent, path=path)
    assert status == 401
    assert b"www-authenticate: basic" in back
    assert b"jiratoken-" not in back


def test_token_without_its_user_is_refused(running):  # A11
    token = running.create()
    for plain in (f":{token}", token, f"{token}:", f"{token}:{token}"):
        assert ask(running, "Basic " + b64(plain.encode()))[0] == 401


@pytest.mark.parametrize("password", ["{}", "", "x-oauth-basic", STRAY])
def test_token_as_the_user_name_is_in_no_line_of_ours(running, password):  # S04
    token = running.create()
    password = password.format(token)
    assert running.check(token, password).status == 401
    assert token not in running.log()


@pytest.mark.parametrize("size,status", [(8189, 401), (8200, 400), (100000, 400)])
def test_long_headers_are_refused(running, size, status):  # A13
    children = running.children()
    head = "Authorization: Basic "
    assert ask(running, "Basic " + "A" * (size - len(head)))[0] == status
    assert children <= running.children()


@pytest.mark.parametrize("path,headers,body", [
    ("?token={}", {}, None), ("?access_token={}", {}, None),
    ("?private_token={}", {}, None), ("?password={}&user=alice", {}, None),
    ("", {"Cookie": "token={}"}, None), ("", {"Cookie": "jiratoken={}"}, None),
    ("", {"X-Api-Key": "{}"}, None), ("", {"Private-Token": "{}"}, None),
    ("", {"X-Auth-Token": "{}"}, None), ("", {"Proxy-Authorization": "BASIC"}, None),
    ("", {"X-Forwarded-Authorization": "BASIC"}, None),
    ("", {"Content-Type": "application/x-www-form-urlencoded"},
     "httpd_username=alice&httpd_password={}"),
])
def test_token_is_taken_from_nowhere_but_authorization(running, path, headers, body):
    token = running.create()    # A14

    def fill(text):
        return text.format(token).replace("BASIC", basic("alice", token))
    answer = running.request(
        "POST" if body else "GET", "/files/hello.txt" + fill(path),
        headers={name: fill(value) for name, value in headers.items()},
        body=fill(body) if body else None)
    assert answer.status == 401


def test_token_in_the_urls_user_part_is_refused(running):  # A14
    token = running.create()
    answer = running.get(f"http://alice:{token}@127.0.0.1/files/hello.txt")
    assert answer.status in (400, 401)


@pytest.mark.parametrize("sent", ["Bearer {}", "bearer {}", "Token {}", "{}",
                                  "Bearer alice:{}", "ApiKey {}"])
@pytest.mark.parametrize("path", ["/files/hello.txt", "/chain/hello.txt"])
def test_bearer_is_not_accepted_by_default(running, sent, path):  # A15
    token = running.create()
    assert ask(running, sent.format(token), path=path)[0] == 401


@pytest.mark.parametrize("target", [
    "OPTIONS *", "GET http://127.0.0.1/files/hello.txt", "GET //",
    "GET //files/hello.txt", "GET /files//hello.txt", "CONNECT 127.0.0.1:443",
    "CONNECT *", "GET *",
    "OPTIONS http://127.0.0.1", "GET http://", "GET /files/../files/hello.txt",
    "GET /%2e%2e/files", "GET /files/hello.txt/", "GET ?", "GET /files/%00",
    "TRACE /files/", "FOO /files/hello.txt", "GET files/hello.txt",
    "GET https://x:99999/files/",
])
def test_odd_targets_crash_nothing(running, target):  # I20
    token = running.create()
    running.expect(r"AH10244: invalid URI path|AH00135: Invalid method")
    children = running.children()
    for sent in (basic("alice", token), basic("alice", shaped()), "Basic", "Basic !"):
        back = running.raw(f"{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                           f"Authorization: {sent}\r\n\r\n".encode())
        assert re.match(rb"HTTP/1.1 [2345]\d\d ", back)
        assert not (b" 200 " in back[:20] and b"hello" in back
                    and sent != basic("alice", token))
    assert children <= running.children()
    assert running.check("alice", token).status == 200
