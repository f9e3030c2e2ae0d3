# SPDX-License-Identifier: Apache-2.0
"""tools/jiratoken-import: tokens of another system come into the table by a CSV file,
and open what tokens open; what cannot come is refused by its row."""

import datetime
import os
import re
import shutil
import stat
import subprocess

import pytest

from importing import TOOL, imported, run_import, table
from page import Page
from server import TOP, shaped

LEGACY = "JiraTokenLegacy On\n"
COLUMNS = ("user", "label", "token")
# Each stands in a file of its own row: what the shell, awk, printf or SQL could take
# for something else.
OLD = ["s3cr3t", "NjY4OTk5OTk6c2VjcmV0", "p a s s", "pass:word", "%s\\n\\x41\\101", "-n",
       "'); DROP TABLE jiratoken; --", "übergroß", 'quo"ted, with, commas', "x" * 300]
FAR = datetime.datetime(2094, 2, 28, tzinfo=datetime.timezone.utc)
DAY = 86400


@pytest.fixture
def legacy(server):
    server.settings += LEGACY
    return server.start()


def stored(server, columns="user_name, slot, label"):
    return server.sql(f"SELECT {columns} FROM jiratoken ORDER BY user_name, slot")


# ---- what is taken


def test_imported_tokens_open_pages_whatever_they_look_like(legacy):
    legacy.tokens += OLD
    said = imported(legacy, table(COLUMNS, *(("alice", f"old {n}", token)
                                             for n, token in enumerate(OLD))))
    assert said.endswith(f"{len(OLD)} taken, 0 in the table already, 0 refused\n")
    for token in OLD:
        assert legacy.check("alice", token).status == 200
        assert legacy.check("alice", token, "/chain/hello.txt").status == 200
        assert legacy.check("bob", token).status == 401
        assert legacy.check("alice", token + "x").status == 401
    assert stored(legacy) == [("alice", n, f"old {n}") for n in range(len(OLD))]


def test_user_sees_dates_and_can_revoke(legacy):
    text = table(("label", "expires", "created", "user", "token", "last_used"),
                 ("dated", "2094-02-28", "2024-02-29T12:30:00+02:00", "alice", "one",
                  "1735689600"),
                 ("plain", "", "", "alice", "two", ""))
    imported(legacy, text)
    assert stored(legacy, "label, created_at, expires_at, last_used_at, shown") == [
        ("dated", 1709202600, int(FAR.timestamp()) + DAY, 1735689600, 1),
        ("plain", None, None, None, 1)]
    rows = Page(legacy.get("/tokens", user="alice")).table()
    assert {row[0] for row in rows} == {"dated", "plain"}
    [dated] = [" ".join(row) for row in rows if row[0] == "dated"]
    assert "2024-02-29" in dated and "2094-02-28" in dated
    row = legacy.sql("SELECT id FROM jiratoken WHERE label = 'dated'")[0][0]
    assert legacy.check("alice", "one").status == 200
    assert legacy.post(f"/tokens/{row}/revoke", user="alice").status == 303
    assert legacy.check("alice", "one").status == 401
    assert legacy.check("alice", "two").status == 200


def test_tokens_of_our_own_shape_need_no_directive(running):
    tokens = [shaped(prefix) for prefix in ("jt", "jt", "jt", "other")]
    running.tokens += tokens
    imported(running, table(COLUMNS, *(("alice", "moved", token) for token in tokens)))
    assert {running.check("alice", token).status for token in tokens} == {200}


def test_what_only_looks_like_a_part_of_one_of_ours_opens_too(legacy):
    texts = ["jt_" + "a" * 40, "jt_short", "x" + shaped(), "JT_" + "a" * 49,
             "other_" + "a" * 49]
    imported(legacy, table(COLUMNS, *(("alice", "old", text) for text in texts)))
    assert {legacy.check("alice", text).status for text in texts} == {200}


def test_digest_by_any_key_of_the_file_comes_without_the_token(server):
    former = "ab" * 40
    server.settings += LEGACY
    server.write_key(server.key, former)
    server.start()
    imported(server, table(("user", "label", "digest"),
                           ("alice", "old", server.digest("secret", former).upper())))
    assert server.check("alice", "secret").status == 200


