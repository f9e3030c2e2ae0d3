# SPDX-License-Identifier: Apache-2.0
"""A site that compresses whatever it sends compresses no page: one shows a secret
beside text that somebody else can have chosen, and its length would tell."""

import gzip

import pytest

from server import SAME_ORIGIN, TOKEN

pytestmark = pytest.mark.plain

FILTERS = {"gzip": ("deflate", "DEFLATE"), "br": ("brotli", "BROTLI_COMPRESS")}
FORM = {"Content-Type": "application/x-www-form-urlencoded", **SAME_ORIGIN}


@pytest.fixture(params=FILTERS)
def coding(request):
    return request.param


@pytest.fixture
def compressing(server, coding):
    module, name = FILTERS[coding]
    server.modules.append(module)
    server.settings += f"SetOutputFilter {name}\n"
    return server.start()


def ask(server, coding, path, method="GET", headers=None, **more):
    return server.request(method, path, headers={"Accept-Encoding": coding,
                                                 **(headers or {})}, **more)


def test_page_that_shows_a_token_is_not_compressed(compressing, coding):
    answer = ask(compressing, coding, "/tokens/create", "POST", FORM, user="alice",
                 body="label=" + "x" * 100)
    assert (answer.status, answer.get("content-encoding")) == (200, None)
    [token] = set(TOKEN.findall(answer.text))
    compressing.tokens.append(token)
    assert "x" * 100 in answer.text


def test_no_page_is_compressed(compressing, coding):
    """Pages that repeat what was typed, or refuse, are among them."""
    row = compressing.insert("report")
    paths = ("", "/", "/create?label=" + "x" * 100, "/connect", f"/{row}/revoke",
             f"/revoke?id={row}", "/nowhere", "/assets/nowhere")
    for path in paths:
        answer = ask(compressing, coding, "/tokens" + path, user="alice")
        assert answer.status in (200, 404) and b"</html>" in answer.body, path
        assert answer.get("content-encoding") is None, path
    for headers, body in ((FORM, "label="), (FORM, "label=report"), (FORM, "x"),
                          ({**FORM, "Sec-Fetch-Site": "cross-site"}, "label=a")):
        answer = ask(compressing, coding, "/tokens/create", "POST", headers,
                     user="alice", body=body)
        assert answer.status in (400, 403, 409) and b"</html>" in answer.body
        assert answer.get("content-encoding") is None


def test_what_is_no_page_is_compressed_as_ever(compressing, coding):
    """That the filter above would compress."""
    for path in ("/tokens/assets/style.css", "/tokens/assets/app.js"):
        answer = ask(compressing, coding, path, user="alice")
        plain = compressing.get(path, user="alice")
        assert (answer.status, answer.get("content-encoding")) == (200, coding)
        assert len(answer.body) < len(plain.body)
        if coding == "gzip":
            assert gzip.decompress(answer.body) == plain.body
