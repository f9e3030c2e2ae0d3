# SPDX-License-Identifier: Apache-2.0
"""The bytes of a form: media types, sizes, encodings. Whatever is refused has
changed nothing."""

import pytest

from page import Page
from routes import changes
from server import SAME_ORIGIN, basic

pytestmark = pytest.mark.plain

FORM = "application/x-www-form-urlencoded"
LIMIT = 64 * 1024


def send(server, body, kind=FORM, path="/tokens/create", **headers):
    sent = {**SAME_ORIGIN, **headers}
    if kind is not None:
        sent["Content-Type"] = kind
    return server.request("POST", path, user="alice", body=body, headers=sent)


def send_bytes(server, headers, body, **more):
    """A POST whose framing is the test's own: (status, whole answer)."""
    head = ["POST /tokens/create HTTP/1.1", f"Host: 127.0.0.1:{server.port}",
            "Authorization: " + basic("alice", "wonderland"), "Connection: close",
            "Sec-Fetch-Site: same-origin", f"Content-Type: {FORM}", *headers, "", ""]
    said = server.raw("\r\n".join(head).encode() + body, **more)
    return int(said.split()[1]) if said else None


def chunks(body, size=8000):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


# ---- media types


@pytest.mark.parametrize("kind", [
    FORM, FORM + "; charset=UTF-8", FORM + ";charset=utf-8", FORM.upper(),
    "Application/X-WWW-Form-URLEncoded", FORM + " ; charset=utf-8", FORM + ";",
])
def test_form_is_known_by_its_media_type(running, kind):
    assert send(running, "label=ci", kind).status == 200
    assert len(running.rows()) == 1


@pytest.mark.parametrize("kind", [           # P07
    None, "", "text/plain", "application/json", "multipart/form-data; boundary=x",
    "multipart/form-data", "text/html", "application/xml", FORM + "x", "x" + FORM,
    "text/plain; " + FORM, "text/plain, " + FORM, "application/*", "*/*",
    "application/x-www-form-urlencode", "x-www-form-urlencoded", FORM + "+json",
])
def test_other_media_type_is_415(running, kind):
    row = running.insert("kept")
    before = running.rows()
    for path, body in changes(row):
        answer = send(running, body, kind, "/tokens" + path)
        assert answer.status == 415, path
        assert FORM in answer.text
    assert running.rows() == before


def test_multipart_form_is_not_read(running):
    row = running.insert("kept")
    before = running.rows()
    for path, name, value in (("create", "label", "ci"), ("revoke", "id", row)):
        body = (f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
                f'{value}\r\n--x--\r\n')
        answer = send(running, body, "multipart/form-data; boundary=x",
                      "/tokens/" + path)
        assert answer.status == 415, path
    assert running.rows() == before


# ---- sizes


@pytest.mark.parametrize("size, status", [
    (LIMIT, 200), (LIMIT + 1, 413), (100_000, 413), (1024 * 1024, 413),
])
def test_body_has_at_most_64_kib(running, size, status):        # I05
    body = b"label=ci&pad="
    body += b"x" * (size - len(body))
    head = [f"Content-Length: {size}"]
    assert send_bytes(running, head, body) == status
    assert len(running.rows()) == (status == 200)
    running.sql("DELETE FROM jiratoken")
    assert send_bytes(running, ["Transfer-Encoding: chunked"], chunks(body)) == status
    assert len(running.rows()) == (status == 200)


def test_label_of_a_mebibyte_is_413(running):                    # I05
    answer = send(running, "label=" + "x" * 1024 * 1024)
    assert answer.status == 413
    assert "64 KiB" in answer.text
    assert running.rows() == []


def test_body_over_the_limit_is_not_taken_for_revoking_either(running):
    row = running.insert("kept")
    for path, body in changes(row)[1:]:
        answer = send(running, body + "&" + "x" * LIMIT, path="/tokens" + path)
        assert answer.status == 413
        assert "Nothing was changed" in answer.text
    assert len(running.rows()) == 1


def test_site_may_set_a_smaller_limit(server):
    server.locations += '<Location "/tokens">\nLimitRequestBody 100\n</Location>\n'
    server.start()
    row = server.insert("kept")
    before = server.rows()
    server.expect("AH01587:|AH01588:|larger than the configured limit")
    long = b"label=ci&pad=" + b"x" * 200
    for path, body in changes(row):
        answer = send(server, body + "&pad=" + "x" * 200, path="/tokens" + path)
        assert answer.status == 413, path
        assert answer.get("cache-control") == "no-store"
        assert "frame-ancestors 'none'" in answer.get("content-security-policy")
    assert send_bytes(server, ["Transfer-Encoding: chunked"], chunks(long)) == 413
    assert server.rows() == before
    assert send(server, "label=ci").status == 200


