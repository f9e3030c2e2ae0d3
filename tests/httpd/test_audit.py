# SPDX-License-Identifier: Apache-2.0
"""JiraTokenAudit: each change has a row before it and a row after it; what cannot
be recorded is not done; and httpd can neither change nor delete a row."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess

import pytest

from api import Client, mount
from auditing import (UNSAID, break_audit, make_audit, mend_audit, rows, stages,
                      use_audit)
from documents import blocks
from faults import SILENT, assert_unavailable
from remembering import use_cache
from server import HANGS, TOKEN, shaped
from starts import accepted, refused, refused_start, said_of

pytestmark = pytest.mark.database


@pytest.fixture
def audited(server):
    return mount(use_audit(use_cache(server))).start()


def check_pair(pair, event, **columns):
    """An intent and its outcome."""
    intent, outcome = pair
    assert [row.stage for row in pair] == ["intent", "done"]
    assert {row.event for row in pair} == {event}
    assert intent.intent == outcome.intent and re.fullmatch("[0-9a-f]{32}", intent.intent)
    for row in pair:
        assert (row.actor, row.actor_how, row.user_name, row.from_address) == (
            "alice", "basic", "alice", "127.0.0.1")
        for name, value in columns.items():
            assert getattr(row, name) == value, name


def test_creation_is_recorded_before_and_after(audited):
    token = audited.create(label="ci", expires="2999-12-31", read="1")
    pair = rows(audited)
    check_pair(pair, "created", label="ci", batch=None,
               detail="expires=3000-01-01T00:00:00Z read")
    assert [row.token_id for row in pair] == [None, audited.id_of(token)]
    assert pair[0].at == audited.sql("SELECT created_at FROM jiratoken")[0][0]


def test_nothing_is_recorded_of_what_is_not_begun(audited):
    audited.create(label="ci")
    before = rows(audited)
    assert audited.post("/tokens/create", {"label": "ci", "expires": ""},
                        user="alice").status == 409
    assert audited.post("/tokens/create", {"label": "", "expires": ""},
                        user="alice").status == 400
    assert audited.post("/tokens/999/revoke", user="alice").status == 404
    assert audited.check("alice", shaped()).status == 401
    assert rows(audited) == before


def test_rename_says_both_labels(audited):
    number = audited.id_of(audited.create(label="ci"))
    audited.post(f"/tokens/{number}/rename", {"label": "build"}, user="alice")
    check_pair(rows(audited)[2:], "renamed", label="ci", token_id=number, detail="to=build")


def test_rename_to_a_label_that_is_taken_failed(audited):
    audited.create(label="one")
    number = audited.id_of(audited.create(label="two"))
    assert audited.post(f"/tokens/{number}/rename", {"label": "one"},
                        user="alice").status == 409
    assert stages(audited, "renamed") == (1, 0, 1)


def rotate(server, number, overlap=86400):
    form = server.get(f"/tokens/{number}/rotate", user="alice")
    if form.status != 200:
        return form
    answer = server.post(f"/tokens/{number}/rotate", {
        "replaces": re.search('name="replaces" value="([0-9a-f]{12})"', form.text)[1],
        "overlap": overlap}, user="alice")
    server.tokens += TOKEN.findall(answer.text)
    return answer


def test_rotation_says_until_when_and_the_overlap(audited):
    number = audited.id_of(audited.create(label="ci", expires="2999-12-31"))
    assert rotate(audited, number).status == 200
    check_pair(rows(audited)[2:], "rotated", label="ci", token_id=number,
               detail="expires=3000-01-01T00:00:00Z overlap=86400")


def test_revocation_of_one_has_no_batch(audited):
    token = audited.create(label="ci")
    number = audited.id_of(token)
    audited.revoke(token)
    check_pair(rows(audited)[2:], "revoked", label="ci", token_id=number, batch=None)


def test_revocation_of_several_shares_a_batch(audited):
    numbers = [audited.id_of(audited.create()) for _ in range(11)]
    answer = audited.post("/tokens/revoke", [("id", n) for n in numbers], user="alice")
    assert answer.status == 303
    made = [row for row in rows(audited) if row.event == "revoked"]
    assert [row.stage for row in made] == ["intent"] * 11 + ["done"] * 11
    assert len({row.batch for row in made}) == 1 and 0 < made[0].batch < 2 ** 53
    assert sorted(row.token_id for row in made) == sorted(numbers * 2)
    assert len({row.intent for row in made}) == 11


def test_token_that_acts_by_itself_is_said_to(audited):
    api = Client(audited)
    made = api.create(name="self")
    token = Client(audited, token=made["rawToken"])
    answer = token.call("POST", "/tokens/self/rotate", {})
    assert answer.status == 200
    fresh = json.loads(answer.text)["rawToken"]
    audited.tokens.append(fresh)
    assert Client(audited, token=fresh).call("DELETE", "/tokens/self").status == 204
    said = [(row.event, row.stage, row.actor, row.actor_how) for row in rows(audited)]
    assert said == [("created", "intent", "alice", "basic"),
                    ("created", "done", "alice", "basic"),
                    ("rotated", "intent", "alice", "token"),
                    ("rotated", "done", "alice", "token"),
                    ("revoked", "intent", "alice", "token"),
                    ("revoked", "done", "alice", "token")]


def test_found_tokens_are_revoked_by_nobody(audited):
    tokens = [audited.create(user=user) for user in ("alice", "bob")]
    answer = Client(audited, user=None).call(
        "POST", "/credentials/revoke", {"credentials": [*tokens, shaped()]})
    assert answer.status == 202
    made = [row for row in rows(audited) if row.event == "revoked"]
    assert [row.stage for row in made] == ["intent", "intent", "done", "done"]
    assert {(row.actor, row.actor_how) for row in made} == {(None, "nobody")}
    assert {row.user_name for row in made} == {"alice", "bob"}
    assert len({row.batch for row in made}) == 1


CHANGES = {
    "create": lambda server, n: server.post(
        "/tokens/create", {"label": "x", "expires": ""}, user="alice"),
    "rename": lambda server, n: server.post(
        f"/tokens/{n}/rename", {"label": "other"}, user="alice"),
    "rotate": rotate,
    "revoke": lambda server, n: server.post(f"/tokens/{n}/revoke", user="alice"),
    "several": lambda server, n: server.post("/tokens/revoke", {"id": n}, user="alice"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_that_cannot_be_recorded_is_refused(audited, change):
    token = audited.create()
    number = audited.id_of(token)
    before = audited.rows()
    break_audit(audited)
    audited.expect(SILENT)
    assert_unavailable(CHANGES[change](audited, number))
    assert "of the table jiratoken_audit: " in said_of(audited, "reason=")
    assert audited.rows() == before
    assert audited.check("alice", token).status == 200
    mend_audit(audited)
    audited.poll(lambda: CHANGES[change](audited, number).status in (200, 303))


def test_found_token_stays_when_that_cannot_be_recorded(audited):
    token = audited.create()
    break_audit(audited)
    audited.expect(SILENT)
    answer = Client(audited, user=None).call("POST", "/credentials/revoke",
                                             {"credentials": [token]})
    assert_unavailable(answer)
    assert audited.check("alice", token).status == 200


def refuse_outcomes(server):
    """From now on an intent can be recorded, and no outcome."""
    if server.database.kind == "sqlite3":
        server.sql("CREATE TRIGGER no_outcome BEFORE INSERT ON jiratoken_audit "
                   "WHEN NEW.stage <> 'intent' BEGIN SELECT RAISE(ABORT, 'no'); END")
    else:
        server.sql("ALTER TABLE jiratoken_audit ADD CONSTRAINT no_outcome "
                   f"CHECK (stage = 'intent' OR intent = '{rows(server)[0].intent}')")


@pytest.mark.parametrize("change", CHANGES)
def test_change_stays_when_its_outcome_cannot_be_recorded(audited, change):
    """Its intent says "perhaps"."""
    token = audited.create()
    number = audited.id_of(token)
    before = audited.rows()
    refuse_outcomes(audited)
    audited.expect(rf"{SILENT}|{UNSAID}")
    assert CHANGES[change](audited, number).status in (200, 303)
    assert audited.rows() != before
    assert [row.stage for row in rows(audited)[2:]] == ["intent"]
    assert rows(audited)[2].intent in said_of(audited, UNSAID)


def test_change_that_the_database_refuses_failed(audited):
    number = audited.id_of(audited.create())
    audited.database.refuse("DELETE")
    audited.expect(SILENT)
    assert_unavailable(CHANGES["revoke"](audited, number))
    assert stages(audited, "revoked") == (1, 0, 1)
    audited.database.allow("DELETE")
    assert CHANGES["revoke"](audited, number).status == 303
    assert stages(audited, "revoked") == (2, 1, 1)


def test_row_of_the_audit_cannot_be_changed_by_httpds_account(audited):
    audited.create()
    if audited.database.kind == "sqlite3":
        for statement in ("UPDATE jiratoken_audit SET actor = 'bob'",
                          "DELETE FROM jiratoken_audit"):
            with pytest.raises(Exception, match="rows of the audit are not"):
                audited.sql(statement)
        return
    rights = {"pgsql": "SELECT privilege_type FROM information_schema.role_table_grants "
              "WHERE grantee = 'httpd' AND table_name = 'jiratoken_audit' AND "
              f"table_schema = '{getattr(audited.database, 'name', '')}'",
              "mysql": "SELECT table_priv FROM mysql.tables_priv WHERE user = 'httpd' AND "
              f"table_name = 'jiratoken_audit' AND db = '{getattr(audited.database, 'name', '')}'"}
    found = {word for (text,) in audited.sql(rights[audited.database.kind])
             for word in str(text).upper().split(",")}
    assert found == {"SELECT", "INSERT"}


# ---- hostile text

@pytest.mark.parametrize("label", ["' OR 1=1 --", "a\\'; DROP TABLE jiratoken_audit; --",
                                   "%s %d %lld", "😀" * 100, "=cmd|'/C calc'!A0"])
def test_any_label_is_recorded_as_it_is(audited, label):
    token = audited.create(label=label)
    audited.revoke(token)
    assert {row.label for row in rows(audited)} == {label}


# ---- the start

def test_missing_table_is_told_at_the_start(server):
    server.settings += "JiraTokenAudit jiratoken_audit\n"
    said = refused_start(server)
    assert "the table jiratoken_audit of JiraTokenAudit is missing" in said
    assert f"conf/sql/audit-{server.database.kind}.sql" in said


@pytest.mark.database("pgsql", "mysql")
def test_missing_right_is_told_at_the_start(server):
    use_audit(server)
    role = "httpd" if server.database.kind == "pgsql" else "'httpd'@'%'"
    server.sql(f"REVOKE INSERT ON jiratoken_audit FROM {role}")
    server.expect("denies httpd's account a right")
    server.start()
    line = said_of(server, "denies httpd's account a right")
    assert f"conf/sql/audit-{server.database.kind}.sql" in line
    assert "INSERT" in line and "jiratoken_audit" in line


@pytest.mark.plain
@pytest.mark.parametrize("line,said", [
    ("JiraTokenAudit a-b", "is not a table's name"),
    ("JiraTokenAudit jiratoken", "names the table of the tokens"),
    ("JiraTokenAudit JiraToken", "names the table of the tokens"),
])
def test_name_that_cannot_be_is_refused(server, line, said):
    server.settings += line + "\n"
    refused(server, "JiraTokenAudit", said)


def test_without_the_directive_nothing_is_recorded(server):
    make_audit(server.database)
    server.start().create()
    assert rows(server) == []


@pytest.mark.database("sqlite3")
def test_old_rows_are_deleted_as_the_manual_says(audited):
    """And no others then or later."""
    audited.create(label="old")
    audited.sql("DROP TRIGGER jiratoken_audit_no_update")
    audited.sql("UPDATE jiratoken_audit SET at = at - 401 * 86400")
    audited.create(label="new")
    [text] = blocks("docs/operations.md", "", "jiratoken_audit_no_delete")
    if os.geteuid():        # httpd runs as whoever runs this
        text = text.replace("runuser -u www-data -- ", "")
    subprocess.run(["sh", "-e", "-c", text.replace("/var/lib/jiratoken/tokens.db",
                                                   str(audited.database.path))],
                   timeout=HANGS, check=True)
    assert {row.label for row in rows(audited)} == {"new"}
    with pytest.raises(sqlite3.IntegrityError, match="are not deleted"):
        audited.sql("DELETE FROM jiratoken_audit")


@pytest.mark.parametrize("own", ["", "JiraTokenAudit other_audit"])
def test_virtual_hosts_with_a_table_each_have_an_audit_each(server, own):
    """An id in the audit would be that of two tokens."""
    use_audit(server)
    server.locations += f"""
