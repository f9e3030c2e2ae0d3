# SPDX-License-Identifier: Apache-2.0
"""The administrators' pages and JSON: who may come in, what is listed, and what
is refused in words."""

import csv
import html
import io
import json
import pathlib
import re
import subprocess
import time
import urllib.parse

import pytest

from admin import Admin, mount
from auditing import use_audit
from listing import fill as fill_table, make_rows
from server import HANGS, basic
from sightings import use_sightings

DAY = 86400
TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def admin(server):
    return Admin(mount(server).start())


def fill(server, number=7):
    """Tokens of several people, in every state."""
    now = int(time.time())
    rows = [
        ("alice", "active", {"expires_at": now + 90 * DAY, "last_used_at": now}),
        ("alice", "soon", {"expires_at": now + DAY}),
        ("bob", "over", {"expires_at": now - 40 * DAY}),
        ("bob", "endless", {}),
        ("dora", "read", {"restrictions": "read"}),
        ("dora", "home", {"restrictions": "read from=10.0.0.0/8"}),
        ("eve", "old", {"created_at": now - 400 * DAY, "last_used_at": now - 100 * DAY})]
    return [server.insert(label, user, **{"created_at": now - 10, **columns})
            for user, label, columns in rows[:number]]


# ---- who comes in


def test_only_administrators_come_in(admin):
    admin.server.expect("AH01631: user alice: authorization failure")
    fill(admin.server)
    for path in ("/admin", "/admin/", "/admin/revoke", "/admin/tokens.csv", "/admin/1/revoke",
                 "/admin/api/tokens"):
        assert admin.server.get(path).status == 401
        assert admin.server.get(path, user="alice").status == 401
        assert admin.server.get(path, user="carol").status == 200


def test_token_is_no_way_in(server):
    """Not even an administrator's."""
    mount(server)
    server.locations = server.locations.replace(
        "AuthBasicProvider file", "AuthBasicProvider jiratoken file")
    server.start()
    token = server.create("carol")
    ids = "SELECT id, digest FROM jiratoken"
    before = server.sql(ids)
    for method, path in (("GET", "/"), ("GET", "/tokens.csv"), ("POST", "/revoke"),
                         ("GET", "/api/tokens"), ("POST", "/api/revoke"),
                         ("DELETE", "/api/tokens/1"), ("GET", "/assets/style.css")):
        answer = server.request(method, "/admin" + path, body="{}", headers={
            "Authorization": basic("carol", token), "Content-Type": "application/json"})
        assert answer.status == 403, path
    assert server.sql(ids) == before


def test_unprotected_location_admits_nobody(server):
    server.expect("without a signed-in user")
    mount(server)
    server.locations = re.sub("Require user carol", "Require all granted", server.locations)
    server.start()
    for path in ("/admin/", "/admin/api/tokens"):
        assert server.get(path).status == 403


def test_change_comes_from_these_pages_alone(admin):
    [number] = fill(admin.server, 1)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Sec-Fetch-Site": "none"}, {"Referer": "http://127.0.0.1/elsewhere"}):
        assert admin.post(f"/{number}/revoke", headers=headers).status == 403
    assert admin.call("DELETE", f"/tokens/{number}", Sec_Fetch_Site="cross-site").status == 403
    assert admin.call("POST", "/revoke", {"user": "alice"},
                      Origin="https://elsewhere.example").status == 403
    assert admin.get("/", headers={"Sec-Fetch-Mode": "cors"}).status == 403
    assert len(admin.server.rows()) == 1


def test_script_of_another_site_reads_nothing(admin):
    """Somebody who types the URL is none; changes are never typed."""
    for site, status in (("none", 200), ("same-origin", 200), ("same-site", 403),
                         ("cross-site", 403)):
        assert admin.call("GET", "/tokens", Sec_Fetch_Site=site).status == status
    assert admin.call("GET", "/tokens", Origin="https://elsewhere.example").status == 403
    assert admin.call("DELETE", "/tokens/1", Sec_Fetch_Site="none").status == 403


