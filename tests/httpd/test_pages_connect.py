# SPDX-License-Identifier: Apache-2.0
"""The Connect page: whose name and which address its examples have, and that they
mean the same once they are pasted. test_recipes.py runs them."""

import netrc
import re
import shlex
import urllib.parse
import xml.etree.ElementTree

import pytest

from page import Page, text
from recipes import HOSTILE, examples

pytestmark = pytest.mark.plain


NAMES = ["looker", "tableau", "powerbi", "curl", "git", "python", "jira", "jira-js",
         "powershell", "java", "dotnet", "go", "maven", "gradle", "npm", "pip", "rclone",
         "svn", "davfs2", "windows", "header", "ci"]


def field(page, name):
    """What can be copied there, and what its button is called."""
    [button] = [e for e in page.all("button") if e.get("data-copy") == name]
    assert "script" in button.get("class").split()
    return text(page.id(name)), page.named(button)


def test_connect_shows_the_user_and_this_server(running):
    page = Page(running.get("/tokens/connect", user="alice"))
    address = f"http://127.0.0.1:{running.port}/"
    assert page.user() == "alice"
    assert field(page, "user") == ("alice", "Copy User name")
    assert field(page, "address") == (address, "Copy Address")
    commands = examples(page)
    assert list(commands) == NAMES
    for name in ("looker", "tableau", "powerbi"):
        assert commands.pop(name) == []
        assert field(page, f"{name}-user") == ("alice", "Copy User name")
        assert field(page, f"{name}-password") == ("YOUR_TOKEN", "Copy Password")
        assert field(page, f"{name}-address") == (address, "Copy Address")
    for name, blocks in commands.items():
        said = "".join(blocks)
        assert said.count("YOUR_TOKEN") or name in ("svn", "windows"), name
        assert address in said or address.removeprefix("http://") in said, name
    assert commands["curl"][:3] == [
        f"curl -i -u 'alice' {address}",
        "machine 127.0.0.1\nlogin alice\npassword YOUR_TOKEN", f"curl -i -n {address}"]
    assert commands["git"][0] == f"git clone {address.replace('//', '//alice@')}" \
        "PATH/REPOSITORY.git"


def test_page_that_shows_a_token_has_the_same_examples(running):
    """With the token filled in, and nothing that leads away but Done."""
    shown = running.show("alice")
    page, connect = Page(shown), Page(running.get("/tokens/connect", user="alice"))
    assert examples(page) == {
        name: [block.replace("YOUR_TOKEN", running.tokens[0]) for block in blocks]
        for name, blocks in examples(connect).items()}
    [main] = page.all("main")
    assert [text(e) for e in main.iter("a")] == ["Done"]
    assert field(page, "looker-password") == (running.tokens[0], "Copy Password")
    assert field(page, "token") == (running.tokens[0], "Copy Token")


@pytest.mark.parametrize("path", ["/tokens/connect", None])
def test_each_block_of_code_follows_what_names_it(running, path):
    """Its button takes its name from there."""
    page = Page(running.get(path, user="alice") if path else running.show("alice"))
    for details in page.all("details"):
        before = None
        for element in details:
            if element.get("class") == "code":
                assert before.tag in ("summary", "h3"), details.get("id")
            before = element


SERVICES = """
JiraTokenServiceURL https://outer.example/
<Location "/tokens">
    JiraTokenServiceURL https://jira.example.com/ "Jira & <b>more</b>"
    JiraTokenServiceURL https://git.example.com/a/project.git
</Location>
"""


def test_connect_offers_the_services_of_the_innermost_section(server):
    server.locations += SERVICES
    server.start()
    page = Page(server.get("/tokens/connect", user="alice"))
    assert field(page, "address") == ("https://jira.example.com/", "Copy Address")
    assert [text(e) for e in page.all("option")] == [
        "Jira & <b>more</b>", "https://git.example.com/a/project.git"]
    [label] = [e for e in page.all("label") if e.get("for") == "service"]
    assert text(label) == "Show examples for"
    [others] = [e for e in page.all("div") if e.get("class") == "noscript"]
    assert text(others).split()[-1] == "https://git.example.com/a/project.git"
    assert "https://jira" not in text(others)
    commands = examples(page)
    assert commands["curl"][2] == "curl -i -n https://jira.example.com/"
    assert commands["git"][0] == "git clone https://alice@git.example.com/a/project.git"
    assert f":{server.port}" not in "".join(sum(commands.values(), []))


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


