# SPDX-License-Identifier: Apache-2.0
"""Passwords: what section 5 of the contract promises, from outside."""

import base64
import concurrent.futures
import http.client
import http.server
import json
import re
import sqlite3
import threading
import time

import pytest

from server import BASE62, PASSWORDS, basic, shaped

HOUR = 3600
ODD_USER = "~~~??"      # its base64 has a + and, with a token, ends in ==
STRAY = shaped(middle="Stray" * 8 + "abc")  # nobody's
ECHO = """
<Location "/">
    Header always set X-User "expr=%{REMOTE_USER}"
</Location>
"""


def b64(data):
    return base64.b64encode(data).decode()


def ask(server, *values, path="/files/hello.txt", name="Authorization"):
    """A request with these Authorization headers, as they stand."""
    lines = "".join(f"{name}: {value}\r\n" for value in values)
    back = server.raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      f"{lines}\r\n".encode("latin-1"))
    return int(back.split(b" ", 2)[1]), back.lower()


def make_file_password(server, user, password):
    """From now on the file provider would let this user in by this password."""
    users = server.root / "users"
    lines = [line for line in users.read_bytes().splitlines(True)
             if not line.startswith(user.encode() + b":")]
    users.write_bytes(b"".join(lines))
    server.add_user(user, password)


def refusal(server, user, password, path="/files/hello.txt"):
    answer = server.check(user, password, path)
    assert answer.status == 401
    return answer.without_date()


# ---- who gets in


def test_token_opens_the_folder_until_it_is_revoked(running):  # A01, A05, C01
    token = running.create()
    assert running.check("alice", token).status == 200
    running.revoke(token)
    assert running.check("alice", token).status == 401


def test_remote_user_is_the_owner(server):  # A01
    server.modules.append("headers")
    server.locations = ECHO
    server.start()
    for user in ("alice", "bob"):
        answer = server.check(user, server.create(user))
        assert (answer.status, answer.get("X-User")) == (200, user)


def test_each_of_many_tokens_opens_the_folder(running):
    tokens = [running.create() for _ in range(25)]
    assert {running.check("alice", t).status for t in tokens} == {200}
    running.revoke(tokens[7])
    assert [running.check("alice", t).status for t in tokens].count(200) == 24


@pytest.mark.parametrize("scheme", ["Basic ", "basic ", "BASIC "])
def test_scheme_is_case_insensitive(running, scheme):
    token = running.create()
    assert ask(running, scheme + b64(f"alice:{token}".encode()))[0] == 200


@pytest.mark.parametrize("user", ["o'brien", 'a"b', "a\\b", "%s", "a;b", "a b",
                                  "caf\u00e9", "\u0639\u0644\u064a", "\U0001f600",
                                  "DOMAIN\\user", "x@example.org", ODD_USER])
def test_any_user_name_works(running, user):  # I15
    running.add_user(user, "pw")
    token = running.create(user, password="pw")
    assert running.check(user, token).status == 200
    assert running.check("alice", token).status == 401


@pytest.mark.parametrize("method,status", [("HEAD", 200), ("POST", 200),
                                           ("OPTIONS", 200), ("PUT", 405)])
def test_every_method_is_checked(running, method, status):
    token = running.create()
    granted = running.request(method, "/files/hello.txt", user="alice", password=token)
    refused = running.request(method, "/files/hello.txt", user="bob", password=token)
    assert (granted.status, refused.status) == (status, 401)


def test_require_still_decides(server):
    server.locations = '<Location "/files">\n    Require user alice\n</Location>'
    server.expect(r"AH01631: user bob: authorization failure")
    server.start()
    assert server.check("alice", server.create("alice")).status == 200
    assert server.check("bob", server.create("bob")).status == 401


def test_each_request_of_a_connection_is_checked_for_itself(running):
    token = running.create()
    wire = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    seen = []
    for sent in (basic("alice", token), None, basic("bob", token),
                 basic("alice", token)):
        wire.request("GET", "/files/hello.txt",
                     headers={"Authorization": sent} if sent else {})
        answer = wire.getresponse()
        answer.read()
        seen.append(answer.status)
    wire.close()
    assert seen == [200, 401, 401, 200]


def test_parallel_users_are_never_mixed_up(server):  # K01
    server.modules.append("headers")
    server.locations = ECHO
    server.settings = "JiraTokenDatabaseLimit 1000"
    server.start()
    tokens = {user: server.create(user) for user in PASSWORDS}

    def one(nth):
        user = list(tokens)[nth % 3]
        answer = server.check(user, tokens[user])
        return answer.status == 200 and answer.get("X-User") == user

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert all(threads.map(one, range(300)))


