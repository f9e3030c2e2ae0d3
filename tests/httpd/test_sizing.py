# SPDX-License-Identifier: Apache-2.0
"""docs/operations/sizing.md: what a token takes on a disk, and what one in use costs the
database, is what the page says."""

import re

import pytest

from auditing import use_audit
from remembering import counts, use_cache, use_status
from server import TOP, shaped

PAGE = TOP / "docs/operations/sizing.md"
ROWS = 20000

# So many rows of usual tokens, as SQL of each database makes them.
NUMBERS = {
    "sqlite3": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
               f"WHERE i < {ROWS}) SELECT {{}} FROM n",
    "pgsql": f"SELECT {{}} FROM generate_series(1, {ROWS}) AS n(i)",
    "mysql": f"SELECT {{}} FROM (SELECT seq AS i FROM seq_1_to_{ROWS}) n",
}
DIGESTS = {"sqlite3": "lower(hex(randomblob(32)))",
           "pgsql": "md5(i::text || 'a') || md5(random()::text || i)",
           "mysql": "sha2(concat(rand(), i), 256)"}


def fill(server):
    kind = server.database.kind
    user = "'user' || (i % 5000)" if kind != "mysql" else "concat('user', i % 5000)"
    label = "'a usual label ' || i" if kind != "mysql" else "concat('a usual label ', i)"
    values = (f"{user}, {'i / 5000' if kind != 'mysql' else 'i DIV 5000'}, {label}, "
              f"{DIGESTS[kind]}, 1735689600 + i, 1935689600 + i, 1736689600 + i, '192.0.2.1'")
    server.sql("INSERT INTO jiratoken (user_name, slot, label, digest, created_at, expires_at, "
               f"last_used_at, last_used_from) {NUMBERS[kind].format(values)}")


def size(server):
    """Of the table and its indexes, in bytes."""
    kind = server.database.kind
    if kind == "sqlite3":
        [[pages]] = server.sql("PRAGMA page_count")
        [[page]] = server.sql("PRAGMA page_size")
        return pages * page
    if kind == "pgsql":
        return server.sql("SELECT pg_total_relation_size('jiratoken')")[0][0]
    server.sql("ANALYZE TABLE jiratoken")
    return int(server.sql("SELECT data_length + index_length FROM information_schema.tables "
                          "WHERE table_schema = database() AND table_name = 'jiratoken'")[0][0])


def printed(kind):
    """Bytes of a row, as the page has them for this database."""
    name = {"sqlite3": "SQLite", "pgsql": "PostgreSQL", "mysql": "MariaDB"}[kind]
    return int(re.search(rf"(?m)^\| {name} \| ([0-9,]+) \|", PAGE.read_text())[1]
               .replace(",", ""))


def test_row_takes_as_much_as_the_page_says(server):
    before = size(server)
    fill(server)
    found = (size(server) - before) / ROWS
    said = printed(server.database.kind)
    assert said / 1.5 < found < said * 1.5, (found, said)


@pytest.mark.plain
def test_token_in_use_is_looked_up_and_noted_as_often_as_the_page_says(server):
    """Once in JiraTokenCacheTimeout, and once in JiraTokenLastUsedInterval."""
    use_status(use_cache(server))
    server.use_own_clock("2027-01-15 12:00:00")
    server.start()
    token = server.create()
    server.database.note("UPDATE")
    before = counts(server)["Lookups"]
    for _ in range(20):     # ten minutes
        for _ in range(3):
            assert server.check("alice", token).status == 200
        server.pass_time(30)
    lookups = counts(server)["Lookups"] - before
    assert 8 <= lookups <= 11
    server.poll(lambda: server.sql("SELECT count(*) FROM noted")[0][0] >= 1)
    assert server.sql("SELECT count(*) FROM noted")[0][0] <= 2
    text = " ".join(PAGE.read_text().split())
    assert "tokens in use / JiraTokenCacheTimeout" in text
    assert "tokens in use / JiraTokenLastUsedInterval" in text


@pytest.mark.plain
def test_change_is_so_many_rows_of_the_audit(server):
    use_audit(server).start()
    server.revoke(server.create())
    assert server.sql("SELECT count(*) FROM jiratoken_audit") == [(4,)]
    assert "two rows" in PAGE.read_text()


@pytest.mark.plain
def test_refusal_is_a_line_of_the_log_as_long_as_the_page_says(running):
    for _ in range(5):
        running.check("alice", shaped())
    lines = [line for line in running.log().splitlines() if "token refused" in line]
    assert len(lines) == 5
    said = int(re.search(r"line of some (\d+) bytes", PAGE.read_text())[1])
    assert all(said / 1.5 < len(line) < said * 1.5 for line in lines)
