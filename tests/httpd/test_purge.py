# SPDX-License-Identifier: Apache-2.0
"""JiraTokenPurgeExpired: what ended so many days ago goes, and nothing else."""

import contextlib
import time

import pytest

from auditing import make_audit, rows, use_audit
from faults import LOST, SILENT
from proxy import Proxy
from remembering import said, use_cache, warm
from starts import refused

DAY = 86400

pytestmark = pytest.mark.database


def use_purge(server, days=30):
    server.modules.append("watchdog")
    server.settings += f"JiraTokenPurgeExpired {days}\n"
    return server


def ago(days):
    return int(time.time()) - days * DAY


def done(server):
    return [row for row in rows(server) if row.token_id and row.stage == "done"]


def heads(server):
    """Of slots that were ended."""
    return [row for row in rows(server) if not row.token_id and row.stage == "done"]


def labels(server):
    return {label for (label,) in server.sql("SELECT label FROM jiratoken")}


def test_what_ended_so_long_ago_goes_and_nothing_else(server):
    use_purge(server)
    gone = server.insert("gone", expires_at=ago(31), created_at=ago(100))
    server.insert("long gone", "bob", expires_at=1)
    kept = {"not yet": ago(29), "today": ago(0), "later": ago(-10), "never": None}
    for label, instant in kept.items():
        server.insert(label, expires_at=instant, created_at=ago(400))
    server.start()
    # The rows go first, and then it is said.
    server.poll(lambda: len(said(server, "token purged: ")) == 2)
    assert labels(server) == set(kept)
    [line] = said(server, f"token purged: id={gone} ")
    assert "user=alice" in line and "digest=" in line


