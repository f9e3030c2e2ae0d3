# SPDX-License-Identifier: Apache-2.0
"""What only a database server does: it undoes a statement for another's sake,
has rights, keeps prepared statements, and tells values in its messages."""

import re

import pytest

from faults import LOST, SILENT, assert_unavailable
from pace import assert_soon, measure_open, timed
from server import shaped
from starts import DOWN, refused_start, said_of

pytestmark = [pytest.mark.database("pgsql", "mysql"), pytest.mark.usefixtures("uncached")]


# ---- deadlocks


def deadlock(server, number):
    """So many insertions end as InnoDB ends them; what it then undoes does not
    reach the table that counts."""
    server.sql("CREATE TABLE tried (n INTEGER) ENGINE=Aria TRANSACTIONAL=0")
    server.sql(f"""CREATE TRIGGER deadlock BEFORE INSERT ON jiratoken FOR EACH ROW BEGIN
        INSERT INTO tried VALUES (1);
        IF (SELECT count(*) FROM tried) <= {number} THEN
            SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock';
        END IF; END""")


@pytest.mark.database("mysql")
@pytest.mark.parametrize("number", [1, 2, 6])
def test_creation_outlives_deadlocks(running, number):  # K02
    deadlock(running, number)
    assert running.check("alice", running.create()).status == 200
    assert len(running.rows()) == 1
    assert running.sql("SELECT count(*) FROM tried") == [(number + 1,)]


@pytest.mark.database("mysql")
def test_deadlock_that_does_not_end_is_503_before_long(running):  # K02
    """Nor at once: between its tries it lets others go first."""
    running.expect("jiratoken:warn.*no token was made: each of 20 tries")
    deadlock(running, 10**6)
    control = measure_open(running)
    answer, seconds = timed(lambda: running.post("/tokens/create", {"label": "x"},
                                                 user="alice"))
    assert_unavailable(answer)
    assert seconds > 0.15
    assert_soon([seconds], [20 * control], 5)   # it is tried so often
    assert running.rows() == []


# ---- what is said, and where


def test_messages_of_the_server_are_not_logged(running):  # S04
    """They name the values of the row that failed."""
    running.expect(SILENT)
    label = "a label that is nobody's business"
    column = "NEW.label || NEW.digest"
    if running.database.kind == "pgsql":
        running.database.trigger("tell", "BEFORE", "INSERT", f"RAISE '%', {column};")
    else:
        running.database.trigger("tell", "BEFORE", "INSERT", "BEGIN DECLARE words "
                                 f"VARCHAR(500) DEFAULT CONCAT({column.replace('||', ',')}); "
                                 "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = words; END;")
    assert_unavailable(running.post("/tokens/create", {"label": label}, user="alice"))
    said = running.log()
    assert re.search(r"reason=(pgsql error 7: PostgreSQL's own log|mysql error 1644)", said)
    assert label not in said


@pytest.mark.parametrize("fault", [
    "CHECK (slot < 0)", "CHECK (char_length(label) < 3)", "CHECK (expires_at IS NULL)",
])
def test_row_that_cannot_be_inserted_stands_in_no_log(server, fault):  # S04
    """PostgreSQL tells about a constraint with the whole row."""
    server.expect(SILENT)
    server.sql(f"ALTER TABLE jiratoken ADD CONSTRAINT other {fault}")
    log = server.database.service.folder / "log"
    before = log.read_text(errors="replace")
    server.settings += "LogLevel trace8\n"
    server.start()
    label, user = "nobodys-business", "mallory-the-user"
    server.add_user(user, "secret")
    answer = server.post("/tokens/create", {"label": label, "expires": "2199-12-31"},
                         user=user, password="secret")
    assert_unavailable(answer)
    said = server.log()
    if server.database.kind == "pgsql":     # so the module had them to tell
        told = log.read_text(errors="replace")[len(before):]
        assert label in told
    digests = re.findall(r"\b[0-9a-f]{64}\b", said)
    assert "reason=" in said and label not in said and digests == []
    assert "Failing row" not in said and label not in answer.text


DENIED = "the token database denies httpd's account a right"


def start_denied(server):
    """It says so once, names the file that has the rights, and goes on."""
    code, said = server.check_configuration()
    assert code == 0 and DENIED in said
    server.expect(rf"{SILENT}|jiratoken:warn.*{DENIED}")
    server.start()
    line = said_of(server, DENIED)
    assert f"the head of conf/sql/{server.database.kind}.sql: " in line
    return line


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "UPDATE", "DELETE"])
def test_missing_right_is_named_at_the_start(server, right):  # S06, S07
    server.sql(f"REVOKE {right} ON jiratoken FROM httpd")
    line = start_denied(server)
    assert (f"this is missing: GRANT {right} ON jiratoken TO httpd" in line
            or f"mysql error 1142: {right} command denied to user" in line)
    if right != "UPDATE":       # by which last uses are noted, and nothing else
        asked = {"SELECT": lambda: server.check("alice", shaped()),
                 "INSERT": lambda: server.post("/tokens/create", {"label": "x"}, user="alice"),
                 "DELETE": lambda: server.post("/tokens/1/revoke", user="alice")}
        server.insert("there")
        assert_unavailable(asked[right]())
    server.database.grant("jiratoken")
    assert server.check("alice", server.create()).status == 200


