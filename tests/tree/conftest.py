# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the tree: of build/check, build/demo, build/guard and
what is released. Every path has a space. They need no module, so that
`pytest --confcutdir tests/tree tests/tree` runs them without the other
tests' options."""

import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def run(*command, cwd, check=True, env=None):
    with subprocess.Popen(command, cwd=cwd, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **(env or {})}) as process:
        try:
            said, _ = process.communicate(timeout=900)
        except BaseException:
            process.terminate()  # build/check removes its files, unless it is killed
            process.communicate(timeout=90)
            raise
    assert not check or process.returncode == 0, f"{command}:\n{said[-6000:]}"
    return subprocess.CompletedProcess(command, process.returncode, said)


@pytest.fixture(name="run", scope="session")
def fixture_run():
    """Runs a command in a folder: its exit status and all that it said."""
    return run


@pytest.fixture(scope="session")
def copied():
    """Copies the sources into a folder that is to be made."""
    def copy(folder):
        folder.mkdir(parents=True)
        run(TOP / "build/sources", "--copy", folder, cwd=folder)
        return folder
    return copy


@pytest.fixture(scope="session")
def repository(tmp_path_factory, copied):
    """A repository with the sources as its only commit."""
    made = copied(tmp_path_factory.mktemp("repository") / "the sources")
    run("git", "init", "-q", "-b", "main", cwd=made)
    run("git", "add", "-A", cwd=made)
    run("git", "-c", "user.name=tree", "-c", "user.email=tree@localhost",
        "commit", "-q", "-m", "the sources", cwd=made)
    return made


def cloned(repository, folder):
    run("git", "clone", "-q", repository, folder, cwd=repository)
    return folder


@pytest.fixture
def clone(repository, tmp_path):
    return cloned(repository, tmp_path / "a clone")


@pytest.fixture(scope="session")
def built(repository, tmp_path_factory):
    """A clone with everything in it that README's own lines, make check and
    make dist write. No test changes it."""
    made = cloned(repository, tmp_path_factory.mktemp("built") / "a built clone")
    for line in ("autoreconf -i", "./configure", "make -j2", "make check", "make dist"):
        run(*line.split(), cwd=made)
    return made


@pytest.fixture(scope="session")
def release(built, tmp_path_factory):
    """What the release unpacks to."""
    made = tmp_path_factory.mktemp("release") / "a release"
    made.mkdir()
    [archive] = built.glob("mod_jiratoken-*.tar.gz")
    run("tar", "-xf", archive, cwd=made)
    [unpacked] = made.iterdir()
    return unpacked
