# SPDX-License-Identifier: Apache-2.0
"""JiraTokenOwnerSeen: the tokens of whoever does not sign in any more end, and
work again once they do."""

import contextlib
import json
import re

import pytest

from admin import Admin, mount as mount_admin
from api import Client, mount
from faults import LOST, SILENT, assert_unavailable
from remembering import PATIENT, ask as ask_often, use, use_cache
from server import PASSWORDS, basic
from sightings import DAY, seen, use_sightings, wait_for
from starts import refused_start



def ask(server, token, user="alice", path="/files/hello.txt"):
    answer = server.check(user, token, path)
    return answer.status, answer.get("JiraToken-Status")


def sign_in(server, user="alice", path="/app/hello.txt"):
    assert server.get(path, user=user).status == 200


@pytest.fixture
def site(server):
    """An owner may stay away for 30 days; nothing is remembered."""
    use_sightings(server).settings += "JiraTokenCache off\n"
    return server


# ---- whose tokens end


def test_tokens_of_an_owner_who_stays_away_are_refused_until_the_next_sign_in(site):
    site.start()
    assert seen(site) == {"": 0}, "it is in force since the start"
    alices, bobs = site.create(), site.create("bob")
    wait_for(site, {"": 0, "alice": 0, "bob": 0})
    site.pass_time(30 * DAY)
    sign_in(site, "bob")
    wait_for(site, {"": 0, "alice": 0, "bob": 30})
    assert ask(site, alices) == ask(site, bobs, "bob") == (200, None)
    site.pass_time(DAY)
    answer = site.check("alice", alices)
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "owner-not-seen")
    assert answer.get("Content-Type") == "text/plain; charset=utf-8"
    assert "has not signed in since 2027-01-15" in answer.text
    [line] = [line for line in site.log().splitlines() if "token refused" in line]
    assert f"reason=owner-not-seen digest={site.digest(alices)[:12]} user=alice" in line
    # Only whoever holds it learns why.
    assert ask(site, alices, "bob") == (401, None)
    assert ask(site, bobs, "bob") == (200, None)
    sign_in(site)
    wait_for(site, {"": 0, "alice": 31, "bob": 30})
    assert ask(site, alices) == (200, None)


def test_owner_without_a_record_counts_from_the_first_day(site):
    site.settings = site.settings.replace("JiraTokenOwnerSeen 30", "JiraTokenOwnerSeen 0")
    site.start()
    token = site.create()
    assert seen(site) == {}
    site.pass_time(100 * DAY)
    site.stop()
    site.settings = site.settings.replace("JiraTokenOwnerSeen 0", "JiraTokenOwnerSeen 30")
    site.start()
    assert seen(site) == {"": 100}
    site.pass_time(30 * DAY)
    assert ask(site, token) == (200, None)
    site.restart()
    assert seen(site) == {"": 100}, "it is in force since then"
    site.pass_time(DAY)
    assert ask(site, token) == (401, "owner-not-seen")


def test_first_day_is_that_of_the_first_check_where_the_start_wrote_none(site):
    site.start()
    token = site.create()
    wait_for(site, {"": 0, "alice": 0})
    site.sql("DELETE FROM jiratoken_owners")
    site.pass_time(5 * DAY)
    assert ask(site, token) == (200, None)
    assert seen(site) == {"": 5}
    site.pass_time(31 * DAY)
    assert ask(site, token) == (401, "owner-not-seen")
    assert seen(site) == {"": 5}


def test_check_of_the_configuration_begins_nothing(site):
    code, _ = site.check_configuration()
    assert code == 0
    assert seen(site) == {}


def test_bearer_and_every_use_are_refused(site):
    site.settings += "JiraTokenBearer On\n"
    mount(site).start()
    token = site.create()
    wait_for(site, {"": 0, "alice": 0})
    site.sql("UPDATE jiratoken SET restrictions = 'read'")
    site.pass_time(31 * DAY)
    for value, method in ((f"Bearer {token}", "GET"), (basic("alice", token), "GET"),
                          (basic("alice", token), "POST")):
        answer = site.request(method, "/files/hello.txt", headers={"Authorization": value})
        assert (answer.status, answer.get("JiraToken-Status")) == (401, "owner-not-seen")
    answer = Client(site, token=token).call("GET", "/tokens/self")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "owner-not-seen")


# ---- what is a sign-in


@pytest.mark.parametrize("path", ["/app/hello.txt", "/tokens/", "/api/tokens",
                                  "/chain/hello.txt"])