def test_nothing_is_created_or_changed_here(admin):
    [number] = fill(admin.server, 1)
    for method, path, allow in (
            ("POST", "/", "GET, HEAD"), ("DELETE", "/1/revoke", "GET, HEAD, POST"),
            ("POST", "/api/tokens", "GET, HEAD"), ("GET", "/api/revoke", "POST"),
            ("PATCH", f"/api/tokens/{number}", "DELETE")):
        answer = admin.server.request(method, "/admin" + path, user="carol")
        assert (answer.status, answer.get("Allow")) == (405, allow)
    for path in ("/create", "/1/rotate", "/1/rename", "/connect", "/api", "/api/",
                 "/api/tokens/1/rotate", "/api/tokens/self", "/api/tokens/01"):
        assert admin.get(path).status == 404, path


# ---- the list


def test_every_token_is_listed_with_its_owner(admin):
    ids = fill(admin.server)
    page = json.loads(admin.call("GET", "/tokens").text)
    assert [(one["user"], one["name"]) for one in page["tokens"]] == [
        ("alice", "active"), ("alice", "soon"), ("bob", "endless"), ("bob", "over"),
        ("dora", "home"), ("dora", "read"), ("eve", "old")]
    assert (page["next"], page["estimate"]) == (None, 7)
    assert {one["id"] for one in page["tokens"]} == set(ids)
    text = admin.get("/").text
    assert all(f"<bdi>{one['name']}</bdi>" in text for one in page["tokens"])


def test_no_answer_has_a_secret_or_a_digest(admin):
    token = admin.server.create()
    digest = admin.server.digest(token)
    for path in ("/", "/tokens.csv", "/api/tokens", "/1/revoke", "/revoke?user=alice"):
        text = admin.get(path).text
        assert token not in text and digest[:13] not in text


@pytest.mark.parametrize("query,labels", [
    ("user=bob", "over endless"), ("user=BOB", ""), ("label=o", "over old"),
    ("label=O", ""), ("label=%25", ""), ("state=active", "active endless read home old"),
    ("state=expires-soon", "soon"), ("state=expired", "over"), ("state=idle", ""),
    ("unused=30", "old"), ("expiring=2", "soon"), ("expiring=365", "active soon"),
    ("expired=30", "over"), ("expired=50", ""), ("expiry=never", "endless read home old"),
    ("restriction=read", "read home"), ("restriction=from", "home"),
    ("restriction=unrestricted", "active soon over endless old"),
    ("user=bob&state=expired", "over"), ("user=bob&state=idle", "")])
def test_filter(admin, query, labels):
    fill(admin.server)
    assert {one["name"] for one in admin.tokens(query)} == set(labels.split())
    text = admin.get(f"/?{query}").text
    assert set(re.findall(r'id="t\d+"><bdi>([^<]*)</bdi>', text)) == set(labels.split())


@pytest.mark.parametrize("query", [
    "usr=bob", "user=", "user=a&user=b", "state=x", "state=EXPIRED", "unused=0", "unused=-1",
    "unused=1.5", "unused=36501", "unused=99999999999999999999", "expiring=x", "sort=id",
    "order=up", "after=x", "after=" + "A" * 5000, "user=%00", "user=%ff", "restriction=some",
    "id=1", "x" + "%C3%A9" * 40 + "=1", "%ff=1&%ff=2"])
def test_query_with_a_fault_is_400_in_words_and_lists_nothing(admin, query):
    fill(admin.server)
    answer = admin.call("GET", "/tokens?" + query)
    assert answer.status == 400 and "tokens" not in json.loads(answer.text)
    assert json.loads(answer.text)["error"]
    if query != "user=":        # a form sends its empty fields along
        page = admin.get("/?" + query)
        assert page.status == 400 and "<table" not in page.text


@pytest.mark.parametrize("query,field,words", [
    ("unused=0&user=bob", "f-unused", "whole number of days"),
    ("expiring=x", "f-expiring", "whole number of days"),
    ("user=a%07b", "f-user", "no invisible ones"),
    ("label=" + "x" * 401, "f-label", "at most 400 characters")])