def test_refused_passwords_lock_nobody_out(running):  # R05
    token = running.create()
    refused = {running.check("alice", shaped()).status for _ in range(300)}
    assert refused == {401}
    assert running.check("alice", token).status == 200


# ---- who does not


def test_token_with_one_character_changed_is_refused(running):  # A02
    token = running.create()
    for at, old in enumerate(token):
        new = BASE62[(BASE62.find(old) + 1) % 62]
        answer = running.check("alice", token[:at] + new + token[at + 1:])
        assert answer.status == 401, at
        assert answer.get("WWW-Authenticate") == 'Basic realm="files"'
    assert running.check("alice", token).status == 200


def test_well_formed_guesses_near_a_token_are_refused(running):  # A02
    token = running.create()
    for at in range(3, 46):
        new = BASE62[(BASE62.find(token[at]) + 1) % 62]
        guess = shaped(middle=(token[:at] + new + token[at + 1:])[3:46])
        assert running.check("alice", guess).status == 401, at


@pytest.mark.parametrize("user", [
    "ALICE", "Alice", "alice ", " alice", "alice\t", "alice\u200b", "alic", "alicee",
    "\uff41lice", "alice/", "alice@", "*", "%", "alice'--", "' OR 1=1--", "alice\\",
    "alice;", b"alice\xbf'", b"alice\xff", "a" * 300, b"\x1b[31m",
])
def test_token_is_refused_for_any_other_user_name(running, user):  # A03, A04, I15
    token = running.create()
    before = running.rows()
    assert running.check(user, token).status == 401
    assert running.check("alice", token).status == 200
    assert [row[:7] for row in running.rows()] == [row[:7] for row in before]


def test_composed_and_decomposed_names_are_two_users(running):  # A04
    names = ["caf\u00e9", "cafe\u0301"]
    for name in names:
        running.add_user(name, "pw")
    tokens = [running.create(name, password="pw") for name in names]
    seen = [[running.check(n, t).status for t in tokens] for n in names]
    assert seen == [[200, 401], [401, 200]]
    assert running.check(b"caf\xe9", tokens[0]).status == 401


@pytest.mark.parametrize("password", [
    "' OR 1=1--", "\\", "%s", "%s%s%n", ";", "1; DROP TABLE jiratoken", b"\xbf' OR 1=1--",
    "jt_' OR 1=1--", "jt_" + "'" * 49, "%", "*", b"\xff" * 52, "jt_", "a" * 500,
])
def test_sql_in_a_password_is_just_wrong(running, password):  # I15
    token = running.create()
    before = running.rows()
    assert running.check("alice", password).status == 401
    assert running.rows() == before
    assert running.check("alice", token).status == 200


def test_unknown_revoked_and_somebody_elses_look_the_same(running):  # A03, A05, A21
    revoked, expired, good = (running.create() for _ in range(3))
    running.revoke(revoked)
    running.sql("UPDATE jiratoken SET expires_at = 1000 WHERE digest = ?",
                running.digest(expired))
    wanted = refusal(running, "alice", shaped())
    assert refusal(running, "alice", revoked) == wanted
    assert refusal(running, "bob", good) == wanted
    assert refusal(running, "bob", expired) == wanted              # A06
    assert refusal(running, "nobody-of-this-name", good) == wanted
    assert refusal(running, "alice", good[:-1] + "-") == wanted


@pytest.mark.parametrize("column,value", [
    ("scope", "Full"), ("scope", "full "), ("scope", ""), ("scope", "admin"),
    ("scope", "full,admin"), ("scope", "0"), ("allowed_from", "192.0.2.0/24"),
    ("allowed_from", ""), ("allowed_from", "nonsense"), ("allowed_from", "0"),
])
def test_token_with_limits_that_are_not_understood_is_refused(running, column, value):
    token = running.create()
    running.sql(f"UPDATE jiratoken SET {column} = ?", value)
    make_file_password(running, "alice", token)
    assert running.check("alice", token).status == 401
    assert running.check("alice", token, "/chain/hello.txt").status == 401


# ---- how it must arrive


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
        "line feed after": ["Basic " + b64(plain + b"\n")],
        "blank after": ["Basic " + b64(plain + b" ")],
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


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


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
    "Basic " + b64(b":" + STRAY.encode()), "Basic " + b64(STRAY.encode()),
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
    running.tokens.clear()      # httpd itself logs the user's name