@pytest.mark.plain
@pytest.mark.parametrize("lines", [
    "# first\n\n  {key}  \nffff\n", "{key}\r\n" + "12" * 32, "{long}\n", "{upper}\n"])
def test_digests_are_by_the_first_key_as_httpd_reads_it(server, lines):
    key = ("c0ffee99" * 32 if "long" in lines else "C0FFEE99" * 8 if "upper" in lines
           else server.key)
    (server.root / "key").write_text(
        lines.format(key=key, long=key, upper=key).replace("ffff\n", ""))
    server.settings += LEGACY
    server.start()
    imported(server, table(COLUMNS, ("alice", "old", "secret")))
    assert server.sql("SELECT digest FROM jiratoken") == [(server.digest("secret", key),)]
    assert server.check("alice", "secret").status == 200


def test_limits_are_kept(server):
    server.settings += LEGACY
    server.locations += '<Location "/files/">\nJiraTokenArea wiki "Wiki"\n</Location>\n'
    server.start()
    limits = {"read": 200, "areas=wiki": 200, "areas=git": 403, "from=127.0.0.0/8": 200,
              "from=192.0.2.1": 401, "read areas=wiki,git from=127.0.0.1,2001:db8::/32": 200}
    imported(server, table((*COLUMNS, "restrictions"),
                           *(("alice", words, f"by {words}", words) for words in limits)))
    assert {words: server.check("alice", f"by {words}").status for words in limits} == limits


def test_names_become_small_letters_where_httpd_has_it_so(server):
    server.settings += LEGACY + "JiraTokenUserCase lower\n"
    server.start()
    imported(server, table(COLUMNS, ("ALICE", "a", "one"), ("Alice", "a", "two")), "--lower")
    assert stored(server) == [("alice", 0, "a"), ("alice", 1, "a (2)")]
    assert server.check("Alice", "one").status == 200


# ---- slots and labels


def test_slots_are_dealt_within_the_limit(server):
    for label, slot in (("b", 1), ("far", 30)):
        server.insert(label, slot=slot)
    server.insert("his", "bob", slot=0)
    text = table(COLUMNS, *(("alice", f"t{n}", f"secret {n}") for n in range(4)),
                 ("bob", "t", "another"))
    code, said, _ = run_import(server, text, "--max", "4")
    assert code == 1
    assert [line for line in said.splitlines() if "refused:" in line] == [
        f"row {row}: refused: the user has 4 tokens, and JiraTokenMax is 4" for row in (4, 5)]
    assert stored(server) == [("alice", 0, "t0"), ("alice", 1, "b"), ("alice", 2, "t1"),
                              ("alice", 30, "far"), ("bob", 0, "his"), ("bob", 1, "t")]
    server.settings += LEGACY + "JiraTokenMax 5\n"
    server.start()
    assert server.check("alice", server.create()).status == 200


def test_user_with_all_tokens_that_the_limit_allows_can_make_none(legacy):
    rows = [("alice", f"t{n}", f"secret {n}") for n in range(26)]
    code, said, _ = run_import(legacy, table(COLUMNS, *rows))
    assert code == 1 and "row 27: refused: the user has 25 tokens" in said
    assert "25 of 25 tokens" in legacy.get("/tokens", user="alice").text
    assert legacy.post("/tokens/create", {"label": "more", "expires": ""},
                       user="alice").status == 409


def test_label_that_is_taken_gets_a_number(server):
    server.insert("ci")
    server.insert("ci (3)")
    long = "l" * 98
    text = table(COLUMNS, ("alice", "ci", "1"), ("alice", " ci", "2"), ("bob", "ci", "3"),
                 ("alice", long, "4"), ("alice", long, "5"))
    code, said, _ = run_import(server, text)
    assert code == 1
    assert "row 2: taken: alice, ci (2)\nrow 3: taken: alice, ci (4)\n" in said
    assert "row 6: refused: the user has a token of that label" in said
    assert sorted(row[2] for row in stored(server) if row[0] == "alice") == sorted(
        ["ci", "ci (2)", "ci (3)", "ci (4)", long])


# ---- again, and on trial


