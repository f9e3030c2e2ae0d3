# SPDX-License-Identifier: Apache-2.0
"""What a statement of the module costs on each database: its text is the header's own,
and the database explains it, on tables that are large enough for its planner to mind."""

import re
import subprocess

from server import TOP

TABLES = {"@": "jiratoken", "#": "jiratoken_audit", "&": "jiratoken_audit_outbox"}

PRINTER = r"""
#include <stdio.h>
#include "core/%s"
#define ROW(name, text) puts(#name "\t" text);
int main(void) { %s(ROW) return 0; }
"""


def texts(folder, header, macro):
    """Those of a header, by name."""
    subprocess.run(["cc", "-x", "c", f"-I{TOP}/mod_jiratoken", "-o", folder / "print", "-"],
                   input=PRINTER % (header, macro), text=True, check=True)
    said = subprocess.run([folder / "print"], capture_output=True, text=True,
                          check=True).stdout
    return dict(line.split("\t") for line in said.splitlines())


def times(database, number, first=1):
    """A table of so many numbers, as a part of a statement."""
    if database.kind == "mysql":
        return f"(SELECT seq AS n FROM seq_{first}_to_{number}) AS numbers"
    if database.kind == "pgsql":
        return f"generate_series({first}, {number}) AS numbers(n)"
    return (f"(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c "
            f"WHERE n < {number}) SELECT n FROM c) AS numbers")


def analyze(database, *tables):
    for table in tables or TABLES.values():
        database.sql({"mysql": f"ANALYZE TABLE {table}", "sqlite3": "ANALYZE",
                      "pgsql": f"VACUUM ANALYZE {table}"}[database.kind])


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