@pytest.mark.parametrize("password", ["{}", "", "x-oauth-basic", STRAY])
def test_token_as_the_user_name_is_in_no_line_of_ours(running, password):  # S04
    token = running.create()
    password = password.format(token)
    assert running.check(token, password).status == 401
    running.tokens.clear()      # httpd itself logs the user's name
    assert not [line for line in running.log().splitlines()
                if "[jiratoken:" in line and token in line]


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


# ---- the chain of providers


@pytest.mark.parametrize("case", ["unknown", "revoked", "mistyped", "expired",
                                  "somebody else's", "another prefix"])
def test_refused_token_is_not_handed_to_the_next_provider(running, case):  # A17
    token = {"unknown": shaped(), "another prefix": shaped("old")}.get(case) \
        or running.create("bob" if case == "somebody else's" else "alice")
    if case == "revoked":
        running.revoke(token)
    if case == "mistyped":
        token = token[:-1] + BASE62[(BASE62.index(token[-1]) + 1) % 62]
    running.sql("UPDATE jiratoken SET expires_at = ?",
                1000 if case == "expired" else None)
    make_file_password(running, "alice", token)
    assert running.check("alice", token, "/chain/hello.txt").status == 401


@pytest.mark.parametrize("password", [
    "wonderland", "pass:word", "p", "jt_", "jt", "_", STRAY[:-1], STRAY + "x",
    STRAY.upper(), "JT" + STRAY[2:], "j" + STRAY[2:], "a" * 17 + STRAY[2:],
    "ab_" + "x" * 49, "jt-" + "x" * 49, "jt_" + "x" * 48 + "-", " " + STRAY,
    STRAY + " ", STRAY.replace("_", "__"), "jt_" + "\u00e9" * 24 + "x", "x" * 4000,
    "' OR 1=1--", "%s", "\\", "a" * 52,
])
def test_ordinary_password_is_left_to_the_next_provider(running, password):  # A18
    make_file_password(running, "alice", password)
    assert running.check("alice", password, "/chain/hello.txt").status == 200
    assert running.check("alice", password).status == 401


def test_wrong_ordinary_password_is_the_next_providers_to_refuse(running):  # A18
    running.create()
    assert running.check("alice", "looking-glass", "/chain/hello.txt").status == 401
    assert "user alice: authentication failure" in running.log()


def test_token_works_beside_other_providers(server):  # A18
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "file first"
    AuthBasicProvider file jiratoken
    AuthUserFile "{server.root}/nobody"
    Require valid-user
</Location>
"""
    (server.root / "nobody").write_text("zoe:x\n")
    server.start()
    token = server.create()
    assert server.check("alice", token, "/chain/hello.txt").status == 200
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401


ALIAS = """
<AuthnProviderAlias jiratoken other>
</AuthnProviderAlias>
<AuthnProviderAlias file jiratokens>
    AuthUserFile "{root}/users"
</AuthnProviderAlias>
"""


def use_alias(server, names):
    server.settings = ALIAS.format(root=server.root)
    server.locations = f"""
<Location "/open">
    AuthType Basic
    AuthName "alias"
    AuthBasicProvider {names}
    Require valid-user
</Location>
"""
    return server.start()


def test_provider_works_under_an_alias(server):  # A17, A18
    use_alias(server, "other jiratokens")
    token = server.create()
    stray = shaped()
    make_file_password(server, "bob", stray)
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401
    assert server.check("bob", stray, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt", user="alice").status == 200


def test_location_without_the_provider_takes_no_token(server):  # A18
    use_alias(server, "jiratokens")
    token = server.create()
    assert server.check("alice", token, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt", user="alice").status == 200


def test_inner_location_can_take_the_provider_away(server):  # A18
    (server.root / "docs/files/inner").mkdir()
    (server.root / "docs/files/inner/hello.txt").write_text("inner")
    server.locations = f"""
<Location "/files/inner">
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
</Location>
"""
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.check("alice", token, "/files/inner/hello.txt").status == 401
    assert server.get("/files/inner/hello.txt", user="alice").status == 200


@pytest.mark.parametrize("name", ["jiratoken", "other"])
def test_provider_works_from_htaccess(server, name):  # A18
    server.settings = ALIAS.format(root=server.root) + f"""
