# SPDX-License-Identifier: Apache-2.0
"""Backends behind httpd that are not httpd, and answer with what they got."""

import contextlib
import http.server
import json
import threading
import wsgiref.simple_server


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


def print_environment(environment, start_response):
    """A WSGI application that answers with the variables of its request."""
    body = json.dumps({name: value for name, value in environment.items()
                       if isinstance(value, str)}).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, format, *args):
        """Quiet."""


@contextlib.contextmanager
def served(made):
    """A server of the standard library's, in a thread: its URL, without a slash
    at its end."""
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def echo():
    return served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo))


def wsgi():
    return served(wsgiref.simple_server.make_server(
        "127.0.0.1", 0, print_environment, handler_class=Quiet))
