# SPDX-License-Identifier: Apache-2.0
"""What the start says of the pages' sections: where a directory takes a person
under each spelling of a name, and each would have tokens of its own (nothing asks
the directory here), and where a token would be a way in."""

import pytest

from starts import accepted, refused

pytestmark = pytest.mark.plain

WORDS = "the provider ldap keeps a user name as it was typed"
URL = 'AuthLDAPURL "ldap://127.0.0.1:1/dc=x?uid"'


def start(server, pages, outside="", around=""):
    server.modules += ["ldap", "authnz_ldap"]
    server.settings += (f'{outside}\n<Location "/">\nAuthType Basic\nAuthName x\n{around}\n'
                        "Require valid-user\n</Location>\n")
    server.locations += '<Location "/open">\nAuthType None\nRequire all granted\n</Location>\n'
    server.locations += f'<Location "/more">\nSetHandler jiratoken\n{pages}\n</Location>\n'
    server.expect(WORDS)
    accepted(server)
    server.start()
    said = server.log()
    return said.count(WORDS), '<Location \\"/more\\">' in said or '<Location "/more">' in said


@pytest.mark.parametrize("pages,around", [
    (f"AuthBasicProvider ldap\n{URL}", ""), (f"AuthBasicProvider file ldap\n{URL}", ""),
    ("", f"AuthBasicProvider ldap\n{URL}"), (URL, "AuthBasicProvider jiratoken ldap")])
def test_pages_of_a_directory_are_warned_of_once(server, pages, around):
    assert start(server, pages, around=around) == (1, True)


@pytest.mark.parametrize("pages,outside,around", [
    ("AuthLDAPRemoteUserAttribute uid", "", "AuthBasicProvider ldap"),
    ("", "", "AuthBasicProvider ldap\nAuthLDAPRemoteUserAttribute uid"),
    ("", "JiraTokenUserCase lower", "AuthBasicProvider ldap"),
    ("AuthBasicProvider file", "", "AuthBasicProvider jiratoken ldap"),
    ("AuthType Digest", "", "AuthBasicProvider jiratoken ldap")])
def test_others_are_not(server, pages, outside, around):
    assert start(server, f"{pages}\n{URL}", outside, around) == (0, False)


def test_exact_may_be_said_and_is_warned_of(server):
    assert start(server, f"AuthBasicProvider ldap\n{URL}",
                 "JiraTokenUserCase exact") == (1, True)


# ---- no token is a way in

PAGES = '<Location "/more">\nSetHandler jiratoken\n</Location>\n'


@pytest.mark.parametrize("path", ["/more", "/more/", "/more/create", "/tokens"])
@pytest.mark.parametrize("value", ["On", "Challenge"])
@pytest.mark.parametrize("is_before", [True, False])
def test_no_section_opens_the_pages_to_tokens(server, path, value, is_before):
    section = f'<Location "{path}">\nJiraTokenAccept {value}\n</Location>\n'
    server.locations += section + PAGES if is_before else PAGES + section
    refused(server, f'<Location "{path}">', "no way into them", "remove it")


@pytest.mark.parametrize("path,lines", [
    ("/", "JiraTokenAccept On"), ("/mor", "JiraTokenAccept On"),
    ("/morel", "JiraTokenAccept Challenge"), ("/more", "JiraTokenAccept Off"),
    ("/more/app", "SetHandler default-handler\nJiraTokenAccept On")])
def test_sections_around_and_beside_the_pages_may_take_tokens(server, path, lines):
    section = f'<Location "{path}">\n{lines}\n</Location>\n'
    server.locations += PAGES + section
    accepted(server)


@pytest.mark.parametrize("lines", [
    '<Location "/git">\nSetHandler none\n</Location>\n'
    '<Location "/git/repo">\nJiraTokenAccept On\n</Location>\n',
    '<Location "/git">\nSetHandler none\n</Location>\n'
    '<Location "/git">\nJiraTokenAccept On\n</Location>\n'])
def test_location_that_leaves_the_pages_may_take_tokens(server, lines):
    server.locations += '<Location "/">\nSetHandler jiratoken\n</Location>\n' + lines
    accepted(server)


def host(server, lines):
    return f"<VirtualHost *:{server.port}>\nServerName pages\n{lines}</VirtualHost>\n"


def test_section_of_all_hosts_may_lie_where_one_has_its_pages(server):
    """It serves the others."""
    server.locations += '<Location "/svn">\nJiraTokenAccept On\n</Location>\n'
    pages = '<Location "/">\nSetHandler jiratoken\n</Location>\n'
    server.locations += host(server, pages)
    accepted(server)
    server.locations += host(server, pages + '<Location "/svn">\nJiraTokenAccept On\n'
                             "</Location>\n")
    refused(server, '<Location "/svn">', "no way into them")
