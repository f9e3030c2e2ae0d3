# SPDX-License-Identifier: Apache-2.0
"""What the statements of core/jt_listing.c cost: none reads or sorts the table, for
any filter, sort and page. Each is run once more and explained by the database, on a
table that is large enough for its planner to mind. No httpd runs here."""

import itertools
import json

import pytest

from listing import SORTS, analyze, fill, lister, make_rows

ROWS = 60000
FILTERS = [
    {}, {"user": "user00123"}, {"label": "git no. 123"}, {"label": "git"},
    {"state": "active"}, {"state": "expires-soon"}, {"state": "expired"}, {"state": "idle"},
    {"unused": "1"}, {"unused": "900"}, {"expiring": "2"}, {"expiring": "300"},
    {"expired": "1"}, {"expired": "199"}, {"expiry": "never"},
    {"restriction": "restricted"}, {"restriction": "unrestricted"},
    {"restriction": "read"}, {"state": "active", "unused": "300", "label": "ci"},
]
# What a page may read of the table, and a call that takes or counts: its constants.
PAGE, WHOLE = 5001 + 101, 20002


@pytest.fixture(scope="module")
def large(request, databases):
    from server import Server
    made = Server(request.config.getoption("--module"), "event", databases)
    try:
        fill(made.database, make_rows(ROWS, seed=3))
        analyze(made.database)
        with lister(made) as asked:
            yield made, asked
    finally:
        made.close(False)


# ---- what a statement reads: (rows of the table, faults)


def nodes_of(plan):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


def explain_pgsql(server, statement):
    [[[said]]] = server.sql("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, FORMAT JSON) " + statement)
    read, faults = 0, []
    for node in nodes_of(said["Plan"]):
        rows = node["Actual Rows"] * node["Actual Loops"]
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "jiratoken":
            faults.append("reads the table")
        if node["Node Type"].endswith("Sort") and rows > 4000:
            faults.append(f"sorts {rows} rows")
        if "Relation Name" in node:
            # Rows that lie side by side cost a tenth of others.
            beside = 10 if node.get("Index Name") == "jiratoken_id" else 1
            read += rows + sum(node.get(f"Rows Removed by {why}", 0) for why in (
                "Filter", "Index Recheck")) * node["Actual Loops"] / beside
    return read, faults


def number_of(text):
    """As ANALYZE writes it: with a filter by another index, "12.00 (3%)"."""
    return float(str(text or 0).split()[0])


def explain_mysql(server, statement):
    with server.database.session() as session:
        session.execute("ANALYZE " + statement)
        names = [column[0] for column in session.description]
        said = [dict(zip(names, row)) for row in session.fetchall()]
    read, faults = 0, []
    for row in said:
        if row["table"] != "jiratoken":
            continue
        read += number_of(row["r_rows"])
        if row["type"] == "ALL" and row["key"] is None:
            faults.append("reads the table")
        # What was sorted is counted behind the LIMIT, and only estimated before.
        if "filesort" in (row["Extra"] or "") and number_of(row["rows"]) > 4000:
            faults.append("sorts the table")
    return read, faults


def explain_sqlite3(server, statement):
    """It does not say how many rows it reads: by an index, with a LIMIT."""
    said = server.sql("EXPLAIN QUERY PLAN " + statement)
    of_table = {parent for _, parent, _, detail in said
                if detail.startswith(("SEARCH jiratoken", "SCAN jiratoken"))}
    faults = []
    for _, parent, _, detail in said:
        if detail.startswith("SCAN jiratoken") and "INDEX" not in detail and \
                "ORDER BY id LIMIT" not in statement:
            faults.append("reads the table")
        if "TEMP B-TREE" in detail and parent in of_table and "ORDER BY +id" not in statement:
            faults.append("sorts the table")
    return 0, faults


EXPLAIN = {"pgsql": explain_pgsql, "mysql": explain_mysql, "sqlite3": explain_sqlite3}