<VirtualHost *>
    ServerName other.example
    JiraTokenTable other
    {own}
    <Location "/tokens">
        SetHandler jiratoken
        Require valid-user
    </Location>
</VirtualHost>
"""
    if own:
        accepted(server)
        return
    refused(server, "JiraTokenAudit jiratoken_audit is for the tokens of jiratoken",
            "in other;", "a JiraTokenAudit of its own")


@pytest.mark.parametrize("table", [
    "tokens_of_host",
    pytest.param("JIRATOKEN", marks=pytest.mark.database("sqlite3", "pgsql"))])
def test_audit_of_the_main_server_is_a_virtual_hosts_too(server, table):
    """Where that one alone has tokens, or those of the same table. MySQL's are two
    tables where the case of a letter differs."""
    use_audit(server)
    whole = server.configuration()
    if table != "JIRATOKEN":
        whole = re.sub(r'(?s)<Location .*?</Location>', "", whole)
    server.configuration = lambda: whole + f"""
<VirtualHost *>
    ServerName only.example
    JiraTokenTable {table}
    <Location "/tokens">
        SetHandler jiratoken
        Require valid-user
    </Location>
</VirtualHost>
"""
    assert "is for the tokens of" not in accepted(server)


def test_virtual_hosts_on_one_table_have_each_their_audit(server):
    for name in ("first", "second"):
        make_audit(server.database, f"{name}_audit")
        server.locations += f"""
