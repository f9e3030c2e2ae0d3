# SPDX-License-Identifier: Apache-2.0
"""Whose tokens a person sees (JiraTokenUserName, JiraTokenUserCase), which names
can have none, and how a name in credentials is read."""

import re

import pytest

from page import Page
from routes import LABEL, is_closed, section
from server import basic
from starts import DOWN, accepted, refused, said_of

pytestmark = pytest.mark.plain

UNFIT = "this user name can have no tokens"
NAMELESS = "JiraTokenUserName gives no name"


def is_once_a_child(server, words):
    """It is logged, and again a minute later; nothing here takes so long."""
    said = [line for line in server.log().splitlines() if words in line]
    children = {line.split("[pid ")[1].split(":")[0] for line in said}
    return said and len(children) == len(said)


def owners(server):
    return [owner for [owner] in server.sql("SELECT user_name FROM jiratoken "
                                            "ORDER BY id")]


# ---- JiraTokenUserName


def name_by(server, value, *lines):
    """The pages at /more, and whose tokens they show."""
    server.locations += section(server, "/more", f"JiraTokenUserName {value}", *lines,
                                provider="file")
    return server


def test_tokens_belong_to_the_name_that_the_expression_gives(server):
    """Here a variable, as mod_auth_openidc sets them for its claims."""
    name_by(server, "%{reqenv:PREFERRED}", "SetEnv PREFERRED zoe").start()
    server.insert(LABEL)                        # alice's
    answer = server.post("/more/create", {"label": "hers"}, user="alice")
    assert answer.status == 200 and LABEL not in answer.text
    assert owners(server) == ["alice", "zoe"]
    page = server.get("/more", user="bob")      # who is also called so
    assert "hers" in page.text and LABEL not in page.text
    assert "Signed in as" in page.text and ">zoe<" in page.text
    assert ">zoe<" in server.get("/more/connect", user="alice").text


def test_nobody_else_sees_them(server):
    name_by(server, '"%{tolower:%{REMOTE_USER}}@site"').start()
    assert server.post("/more/create", {"label": "x"}, user="alice").status == 200
    assert owners(server) == ["alice@site"]
    assert "0 of 25 tokens" in server.get("/more", user="bob").text
    assert "1 of 25 tokens" in server.get("/more", user="alice").text
    assert server.get("/more/1/revoke", user="bob").status == 404


@pytest.mark.parametrize("value", ["%{reqenv:NOTHING}", "%{req:X-Name}"])
def test_empty_name_is_403_that_says_so(server, value):
    server.expect(NAMELESS)
    name_by(server, value).start()
    server.insert(LABEL)
    for _ in range(3):
        for path in ("", "/", "/create", "/connect", "/1/revoke"):
            answer = server.get("/more" + path, user="alice")
            assert answer.status == 403 and is_closed(server, answer)
            assert Page(answer).title() == "Your user name isn't known here"
    assert server.post("/more/create", {"label": "x"}, user="alice").status == 403
    assert owners(server) == ["alice"]
    assert is_once_a_child(server, NAMELESS)


def test_name_comes_after_sign_in_and_takes_no_token(server):
    """An expression makes nobody a signed-in user."""
    server.locations = section(server, "/more", 'JiraTokenUserName "zoe"')
    server.start()
    assert server.get("/more").status == 401
    assert server.check("alice", server.create(), "/more").status == 403


@pytest.mark.parametrize("value,word", [('"%{"', "syntax error"),
                                        ('"%{nothing:x}"', "nothing")])
def test_what_is_no_expression_is_refused_in_words(server, value, word):
    server.settings = f"JiraTokenUserName {value}"
    assert word in refused(server, "JiraTokenUserName: '",
                           "is not an expression with a name as its value")


# ---- names that can have no tokens


@pytest.mark.parametrize("name,shown", [
    ("sub@https://id.example:8443", "sub@https://id.example:8443"), (" a", " a"),
    ("a ", "a "), ("al\u00adice", "al\u00adice"), ("al\u200bice", "al\u200bice"),
    ("al\u202eice", "al\ufffdice"), ("a" * 256, "a" * 256), ("\u3000", "\u3000"),
    ("<b>:", "<b>:"), ("al\ufeffice", "al\ufeffice")])
def test_name_that_can_have_no_tokens_is_shown_and_logged_once(server, name, shown):
    server.expect(UNFIT)
    name_by(server, f'"{name}"').start()
    for path in ("/more", "/more/create", "/more/connect"):
        answer = server.get(path, user="alice")
        assert answer.status == 403
        page = Page(answer)
        assert page.title() == "Your user name can't have tokens"
        assert f"signed in as {shown}." in "".join(page.id("main").itertext())
    assert is_once_a_child(server, UNFIT)


