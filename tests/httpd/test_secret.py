# SPDX-License-Identifier: Apache-2.0
"""The token's text, the keys and the digest, as somebody sees them who has the
table, a backup, the logs, or a broken random generator."""

import base64
import hashlib
import re
import secrets
import subprocess

import pytest

from server import BASE62, TOKEN, TOP, basic, shaped


def insert_digest(server, digest, user="alice"):
    server.sql("INSERT INTO jiratoken (user_name, slot, label, digest) "
               "VALUES (?, 900, 'forged', ?)", user, digest)


# ---- the text


@pytest.mark.plain
def test_token_is_prefix_random_and_checksum(running):
    for _ in range(20):
        token = running.create()
        assert re.fullmatch(r"jt_[0-9A-Za-z]{49}", token)
        assert token == shaped("jt", token[3:46])


def test_tokens_are_all_different_in_every_child(running):  # S03
    users = [f"user{n}" for n in range(8)]
    for user in users:
        running.add_user(user, "pw")
    tokens = [running.create(user, password="pw") for user in users for _ in range(25)]
    assert len(set(tokens)) == 200
    middles = [token[3:46] for token in tokens]
    assert len({m[:8] for m in middles} | {m[-8:] for m in middles}) == 400
    digits = [c for m in middles for c in m[1:]]     # the first digit is at most k
    counts = [digits.count(c) for c in BASE62]
    expected = len(digits) / 62
    assert sum((n - expected) ** 2 / expected for n in counts) < 130   # p = 1e-6


@pytest.mark.plain
@pytest.mark.parametrize("prefix", ["jt", "acme", "0a", "a" * 16])
def test_new_tokens_start_with_the_prefix(server, prefix):
    server.settings = f"JiraTokenPrefix {prefix}"
    server.start()
    token = server.create()
    assert token.startswith(prefix + "_") and len(token) == len(prefix) + 50
    assert server.check("alice", token).status == 200


def test_changed_prefix_breaks_no_token(server):
    server.start()
    old = server.create()
    server.stop()
    server.settings = "JiraTokenPrefix acme"
    server.start()
    new = server.create()
    assert new.startswith("acme_")
    for path in ("/files/hello.txt", "/chain/hello.txt"):
        assert server.check("alice", old, path).status == 200
        assert server.check("alice", new, path).status == 200
        assert server.check("bob", old, path).status == 401
    server.revoke(old)
    assert server.check("alice", old).status == 401


# ---- what is stored


def test_digest_is_keyed_and_leads_nowhere(running):  # S01
    token = running.create()
    [row] = running.rows()
    assert running.digest(token) in row
    assert hashlib.sha256(token.encode()).hexdigest() not in row


def test_database_and_its_journal_hold_no_secret(server):  # S01
    server.settings = "JiraTokenDatabaseLimit 100"
    server.start()
    for user in ("alice", "bob", "carol"):
        tokens = [server.create(user) for _ in range(25)]
        assert {server.check(user, token).status for token in tokens} == {200}
    stored = server.database.stored()
    for token in server.tokens:
        digest = server.digest(token)
        assert digest.encode() in stored
        for form in (token, token[3:46], base64.b64encode(token.encode()).decode()):
            assert form.encode() not in stored
    assert server.key.encode() not in stored
    assert bytes.fromhex(server.key) not in stored


@pytest.mark.parametrize("make", [
    lambda token, key: hashlib.sha256(token).hexdigest(),
    lambda token, key: hashlib.sha256(b"" + token + key).hexdigest(),
    lambda token, key: hashlib.sha256(key + token).hexdigest(),
    lambda token, key: hashlib.sha1(token).hexdigest(),
    lambda token, key: token.decode(),
    lambda token, key: "",
], ids=["sha256", "appended", "prepended", "sha1", "plain", "empty"])
def test_row_made_without_the_key_is_not_accepted(running, make):  # S02
    token = shaped()
    insert_digest(running, make(token.encode(), secrets.token_bytes(32)))
    assert running.check("alice", token).status == 401


def test_row_made_with_the_key_is_accepted(running):  # S02, the other side
    token = shaped()
    insert_digest(running, running.digest(token))
    assert running.check("alice", token).status == 200


def too_long(change):
    """Only SQLite's column takes more than 64 bytes."""
    return pytest.param(change, marks=pytest.mark.database("sqlite3"))


