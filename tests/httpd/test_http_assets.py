# SPDX-License-Identifier: Apache-2.0
"""Styles and scripts: the only answers of ours that may be cached, and the only
names below assets/ that lead anywhere."""

import pytest

from page import Page
from server import SAME_ORIGIN

pytestmark = pytest.mark.plain

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name, kind", [
    ("style.css", "text/css; charset=utf-8"),
    ("app.js", "text/javascript; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
])
def test_asset_has_its_type_and_may_be_cached(running, name, kind):
    path = "/tokens/assets/" + name
    answer = running.get(path, user="alice")
    assert answer.status == 200
    assert answer.get("content-type") == kind
    assert answer.get("x-content-type-options") == "nosniff"
    assert "max-age=" in answer.get("cache-control")
    assert "no-store" not in answer.get("cache-control")
    tag = answer.get("etag")
    for asked in (tag, "*", f'"other", {tag}', "W/" + tag):
        again = running.get(path, user="alice", headers={"If-None-Match": asked})
        assert (again.status, again.body) == (304, b""), asked
        assert again.get("etag") == tag
        assert again.get("cache-control") == answer.get("cache-control")
    other = running.get(path, user="alice", headers={"If-None-Match": '"other"'})
    assert other.body == answer.body
    assert running.get(path + "?v=old", user="alice").body == answer.body


def test_page_names_the_asset_by_its_content(running):
    """A new version is a new URL: the cached one is never taken for it."""
    page = Page(running.get("/tokens/", user="alice"))
    for reference in page.references():
        if reference.endswith("icon.svg") or "assets/" not in reference:
            continue
        path, version = reference.split("?v=")
        answer = running.get("/tokens/" + path, user="alice")
        assert answer.get("etag") == f'"{version}"'


@pytest.mark.parametrize("name", [
    "", "nothing", "nothing.css", "style.cs", "style.csss", "style.css/",
    "STYLE.CSS", "style", ".css", "head.html", "list.html", "shown", "head",
    "..%2fcreate", "..%2f..%2fopen%2fhello.txt",
    "%2e%2e%2fhead.html", "%2e%2e/%2e%2e/users", "....//head.html",
    "..%5chead.html", "style.css%00.html", "style.css%0a", "/etc/passwd",
    "style.css%20", "style%2ecss%2f",
])
def test_asset_that_does_not_exist_is_404(running, name):
    answer = running.get("/tokens/assets/" + name, user="alice")
    assert answer.status == 404
    assert b"{{" not in answer.body
    assert b"wonderland" not in answer.body


def test_asset_is_behind_the_same_sign_in(running):
    assert running.get("/tokens/assets/style.css").status == 401


def test_asset_can_only_be_read(running):
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "POST"):
        answer = running.request(method, "/tokens/assets/app.js", user="alice",
                                 headers={**SAME_ORIGIN, "Content-Type": FORM})
        assert answer.status == 405, method
        assert answer.get("allow") == "GET, HEAD"