def test_fault_stands_beside_its_field_and_offers_no_revocation(admin, query, field, words):
    fill(admin.server)
    page = admin.get("/?" + query)
    assert page.status == 400
    shown = re.search(rf'<input id="{field}"[^>]*aria-describedby="{field}-fault"[^>]*>'
                      rf'<p class="fault" id="{field}-fault" role="alert">([^<]*)', page.text)
    assert words in shown.group(1) and page.text.count('class="fault"') == 1
    assert 'value="bob"' in page.text or "bob" not in query
    assert "admin/revoke" not in page.text and "tokens.csv" not in page.text


def test_confirmation_says_the_filter_in_words(admin):
    fill(admin.server)
    page = admin.get("/revoke?user=bob&state=expired&expired=30").text
    assert re.findall(r"<dt>([^<]*)</dt><dd>(?:<bdi>)?([^<]*)", page) == [
        ("User", "bob"), ("Status", "Expired"), ("Expired for (days)", "30")]
    assert '<button class="button primary danger"' in page


@pytest.mark.parametrize("query,field", [
    ("expiry=never", '<option value="never" selected>Never</option>'),
    ("expired=30", '<input id="f-expired" name="expired" type="number" min="1" max="36500" '
                   'value="30">')])
def test_what_needs_attention_is_seen_in_the_form(admin, query, field):
    """And is not lost when the form is sent again."""
    fill(admin.server)
    page = admin.get("/?" + query).text
    assert field in page.split("</form>")[0]


def test_confirmation_of_nothing_has_no_button(admin):
    fill(admin.server)
    for query in ("user=nobody", "user=bob&expiry=never&state=expired"):
        page = admin.get("/revoke?" + query).text
        assert "No token matches." in page and '<button class="button primary' not in page


def test_pages_go_through_everything_once(admin):
    for number in range(250):
        admin.server.insert(f"l{number:03}", f"user{number % 10}", created_at=number % 7,
                            last_used_at=number % 5 or None)
    every = {row[0] for row in admin.server.sql("SELECT id FROM jiratoken")}
    for sort in ("user", "label", "created", "expires", "used"):
        for order in ("asc", "desc"):
            pages = list(admin.pages(f"sort={sort}&order={order}"))
            assert [len(page["tokens"]) for page in pages] == [100, 100, 50]
            ids = [one["id"] for page in pages for one in page["tokens"]]
            assert len(ids) == 250 and set(ids) == every


def test_next_page_is_a_link(admin):
    for number in range(101):
        admin.server.insert(f"l{number:03}", "alice")
    first = admin.get("/?sort=label").text
    [link] = re.findall(r'rel="next" href="([^"]*)"', first)
    second = admin.get("/" + link.replace("&amp;", "&").removeprefix("./")).text
    assert "l100" in second and "l100" not in first
    assert 'rel="next"' not in second


def test_cursor_of_another_sort_is_400(admin):
    for number in range(101):
        admin.server.insert(f"l{number:03}", "alice")
    after = json.loads(admin.call("GET", "/tokens?sort=label").text)["next"]
    for query in ("sort=user", "sort=label&order=desc", "sort=created"):
        answer = admin.call("GET", f"/tokens?{query}&after={after}")
        assert answer.status == 400 and "error" in json.loads(answer.text)


# ---- what needs attention


def test_what_needs_attention_is_one_click_away(admin):
    fill(admin.server)
    needs = re.search(r'<section class="card needs.*?</section>', admin.get("/").text, re.S)[0]
    for query, number in re.findall(r'href="\./\?([^"]*)">.*?<strong>(\d+)<', needs):
        assert len(admin.tokens(query)) == int(number)
    assert re.findall(r'\?([^"]*)"', needs) == ["expiry=never", "unused=90", "expired=30"]
    assert "needs" not in admin.get("/?user=bob").text


# ---- revoking


def test_one_token_after_a_confirmation(admin):
    token = admin.server.create()
    number = admin.server.id_of(token)
    assert "Revoke this token?" in admin.get(f"/{number}/revoke").text
    assert admin.server.check("alice", token).status == 200
    answer = admin.post(f"/{number}/revoke")
    assert (answer.status, answer.get("Location")) == (303, "../?done=revoked")
    assert admin.server.check("alice", token).status == 401
    assert admin.post(f"/{number}/revoke").status == 404
    assert admin.get(f"/{number}/revoke").status == 404


