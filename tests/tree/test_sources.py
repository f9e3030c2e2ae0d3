# SPDX-License-Identifier: Apache-2.0
"""build/sources: which files are sources, and that a build makes none."""

import os

import pytest


@pytest.fixture(name="names")
def fixture_names(run):
    def names(tree):
        said = run(tree / "build/sources", cwd="/").stdout
        return sorted(name for name in said.split("\0") if name)
    return names


@pytest.fixture(scope="session")
def tracked(run, repository):
    said = run("git", "ls-files", "-z", cwd=repository).stdout
    return sorted(name for name in said.split("\0") if name)


def test_git_ignores_no_source(run, repository):
    assert run("git", "ls-files", "-ci", "--exclude-standard",
               cwd=repository).stdout == ""


def test_in_a_checkout_sources_are_what_git_tracks(names, clone, tracked):
    (clone / "notes").write_text("mine")
    (clone / "CHANGES").unlink()
    assert names(clone) == [name for name in tracked if name != "CHANGES"]


def test_a_changed_file_is_copied_as_it_is(run, clone, tmp_path):
    (clone / "CHANGES").write_text("changed")
    (tmp_path / "to here").mkdir()
    run(clone / "build/sources", "--copy", "to here", cwd=tmp_path)
    assert (tmp_path / "to here/CHANGES").read_text() == "changed"


def test_without_git_sources_are_all_files_but_ignored_ones(names, copied, tmp_path,
                                                            tracked):
    tree = copied(tmp_path / "no repository")
    assert names(tree) == tracked


def test_a_repository_around_the_folder_is_not_asked(run, names, copied, tmp_path,
                                                     tracked):
    run("git", "init", "-q", cwd=tmp_path)
    (tmp_path / ".gitignore").write_text("*\n")
    tree = copied(tmp_path / "inside")
    assert names(tree) == tracked


def test_the_repository_of_another_account_is_read(run, names, clone, tracked):
    if os.geteuid() == 0:
        run("chown", "-R", "nobody", clone, cwd=clone)
    assert names(clone) == tracked


def test_a_hook_of_another_repository_does_no_harm(run, clone, tracked, tmp_path):
    said = run(clone / "build/sources", cwd="/",
               env={"GIT_DIR": str(tmp_path), "GIT_INDEX_FILE": "none"}).stdout
    assert len(said.split("\0")) == len(tracked) + 1


def test_autoreconf_has_nothing_to_warn_of_in_a_clone(run, clone):
    said = run("autoreconf", "-i", cwd=clone).stdout
    assert "build/m4" in said and "warning" not in said


def test_a_build_inside_the_tree_leaves_no_trace_in_git(run, built):
    assert (built / "mod_jiratoken.la").exists()
    assert run("git", "status", "--porcelain", cwd=built).stdout == ""


def test_what_is_built_without_git_is_no_source(run, built, tmp_path, names, tracked):
    tree = tmp_path / "built without git"
    run("cp", "-a", built, tree, cwd=tmp_path)
    run("rm", "-rf", ".git", cwd=tree)
    assert names(tree) == tracked


def test_a_release_holds_every_source(names, release, tracked):
    assert names(release) == tracked
    assert (release / "configure").exists()
