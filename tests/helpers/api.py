# SPDX-License-Identifier: Apache-2.0
"""The JSON API, mounted at /api, as programs speak to it; each answer is what
docs/openapi.json says."""

import json
import pathlib

import jsonschema

from server import basic

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((TOP / "docs" / "openapi.json").read_text())

API = """
<Location "/api">
    SetHandler jiratoken-api
    AuthType Basic
    AuthName "api"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require valid-user
    JiraTokenAccept On
    JiraTokenBearer On
</Location>
<Location "/api/credentials/revoke">
    Require all granted
</Location>
"""


def mount(server):
    server.locations += API.format(root=server.root)
    return server


def template(path):
    """The path of the document that a URL is of."""
    parts = path.strip("/").split("/")
    if parts[0] == "tokens" and len(parts) > 1:
        parts[1] = "{id}"
    return "/" + "/".join(parts)


def validate(method, path, answer):
    operations = DOCUMENT["paths"].get(template(path))
    if operations is None or method.lower() not in operations:
        assert answer.status in (401, 403, 404, 405), answer.status
        return
    said = operations[method.lower()]["responses"].get(str(answer.status))
    assert said is not None, f"{method} {path}: {answer.status} is not in the document"
    if "content" in said and answer.status != 401:
        assert answer.get("Content-Type") == "application/json"
        schema = {**said["content"]["application/json"]["schema"],
                  "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(json.loads(answer.text))


class Client:
    """One user, or one token."""

    def __init__(self, server, user="alice", token=None, scheme="Basic"):
        self.server = server
        self.user = user
        self.credentials = None
        if token:
            self.credentials = basic(user, token) if scheme == "Basic" else f"Bearer {token}"

    def call(self, method, path, body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            more["body"] = body if isinstance(body, (str, bytes)) else json.dumps(body)
        if self.credentials:
            sent["Authorization"] = self.credentials
        elif self.user:
            more["user"] = self.user
        answer = self.server.request(method, "/api" + path, headers=sent, **more)
        validate(method, path, answer)
        return answer

    def create(self, **members):
        members.setdefault("name", f"api {len(self.server.tokens)}")
        answer = self.call("POST", "/tokens", members)
        assert answer.status == 201, answer.text
        made = json.loads(answer.text)
        self.server.tokens.append(made["rawToken"])
        return made