def test_second_run_changes_nothing(server):
    text = table(COLUMNS, ("alice", "a", "one"), ("alice", "a", "two"), ("bob", "b", "three"))
    imported(server, text)
    before = server.rows()
    said = imported(server, text)
    assert said.endswith("0 taken, 3 in the table already, 0 refused\n")
    assert "row 2: in the table already: alice\n" in said
    assert server.rows() == before
    more = imported(server, text + "carol,c,four\n")
    assert "row 5: taken: carol, c" in more
    assert server.rows()[:3] == before


def test_second_run_finds_a_token_that_was_rotated_meanwhile(server):
    text = table(COLUMNS, ("alice", "a", "one"))
    imported(server, text)
    server.sql("UPDATE jiratoken SET previous_digest = digest, previous_until = 1, "
               "digest = ?", "1" * 64)
    assert "row 2: in the table already: alice" in imported(server, text)


def test_dry_run_says_the_same_and_does_nothing(server):
    server.insert("a")
    before = server.rows()
    text = table(COLUMNS, ("alice", "a", "one"), ("x:y", "a", "two"), ("bob", "b", "three"))
    dry = run_import(server, text, "--dry-run")
    assert server.rows() == before
    wet = run_import(server, text)
    assert dry == (1, wet[1].replace(" taken", " would be taken"), "") and wet[0] == 1
    assert len(server.rows()) == 3


def test_token_of_somebody_else_is_not_given_away(server):
    imported(server, table(COLUMNS, ("alice", "a", "one")))
    code, said, _ = run_import(server, table(COLUMNS, ("bob", "b", "one")))
    assert code == 1
    assert "row 2: refused: the token is in the table as another user's\n" in said
    assert [row[0] for row in stored(server)] == ["alice"]


def test_database_that_refuses_a_row_gets_none(server):
    server.database.collide()
    before = server.rows()
    code, said, wrong = run_import(server, table(COLUMNS, ("alice", "a", "one")))
    assert (code, said) == (2, "") and "nothing was done" in wrong
    assert server.rows() == before


def test_row_that_the_database_refuses_takes_those_before_it_along(server):
    server.database.refuse("INSERT", "NEW.user_name = 'bob'")
    before = server.rows()
    code, said, wrong = run_import(
        server, table(COLUMNS, ("alice", "a", "one"), ("bob", "b", "two")))
    assert (code, said) == (2, "") and "nothing was done" in wrong
    assert server.rows() == before


def test_table_that_is_missing_or_called_otherwise(server):
    text = table(COLUMNS, ("alice", "a", "one"))
    code, said, wrong = run_import(server, text, "--table", "elsewhere")
    assert (code, said) == (2, "") and "the table cannot be read" in wrong
    server.database.make_table("elsewhere")
    imported(server, text, "--table", "elsewhere")
    assert server.sql("SELECT user_name FROM elsewhere") == [("alice",)]
    assert server.rows() == []


# ---- text that wants to be more


HOSTILE = [
    "'", '"', "\\", "\\'", "''; DROP TABLE jiratoken; --", "x'); DELETE FROM jiratoken; --",
    "$1", ":user", ":'user'", "%s%n", "`id`", "$(id)", "\\! id", ".shell id", "?", "|", ",",
    "a\u0301 \U0001f600", "<script>", "NULL", "\\x41", "/* */", "#", "E'\\n'", "@x", "0", "-",
    "row 1 no", "fatal", "ok", "sql DROP TABLE jiratoken;", "x t y",
]


def test_hostile_names_and_labels_are_stored_as_they_are(server):
    texts = [text for text in HOSTILE if ":" not in text]
    imported(server, table(COLUMNS, *((text, text, f"secret {text}") for text in texts)))
    assert sorted(stored(server)) == sorted((text, 0, text) for text in texts)
    said = imported(server, table(COLUMNS, *(("alice", text, f"a secret {text}")
                                             for text in HOSTILE)), "--max", "100")
    assert said.endswith(f"{len(HOSTILE)} taken, 0 in the table already, 0 refused\n")
    assert sorted(row[2] for row in stored(server) if row[0] == "alice") == sorted(HOSTILE)
    again = imported(server, table(COLUMNS, *((text, text, f"secret {text}")
                                              for text in texts)))
    assert f"0 taken, {len(texts)} in the table already" in again


