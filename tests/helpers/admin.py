# SPDX-License-Identifier: Apache-2.0
"""The administrators' pages, mounted at /admin: carol is one, and nobody else."""

import json

from server import HANGS

ADMIN = """
<Location "/admin">
    SetHandler jiratoken-admin
    AuthType Basic
    AuthName "administrators"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require user carol
</Location>
"""


def mount(server):
    server.locations += ADMIN.format(root=server.root)
    return server


class Admin:
    """An administrator, by pages and by JSON."""

    def __init__(self, server, user="carol"):
        self.server = server
        self.user = user

    def get(self, path="/", **more):
        return self.server.get("/admin" + path, user=self.user, **more)

    def post(self, path, fields=None, **more):
        return self.server.post("/admin" + path, fields, user=self.user, **more)

    def call(self, method, path, body=None, *, timeout=HANGS, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {"timeout": timeout}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            more["body"] = body if isinstance(body, str) else json.dumps(body)
        return self.server.request(method, "/admin/api" + path, headers=sent,
                                   user=self.user, **more)

    def revoke(self, **members):
        answer = self.call("POST", "/revoke", members)
        assert answer.status == 200, answer.text
        return json.loads(answer.text)

    def pages(self, query=""):
        """Each page of the list, by following `next`."""
        after = ""
        while True:
            answer = self.call("GET", f"/tokens?{query}{after}")
            assert answer.status == 200, answer.text
            page = json.loads(answer.text)
            yield page
            if page["next"] is None:
                return
            after = ("&" if query else "") + "after=" + page["next"]

    def tokens(self, query=""):
        return [token for page in self.pages(query) for token in page["tokens"]]
