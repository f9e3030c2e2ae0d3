# SPDX-License-Identifier: Apache-2.0
"""What an account may do that httpd's children have, and root's tells nothing
about: it is found at the start, and said so that it can be changed. What is
then changed as the log says works at once."""

import os
import re
import shutil

import pytest

from faults import SILENT, assert_unavailable
from server import shaped
from starts import DOWN, said_of
READ_ONLY = "the token database cannot be written"


def give_to_root(path, mode):
    os.chown(path, 0, 0)
    path.chmod(mode)


def count_found(server):
    """The starts that found something."""
    return server.log().count(" run as www-data, who cannot ")


def follow(server, line):
    """Do what the end of a line says, as root would: a command and its path."""
    advice = line.rpartition("): ")[2].partition(",")[0]
    match = re.fullmatch(r"(chown|chmod) (\S+) (/\S+)", advice)
    assert match, line
    command, what, path = match.groups()
    assert path.startswith(str(server.root))
    if command == "chown":
        shutil.chown(path, what)
    else:
        assert what == "o+x"
        os.chmod(path, os.stat(path).st_mode | 0o001)


sqlite = pytest.mark.database("sqlite3")


# ---- SQLite's file and its folder


@pytest.fixture
def file(server):
    """Of a server that has not begun. Without WAL, whose readers write, too."""
    server.sql("PRAGMA journal_mode = DELETE")
    server.settings += "JiraTokenLastUsedInterval 0\n"
    return server.database.path


@sqlite
@pytest.mark.parametrize("how", ["start", "graceful"])
def test_folder_of_roots_is_named_where_checks_work(server, file, how):
    server.start()
    token = server.create()
    if how == "start":
        server.stop()
    give_to_root(file.parent, 0o755)
    server.expect(rf"{SILENT}|{READ_ONLY}")
    getattr(server, how)()
    line = said_of(server, READ_ONLY)
    assert f"as www-data, who cannot write the folder {file.parent} (Perm" in line
    assert server.check("alice", token).status == 200
    assert_unavailable(server.post("/tokens/create", {"label": "x"}, user="alice"))
    follow(server, line)
    assert server.check("alice", server.create()).status == 200


@sqlite
@pytest.mark.parametrize("mode,phrase", [(0o644, READ_ONLY), (0o600, DOWN)])
def test_file_of_roots_is_named(server, file, mode, phrase):
    give_to_root(file, mode)
    server.expect(rf"{SILENT}|dbd:|AH00[0-9]+")
    server.start()
    line = said_of(server, phrase)
    assert f"as www-data, who cannot read and write the file {file} (Perm" in line
    follow(server, line)
    server.graceful()   # who could only read it when it was opened goes on so
    assert count_found(server) == 1
    assert server.check("alice", server.create()).status == 200


@sqlite
def test_closed_folder_above_is_named(server):
    closed = server.root / "closed"
    os.renames(server.database.path.parent, closed / "data")
    server.database.path = closed / "data" / "tokens.db"
    give_to_root(closed, 0o700)
    server.expect(rf"{SILENT}|dbd:|AH00[0-9]+")
    server.start()
    line = said_of(server, DOWN)
    assert f"as www-data, who cannot enter the folder {closed} (Perm" in line
    assert_unavailable(server.check("alice", shaped()))
    follow(server, line)
    server.poll(lambda: server.get("/tokens", user="alice").status == 200)


@sqlite
@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_file_that_another_account_left_beside_it_is_named(server, ending):
    """As by restoring a copy of all of them as root."""
    with server.database.connect() as connection:
        connection.execute("UPDATE jiratoken SET slot = 0")
        left = server.database.path.with_name(f"tokens.db{ending}")
        for each in ("-wal", "-shm"):
            server.give(server.database.path.with_name(f"tokens.db{each}"))
        give_to_root(left, 0o600)
        server.expect(rf"{SILENT}|dbd:|AH00[0-9]+")
        server.start()
    line = said_of(server, "reason=")
    assert f"as www-data, who cannot read and write the file {left} (Perm" in line


@sqlite
def test_link_to_a_folder_of_roots_names_that_folder(server, file):
    """SQLite makes its files there, and not beside the link."""
    folder = server.root / "elsewhere"
    folder.mkdir()
    link = server.root / "data" / "link.db"
    file.rename(folder / "tokens.db")
    link.symlink_to(folder / "tokens.db")
    server.database.path = link
    give_to_root(folder, 0o755)
    server.start()
    assert f"who cannot write the folder {folder} (" in said_of(server, READ_ONLY)


@sqlite
def test_what_the_childrens_group_may_do_is_enough(server, file):
    """Their group, and none of root's: the file is nobody's own here."""
    import grp
    number = grp.getgrnam("www-data").gr_gid
    for path, mode in ((file, 0o660), (file.parent, 0o770)):
        os.chown(path, 0, number)
        path.chmod(mode)
    server.start()
    assert "reason=" not in server.log()
    assert server.check("alice", server.create()).status == 200


@sqlite
def test_missing_table_counts_more_than_its_folder(server, file):
    server.sql("DROP TABLE jiratoken")
    give_to_root(file.parent, 0o755)
    server.expect(r"jiratoken|AH00020|AH00016")
    assert not server.try_start()
    assert "the table jiratoken is missing" in server.log()


# ---- MariaDB's accounts of the operating system


@pytest.mark.database("mysql")
def test_account_that_is_not_roots_is_no_fault(server):
    """By its socket MariaDB lets in who has that name on this machine."""
    service = server.database.service
    service.folder.chmod(0o755)
    changed, places = re.subn(r"host=[^,]+,port=\d+,(dbname=\w+),user=httpd,pass=\w+",
                              rf"sock={service.folder}/socket,\1,user=www-data",
                              server.database.directives())
    assert places == 1
    server.database.directives = lambda: changed
    server.sql("CREATE USER 'www-data'@localhost IDENTIFIED VIA unix_socket")
    try:
        server.sql(f"GRANT ALL ON {server.database.name}.* TO 'www-data'@localhost")
        server.start()
        assert "reason=" not in server.log()
        assert server.check("alice", server.create()).status == 200
    finally:
        server.sql("DROP USER 'www-data'@localhost")


# ---- both servers


@pytest.mark.database("pgsql", "mysql")
def test_wrong_password_is_said_without_the_password(server):
    wrong = "hunter2-of-the-database"
    right = server.database.service.password
    lines = server.database.directives()
    server.database.directives = lambda: lines.replace(right, wrong)
    server.start()
    line = said_of(server, DOWN)
    assert ("password authentication failed for user \"httpd\"" in line
            or re.search("Access denied for user 'httpd'@'.*' .using password: YES", line))
    assert wrong not in server.log() and right not in server.log()
    server.stop()
    code, said = server.check_configuration()
    assert code == 0 and "the token table was not checked" in said
    assert wrong not in said and right not in said