@pytest.mark.database("sqlite3")
def test_table_of_a_hostile_name_is_none(server):
    for name in ("x; DROP TABLE jiratoken", "a b", "1", "a.b.c", "a.", ".a", "é", "a-b", ""):
        code, said, _ = run_import(server, table(COLUMNS), "--table", name)
        assert (code, said) == (2, "")


# ---- rows that are refused


NO_SECRET = "there is neither token nor digest"
UNSEEN = "the user name has a character that cannot be seen"
REFUSED = [
    ("alice,ci,,,,", NO_SECRET),
    (f"alice,ci,x,{'a' * 64},,", "there are both token and digest"),
    (f"alice,ci,,{'a' * 63},,", "the digest is not 64 hex digits"),
    (f"alice,ci,,{'g' * 64},,", "the digest is not 64 hex digits"),
    (",ci,x,,,", "there is no user name"),
    ("al:ice,ci,x,,,", "the user name has a colon"),
    (" alice,ci,x,,,", "the user name begins with a blank"),
    ("alice ,ci,x,,,", "the user name ends with a blank"),
    ("al\u200bice,ci,x,,,", UNSEEN), ("al\tice,ci,x,,,", UNSEEN), ("al\u202eice,ci,x,,,", UNSEEN),
    ('"al\nice",ci,x,,,', UNSEEN),
    (b"al\xffice,ci,x,,,", "the user name is no UTF-8"),
    (b"\xed\xa0\x80,ci,x,,,", "the user name is no UTF-8"),
    (b"\xc3,ci,x,,,", "the user name is no UTF-8"),
    ("a" * 256 + ",ci,x,,,", "the user name is longer than 255 bytes"),
    ("alice,,x,,,", "there is no label"), ("alice, \u2003,x,,,", "there is no label"),
    ("alice,\u200b,x,,,", "there is no label"),
    ("alice," + "l" * 101 + ",x,,,", "the label is longer than 100 characters"),
    ('alice,"a\nb",x,,,', "the label has a control character"),
    ("alice,a\u2028b,x,,,", "the label has a control character"),
    ("alice,a\u202eb,x,,,", "the label has a character that reorders others"),
    (b"alice,\xc0\x80,x,,,", "the label is no UTF-8"),
    ("alice,\ufffe,x,,,", "the label is no UTF-8"),
    ('alice,ci,"x\n",,,', "the token has a control character"),
    ("alice,ci,x\r\r,,,", "the token has a control character"),
    ("alice,ci,jt_" + "a" * 49 + ",,,",
     "the token is misspelt: its last six characters do not fit the others"),
    ("alice,ci,x ,,,", "the token begins or ends with a blank"),
    ("alice,ci,x,,yesterday,", "what stands under created is no time"),
    ("alice,ci,x,,2023-02-29,", "what stands under created is no time"),
    ("alice,ci,x,,2024-01-15T24:00,", "what stands under created is no time"),
    ("alice,ci,x,,1735689600000,", "what stands under created is no time"),
    ("alice,ci,x,,,01.02.2099", "what stands under expires is no time"),
    ("alice,ci,x,,2099-01-01,", "it was created in the future"),
    ("alice,ci,x,,,2020-01-01", "it has expired"), ("alice,ci,x,,,0", "it has expired"),
    ("alice,ci,x", "it has 3 fields, and the first row 6"),
    ("alice,ci,x,,,,", "it has 7 fields, and the first row 6"),
    ('al"ice,ci,x,,,', "a quotation mark stands where none may be"),
    ('"al"ice,ci,x,,,', "a quotation mark stands where none may be"),
    (b"alice,ci,x\0y,,,", "it has a byte that is zero"),
    ("alice,ci," + "x" * 20000 + ",,,", "a field is longer than 10000 bytes"),
]


@pytest.mark.plain
def test_each_fault_is_told_by_its_row_and_keeps_no_other(server):
    """An empty line is a row, as it is in a spreadsheet."""
    lines = ["\ufeffuser,label,token,digest,created,expires", "", "alice,first,one,,,"]
    lines += [row for row, _ in REFUSED]
    lines += ["alice,last,two,,,", 'alice,open,"three,,,']
    text = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    code, said, wrong = run_import(server, text)
    assert (code, wrong) == (1, "")
    assert said.splitlines() == [
        "row 3: taken: alice, first",
        *(f"row {n}: refused: {reason}" for n, (_, reason) in enumerate(REFUSED, 4)),
        f"row {len(REFUSED) + 4}: taken: alice, last",
        f"row {len(REFUSED) + 5}: refused: a quotation mark is not closed",
        f"2 taken, 0 in the table already, {len(REFUSED) + 1} refused"]
    assert [row[2] for row in stored(server)] == ["first", "last"]


