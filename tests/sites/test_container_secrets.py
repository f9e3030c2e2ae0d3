# SPDX-License-Identifier: Apache-2.0
"""Secrets as containers get them: Kubernetes' links and modes, Docker's mode, which is
refused until the entry point of the recipe has copied them, and a key that is changed
underneath."""

import json
import os
import pwd
import secrets
import subprocess

import pytest

from documents import blocks
from examples import use_example


def write(path, text, mode):
    path.write_text(text)
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 0, pwd.getpwnam("www-data").pw_gid)


def mount(server, folder, mode, *keys):
    """As Kubernetes does: files in a folder of their own, links to those, and one link
    that is changed at once."""
    place = folder / f"..{secrets.token_hex(4)}"
    place.mkdir(parents=True)
    write(place / "key", "".join(f"{key}\n" for key in keys), mode)
    write(place / "database.conf", server.database.directives() + "\n", mode)
    fresh = folder / "..data_tmp"
    fresh.symlink_to(place.name)
    fresh.rename(folder / "..data")
    for name in ("key", "database.conf"):
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")


@pytest.fixture
def site(server, directory, backend):
    def use(folder):
        use_example(server, "container-secrets", SECRETS=folder, APP=backend,
                    LDAP_URL=f"{directory.url}/ou=people,dc=example,dc=org?uid")
        return server
    server.secrets = server.root / "run/secrets"
    return use


def check(server, token):
    answer = server.check("alice", token, "/x")
    if answer.status == 200:
        headers = dict(json.loads(answer.text))
        assert headers["x-remote-user"] == "alice" and "authorization" not in headers
    return answer.status


def test_secrets_of_kubernetes_are_read_through_their_links(site, server):
    mount(server, server.secrets, 0o440, server.key)
    site(server.secrets).start()
    token = server.create()
    assert check(server, token) == 200
    server.revoke(token)
    assert check(server, token) == 401


def test_changed_key_is_read_by_a_graceful_restart(site, server):
    mount(server, server.secrets, 0o440, server.key)
    site(server.secrets).start()
    old = server.create()
    added = secrets.token_hex(32)
    mount(server, server.secrets, 0o440, added, server.key)
    server.graceful()
    assert check(server, old) == 200
    new = server.create()
    [[digest]] = server.sql("SELECT digest FROM jiratoken WHERE digest = ?",
                            server.digest(new, added))
    assert digest and check(server, new) == 200


def test_key_that_others_read_is_refused_until_the_entry_point_has_copied_it(site, server):
    mount(server, server.secrets, 0o444, server.key)
    code, said = site(server.secrets).check_configuration()
    assert code != 0 and "is readable or writable by others" in said
    [script] = blocks("docs/recipes/container-secrets.md", "", "#!/bin/sh")
    copied = server.root / "run/jiratoken"
    done = subprocess.run(
        ["sh", "-c", script.replace("/run/", f"{server.root}/run/"), "entry", "echo", "done"],
        text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert {oct(path.stat().st_mode & 0o777) for path in copied.iterdir()} == {"0o400"}
    site(copied).start()
    assert check(server, server.create()) == 200
