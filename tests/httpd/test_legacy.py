# SPDX-License-Identifier: Apache-2.0
"""JiraTokenLegacy: tokens of an older system, imported by their digests as the
manual says, and passwords that are none."""

import re
import subprocess

import pytest

from credentials import make_file_password
from faults import assert_unavailable, break_table, mend_table
from server import TOP, shaped

pytestmark = pytest.mark.plain

MANUAL = (TOP / "docs/directives.md").read_text()
OLD = ["s3cr3t", "NjY4OTk5OTk6c2VjcmV0", "p a s s", "pass:word", "%s", "' OR 1=1--",
       "übergroß", "x" * 200, "jt_short", "-n", "\\n"]


def digest_by_the_manual(server, token):
    """What the manual's own line prints, for this server's key file."""
    [command] = re.findall(r"^(python3 -c .*) < token\.txt$", MANUAL, re.M)
    command = command.replace("/etc/jiratoken/key", str(server.root / "key"))
    path = server.root / "token.txt"
    path.write_text(token + "\n")
    said = subprocess.run(["bash", "-c", f"{command} < {path}"], check=True, text=True,
                          capture_output=True).stdout
    path.unlink()
    return said.strip()


def bring_over(server, token, user="alice", **columns):
    server.tokens.append(token)
    return server.insert(f"old {len(server.tokens)}", user,
                         digest=digest_by_the_manual(server, token), **columns)


@pytest.fixture
def legacy(server):
    server.settings += "JiraTokenLegacy On\n"
    return server.start()


@pytest.mark.parametrize("token", OLD)
def test_imported_token_works_whatever_it_looks_like(legacy, token):
    bring_over(legacy, token)
    assert legacy.check("alice", token).status == 200
    assert legacy.check("alice", token, "/chain/hello.txt").status == 200
    assert legacy.check("alice", token + "x").status == 401
    assert legacy.check("bob", token).status == 401


@pytest.mark.parametrize("token", OLD)
def test_imported_token_is_nothing_without_the_directive(running, token):
    bring_over(running, token)
    assert running.check("alice", token).status == 401


def test_unknown_password_goes_on_to_the_next_provider(legacy):
    bring_over(legacy, "old")
    assert legacy.check("alice", "wonderland", "/chain/hello.txt").status == 200
    assert legacy.check("alice", "wonderland").status == 401
    make_file_password(legacy, "alice", "a password of its own")
    assert legacy.check("alice", "a password of its own",
                        "/chain/hello.txt").status == 200


@pytest.mark.database
def test_known_token_that_is_refused_goes_no_further(legacy):
    """Neither an expired one nor somebody else's is tried as a password."""
    bring_over(legacy, "expired one", expires_at=86400)
    bring_over(legacy, "bob's", "bob")
    for password in ("expired one", "bob's"):
        make_file_password(legacy, "alice", password)
        answer = legacy.check("alice", password, "/chain/hello.txt")
        assert answer.status == 401
    assert legacy.check("alice", "expired one").get("JiraToken-Status") == "expired"
    assert answer.get("JiraToken-Status") is None


@pytest.mark.database
def test_revoked_legacy_token_is_refused_at_once(legacy):
    row = bring_over(legacy, "old")
    assert legacy.check("alice", "old").status == 200
    assert legacy.post(f"/tokens/{row}/revoke", user="alice").status == 303
    assert legacy.check("alice", "old").status == 401


@pytest.mark.database
def test_use_of_a_legacy_token_is_noted(legacy):
    row = bring_over(legacy, "old")
    assert legacy.check("alice", "old").status == 200
    legacy.poll(lambda: legacy.sql("SELECT last_used_from FROM jiratoken WHERE id = ?",
                                   row) == [("127.0.0.1",)])


@pytest.mark.database
def test_legacy_token_verifies_by_any_key_of_the_ring(legacy):
    bring_over(legacy, "old")
    legacy.write_key("ab" * 32, legacy.key)
    legacy.restart()
    assert legacy.check("alice", "old").status == 200


def test_new_tokens_and_old_ones_work_side_by_side(legacy):
    bring_over(legacy, "old")
    token = legacy.create()
    assert [legacy.check("alice", each).status for each in ("old", token, shaped())] \
        == [200, 200, 401]


@pytest.mark.database
def test_no_password_is_judged_while_the_database_cannot_answer(legacy):
    bring_over(legacy, "old")
    break_table(legacy)
    for password in ("old", "wonderland", "anything"):
        assert_unavailable(legacy.check("alice", password, "/chain/hello.txt"))
    mend_table(legacy)
    assert legacy.check("alice", "old").status == 200


def test_directive_holds_for_its_location_only(server):
    server.locations += """
<Location "/files">
    JiraTokenLegacy On
</Location>
"""
    server.start()
    bring_over(server, "old")
    assert server.check("alice", "old").status == 200
    assert server.check("alice", "old", "/chain/hello.txt").status == 401


@pytest.mark.parametrize("detour", [
    "RewriteEngine On\nRewriteRule ^go$ /chain/hello.txt",
    "FallbackResource /chain/hello.txt", "ErrorDocument 404 /chain/hello.txt",
])
def test_internal_redirect_to_where_it_is_off_is_checked_there(server, detour):
    """What was found out where the directive is On says nothing about there."""
    server.modules.append("rewrite")
    server.locations += f"""
<Location "/files">
    JiraTokenLegacy On
</Location>
<Directory "{server.root}/docs/files">
    {detour}
</Directory>
"""
    server.start()
    bring_over(server, "old")
    new = server.create()
    assert "hello" not in server.check("alice", "old", "/files/go").text
    assert "hello" in server.check("alice", new, "/files/go").text
    assert "hello" in server.check("alice", "old").text


def test_redirect_between_the_two_notes_the_use_of_a_token_and_checks_it_once(server):
    """The directive is about passwords without a token's shape: a new token means
    the same on both sides, and what its first check has to write is written."""
    server.modules.append("status")
    server.locations += f"""
<Location "/files">
    JiraTokenLegacy On
</Location>
<Directory "{server.root}/docs/files">
    FallbackResource /chain/hello.txt
</Directory>
<Location "/status">
    SetHandler server-status
</Location>
"""
    server.start()
    token = server.create()
    before = status_count(server, "Checks")
    assert "hello" in server.check("alice", token, "/files/go").text
    server.poll(lambda: server.sql("SELECT last_used_from FROM jiratoken") ==
                [("127.0.0.1",)])
    assert status_count(server, "Checks") == before + 1


def status_count(server, name):
    return int(re.search(rf"^JiraToken{name}: (\d+)$",
                         server.get("/status?auto").text, re.M)[1])


def test_legacy_token_does_not_reach_a_backend(server):
    scripts = server.root / "scripts"
    scripts.mkdir()
    script = scripts / "show"
    script.write_text("#!/bin/sh\necho Content-Type: text/plain\necho\nenv\n")
    script.chmod(0o755)
    server.use_cgi(scripts)
    server.locations += """
<Location "/cgi">
    AuthType Basic
    AuthName "cgi"
    AuthBasicProvider jiratoken
    Require valid-user
    JiraTokenLegacy On
    CGIPassAuth On
</Location>
"""
    server.start()
    bring_over(server, "a very old token")
    answer = server.check("alice", "a very old token", "/cgi/show")
    assert "REMOTE_USER=alice" in answer.text
    assert "HTTP_AUTHORIZATION" not in answer.text


def test_flag_is_a_flag(server):
    server.settings += "JiraTokenLegacy Maybe\n"
    code, said = server.check_configuration()
    assert code != 0 and "JiraTokenLegacy must be On or Off" in said
