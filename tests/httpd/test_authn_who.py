# SPDX-License-Identifier: Apache-2.0
"""Who a token lets in, and whom it does not: its owner alone, by its whole
text, while its row stands and is understood."""

import concurrent.futures
import http.client

import pytest

from credentials import ODD_USER, ask, b64, make_file_password
from server import BASE62, PASSWORDS, basic, shaped

ECHO = """
<Location "/">
    Header always set X-User "expr=%{REMOTE_USER}"
</Location>
"""


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


@pytest.mark.plain
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


@pytest.mark.plain
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


@pytest.mark.plain
@pytest.mark.parametrize("method,status", [("HEAD", 200), ("POST", 200),
                                           ("OPTIONS", 200), ("PUT", 405)])
def test_every_method_is_checked(running, method, status):
    token = running.create()
    granted = running.request(method, "/files/hello.txt", user="alice", password=token)
    refused = running.request(method, "/files/hello.txt", user="bob", password=token)
    assert (granted.status, refused.status) == (status, 401)


@pytest.mark.plain
def test_require_still_decides(server):
    server.locations = '<Location "/files">\n    Require user alice\n</Location>'
    server.expect(r"AH01631: user bob: authorization failure")
    server.start()
    assert server.check("alice", server.create("alice")).status == 200
    assert server.check("bob", server.create("bob")).status == 401


def test_each_request_of_a_connection_is_checked_for_itself(running):
    token = running.create()
    wire = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
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
        assert answer.get("WWW-Authenticate") == 'Basic realm="files", charset="UTF-8"'
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
    # Latin-1, which can only be composed
    assert [running.check(b"caf\xe9", t).status for t in tokens] == [200, 401]


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


@pytest.mark.parametrize("value", [
    "Full", "full ", "", "admin", "full,admin", "0", "192.0.2.0/24", "nonsense", "READ",
    "read ", " read", "read read", "read  areas=git", "areas=", "areas=Git", "areas=git,",
    "from=", "from=nonsense", "from=10.1", "from=10.0.0.1/8", "from=0.0.0.0/0",
    "from=127.0.0.1 read", "from=127.0.0.1 areas=git", "scope=full",
])
def test_token_with_limits_that_are_not_understood_is_refused(running, value):
    token = running.create()
    running.sql("UPDATE jiratoken SET restrictions = ?", value)
    make_file_password(running, "alice", token)
    assert running.check("alice", token).status == 401
    assert running.check("alice", token, "/chain/hello.txt").status == 401