@pytest.mark.parametrize("name", [" alice", "alice ", "alice\u00a0", "al\u00adice",
                                  "al\u200bice", "\ufeffalice", "alice\u2066", "\t", ""])
def test_such_a_name_is_nobodys_in_credentials(running, name):
    token = running.create()
    running.sql("UPDATE jiratoken SET user_name = ?", name or "x")
    assert running.check(name, token).status == 401
    assert running.check("alice", token).status == 401


# ---- JiraTokenUserCase


@pytest.fixture
def lower(server):
    server.settings += "JiraTokenUserCase lower\n"
    server.locations += section(server, "/more", provider="file")
    return server.start()


def test_one_person_has_one_list_however_the_name_is_spelt(lower):
    for name in ("ALICE", "Alice", "\u00c9va"):
        lower.add_user(name, "pw")
        assert lower.post("/more/create", {"label": name}, user=name,
                          password="pw").status == 200
    assert owners(lower) == ["alice", "alice", "\u00c9va".replace("E", "e")]
    assert "2 of 25 tokens" in lower.get("/more", user="alice").text
    page = lower.get("/more", user="ALICE", password="pw")
    assert "2 of 25 tokens" in page.text and ">alice<" in page.text
    assert lower.post("/more/create", {"label": "Alice"}, user="alice").status == 409


def test_backend_sees_the_lowered_name(lower):
    lower.settings += f'CustomLog "{lower.root}/logs/who.log" "%u %>s"\n'
    lower.restart()
    token = lower.create()
    for name in ("alice", "ALICE", "aLiCe"):
        assert lower.check(name, token).status == 200
    assert lower.check("bob", token).status == 401
    lower.stop()
    said = (lower.root / "logs/who.log").read_text()
    assert said.count("alice 200\n") == 4 and "ALICE" not in said


def test_other_passwords_keep_their_name(lower):
    lower.add_user("ALICE", "pw")
    assert lower.check("ALICE", "pw", "/chain/hello.txt").status == 200
    lower.expect("AH01618")
    assert lower.check("Alice", "pw", "/chain/hello.txt").status == 401


CAPITALS = re.compile(r"(\d+) tokens work for nobody: .* lower them: (UPDATE .*);")


def lowered(name):
    return "".join(c.lower() if c.isascii() else c for c in name)


def remedy(server):
    """What a start says of rows with capitals: how many, and the statement."""
    server.expect(CAPITALS.pattern)
    server.settings += "JiraTokenUserCase lower\n"
    server.restart()
    [(count, statement)] = CAPITALS.findall(server.log())
    return int(count), statement


@pytest.mark.database
def test_start_counts_rows_with_capitals_and_says_how_to_lower_them(server):
    """All spellings come together, however many they are."""
    server.start()
    token = server.create()
    for name in ("ALICE", "Alice", "bob", "\u00c9VA"):
        server.insert(f"of {name}", user=name)
    server.sql("UPDATE jiratoken SET user_name = 'aLICE' WHERE digest = ?",
               server.digest(token))
    assert not CAPITALS.search(server.log())
    count, statement = remedy(server)
    assert server.check("alice", token).status == 401
    assert count == 4
    server.sql(statement)
    assert sorted(owners(server)) == ["alice", "alice", "alice", "bob", "\u00c9va"]
    assert server.check("ALICE", token).status == 200
    assert "3 of 25 tokens" in server.get("/tokens/", user="alice").text
    server.restart()
    assert len(CAPITALS.findall(server.log())) == 1


LONG = "\U0001f600" * 99
EQUAL = [   # of each person (a spelling, a label, the label that it gets)
    [("ann", "ci", "ci"), ("ANN", "ci", "ci (2)"), ("Ann", "ci", "ci (3)")],
    [("BOB", "ci", "ci (2)"), ("Bob", "ci", "ci (3)"), ("bob", "ci", "ci")],
    [("CY", "ci", "ci"), ("Cy", "ci", "ci (2)"), ("cY", "CI", "CI"), ("Cy", "ci ", "ci ")],
    [("dee", "ci (2)", "ci (2)"), ("Dee", "ci", "ci"), ("DEE", "ci", "ci (3)")],
    [("Eve", "ci (3)", "ci (3)"), ("eve", "ci", "ci"), ("EVE", "ci", "ci (2)"),
     ("eVE", "ci", "ci (4)"), ("EVE", "ci (3)", "ci (3) (2)")],
    [("FAY", LONG + "1", LONG + "1"), ("Fay", LONG + "1", LONG[:90] + " (2)"),
     ("Fay", LONG + "2", LONG[:90] + " (4)"), ("fay", LONG + "2", LONG + "2"),
     ("fay", LONG[:90] + " (3)", LONG[:90] + " (3)"), ("fAY", "'%s\\", "'%s\\")],
    [("\u00c9VA", "\u00e9" * 100, "\u00e9" * 90 + " (2)"),
     ("\u00c9va", "\u00e9" * 100, "\u00e9" * 100)],
]


