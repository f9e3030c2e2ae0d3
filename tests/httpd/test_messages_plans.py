# SPDX-License-Identifier: Apache-2.0
"""What the statements of core/jt_outbox_sql.h cost, which httpd runs all day: none
reads or sorts the table of the tokens, the audit or the outbox. The texts are the
header's own, and each database explains them, on tables that are large enough for its
planner to mind. No httpd runs here."""

import re
import subprocess

import pytest

from auditing import make_audit, make_outbox
from listing import DAY, NOW, fill, make_rows
from server import TOP

ROWS = 60000
TABLES = {"@": "jiratoken", "#": "jiratoken_audit", "&": "jiratoken_audit_outbox"}
AUDIT, OUTBOX = 20000, 5000

PRINTER = r"""
#include <stdio.h>
#include "core/jt_outbox_sql.h"
#define ROW(name, text) puts(#name "\t" text);
int main(void) { JT_OUTBOX_STATEMENTS(ROW) return 0; }
"""


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    """By name."""
    made = tmp_path_factory.mktemp("statements") / "print"
    subprocess.run(["cc", "-x", "c", f"-I{TOP}/mod_jiratoken", "-o", made, "-"],
                   input=PRINTER, text=True, check=True)
    said = subprocess.run([made], capture_output=True, text=True, check=True).stdout
    return dict(line.split("\t") for line in said.splitlines())


# ---- tables


def times(database, number, first=1):
    """A table of so many numbers, as a part of a statement."""
    if database.kind == "mysql":
        return f"(SELECT seq AS n FROM seq_{first}_to_{number}) AS numbers"
    if database.kind == "pgsql":
        return f"generate_series({first}, {number}) AS numbers(n)"
    return (f"(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c "
            f"WHERE n < {number}) SELECT n FROM c) AS numbers")