def test_sign_in_counts(site, path):
    site.locations += '<Location "/chain">\nJiraTokenAccept On\n</Location>\n'
    mount(site).start()
    sign_in(site, path=path)
    wait_for(site, {"": 0, "alice": 0})


def test_nothing_else_does(site):
    """A token is none, nor a password elsewhere, nor one that is wrong or that
    Require refuses, nor a name on the way to an ErrorDocument."""
    mount(site)
    site.settings += "ErrorDocument 401 /app/open/hello.txt\n"
    site.locations += """
<Location "/app/bobs">
    Require user bob
</Location>
<Location "/app/open">
    Require all granted
</Location>
"""
    site.expect(r"AH01631|AH01630")
    (site.root / "docs/app/open").mkdir()
    (site.root / "docs/app/open/hello.txt").write_text("hello\n")
    site.start()
    token = site.create()
    wait_for(site, {"": 0, "alice": 0})
    site.pass_time(DAY)
    api = Client(site, token=token)
    assert api.call("GET", "/tokens/self").status == 200
    for path in ("/app/hello.txt", "/files/hello.txt"):
        assert site.get(path, user="alice", password=token).status == 200
    assert site.get("/chain/hello.txt", user="alice").status == 200
    assert site.get("/app/hello.txt", user="alice", password="wrong").status == 401
    assert site.get("/app/bobs/", user="alice").status in (401, 403)
    assert site.get("/app/open/hello.txt", user="alice").status == 200
    sign_in(site, "bob")
    wait_for(site, {"": 0, "alice": 0, "bob": 1})


def test_name_is_the_one_of_the_tokens(server):
    use_sightings(server).settings += ("JiraTokenCache off\nJiraTokenUserCase lower\n"
                                       "JiraTokenUserName \"%{REMOTE_USER}@EXAMPLE.org\"\n")
    server.start()
    token = server.create()
    wait_for(server, {"": 0, "alice@example.org": 0})
    server.pass_time(31 * DAY)
    assert ask(server, token, "alice@example.org") == (401, "owner-not-seen")
    sign_in(server)
    wait_for(server, {"": 0, "alice@example.org": 31})
    assert ask(server, token, "Alice@example.org") == (200, None)


def test_name_that_can_have_no_tokens_is_passed_over(site):
    site.settings += "JiraTokenUserName \"%{reqenv:NOBODY}\"\n"
    site.start()
    sign_in(site)
    sign_in(site)
    assert "JiraTokenUserName gives no name" not in site.log()
    assert seen(site) == {"": 0}


@pytest.mark.parametrize("names", [("alice", "ALICE"), ("straße", "strasse"), ("a", "a\u0301")])
def test_names_count_byte_for_byte(site, names):
    for name in set(names) - {"alice"}:
        site.add_user(name, "pass")
    site.start()
    here, away = names
    token = site.create(away, password="pass")
    wait_for(site, {"": 0, away: 0})
    site.pass_time(31 * DAY)
    password = None if here == "alice" else "pass"
    assert site.get("/app/hello.txt", user=here, password=password).status == 200
    wait_for(site, {"": 0, away: 0, here: 31})
    assert ask(site, token, away) == (401, "owner-not-seen")


# ---- what it costs


def test_there_is_one_write_a_day_and_owner(site):
    """However many children and requests there are."""
    site.settings += f"{PATIENT}\n"
    site.start()
    sign_in(site)
    wait_for(site, {"": 0, "alice": 0})
    site.sql("CREATE TABLE written (n INTEGER)")
    count_writes(site)
    for day in (1, 2):
        site.pass_time(DAY)
        for _ in range(24):
            sign_in(site)
        wait_for(site, {"": 0, "alice": day})
        for _ in range(8):
            sign_in(site)
        site.stop()     # and with it what was still to be written
        assert site.sql("SELECT count(*) FROM written") == [(day,)]
        site.start()


def count_writes(server):
    """A row for each write to an owner's row that changes it."""
    if server.database.kind == "pgsql":
        server.database.run(
            "CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            "AS $$ BEGIN INSERT INTO written VALUES (1); RETURN NULL; END $$; "
            "CREATE TRIGGER written AFTER UPDATE ON jiratoken_owners FOR EACH ROW "
            "EXECUTE FUNCTION written()")
    elif server.database.kind == "sqlite3":
        server.sql("CREATE TRIGGER written AFTER UPDATE ON jiratoken_owners "
                   "BEGIN INSERT INTO written VALUES (1); END")
    else:
        server.sql("CREATE TRIGGER written AFTER UPDATE ON jiratoken_owners FOR EACH ROW "
                   "IF NEW.seen_on <> OLD.seen_on THEN INSERT INTO written VALUES (1); "
                   "END IF")


