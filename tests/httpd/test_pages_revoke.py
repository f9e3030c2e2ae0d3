# SPDX-License-Identifier: Apache-2.0
"""Revoking: the confirmation, what it ends, and whose tokens it cannot touch."""

import concurrent.futures

import pytest

from faults import SILENT, UNSURE, lax, make_lax
from page import Page, text


def test_confirmation_names_the_label_and_changes_nothing(running):
    token = running.create(label="Looker Studio", expires="2099-12-31")
    row = running.id_of(token)
    before = running.rows()
    answer = running.get(f"/tokens/{row}/revoke", user="alice")
    assert answer.status == 200
    page = Page(answer)
    assert page.title() == "Revoke Looker Studio?"
    assert "can't undo this" in text(page.id("main"))
    assert "2099-12-31, 24:00 UTC" in text(page.id("main"))
    assert {"Revoke", "Cancel"} <= set(page.buttons())
    [form] = page.all("form")
    assert form.get("method") == "post"
    assert running.rows() == before
    assert running.check("alice", token).status == 200


def test_revoked_token_is_refused_at_once_and_off_the_list(running):  # C01
    token = running.create(label="gone")
    kept = running.create(label="kept")
    assert running.check("alice", token).status == 200
    row = running.id_of(token)
    answer = running.post(f"/tokens/{row}/revoke", user="alice")
    assert answer.status == 303
    assert answer.body == b"" or b"gone" not in answer.body
    assert running.check("alice", token).status == 401
    assert running.check("alice", kept).status == 200
    page = Page(running.get("/tokens", user="alice"))
    assert [r[0] for r in page.table()] == ["kept"]
    assert "1 of 25 tokens" in text(page.id("main"))


def test_list_links_each_token_to_its_own_confirmation(running):
    rows = {f"n{n}": running.insert(f"n{n}") for n in range(3)}
    page = Page(running.get("/tokens/", user="alice"))
    for line in page.all("tr")[1:]:
        [label] = [text(cell) for cell in line.findall("th")]
        *_, link = line.findall(".//a")
        assert link.get("href").endswith(f"/{rows[label]}/revoke")
        assert text(link) == "Revoke"
        assert page.described(link) == label


def test_old_and_expired_rows_can_be_revoked(running):
    for label, expiry in (("old", None), ("expired", 1)):
        row = running.insert(label, expires_at=expiry)
        assert running.post(f"/tokens/{row}/revoke", user="alice").status == 303
    assert running.rows() == []


def test_only_the_row_of_the_url_goes(running):
    rows = [running.insert(f"n{n}") for n in range(4)]
    answer = running.post(f"/tokens/{rows[1]}/revoke?id={rows[2]}",
                          {"id": rows[3], "user": "bob", "token": rows[0]},
                          user="alice")
    assert answer.status == 303
    assert [r[0] for r in running.rows()] == [rows[0], rows[2], rows[3]]


def not_yours(server):
    """Ids that are nobody's or somebody else's, as alice would send them."""
    others = server.insert("of bob", user="bob")
    alike = server.insert("of Alice", user="Alice")
    padded = server.insert("of alice ", user="alice ")
    gone = server.insert("revoked")
    assert server.post(f"/tokens/{gone}/revoke", user="alice").status == 303
    return [others, alike, padded, gone, 999999, 2**63 - 1]


def test_tokens_that_are_not_ones_own_are_one_and_the_same_404(running):  # P03, A21
    ids = not_yours(running)
    before = running.rows()
    for method in ("GET", "POST"):
        answers = [running.request(method, f"/tokens/{row}/revoke", user="alice",
                                   body="" if method == "POST" else None, headers={
                                       "Sec-Fetch-Site": "same-origin", "Content-Type":
                                       "application/x-www-form-urlencoded"})
                   for row in ids]
        assert {a.status for a in answers} == {404}
        assert all(a.without_date() == answers[0].without_date() for a in answers)
        assert "of bob" not in answers[0].text
    assert running.rows() == before