<Directory "{server.root}/docs/open">
    AllowOverride AuthConfig
</Directory>
"""
    (server.root / "docs/open/.htaccess").write_text(
        f"AuthType Basic\nAuthName x\nAuthBasicProvider {name}\nRequire valid-user\n")
    server.start()
    token = server.create()
    assert server.check("alice", token, "/open/hello.txt").status == 200
    assert server.check("bob", token, "/open/hello.txt").status == 401
    assert server.get("/open/hello.txt").status == 401


# ---- expiry


def set_expiry(server, token, value):
    server.sql("UPDATE jiratoken SET expires_at = ? WHERE digest = ?", value,
               server.digest(token))


@pytest.mark.parametrize("path", ["/files/hello.txt", "/chain/hello.txt"])
def test_expired_token_says_so_to_its_owner_alone(running, path):  # A06
    token = running.create()
    set_expiry(running, token, int(time.time()) - 1)
    mine, bobs = (running.check(user, token, path) for user in ("alice", "bob"))
    assert (mine.status, mine.get("JiraToken-Status")) == (401, "expired")
    assert (bobs.status, bobs.get("JiraToken-Status")) == (401, None)
    assert mine.get("WWW-Authenticate") == bobs.get("WWW-Authenticate")
    assert mine.get("JiraToken-Expires") is None


@pytest.mark.parametrize("value,status", [
    (None, 200), (2**40, 200), (9223372036854775807, 200), (253402300800, 200),
    (0, 401), (1, 401),
])
def test_expiry_instant_decides(running, value, status):  # A06
    token = running.create()
    set_expiry(running, token, value)
    answer = running.check("alice", token)
    assert answer.status == status
    assert answer.get("JiraToken-Status") == ("expired" if status == 401 else None)


def test_token_works_through_its_last_day(server):  # A06
    server.set_clock("2031-05-01 12:00:00")
    server.start()
    token = server.create(expires="2031-05-02")
    seen = []
    for instant in ("2031-05-02 00:00:00", "2031-05-02 23:59:00",
                    "2031-05-03 00:00:00", "2031-07-01 12:00:00"):
        server.set_clock(instant)
        server.restart()
        answer = server.check("alice", token)
        seen.append((answer.status, answer.get("JiraToken-Expires"),
                     answer.get("JiraToken-Status")))
    good = (200, "2031-05-03T00:00:00Z", None)
    assert seen == [good, good, (401, None, "expired"), (401, None, "expired")]


def test_token_without_an_expiry_never_ends(server):  # A06
    server.start()
    token = server.create()
    server.set_clock("2037-12-31 12:00:00")
    server.restart()
    answer = server.check("alice", token)
    assert (answer.status, answer.get("JiraToken-Expires")) == (200, None)


def test_expiry_is_announced_with_every_answer_of_the_backend(running):
    token, endless = running.create(), running.create()
    set_expiry(running, token, 2000000000)
    for path, status in (("/files/hello.txt", 200), ("/files/none", 404)):
        answer = running.check("alice", token, path)
        assert (answer.status, answer.get("JiraToken-Expires")) == (
            status, "2033-05-18T03:33:20Z")
        assert running.check("alice", endless, path).get("JiraToken-Expires") is None
        assert running.check("bob", token, path).get("JiraToken-Expires") is None


# ---- subrequests, redirects, sections


INSIDE = """
AddOutputFilter INCLUDES .shtml
AddType text/html .shtml
DirectoryIndex index.shtml
ErrorDocument 404 /chain/sorry.shtml
<Location "/files">
    Options +Includes
    <If "-n req('Authorization')">
        Header set X-If yes
    </If>
</Location>
<LocationMatch "^/(chain|open)">
    Options +Includes