@pytest.mark.database("pgsql")
def test_missing_rights_are_reported_at_the_start(server):  # S06, S07
    server.sql("REVOKE ALL ON jiratoken FROM httpd")
    line = start_denied(server)
    assert "GRANT SELECT, INSERT, UPDATE, DELETE ON jiratoken TO httpd" in line
    assert_unavailable(server.check("alice", shaped()))
    server.database.grant("jiratoken")
    assert server.check("alice", server.create()).status == 200


@pytest.mark.database("mysql")
def test_account_without_rights_gets_no_connection_and_httpd_starts(server):
    server.sql("REVOKE ALL ON jiratoken FROM httpd")
    server.expect(rf"{SILENT}|{LOST}|AH00[0-9]+")
    server.start()
    assert "Access denied for user 'httpd'@'%' to database" in said_of(server, DOWN)
    assert_unavailable(server.check("alice", shaped()))
    server.database.grant("jiratoken")
    server.poll(lambda: server.check("alice", shaped()).status == 401)


@pytest.mark.database("mysql")
def test_table_that_the_account_may_not_see_counts_as_missing(server):
    """MariaDB says the same of both."""
    server.sql("CREATE TABLE other (n INTEGER); GRANT SELECT ON other TO httpd; "
               "REVOKE ALL ON jiratoken FROM httpd")
    said = refused_start(server)
    assert "the table jiratoken is missing" in said and "SELECT command denied" in said
    assert "and the account has no right on it" in said
    server.sql("GRANT INSERT ON jiratoken TO httpd")
    assert "SELECT command denied to user" in start_denied(server)


@pytest.mark.database("mysql")
def test_missing_right_is_known_in_any_language(server):
    server.sql("REVOKE DELETE ON jiratoken FROM httpd")
    server.sql("SET GLOBAL lc_messages = 'de_DE'")
    try:
        assert "mysql error 1142: DELETE" in start_denied(server)
    finally:
        server.sql("SET GLOBAL lc_messages = 'en_US'")


@pytest.mark.database("pgsql")
@pytest.mark.parametrize("is_qualified", [False, True])
def test_schema_that_may_not_be_used_is_named(server, is_qualified):
    """What is in it looks as if it were not there."""
    schema = server.database.name
    if is_qualified:
        server.settings += f"JiraTokenTable {schema}.jiratoken\n"
    server.sql(f"REVOKE USAGE ON SCHEMA {schema} FROM httpd")
    line = start_denied(server)
    assert f"this is missing: GRANT USAGE ON SCHEMA {schema} TO httpd" in line
    assert_unavailable(server.check("alice", shaped()))
    server.database.grant("jiratoken")
    assert server.check("alice", server.create()).status == 200


@pytest.mark.database("pgsql")
def test_table_of_a_schema_outside_the_path_is_no_table(server):
    server.sql("CREATE SCHEMA other; ALTER TABLE jiratoken SET SCHEMA other")
    try:
        assert "the table jiratoken is missing" in refused_start(server)
    finally:
        server.sql("DROP SCHEMA other CASCADE")


# ---- statements


@pytest.mark.database("pgsql")
def test_statement_that_keeps_failing_fills_no_memory(server):  # F12
    server.expect(SILENT)
    server.database.refuse("UPDATE")
    server.sql("ALTER ROLE httpd SET log_statement = 'all'")
    try:
        server.start()
        token = server.create()
        for _ in range(60):
            assert server.check("alice", token).status == 200
        server.stop()
    finally:
        server.sql("ALTER ROLE httpd RESET log_statement")
    said = (server.database.service.folder / "log").read_text()
    made, gone = said.count("statement: PREPARE jt_"), said.count("DEALLOCATE jt_")
    assert gone >= 2 * 10
    assert made - gone <= 7 * 20    # each connection's own


# ---- what takes a site down one day


PARAMETERS = {"pgsql": " connect_timeout=2", "mysql": ",reconnect=0"}


@pytest.mark.parametrize("written", [
    "", pytest.param(" connect_timeout = '0'", marks=pytest.mark.database("pgsql")),
    pytest.param(",reconnect=1", marks=pytest.mark.database("mysql"))])
def test_missing_parameter_is_named_at_the_start(server, written):
    needed = PARAMETERS[server.database.kind]
    whole = server.database.directives
    server.start()
    assert "DBDParams has no" not in server.log()
    server.stop()
    server.database.directives = lambda: whole().replace(needed, written)
    server.expect("DBDParams has no")
    server.start()
    [line] = {line.split("] ")[-1] for line in server.log().splitlines()
              if "DBDParams has no" in line}
    assert line.endswith(f"add to DBDParams: {needed.strip()}")
    assert server.check("alice", server.create()).status == 200