@pytest.mark.parametrize("change", [
    str.upper, str.title, lambda s: s[:-1], lambda s: s[:-1] + " ",
    lambda s: " " + s[1:], too_long(lambda s: s + " "), too_long(lambda s: " " + s),
    too_long(lambda s: s + "0")])
def test_digest_in_another_spelling_is_not_accepted(running, change):  # S02
    token = shaped()
    digest = running.digest(token)
    insert_digest(running, change(digest))
    assert running.check("alice", token).status == 401


def test_digest_itself_is_no_password(running):  # S02
    token = running.create()
    digest = running.digest(token)
    for guess in (digest, "jt_" + digest, shaped(middle=digest[:43])):
        assert running.check("alice", guess).status == 401


# ---- keys


def test_rotated_key_opens_the_old_and_signs_the_new(server):
    old, new = server.key, secrets.token_hex(48)
    server.start()
    first = server.create()
    server.write_key(new, old)
    server.graceful()
    second = server.create()
    assert server.sql("SELECT digest FROM jiratoken ORDER BY id") == [
        (server.digest(first, old),), (server.digest(second, new),)]
    for token in (first, second):
        assert server.check("alice", token).status == 200
        assert server.check("bob", token).status == 401
    server.write_key(new)
    server.restart()
    assert server.check("alice", first).status == 401
    assert server.check("alice", second).status == 200


def test_token_of_an_old_key_can_be_revoked_and_expires(server):
    old, new = server.key, secrets.token_hex(32)
    server.start()
    first, second = server.create(), server.create()
    server.write_key(new, secrets.token_hex(32), old)
    server.restart()
    server.sql("UPDATE jiratoken SET expires_at = 1 WHERE digest = ?",
               server.digest(first, old))
    answer = server.check("alice", first)
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "expired")
    [[number]] = server.sql("SELECT id FROM jiratoken WHERE digest = ?",
                            server.digest(second, old))
    assert server.check("alice", second).status == 200
    assert server.post(f"/tokens/{number}/revoke", user="alice").status == 303
    assert server.check("alice", second).status == 401


def test_order_of_keys_changes_no_verdict(server):
    old, new = server.key, secrets.token_hex(32)
    server.start()
    token = server.create()
    for keys in ((old,), (old, new), (new, old), (new, old, new), (old, old)):
        server.write_key(*keys)
        server.restart()
        assert server.check("alice", token).status == 200
    server.write_key(new)
    server.restart()
    assert server.check("alice", token).status == 401


@pytest.mark.plain
def test_bad_key_at_a_graceful_restart_is_said_before_it_happens(server):
    server.start()
    token = server.create()
    (server.root / "key").write_text("short\n")
    code, said = server.check_configuration()
    assert code != 0 and "line 1 has a character that is no hex digit" in said
    assert server.check("alice", token).status == 200


@pytest.mark.plain
@pytest.mark.parametrize("size", [32, 33, 63, 64, 65, 128, 1024])
def test_keys_of_any_length_make_the_standard_hmac(server, size):
    server.key = secrets.token_hex(size)
    server.write_key(server.key)
    server.start()
    token = server.create()
    assert server.sql("SELECT digest FROM jiratoken") == [(server.digest(token),)]
    assert server.check("alice", token).status == 200


# ---- a broken random generator


FAILING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

static int fails(void)
{
    return access(SIGN, F_OK) == 0;
}

int RAND_bytes(unsigned char *bytes, int size)
{
    int (*next)(unsigned char *, int) = dlsym(RTLD_NEXT, "RAND_bytes");

    return fails() ? 0 : next(bytes, size);
}

