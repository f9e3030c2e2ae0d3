# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests above C. `server` is a configured httpd that is not
yet running; `running` is the same, started. `twin` is a second httpd on the
first one's database. --database says which that is; a test that is about some
of them only says so by @pytest.mark.database(...), and is not chosen for the
others."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
AXE = HERE / "browser/node_modules/axe-core/axe.min.js"

sys.path.insert(0, str(HERE / "helpers"))

from caches import Caches  # noqa: E402
from databases import Databases  # noqa: E402
from server import Server  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--module", required=True, help="path of mod_jiratoken.so")
    parser.addoption("--mpm", default="event", choices=["event", "worker", "prefork"])
    parser.addoption("--axe", default=AXE, help="path of axe.min.js; the default "
                     "is where `npm ci` in tests/browser puts it")
    parser.addoption("--database", default="sqlite3", choices=list(Databases.kinds))


def pytest_configure(config):
    config.addinivalue_line("markers", "database(kind, ...): of these databases only")


def pytest_collection_modifyitems(config, items):
    kind = config.getoption("--database")

    def is_meant(item):
        return all(kind in mark.args for mark in item.iter_markers("database"))
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
