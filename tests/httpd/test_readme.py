# SPDX-License-Identifier: Apache-2.0
"""The README's configuration works as it is printed, but for its paths."""

import re

import pytest

from server import MODULES, TOP


def blocks():
    return re.findall(r"```apache\n(.*?)```", (TOP / "README.md").read_text(), re.S)


def printed(server, block):
    text = block.replace("modules/mod_jiratoken.so", str(server.module))
    text = text.replace("modules/", f"{MODULES}/")
    text = text.replace("/var/lib/jiratoken/", f"{server.root}/data/")
    return text.replace("/etc/jiratoken/", f"{server.root}/")


@pytest.mark.database("sqlite3")
def test_the_least_configuration_does_the_main_job(server):
    least = blocks()[0]
    assert len(least.splitlines()) <= 17
    whole = server.configuration()
    head = "\n".join(line for line in whole.split("<Location", 1)[0].splitlines()
                     if not re.match(r"(LoadModule (dbd|jiratoken)|DBD|JiraToken)", line))
    server.configuration = lambda: head + "\n" + printed(server, least)
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.get("/files/hello.txt").status == 401
    assert server.get("/tokens/", user="alice", password=token).status in (401, 403)
    server.revoke(token)
    assert server.check("alice", token).status == 401


@pytest.mark.plain
def test_scripts_and_browsers_share_one_url(server):
    server.modules += ["auth_form", "request", "session", "session_cookie"]
    block = printed(server, blocks()[1]).replace('"/app"', '"/open2"')
    block = block.replace("AuthType openid-connect", f"""AuthType form
    AuthName "sso"
    AuthFormProvider file
    AuthUserFile "{server.root}/users"
    AuthFormLoginRequiredLocation /open/hello.txt""")
    (server.root / "docs" / "open2").mkdir()
    (server.root / "docs" / "open2" / "hello.txt").write_text("hello\n")
    server.locations = block
    server.start()
    token = server.create()
    assert server.check("alice", token, "/open2/hello.txt").status == 200
    assert server.check("alice", token[:-1] + "_", "/open2/hello.txt").status == 401
    assert server.get("/open2/hello.txt").status == 302