@pytest.mark.database
def test_of_equal_labels_all_but_one_get_a_free_number(server):
    server.start()
    rows = [row for person in EQUAL for row in person]
    made = [server.insert(label, user=name) for name, label, _ in rows]
    before = server.rows()
    count, statement = remedy(server)
    assert count == sum(name != lowered(name) for name, _, _ in rows)
    server.sql(statement)
    assert server.sql("SELECT id, user_name, label FROM jiratoken ORDER BY id") == [
        (row, lowered(name), label) for row, (name, _, label) in zip(made, rows)]
    for old, new, (name, _, _) in zip(before, server.rows(), rows):
        assert old[4:] == new[4:]                       # from the digest on
        assert new == old if name == lowered(name) else new[2] >= 1000


@pytest.mark.database
def test_rows_with_large_ids_get_slots_that_their_column_can_have(server):
    """Beyond those of rows that were lowered before."""
    server.start()
    for number, name in enumerate(("ALICE", "Alice", "alice", "AlicE", "BOB")):
        server.insert(f"ci {number}", user=name, id=2**31 - 1002 + number * 2**33)
    server.sql("UPDATE jiratoken SET slot = 1003 WHERE user_name = 'alice'")
    server.sql(remedy(server)[1])
    slots = server.sql("SELECT slot FROM jiratoken WHERE user_name = 'alice' ORDER BY id")
    assert slots[2] == (1003,) and len(set(slots)) == 4
    assert all(1000 <= slot < 10000 for slot, in slots)
    server.insert("again", user="ALICE", slot=1003)
    server.sql(CAPITALS.findall(server.log())[0][1])
    assert len(owners(server)) == 6 and "ALICE" not in owners(server)


@pytest.mark.database("pgsql")
@pytest.mark.parametrize("body", ["RAISE 'no'", "PERFORM pg_catalog.pg_sleep(3600)"])
def test_count_that_fails_or_takes_too_long_is_no_outage(server, body):
    """As in a large table: the database has answered before it began."""
    name = server.database.name
    server.sql("CREATE FUNCTION replace(text, text, text) RETURNS text LANGUAGE "
               f"plpgsql AS $$ BEGIN {body}; END $$")
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace(
        f"search_path={name} ", f"search_path={name},pg_catalog ")
    server.insert("of ALICE", user="ALICE")
    server.settings += "JiraTokenUserCase lower\n"
    server.start()
    line = said_of(server, "user names with capitals could not be counted")
    assert "lower them: UPDATE jiratoken " in line
    assert DOWN not in server.log() and "work for nobody: " not in server.log()
    assert server.check("alice", server.create()).status == 200


def test_exact_is_the_default(running):
    token = running.create()
    assert running.check("Alice", token).status == 401


def test_case_has_two_values(server):
    for value in ("exact", "LOWER"):
        server.settings = f"JiraTokenUserCase {value}"
        accepted(server)
    server.settings = "JiraTokenUserCase upper"
    refused(server, "JiraTokenUserCase: 'upper' is neither exact nor lower")


# ---- Latin-1


def test_name_that_is_no_utf8_is_read_as_latin1(server):
    """And the backend sees UTF-8, in the log as well."""
    server.settings += f'CustomLog "{server.root}/logs/who.log" "%u %>s"\n'
    server.start()
    server.add_user("jos\u00e9", "pw")
    token = server.create("jos\u00e9", password="pw")
    for name in ("jos\u00e9".encode(), b"jos\xe9"):
        assert server.get("/files/hello.txt", headers={
            "Authorization": basic(name, token)}).status == 200
    for name in (b"jos", b"jos\xc9", b"jos\xc3", b"jose\xcc\x81", b"jos\xe9\xc3\xa9"):
        assert server.get("/files/hello.txt", headers={
            "Authorization": basic(name, token)}).status == 401
    server.stop()
    said = (server.root / "logs/who.log").read_text()
    assert said.count("jos\\xc3\\xa9 200\n") == 3


def test_other_passwords_are_passed_on_as_they_are(running):
    running.add_user("jos\u00e9", "pw")
    assert running.check(b"jos\xc3\xa9", "pw", "/chain/hello.txt").status == 200
    assert running.check(b"jos\xe9", "pw", "/chain/hello.txt").status == 401