def fill_audit(database):
    """Changes with their outcomes; the last of them is alone. Most were told."""
    name = "concat('i', n)" if database.kind == "mysql" else "'i' || n"
    for stage, last in ("intent", AUDIT // 2), ("done", AUDIT // 2 - 1):
        database.sql(
            "INSERT INTO jiratoken_audit (at, event, stage, intent, actor, actor_how, "
            f"user_name, token_id, label) SELECT {NOW} - 90000 + n, 'revoked', '{stage}', "
            f"{name}, 'alice', 'basic', 'alice', n, 'ci' FROM {times(database, last)}")
    database.sql(
        "INSERT INTO jiratoken_audit_outbox (name, event, at, user_name, token_id, label, "
        f"audit_id, due_at, tries, sent_at) SELECT {name}, 'revoked', {NOW}, 'alice', n, "
        f"'ci', n, CASE WHEN n % 50 = 0 THEN {NOW} - 9 END, 1, CASE WHEN n % 50 = 0 THEN "
        f"NULL ELSE {NOW} + n END FROM {times(database, OUTBOX)}")


def analyze(database):
    for table in TABLES.values():
        database.sql({"mysql": f"ANALYZE TABLE {table}", "sqlite3": "ANALYZE",
                      "pgsql": f"VACUUM ANALYZE {table}"}[database.kind])


@pytest.fixture(scope="module")
def large(request, databases):
    """A tenth of the tokens that end soon was told the last notice."""
    from server import Server
    made = Server(request.config.getoption("--module"), "event", databases)
    try:
        make_audit(made.database)
        make_outbox(made.database)
        fill(made.database, make_rows(ROWS, seed=3))
        made.sql(f"UPDATE jiratoken SET noticed = 0 WHERE expires_at < {NOW}")
        for days in (14, 7, 1):
            made.sql(f"UPDATE jiratoken SET noticed = {days} WHERE expires_at >= {NOW} AND "
                     f"expires_at < {NOW + days * DAY} AND id % 10 = 0")
        fill_audit(made.database)
        analyze(made.database)
        yield made.database
    finally:
        made.close(False)


# ---- plans: (rows that were read, faults, the names of the indexes)


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


def judge_pgsql(plan):
    read, faults = 0, []
    for node in nodes_of(plan):
        loops = node["Actual Loops"]
        if node["Node Type"] == "Seq Scan":
            faults.append(f"reads {node['Relation Name']}")
        if node["Node Type"] == "Sort" and node["Actual Rows"] * loops > 200:
            faults.append("sorts")
        if "Relation Name" in node:
            read += loops * (node["Actual Rows"] + sum(
                node.get(f"Rows Removed by {why}", 0)
                for why in ("Filter", "Index Recheck")))
    return read, faults, [node.get("Index Name") for node in nodes_of(plan)]


def explain_pgsql(database, text, values):
    """As the driver prepares it; from the sixth time on, the server may take a plan
    that is the same for all values."""
    marks = iter(range(1, 99))
    given = f"({', '.join(values)})" if values else ""
    with database.session() as session:
        session.execute("PREPARE asked AS " + re.sub(
            r"%(lld|d|s)", lambda _: f"${next(marks)}", text))
        for _ in range(7):
            session.execute("BEGIN")
            session.execute("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, FORMAT JSON) "
                            f"EXECUTE asked{given}")
            [[[said]]] = session.fetchall()
            session.execute("ROLLBACK")
    return judge_pgsql(said["Plan"])


# As MariaDB looks an index's first value up before it plans.
SEEN = {"Select tables optimized away", "No matching min/max row"}


def explain_mysql(database, text, values):
    with database.session() as session:
        session.execute("START TRANSACTION")
        session.execute("ANALYZE " + in_place(text, values))
        names = [column[0] for column in session.description]
        said = [dict(zip(names, row)) for row in session.fetchall()]
        session.execute("ROLLBACK")
    read, faults = 0, []
    for row in said:
        count = float(str(row["r_rows"] or 0).split()[0])
        read += count
        if row["type"] in ("ALL", "index") and count > 200:
            faults.append(f"reads {row['table']}")
        if "filesort" in (row["Extra"] or "") and count > 200:
            faults.append("sorts")
    return read, faults, [row["key"] or row["Extra"] for row in said]


def explain_sqlite3(database, text, values):
    """It does not say how many rows it reads."""
    said = [row[3] for row in database.sql("EXPLAIN QUERY PLAN " + in_place(text, values))]
    return 0, [line for line in said if "ORDER BY" in line or (
        line.startswith("SCAN ") and line != "SCAN CONSTANT ROW")], [
            word for line in said for word in line.split()]


def in_place(text, values):
    given = iter(values)
    return re.sub(r"%(lld|d|s)", lambda _: next(given), text)


def explain(database, text, *values):
    for mark, table in TABLES.items():
        text = text.replace(mark, table)
    assert len(re.findall("%(?:lld|d|s)", text)) == len(values)
    return {"pgsql": explain_pgsql, "mysql": explain_mysql, "sqlite3": explain_sqlite3}[
        database.kind](database, text, [str(value) for value in values])


def check(database, most, text, *values, index=None):
    read, faults, used = explain(database, text, *values)
    assert not faults, faults
    assert read <= most, read
    assert index in (None, *used) or set(used) <= SEEN, used


# ---- the rules


@pytest.mark.parametrize("days", [1, 14, 400])
def test_tokens_that_were_told_of_nothing_are_one_range_of_an_index(large, statements, days):
    """However many of them end in that time: a hundred are read."""
    check(large, 101, statements["OUTBOX_ENDING_NEW"], NOW - 90 * DAY, NOW + days * DAY,
          index="jiratoken_noticed")


@pytest.mark.parametrize("noticed", [0, 1, 7, 14, 99])
def test_tokens_that_were_told_something_are_one_range_each(large, statements, noticed):
    check(large, 101, statements["OUTBOX_ENDING"], noticed, NOW - 900 * DAY, NOW + 7 * DAY,
          index="jiratoken_noticed")


@pytest.mark.parametrize("noticed", [0, 7, 14])
def test_next_notice_is_one_step_in_the_index(large, statements, noticed):
    check(large, 2, statements["OUTBOX_NOTICED"], noticed, index="jiratoken_noticed")


def test_notice_is_noted_by_the_key(large, statements):
    [[number, end]] = large.sql("SELECT id, expires_at FROM jiratoken WHERE noticed = 14 "
                                "ORDER BY id LIMIT 1")
    check(large, 3, statements["OUTBOX_MARK"], 7, number, end, 7)


def test_what_is_due_is_found_by_its_time(large, statements):
    """Ten, also of many that are due at the same instant."""
    check(large, 10, statements["OUTBOX_DUE"], NOW)


@pytest.mark.parametrize("name,values", [
    ("OUTBOX_STATE", ()), ("OUTBOX_NEWEST", ()), ("OUTBOX_FIND", ("'i50'",)),
    ("OUTBOX_ADVANCE", (1, 1)), ("OUTBOX_CLAIM", (NOW, "'h'", "'i50'", NOW - 9)),
    ("OUTBOX_SENT", (NOW, "'i50'", "'h'")), ("OUTBOX_LATER", (NOW, "'i50'", "'h'")),
])
def test_one_message_is_found_by_its_name(large, statements, name, values):
    check(large, 3, statements[name], *values)


def test_audit_is_read_from_the_horizon_on(large, statements):
    """A hundred rows, with what was told of each."""
    [[horizon]] = large.sql("SELECT id FROM jiratoken_audit ORDER BY id DESC "
                            "LIMIT 1 OFFSET 100")
    end = horizon + 20_000
    check(large, 3, statements["OUTBOX_NEXT"], horizon)
    check(large, 500, statements["OUTBOX_TAKE"], horizon, end)
    check(large, 700, statements["OUTBOX_TAKE_LONE"], horizon, end, NOW)
