# SPDX-License-Identifier: Apache-2.0
"""The examples on the page that shows a token, run as they stand there by the real
programs: each works, and with one character of the token changed it visibly fails.
tests/sites/test_recipe_programs.py has the programs that are larger. PowerShell, .NET,
Windows, a Gradle that is new enough and the BI programs are not to be had, and davfs2
mounts as root only: test_pages_connect.py and tests/unit/test_view_recipes.py read their
examples."""

import base64

import pytest

from clients import HELLO
from recipes import HOSTILE, Reader, check_both, use_everything

pytestmark = pytest.mark.plain

FOREIGN = "l\u00e9a-\u65e5\u672c"     # a name that Latin-1 cannot write


def curl_asks(reader):
    return reader.type(reader.examples["curl"][0])


def curl_netrc(reader):
    reader.write(".netrc", reader.examples["curl"][1])
    return reader.run(reader.examples["curl"][2])


def curl_inline(reader):
    return reader.run(reader.examples["curl"][3])


def cloned(reader, done):
    copy = reader.home / "project/hello.txt"
    done.stdout += copy.read_text() if copy.exists() else ""
    return done


def git_asks(reader):
    return cloned(reader, reader.type(reader.examples["git"][0]))


def git_helper(reader):
    """The helper that needs nothing of a desktop, then the token, then no question."""
    clone, _, store, _, _, approve = reader.examples["git"]
    assert reader.run(store).returncode == 0
    assert reader.run(approve).returncode == 0
    return cloned(reader, reader.run(clone))


def python(reader):
    """Prints the status alone."""
    reader.write("example.py", reader.examples["python"][0])
    done = reader.run("/usr/bin/python3 example.py")
    done.stdout = done.stdout.replace("200\n", HELLO)
    return done


def jira(reader):
    reader.write("example.py", reader.examples["jira"][0])
    return reader.run("/usr/bin/python3 example.py")


def rclone(reader):
    done = reader.run(reader.examples["rclone"][0])
    done.stdout = done.stdout.replace("index.txt", HELLO)
    return done


def svn(reader):
    done = reader.type(reader.examples["svn"][0])
    done.stdout += HELLO if (reader.home / "svn/trunk").is_dir() else ""
    return done


def header(reader):
    made = reader.run(reader.examples["header"][0])
    assert base64.b64decode(made.stdout).endswith(b":" + reader.token.encode())
    return reader.run(reader.examples["header"][1])


def ci(reader):
    return reader.run(reader.examples["ci"][0])


PROGRAMS = (curl_asks, curl_netrc, curl_inline, git_asks, git_helper, python, jira, rclone,
            svn, header, ci)


@pytest.mark.parametrize("name", ["dana", HOSTILE, FOREIGN],
                         ids=["dana", "hostile", "foreign"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_example_works_as_it_stands_and_fails_with_a_misspelt_token(
        server, tmp_path, program, name):
    use_everything(server)
    server.add_user(name, "secret")
    server.expect("AH01618|dav|svn")
    server.start()
    check_both(lambda: server.show(name, "secret"), program, tmp_path)


def test_example_fails_once_the_token_is_revoked(server, tmp_path):
    use_everything(server)
    reader = Reader(server.start().show("alice"), tmp_path)
    assert HELLO in curl_inline(reader).stdout
    server.revoke(reader.token)
    done = curl_inline(reader)
    assert "401" in done.stdout and HELLO not in done.stdout
