# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests above C. `server` is a configured httpd that is not
yet running; `running` is the same, started. `twin` is a second httpd on the
first one's database. --database says which that is. `backend` is the URL of a
server behind httpd that answers with the headers it got.

What a test needs of it, its marks say. `plain`: its outcome cannot depend on the
kind of database or MPM, so that it runs once. `database`: on each, though its
module is plain; with kinds, on these only. Without a mark: on each.
--part chooses: `plain`, `database` (all the others), or both."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
AXE = HERE / "browser/node_modules/axe-core/axe.min.js"
NODE_MODULES = HERE / "sites/node_modules"

sys.path.insert(0, str(HERE / "helpers"))

from backends import echo  # noqa: E402
from caches import Caches  # noqa: E402
from databases import Databases  # noqa: E402
from server import Server  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--module", required=True, help="path of mod_jiratoken.so")
    parser.addoption("--mpm", default="event", choices=["event", "worker", "prefork"])
    parser.addoption("--axe", default=AXE, help="path of axe.min.js; the default "
                     "is where `npm ci` in tests/browser puts it")
    parser.addoption("--node-modules", default=NODE_MODULES, help="path of the folder "
                     "with oidc-provider and jira.js; the default is where `npm ci` in "
                     "tests/sites puts it")
    parser.addoption("--database", default="sqlite3", choices=list(Databases.kinds))
    parser.addoption("--pictures", action="store_true", help="take pictures of all pages "
                     "in tests/browser, into its folder screenshots, to be looked at")
    parser.addoption("--part", default="all", choices=["plain", "database", "all"],
                     help="plain: what needs to run once; database: what runs on "
                     "each database and MPM")


def pytest_configure(config):
    config.addinivalue_line("markers", "plain: the same whatever database and MPM; once")
    config.addinivalue_line("markers", "database(kind, ...): on each kind of database, "
                            "or on these only; never plain")


def is_plain(item):
    return bool(item.get_closest_marker("plain")
                and not item.get_closest_marker("database"))


def is_of_database(item, kind):
    return all(kind in mark.args for mark in item.iter_markers("database") if mark.args)


def pytest_collection_modifyitems(config, items):
    kind, part = config.getoption("--database"), config.getoption("--part")

    def is_meant(item):
        return is_of_database(item, kind) and (
            part == "all" or is_plain(item) == (part == "plain"))
    config.hook.pytest_deselected(items=[i for i in items if not is_meant(i)])
    items[:] = [i for i in items if is_meant(i)]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + call.when, outcome.get_result())


@pytest.fixture(scope="session")
def databases(request):
    made = Databases(request.config.getoption("--database"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def caches():
    made = Caches()
    yield made
    made.close()


def close(request, made):
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    if failed:
        print(made.log())
    made.close(failed)


@pytest.fixture
def server(request, databases):
    made = Server(request.config.getoption("--module"),
                  request.config.getoption("--mpm"), databases)
    yield made
    close(request, made)


@pytest.fixture
def twin(request, server):
    made = Server(server.module, server.mpm, twin_of=server)
    yield made
    close(request, made)


@pytest.fixture
def running(server):
    return server.start()


@pytest.fixture
def backend():
    with echo() as url:
        yield url