def test_selected_tokens_after_a_confirmation(admin):
    ids = fill(admin.server)
    asked = admin.post("/revoke", [("ask", "1"), ("id", ids[0]), ("id", ids[3])])
    assert asked.status == 200 and "Revoke 2 tokens?" in asked.text
    assert len(admin.server.rows()) == 7
    assert admin.post("/revoke", [("id", ids[0]), ("id", ids[3])]).status == 303
    assert {row[0] for row in admin.server.rows()} == set(ids) - {ids[0], ids[3]}


def test_all_that_match_after_a_confirmation(admin):
    fill(admin.server)
    asked = admin.get("/revoke?user=bob")
    assert asked.status == 200 and "2 tokens" in asked.text and len(admin.server.rows()) == 7
    assert 'name="user" value="bob"' in asked.text
    assert admin.post("/revoke", {"user": "bob"}).status == 303
    assert len(admin.server.rows()) == 5
    assert admin.post("/revoke", {"user": "bob"}).get("Location") == "./?done=none"


def test_everything_needs_its_phrase(admin):
    fill(admin.server)
    for typed in ("", "revoke", "Revoke everything", "revoke everything "):
        answer = admin.post("/revoke", {"confirm": typed})
        assert answer.status == 400 and "Enter the words" in answer.text
    assert len(admin.server.rows()) == 7
    assert admin.post("/revoke", {"confirm": "revoke everything"}).status == 303
    assert not admin.server.rows()


@pytest.mark.parametrize("fields", [
    {"usr": "bob"}, {"user": ""}, {"user": "bob", "id": "1"}, {"id": "x"}, {"id": "01"},
    {"state": "x"}, {"after": "x"}])
def test_revocation_with_a_fault_revokes_nothing(admin, fields):
    fill(admin.server)
    assert admin.post("/revoke", {**fields, "confirm": "revoke everything"}).status == 400
    assert len(admin.server.rows()) == 7


def test_revocation_of_many_shows_how_far_it_is(admin):
    for number in range(2100):
        admin.server.insert("t", f"user{number}")
    answer = admin.post("/revoke", {"label": "t"})
    assert answer.status == 200
    assert re.findall(r"<li>([\d\u202f]+) revoked", answer.text)[-1] == "2\u202f100"
    assert "Done: 2\u202f100 tokens are revoked." in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert not admin.server.rows()


# ---- by a script


def test_dry_run_counts_and_revokes_nothing(admin):
    fill(admin.server)
    assert admin.revoke(user="bob", dryRun=True) == {"matched": 2, "revoked": 0}
    assert admin.revoke(all=True, dryRun=True) == {"matched": 7, "revoked": 0}
    assert len(admin.server.rows()) == 7
    assert admin.revoke(user="bob") == {"matched": 2, "revoked": 2}
    assert admin.revoke(user="bob") == {"matched": 0, "revoked": 0}
    assert admin.revoke(unused=30) == {"matched": 1, "revoked": 1}
    assert admin.revoke(all=True, confirm="revoke everything") == {"matched": 4, "revoked": 4}


def test_dry_run_says_that_it_is_an_estimate(admin):
    rows = make_rows(15000)
    fill_table(admin.server.database, rows)
    said = admin.revoke(restriction="unrestricted", dryRun=True)
    assert (said["revoked"], said["isEstimate"]) == (0, True)
    assert 5000 < said["matched"] <= 15000
    assert admin.revoke(user="nobody", dryRun=True) == {"matched": 0, "revoked": 0}


@pytest.mark.parametrize("body", [
    {}, {"usr": "bob"}, {"user": ""}, {"user": 7}, {"user": None}, {"unused": "90"},
    {"unused": 1.5}, {"unused": 0}, {"all": True}, {"all": True, "confirm": "yes"},
    {"all": 1, "confirm": "revoke everything"}, {"confirm": "revoke everything"},
    {"user": "bob", "all": True, "confirm": "revoke everything"}, {"user": "bob", "dryRun": 1},
    {"dryRun": True}, {"sort": "user"}, {"after": "x"}, {"limit": 5}, [], "x",
    '{"user":"bob","user":"alice"}', '{"user":"bob"', '{"user":"a\\u0000"}',
    '{"user":"bob","User":"bob"}'])
