# SPDX-License-Identifier: Apache-2.0
"""conf/examples/systemd and apparmor, and docs/operations/hardening.md: systemd knows
each line, and a real httpd lives within what they leave of root and of the disk."""

import os
import re
import shutil
import subprocess

import pytest

import server as servers
from documents import blocks
from server import HANGS, HTTPD, TOP

PAGE = "docs/operations/hardening.md"
DROP_IN = TOP / "conf/examples/systemd/jiratoken.conf"
# As Debian's is, where it counts.
UNIT = f"""
[Unit]
Description=The Apache HTTP Server
After=network.target

[Service]
Type=forking
ExecStart={shutil.which("true")}
KillMode=mixed
PrivateTmp=true
Restart=on-abort

[Install]
WantedBy=multi-user.target
"""

pytestmark = pytest.mark.plain


def value(name):
    [found] = re.findall(rf"(?m)^{name}=(.*)$", DROP_IN.read_text())
    return found.split()


@pytest.fixture
def unit(tmp_path):
    folder = tmp_path / "apache2.service.d"
    folder.mkdir()
    shutil.copy(DROP_IN, folder)
    made = tmp_path / "apache2.service"
    made.write_text(UNIT)
    return made


def analyze(unit, *words):
    return subprocess.run(
        ["systemd-analyze", *words, unit], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=HANGS, check=False,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{unit.parent}:", "SYSTEMD_LOG_LEVEL": "info"})


def test_systemd_knows_each_line(unit):
    done = analyze(unit, "verify", "--man=no", "--recursive-errors=no")
    assert done.returncode == 0 and str(unit.parent) not in done.stdout, done.stdout
    broken = unit.parent / "apache2.service.d/jiratoken.conf"
    broken.write_text(broken.read_text().replace("ProtectHome=", "ProtectHouse="))
    done = analyze(unit, "verify", "--man=no", "--recursive-errors=no")
    assert "ProtectHouse" in done.stdout      # it would have said so


def exposure(unit):
    done = analyze(unit, "security", "--offline=true", "--no-pager")
    return float(re.search(r"Overall exposure level .*: ([0-9.]+)", done.stdout)[1])


def test_unit_is_much_less_exposed_with_it(unit):
    hardened = exposure(unit)
    (unit.parent / "apache2.service.d/jiratoken.conf").unlink()
    assert exposure(unit) > 9 and hardened < 5


def confine(server):
    """A program that becomes httpd with what the lines leave of root's rights, and on a
    disk of which only the paths can be written that the server's own stand for."""
    rights = [name.removeprefix("CAP_").lower() for name in value("CapabilityBoundingSet")]
    assert value("NoNewPrivileges") == ["yes"] and value("ProtectSystem") == ["strict"]
    assert value("ReadWritePaths") == ["/run", "/var/log/apache2", "/var/lib/jiratoken"]
    words = "setpriv --no-new-privs"
    disk = ""
    if os.geteuid() == 0:
        words += " --bounding-set=-all," + ",".join(f"+{name}" for name in rights)
        if subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0:
            disk = f"""
for path in "{server.root}/logs" "{server.root}/data"; do
    mount --bind "$path" "$path" || exit 9
done
mount -o remount,bind,ro / || exit 9
"""
    path = server.root / "confined"
    inner = server.root / "inner"
    inner.write_text(f'#!/bin/sh\n{disk}exec {words} {HTTPD} "$@"\n')
    path.write_text('#!/bin/sh\nexec {}"{}" "$@"\n'.format(
        "unshare -m --propagation private " if disk else "", inner))
    for made in (path, inner):
        made.chmod(0o755)
    server.settings += f'PidFile "{server.root}/logs/httpd.pid"\n'
    return path, bool(disk)


def test_httpd_lives_with_it(server, monkeypatch):
    path, is_read_only = confine(server)
    monkeypatch.setattr(servers, "HTTPD", path)
    server.start()
    status = (open(f"/proc/{server.process.pid}/status", encoding="ascii")).read()
    assert re.search(r"NoNewPrivs:\s*1", status)
    if is_read_only:
        inside = f"/proc/{server.process.pid}/root{server.root}"
        assert os.path.isdir(inside)
        done = subprocess.run(["nsenter", "-t", str(server.process.pid), "-m", "touch",
                               f"{server.root}/x"], capture_output=True, text=True, check=False)
        assert "Read-only file system" in done.stderr
    token = server.create()
    assert server.check("alice", token).status == 200
    server.poll(lambda: server.sql("SELECT last_used_from FROM jiratoken") == [("127.0.0.1",)])
    server.graceful()
    assert server.check("alice", token).status == 200
    server.restart_at_once()
    assert server.check("alice", token).status == 200
    server.revoke(token)
    assert server.check("alice", token).status == 401


def test_page_and_drop_in_name_the_same():
    [block] = blocks(PAGE, "", "systemd-analyze")
    assert DROP_IN.name in block
    text = (TOP / PAGE).read_text()
    for word in ("NoNewPrivileges", "ReadWritePaths"):
        assert f"`{word}`" in text and value(word)
    assert "MemoryDenyWriteExecute" not in DROP_IN.read_text()
    for name in ("httpd_config_t", "httpd_var_lib_t"):
        assert name in text


def test_modes_that_the_page_has_are_those_that_httpd_takes(server):
    for mode, is_taken in ((0o600, True), (0o640, True), (0o644, False), (0o660, False)):
        (server.root / "key").chmod(mode)
        assert (server.check_configuration()[0] == 0) == is_taken
