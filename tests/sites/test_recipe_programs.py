# SPDX-License-Identifier: Apache-2.0
"""The examples of the page that shows a token, as they stand there, by programs that are
large: each works, and with one character of the token changed it visibly fails. What is
smaller is in tests/httpd/test_recipes.py."""

import base64
import hashlib
import io
import json
import pathlib
import tarfile
import zipfile

import pytest

from clients import HELLO
from recipes import HOSTILE, check_both, use_everything

# Maven puts values in place of ${..} in its settings, however they are quoted.
NO_VARIABLE = HOSTILE.replace("$", "")

PARENT = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>site</groupId><artifactId>parent</artifactId><version>1</version>
  <packaging>pom</packaging>
</project>
"""
CHILD = """<project>
  <modelVersion>4.0.0</modelVersion>
  <parent>
    <groupId>site</groupId><artifactId>parent</artifactId><version>1</version>
    <relativePath/>
  </parent>
  <artifactId>child</artifactId>
  <packaging>pom</packaging>
  {repositories}
</project>
"""


def publish_npm(every, port):
    """A registry with one package."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("package.json", '{"name":"PACKAGE","version":"1.0.0"}'),
                              ("hello.txt", HELLO)):
            entry = tarfile.TarInfo("package/" + name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    (every / "PACKAGE-1.0.0.tgz").write_bytes(packed.getvalue())
    digest = hashlib.sha512(packed.getvalue()).digest()
    (every / "PACKAGE").write_text(json.dumps({
        "name": "PACKAGE", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": {
            "name": "PACKAGE", "version": "1.0.0", "dist": {
                "tarball": f"http://127.0.0.1:{port}/app/PACKAGE-1.0.0.tgz",
                "integrity": "sha512-" + base64.b64encode(digest).decode()}}}}))


def publish_pip(every):
    """A simple index (PEP 503) with one wheel."""
    (every / "package").mkdir()
    wheel = "package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(every / "package" / wheel, "w") as archive:
        info = "package-1.0.dist-info/"
        archive.writestr("package.py", f'print("{HELLO}")\n')
        archive.writestr(info + "METADATA",
                         "Metadata-Version: 2.1\nName: PACKAGE\nVersion: 1.0\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\n"
                         "Root-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "".join(
            f"{name},,\n" for name in ("package.py", info + "METADATA", info + "WHEEL",
                                       info + "RECORD")))
    (every / "package/index.html").write_text(
        f'<!DOCTYPE html><title>package</title><a href="{wheel}">{wheel}</a>\n')


def publish_maven(every):
    """A repository with one project, which another one is a child of."""
    place = every / "site/parent/1"
    place.mkdir(parents=True)
    (place / "parent-1.pom").write_text(PARENT)


@pytest.fixture
def site(server):
    every = use_everything(server)
    publish_npm(every, server.port)
    publish_pip(every)
    publish_maven(every)
    server.add_user(HOSTILE, "secret")
    server.add_user(NO_VARIABLE, "secret")
    server.give(every)
    return server.start()


@pytest.fixture
def modules(request):
    return pathlib.Path(request.config.getoption("--node-modules")).resolve()


def as_hello(done, said):
    """What an example says, or leaves behind, when it has worked."""
    done.stdout = done.stdout.replace(said, HELLO)
    return done


def jira_js(reader, modules):
    (reader.home / "node_modules").symlink_to(modules)
    reader.write("example.mjs", reader.examples["jira-js"][0])
    return reader.run("node example.mjs")


def java(reader, _):
    reader.write("Example.java", reader.examples["java"][0])
    return as_hello(reader.run("java Example.java"), "200\n")


def go(reader, _):
    reader.more["GOFLAGS"] = "-mod=mod"
    reader.write("example.go", reader.examples["go"][0])
    return as_hello(reader.run("go run example.go"), "200 OK\n")


def maven(reader, _):
    settings, repositories = reader.examples["maven"]
    reader.more["MAVEN_OPTS"] = f"-Duser.home={reader.home}"    # Java does not ask HOME
    reader.write(".m2/settings.xml", settings)
    reader.write("pom.xml", CHILD.format(repositories=repositories))
    return as_hello(reader.run("mvn -B validate"), "BUILD SUCCESS")


def npm(reader, command):
    reader.more["npm_config_update_notifier"] = "false"
    done = reader.run(command)
    installed = reader.home / "node_modules/PACKAGE/hello.txt"
    done.stdout += installed.read_text() if installed.exists() else ""
    return done


def npm_once(reader, _):
    return npm(reader, reader.examples["npm"][0])


def npm_always(reader, _):
    return npm(reader, reader.examples["npm"][1])


def pip(reader, command):
    """Into a folder of its own: Debian keeps pip out of its own packages."""
    reader.more.update(PIP_TARGET=str(reader.home / "made"), PIP_NO_CACHE_DIR="1",
                       PIP_BREAK_SYSTEM_PACKAGES="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    done = reader.run("set -e\n" + command)
    if done.returncode == 0:
        done.stdout += reader.run("PYTHONPATH=made /usr/bin/python3 -m package").stdout
    return done


def pip_once(reader, _):
    return pip(reader, reader.examples["pip"][0])


def pip_always(reader, _):
    return pip(reader, reader.examples["pip"][1])


PROGRAMS = (jira_js, java, go, maven, npm_once, npm_always, pip_once, pip_always)


@pytest.mark.parametrize("is_hostile", [False, True], ids=["alice", "hostile"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_example_works_as_it_stands_and_fails_with_a_misspelt_token(
        site, modules, tmp_path, program, is_hostile):
    who = ("alice", None)
    if is_hostile:
        who = (NO_VARIABLE if program is maven else HOSTILE, "secret")
    check_both(lambda: site.show(*who), lambda reader: program(reader, modules), tmp_path)
