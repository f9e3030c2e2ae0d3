# SPDX-License-Identifier: Apache-2.0
"""What a Confluence needs of a proxy in front: the name, the WebSocket of its editor,
which has a server of its own, attachments, and an administration without tokens. Both
servers here answer as far as that."""

import json
import secrets

import pytest

import jira_site
import oidc
from examples import use_example
from server import basic


@pytest.fixture(scope="module")
def site(lasting, openid_provider):
    with lasting() as server, jira_site.backend() as (wiki, server.seen), \
            jira_site.backend() as (synchrony, server.edited):
        use_example(server, "confluence", CONFLUENCE=wiki, SYNCHRONY=synchrony,
                    **oidc.values_of_example(server, openid_provider))
        server.start()
        server.alice = oidc.Holder(server)
        yield server
        server.stop()


@pytest.fixture(autouse=True)
def forget(site):
    del site.seen[:], site.edited[:]


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_program_is_who_the_token_is_of(site, scheme):
    token = site.alice.create()
    value = basic("alice", token) if scheme == "Basic" else f"Bearer {token}"
    for name in ("X-Remote-User", "X_Remote_User", "X-Remote_User", "x_remote-user"):
        site.get("/rest/api/content?cql=type%3Dpage", headers={
            "Authorization": value, name: "bob"})
        _, path, headers, _ = site.seen.pop()
        assert path == "/rest/api/content?cql=type%3Dpage"
        assert headers["X-Remote-User"] == "alice"
        assert "bob" not in str(headers) and token not in str(headers)
    site.alice.revoke(token)
    assert site.get("/rest/api/content", headers={"Authorization": value}).status == 401


def test_editors_socket_goes_to_its_own_server(site):
    token = site.alice.create()
    said = site.raw(f"GET /synchrony/v1/bayeux-sync1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    f"Authorization: {basic('alice', token)}\r\n"
                    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nframe".encode())
    assert said.startswith(b"HTTP/1.1 101 ") and said.endswith(b"frame")
    [(_, path, headers, _)] = site.edited
    assert path == "/synchrony/v1/bayeux-sync1" and "Authorization" not in headers
    assert not site.seen


def test_attachment_arrives_whole_under_its_name(site):
    body, path = secrets.token_bytes(2_000_000), "/download/attachments/1/a%2Fb%20c.pdf"
    token = site.alice.create()
    answer = site.request("PUT", path, user="alice", password=token, body=body)
    assert answer.status == 404 and site.seen[-1][1::2] == (path, body)
    reader = site.alice.create(read="1")
    assert site.request("PUT", path, user="alice", password=reader, body=body).status == 403
    assert len(site.seen) == 1


@pytest.mark.parametrize("path", ["/admin", "/admin/users", "/plugins/servlet/upm",
                                  "/rest/..;/admin/users", "/x/..%2fadmin"])
def test_administration_is_for_people_and_not_for_tokens(site, path):
    site.expect("AH01630: client denied by server configuration")
    token = site.alice.create()
    for headers in ({"Authorization": basic("alice", token)},
                    {"Authorization": f"Bearer {token}"}):
        assert site.get(path, headers=headers).status in (302, 401, 403)
    assert not site.seen
    if path.startswith("/admin"):
        site.alice.ask(path)
        assert site.seen[-1][2]["X-Remote-User"] == "alice"


def test_pages_are_not_confluences(site):
    assert "of 25 tokens" in site.alice.ask("/tokens/").text
    assert not site.seen and json.dumps(site.edited) == "[]"