@pytest.mark.plain
@pytest.mark.parametrize("words", [
    "reads", "", "areas=", "areas=A", "areas=a,", "areas=a areas=b", "read  areas=a", "read ",
    "from=example.org", "from=", "from=10.0.0.0/8,", "areas=" + "a" * 33, "from=1 read", "odd"])
def test_limits_that_httpd_would_not_understand_are_refused(server, words):
    text = table((*COLUMNS, "restrictions"), ("alice", "a", "one", words or " "))
    code, said, _ = run_import(server, text)
    assert code == 1
    assert "row 2: refused: the restrictions are not as the table has them" in said


@pytest.mark.plain
def test_file_may_be_standard_input(server):
    text = table(COLUMNS, ("alice", "a", "one"))
    code, said, wrong = run_import(server, "", input=text)
    assert (code, wrong) == (0, "") and said.startswith("row 2: taken: alice, a\n")
    assert stored(server) == [("alice", 0, "a")]


@pytest.mark.plain
def test_same_token_twice_in_a_file_is_taken_once(server):
    code, said, _ = run_import(server, table(COLUMNS, ("alice", "a", "x"), ("bob", "b", "x"),
                                             ("alice", "a", "x")))
    assert code == 1 and len(server.rows()) == 1
    for row in (3, 4):
        assert f"row {row}: refused: the same token as in row 2\n" in said


@pytest.mark.plain
@pytest.mark.parametrize("text", [
    "", "\n", "alice,ci,secret\n", "user,label\n", "user,token\n", "label,token\n",
    "user,label,token,tokens\n", "user,label,token,user\n", "User,label,token\n",
    'user,label,"token\n', "user;label;token\n", b"user,label,token\0\n"])
def test_file_without_its_first_row_is_refused_whole(server, text):
    code, said, wrong = run_import(server, text)
    assert (code, said) == (2, "") and wrong.startswith("jiratoken-import: the f")


def ranges(text, base):
    numbers = [int(number, base) for number in text]
    return set(zip(numbers[::2], numbers[1::2])) - {(0, 0)}


@pytest.mark.plain
def test_characters_are_those_that_the_module_knows():
    """Of labels, and of user names."""
    awk = {name: ranges(listed.split(), 10) for name, listed in re.findall(
        r'make_ranges\("(\w+)", "([0-9 ]+)"\)', (TOP / "tools/jiratoken-import.awk").read_text())}
    label = (TOP / "mod_jiratoken/core/jt_label.c").read_text()
    known = {name: ranges(re.findall(r"(0x[0-9A-F]+|\b0\b)", body), 16) for name, body in
             re.findall(r"static const range_t (\w+)\[\] = \{(.*?)\};", label, re.S)}
    assert known["spaces"] == awk["space"] and known["bidi"] == awk["bidi"]
    assert known["invisible"] == awk["invisible"]
    assert known["controls"] | {(0, 0x1F)} == awk["control"] | {(1, 0x1F)}
    hidden = re.search(r"is_hidden\(apr_int32_t c\)\n\{\n(.*?)\n\}",
                       (TOP / "mod_jiratoken/core/jt_user.c").read_text(), re.S)[1]
    single = {(int(c, 16),) * 2 for c in re.findall(r"c == (0x[0-9A-F]+)", hidden)}
    assert awk["hidden"] == single | ranges(re.findall(r"[<>]= (0x[0-9A-F]+)", hidden), 16)


# ---- nobody else sees a secret


@pytest.mark.plain
@pytest.mark.parametrize("which", ["key", "tokens.csv"])
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o620])
def test_files_that_are_open_to_others_are_refused(server, which, mode):
    text = table(COLUMNS, ("alice", "a", "one"))
    run_import(server, text, "--dry-run")
    (server.root / which).chmod(mode)
    if which == "key":
        code, said, wrong = run_import(server, text)
    else:
        # As run_import() does, but with the file as it is now.
        done = os.spawnl(os.P_WAIT, TOOL, TOOL, "--key", str(server.root / "key"), "--sqlite3",
                         str(server.database.path), str(server.root / which))
        code, said, wrong = done, "", "is open to others: chmod go="
    assert (code, said) == (2, "") and "is open to others: chmod go=" in wrong
    assert server.rows() == []


