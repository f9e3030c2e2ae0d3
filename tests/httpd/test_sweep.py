# SPDX-License-Identifier: Apache-2.0
"""Administrators' revocations while others act and connections break: nothing that
is said of them is untrue, and each is as instant as the owner's own."""

import concurrent.futures
import json
import re
import secrets
import time

import pytest

from admin import Admin, mount
from auditing import rows, use_audit
from faults import LOST, SILENT, UNSURE
from proxy import Proxy
from remembering import PATIENT, ask, use
from server import TOKEN

DAY = 86400
WINDOW = 20000      # rows that a batch looks at, at most
EVERYTHING = {"confirm": "revoke everything"}


def revoked(server, *stages):
    return [row for row in rows(server) if row.event == "revoked" and row.stage in stages]


def fill(server, number, **columns):
    """Rows of as many users, by few statements."""
    names = ("user_name", "slot", "label", "digest", *columns)
    for first in range(0, number, 1000):
        values = ", ".join(
            "(" + ", ".join(map(str, (f"'user{i}'", 0, "'t'", f"'{secrets.token_hex(32)}'",
                                      *columns.values()))) + ")"
            for i in range(first, min(first + 1000, number)))
        server.sql(f"INSERT INTO jiratoken ({', '.join(names)}) VALUES {values}")


# ---- an answer that is lost


@pytest.fixture
def wired(server):
    use_audit(mount(server))
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.expect(f"{SILENT}|{UNSURE}|{LOST}")
    server.wire = Proxy(server.database.port)
    server.database.port = server.wire.port
    yield Admin(server.start())
    server.wire.close()


# Each returns what is gone, or None where httpd could not find out.

def revoke_one(admin, ids):
    answer = admin.call("DELETE", f"/tokens/{ids[0]}")
    assert answer.status in (204, 503)
    return ids[:1] if answer.status == 204 else None


def revoke_selected(admin, ids):
    answer = admin.post("/revoke", [("id", number) for number in ids])
    assert answer.get("Location") == "./?done=several" or answer.status == 503
    return ids if answer.status == 303 else None


def revoke_user(admin, ids):
    answer = admin.call("POST", "/revoke", {"user": "alice"})
    if answer.status == 503:
        return None
    assert (answer.status, json.loads(answer.text)) \
        == (200, {"matched": len(ids), "revoked": len(ids)})
    return ids


def revoke_by_a_lost_answer(admin, revoke, arrives):
    """Tokens, their ids, and which of them are gone. An answer that is lost after more
    than a tenth of a second, as on a busy machine, is not asked for again, but 503: then
    that is tried anew."""
    server = admin.server
    for _ in range(20):
        server.sql("DELETE FROM jiratoken")
        tokens = [server.create() for _ in range(3)]
        ids = [server.id_of(token) for token in tokens]
        before = server.wire.cuts
        server.wire.cut_after(b"DELETE FROM jiratoken", arrives)
        gone = revoke(admin, ids)
        assert server.wire.cuts == before + 1
        if gone:
            return tokens, ids, gone
    raise AssertionError("each was 503")


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("arrives", [False, True], ids=["lost", "done"])
@pytest.mark.parametrize("revoke", [revoke_one, revoke_selected, revoke_user])
def test_revocation_whose_answer_is_lost_is_told_and_recorded_as_it_is(wired, revoke, arrives):
    server = wired.server
    tokens, ids, gone = revoke_by_a_lost_answer(wired, revoke, arrives)
    assert [row[0] for row in server.rows()] == [number for number in ids if number not in gone]
    of_tokens = [row for row in revoked(server, "done", "failed") if row.token_id in ids]
    assert [(row.token_id, row.stage) for row in of_tokens] == [(one, "done") for one in gone]
    assert {server.check("alice", token).status for token in tokens[:len(gone)]} == {401}


# ---- what is recorded


@pytest.fixture
def audited(server):
    server.settings += f"JiraTokenLastUsedInterval 0\n{PATIENT}\n"
    return Admin(use_audit(mount(server)).start())


def test_filter_is_recorded_though_the_first_batch_finds_nothing(audited):
    server = audited.server
    now = int(time.time())
    fill(server, WINDOW + 500, created_at=now - DAY, expires_at=now - 60)
    last = server.insert("late", "zoe", created_at=now - DAY)
    assert audited.revoke(state="active") == {"matched": 1, "revoked": 1}
    made = revoked(server, "intent", "done")
    assert [(row.token_id, row.detail) for row in made] == [
        (None, "state=active"), (last, None), (last, None), (None, "state=active revoked=1")]
    assert len({row.batch for row in made}) == 1 and made[0].batch


def test_filter_is_recorded_once_of_several_batches(audited):
    fill(audited.server, 1200)
    assert audited.revoke(label="t") == {"matched": 1200, "revoked": 1200}
    made = revoked(audited.server, "intent", "done")
    assert [(row.stage, row.detail) for row in made if row.token_id is None] == [
        ("intent", "label=t"), ("done", "label=t revoked=1200")]
    assert len({row.batch for row in made}) == 1 and len(made) == 2402


def test_longest_filter_is_recorded_as_far_as_it_fits(audited):
    user, label = "\u00e9" * 127, "\u00e8" * 200
    audited.server.insert(label, user)
    assert audited.revoke(user=user, label=label, expiry="never", restriction="unrestricted") \
        == {"matched": 1, "revoked": 1}
    [before, after] = [row.detail for row in revoked(audited.server, "intent", "done")
                       if row.token_id is None]
    assert before.startswith("user=%C3%A9") and len(before) == 1900
    assert after == before + " revoked=1"


