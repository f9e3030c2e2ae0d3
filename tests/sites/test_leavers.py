# SPDX-License-Identifier: Apache-2.0
"""Who leaves: a location may ask the directory, for people who come by a token as
for any others, and refuses those whom it has no more."""

import pytest

from examples import use_example

GROUP = 'ldap-group cn=staff,ou=groups,dc=example,dc=org'
ATTRIBUTE = 'ldap-attribute employeeType=staff'
FILTER = 'ldap-filter employeeType=staff'
PERSON = 'ldap-user alice bob'
PAGE = "/open/hello.txt"


@pytest.fixture
def site(server, directory):
    def start(require, seconds=0):
        use_example(server, "ldap-chain", LDAP_STAFF=require, LDAP_SECONDS=seconds,
                    LDAP_URL=f"{directory.url}/ou=people,dc=example,dc=org?uid")
        server.settings += "LDAPSharedCacheSize 0\n"
        server.expect("AH01631: user alice: authorization failure")
        return server.start()
    return start


def leave(directory):
    directory.delete("alice")


def leave_group(directory):
    directory.leave_group("alice")


def leave_staff(directory):
    directory.set("alice", "employeeType", "guest")


@pytest.mark.parametrize("require, change", [
    (GROUP, leave), (GROUP, leave_group), (ATTRIBUTE, leave), (ATTRIBUTE, leave_staff),
    (FILTER, leave), (FILTER, leave_staff), (PERSON, leave)])
def test_leaver_is_refused_and_all_others_go_on(site, directory, require, change):
    server = site(require)
    alice, bob = server.create(), server.create("bob")
    asked = directory.asked()
    assert server.check("alice", alice, PAGE).status == 200
    assert len(directory.asked()) > len(asked)
    change(directory)
    assert server.check("alice", alice, PAGE).status == 401
    assert server.check("bob", bob, PAGE).status == 200
    assert server.get(PAGE, user="alice").status == 401


@pytest.mark.parametrize("require", [GROUP, ATTRIBUTE, FILTER, PERSON])
def test_graceful_restart_forgets_what_mod_ldap_remembers(site, directory, require):
    server = site(require, seconds=600)
    alice, bob = server.create(), server.create("bob")
    assert server.check("alice", alice, PAGE).status == 200
    leave(directory)
    server.graceful()
    assert server.check("alice", alice, PAGE).status == 401
    assert server.check("bob", bob, PAGE).status == 200


def test_token_of_somebody_who_comes_back_works_again(site, directory):
    server = site(ATTRIBUTE)
    token = server.create()
    leave(directory)
    assert server.check("alice", token, PAGE).status == 401
    directory.reset()
    assert server.check("alice", token, PAGE).status == 200
