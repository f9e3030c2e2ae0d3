# SPDX-License-Identifier: Apache-2.0
"""Repositories behind git's own CGI program: a read-only token clones and fetches, and
what it pushes does not arrive."""

import secrets
import subprocess

import pytest

from clients import Visit, cloned, git, git_clone_url, got_in, make_git, run
from examples import use_example


@pytest.fixture(scope="module")
def site(lasting, slapd):
    slapd.reset()
    with lasting() as server:
        app = server.root / "app"
        app.mkdir()
        make_git(app / "git/project.git", app / "work")
        server.give(app)
        server.repository = app / "git/project.git"
        programs = subprocess.run(["git", "--exec-path"], text=True, check=True,
                                  capture_output=True).stdout.strip()
        use_example(server, "git-read-only", GIT_ROOT=app / "git", GIT_PROGRAMS=programs,
                    SITE=f"http://127.0.0.1:{server.port}",
                    LDAP_URL=f"{slapd.url}/ou=people,dc=example,dc=org?uid")
        yield server.start()


@pytest.fixture
def visit(site, tmp_path):
    """visit(token): somebody with this token and an empty home."""
    def made(token, user="alice"):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        return Visit(f"http://127.0.0.1:{site.port}", user, token, home)
    return made


def clone(visitor):
    return cloned(visitor, git(visitor, "clone", "-q", visitor.repository, "copy"))


def push(visitor, branch, size=0):
    """A commit with a file that no compression makes smaller."""
    run(["git", "-C", "copy", "checkout", "-q", "-b", branch], visitor.home)
    (visitor.home / "copy/large").write_bytes(secrets.token_bytes(size))
    run(["git", "-C", "copy", "add", "large"], visitor.home)
    run(["git", "-C", "copy", "commit", "-q", "-m", branch], visitor.home)
    return git(visitor, "-C", "copy", "push", "-q", "origin", branch)


def branches(site):
    done = run(["git", "-C", site.repository, "branch", "--format=%(refname:short)"],
               site.root)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("limits", [{}, {"read": "1"}, {"area": "git"},
                                    {"read": "1", "area": "git"}])
def test_token_clones_until_it_is_revoked(site, visit, limits):
    token = site.create(**limits)
    for way in (clone, git_clone_url):
        done = way(visit(token))
        assert got_in(done), done
    site.revoke(token)
    assert not got_in(clone(visit(token)))


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_token_pushes_unless_it_is_read_only(site, visit, size):
    """The larger one comes in chunks."""
    writer, reader = visit(site.create()), visit(site.create(read="1"))
    for each in (writer, reader):
        assert got_in(clone(each))
    before = branches(site)
    done = push(reader, f"reader-{size}", size)
    assert done.returncode != 0 and "403" in done.stderr
    assert branches(site) == before
    done = push(writer, f"writer-{size}", size)
    assert done.returncode == 0, done.stderr
    assert branches(site) == before | {f"writer-{size}"}
    done = git(reader, "-C", "copy", "fetch", "-q", "origin")
    assert done.returncode == 0, done.stderr


def test_password_of_the_directory_opens_the_pages_and_no_repository(site, visit, slapd):
    before = slapd.asked()
    for visitor in (visit("wonderland"), visit(site.create("bob"))):
        assert not got_in(clone(visitor))
    refused = site.check("alice", "wonderland", "/git/project.git/info/refs")
    assert (refused.status, refused.get("WWW-Authenticate")) \
        == (401, 'Basic realm="Git", charset="UTF-8"')
    assert not [line for line in slapd.asked()[len(before):] if "uid=alice" in line]
    assert site.check("alice", site.create(), "/tokens/").status in (401, 403)


def test_pages_offer_the_application_and_show_the_address(site):
    assert 'value="git"' in site.get("/tokens/create", user="alice").text
    assert f"127.0.0.1:{site.port}/git" in site.get("/tokens/connect", user="alice").text