def test_body_with_a_fault_is_400_and_revokes_nothing(admin, body):
    fill(admin.server)
    answer = admin.call("POST", "/revoke", body)
    assert answer.status == 400 and json.loads(answer.text)["error"]
    assert len(admin.server.rows()) == 7


def test_delete_of_one(admin):
    [number] = fill(admin.server, 1)
    assert admin.call("DELETE", f"/tokens/{number}").status == 204
    assert admin.call("DELETE", f"/tokens/{number}").status == 404
    assert admin.call("POST", "/revoke", "user=bob",
                      Content_Type="application/x-www-form-urlencoded").status == 415


def test_every_spelling_of_a_user_under_lower(server):
    server.settings += "JiraTokenUserCase lower\n"
    server.expect("capital")
    mount(server)
    for user in ("bob", "Bob", "BOB", "bobby"):
        server.insert("t", user)
    admin = Admin(server.start())
    assert admin.revoke(user="bob") == {"matched": 3, "revoked": 3}
    assert [row[0] for row in server.sql("SELECT user_name FROM jiratoken")] == ["bobby"]


# ---- CSV


def test_csv_has_all_and_no_formula(admin):
    now = int(time.time())
    for label in ("=1+1", "+1", "-1", "@x", "|x", " =1", "\uff1d1", "\uff0b1", "\uff0d1",
                  "\uff20x", 'say "x", y', "plain"):
        admin.server.insert(label, "=cmd|' /C calc'!A0", created_at=now)
    answer = admin.get("/tokens.csv")
    assert answer.get("Content-Type") == "text/csv; charset=utf-8"
    assert "attachment" in answer.get("Content-Disposition")
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header[:3] == ["id", "user", "label"] and len(rows) == 12
    assert {row[2] for row in rows} == {"'=1+1", "'+1", "'-1", "'@x", "'|x", "' =1",
                                        "'\uff1d1", "'\uff0b1", "'\uff0d1", "'\uff20x",
                                        'say "x", y', "plain"}
    assert {row[1] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert len(admin.get("/tokens.csv?label=plain").text.splitlines()) == 2
    assert admin.get("/tokens.csv?lable=plain").status == 400


def test_csv_of_more_than_a_batch(admin):
    """All of it: there is no page to go on from."""
    for number in range(1201):
        admin.server.insert(f"l{number}", f"user{number}")
    after = json.loads(admin.call("GET", "/tokens").text)["next"]
    assert admin.get(f"/tokens.csv?after={after}").status == 400
    rows = list(csv.reader(io.StringIO(admin.get("/tokens.csv").text)))[1:]
    assert sorted(row[2] for row in rows) == sorted(f"l{n}" for n in range(1201))


# ---- hostile texts


def test_hostile_texts_are_text(admin):
    for number, label in enumerate(("<script>x</script>", "\u202egnp", '"><b>', "{{base}}")):
        admin.server.insert(label, f"<i>{number}</i>")
    text = admin.get("/").text
    assert "<script>x" not in text and "<i>0" not in text and "\u202e" not in text
    assert "{{base}}" in text
    page = admin.get("/?user=%22%3E%3Cscript%3Ex").text
    assert "<script>x" not in page


def test_faults_of_the_database_are_503_and_no_empty_list(admin):
    fill(admin.server)
    admin.server.expect("jiratoken:")
    admin.server.sql("ALTER TABLE jiratoken RENAME TO hidden")
    for path in ("/", "/api/tokens", "/tokens.csv", "/revoke?user=bob", "/1/revoke"):
        answer = admin.get(path)
        assert answer.status == 503 and answer.get("Retry-After"), path
    assert admin.call("POST", "/revoke", {"user": "bob"}).status == 503
    assert admin.post("/revoke", {"user": "bob"}).status == 503
    admin.server.sql("ALTER TABLE hidden RENAME TO jiratoken")
    assert len(admin.server.rows()) == 7


# ---- the documentation


def follow(script, folder):
    return subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True,
                          encoding="utf-8", timeout=HANGS, check=False)