def test_truncated_body_changes_nothing(running):
    row = running.insert("kept")
    before = running.rows()
    short = b"label=ci&expires=2099-01-01"
    for headers, body in (
            (["Content-Length: 100"], short),
            (["Transfer-Encoding: chunked"], b"1b\r\n" + short + b"\r\n"),
            (["Transfer-Encoding: chunked"], b"ff\r\n" + short),
            (["Transfer-Encoding: chunked"], b"zz\r\n" + short)):
        assert send_bytes(running, headers, body, shut=True) in (None, 400), body
    for path, body in changes(row)[1:]:
        said = running.raw(
            (f"POST /tokens{path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: "
             f"same-origin\r\nAuthorization: {basic('alice', 'wonderland')}\r\n"
             f"Content-Type: {FORM}\r\nContent-Length: {len(body) + 5}\r\n\r\n"
             f"{body}").encode(), shut=True)
        assert said == b"" or said.split()[1] == b"400", path
    assert running.rows() == before


def test_two_lengths_are_refused(running):
    head = ["Content-Length: 8", "Content-Length: 9"]
    assert send_bytes(running, head, b"label=cix") == 400
    head = ["Content-Length: 3", "Transfer-Encoding: chunked", "Transfer-Encoding: x"]
    assert send_bytes(running, head, chunks(b"label=ci")) in (400, 501)
    assert running.rows() == []


def test_refused_body_does_not_become_the_next_request(running):
    """What is left of a body that was not read is never read as a request."""
    row = running.insert("kept")
    hidden = (f"POST /tokens/{row}/revoke HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: "
              f"same-origin\r\nAuthorization: {basic('alice', 'wonderland')}\r\n"
              f"Content-Type: {FORM}\r\nContent-Length: 0\r\n\r\n")
    for kind, pad in (("text/plain", 10), (FORM, LIMIT + 10)):
        body = "x" * pad + hidden
        head = (f"POST /tokens/create HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: "
                f"same-origin\r\nAuthorization: {basic('alice', 'wonderland')}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n")
        said = running.raw((head + body).encode(), shut=True)
        assert said.count(b"HTTP/1.1 ") == 1
        assert said.split()[1] in (b"413", b"415")
    assert [r[0] for r in running.rows()] == [row]


# ---- encodings


@pytest.mark.parametrize("body", [
    b"label=%zz", b"label=%", b"label=a%", b"label=%4", b"label=%4x", b"label=%x4",
    b"label=%%41", b"label=%u0041", b"%zz=x&label=ci", b"label=ci&x=%0",    # I08
    b"label=a%00b", b"label=%00", b"label=ci%00", b"%00label=ci", b"label%00x=ci",
    b"label=a\0b", b"label=ci\0", b"\0label=ci", b"label=ci&x=\0",
    b"label=a&label=b", b"label=ci&label=ci", b"label=ci&lab%65l=b", b"label=&label=ci",
    b"label=ci&expires=&expires=", b"label=ci&expires=2099-01-01&expires=2099-01-02",
    b"&".join(b"f%d=x" % n for n in range(1024)) + b"&label=ci",
    b"&".join([b"label=ci"] + [b"x"] * 1024), b"label=ci&" + b"a=b&" * 5000,
])
def test_form_that_can_be_read_in_two_ways_is_400(running, body):
    answer = send(running, body)
    assert answer.status == 400
    assert Page(answer).title() == "Request not understood"
    assert running.rows() == []


@pytest.mark.parametrize("body, label", [
    (b"label=a+b", "a b"), (b"label=a%20b", "a b"), (b"label=a%2Bb", "a+b"),
    (b"label=a%2bb", "a+b"), (b"l%61bel=ci", "ci"), (b"label=a=b=c", "a=b=c"),
    (b"label=a%26b%3Dc", "a&b=c"), (b"label=a;expires=x", "a;expires=x"),
    (b"&&label=ci&&", "ci"), (b"label=%2541", "%41"), (b"label=\xc3\xa9", "é"),
    (b"x=y&label=ci&Label=no&LABEL=no&label[]=no&label.x=no", "ci"),
    (b"&".join(b"f%d=x" % n for n in range(1022)) + b"&label=ci&expires=", "ci"),
])
def test_form_is_split_before_it_is_decoded(running, body, label):
    assert send(running, body).status == 200
    assert running.sql("SELECT label, expires_at FROM jiratoken") == [(label, None)]


@pytest.mark.parametrize("body", [b"", b"label", b"label=", b"expires=2099-01-01",
                                  b"=ci", b"Label=ci", b"label[]=ci", b"{}"])
def test_form_without_a_label_asks_for_one(running, body):
    answer = send(running, body)
    assert answer.status == 400
    assert Page(answer).id("label-fault") is not None
    assert running.rows() == []


def test_body_with_a_content_coding_is_not_decoded(running):
    answer = send(running, b"\x1f\x8b\x08\x00\x00", **{"Content-Encoding": "gzip"})
    assert answer.status in (400, 415)
    assert running.rows() == []