def test_sweep_that_the_database_stops_says_how_far_it_came(audited):
    """A row that it does not delete, behind the second batch."""
    server = audited.server
    fill(server, 1600)
    [[number]] = server.sql("SELECT id FROM jiratoken WHERE user_name = 'user1200'")
    keep_row(server, number)
    server.expect(f"{SILENT}|{UNSURE}")
    answer = audited.call("POST", "/revoke", {"label": "t"})
    assert answer.status == 503 and answer.get("Retry-After").isdigit()
    gone = 1600 - len(server.rows())
    assert 1000 <= gone < 1600
    assert f"{gone} are revoked" in json.loads(answer.text)["error"]
    made = revoked(server, "intent", "done", "failed")
    assert [(row.stage, row.detail) for row in made if row.token_id is None] == [
        ("intent", "label=t"), ("failed", f"label=t revoked={gone}")]
    assert len([row for row in made if row.stage == "done"]) == gone


def keep_row(server, number):
    """Whoever deletes it gets an error."""
    if server.database.kind == "sqlite3":
        server.sql(f"CREATE TRIGGER kept BEFORE DELETE ON jiratoken WHEN old.id = {number} "
                   "BEGIN SELECT RAISE(ABORT, 'kept'); END")
    elif server.database.kind == "mysql":
        server.sql("CREATE TRIGGER kept BEFORE DELETE ON jiratoken FOR EACH ROW "
                   f"IF old.id = {number} THEN SIGNAL SQLSTATE '45000'; END IF")
    else:
        server.sql("CREATE FUNCTION keep() RETURNS trigger AS $$ BEGIN "
                   f"IF old.id = {number} THEN RAISE EXCEPTION 'kept'; END IF; RETURN old; "
                   "END $$ LANGUAGE plpgsql")
        server.sql("CREATE TRIGGER kept BEFORE DELETE ON jiratoken FOR EACH ROW "
                   "EXECUTE FUNCTION keep()")


def test_revocation_of_one_has_no_batch(audited):
    server = audited.server
    for revoke in (lambda number: audited.call("DELETE", f"/tokens/{number}"),
                   lambda number: audited.post(f"/{number}/revoke")):
        assert revoke(server.insert("t")).status in (204, 303)
    assert [row.batch for row in revoked(server, "intent", "done")] == [None] * 4


# ---- others at the same time


def test_token_that_its_owner_rotates_meanwhile_is_gone_with_both_secrets(audited):
    server = audited.server
    ways = [lambda number: audited.revoke(user="alice"),
            lambda number: audited.call("DELETE", f"/tokens/{number}"),
            lambda number: audited.post("/revoke", [("id", number)]),
            lambda number: audited.post("/revoke", EVERYTHING)]
    for turn in range(16):
        token = server.create()
        number = server.id_of(token)
        assert server.check("alice", token).status == 200
        fields = {"replaces": form(server, number), "overlap": 86400 * (turn % 2)}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            rotated = pool.submit(server.post, f"/tokens/{number}/rotate", fields, user="alice")
            assert pool.submit(ways[turn // 2 % 4], number).result()
            answer = rotated.result()
        assert answer.status in (200, 404)
        both = {token, *re.findall(TOKEN, answer.text)}
        server.tokens += both
        assert server.rows() == []
        assert {said for one in both for said in ask(server, one, 8)} == {401}
    done = revoked(server, "done")
    assert len({row.token_id for row in done if row.token_id}) == 16


def form(server, number):
    """What the page of a rotation would send: the secret that it replaces."""
    text = server.get(f"/tokens/{number}/rotate", user="alice").text
    return re.search('name="replaces" value="([0-9a-f]{12})"', text)[1]


def test_two_administrators_revoke_everything_once(audited):
    server = audited.server
    fill(server, 1600)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(audited.revoke, all=True, **EVERYTHING) for _ in range(2)]
        assert sum(answer.result()["revoked"] for answer in answers) == 1600
    assert server.rows() == []
    done = [row.token_id for row in revoked(server, "done") if row.token_id]
    assert len(done) == len(set(done)) == 1600


# ---- another server, with the same cache


def by_json(**filter):
    return lambda admin, number: admin.revoke(**filter)


@pytest.mark.database("pgsql")
@pytest.mark.parametrize("revoke", [
    lambda admin, number: admin.call("DELETE", f"/tokens/{number}"),
    lambda admin, number: admin.post(f"/{number}/revoke"),
    lambda admin, number: admin.post("/revoke", [("id", number)]),
    lambda admin, number: admin.post("/revoke", {"user": "alice"}),
    lambda admin, number: admin.post("/revoke", EVERYTHING),
    by_json(user="alice"), by_json(label="tool", expiry="never"),
    by_json(all=True, **EVERYTHING)],
    ids=["delete", "one", "selected", "user", "everything", "json user", "json filter",
         "json everything"])
def test_revocation_here_is_refused_by_the_next_request_there(server, twin, caches, revoke):  # C05
    mount(server)
    for one in (server, twin):
        use(one, "redis", caches, "JiraTokenCacheTimeout 86400", "JiraTokenLastUsedInterval 0")
        one.start()
    admin = Admin(server)
    for number in range(5):
        token = server.create(label=f"tool {number}")
        twin.tokens.append(token)
        assert set(ask(server, token, 8) + ask(twin, token, 8)) == {200}
        revoke(admin, server.id_of(token))
        assert twin.check("alice", token).status == 401
        assert set(ask(twin, token, 8) + ask(server, token, 8)) == {401}
    assert server.rows() == []
    assert json.loads(admin.call("GET", "/tokens").text)["tokens"] == []
