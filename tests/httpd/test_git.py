# SPDX-License-Identifier: Apache-2.0
"""git over HTTP, the real client: clone, fetch and push with a token for the
password, and none of them once it is revoked. test_recipes.py has the example on the
page."""

import os
import pathlib
import subprocess

import pytest

pytestmark = pytest.mark.plain

BACKEND = pathlib.Path(subprocess.run(["git", "--exec-path"], check=True, text=True,
                                      capture_output=True).stdout.strip()) \
    / "git-http-backend"


def run(server, words, cwd):
    """For nobody: no prompt, no helper, no configuration of the host's."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(server.root),
             "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
             "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory",
             "GIT_CONFIG_VALUE_0": "*", "GIT_ASKPASS": "/bin/false",
             "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
             "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    return subprocess.run(words, env=clean, text=True, check=False,
                          capture_output=True, cwd=cwd, timeout=120)


def git(server, *words, check=True, cwd=None):
    done = run(server, ["git", *map(str, words)], cwd or server.root)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def repository(server):
    """A server with one bare repository at /git/project.git."""
    bare, work = server.root / "git/project.git", server.root / "work"
    git(server, "init", "-q", "--bare", "-b", "main", bare)
    git(server, "-C", bare, "config", "http.receivepack", "true")
    git(server, "init", "-q", "-b", "main", work)
    (work / "hello.txt").write_text("hello\n")
    git(server, "-C", work, "add", "hello.txt")
    git(server, "-C", work, "commit", "-q", "-m", "one")
    git(server, "-C", work, "push", "-q", bare, "main")
    server.give(server.root / "git")
    server.modules.append("cgi" if server.mpm == "prefork" else "cgid")
    server.locations = f"""
ScriptAlias "/git/" "{BACKEND}/"
<Directory "{BACKEND.parent}">
    Require all granted
</Directory>
<Location "/git">
    SetEnv GIT_PROJECT_ROOT "{server.root}/git"
    SetEnv GIT_HTTP_EXPORT_ALL 1
    SetEnv GIT_CONFIG_COUNT 1
    SetEnv GIT_CONFIG_KEY_0 safe.directory
    SetEnv GIT_CONFIG_VALUE_0 *
    AuthType Basic
    AuthName "git"
    AuthBasicProvider jiratoken
    Require valid-user
</Location>
"""
    return server.start()


def url(server, token, user="alice"):
    return f"http://{user}:{token}@127.0.0.1:{server.port}/git/project.git"


def test_git_clones_until_the_token_is_revoked(repository):  # C01
    token = repository.create()
    git(repository, "clone", "-q", url(repository, token), "one")
    assert (repository.root / "one/hello.txt").read_text() == "hello\n"
    repository.revoke(token)
    fetched = git(repository, "fetch", check=False, cwd=repository.root / "one")
    cloned = git(repository, "clone", "-q", url(repository, token), "two", check=False)
    for done in (fetched, cloned):
        assert done.returncode != 0
        assert "Authentication failed" in done.stderr
    assert not (repository.root / "two").exists()


def test_git_pushes_with_a_token(repository):
    token = repository.create()
    git(repository, "clone", "-q", url(repository, token), "one")
    place = repository.root / "one"
    (place / "more.txt").write_text("more\n")
    git(repository, "add", "more.txt", cwd=place)
    git(repository, "commit", "-q", "-m", "two", cwd=place)
    git(repository, "push", "-q", cwd=place)
    git(repository, "clone", "-q", url(repository, token), "two")
    assert (repository.root / "two/more.txt").read_text() == "more\n"


def test_git_is_refused_with_somebody_elses_token(repository):  # A03
    token = repository.create()
    done = git(repository, "clone", "-q", url(repository, token, "bob"), "one",
               check=False)
    assert done.returncode != 0 and "Authentication failed" in done.stderr


def test_git_takes_the_token_from_its_credential_store(repository):
    token = repository.create()
    store = repository.root / "credentials"
    store.write_text(f"http://alice:{token}@127.0.0.1:{repository.port}\n")
    plain = f"http://127.0.0.1:{repository.port}/git/project.git"
    helper = f"credential.helper=store --file={store}"
    git(repository, "-c", helper, "clone", "-q", plain, "one")
    repository.revoke(token)
    done = git(repository, "-c", helper, "clone", "-q", plain, "two", check=False)
    assert done.returncode != 0
    assert token not in store.read_text()       # git forgets what was refused