def read_utf16(text):
    """Java writes what is beyond the first plane as two characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


@pytest.mark.parametrize("name", [
    "o'brien", "o’brien", "‘; Stop-Computer; ‚‛", "'; touch x; '", "$(reboot)", "`id`",
    "back\\slash", 'dou"ble', "a b",
    "-u", "josé", "😀", "user@corp.example", "CORP\\alice", "%41", "a&b<c>", "{{user}}",
    HOSTILE, "\\u0041", "\\", "\\\\'", "ends\\", "-alice", "x#y", "!!", "a;b|c>d", "Ω≈ç√", "x" * 255,
])
def test_user_name_stays_a_name_in_every_example(server, name):
    server.add_user(name, "secret")
    server.start()
    page = Page(server.get("/tokens/connect", user=name, password="secret"))
    assert page.user() == name
    commands = examples(page)
    assert shlex.split(commands["curl"][0])[1:4] == ["-i", "-u", name]
    assert shlex.split(commands["curl"][3])[1:4] == ["-i", "-u", name + ":YOUR_TOKEN"]
    approved = shlex.split(commands["git"][-1])
    assert approved[3:6] == ["username=" + name, "password=YOUR_TOKEN", "|"]
    for url in (shlex.split(commands["git"][0])[2],
                shlex.split(commands["pip"][0])[2].removeprefix("--index-url=")):
        assert urllib.parse.unquote(urllib.parse.urlsplit(url).username) == name
    for example, pattern in (("python", r" auth=(\(.*\)),\n"),
                             ("jira", r"basic_auth=(\(.*\))\)\n")):
        [pair] = re.findall(pattern, commands[example][0])
        who, password = eval(pair, {"__builtins__": {}})
        # As requests sends them (_basic_auth_str): text goes out as Latin-1.
        who = who if isinstance(who, bytes) else who.encode("latin-1")
        assert (who, password) == (name.encode(), "YOUR_TOKEN")
    # A string of Python's is one of JavaScript's, Java's, Go's and C#'s here.
    for example, pattern in (("jira-js", r"email: (.*), apiToken"), ("go", r"Auth\((.*), "),
                             ("java", r"who = (.*) \+ "), ("dotnet", r"who = (.*) \+ ")):
        [literal] = re.findall(pattern, commands[example][0])
        assert read_utf16(eval(literal, {"__builtins__": {}})) == name
    assert "".join(commands["java"] + commands["gradle"]).isascii()
    for example in ("powershell", "windows"):
        [quoted] = re.findall(r"(?:who = |user:)'(.*)'(?: \+ ':YOUR_TOKEN'\n|$)",
                              commands[example][0])
        assert read_powershell(quoted) == name
    [settings] = commands["maven"][:1]
    assert xml.etree.ElementTree.fromstring(settings).findtext(".//username") == name
    [line] = re.findall("siteUsername=(.*)\n", commands["gradle"][0])
    assert read_utf16(eval('"' + line.replace('"', '\\"') + '"')) == name
    assert shlex.split(commands["header"][0])[2] == name + ":YOUR_TOKEN"
    assert shlex.split(commands["ci"][0])[6] == name + ":$SITE_TOKEN"


@pytest.mark.parametrize("name", ["a b", 'dou"ble', "back\\slash", "o'brien", "x#y",
                                  "jos\u00e9", "a.b+c@corp.example", "CORP\\alice"])
def test_netrc_and_shell_readers_find_the_name(server, tmp_path, name):
    server.add_user(name, "secret")
    server.start()
    page = Page(server.get("/tokens/connect", user=name, password="secret"))
    commands = examples(page)
    words = shlex.split(commands["svn"][0])
    assert words[words.index("--username") + 1] == name
    assert f"user={name}" in shlex.split(commands["rclone"][0])
    path = tmp_path / "netrc"
    path.write_text(commands["curl"][1] + "\n")
    path.chmod(0o600)
    assert netrc.netrc(path).authenticators("127.0.0.1") == (name, "", "YOUR_TOKEN")
