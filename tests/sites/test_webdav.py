# SPDX-License-Identifier: Apache-2.0
"""Files by WebDAV: what reads and what writes, by the methods themselves and by
programs."""

import pytest

from clients import HELLO, Visit, cadaver, got_in, rclone
from examples import use_example


@pytest.fixture(scope="module")
def site(lasting, slapd):
    slapd.reset()
    with lasting() as server:
        server.files = server.root / "files"
        server.files.mkdir()
        (server.files / "hello.txt").write_text(HELLO + "\n")
        server.give(server.files)
        use_example(server, "webdav", DAV_ROOT=server.files,
                    DAV_LOCKS=server.root / "data/locks",
                    SITE=f"http://127.0.0.1:{server.port}",
                    LDAP_URL=f"{slapd.url}/ou=people,dc=example,dc=org?uid")
        server.expect("AH00587")        # a PROPPATCH that says nothing
        yield server.start()


# Of each: the method, the path, more headers, and what it is answered with.
WRITES = [("PUT", "/dav/new.txt", {}, 201), ("MKCOL", "/dav/folder", {}, 201),
          ("COPY", "/dav/hello.txt", {"Destination": "/dav/copy.txt"}, 201),
          ("MOVE", "/dav/copy.txt", {"Destination": "/dav/moved.txt"}, 201),
          ("PROPPATCH", "/dav/hello.txt", {}, 400),
          ("DELETE", "/dav/moved.txt", {}, 204)]
READS = [("GET", "/dav/hello.txt", {}, 200), ("HEAD", "/dav/hello.txt", {}, 200),
         ("OPTIONS", "/dav/", {}, 200), ("PROPFIND", "/dav/", {"Depth": "1"}, 207)]


def ask(site, method, path, headers, token):
    body = "text" if method == "PUT" else None
    more = {name: f"http://127.0.0.1:{site.port}{value}" if name == "Destination" else value
            for name, value in headers.items()}
    return site.request(method, path, user="alice", password=token, headers=more,
                        body=body).status


def listed(site):
    return sorted(path.name for path in site.files.iterdir() if path.name != ".DAV")


def test_token_reads_and_writes_and_a_read_only_one_reads(site):
    writer, reader = site.create(), site.create(read="1")
    before = listed(site)
    for method, path, headers, _ in WRITES:
        assert ask(site, method, path, headers, reader) == 403, method
    assert listed(site) == before
    for method, path, headers, status in READS:
        assert ask(site, method, path, headers, reader) == status, method
        assert ask(site, method, path, headers, writer) == status, method
    for method, path, headers, status in WRITES:
        assert ask(site, method, path, headers, writer) == status, method
    assert listed(site) == ["folder", "hello.txt", "new.txt"]


@pytest.mark.parametrize("program", [cadaver, rclone])
@pytest.mark.parametrize("limits", [{}, {"read": "1"}, {"area": "files"}])
def test_program_gets_in_by_a_token_until_it_is_revoked(site, tmp_path, program, limits):
    token = site.create(**limits)

    def visit(name, password):
        home = tmp_path / name
        home.mkdir()
        return got_in(program(Visit(f"http://127.0.0.1:{site.port}", "alice", password,
                                    home)))
    assert visit("in", token)
    assert not visit("password", "wonderland")
    site.revoke(token)
    assert not visit("revoked", token)


def test_nobody_comes_in_without_a_token(site):
    for method, path, headers, _ in WRITES + READS:
        assert site.request(method, path, headers=headers).status == 401