def test_write_waits_for_the_response(site):
    """Which says that the connection ends, so that the next request need not wait
    for the write."""
    site.start()
    answers = [site.get("/app/hello.txt", user="bob") for _ in range(8)]
    assert "close" in {answer.get("Connection") for answer in answers}
    wait_for(site, {"": 0, "bob": 0})


@contextlib.contextmanager
def renamed(server):
    server.sql("ALTER TABLE jiratoken_owners RENAME TO away")
    yield
    server.sql("ALTER TABLE away RENAME TO jiratoken_owners")


@contextlib.contextmanager
def locked(server):
    """Somebody keeps everybody out who would write to it."""
    if server.database.kind == "sqlite3":
        with server.database.held():
            yield
        return
    with server.database.session() as session:
        session.execute("LOCK TABLES jiratoken_owners WRITE" if server.database.kind == "mysql"
                        else "BEGIN; LOCK TABLE jiratoken_owners")
        yield


@pytest.mark.parametrize("hinder", [renamed, locked])
def test_sign_in_goes_on_while_nothing_can_be_written(site, hinder):
    site.expect(f"{SILENT}|{LOST}")
    site.start()
    sign_in(site, "bob")
    wait_for(site, {"": 0, "bob": 0})
    with hinder(site):
        for _ in range(12):
            sign_in(site)
    site.pass_time(61)      # it pauses for a minute after a failure
    for _ in range(12):
        sign_in(site)
    wait_for(site, {"": 0, "alice": 0, "bob": 0})


# ---- what is remembered


def test_owner_is_believed_as_long_as_the_token(server):
    use_cache(use_sightings(server), "JiraTokenCacheTimeout 7200")
    server.start()
    token = server.create()
    wait_for(server, {"": 0, "alice": 0})
    server.pass_time(30 * DAY + 13 * 3600)      # 23:00
    assert set(ask_often(server, token)) == {200}
    server.pass_time(3601)
    assert ask_often(server, token) == [200] * 16
    server.pass_time(3600)
    assert ask_often(server, token) == [401] * 16
    sign_in(server)
    wait_for(server, {"": 0, "alice": 31})
    assert ask_often(server, token) == [200] * 16, "a refusal is not remembered"


def test_table_that_cannot_say_is_503_and_has_its_grace(server):
    use_cache(use_sightings(server), "JiraTokenCacheTimeout 600", "JiraTokenCacheGrace 600")
    server.expect(SILENT)
    server.start()
    token, other = server.create(), server.create()
    assert set(ask_often(server, token)) == {200}
    server.sql("ALTER TABLE jiratoken_owners RENAME TO away")
    assert_unavailable(server.check("alice", other))
    assert "reason=JiraTokenOwnerSeen: " in server.log()
    server.pass_time(601)
    assert ask_often(server, token) == [200] * 16
    server.pass_time(600)
    assert ask_often(server, token) == [503] * 16
    server.sql("ALTER TABLE away RENAME TO jiratoken_owners")
    assert ask_often(server, token) == [200] * 16


def test_virtual_hosts_may_have_other_days(server):
    """They share the table and the cache."""
    use_cache(use_sightings(server), "JiraTokenCacheTimeout 600")
    server.locations += "".join(f"""
<VirtualHost *>
    ServerName {name}.example
    JiraTokenOwnerSeen {days}
</VirtualHost>
""" for name, days in (("long", 100), ("open", 0), ("short", 10)))
    server.start()
    token = server.create()
    wait_for(server, {"": 0, "alice": 0})
    server.pass_time(20 * DAY)
    sent = {"Authorization": basic("alice", token)}
    said = [server.get("/files/hello.txt", headers={"Host": f"{host}.example", **sent}).status
            for host in ("open", "long", "short") * 4]
    assert said == [200, 200, 401] * 4


@pytest.mark.database("pgsql")
def test_sign_in_on_one_server_counts_on_the_other(server, twin, caches):
    use_sightings(server)
    server.database.make_owners = lambda: None
    use_sightings(twin)
    for one in (server, twin):
        use(one, "redis", caches, "JiraTokenCacheTimeout 600").start()
    token = server.create()
    twin.tokens.append(token)
    wait_for(server, {"": 0, "alice": 0})
    for one in (server, twin):
        one.pass_time(31 * DAY)
    assert ask_often(server, token, 4) == ask_often(twin, token, 4) == [401] * 4
    sign_in(twin)
    wait_for(server, {"": 0, "alice": 31})
    assert ask_often(server, token, 4) == ask_often(twin, token, 4) == [200] * 4