def test_script_that_follows_those_who_have_left(server, tmp_path):
    text = (TOP / "docs/admin.md").read_text()
    [script] = re.findall(r"```sh\n(.*?)```", text, re.S)
    mount(server)
    server.locations = server.locations.replace('"/admin"', '"/hr/tokens"')
    server.start()
    fill(server)
    (tmp_path / "leavers.txt").write_text("eve\nno \"body\"\nbob")
    (tmp_path / "hr.netrc").write_text("machine localhost login carol password pass:word\n")
    script = script.replace("http://localhost/", f"http://localhost:{server.port}/")
    done = follow(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {row[1] for row in server.rows()} == {"alice", "dora"}
    assert re.findall(r'(?m)^(.*): \{"matched":(\d+),', done.stdout) == [
        ("eve", "1"), ('no "body"', "0"), ("bob", "2")]
    for line, fault in (("", "user"), ("alice\r", "control characters"),
                        ("\ufeffalice", "byte order mark")):
        (tmp_path / "leavers.txt").write_text(f"{line}\nalice\n", encoding="utf-8")
        done = follow(script, tmp_path)
        assert done.returncode == 1 and fault in done.stdout
        assert f" at: {line.strip()}\n" in done.stderr
    assert {row[1] for row in server.rows()} == {"alice", "dora"}


# ---- owners who stay away


@pytest.mark.parametrize("query,users", [
    ("state=owner-not-seen", "bob"), ("state=active", "alice alice dora")])
def test_owners_who_were_not_seen(server, query, users):
    use_sightings(mount(server), 30)
    today = int(server.now()) // DAY
    for user, seen in (("", today - 100), ("alice", today), ("bob", today - 31),
                       ("dora", today - 29)):
        server.sql("INSERT INTO jiratoken_owners (user_name, seen_on) VALUES (?, ?)", user, seen)
    for label, user in (("a", "alice"), ("b", "alice"), ("c", "bob"), ("d", "dora")):
        server.insert(label, user, created_at=int(server.now()))
    admin = Admin(server.start())
    assert [one["user"] for one in admin.tokens(query)] == users.split()
    assert {one["state"] for one in admin.tokens(query)} == {query.removeprefix("state=")}
    assert admin.revoke(state="owner-not-seen") == {"matched": 1, "revoked": 1}


# ---- what happened


@pytest.fixture
def audited(server):
    return Admin(use_audit(mount(server)).start())


def events(admin, query=""):
    answer = admin.call("GET", "/audit" + query)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)["events"]


def test_page_tells_what_was_intended_from_what_was_done(audited):
    audited.server.create()
    assert re.findall(r"Created <small>([^<]*)", audited.get("/audit").text) == [
        "done", "intended"]


def test_revocation_by_filter_is_recorded_once_and_for_each_token(audited):
    fill(audited.server)
    audited.revoke(user="bob")
    newest = events(audited, "?event=revoked")
    [head] = [one for one in newest if one["tokenId"] is None and one["stage"] == "intent"]
    assert (head["detail"], head["actor"], head["actorHow"]) == ("user=bob", "carol", "basic")
    done = [one for one in newest if one["user"] == "bob" and one["stage"] == "done"]
    assert {one["label"] for one in done} == {"over", "endless"}
    assert {one["batch"] for one in newest} == {head["batch"]}


def test_each_of_many_is_recorded_as_it_was(audited):
    """More than one statement takes, of any names and labels."""
    server = audited.server
    labels = {}
    for number in range(150):
        label = f"{number} it's \\' é %s"
        labels[server.insert(label, f"o'neill é {number % 20}")] = label
    assert audited.revoke(all=True, confirm="revoke everything")["revoked"] == 150
    said = server.sql("SELECT stage, token_id, label, user_name, intent, batch, actor, "
                      "event, from_address FROM jiratoken_audit WHERE token_id IS NOT NULL")
    intents, outcomes = ({row[1]: row[2:] for row in said if row[0] == stage}
                         for stage in ("intent", "done"))
    assert intents == outcomes and len(said) == 300
    assert {number: row[0] for number, row in intents.items()} == labels
    assert len({row[2] for row in intents.values()}) == 150
    assert len({row[3:] for row in intents.values()}) == 1


