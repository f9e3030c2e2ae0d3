# SPDX-License-Identifier: Apache-2.0
"""The pages are for people: what a script or a frame fetches, as browsers tell by
Fetch Metadata, is refused. An XSS in a backend behind the same host must not read
a new token."""

import pytest

pytestmark = pytest.mark.plain

LABEL = "label that nobody else sees"
OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCHED = [
    {"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "empty"}
    for mode in ("cors", "no-cors", "same-origin", "websocket", "", "Navigate", "x")
] + [
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": place}
    for place in ("iframe", "frame", "embed", "object", "empty", "")
] + [{"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Dest": "iframe"}]


def pages(row):
    return [f"/tokens{path}" for path in (
        "", "/", "/?sort=label", "/create", "/create?label=x", "/connect",
        f"/{row}/revoke", f"/revoke?id={row}")]


@pytest.mark.parametrize("headers", FETCHED)
def test_what_a_script_or_a_frame_fetches_is_refused(running, headers):
    row = running.insert(LABEL)
    before = running.rows()
    sent = {"Sec-Fetch-Site": "same-origin", **headers}
    for path in pages(row):
        answer = running.get(path, user="alice", headers=sent)
        assert answer.status == 403, path
        assert "in a browser window" in answer.text and LABEL not in answer.text
    for path, fields in (("/tokens/create", {"label": "x"}), (f"/tokens/{row}/revoke", {}),
                         ("/tokens/revoke", {"id": row})):
        assert running.post(path, fields, user="alice", headers=sent).status == 403
    assert running.rows() == before


def test_what_a_person_opens_is_served(running):
    row = running.insert(LABEL)
    sent = {"Sec-Fetch-Site": "same-origin", **OPENED}
    for path in pages(row):
        assert running.get(path, user="alice", headers=sent).status == 200, path
    answer = running.post("/tokens/create", {"label": "x"}, user="alice", headers=sent)
    assert answer.status == 200
    assert running.post(f"/tokens/{row}/revoke", user="alice", headers=sent).status == 303


def test_style_and_script_are_fetched_by_pages(running):
    for name, place in (("style.css", "style"), ("app.js", "script"), ("icon.svg", "image")):
        answer = running.get(f"/tokens/assets/{name}", user="alice", headers={
            "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "no-cors",
            "Sec-Fetch-Dest": place})
        assert answer.status == 200
