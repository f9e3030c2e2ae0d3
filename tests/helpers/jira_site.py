# SPDX-License-Identifier: Apache-2.0
"""As much of a Jira as its clients need, behind httpd: it believes X-Remote-User,
and answers each question with who that is. It keeps attachments, and at /socket says
back what a WebSocket says first."""

import base64
import contextlib
import hashlib
import http.server
import json

from backends import served

SERVER_INFO = {"baseUrl": "http://jira", "version": "9.12.0", "versionNumbers": [9, 12, 0],
               "deploymentType": "Server", "serverTitle": "Jira"}

# What stands before it in httpd.
PROXY = """
RequestHeader unset X-Remote-User early
<Location "/rest/api">
    ProxyPass {url}/rest/api
    RequestHeader set X-Remote-User expr=%{{REMOTE_USER}}
</Location>
"""


def make_issue(who):
    return {"id": "1", "key": "AB-1", "self": "http://jira/rest/api/2/issue/1",
            "fields": {"summary": "one", "reporter": {"name": who}}}


class Jira(http.server.BaseHTTPRequestHandler):
    def respond(self):
        """GET, POST, PUT and DELETE alike."""
        if self.headers["Upgrade"] == "websocket":
            return self.answer_socket()
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers, sent))
        path = self.path.split("?")[0]
        if path.endswith("/attachments") and self.headers["X-Atlassian-Token"] == "no-check":
            self.server.files.append(sent)
        status, value = self.find_answer(path, self.headers["X-Remote-User"])
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def find_answer(self, path, who):
        if self.command == "POST" and path == "/rest/api/2/issue":
            return 201, make_issue(who)
        if path.startswith("/secure/attachment/"):
            return 200, self.server.files[-1]
        return {
            "/rest/api/2/serverInfo": (200, SERVER_INFO),
            "/rest/api/2/myself": (200, {"name": who, "key": who, "active": True}),
            "/rest/api/2/search": (200, {"startAt": 0, "maxResults": 50, "total": 1,
                                         "issues": [make_issue(who)]}),
            "/rest/api/2/field": (200, []),
            "/rest/api/2/issue/AB-1/attachments": (200, [{"author": {"name": who}}]),
            "/rest/api/2/issue/AB-1": (200, make_issue(who)),
        }.get(path, (404, {"errorMessages": [path]}))

    def answer_socket(self):
        """RFC 6455, section 4.2.2; the bytes that follow are not looked at."""
        self.server.seen.append((self.command, self.path, self.headers, b""))
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.protocol_version = "HTTP/1.1"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(
            hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.wfile.write(self.rfile.read1())
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def log_message(self, format, *args):
        """Quiet."""


@contextlib.contextmanager
def backend():
    """Its URL, and what it was asked: (method, path, headers, body) each."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jira)
    made.seen, made.files = [], []
    with served(made) as url:
        yield url, made.seen


@contextlib.contextmanager
def jira(server):
    """Behind this server, which is not yet running; who may, the test adds. What it
    was asked."""
    with backend() as (url, seen):
        server.modules += ["headers", "proxy", "proxy_http"]
        server.locations += PROXY.format(url=url)
        yield seen