@pytest.mark.parametrize("collation, name", [
    lax("sqlite3", "NOCASE", "ALICE"), lax("sqlite3", "RTRIM", "alice "),
    lax("pgsql", "lax", "ALICE"), lax("mysql", "utf8mb4_general_ci", "ALICE"),
    lax("mysql", "utf8mb4_bin", "alice ")])
def test_collation_makes_no_token_ones_own(server, collation, name):  # A04, P03
    """Owners are compared byte for byte, whatever the database takes for equal."""
    make_lax(server, collation, "user_name")
    mine = server.insert("mine")
    theirs = server.insert("theirs", user=name, slot=7)
    server.start()
    found = server.sql("SELECT id FROM jiratoken WHERE user_name = 'alice' "
                       "ORDER BY id")
    assert found == [(mine,), (theirs,)]
    assert Page(server.get("/tokens", user="alice")).column(0) == ["mine"]
    asked = server.get(f"/tokens/revoke?id={mine}&id={theirs}", user="alice")
    assert Page(asked).title() == "Revoke mine?"
    for path in (f"/tokens/{theirs}/revoke", "/tokens/revoke"):
        assert server.post(path, {"id": theirs}, user="alice").status == 404
    both = [("id", theirs), ("id", mine)]
    assert server.post("/tokens/revoke", both, user="alice").status == 303
    assert [row[0] for row in server.rows()] == [theirs]


def test_own_token_can_be_revoked_once(running):
    row = running.insert("ci")
    answers = [running.post(f"/tokens/{row}/revoke", user="alice") for _ in range(2)]
    assert [a.status for a in answers] == [303, 404]
    assert running.get(f"/tokens/{row}/revoke", user="alice").status == 404


def test_id_of_a_revoked_token_never_comes_back(running):
    seen = set()
    for _ in range(3):
        row = running.id_of(running.create())
        assert row not in seen
        seen.add(row)
        assert running.post(f"/tokens/{row}/revoke", user="alice").status == 303


def test_revoking_at_the_same_time_ends_the_token_once(patient):
    row = patient.insert("ci")
    other = patient.insert("kept")
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(
            lambda _: patient.post(f"/tokens/{row}/revoke", user="alice"), range(8)))
    assert {a.status for a in answers} <= {303, 404}
    assert 303 in {a.status for a in answers}
    assert [r[0] for r in patient.rows()] == [other]


def test_of_those_who_revoke_at_the_same_time_one_has_done_it(patient):
    for round_ in range(20):
        row = patient.insert(f"ci {round_}")
        with concurrent.futures.ThreadPoolExecutor(4) as crowd:
            answers = list(crowd.map(
                lambda _, row=row: patient.post(f"/tokens/{row}/revoke", user="alice"),
                range(4)))
        assert sorted(a.status for a in answers) == [303, 404, 404, 404]
        assert patient.log().count(f"token revoked: id={row} ") == 1


@pytest.mark.parametrize("user", ["bob", "carol"])
def test_administrator_or_neighbour_sees_no_token_of_mine(running, user):
    row = running.insert("secret label")
    for path in ("", "/", "/create", "/connect", f"/{row}/revoke"):
        answer = running.get("/tokens" + path, user=user)
        assert "secret label" not in answer.text, path


def test_revocation_that_the_database_refuses_is_no_success(running):  # F07
    row = running.insert("kept")
    running.expect(f"{SILENT}|{UNSURE}")
    running.database.refuse("DELETE")
    answer = running.post(f"/tokens/{row}/revoke", user="alice")
    assert answer.status == 503
    assert answer.get("location") is None
    assert "read only" not in answer.text
    assert len(running.rows()) == 1


def test_creation_that_the_database_refuses_gives_no_token(running):  # F07
    running.expect("the token database cannot answer")
    running.database.refuse("INSERT")
    answer = running.post("/tokens/create", {"label": "ci"}, user="alice")
    assert answer.status == 503
    assert Page(answer).id("token") is None
    assert running.rows() == []
