# SPDX-License-Identifier: Apache-2.0
"""The Connect page: whose name and which address its examples have, and that they
mean the same once they are pasted."""

import netrc
import re
import shlex
import urllib.parse

import pytest

from page import Page, text
from recipes import examples

pytestmark = pytest.mark.plain


def test_connect_shows_the_user_and_this_server(running):
    page = Page(running.get("/tokens/connect", user="alice"))
    address = f"http://127.0.0.1:{running.port}/"
    assert page.user() == "alice"
    assert address in [text(e) for e in page.all("code")]
    commands = examples(page)
    files = commands.pop(".netrc, for curl -n, git and many others")
    assert files == "machine 127.0.0.1\nlogin alice\npassword YOUR_TOKEN"
    assert sorted(commands) == ["Jira's Python client", "PowerShell", "Python",
                                "Subversion", "curl", "git", "rclone, for WebDAV"]
    for command in commands.values():
        assert address in command or address.replace("//", "//alice@") in command
    assert shlex.split(commands["curl"]) == ["curl", "-u", "alice:YOUR_TOKEN", address]
    fields = text(page.all("section")[0]).partition("curl")[0]
    assert "Looker Studio" in fields
    assert all(f in fields for f in ("User name", "alice", "Password", "YOUR_TOKEN",
                                     "Address", address))


@pytest.mark.parametrize("host", [
    "jira.example:8443", "jira.example", "jira.example:80", "[2001:db8::1]:8080",
])
def test_connect_shows_the_host_that_was_asked_for(running, host):
    """Behind a proxy that preserves it, a Host without port has the usual one."""
    page = Page(running.get("/tokens/connect", user="alice", headers={"Host": host}))
    shown = host.removesuffix(":80")
    assert f"http://{shown}/" in [text(e) for e in page.all("code")]


def test_connect_shows_the_canonical_name_where_the_site_sets_one(server):
    server.settings += "ServerName https://jira.example:443\nUseCanonicalName On\n"
    server.start()
    page = Page(server.get("/tokens/connect", user="alice"))
    assert "https://jira.example/" in [text(e) for e in page.all("code")]
    assert "127.0.0.1" not in text(page.root)


def read_powershell(quoted):
    """What stands between single quotes; PowerShell knows five of them, and two
    in a row are one character of the text."""
    assert not re.search("(?<!{0}){0}({0}{0})*(?!{0})".format("['‘’‚‛]"), quoted)
    return re.sub("(['‘’‚‛])['‘’‚‛]", r"\1", quoted)


@pytest.mark.parametrize("name", [
    "o'brien", "o’brien", "‘; Stop-Computer; ‚‛", "'; touch x; '", "$(reboot)", "`id`",
    "back\\slash", 'dou"ble', "a b",
    "-u", "josé", "😀", "user@corp.example", "CORP\\alice", "%41", "a&b<c>", "{{user}}",
    "\\", "\\\\'", "ends\\", "-alice", "x#y", "!!", "a;b|c>d", "Ω≈ç√", "x" * 255,
])
def test_user_name_stays_a_name_in_every_example(server, name):
    server.add_user(name, "secret")
    server.start()
    page = Page(server.get("/tokens/connect", user=name, password="secret"))
    assert page.user() == name
    commands = examples(page)
    assert shlex.split(commands["curl"])[1:3] == ["-u", name + ":YOUR_TOKEN"]
    approved, clone = commands["git"].splitlines()
    assert shlex.split(approved)[4:7] == ["username=" + name, "password=YOUR_TOKEN", "|"]
    remote = urllib.parse.urlsplit(shlex.split(clone)[2])
    assert urllib.parse.unquote(remote.username) == name
    for example, pattern in (("Python", r" auth=(\(.*\)),\n"),
                             ("Jira's Python client", r"basic_auth=(\(.*\))\)")):
        [pair] = re.findall(pattern, commands[example])
        who, password = eval(pair, {"__builtins__": {}})
        # As requests sends them (_basic_auth_str): text goes out as Latin-1.
        who = who if isinstance(who, bytes) else who.encode("latin-1")
        assert (who, password) == (name.encode(), "YOUR_TOKEN")
    [quoted] = re.findall(r"\$who = '(.*)' \+ ':YOUR_TOKEN'\n", commands["PowerShell"])
    assert read_powershell(quoted) == name


@pytest.mark.parametrize("name", ["a b", 'dou"ble', "back\\slash", "o'brien", "x#y",
                                  "jos\u00e9", "a.b+c@corp.example", "CORP\\alice"])
def test_netrc_and_shell_readers_find_the_name(server, tmp_path, name):
    server.add_user(name, "secret")
    server.start()
    page = Page(server.get("/tokens/connect", user=name, password="secret"))
    commands = examples(page)
    words = shlex.split(commands["Subversion"])
    assert words[words.index("--username") + 1] == name
    assert f"user={name}" in shlex.split(commands["rclone, for WebDAV"])
    path = tmp_path / "netrc"
    path.write_text(commands[".netrc, for curl -n, git and many others"] + "\n")
    path.chmod(0o600)
    assert netrc.netrc(path).authenticators("127.0.0.1") == (name, "", "YOUR_TOKEN")
