# SPDX-License-Identifier: Apache-2.0
"""tools/jiratoken-keys, and docs/operations/keys.md: two real servers on one table get a
new key by ssh, and no token is refused on the way."""

import hashlib
import os
import subprocess

import pytest

from documents import blocks
from hosts import Sshd
from server import HANGS, TOP

PAGE = "docs/operations/keys.md"
TOOL = TOP / "tools/jiratoken-keys"
# Each server's own: it is where its key file is.
RESTART = 'kill -USR1 "$(cat "${file%/*}/httpd.pid")"'

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module", name="sshd")
def fixture_sshd():
    made = Sshd()
    yield made
    made.close()


@pytest.fixture
def pair(server, twin):
    for one in (server, twin):
        one.settings += "JiraTokenCache off\n"
        one.start()
    return server, twin


def fingerprint(key):
    return hashlib.sha256(key.lower().encode()).hexdigest()[:12]


def keys(server):
    lines = (server.root / "key").read_text().split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def run(*words, code=0, **more):
    done = subprocess.run([TOOL, *words], text=True, stdin=subprocess.DEVNULL, check=False,
                          capture_output=True, timeout=10 * HANGS, **more)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def places(pair):
    return [f"{name}:{one.root}/key" for name, one in zip(("one", "two"), pair)]


class Step:
    """A step on both, and when it returns, all that answer have read the file."""

    def __init__(self, pair, sshd):
        self.pair = pair
        self.ssh = sshd.command("one", "two")

    def __call__(self, *words):
        before = [one.children() for one in self.pair]
        said = run("--ssh", self.ssh, "--restart", RESTART, *words, *places(self.pair))
        for one, old in zip(self.pair, before):
            one.poll(lambda one=one, old=old: not old & one.children() and one.children())
            one.poll(one.is_answering)
        return said


def all_work(pair, tokens):
    return all(one.check("alice", token).status == 200 for one in pair for token in tokens)


def test_key_is_changed_and_no_token_is_refused(pair, sshd):
    here, there = pair
    step = Step(pair, sshd)
    old = fingerprint(here.key)
    tokens = [here.create()]
    there.tokens += tokens
    said = step("add")
    new = said.split()[-1]
    assert said == f"added: {new}\n" and keys(here) == keys(there)
    assert [fingerprint(key) for key in keys(here)] == [old, new]
    tokens.append(there.create())
    assert all_work(pair, tokens)
    step("use", new)
    assert [fingerprint(key) for key in keys(here)] == [new, old]
    assert keys(here) == keys(there)
    tokens.append(there.create())
    assert all_work(pair, tokens)
    assert there.sql("SELECT digest FROM jiratoken WHERE digest = ?",
                     there.digest(tokens[-1], keys(here)[0]))
    step("drop", old)
    assert [fingerprint(key) for key in keys(there)] == [new]
    assert [here.check("alice", token).status for token in tokens] == [401, 401, 200]
    assert all_work(pair, tokens[2:])
    for one in pair:
        assert (one.root / "key").stat().st_mode & 0o777 == 0o600
        assert not list(one.root.glob("key.*"))


def test_server_that_is_away_gets_the_same_key_later(pair, sshd):
    here, there = pair
    away = sshd.command("one", "two", away=("two",))
    said = run("--ssh", away, "add", *places(pair), code=1)
    assert "two:" in said and "cannot be read" in said
    assert keys(here) == keys(there) == [here.key]      # it was looked at first
    # One whose file cannot be written is found by trying.
    (there.root / "key").rename(there.root / "real")
    (there.root / "key").symlink_to(there.root / "real")
    said = run("--ssh", sshd.command("one", "two"), "--restart", "true", "add", *places(pair),
               code=1)
    assert "two:" in said and keys(here) == [here.key]
    (there.root / "key").unlink()
    (there.root / "real").rename(there.root / "key")


def test_step_that_stopped_half_way_is_done_by_the_next_run(pair, sshd):
    here, there = pair
    ssh = sshd.command("one", "two")
    # The second one's restart fails, and it has the key already.
    fails = f'case $file in {there.root}/*) false ;; esac'
    said = run("--ssh", ssh, "--restart", fails, "add", *places(pair), code=1)
    assert "two:" in said and "not done there" in said
    new = fingerprint(keys(here)[-1])
    assert f"jiratoken-keys add {new} ..." in said
    assert keys(here) == keys(there)
    # It never got it.
    there.write_key(there.key)
    assert "do not have the same keys" in run("--ssh", ssh, "add", *places(pair), code=1)
    assert "does not have the key" in run("--ssh", ssh, "use", new, *places(pair), code=1)
    assert run("--ssh", ssh, "--restart", RESTART, "add", new, *places(pair)) == f"added: {new}\n"
    assert keys(here) == keys(there) and len(keys(here)) == 2
    run("--ssh", ssh, "--restart", fails, "use", new, *places(pair), code=1)
    run("--ssh", ssh, "--restart", "true", "use", new, *places(pair))
    assert keys(here) == keys(there) and fingerprint(keys(here)[0]) == new


