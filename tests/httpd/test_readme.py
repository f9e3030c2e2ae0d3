# SPDX-License-Identifier: Apache-2.0
"""README's commands and its configuration work as they are printed, but for
their paths."""

import grp
import os
import pwd
import re
import subprocess

import pytest

from documents import blocks
from server import PASSWORDS, TOP

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def commands(word):
    """The block of commands that has this word."""
    [block] = blocks("README.md", "", word)
    return block


def printed(server, block):
    text = block.replace("/usr/lib/apache2/modules/mod_jiratoken.so", str(server.module))
    text = text.replace("/var/lib/jiratoken", f"{server.root}/var")
    return text.replace("/etc/jiratoken", f"{server.root}/etc")


def account():
    """Whose files these are, where nobody may give any away."""
    if os.geteuid() == 0:
        return "www-data", "www-data"
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def set_up(server, shell="bash"):
    """Make the key, the table and the users, whatever the umask. What was said."""
    user, group = account()
    text = printed(server, commands("openssl rand"))
    text = text.replace("/usr/local/share/mod_jiratoken", f"{TOP}/conf")
    text = text.replace("-o www-data", f"-o {user}").replace("www-data:", f"{user}:")
    text = re.sub(r"www-data\b", group, text) if group != "www-data" else text
    text = text.replace("htpasswd ", "htpasswd -i ")    # there is no terminal
    done = subprocess.run([shell, "-c", text], input=PASSWORDS["alice"], text=True,
                          check=False, umask=0, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    server.database.path = server.root / "var" / "tokens.db"
    server.key = (server.root / "etc" / "key").read_text().strip()
    return done.stdout


# As Debian's own, in mods-enabled.
STATUS = '<Location "/server-status">\nSetHandler server-status\nRequire local\n</Location>\n'


def use_least(server, *more):
    """The least configuration, and what stands below it; not yet running."""
    least = blocks("README.md", "apache")[0]
    assert len(least.splitlines()) <= 17
    set_up(server)
    [enabled] = re.findall(r"a2enmod (.*)", commands("a2enmod"))
    server.modules += set(enabled.split()) - set(server.modules)
    whole = server.configuration()
    head = "\n".join(line for line in whole.split("<Location", 1)[0].splitlines()
                     if not re.match(r"(LoadModule jiratoken|DBD|JiraToken)", line))
    server.configuration = lambda: "\n".join((head, STATUS, printed(server, least), *more))
    return server


@pytest.mark.database("sqlite3")
@pytest.mark.parametrize("nth,status", [([], 401), ([1], 200)])
def test_location_of_debians_is_repeated_below_the_least_configuration(server, nth, status):
    server.modules.append("status")
    use_least(server, *(blocks("README.md", "apache")[n] for n in nth)).start()
    assert server.get("/server-status?auto").status == status


@pytest.mark.database("sqlite3")
def test_the_least_configuration_does_the_main_job(server):
    server.modules.append("status")
    use_least(server).start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.get("/files/hello.txt").status == 401
    assert server.get("/tokens/", user="alice", password=token).status in (401, 403)
    server.revoke(token)
    assert server.check("alice", token).status == 401


@pytest.mark.plain
@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_commands_overwrite_neither_a_key_nor_a_table(server, shell):
    set_up(server, shell)
    key, row = server.key, server.insert("kept")
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert "etc/key" in set_up(server, shell)    # the shell says why
    assert server.key == key
    assert server.sql("SELECT id, label FROM jiratoken") == [(row, "kept")]


@pytest.mark.plain
def test_what_the_commands_make_is_for_nobody_else(server):
    set_up(server)
    modes = {path.relative_to(server.root): path.stat().st_mode & 0o777
             for folder in ("etc", "var")
             for path in [server.root / folder, *(server.root / folder).iterdir()]}
    assert {str(path): oct(mode) for path, mode in modes.items()} == {
        "etc": "0o750", "etc/key": "0o600", "etc/users": "0o640",
        "var": "0o700", "var/tokens.db": "0o600"}


@pytest.mark.plain
def test_programs_and_browsers_share_one_url(server):
    """With the one sign-in module that comes with httpd and asks by a redirect."""
    server.modules += ["auth_form", "request", "session", "session_cookie"]
    block = printed(server, blocks("README.md", "apache")[2]).replace('"/app"', '"/open2"')
    assert "AuthType openid-connect\n" in block
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
    assert server.get("/open2/hello.txt", headers=BROWSER).status == 302
    program = server.get("/open2/hello.txt")
    assert (program.status, program.get("WWW-Authenticate")) == \
        (401, 'Basic realm="sso", charset="UTF-8"')
