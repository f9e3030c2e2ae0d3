# SPDX-License-Identifier: Apache-2.0
"""Who is told what happened to tokens: a mail server and a web server of loopback,
each with what it got. Either may be away for a while, and come back on its port."""

import email
import email.policy
import http.server
import threading

from aiosmtpd.controller import Controller
from services import free_port


class Mailbox:
    """Takes mails by SMTP, as (addresses, mail), but none for those in `refused`."""

    def __init__(self):
        self.port = free_port()
        self.refused = set()
        self.mails = []
        self.controller = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(
            envelope.content, policy=email.policy.default)))
        return "250 taken"

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None


class Hook:
    """Takes POST requests, as (path, headers, body), and answers with the first of
    `statuses`, or 204. It calls `watch` while a client waits."""

    def __init__(self):
        self.port = free_port()
        self.watch = lambda: None
        self.requests = []
        self.statuses = []
        self.server = self.thread = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.watch()
                hook.requests.append((self.path, self.headers, body))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format, *args):
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
            self.server = None
