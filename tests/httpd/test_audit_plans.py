# SPDX-License-Identifier: Apache-2.0
"""What a page of the audit costs: a hundred rows and one, of however many there are,
by whichever filter, on whichever days. No httpd runs here."""

import pytest

from auditing import make_audit
from listing import DAY, NOW
from plans import analyze, check, texts, times

ROWS = 60000
DAYS = 600
ONE_SECOND = NOW + 100 * DAY
FILTERS = {"ALL": ((), 1), "U": (("'user7'",), 10), "A": (("'user30'",), 10),
           "E": (("'revoked'",), 5), "UA": (("'user7'", "'user30'"), 97),
           "UE": (("'user7'", "'revoked'"), 97), "U, none": (("'user12'",), 1),
           "A, none": (("'user12'",), 1), "E, none": (("'purged'",), 1)}


@pytest.fixture(scope="module")
def list_page(large, tmp_path_factory):
    """What is asked for these rows, by name: its text, and its values."""
    is_mysql = large.kind == "mysql"
    known = texts(tmp_path_factory.mktemp("statements"), "jt_audit_sql.h",
                  "JT_AUDIT_STATEMENTS" + "_MYSQL" * is_mysql)

    def make(name, first, at, number):
        given = [value for value in FILTERS[name][0] for _ in range(1 + is_mysql)]
        return (known["AUDIT_PAGE_" + name.split(",")[0]], *given, first, at, number,
                *[at] * is_mysql)
    return make


@pytest.fixture(scope="module")
def large(request, databases):
    """A hundred rows a day, of ten users, who did it to one another, and of five
    events; and a second that has more of each than a page may read."""
    from server import Server
    made = Server(request.config.getoption("--module"), "event", databases)
    try:
        database = made.database
        make_audit(database)
        events = " ".join(f"WHEN {n}0 THEN '{event}'" for n, event in enumerate(
            ("created", "renamed", "rotated", "revoked", "other")))
        intent, user, actor = (
            f"concat('{text}', {number})" if database.kind == "mysql"
            else f"'{text}' || ({number})" for text, number in (
                ("i", "n"), ("user", "n % 10"), ("user", "n % 100 - n % 10")))
        database.sql(
            "INSERT INTO jiratoken_audit (at, event, stage, intent, actor, actor_how, "
            f"user_name, token_id, label) SELECT {NOW} - {DAYS * DAY} + "
            f"n * {DAYS * DAY // ROWS}, CASE n % 50 - n % 10 {events} END, 'done', "
            f"{intent}, {actor}, 'basic', {user}, n, 'ci' FROM {times(database, ROWS)}")
        database.sql(
            "INSERT INTO jiratoken_audit (at, event, stage, intent, actor, actor_how, "
            f"user_name, token_id, label) SELECT {ONE_SECOND}, event, 'failed', intent, "
            "actor, actor_how, user_name, token_id, label FROM jiratoken_audit "
            f"WHERE id <= {ROWS * 2 // 3}")
        analyze(database, "jiratoken_audit")
        yield database
    finally:
        made.close(False)


def most_of(name):
    """What a walk back from there meets, and what became of each of those found; of
    two filters, all that one of them finds."""
    return 101 * (FILTERS[name][1] + 3)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("ago,days", [
    (DAYS, DAYS), (DAYS - 10, 1), (300, 1), (1, 1), (0, 1), (-5, 1), (DAYS + 50, 20),
])
def test_page_of_some_days_reads_no_others(large, list_page, name, ago, days):
    first = NOW - ago * DAY
    check(large, most_of(name), *list_page(name, first, first + days * DAY, 0))


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("ago", [1, 300, DAYS - 1])
def test_page_in_the_middle_begins_where_the_one_before_ended(large, list_page, name, ago):
    [[number, at]] = large.sql("SELECT id, at FROM jiratoken_audit WHERE "
                               f"at <= {NOW - ago * DAY} ORDER BY at DESC, id DESC LIMIT 1")
    check(large, most_of(name), *list_page(name, 0, at, number))


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("part", [0, .5, .99])
def test_rows_of_one_second_are_passed_over_by_none(large, list_page, name, part):
    """As a revocation of many writes them."""
    [[first, last]] = large.sql("SELECT MIN(id), MAX(id) FROM jiratoken_audit "
                                f"WHERE at = {ONE_SECOND}")
    check(large, most_of(name),
          *list_page(name, 0, ONE_SECOND, int(last - part * (last - first))))
