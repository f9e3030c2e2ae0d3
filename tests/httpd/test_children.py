# SPDX-License-Identifier: Apache-2.0
"""The account that httpd's children run as: what it may not run is warned of, though
root may."""

import grp
import os

import pytest

from auditing import TELLS, ready, use_program
from remembering import said
from starts import said_of

WARNS = "no message can be told"

pytestmark = pytest.mark.database("sqlite3")


@pytest.fixture
def program(server):
    """One that anybody may run, in a folder of its own; the server is told of it, and
    not yet running."""
    path = server.root / "programs" / "tell"
    path.parent.mkdir()
    path.parent.chmod(0o755)
    path.write_text(f"#!/bin/sh\nhere={server.root}/data\n{TELLS}\n")
    path.chmod(0o755)
    use_program(server, path)
    return path


CLOSED = [
    ("run", 0o744, lambda path: path),
    ("enter the folder", 0o750, lambda path: path.parent),
]


@pytest.mark.parametrize("verb,mode,place", CLOSED, ids=["program", "folder"])
def test_program_that_the_children_may_not_run_is_warned_of(server, program, verb, mode,
                                                            place):
    """By a check of the configuration, by a start and by each restart: once, however many
    virtual hosts have it."""
    closed = place(program)
    closed.chmod(mode)
    server.locations += "<VirtualHost *>\nServerName other.example\n</VirtualHost>\n"
    code, words = server.check_configuration()
    assert code == 0 and "Syntax OK" in words
    [line] = [line for line in words.splitlines() if WARNS in line]
    server.expect(WARNS)
    server.start()
    for one in (line, said_of(server, WARNS)):
        assert f"command={program} reason=the children run as www-data, who cannot {verb} " \
            f"{closed}: chmod o+{'x' if closed.is_dir() else 'rx'} {closed}" in one
    server.graceful()
    assert len(said(server, WARNS)) == 2


def test_program_that_the_children_may_run_is_not_warned_of(server, program):
    code, words = server.check_configuration()
    assert code == 0 and WARNS not in words
    ready(server.start())


def test_group_of_the_childrens_account_may_run_a_program(server, program):
    os.chown(program, 0, grp.getgrnam("www-data").gr_gid)
    program.chmod(0o750)
    code, words = server.check_configuration()
    assert code == 0 and WARNS not in words


def test_nothing_is_warned_of_where_the_configuration_is_only_listed(server, program):
    program.chmod(0o744)
    code, words = server.check_configuration("-S")
    assert code == 0 and WARNS not in words
