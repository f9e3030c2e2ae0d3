# SPDX-License-Identifier: Apache-2.0
"""The classic chain: people have the passwords of the directory, programs tokens, and
both are the same persons. Who leaves is in test_leavers.py."""

import pytest

from examples import use_example
from server import shaped

PAGE = "/open/hello.txt"


@pytest.fixture
def site(server, directory):
    use_example(server, "ldap-chain",
                LDAP_URL=f"{directory.url}/ou=people,dc=example,dc=org?uid")
    return server.start()


def test_password_opens_the_site_and_the_pages(site):
    for path in (PAGE, "/tokens/"):
        assert site.get(path, user="alice").status == 200
        assert site.check("alice", "looking-glass", path).status == 401
        answer = site.get(path)
        assert (answer.status, answer.get("WWW-Authenticate").split(",")[0]) \
            == (401, 'Basic realm="Example"')


def test_token_opens_the_site_for_its_owner_and_not_the_pages(site, directory):
    token, before = site.create(), directory.asked()
    assert site.check("alice", token, "/tokens/").status in (401, 403)
    for name in ("alice", "ALICE"):
        assert site.check(name, token, PAGE).status == 200
    assert site.check("bob", token, PAGE).status == 401
    site.revoke(token)
    for text in (token, shaped(), token[:-1]):
        assert site.check("alice", text, PAGE).status == 401
    assert not [line for line in directory.asked()[len(before):] if "uid=bob" in line
                and "BIND" in line]
    assert directory.failures("alice") == 0


def test_one_person_has_one_list_however_the_name_is_typed(site):
    site.create()
    assert "1 of 25 tokens" in site.get("/tokens/", user="ALICE",
                                        password="wonderland").text


def test_what_is_for_this_machine_alone_stays_so(site):
    assert site.get("/server-status").status == 404
