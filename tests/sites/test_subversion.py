# SPDX-License-Identifier: Apache-2.0
"""Subversion behind mod_dav_svn: svn itself reads and commits, by tokens that may."""

import pytest

from clients import HELLO, Visit, succeed, svn
from examples import use_example

ACCESS = """[/]
* = r
alice = rw
[project:/secret]
* =
bob = r
"""


@pytest.fixture(scope="module")
def site(lasting, slapd):
    slapd.reset()
    with lasting() as server:
        root, access = server.root / "svn", server.root / "svn-access"
        root.mkdir()
        access.write_text(ACCESS)
        succeed(["svnadmin", "create", root / "project"], server.root)
        for name in ("trunk", "secret"):
            succeed(["svn", "mkdir", "-q", "-m", HELLO, f"file://{root}/project/{name}"],
                    server.root)
        server.give(root)
        use_example(server, "subversion", SVN_ROOT=root, SVN_ACCESS=access,
                    SITE=f"http://127.0.0.1:{server.port}",
                    LDAP_URL=f"{slapd.url}/ou=people,dc=example,dc=org?uid")
        server.url = f"http://127.0.0.1:{server.port}/svn/project"
        server.expect("AH01631|authz_svn:error|Access denied|dav:error")
        yield server.start()


@pytest.fixture
def visit(site, tmp_path):
    """visit(token): somebody with this token and an empty home."""
    def made(token, user="alice"):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        return Visit(f"http://127.0.0.1:{site.port}", user, token, home)
    return made


def commit(site, visitor, name):
    """A file in a working copy, as people work."""
    done = svn(visitor, "checkout", "-q", site.url + "/trunk", "copy")
    assert done.returncode == 0, done.stderr
    (visitor.home / "copy" / name).write_text(HELLO)
    assert svn(visitor, "add", "-q", "copy/" + name).returncode == 0
    return svn(visitor, "commit", "-q", "-m", name, "copy")


def test_token_commits_in_its_owners_name_and_a_read_only_one_does_not(site, visit):
    writer, reader = visit(site.create()), visit(site.create(read="1"))
    done = commit(site, writer, "one")
    assert done.returncode == 0, done.stderr
    done = commit(site, reader, "two")
    assert done.returncode != 0 and "E175013" in done.stderr, done.stderr     # forbidden
    done = svn(reader, "log", "-q", site.url + "/trunk")
    assert "| alice |" in done.stdout
    assert svn(reader, "list", site.url + "/trunk").stdout == "one\n"


@pytest.mark.parametrize("limits", [{}, {"read": "1"}, {"area": "svn"}])
def test_token_reads_until_it_is_revoked(site, visit, limits):
    token = site.create(**limits)
    assert svn(visit(token), "info", site.url).returncode == 0
    assert svn(visit("wonderland"), "info", site.url).returncode != 0
    assert svn(visit(token, "bob"), "info", site.url).returncode != 0
    site.revoke(token)
    assert svn(visit(token), "info", site.url).returncode != 0


def test_svns_own_rules_are_about_the_tokens_owner(site, visit):
    alice, bob = visit(site.create()), visit(site.create("bob"), "bob")
    assert svn(alice, "list", site.url + "/secret").returncode != 0
    assert svn(bob, "list", site.url + "/secret").returncode == 0
    assert svn(bob, "mkdir", "-q", "-m", "x", site.url + "/trunk/bobs").returncode != 0