</LocationMatch>
"""


@pytest.fixture
def inside(server):
    server.modules += ["include", "headers"]
    server.locations = INSIDE
    docs = server.root / "docs"
    (docs / "files/index.shtml").write_text(
        '[<!--#echo var="REMOTE_USER" -->]<!--#include virtual="/files/hello.txt" -->'
        '<!--#include virtual="/chain/part.shtml" -->')
    for name in ("part", "sorry"):
        (docs / f"chain/{name}.shtml").write_text(
            f'{name}[<!--#echo var="REMOTE_USER" -->]')
    return server.start()


def test_subrequests_and_index_have_the_same_user(inside):  # A23
    token = inside.create()
    for path in ("/files/", "/files/index.shtml"):
        answer = inside.check("alice", token, path)
        assert answer.status == 200
        assert answer.text == "[alice]hello\npart[alice]"


def test_if_sections_ask_again_and_agree(inside):  # A23
    token = inside.create()
    answer = inside.check("alice", token)
    assert (answer.status, answer.get("X-If")) == (200, "yes")
    assert inside.check("bob", token).status == 401


def test_error_document_elsewhere_has_the_same_user(inside):  # A23
    token = inside.create()
    answer = inside.check("alice", token, "/files/none")
    assert (answer.status, answer.text) == (404, "sorry[alice]")
    assert inside.check("bob", token, "/files/none").status == 401


def test_index_asks_the_table_once(inside):  # A23
    """A counting trigger cannot see SELECTs, but it sees their last use."""
    inside.sql("CREATE TABLE uses (n INTEGER)")
    inside.sql("CREATE TRIGGER used AFTER UPDATE ON jiratoken BEGIN "
               "INSERT INTO uses VALUES (1); END")
    token = inside.create()
    assert inside.check("alice", token, "/files/").status == 200
    inside.poll(lambda: inside.sql("SELECT n FROM uses"))
    assert inside.check("alice", token, "/files/").status == 200
    inside.graceful()
    assert inside.sql("SELECT n FROM uses") == [(1,)]


def test_refused_user_is_refused_in_subrequests_too(inside):  # A23
    token = inside.create()
    (inside.root / "docs/open/a.shtml").write_text(
        '<!--#include virtual="/files/hello.txt" -->')
    inside.expect(r"include:error.* unable to include")
    assert inside.check("bob", token, "/files/").status == 401
    assert b"hello" not in inside.check("bob", token, "/open/a.shtml").body


# ---- other kinds of AuthType


def test_digest_authentication_is_a_configuration_error(server):  # A26
    server.modules.append("auth_digest")
    server.locations = ('<Location "/open">\n    AuthType Digest\n    AuthName "d"\n'
                        "    AuthDigestProvider jiratoken\n    Require valid-user\n"
                        "</Location>")
    code, said = server.check_configuration()
    assert code != 0
    assert "jiratoken" in said and "Digest" in said


def test_digest_algorithm_lets_a_verified_token_in_and_nothing_else(server):  # A26
    server.locations = ('<Location "/files">\n    AuthBasicUseDigestAlgorithm MD5\n'
                        "</Location>")
    server.expect(r"AH\d+: .*")
    server.expect(r"AuthBasicUseDigestAlgorithm")
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    for user, password in (("alice", shaped()), ("bob", token), ("alice", "wonderland")):
        assert server.check(user, password).status in (401, 500)


FORM = """
Session On
SessionCookieName session path=/
<Location "/open/form">
    AuthType Form
    AuthName "form"
    AuthFormProvider {providers}
    AuthUserFile "{root}/users"
    Require valid-user
</Location>
"""


def log_in(server, password):
    server.expect(r"AH01807: user 'alice': authentication failure")
    return server.request("POST", "/open/form/", headers={
        "Content-Type": "application/x-www-form-urlencoded"},
        body=f"httpd_username=alice&httpd_password={password}")


@pytest.mark.parametrize("providers", ["jiratoken", "jiratoken file"])
def test_token_in_a_login_form_is_refused(server, providers):  # A14
    server.modules += ["request", "session", "session_cookie", "auth_form"]
    server.locations = FORM.format(providers=providers, root=server.root)
    (server.root / "docs/open/form").mkdir()
    (server.root / "docs/open/form/index.html").write_text("in")
    server.start()
    token = server.create()
    make_file_password(server, "alice", token)
    answer = log_in(server, token)
    assert answer.status == 401
    assert token not in (answer.get("Set-Cookie") or "")


def test_ordinary_password_in_a_login_form_is_the_next_providers(server):  # A18
    server.modules += ["request", "session", "session_cookie", "auth_form"]
    server.locations = FORM.format(providers="jiratoken file", root=server.root)
    (server.root / "docs/open/form").mkdir()
    (server.root / "docs/open/form/index.html").write_text("in")
    server.start()
    assert log_in(server, "wonderland").status == 200
    assert log_in(server, "looking-glass").status == 401


def test_sign_in_by_form_for_browsers_and_by_token_for_scripts(server):
    server.modules += ["request", "session", "session_cookie", "auth_form"]
    server.locations = FORM.format(providers="file", root=server.root) + """
