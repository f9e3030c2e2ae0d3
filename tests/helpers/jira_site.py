# SPDX-License-Identifier: Apache-2.0
"""As much of a Jira as its clients need, behind httpd: it believes X-Remote-User,
and answers each question with who that is."""

import contextlib
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
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers, sent))
        status, value = self.find_answer(self.path.split("?")[0],
                                         self.headers["X-Remote-User"])
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def find_answer(self, path, who):
        if self.command == "POST" and path == "/rest/api/2/issue":
            return 201, make_issue(who)
        return {
            "/rest/api/2/serverInfo": (200, SERVER_INFO),
            "/rest/api/2/myself": (200, {"name": who, "key": who, "active": True}),
            "/rest/api/2/search": (200, {"startAt": 0, "maxResults": 50, "total": 1,
                                         "issues": [make_issue(who)]}),
            "/rest/api/2/field": (200, []),
            "/rest/api/2/issue/AB-1": (200, make_issue(who)),
        }.get(path, (404, {"errorMessages": [path]}))

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def log_message(self, format, *args):
        """Quiet."""


@contextlib.contextmanager
def jira(server):
    """Behind this server, which is not yet running; who may, the test adds. What it
    was asked: (method, path, headers, body) each."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jira)
    made.seen = []
    with served(made) as url:
        server.modules += ["headers", "proxy", "proxy_http"]
        server.locations += PROXY.format(url=url)
        yield made.seen