int RAND_priv_bytes(unsigned char *bytes, int size)
{
    int (*next)(unsigned char *, int) = dlsym(RTLD_NEXT, "RAND_priv_bytes");

    return fails() ? FAILURE : next(bytes, size);
}
"""


@pytest.mark.plain
@pytest.mark.parametrize("failure", [0, -1])
def test_no_token_is_made_without_randomness(server, failure):  # S03
    sign, library = server.root / "sign", server.root / "failing.so"
    (server.root / "failing.c").write_text(FAILING)
    subprocess.run(["cc", "-shared", "-fPIC", f'-DSIGN="{sign}"',
                    f"-DFAILURE=({failure})", "-o", library,
                    server.root / "failing.c", "-ldl"], check=True)
    server.environment["LD_PRELOAD"] = str(library)
    server.expect(r"jiratoken:error.*no token can be made")
    server.settings += "DBDMin 1\n"    # to connect may take random bytes too
    server.start()
    token = server.create()
    before = server.rows()
    sign.touch()
    for _ in range(4):
        answer = server.post("/tokens/create", {"label": "x"}, user="alice")
        assert answer.status in (500, 503)
        assert answer.get("Content-Type").startswith("text/html")
        assert "<code id=\"token\"" not in answer.text
        assert not re.search(r"jt_[0-9A-Za-z]{20}", answer.text)
    assert server.rows() == before
    assert server.check("alice", token).status == 200
    sign.unlink()
    assert server.check("alice", server.create()).status == 200


# ---- where a token must not appear


def logs(server):
    return "".join(path.read_text(errors="replace")
                   for path in (server.root / "logs").iterdir() if path.is_file())


def test_our_lines_hold_no_token_at_the_finest_level(server):  # S04
    server.modules += ["headers", "status"]
    server.settings = ('LogLevel info jiratoken:trace8 dbd:trace8 authn_core:trace8 '
                       'auth_basic:trace8 authz_core:trace8\n'
                       'CustomLog "logs/access.log" tests\n'
                       'ErrorDocument 401 "%{REQUEST_URI} refused"')
    server.locations = ('<Location "/status">\n    SetHandler server-status\n'
                        "</Location>\nExtendedStatus On")
    server.expect(r"jiratoken:error.*cannot answer")
    server.start()
    token, gone, old, unused = (server.create() for _ in range(4))
    server.revoke(gone)
    server.sql("UPDATE jiratoken SET expires_at = 1 WHERE digest = ?",
               server.digest(old))
    stray = shaped()
    server.tokens.append(stray)
    for user in ("alice", "bob"):
        for text in (token, gone, old, stray):
            for path in ("/files/hello.txt", "/chain/hello.txt", "/tokens",
                         "/tokens/create", "/files/none"):
                answer = server.check(user, text, path)
                assert text not in answer.text
                assert not any(text in value for _, value in answer.headers)
    server.post("/tokens/create", {"label": "x"}, user="alice", password=token)
    status = server.get("/status").text
    server.sql("ALTER TABLE jiratoken RENAME TO away")
    assert server.check("alice", unused).status == 503
    seen = status + logs(server)
    for text in server.tokens:
        assert text not in seen and basic("alice", text)[6:] not in seen
        assert server.digest(text) not in logs(server)
    assert server.key not in seen


def test_token_is_shown_in_one_answer_only(running):  # S04, U17
    answer = running.post("/tokens/create", {"label": "x"}, user="alice")
    token = TOKEN.search(answer.text)[0]
    running.tokens.append(token)
    assert not any(token in value for _, value in answer.headers)
    number = running.id_of(token)
    for path in ("/tokens", "/tokens/create", "/tokens/connect",
                 f"/tokens/{number}/revoke"):
        assert token not in running.get(path, user="alice").text


@pytest.mark.plain
def test_key_and_token_are_in_no_environment(server):  # S04
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    for pid in [str(server.process.pid), *server.children()]:
        for name in ("environ", "cmdline"):
            with open(f"/proc/{pid}/{name}", "rb") as about:
                text = about.read()
            assert server.key.encode() not in text and token.encode() not in text


@pytest.mark.plain
def test_shipped_example_has_no_key_in_it():  # S01
    text = (TOP / "conf" / "jiratoken.conf").read_text()
    assert not re.search(r"\b[0-9a-f]{64}\b", text)


def test_refusals_take_the_same_path_for_known_and_unknown_users(running):  # A19
    """No clock: that each of these asks the table exactly once shows in what it
    answers when the table is gone."""
    token = running.create()
    cases = [("alice", shaped()), ("bob", token), ("nobody", shaped()),
             ("nobody", token), ("bob", shaped())]
    assert {running.check(*case).status for case in cases} == {401}
    running.expect(r"jiratoken:error.*cannot answer")
    running.sql("ALTER TABLE jiratoken RENAME TO away")
    assert {running.check(*case).status for case in cases} == {503}