# ---- how it is shown


def look(server):
    """What the page says of the one token, and whether it says why."""
    page = server.get("/tokens/", user="alice").text
    [text] = re.findall(r'class="state [a-z-]+">([^<]+)<', page)
    return text, "you hadn't signed in for 30 days" in page


def test_owner_who_comes_back_is_told_once(site):
    mount(site).start()
    token = site.create()
    row = site.id_of(token)
    wait_for(site, {"": 0, "alice": 0})
    assert look(site) == ("Active", False)
    site.pass_time(40 * DAY)
    assert look(site) == ("Owner not seen", True)
    wait_for(site, {"": 0, "alice": 40})
    assert look(site) == ("Active", False)
    assert ask(site, token) == (200, None)
    for day, path in ((80, f"/tokens/{row}"), (120, "/tokens")):
        site.pass_time(40 * DAY)
        assert '"state":"owner-not-seen"' in Client(site).call("GET", path).text
        wait_for(site, {"": 0, "alice": day})
        assert '"state":"active"' in Client(site).call("GET", path).text


def test_list_is_shown_without_the_table_of_owners(site):
    site.expect(SILENT)
    site.start()
    site.create()
    wait_for(site, {"": 0, "alice": 0})
    site.pass_time(40 * DAY)
    with renamed(site):
        assert look(site) == ("Active", False)


def test_administrators_find_and_revoke_what_leavers_have_left(server):
    use_sightings(server).settings += "JiraTokenCache off\n"
    for name in ("dave", "erin"):
        server.add_user(name, "pass")
    admin = Admin(mount_admin(server).start())
    tokens = {user: server.create(user, password=None if user in PASSWORDS else "pass")
              for user in ("alice", "bob", "dave", "erin")}
    wait_for(server, {"": 0, **dict.fromkeys(tokens, 0)})
    server.sql("DELETE FROM jiratoken_owners WHERE user_name = 'erin'")
    server.pass_time(31 * DAY)
    sign_in(server, "bob")
    wait_for(server, {"": 0, "alice": 0, "bob": 31, "dave": 0})

    def listed(query=""):
        return [(one["user"], one["state"]) for one in
                json.loads(admin.call("GET", f"/tokens{query}").text)["tokens"]]
    away = [(user, "owner-not-seen") for user in ("alice", "dave", "erin")]
    assert sorted(listed()) == sorted([("bob", "active"), *away])
    assert sorted(listed("?state=owner-not-seen")) == away
    assert listed("?state=active") == [("bob", "active")]
    page = admin.get("/?state=owner-not-seen").text
    assert page.count('class="state owner-not-seen"') == 3
    assert admin.get("/tokens.csv?state=owner-not-seen").text.count("owner-not-seen") == 3
    assert admin.revoke(state="owner-not-seen", dryRun=True)["matched"] == 3
    assert admin.revoke(state="owner-not-seen") == {"matched": 3, "revoked": 3}
    assert listed() == [("bob", "active")]
    assert ask(server, tokens["dave"], "dave") == (401, None)


# ---- at the start


def test_missing_table_is_told(server):
    use_sightings(server)
    server.sql("DROP TABLE jiratoken_owners")
    said = refused_start(server)
    assert "the table jiratoken_owners, which JiraTokenOwnerSeen needs, is missing" in said
    assert f"conf/sql/owners-{server.database.kind}.sql" in said
    code, said = server.check_configuration()
    assert code == 0 and "the table jiratoken_owners, which" in said


@pytest.mark.database("pgsql", "mysql")
@pytest.mark.parametrize("right", ["INSERT", "UPDATE"])
def test_missing_right_is_told(site, right):
    site.sql(f"REVOKE {right} ON jiratoken_owners FROM httpd")
    site.expect("denies httpd's account a right")
    site.start()
    [line] = [line for line in site.log().splitlines() if "account a right" in line]
    assert "jiratoken_owners" in line and right in line


def test_table_is_not_needed_without_the_directive(server):
    server.start()
    token = server.create()
    assert ask(server, token) == (200, None)


@pytest.mark.plain
def test_name_that_would_be_cut_is_refused(server):
    server.settings = f"JiraTokenTable s.{'a' * 57}\nJiraTokenOwnerSeen 1\n"
    code, said = server.check_configuration()
    assert code != 0 and "longer than 56 characters" in said
    server.settings = f"JiraTokenTable s.{'a' * 56}\nJiraTokenOwnerSeen 1\n"
    assert server.check_configuration()[0] == 0
