# SPDX-License-Identifier: Apache-2.0
"""What is said of the table at the start, and who else uses its database."""

import concurrent.futures
import re

import pytest

from faults import SILENT, assert_unavailable, break_table, mend_table
from starts import accepted, refused_start

# Each check is to ask the database.
pytestmark = pytest.mark.usefixtures("uncached")

# ---- at the start


def test_missing_table_is_reported_with_the_file_to_run(server):  # S06
    server.sql("DROP TABLE jiratoken")
    said = refused_start(server)
    assert "the table jiratoken is missing" in said
    assert f"conf/sql/{server.database.kind}.sql" in said


@pytest.mark.parametrize("table", [
    "(user_name VARCHAR(9), label VARCHAR(9), digest VARCHAR(64))",
    "(id INTEGER PRIMARY KEY, user_name VARCHAR(9), slot INTEGER, label VARCHAR(9), "
    "digest VARCHAR(64), created_at BIGINT, expires_at BIGINT, last_used_at BIGINT, "
    "scope VARCHAR(9))",
    "(n INTEGER)",
])
def test_older_table_is_reported(server, table):  # S06
    server.sql("DROP TABLE jiratoken")
    server.sql(f"CREATE TABLE jiratoken {table}")
    said = refused_start(server)
    assert "older than this version" in said
    assert f"conf/sql/{server.database.kind}.sql" in said


def test_script_is_named_for_a_table_that_it_upgrades(server):
    """And for no other."""
    script = f"conf/sql/upgrade-{server.database.kind}.sql"
    server.sql("DROP TABLE jiratoken")
    for columns, is_known in (
            ("user_name VARCHAR(9), label VARCHAR(9), digest VARCHAR(64)", True),
            ("user_name VARCHAR(9), label VARCHAR(9), digest VARCHAR(64), "
             "slot INTEGER", False),
            ("label VARCHAR(9), digest VARCHAR(64)", False)):
        server.sql(f"CREATE TABLE jiratoken ({columns})")
        server.database.grant("jiratoken")
        said = accepted(server)
        assert "older than this version" in said
        assert (script in said) == is_known
        assert ("the table jiratoken is missing" in said) != is_known
        server.sql("DROP TABLE jiratoken")


def test_older_table_found_by_a_graceful_restart_is_503(server):  # S06
    server.expect(SILENT)
    server.expect(r"will answer 503: the table jiratoken is missing")
    server.start()
    token = server.create()
    break_table(server)
    server.graceful()
    assert_unavailable(server.check("alice", token))
    mend_table(server)
    assert [server.check("alice", token).status for _ in range(16)] == [200] * 16


# ---- httpd -t


@pytest.mark.parametrize("change", ["DROP TABLE jiratoken",
                                    "ALTER TABLE jiratoken DROP COLUMN last_used_from"])
def test_missing_or_older_table_is_said_by_a_check_of_the_configuration(server, change):
    assert "jiratoken is missing" not in accepted(server)
    server.sql(change)
    said = accepted(server)
    assert "Syntax OK" in said
    assert "the table jiratoken is missing, or older than this version" in said
    assert f"conf/sql/{server.database.kind}.sql" in said


def test_table_of_a_virtual_host_is_checked_with_the_configuration(server):
    server.locations = ("<VirtualHost *>\n    ServerName b\n"
                        "    JiraTokenTable elsewhere\n</VirtualHost>")
    said = accepted(server)
    assert said.count("is missing") == said.count("the table elsewhere is missing") == 1


# ---- several tables, several users of one database


def test_virtual_hosts_with_tables_of_their_own_share_a_database(server):
    server.database.make_table("second")
    server.locations = """
<VirtualHost *>
    ServerName first.example
</VirtualHost>
<VirtualHost *>
    ServerName second.example
    JiraTokenTable second
</VirtualHost>
"""
    server.start()

    def status(host, token):
        return server.get("/files/hello.txt", user="alice", password=token,
                          headers={"Host": host}).status
    first = server.create()
    answer = server.post("/tokens/create", {"label": "x"}, user="alice",
                         headers={"Host": "second.example"})
    assert answer.status == 200
    second = re.search(r"jt_[0-9A-Za-z]{49}", answer.text)[0]
    for _ in range(6):
        assert status("first.example", first) == status("second.example", second) == 200
        assert status("first.example", second) == status("second.example", first) == 401
    assert len(server.sql("SELECT id FROM second")) == 1
    assert len(server.rows()) == 1


def test_missing_table_of_a_virtual_host_is_reported(server):  # S06
    server.locations = ("<VirtualHost *>\n    ServerName b\n"
                        "    JiraTokenTable elsewhere\n</VirtualHost>")
    assert "the table elsewhere is missing" in refused_start(server)


def test_outage_of_ours_harms_no_other_user_of_mod_dbd(server):  # S06
    server.sql("CREATE TABLE people (name VARCHAR(99), hash VARCHAR(99))")
    server.database.grant("people")
    server.sql("INSERT INTO people VALUES ('alice', ?)",
               "{SHA}" + "Oj4E2nhoXx9KOGwmCyNISzXZgqM=")
    server.modules.append("authn_dbd")
    server.expect(r"AH0063[236]: ")     # two children open the file at once
    server.locations = """
<Location "/open">
    AuthType Basic
    AuthName "dbd"
    AuthBasicProvider jiratoken dbd
    AuthDBDUserPWQuery "SELECT hash FROM people WHERE name = %s"
    Require valid-user
</Location>
"""
    server.start()
    token = server.create()
    wanted = [server.check("alice", text, "/open/hello.txt").status
              for text in (token, "other")]
    break_table(server)
    server.graceful()
    server.expect(r"will answer 503: the table jiratoken is missing")
    seen = [server.check("alice", text, "/open/hello.txt").status
            for text in (token, "other")]
    assert (wanted, seen) == ([200, 401], [503, 401])


@pytest.mark.parametrize("settings", [
    "DBDMin 0\nDBDKeep 0\nDBDMax 1", "DBDMin 1\nDBDKeep 1\nDBDMax 2",
    "DBDExptime 1\nDBDMin 0", "JiraTokenDatabaseLimit 1",
    pytest.param('DBDInitSQL "PRAGMA busy_timeout=2000; PRAGMA synchronous=NORMAL"',
                 marks=pytest.mark.database("sqlite3")),
])
def test_every_kind_of_pool_answers_in_parallel(server, settings):
    if "Limit" not in settings:
        settings += "\nJiraTokenDatabaseLimit 100"
    else:
        server.expect(SILENT)
    server.settings = settings
    server.start()
    token = server.create()
    # On a busy machine the first connection takes longer than a call waits.
    assert [server.check("alice", token).status for _ in range(16)] == [200] * 16
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        seen = list(threads.map(lambda _: server.check("alice", token).status,
                                range(120)))
    # Where one may ask at a time, the others wait for their turn, and not for long.
    assert set(seen) <= ({200, 503} if settings == "JiraTokenDatabaseLimit 1" else {200})
    assert 200 in seen
    assert [server.check("alice", token).status for _ in range(16)] == [200] * 16


def test_connections_of_one_request_each_never_lie(server):
    """SQLite tidies up when the last connection closes, and locks the file."""
    server.settings = "DBDPersist Off\nJiraTokenDatabaseLimit 100"
    server.expect(SILENT)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        seen = set(threads.map(lambda _: server.check("alice", token).status,
                               range(60)))
    assert 200 in seen and seen <= {200, 503}
