# SPDX-License-Identifier: Apache-2.0
"""The process that asks the database as httpd starts: whatever becomes of it is
said, and nothing of it stays."""

import contextlib
import os
import pathlib

import pytest

import crashes
from starts import DOWN

pytestmark = pytest.mark.database("sqlite3")


def break_sqlite(server, how):
    """In every process; so none may ask but the one at the start."""
    server.settings += "DBDMin 0\n"
    server.environment.update(JIRATOKEN_BROKEN=how,
                              LD_PRELOAD=str(crashes.library("broken_sqlite.c")))


FAILURES = [
    ("crash", "was ended by signal 11 (Segmentation fault)"),
    ("exit", "ended without an answer, code 3"),
    ("end", "ended without an answer, code 0"),
    ("hang", "it says nothing for 2 seconds"),
]


@pytest.mark.parametrize("how,said", FAILURES)
def test_end_of_the_process_that_asks_is_said(server, how, said):
    break_sqlite(server, how)
    server.expect(DOWN)
    for go in (server.start, server.graceful):
        before = server.log().count(said)
        go()
        assert server.log().count(said) == before + 1
        assert server.get("/open/hello.txt").status == 200
    assert len({line.partition("reason=")[2] for line in server.log().splitlines()
                if DOWN in line}) == 1


def test_database_that_is_down_is_asked_once(server):
    """However many tables it has, and whatever was asked in between: each time
    may take two seconds."""
    break_sqlite(server, "exit")
    server.expect(DOWN)
    for number, (name, table) in enumerate(
            (name, table) for table in ("first", "second") for name in ("a", "b")):
        path = server.database.path.with_name(f"{name}.db")
        path.touch()
        server.locations += f"""
<VirtualHost *>
    ServerName host{number}.example
    DBDParams {path}
    JiraTokenTable {table}
</VirtualHost>
"""
    server.start()
    assert server.log().count(DOWN) == 3        # the main server has its own


def left_behind(server):
    """The descriptors that httpd has open, and its children that have ended."""
    states = []
    for pid in server.children():
        with contextlib.suppress(FileNotFoundError):
            text = pathlib.Path(f"/proc/{pid}/stat").read_text()
            states.append(text.rpartition(")")[2].split()[0])
    return len(os.listdir(f"/proc/{server.process.pid}/fd")), states.count("Z")


def test_nothing_is_left_of_the_process_that_asks(server):
    server.start()
    server.graceful()
    server.poll(lambda: left_behind(server)[1] == 0)
    before = left_behind(server)
    for _ in range(3):
        server.graceful()
    server.poll(lambda: left_behind(server) == before)


# ---- httpd -t


UNCHECKED = "the token table was not checked"


@pytest.mark.parametrize("how,said", FAILURES)
def test_configuration_is_right_whatever_becomes_of_the_database(server, how, said):
    break_sqlite(server, how)
    code, words = server.check_configuration()
    assert code == 0 and "Syntax OK" in words and DOWN not in words
    [line] = [line for line in words.splitlines() if UNCHECKED in line]
    assert said in line


def test_database_is_not_asked_where_the_configuration_is_only_listed(server):
    break_sqlite(server, "crash")
    code, said = server.check_configuration("-S")
    assert code == 0 and "VirtualHost configuration" in said
    assert UNCHECKED not in said and DOWN not in said


def test_check_of_the_configuration_is_made_as_the_childrens_account(server):
    server.sql("PRAGMA journal_mode = DELETE")
    folder = server.database.path.parent
    os.chown(folder, 0, 0)
    folder.chmod(0o755)
    code, said = server.check_configuration()
    assert code == 0 and "Syntax OK" in said
    assert f"as www-data, who cannot write the folder {folder} (Perm" in said