<Location "/open/form">
    <If "-n req('Authorization')">
        AuthType Basic
        AuthName "scripts"
        AuthBasicProvider jiratoken
    </If>
</Location>
"""
    (server.root / "docs/open/form").mkdir()
    (server.root / "docs/open/form/index.html").write_text("in")
    server.start()
    token = server.create()
    for path in ("/open/form/index.html", "/open/form/"):
        assert server.check("alice", token, path).status == 200, path
        assert server.check("bob", token, path).status == 401
        assert server.get(path).status == 401
    assert log_in(server, "wonderland").status == 200


# ---- what backends, logs and expressions are told


SCRIPT = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env
"""
GUARD = """
    AuthType Basic
    AuthName "backend"
    AuthBasicProvider jiratoken file
    AuthUserFile "{root}/users"
    Require valid-user
"""


def use_script(server, more=""):
    """/cgi/env prints the environment that a script gets."""
    folder = server.root / "scripts"
    folder.mkdir()
    (folder / "env").write_text(SCRIPT)
    (folder / "env").chmod(0o755)
    server.use_cgi(folder)
    server.locations += (f'<Location "/cgi">{GUARD.format(root=server.root)}'
                         f"    CGIPassAuth On\n    {more}\n</Location>\n")


def environment(answer):
    assert answer.status == 200, answer.text
    return dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)


def test_scripts_learn_the_token_but_not_its_text(server):
    use_script(server)
    server.start()
    token = server.create(label="ci \u2603")
    seen = environment(server.check("alice", token, "/cgi/env"))
    assert seen["REMOTE_USER"] == "alice"
    assert seen["AUTH_TYPE"] == "Basic"
    assert seen["JIRATOKEN_ID"] == str(server.id_of(token))
    assert seen["JIRATOKEN_LABEL"] == "ci \u2603"
    assert seen["JIRATOKEN_SCOPE"] == "full"
    assert "HTTP_AUTHORIZATION" not in seen
    assert token not in str(seen) and basic("alice", token) not in str(seen)


def test_token_is_passed_on_where_it_is_asked_for(server):
    use_script(server, "JiraTokenForwardCredentials On")
    server.start()
    token = server.create()
    seen = environment(server.check("alice", token, "/cgi/env"))
    assert seen["HTTP_AUTHORIZATION"] == basic("alice", token)


def test_ordinary_password_is_still_passed_on(server):
    use_script(server)
    server.start()
    seen = environment(server.get("/cgi/env", user="alice"))
    assert seen["HTTP_AUTHORIZATION"] == basic("alice", "wonderland")
    assert not [name for name in seen if name.startswith("JIRATOKEN_")]


@pytest.mark.parametrize("copy", [
    'SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1',
    'RewriteEngine On\n'
    'RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]',
])
@pytest.mark.parametrize("where", ["server", "location"])
def test_copies_for_scripts_are_withheld_too(server, copy, where):
    server.modules += ["setenvif", "rewrite"]
    use_script(server, copy if where == "location" else "")
    if where == "server":
        server.settings += copy
    server.start()
    token = server.create()
    for _ in range(3):
        seen = environment(server.check("alice", token, "/cgi/env"))
        assert basic("alice", token) not in str(seen)
        assert seen["REMOTE_USER"] == "alice"


def test_copies_from_before_an_internal_redirect_are_withheld_too(server):
    server.modules += ["setenvif", "rewrite"]
    use_script(server)
    server.settings += f"""
SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1
<Directory "{server.root}/docs/open">
    RewriteEngine On
    RewriteRule ^go$ /cgi/env
</Directory>
"""
    server.start()
    token = server.create()
    seen = environment(server.check("alice", token, "/open/go"))
    assert seen["REMOTE_USER"] == "alice"
    assert basic("alice", token) not in str(seen)


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers it got; /404 with that status."""

    def do_GET(self):
        body = json.dumps([[n.lower(), v] for n, v in self.headers.items()]).encode()
        self.send_response(404 if self.path.endswith("/404") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Quiet."""


@pytest.fixture
def backend():
    echo = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=echo.serve_forever, args=(0.02,))
    thread.start()
    yield echo.server_address[1]
    echo.shutdown()
    thread.join()
    echo.server_close()


def use_backend(server, port, more=""):
    server.modules += ["proxy", "proxy_http"]
    server.locations += (f'ProxyPass "/app" "http://127.0.0.1:{port}/app"\n'
                         f'<Location "/app">{GUARD.format(root=server.root)}{more}\n'
                         "</Location>\n")
    return server.start()