def test_many_go_in_small_batches(server):
    """More than one batch, of which some end at the same instant."""
    use_audit(use_purge(server))
    numbers = [server.insert(f"n{n}", f"user{n // 20}", expires_at=ago(40) + n // 60)
               for n in range(130)]
    server.insert("stays", expires_at=None)
    server.start()
    server.poll(lambda: labels(server) == {"stays"})
    server.poll(lambda: [row for row in rows(server) if row.intent.startswith("purge-")
                         and row.stage == "done"])
    made = [row for row in rows(server) if row.event == "purged"]
    assert {row.actor_how for row in made} == {"httpd"}
    assert {row.actor for row in made} == {None}
    assert len({row.batch for row in made}) == 1
    assert [(row.stage, row.detail) for row in made if row.token_id is None] \
        == [("intent", "days=30"), ("done", "days=30 purged=130")]
    for stage in ("intent", "done"):
        assert sorted(row.token_id for row in made
                      if row.token_id and row.stage == stage) == numbers
    assert not [row for row in made if row.stage == "failed"]


@pytest.mark.database("sqlite3")
@pytest.mark.parametrize("row", [{"last_used_at": "x"}, {"expires_at": ago(50) + .5}])
def test_row_that_cannot_be_read_stays_and_is_in_nobodys_way(server, row):
    """The others have no such rows."""
    use_purge(server)
    for n in range(60):
        server.insert(f"broken{n}", f"user{n}", **{"expires_at": ago(50), **row})
    server.insert("words", expires_at="long ago")
    server.insert("gone", expires_at=ago(40))
    server.start()
    server.poll(lambda: "gone" not in labels(server))
    assert len(labels(server)) == 61


def test_two_servers_purge_each_row_once(server, twin):
    for each in (server, twin):
        use_purge(each)
    use_audit(server)
    twin.settings += "JiraTokenAudit jiratoken_audit\n"
    for n in range(120):
        server.insert(f"n{n}", f"user{n // 20}", expires_at=ago(40))
    server.start()
    twin.start()
    server.poll(lambda: len(done(server)) == 120)
    made = [row for row in rows(server) if row.token_id]
    assert len({row.token_id for row in made if row.stage == "done"}) == 120
    assert len(said(server, "token purged: ")) + len(said(twin, "token purged: ")) == 120


def test_two_servers_without_an_audit_purge_each_row(server, twin):
    for each in (server, twin):
        use_purge(each)
    for n in range(120):
        server.insert(f"n{n}", f"user{n // 20}", expires_at=ago(40))
    server.start()
    twin.start()
    server.poll(lambda: not labels(server))


def test_next_slot_is_anybodys(server):
    use_audit(use_purge(server))
    server.use_own_clock("2027-01-15 12:00:00")
    server.start()
    server.insert("first", expires_at=int(server.now()) - 31 * DAY)
    server.pass_time(120)
    server.poll(lambda: len(heads(server)) == 1)
    server.insert("second", expires_at=int(server.now()) - 31 * DAY)
    server.pass_time(120)       # in the same five minutes
    server.pass_time(120)       # and in the next ones
    server.poll(lambda: len(heads(server)) == 2)
    assert not labels(server)
    assert len(rows(server)) == 8


def test_purged_token_is_not_remembered(server):
    """A grace of the cache's, or a clock that was put back, opens nothing."""
    use_purge(use_cache(server, "JiraTokenCacheTimeout 3600"), days=1)
    server.use_own_clock("2027-01-15 12:00:00")
    server.start()
    token = server.create(expires="2027-01-16")
    warm(server, token)
    server.pass_time(4 * DAY)
    server.poll(lambda: not labels(server))
    server.pass_time(-4 * DAY)
    assert server.check("alice", token).status == 401


def test_what_cannot_be_recorded_is_not_purged(server):
    use_audit(use_purge(server))
    server.insert("stays", expires_at=ago(40))
    refuse_all(server)
    server.expect(SILENT)
    server.start()
    server.poll(lambda: said(server, "of the table jiratoken_audit: "))
    assert labels(server) == {"stays"}


def refuse_all(server):
    if server.database.kind == "sqlite3":
        server.sql("CREATE TRIGGER no_rows BEFORE INSERT ON jiratoken_audit "
                   "BEGIN SELECT RAISE(ABORT, 'no'); END")
    else:
        server.sql("ALTER TABLE jiratoken_audit ADD CONSTRAINT no_rows "
                   "CHECK (stage = 'none')")


def test_database_that_is_away_is_asked_again(server):
    use_purge(server)
    server.use_own_clock("2027-01-15 12:00:00")
    server.insert("gone", expires_at=1)
    with contextlib.ExitStack() as stack:
        if server.database.kind != "sqlite3":
            stack.enter_context(server.database.held())
            server.expect(rf"{SILENT}|perhaps")
        server.start()
    server.pass_time(61)
    server.poll(lambda: not labels(server))


@pytest.mark.plain
@pytest.mark.parametrize("days", ["-1", "x", "40000", "1.5"])
def test_days_that_cannot_be_are_refused(server, days):
    server.settings += f"JiraTokenPurgeExpired {days}\n"
    refused(server, "JiraTokenPurgeExpired", "is not a whole number from 0 to 36525")


def test_by_default_nothing_goes(server):
    server.modules.append("watchdog")
    make_audit(server.database)
    server.insert("old", expires_at=1)
    server.start()
    server.create()
    assert "old" in labels(server)


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "done"])
def test_purge_whose_answer_is_lost_is_recorded_as_it_is(server, arrives):
    use_audit(use_purge(server))
    server.expect(f"{SILENT}|{LOST}")
    digest = "ab" * 32
    gone = server.insert("gone", expires_at=ago(31), digest=digest)
    wire = Proxy(server.database.port)
    server.database.port = wire.port
    with contextlib.closing(wire):
        wire.cut_after(digest.encode(), arrives)
        server.start()
        server.poll(lambda: heads(server))
        assert wire.cuts == 1
        assert labels(server) == set()
        assert [row.token_id for row in done(server)] == [gone]
        assert not [row for row in rows(server) if row.stage == "failed"]
        assert len(said(server, "token purged: ")) == 1
        server.stop()
