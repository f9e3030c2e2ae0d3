# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests above C. `server` is a configured httpd that is not
yet running; `running` is the same, started."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
AXE = HERE / "browser/node_modules/axe-core/axe.min.js"

sys.path.insert(0, str(HERE))

from server import Server  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--module", required=True, help="path of mod_jiratoken.so")
    parser.addoption("--mpm", default="event", choices=["event", "worker", "prefork"])
    parser.addoption("--axe", default=AXE, help="path of axe.min.js; the default "
                     "is where `npm ci` in tests/browser puts it")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + call.when, outcome.get_result())


@pytest.fixture
def server(request):
    made = Server(request.config.getoption("--module"),
                  request.config.getoption("--mpm"))
    yield made
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    if failed:
        print(made.log())
    made.close(failed)


@pytest.fixture
def running(server):
    return server.start()
