# SPDX-License-Identifier: Apache-2.0
"""What the statements of core/jt_outbox_sql.h cost, which httpd runs all day: none
reads or sorts the table of the tokens, the audit or the outbox. No httpd runs here."""

import pytest

from auditing import make_audit, make_outbox
from listing import DAY, NOW, fill, make_rows
from plans import analyze, check, texts, times

ROWS = 60000
AUDIT, OUTBOX = 20000, 5000
TOLD, GIVEN_UP = NOW - 9000, NOW - 5000


@pytest.fixture(scope="module")
def statements(large, tmp_path_factory):
    known = {}
    for macro in ("", "_MYSQL")[:1 + (large.kind == "mysql")]:
        known |= texts(tmp_path_factory.mktemp("statements"), "jt_outbox_sql.h",
                       "JT_OUTBOX_STATEMENTS" + macro)
    return known


# ---- tables


def fill_audit(database):
    """Changes with their outcomes; the last of them is alone. Most were told, and as
    many given up at one time."""
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
    database.sql(
        "INSERT INTO jiratoken_audit_outbox (name, event, at, user_name, token_id, label, "
        f"audit_id, tries, sent_at) SELECT {name.replace(chr(39) + 'i', chr(39) + 'g')}, 'revoked', {NOW}, "
        f"'alice', n, 'ci', n, 9, {GIVEN_UP} FROM {times(database, OUTBOX)}")
    database.sql(
        "INSERT INTO jiratoken_audit_outbox (name, event, at, user_name, token_id, label, "
        f"audit_id, tries, sent_at) SELECT {name.replace(chr(39) + 'i', chr(39) + 'h')}, "
        f"'revoked', {NOW}, 'alice', n, 'ci', n, 1, {TOLD} + n FROM {times(database, 3000)}")


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


def test_what_was_told_long_ago_is_found_by_its_time(large, statements):
    """A thousand, whatever comes behind them."""
    for until in GIVEN_UP + 1, NOW + 4000:
        check(large, 1001, statements["OUTBOX_OLDEST"], until, AUDIT,
              index="jiratoken_audit_outbox_sent")
    check(large, 1001, statements["OUTBOX_CLEAN"], TOLD + 200, "'h9'", TOLD + 200, AUDIT,
          index="jiratoken_audit_outbox_sent")


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


def test_what_was_given_up_at_one_time_is_found_by_its_name(large, statements):
    """No row that is to stay is read, so that none is locked. The last of all: what was
    told before is gone then."""
    large.sql(f"DELETE FROM jiratoken_audit_outbox WHERE sent_at < {GIVEN_UP}")
    analyze(large)
    [[last]] = large.sql("SELECT name FROM jiratoken_audit_outbox WHERE "
                         f"sent_at = {GIVEN_UP} ORDER BY name LIMIT 1 OFFSET 1000")
    check(large, 1001, statements["OUTBOX_CLEAN"], GIVEN_UP, f"'{last}'", GIVEN_UP, AUDIT,
          index="jiratoken_audit_outbox_sent")
