# SPDX-License-Identifier: Apache-2.0
"""The module's life: it is loaded, started, restarted under load, loses
children, and ends."""

import concurrent.futures
import contextlib
import os
import re
import signal
import subprocess
import threading

import pytest

from server import MODULES


@pytest.mark.plain
def test_module_exports_its_record_alone(server):
    said = subprocess.run(["nm", "-D", "--defined-only", server.module], text=True,
                          check=True, capture_output=True).stdout
    assert [line.split()[-1] for line in said.splitlines()] == ["jiratoken_module"]


def test_module_starts_quietly(running):
    """Without a word: nothing at warning or above; see Server.close()."""
    assert not re.search(r"\[jiratoken:(?!info|debug|notice)", running.log())
    assert running.get("/open/hello.txt").status == 200


@pytest.mark.parametrize("order", [
    ["jiratoken", "dbd", "auth_basic", "authn_core", "authn_file", "authz_core"],
    ["dbd", "jiratoken", "auth_basic", "authn_core", "authn_file", "authz_core"],
    ["auth_basic", "jiratoken", "dbd", "authz_core", "authn_file", "authn_core"],
    ["authz_core", "authn_file", "authn_core", "auth_basic", "dbd", "jiratoken"],
])
def test_modules_load_in_any_order(server, order):
    def load():
        rest = [name for name in server.modules if name not in order]
        lines = []
        for name in ["mpm_" + server.mpm, *order, *rest]:
            path = server.module if name == "jiratoken" else MODULES / f"mod_{name}.so"
            if path.exists():
                lines.append(f"LoadModule {name}_module {path}")
        return "\n".join(lines)
    server._load = load
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    assert server.check("alice", token, "/chain/hello.txt").status == 200
    assert server.check("bob", token).status == 401
    server.graceful()
    assert server.check("alice", token).status == 200
    unused = server.create()
    server.expect(r"jiratoken:error.*cannot answer")
    server.sql("ALTER TABLE jiratoken RENAME TO away")
    assert server.check("alice", unused, "/chain/hello.txt").status == 503


def descriptors(server):
    return sorted(os.readlink(f"/proc/{server.process.pid}/fd/{n}")
                  for n in os.listdir(f"/proc/{server.process.pid}/fd"))


def test_graceful_restarts_lose_no_request_and_leak_nothing(server):  # F09
    server.settings = "JiraTokenDatabaseLimit 100"
    server.start()
    token = server.create()
    ended, seen = threading.Event(), []

    def ask():
        while not ended.is_set():
            seen.append(server.check("alice", token).status)
    server.graceful()
    before = descriptors(server)
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(ask) for _ in range(2)]
        try:
            for _ in range(12):
                server.graceful()
        finally:
            ended.set()
        for one in waiting:
            one.result()
    assert len(seen) > 20 and set(seen) == {200}
    assert [re.sub(r"\d+", "n", d) for d in descriptors(server)] == [
        re.sub(r"\d+", "n", d) for d in before]


def test_settings_change_at_a_graceful_restart(server):
    server.start()
    server.settings = "JiraTokenMax 3\nJiraTokenPrefix acme"
    server.write_configuration()
    server.graceful()
    server.poll(lambda: "of 3 tokens" in server.get("/tokens", user="alice").text)
    assert server.create().startswith("acme_")


def test_provider_can_be_taken_away_at_a_graceful_restart(server):
    server.start()
    token = server.create()
    whole = server.configuration
    server.configuration = lambda: whole().replace(
        "AuthBasicProvider jiratoken file", "AuthBasicProvider file")
    server.write_configuration()
    server.graceful()
    server.poll(lambda: server.check("alice", token, "/chain/hello.txt").status == 401)
    assert server.check("alice", token).status == 200


def test_killed_children_are_replaced_and_work(running):
    running.expect(r"AH00052: child pid \d+ exit signal Killed")
    token = running.create()
    for pid in running.children():
        os.kill(int(pid), signal.SIGKILL)

    def works():
        with contextlib.suppress(OSError):
            return running.check("alice", token).status == 200
    running.poll(works)
    assert running.check("bob", token).status == 401


def test_children_end_after_their_requests_and_new_ones_work(server):
    server.settings = "MaxConnectionsPerChild 5"
    server.start()
    token = server.create()
    first = server.children()
    assert {server.check("alice", token).status for _ in range(20)} == {200}
    server.poll(lambda: not first & server.children())
    assert server.check("alice", token).status == 200


def ends(server):
    return [line for line in server.log().splitlines()
            if re.search(r"AH00052|Assertion|double free|corrupt", line)]


def test_graceful_stop_crashes_no_child(server):
    server.start()
    token = server.create()
    assert [server.check("alice", token).status for _ in range(16)] == [200] * 16
    process = server.process
    process.send_signal(signal.SIGWINCH)
    process.wait(60)
    server.process = None
    assert ends(server) == []


def test_stop_while_last_use_is_written_crashes_no_child(server):
    """A child that is told to end must not take the database's connection away
    from the request that is using it."""
    server.expect(r"jiratoken:error.*cannot answer")
    server.start()
    token = server.create()
    with server.database.held():        # the write of last use has to wait
        assert server.check("alice", token).status == 200
        for _ in range(50):
            server.get("/open/hello.txt")
        server.stop()
    assert [line for line in ends(server) if "Segmentation" not in line] == []


def test_start_again_finds_everything_as_it_was(server):
    server.start()
    token = server.create()
    for _ in range(3):
        server.restart()
        assert server.check("alice", token).status == 200
    server.revoke(token)
    server.restart()
    assert server.check("alice", token).status == 401
