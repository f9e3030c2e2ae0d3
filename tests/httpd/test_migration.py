# SPDX-License-Identifier: Apache-2.0
"""What docs/migration.md prints does what it says there."""

import subprocess

import pytest

from documents import blocks
from importing import TOOL, database_options, run_import, table
from server import TOKEN, TOP, shaped

PAGE = "docs/migration.md"


def printed(kind, word):
    [block] = blocks(PAGE, kind, word)
    return block


def here(server, text):
    """With the paths of this server."""
    options, _ = database_options(server)
    return text.replace("/var/lib/jiratoken/tokens.db", str(options[1])) \
        .replace("host=db.example.org dbname=tokens user=owner", str(options[1])) \
        .replace("--mysql tokens --mysql-defaults /root/tokens.cnf",
                 " ".join(map(str, options))) \
        .replace("jiratoken-import ", f"{TOOL} --key {server.root}/key ") \
        .replace("/var/log/apache2", f"{server.root}/logs")


def run(server, command, code=0, **more):
    _, environment = database_options(server)
    done = subprocess.run(["bash", "-c", here(server, command)], cwd=server.root, text=True,
                          env={**environment, **more}, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == code, done.stdout
    return done.stdout


COMMANDS = {"sqlite3": "shred", "pgsql": "--pgsql", "mysql": "--mysql"}


def test_example_of_a_file_comes_over_as_it_says(server):
    server.settings += "JiraTokenLegacy On\n"
    server.start()
    path = server.root / "tokens.csv"
    path.write_text(printed("csv", "nightly"))
    command = printed("", COMMANDS[server.database.kind])
    trial = command.splitlines()[0].replace("jiratoken-import", "jiratoken-import --dry-run")
    if server.database.kind == "sqlite3":
        trial = printed("", "--dry-run")
    path.chmod(0o600)
    assert run(server, trial, 1) == printed("text", "would be taken")
    assert server.rows() == []
    said = run(server, command.splitlines()[0], 1)
    assert said == printed("text", "would be taken").replace("would be taken", "taken")
    for user, password in (("alice", "NjY4OTk5OTk6c2VjcmV0IG9mIGFsaWNl"),
                           ("bob", "5f0c9dd2-6b3e-4f0e-8d55-0d9f6c1f0a11")):
        server.tokens.append(password)
        assert server.check(user, password).status == 200
        assert server.check(user, password, "/chain/hello.txt").status == 200
    if server.database.kind == "sqlite3":
        run(server, command.splitlines()[1])
        assert not path.exists()


def test_tokens_that_were_not_rotated_since_are_found(server):
    statement = printed("sql", "SELECT").rstrip("\n;")
    code, said, _ = run_import(server, table(
        ("user", "label", "token", "created"), ("alice", "a", "one", "2024-01-01"),
        ("alice", "b", "two", ""), ("bob", "c", "three", "2024-01-01")))
    assert code == 0, said
    server.sql("UPDATE jiratoken SET created_at = 1767225600 WHERE user_name = 'bob'")
    assert sorted(row[:2] for row in server.sql(statement)) == [("alice", "a"), ("alice", "b")]


@pytest.mark.plain
def test_imported_token_that_is_rotated_gets_a_secret_of_ours(server):
    """And needs JiraTokenLegacy no more."""
    server.settings += "JiraTokenLegacy On\n"
    server.start()
    run_import(server, table(("user", "label", "token"), ("alice", "a", "old secret")))
    [[row, digest]] = server.sql("SELECT id, digest FROM jiratoken")
    page = server.post(f"/tokens/{row}/rotate", {"replaces": digest[:12], "overlap": "3600"},
                       user="alice")
    new = TOKEN.search(page.text)[0]
    server.tokens.append(new)
    assert [server.check("alice", text).status for text in ("old secret", new)] == [200, 200]
    server.settings = server.settings.replace("JiraTokenLegacy On", "JiraTokenLegacy Off")
    server.restart()
    assert [server.check("alice", text).status for text in ("old secret", new)] == [401, 200]


@pytest.mark.plain
def test_bearer_has_to_have_our_shape(server):
    server.settings += "JiraTokenLegacy On\nJiraTokenBearer On\n"
    server.start()
    token = shaped()
    run_import(server, table(("user", "label", "token"), ("alice", "a", "old secret"),
                             ("alice", "b", token)))

    def bearer(text):
        return server.get("/files/hello.txt",
                          headers={"Authorization": f"Bearer {text}"}).status
    assert [bearer("old secret"), bearer(token)] == [401, 200]


@pytest.mark.plain
def test_password_file_works_beside_tokens_and_the_log_says_who_uses_it(server):
    block = printed("apache", "signins").replace("/etc/apache2/passwords",
                                                 str(server.root / "users"))
    server.modules.append("log_config")
    server.locations = here(server, block).replace("/app", "/files")
    server.locations += f"""
<Location "/tokens">
    SetHandler jiratoken
    AuthType Basic
    AuthName "pages"
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
    Require valid-user
</Location>
"""
    server.start()
    token = server.create("carol")
    for user, password, times in (("alice", "wonderland", 3), ("bob", "builder", 1),
                                  ("carol", token, 5)):
        for _ in range(times):
            assert server.check(user, password).status == 200
    assert server.get("/files/hello.txt").status == 401
    # carol has signed in to the page by her password.
    wanted = [["3", "-", "alice"], ["1", "-", "bob"], ["1", "-", "carol"]]
    server.poll(lambda: sorted(map(str.split, run(
        server, printed("", "signins.log")).splitlines()), reverse=True) == sorted(
            wanted, reverse=True))


@pytest.mark.plain
def test_directive_lines_of_mod_authn_dbd_stand_beside_ours(server):
    """One database, and one line that names both providers."""
    server.modules.append("authn_dbd")
    server.sql("CREATE TABLE people (name TEXT, hash TEXT)")
    server.sql("INSERT INTO people VALUES ('alice', '{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=')")
    server.locations += """
<Location "/open">
    AuthType Basic
    AuthName "Jira"
    AuthBasicProvider jiratoken dbd
    AuthDBDUserPWQuery "SELECT hash FROM people WHERE name = %s"
    Require valid-user
</Location>
"""
    server.is_answering_at = 401
    server.start()
    token = server.create()
    assert [server.check("alice", text, "/open/hello.txt").status
            for text in (token, "myPassword", "wrong")] == [200, 200, 401]


JIRA = """
CREATE TABLE app_user (id BIGINT, user_key VARCHAR(255), lower_user_name VARCHAR(255));
CREATE TABLE "AO_81F455_PERSONAL_TOKEN" (
    "CREATED_AT" timestamp without time zone NOT NULL,
    "EXPIRING_AT" timestamp without time zone NOT NULL,
    "HASHED_TOKEN" character varying(255) NOT NULL,
    "ID" bigint NOT NULL,
    "LAST_ACCESSED_AT" timestamp without time zone,
    "NAME" character varying(255) NOT NULL,
    "NOTIFICATION_STATE" character varying(255) NOT NULL,
    "TOKEN_ID" character varying(255) NOT NULL,
    "USER_KEY" character varying(255) NOT NULL
);
INSERT INTO app_user VALUES (1, 'JIRAUSER10000', 'alice'), (2, 'JIRAUSER10001', 'bob');
INSERT INTO "AO_81F455_PERSONAL_TOKEN" VALUES
    ('2024-07-02 23:19:52.079', '9999-12-31 00:00:00', '{PKCS5S2}x', 1,
     '2024-07-03 17:44:39.117857', 'ci, "nightly"', 'NOT_SENT', '742309342887', 'JIRAUSER10000'),
    ('2024-07-02 23:19:52.079', '2094-12-31 12:00:00', '{PKCS5S2}y', 2, NULL, 'report',
     'NOT_SENT', '742309342888', 'JIRAUSER10001'),
    ('2024-07-02 23:19:52.079', '2024-12-31 12:00:00', '{PKCS5S2}z', 3, NULL, 'over',
     'NOT_SENT', '742309342889', 'JIRAUSER10001');
"""


@pytest.mark.database("pgsql")
def test_jira_s_list_comes_over_and_tokens_whose_text_is_known(server):
    """Its table is as PostgreSQL's dump of a Jira has it."""
    server.settings += "JiraTokenLegacy On\n"
    server.start()
    server.database.run(JIRA)
    command = printed("", "psql -d jira").replace(
        "psql -d jira", f"psql -X -d '{database_options(server)[0][1]}'")
    run(server, command)
    path = server.root / "tokens.csv"
    rows = path.read_text()
    assert rows.splitlines() == [
        "user,label,token,created,last_used,expires",
        'alice,"ci, ""nightly""",,2024-07-02,2024-07-03,', "bob,report,,2024-07-02,,2094-12-31"]
    code, said, _ = run_import(server, rows.replace('nightly""",,', 'nightly""",NjY4,'))
    assert code == 1
    assert said.splitlines()[:2] == [
        'row 2: taken: alice, ci, "nightly"',
        "row 3: refused: there is neither token nor digest"]
    assert server.check("alice", "NjY4").status == 200


@pytest.mark.plain
def test_digests_of_another_system_come_by_its_key(server):
    former = "fe" * 32
    server.write_key(server.key, former)
    server.settings += "JiraTokenLegacy On\n"
    server.start()
    old = server.root / "old.db"
    subprocess.run(["sqlite3", old, "CREATE TABLE api_tokens (owner, name, hmac, created_at, "
                    "valid_until); INSERT INTO api_tokens VALUES ('alice', 'it''s', "
                    f"'{server.digest('secret', former)}', 1735689600, NULL)"], check=True)
    run(server, printed("", "old.db"))
    code, said, wrong = run_import(server, (server.root / "tokens.csv").read_text())
    assert code == 0, said + wrong
    assert server.check("alice", "secret").status == 200


@pytest.mark.plain
def test_link_fills_in_the_form(running):
    [link] = [word for word in (TOP / PAGE).read_text().split("`")
              if "/tokens/create?" in word]
    page = running.get("/tokens" + link.partition("/tokens")[2], user="alice").text
    assert 'value="ci"' in page and 'value="2027-03-31"' in page
