# SPDX-License-Identifier: Apache-2.0
"""build/demo and build/check hold wherever they are: in a folder whose path has
a space, in a tree that was built in, in a release; and whatever breaks, the
last line of build/check tells the count."""

import os
import re
import signal
import subprocess
import time
import urllib.request

import pytest


class Check:
    """What a run of build/check said."""

    def __init__(self, done):
        self.code = done.returncode
        self.said = done.stdout
        last = re.search(r"\n(\d+) passed, (\d+) failed\n\Z", self.said)
        assert last, self.said[-3000:]
        self.passed, self.failed = int(last[1]), int(last[2])
        assert (self.code == 0) == (self.failed == 0), self.said[-3000:]


@pytest.fixture(name="check")
def fixture_check(run):
    def check(tree, *words, env=None):
        return Check(run(tree / "build/check", *words, cwd="/", check=False, env=env))
    return check


def show(tree, temporary):
    """Whether the demo comes up, serves its page and ends on Ctrl-C."""
    process = subprocess.Popen(
        [tree / "build/demo"], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": str(temporary)})
    said = ""
    try:
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        assert "Ctrl-C" in said, said
        address = re.search(r"Address: +(\S+)", said)[1]
        with urllib.request.urlopen(address) as answer:
            assert "Sign in" in answer.read().decode()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


def test_demo_runs_in_a_clone(clone, tmp_path):
    temporary = tmp_path / "temporary files"
    temporary.mkdir()
    show(clone, temporary)
    assert list(temporary.iterdir()) == []


def test_demo_runs_in_a_built_tree(run, built):
    show(built, "/tmp")
    assert run("git", "status", "--porcelain", cwd=built).stdout == ""


def test_demo_runs_in_a_release(release):
    show(release, "/tmp")


@pytest.mark.parametrize("kind", ["clone", "built", "release"])
def test_check_builds_and_tests_anywhere(check, request, kind):
    done = check(request.getfixturevalue(kind), "--only", "units")
    assert done.failed == 0 and done.passed > 200, done.said


def test_check_takes_a_folder_for_temporary_files_with_a_space(check, clone, tmp_path):
    (tmp_path / "temporary files").mkdir()
    done = check(clone, "--only", "gcc", env={"TMPDIR": str(tmp_path / "temporary files")})
    assert done.failed == 0, done.said


def test_check_counts_what_the_guard_finds(check, clone):
    before = check(clone, "--only", "guard")
    path = clone / "mod_jiratoken/mod_jiratoken.c"
    path.write_text(path.read_text() + "\t\n")
    after = check(clone, "--only", "guard")
    assert after.failed == before.failed + 1
    assert after.passed == before.passed - 1
    assert "mod_jiratoken.c" in after.said


def test_check_counts_a_source_that_does_not_compile(check, clone):
    path = clone / "mod_jiratoken/mod_jiratoken.c"
    path.write_text(path.read_text() + "\nint broken(\n")
    done = check(clone, "--only", "units,demo")
    assert "FAILED   build with gcc" in done.said
    assert "FAILED   the demo: there is no module" in done.said
    assert done.failed == 4  # the two and the corpus and the unit tests


def test_check_counts_a_configure_that_breaks(check, clone):
    path = clone / "configure.ac"
    path.write_text(path.read_text().replace("AC_OUTPUT", "AC_OUTPUT_OF_NOTHING("))
    done = check(clone, "--only", "gcc")
    assert "FAILED   autoreconf" in done.said


def test_check_counts_skipped_tests_as_failed_and_names_the_slowest(check, clone):
    (clone / "tests/demo/test_demo.py").write_text("""\
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_skipped(): pass
""")
    done = check(clone, "--only", "demo")
    assert "FAILED   the demo: 1 passed, 2 failed" in done.said
    assert done.failed == 2
    slowest = done.said.split("The slowest:\n")[1].strip().splitlines()
    assert any("the demo: test_demo: test_good" in line for line in slowest)


def test_check_counts_a_suite_that_does_not_start(check, clone):
    (clone / "tests/demo/test_demo.py").write_text("import nothing_of_that_name\n")
    done = check(clone, "--only", "demo")
    assert done.failed == 1


def test_check_counts_packages_that_cannot_be_installed(check, clone, tmp_path):
    for name, code in (("dpkg-query", 1), ("apt-get", 100), ("sudo", 1)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho no {name}\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    done = check(clone, "--only", "guard",
                 env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (done.passed, done.failed) == (0, 1), done.said


def test_check_counts_an_option_that_is_none(check, clone):
    done = check(clone, "--only", "guards")
    assert (done.passed, done.failed) == (0, 1)
    assert "not 'guards'" in done.said


def wait_for(path, process):
    limit = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.05)


def start_check(clone, temporary, number, *words):
    """A run that does not ignore this signal, whatever the tests' caller did."""
    return subprocess.Popen(
        ["env", f"--default-signal={number.name[3:]}", clone / "build/check", *words],
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, "TMPDIR": str(temporary)})


def test_check_ends_the_suites_that_run(clone, tmp_path):
    begun, over = tmp_path / "begun", tmp_path / "over"
    (clone / "tests/demo/test_demo.py").write_text(f"""\
import pathlib, time
def test_before(): pass
def test_long():
    try:
        pathlib.Path({str(begun)!r}).touch()
        time.sleep(600)
    finally:
        pathlib.Path({str(over)!r}).touch()
""")
    process = start_check(clone, "/tmp", signal.SIGTERM, "--only", "demo")
    wait_for(begun, process)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[0]
    done = Check(subprocess.CompletedProcess([], process.returncode, said))
    assert done.code == 143 and done.failed == 1 and over.exists(), said
    assert "test_demo: test_before" in said and "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_check_ends_at_once_on_a_signal_and_removes_its_files(clone, tmp_path, number):
    temporary = tmp_path / "scratch"
    temporary.mkdir()
    process = start_check(clone, temporary, number, "--only", "gcc,clang,lint")
    said = ""
    for line in process.stdout:
        said += line
        if "autoreconf" in line:
            break
    process.send_signal(number)
    said += process.communicate(timeout=60)[0]
    done = Check(subprocess.CompletedProcess([], process.returncode, said))
    assert done.code == 128 + number
    assert "did not come to its end" in said and "clang-tidy" not in said
    assert list(temporary.iterdir()) == []


def test_check_removes_its_files_when_nobody_reads(clone, tmp_path):
    temporary = tmp_path / "scratch"
    temporary.mkdir()
    process = start_check(clone, temporary, signal.SIGPIPE, "--only", "gcc")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(300) != 0
    assert list(temporary.iterdir()) == []