def check_cost(server, answer, most, question):
    """All statements of one answer together."""
    read = 0
    for statement in answer["statements"]:
        rows, faults = EXPLAIN[server.database.kind](server, statement)
        assert not faults, (question, statement, faults)
        read += rows
    assert read <= most, (question, read, json.dumps(answer["statements"], indent=1))
    return read


# ---- the rules


@pytest.mark.database("sqlite3")
@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("wanted", [{"expiring": "2"}, {"expired": "199"}, {"expired": "1"},
                                    {"expiring": "300"}])
def test_bounds_of_a_filter_are_found_by_seeks(large, wanted, descending):
    """Each row that is passed over takes five steps of SQLite's machine."""
    server, asked = large
    page = asked.get(filter=wanted, sort="expires", descending=descending)
    steps = []
    with server.database.connect() as connection:
        connection.set_progress_handler(lambda: steps.append(1), 10)
        for statement in page["statements"]:
            connection.execute(statement).fetchall()
    assert page["tokens"] and 10 * len(steps) < ROWS


@pytest.mark.parametrize("sort,descending", itertools.product(SORTS, (0, 1)))
def test_page_reads_little_of_the_table_and_sorts_less(large, sort, descending):
    server, asked = large
    for wanted in FILTERS:
        question = {"filter": wanted, "sort": sort, "descending": descending,
                    "max_idle": 700}
        first = asked.get(**question)
        counted = 4 * 2001 * len(wanted)     # index entries, to find a path
        check_cost(server, first, PAGE + counted, question)
        if first["next"]:
            second = asked.get(**question, after=first["next"])
            check_cost(server, second, PAGE + counted, question)


@pytest.mark.parametrize("sort,descending", itertools.product(SORTS, (0, 1)))
def test_cursor_of_another_filter_costs_no_more(large, sort, descending):
    """It may lie far from all that match."""
    server, asked = large
    after = None
    for _ in range(5):
        question = {"sort": sort, "descending": descending, "limit": 1000}
        after = asked.get(**question, **({"after": after} if after else {}))["next"]
    for wanted in FILTERS:
        question = {"filter": wanted, "sort": sort, "descending": descending,
                    "max_idle": 700, "after": after}
        check_cost(server, asked.get(**question), PAGE + 4 * 2001 * len(wanted), question)


@pytest.mark.parametrize("sort", SORTS)
def test_page_in_the_middle_costs_what_the_first_does(large, sort):
    """Also among 10,000 that are equal: no page passes over those before it."""
    server, asked = large
    server.sql("UPDATE jiratoken SET created_at = 1, expires_at = 2, last_used_at = 3, "
               "label = 'same' WHERE slot = 1 AND id < 50000")
    analyze(server.database)
    after = None
    for _ in range(12):
        answer = asked.get(sort=sort, limit=1000, **({"after": after} if after else {}))
        check_cost(server, answer, 2100, sort)
        after = answer["next"]


def test_taking_and_counting_read_no_more_than_their_windows(large):
    server, asked = large
    for wanted in FILTERS:
        question = {"filter": wanted, "max_idle": 700}
        counted = 6 * 10001 * len(wanted)
        for reached in (0, 30000):
            answer = asked.get("take", after_id=reached, limit=1000, **question)
            check_cost(server, answer, WHOLE + counted, question)
        answer = asked.get("count", **question)
        check_cost(server, answer, 4 * WHOLE + counted, question)


def test_spellings_are_found_by_seeks(large):
    server, asked = large
    answer = asked.get(filter={"user": "USER00123"}, every_spelling=1)
    assert len(answer["tokens"]) == 5
    check_cost(server, answer, 200, "spellings")


def test_deletion_finds_rows_by_a_key(large):
    server, asked = large
    answer = asked.get("take", limit=500)
    tokens = answer["tokens"]
    [statement] = asked.get("delete", rows=[
        {"id": token["id"], "digest": f"no {token['digest']}"} for token in tokens
    ])["statements"]
    _, faults = {"pgsql": explain_pgsql, "sqlite3": explain_sqlite3,
                 "mysql": explain_mysql}[server.database.kind](server, statement)
    assert not faults