def test_audit_is_shown_filtered_and_downloaded(audited):
    fill(audited.server)
    audited.server.create("alice", "made here")
    audited.post("/1/revoke")
    page = audited.get("/audit").text
    assert "made here" in page and "Created" in page and "Revoked" in page
    assert "made here" not in audited.get("/audit?event=revoked").text
    assert {one["user"] for one in events(audited, "?user=alice")} == {"alice"}
    assert events(audited, "?actor=carol") and not events(audited, "?actor=nobody")
    assert not events(audited, "?to=2020-01-01") and not events(audited, "?to=1969-12-31")
    assert len(events(audited, "?from=2020-01-01")) == len(events(audited))
    header, *rows = csv.reader(io.StringIO(audited.get("/audit.csv").text))
    assert header[0] == "id" and len(rows) == len(events(audited))


def test_audit_goes_on_by_pages(audited):
    for _ in range(3):
        for number in range(30):
            audited.server.insert(f"l{number}", "bob")
        audited.revoke(user="bob")
    seen, after = [], ""
    while after is not None:
        page = json.loads(audited.call("GET", "/audit" + (after and "?after=" + after)).text)
        seen += [one["id"] for one in page["events"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) > 180 and seen == sorted(seen, reverse=True)
    assert 'rel="next"' in audited.get("/audit").text


@pytest.mark.parametrize("query", ["event=x", "from=x", "to=2020-02-30", "usr=bob", "after=x",
                                   "after=-1", "user=a&user=b", "user=%07", "sort=user"])
def test_audit_query_with_a_fault_is_400_in_words(audited, query):
    answer = audited.call("GET", "/audit?" + query)
    assert answer.status == 400 and json.loads(answer.text)["error"]
    assert audited.get("/audit?user=%00").status == 400
    page = audited.get("/audit?" + query)
    assert page.status == 400 and page.text.count('class="fault"') == 1
    field = query.partition("=")[0]
    is_beside = field in ("user", "from", "to") and query.count("=") == 1
    assert (f'id="f-{field}-fault"' in page.text) == is_beside


def test_without_an_audit_table_it_says_so(admin):
    assert "JiraTokenAudit" in admin.get("/audit").text
    for path in ("/audit", "/audit.csv", "/api/audit"):
        assert admin.get(path).status == 404


# ---- the way back to the list

BACK = "user=bob&sort=label&order=desc"


@pytest.mark.parametrize("sent, back", [
    (BACK, BACK), ("after=AAAA", "after=AAAA"), ("", ""), ("//evil.example", ""),
    ("x\r\nSet-Cookie: a=b", ""), ('"><b>', ""), ("\u00e4", "")])
def test_after_a_change_the_list_is_as_it_was(admin, sent, back):
    """What is sent along is a query, whatever it says: it leads to no other page."""
    ids = fill(admin.server)
    asked = admin.get("/revoke?" + urllib.parse.urlencode({"id": ids[0], "list": sent}))
    [cancel] = re.findall(r'<a class="button" href="([^"]*)">Cancel', asked.text)
    assert html.unescape(cancel) == ("./?" + back if back else "./")
    answer = admin.post("/revoke", {"id": str(ids[0]), "list": sent})
    place = answer.get("Location")
    assert answer.status == 303 and place.startswith("./?")
    assert re.sub(r"&?done=[a-z]+&?", "", place) == "./?" + back
    assert answer.get("Set-Cookie") is None


def test_nothing_ticked_is_not_everything(admin):
    fill(admin.server)
    answer = admin.get("/revoke?pick=1")
    assert answer.status == 400 and "Select at least one token" in answer.text
    assert len(admin.tokens()) == 7
