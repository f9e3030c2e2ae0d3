# SPDX-License-Identifier: Apache-2.0
"""One account of the directory, many ways to type its name: the directory takes
each for the same entry, and httpd keeps what was typed."""

import pytest

from people import token_of
from server import SAME_ORIGIN, basic

PAGES = """
<Location "/people">
    SetHandler jiratoken
    AuthType Basic
    AuthName "people"
    AuthBasicProvider ldap
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
    {attribute}
    Require valid-user
</Location>
"""
CAPITALS = ("alice", "ALICE", "Alice", "aLICe")
ODD = (" alice", "alice ", "\uff41lice", "\uff21LICE")


@pytest.fixture
def site(server, directory):
    def start(case="exact", attribute=""):
        server.modules += ["ldap", "authnz_ldap"]
        server.settings += f"JiraTokenUserCase {case}\n"
        server.locations += PAGES.format(ldap=directory.url, attribute=attribute)
        return server.start()
    return start


def people(server, name, path="/", fields=None):
    """As this name, with alice's password."""
    sent = {"Authorization": basic(name, "wonderland"), **SAME_ORIGIN}
    if fields:
        return server.post("/people" + path, fields, headers=sent)
    return server.get("/people" + path, headers=sent)


def make(server, name):
    answer = people(server, name, "/create", {"label": f"for {name!r}"})
    if answer.status != 200:
        return None
    server.tokens.append(token_of(answer.text))
    return server.tokens[-1]


def owners(server):
    return {row[0] for row in server.sql("SELECT user_name FROM jiratoken")}


def warned(server):
    return [line for line in server.log().splitlines()
            if "one person has tokens for each" in line]


def test_spellings_are_several_people_where_nothing_is_set_and_a_start_says_so(site):
    server = site()
    server.expect("one person has tokens for each")
    for name in CAPITALS:
        assert make(server, name)
    assert owners(server) == set(CAPITALS)
    assert len(warned(server)) == 1


def test_capitals_are_one_person_where_case_is_lower(site):
    server = site("lower")
    tokens = [make(server, name) for name in CAPITALS]
    assert owners(server) == {"alice"} and not warned(server)
    for name in CAPITALS:
        for token in tokens:
            assert server.check(name, token).status == 200
        assert "4 of 25 tokens" in people(server, name).text


@pytest.mark.parametrize("case", ["exact", "lower"])
def test_entrys_own_name_counts_where_the_directory_gives_it(site, case):
    server = site(case, "AuthLDAPRemoteUserAttribute uid")
    names = CAPITALS + ODD
    tokens = [make(server, name) for name in names]
    assert None not in tokens
    assert owners(server) == {"alice"} and not warned(server)
    for token in tokens:
        assert server.check("alice", token).status == 200
    for name in CAPITALS[1:]:
        assert (server.check(name, tokens[0]).status == 200) == (case == "lower")


def test_name_with_a_blank_at_an_end_can_have_none(site):
    server = site("lower")
    server.expect("jiratoken:warn|jiratoken:error")
    for name in (" alice", "alice ", "  ALICE"):
        assert people(server, name).status == 403
        assert make(server, name) is None
    assert owners(server) == set()
