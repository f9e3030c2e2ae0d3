# SPDX-License-Identifier: Apache-2.0
"""Fixtures of several of these tests, and the backend that some have behind
httpd."""

import http.server
import json
import threading

import pytest

from remembering import PATIENT
from routes import section

NOON = "2027-01-15 12:00:00"     # a Friday


@pytest.fixture
def both(server):
    """A server whose pages at /both also take tokens as passwords; the use of
    a token changes no row."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.locations += section(server, "/both")
    return server


@pytest.fixture
def noon(server):
    """A server whose clock stands still at NOON, not yet running: what is so
    many seconds away stays so."""
    server.set_clock(NOON)
    server.environment["FAKETIME"] = NOON
    return server


@pytest.fixture
def patient(server):
    """A running server that turns nobody away for being one of many."""
    server.settings += f"{PATIENT}\n"
    return server.start()


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers it got; /404 with that status."""

    def do_GET(self):
        body = json.dumps([[n.lower(), v] for n, v in self.headers.items()]).encode()
        self.send_response(404 if self.path.endswith("/404") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Quiet."""


@pytest.fixture
def backend():
    """The URL, without a slash at its end, of a server that is not httpd."""
    echo = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=echo.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{echo.server_port}"
    echo.shutdown()
    thread.join()
    echo.server_close()


def pytest_make_parametrize_id(val):
    """Short names for the cases that are long on purpose."""
    if isinstance(val, (str, bytes)) and len(val) > 60:
        return f"{val[:12]!r}..{len(val)}"
    return None
