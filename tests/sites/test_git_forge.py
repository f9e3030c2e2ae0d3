# SPDX-License-Identifier: Apache-2.0
"""A forge that believes a header, behind single sign-on; git is the real one, and what
stands for the forge is a second httpd with git-http-backend, which takes the name of
whoever pushes from that header, as Gitea does."""

import subprocess

import pytest

import oidc
from clients import Visit, cloned, git, got_in, make_git, run, succeed
from examples import use_example

FORGE = """
ScriptAlias "/team" "{programs}/git-http-backend"
<Directory "{programs}">
    Require all granted
</Directory>
CustomLog "logs/seen.log" "%{{X-WebAuth-User}}i %{{Authorization}}i %{{X_WebAuth_User}}i %r"
SetEnvIf X-WebAuth-User "^(.+)$" REMOTE_USER=$1
<Location "/team">
    SetEnv GIT_PROJECT_ROOT "{root}/app/git"
    SetEnv GIT_HTTP_EXPORT_ALL 1
</Location>
"""


@pytest.fixture(scope="module")
def site(lasting, openid_provider):
    with lasting() as server, lasting() as forge:
        app = forge.root / "app"
        app.mkdir()
        make_git(app / "git/project.git", app / "work")
        forge.give(app)
        forge.modules += ["setenvif", "cgid"]
        forge.locations += FORGE.format(root=forge.root, programs=subprocess.run(
            ["git", "--exec-path"], text=True, check=True, capture_output=True).stdout.strip())
        # It trusts the header, as a forge does that is asked by nobody else.
        succeed(["git", "-C", app / "git/project.git", "config", "http.receivepack", "true"],
                app)
        forge.give(app)
        forge.start()
        use_example(server, "git-forge", FORGE=f"http://127.0.0.1:{forge.port}",
                    **oidc.values_of_example(server, openid_provider))
        server.forge = forge
        server.repository = app / "git/project.git"
        server.start()
        server.alice = oidc.Holder(server)
        yield server
        server.stop()


class Guest(Visit):
    @property
    def repository(self):
        return self.url + "/team/project.git"


@pytest.fixture
def visit(site, tmp_path):
    """visit(token): somebody with this token and an empty home."""
    def made(token, user="alice"):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        return Guest(f"http://127.0.0.1:{site.port}", user, token, home)
    return made


def clone(visitor):
    return cloned(visitor, git(visitor, "clone", "-q", visitor.repository, "copy"))


def push(visitor, branch):
    run(["git", "-C", "copy", "commit", "-q", "--allow-empty", "-m", branch], visitor.home)
    return git(visitor, "-C", "copy", "push", "-q", "origin", f"HEAD:refs/heads/{branch}")


def seen(site):
    return (site.forge.root / "logs/seen.log").read_text()


def test_git_gets_in_by_a_token_in_its_owners_name(site, visit):
    token = site.alice.create()
    visitor = visit(token)
    assert got_in(clone(visitor))
    assert push(visitor, "by-alice").returncode == 0
    lines = [line for line in seen(site).splitlines() if "git-receive-pack" in line]
    assert lines and all(line.startswith("alice - - ") for line in lines)
    assert token not in seen(site)
    assert not got_in(clone(visit(token, "bob")))
    site.alice.revoke(token)
    assert not got_in(clone(visit(token)))


def test_read_only_token_clones_and_pushes_nothing(site, visit):
    visitor = visit(site.alice.create(read="1"))
    assert got_in(clone(visitor))
    before = succeed(["git", "-C", site.repository, "for-each-ref"], site.root).stdout
    done = push(visitor, "nothing")
    assert done.returncode != 0 and "403" in done.stderr
    assert succeed(["git", "-C", site.repository, "for-each-ref"], site.root).stdout == before


@pytest.mark.parametrize("name", ["X-WebAuth-User", "X_WebAuth_User", "x-webauth_user",
                                  "X_WEBAUTH-USER"])
def test_nobody_says_by_a_header_who_it_is(site, name):
    token, before = site.alice.create(), len(seen(site))
    path = "/team/project.git/info/refs?service=git-upload-pack"
    for headers in ({name: "bob"}, {name: "bob", "Sec-Fetch-Mode": "navigate"}):
        assert site.get(path, headers=headers).status in (302, 401)
    assert len(seen(site)) == before
    assert site.get(path, user="alice", password=token, headers={name: "bob"}).status == 200
    assert site.alice.ask(path, headers={name: "bob"}).status_code == 200
    assert len(seen(site)) > before and "bob" not in seen(site)[before:]


def test_branch_with_a_slash_arrives_as_it_is(site):
    token = site.alice.create()
    site.get("/api/v1/repos/a/b/branches/x%2Fy", user="alice", password=token)
    site.forge.poll(lambda: "GET /api/v1/repos/a/b/branches/x%2Fy " in seen(site))


@pytest.mark.parametrize("path", [
    "/api/v1/repos/team/project/contents/git-upload-pack", "/api/v1/git-upload-pack",
    "/api%2Fv1%2Frepos/project/git-upload-pack", "/team/project.git/x/git-upload-pack",
    "/api/v1/x/y/z/../../../../../team/project.git/git-upload-pack",
    "/api/v1/%2e%2e/%2E%2e/team/project.git/git-upload-pack",
    "/api/v1/x/..%2f..%2f..%2fteam/git-upload-pack",
    "/team/./project.git/git-upload-pack", "//api//v1//git-upload-pack"])
def test_read_only_token_writes_by_no_path_that_looks_like_a_fetch(site, path):
    site.expect("AH01630: client denied by server configuration")
    token, before = site.alice.create(read="1"), len(seen(site))
    answer = site.request("POST", path, user="alice", password=token, body="x")
    assert answer.status == 403
    assert len(seen(site)) == before