def headers_of(answer):
    assert answer.status in (200, 404), answer.text
    return dict(json.loads(answer.body))


def test_proxied_backend_does_not_see_the_token(server, backend):
    use_backend(server, backend)
    token = server.create()
    set_expiry(server, token, 2000000000)
    for path, status in (("/app/x", 200), ("/app/404", 404)):
        answer = server.check("alice", token, path)
        assert answer.status == status
        assert "authorization" not in headers_of(answer)
        assert token not in answer.text
        assert answer.get("JiraToken-Expires") == "2033-05-18T03:33:20Z"


def test_proxied_backend_sees_the_token_where_it_is_asked_for(server, backend):
    use_backend(server, backend, "JiraTokenForwardCredentials On")
    token = server.create()
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert seen["authorization"] == basic("alice", token)


def test_proxied_backend_still_sees_ordinary_passwords(server, backend):
    use_backend(server, backend)
    seen = headers_of(server.get("/app/x", user="alice"))
    assert seen["authorization"] == basic("alice", "wonderland")


def test_backend_can_be_told_the_user_instead(server, backend):
    server.modules.append("headers")
    use_backend(server, backend, 'RequestHeader set X-Remote-User "expr=%{REMOTE_USER}"\n'
                'RequestHeader set X-Token "%{JIRATOKEN_LABEL}e"')
    token = server.create(label="bi")
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert (seen["x-remote-user"], seen["x-token"]) == ("alice", "bi")


def test_fake_basic_replaces_the_token(server, backend):
    use_backend(server, backend, "AuthBasicFake app secret")
    token = server.create()
    seen = headers_of(server.check("alice", token, "/app/x"))
    assert seen["authorization"] == basic("app", "secret")


def test_forward_proxy_takes_tokens_and_passes_none_on(server, backend):
    server.modules += ["proxy", "proxy_http"]
    server.locations = (f'ProxyRequests On\n<Proxy "*">{GUARD.format(root=server.root)}'
                        "</Proxy>\n")
    server.start()
    token = server.create()
    url = f"http://127.0.0.1:{backend}/x"
    refused = server.get(url, headers={"Proxy-Authorization": basic("bob", token)})
    assert refused.status == 407
    seen = headers_of(server.get(url, headers={
        "Proxy-Authorization": basic("alice", token), "Authorization": "Basic eDp5"}))
    assert seen.get("authorization") == "Basic eDp5"
    assert "proxy-authorization" not in seen


def test_access_log_names_the_token(server):
    server.settings = 'CustomLog "logs/access.log" tests'
    server.start()
    token = server.create(label="ci")
    number = server.id_of(token)
    server.check("alice", token)
    server.check("alice", token, "/files/none")
    server.check("bob", token)
    server.get("/chain/hello.txt", user="alice")
    path = server.root / "logs/access.log"
    server.poll(lambda: path.read_text().count("\n") >= 6)
    log = [re.search(r'(\S+) "\S+ (\S+) [^"]*" (\d+) (.*)', line).groups()
           for line in path.read_text().splitlines()]
    assert ("alice", "/files/hello.txt", "200", f"{number} ci") in log
    assert ("alice", "/files/none", "404", f"{number} ci") in log
    assert ("bob", "/files/hello.txt", "401", "- -") in log
    assert ("alice", "/chain/hello.txt", "200", "- -") in log


def test_expressions_can_use_the_label(server):
    server.locations = """
<Location "/files">
    <RequireAll>
        Require valid-user
        Require expr "%{REMOTE_USER} == 'alice'"
    </RequireAll>
</Location>
<Location "/files">
    Header always set X-Label "expr=%{env:JIRATOKEN_LABEL}"
</Location>
"""
    server.modules.append("headers")
    server.expect(r"AH01629: |AH01631: ")
    server.start()
    answer = server.check("alice", server.create(label="bi"))
    assert (answer.status, answer.get("X-Label")) == (200, "bi")
    assert server.check("bob", server.create("bob")).status == 401