<VirtualHost *>
    ServerName {name}.example
    JiraTokenAudit {name}_audit
    <Location "/tokens">
        SetHandler jiratoken
        AuthType Basic
        AuthName "pages"
        AuthBasicProvider file
        AuthUserFile "{server.root}/users"
        Require valid-user
    </Location>
</VirtualHost>
"""
    server.start()
    for name, label in (("first", "one"), ("second", "two"), ("first", "three")):
        answer = server.post("/tokens/create", {"label": label, "expires": ""},
                             user="alice", headers={"Host": f"{name}.example"})
        server.tokens += TOKEN.findall(answer.text)
    said = {name: [label for (label,) in server.sql(
        f"SELECT label FROM {name}_audit ORDER BY id")] for name in ("first", "second")}
    assert said == {"first": ["one", "one", "three", "three"], "second": ["two", "two"]}


# ---- a process that is killed

def kill_children(server):
    for pid in server.children():
        os.kill(int(pid), signal.SIGKILL)


def revoke_later(server, number, pool):
    """The request gets no answer."""
    def ask():
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.post(f"/tokens/{number}/revoke", user="alice")
    return pool.submit(ask)


@contextlib.contextmanager
def audit_held(server):
    """Nobody can add a row to the audit; everybody can read it."""
    with server.database.session() as session:
        session.execute(server.database.hold.replace("jiratoken", "jiratoken_audit"))
        yield


@pytest.mark.database("pgsql", "mysql")
def test_kill_before_the_intent_leaves_the_token(audited):
    audited.expect("AH00052|jiratoken:error|dbd:|AH006")
    token = audited.create()
    number = audited.id_of(token)
    lines = len(rows(audited))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with audit_held(audited):
            asked = revoke_later(audited, number, pool)
            audited.poll(lambda: is_waiting(audited))
            kill_children(audited)
            asked.result()
            assert len(rows(audited)) == lines
            assert audited.sql("SELECT id FROM jiratoken") == [(number,)]
    audited.poll(lambda: audited.check("alice", token).status == 200)
    assert stages(audited, "revoked")[1:] == (0, 0)


@pytest.mark.database("pgsql", "mysql")
def test_kill_before_the_change_leaves_a_perhaps(audited):
    audited.expect("AH00052|jiratoken:error|dbd:|AH006")
    number = audited.id_of(audited.create())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with audited.database.held():
            asked = revoke_later(audited, number, pool)
            audited.poll(lambda: stages(audited, "revoked") == (1, 0, 0))
            audited.poll(lambda: is_waiting(audited))
            kill_children(audited)
            asked.result()
            assert audited.sql("SELECT id FROM jiratoken") == [(number,)]
    assert stages(audited, "revoked") == (1, 0, 0)


@pytest.mark.database("pgsql", "mysql")
def test_kill_before_the_outcome_leaves_a_perhaps(audited):
    audited.expect("AH00052|jiratoken:error|dbd:|AH006")
    number = audited.id_of(audited.create())
    with concurrent.futures.ThreadPoolExecutor() as pool, contextlib.ExitStack() as audit:
        with audited.database.held():
            asked = revoke_later(audited, number, pool)
            audited.poll(lambda: stages(audited, "revoked") == (1, 0, 0))
            audit.enter_context(audit_held(audited))
        audited.poll(lambda: not audited.sql("SELECT id FROM jiratoken"))
        audited.poll(lambda: is_waiting(audited))
        kill_children(audited)
        asked.result()
        assert stages(audited, "revoked") == (1, 0, 0)


def is_waiting(server):
    """httpd for a lock."""
    asked = {"pgsql": "SELECT count(*) FROM pg_stat_activity WHERE usename = 'httpd' AND "
             "wait_event_type = 'Lock'",
             "mysql": "SELECT count(*) FROM information_schema.processlist WHERE user = "
             "'httpd' AND state LIKE 'Waiting for%lock'"}
    [[number]] = server.sql(asked[server.database.kind])
    return number > 0