def wrap(folder, log, *names):
    """Programs of these names that note what everybody could see of them, and are then
    what they are called."""
    folder.mkdir()
    for name in names:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{{ printf '%s\\n' {name} \"$@\"; env; }} >>'{log}'\n"
                        f"PATH=${{PATH#*:}}\nexec {name} \"$@\"\n")
        path.chmod(0o755)


def test_no_secret_is_an_argument_or_in_the_environment_or_a_file(server):
    log, folder, place = (server.root / name for name in ("seen", "wrapped", "empty"))
    wrap(folder, log, "openssl", "awk", "od", "sed", "find", "date", "cat", "sqlite3", "psql",
         "mariadb")
    place.mkdir()
    secret = "a secret of alice's"
    code, said, wrong = run_import(server, table(COLUMNS, ("alice", "a", secret)),
                                   path=folder, cwd=place)
    assert (code, wrong) == (0, "") and not list(place.iterdir())
    seen = log.read_text()
    client = {"sqlite3": "sqlite3", "pgsql": "psql", "mysql": "mariadb"}[server.database.kind]
    for name in ("openssl", "awk", "od", client):
        assert re.search(rf"(?m)^{name}$", seen)
    octal = "".join(f"\\{byte:03o}" for byte in secret.encode())
    for text in (secret, octal, secret.encode().hex(), server.key, secret[:8]):
        assert text not in seen and text not in said
    assert "<<" not in TOOL.read_text()     # which some shells keep in a file


@pytest.mark.plain
@pytest.mark.parametrize("where", [
    "host=x password=secret", "postgresql://httpd:secret@x/tokens"])
def test_password_on_the_command_line_is_refused(server, where):
    code = os.spawnl(os.P_WAIT, TOOL, TOOL, "--pgsql", where, "x.csv")
    assert code == 2
    assert "password would show it" in " ".join(TOOL.read_text().split())


@pytest.mark.database("sqlite3")
def test_root_leaves_nothing_that_the_children_cannot_use(legacy):
    """SQLite gives what it makes beside the file to the owner of the file."""
    owner = legacy.database.path.stat().st_uid
    imported(legacy, table(COLUMNS, ("alice", "a", "one")))
    for path in legacy.database.path.parent.iterdir():
        assert path.stat().st_uid == owner
        assert not path.stat().st_mode & stat.S_IWOTH
    assert legacy.check("alice", legacy.create()).status == 200


@pytest.mark.plain
def test_file_that_is_no_database_is_not_made_one(server):
    code = os.spawnl(os.P_WAIT, TOOL, TOOL, "--key", str(server.root / "key"), "--sqlite3",
                     str(server.root / "nowhere.db"), str(server.root / "users"))
    assert code == 2 and not (server.root / "nowhere.db").exists()


@pytest.mark.plain
def test_crowd_of_rows_is_dealt_in_one_run(server):
    """As many as a site has, and in a time that grows with them alone."""
    rows = [(f"user{n % 50}", f"label {n}", f"{n:064x}") for n in range(1000)]
    imported(server, table(("user", "label", "digest"), *rows))
    assert server.sql("SELECT count(*), max(slot) FROM jiratoken") == [(1000, 19)]


@pytest.mark.plain
def test_tool_finds_its_part_where_it_is_installed(server):
    """As make install puts the two, and called by any name of the path."""
    sbin, share = server.root / "usr/sbin", server.root / "usr/share/mod_jiratoken"
    sbin.mkdir(parents=True)
    share.mkdir(parents=True)
    shutil.copy(TOOL, sbin)
    shutil.copy(f"{TOOL}.awk", share)
    for words in (["./jiratoken-import"], ["sh", "jiratoken-import"],
                  [sbin / "jiratoken-import"]):
        assert subprocess.run([*words, "--sqlite3", "nowhere", "x.csv"], cwd=sbin, check=False,
                              stderr=subprocess.PIPE).stderr \
            == b"jiratoken-import: there is no file ./nowhere\n"