@pytest.mark.parametrize("case,reason", [
    ("unknown", "unknown-or-revoked"), ("revoked", "unknown-or-revoked"),
    ("expired", "expired"), ("bob's", "somebody-else's"), ("limited", "restricted"),
])
def test_each_refusal_is_logged_with_its_reason_and_digest(running, case, reason):  # S04
    token = shaped() if case == "unknown" else running.create(
        "bob" if case == "bob's" else "alice")
    running.tokens.append(token)
    if case == "revoked":
        running.revoke(token)
    change = {"expired": "expires_at = 1", "limited": "scope = 'other'"}.get(case)
    if change:
        running.sql(f"UPDATE jiratoken SET {change}")
    assert running.check("alice", token).status == 401
    [line] = [s for s in running.log().splitlines() if "token refused: " in s]
    assert "[jiratoken:info]" in line
    assert f"reason={reason} digest={running.digest(token)[:12]} user=alice" in line


@pytest.mark.parametrize("sent,reason", [
    ("mistyped", "wrong-checksum"), ("junk", "credentials-not-canonical")])
def test_malformed_tokens_are_logged_without_their_text(running, sent, reason):  # S04
    token = running.create()
    mistyped = token[:-1] + BASE62[(BASE62.index(token[-1]) + 1) % 62]
    running.tokens.append(mistyped)
    header = basic("alice", mistyped) if sent == "mistyped" \
        else basic("alice", token) + "!!!"
    assert ask(running, header)[0] == 401
    assert f"token refused: reason={reason} " in running.log()


def test_user_names_cannot_forge_log_lines(running):  # S04
    token = running.create()
    running.check(b"a\r\n[jiratoken:error] forged\x1b[31m", token)
    assert not [s for s in running.log().splitlines()
                if s.startswith("[jiratoken:error]") or "\x1b" in s]


# ---- last use


def last_use(server, token):
    [row] = server.sql("SELECT last_used_at, last_used_from FROM jiratoken "
                       "WHERE digest = ?", server.digest(token))
    return row


def test_last_use_is_written(running):
    token = running.create()
    assert last_use(running, token) == (None, None)
    before = int(time.time())
    assert running.check("alice", token).status == 200
    running.poll(lambda: last_use(running, token)[0])
    at, source = last_use(running, token)
    assert before <= at <= time.time() and source == "127.0.0.1"


def test_refused_use_is_not_written(running):
    token = running.create()
    for user in ("bob", "carol"):
        assert running.check(user, token).status == 401
    set_expiry(running, token, 1)
    assert running.check("alice", token).status == 401
    running.graceful()
    assert last_use(running, token) == (None, None)


@pytest.mark.parametrize("interval,ago,written", [
    (600, 599 - 60, False), (600, 601, True), (1, 2, True), (0, 10**6, False),
    (0, None, False), (600, None, True), (86400, 86300, False), (600, -10**6, False),
])
def test_last_use_is_written_once_an_interval(server, interval, ago, written):
    server.settings = f"JiraTokenLastUsedInterval {interval}"
    server.start()
    token = server.create()
    stored = None if ago is None else int(time.time()) - ago
    server.sql("UPDATE jiratoken SET last_used_at = ?", stored)
    assert server.check("alice", token).status == 200
    server.graceful()       # ends when what it was doing is done
    assert (last_use(server, token)[0] != stored) == written


def test_failing_write_of_last_use_leaves_the_check_alone(running):  # F12
    running.expect(r"jiratoken:error.*cannot answer")
    running.sql("CREATE TRIGGER refuse BEFORE UPDATE ON jiratoken BEGIN "
                "SELECT RAISE(ABORT, 'no updates here'); END")
    token = running.create()
    for _ in range(5):
        assert running.check("alice", token).status == 200
    assert last_use(running, token) == (None, None)
    running.sql("DROP TRIGGER refuse")
    assert running.check("alice", token).status == 200
    running.poll(lambda: last_use(running, token)[0])


def test_slow_write_of_last_use_fails_no_check(running):  # F12
    running.expect(r"jiratoken:error.*cannot answer")
    tokens = [running.create() for _ in range(20)]
    other = sqlite3.connect(running.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")        # readers go on, writers wait
    seen = [running.check("alice", token).status for token in tokens]
    other.close()
    assert seen == [200] * 20


def test_last_use_is_of_the_address_that_remoteip_found(server):
    server.modules.append("remoteip")
    server.settings = ("RemoteIPHeader X-Forwarded-For\n"
                       "RemoteIPInternalProxy 127.0.0.1")
    server.start()
    token = server.create()
    server.get("/files/hello.txt", user="alice", password=token,
               headers={"X-Forwarded-For": "2001:db8::7"})
    server.poll(lambda: last_use(server, token)[0])
    assert last_use(server, token)[1] == "2001:db8::7"