def test_key_that_makes_tokens_is_not_dropped(pair, sshd):
    here, there = pair
    ssh = sshd.command("one", "two")
    here.write_key("ab" * 32, here.key)
    there.write_key(there.key, "ab" * 32)
    for key in (here.key, "ab" * 32):
        said = run("--ssh", ssh, "drop", fingerprint(key), *places(pair), code=1)
        assert "makes tokens with" in said
    assert len(keys(here)) == len(keys(there)) == 2
    assert "same order" in run("--ssh", ssh, "show", *places(pair), code=1)


def test_comments_stay_and_the_machine_itself_needs_no_ssh(server):
    path = server.root / "key"
    text = f"# ours\n\n  {'AB' * 32}  \n# of 2027\n{server.key}"
    path.write_text(text)
    new = fingerprint(server.key)
    run("--restart", "true", "use", new, path)
    assert path.read_text() == f"# ours\n\n{server.key}\n  {'AB' * 32}  \n# of 2027\n"
    run("--restart", "true", "drop", fingerprint("AB" * 32), path)
    assert path.read_text() == f"# ours\n\n{server.key}\n# of 2027\n"
    path.write_text(f"{server.key}")
    run("--restart", "true", "add", path)
    assert path.read_text().startswith(f"{server.key}\n") and len(keys(server)) == 2
    server.start()
    assert server.check("alice", server.create()).status == 200


def test_new_key_is_no_argument_and_no_secret_is_shown(pair, sshd):
    log, folder = pair[0].root / "seen", pair[0].root / "wrapped"
    folder.mkdir()
    for name in ("openssl", "ssh", "awk", "cat", "tr", "cut", "cp", "mv", "sed", "tail"):
        wrapper = folder / name
        wrapper.write_text(f"#!/bin/sh\n{{ printf '%s\\n' \"$@\"; env; }} >>'{log}'\n"
                           f"PATH=${{PATH#*:}}\nexec {name} \"$@\"\n")
        wrapper.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    said = run("--ssh", sshd.command("one", "two"), "--restart", "true", "add",
               places(pair)[0], f"{pair[1].root}/key", env=environment)
    seen = log.read_text()
    assert "hex" in seen        # openssl rand -hex 32
    for key in keys(pair[0]):
        assert key not in seen and key not in said


@pytest.mark.parametrize("words", [
    [], ["show"], ["use", "/key"], ["drop", "/key"], ["turn", "/key"],
    ["show", "0123456789ab", "/key"], ["use", "0123456789AB", "/key"], ["--ssh", "x"]])
def test_other_words_are_its_usage(words):
    assert "usage: jiratoken-keys" in run(*words, code=2)


@pytest.mark.parametrize("place", ["key", "one:key", ":/key", "one:/k'ey", "-x:/key",
                                   "one:/k ey", "one:/$(id)"])
def test_what_is_no_place_is_refused(place):
    assert "is no HOST:FILE" in run("show", place, code=1)


def test_page_has_the_steps_that_the_tool_has(pair, sshd):
    """Its lines, run one after the other, with the fingerprints of this day."""
    here, there = pair
    text = (TOP / PAGE).read_text()
    lines = [line.strip() for line in text.splitlines()
             if line.strip().startswith("jiratoken-keys ")]
    ssh, old, new = sshd.command("one", "two"), fingerprint(here.key), None
    assert [line.split()[1] for line in lines] == [
        "show", "add", "use", "drop", "add", "use", "drop"]
    for line in lines:
        if line.split()[1] == "add" and new:
            old, new = new, None
        command = line.replace("77982011336d", old).replace("526a04d592bd", new or "") \
            .replace("{one,two}:/etc/jiratoken/key", " ".join(places(pair))) \
            .replace("jiratoken-keys", f"{TOOL} --ssh '{ssh}' --restart true")
        done = subprocess.run(["bash", "-c", command], text=True, capture_output=True,
                              check=False, timeout=10 * HANGS)
        assert done.returncode == 0, done.stdout + done.stderr
        new = done.stdout.split()[-1] if "added" in done.stdout else new
        if line.split()[1] == "show":
            [sample] = blocks(PAGE, "text", "one:")
            assert done.stdout.replace(old, "77982011336d").replace(
                str(here.root), "/etc/jiratoken").replace(
                    str(there.root), "/etc/jiratoken") == sample
    assert keys(here) == keys(there) and len(keys(here)) == 1
