# SPDX-License-Identifier: Apache-2.0
"""The table of sites times clients: on one URL, whatever signs browsers in, each
program gets in by a token and by nothing that is none."""

import pytest

from clients import CLIENTS, Visit, got_in, use_services
from server import shaped

CLASSIC = """
    AuthType Basic
    AuthName "site"
    AuthBasicProvider jiratoken ldap
    AuthLDAPURL "{ldap}/ou=people,dc=example,dc=org?uid"
"""


def classic(server, fixtures):
    server.modules += ["ldap", "authnz_ldap"]
    return CLASSIC.format(ldap=fixtures("slapd").url)


SITES = {"Basic and LDAP": classic}


@pytest.fixture(scope="module", params=SITES)
def site(request, lasting):
    with lasting() as server:
        use_services(server)
        lines = SITES[request.param](server, request.getfixturevalue)
        server.locations += f"""
<Location "/app">
{lines}
    Require valid-user
</Location>
"""
        yield server.start()


@pytest.mark.parametrize("name", CLIENTS)
def test_client_gets_in_by_a_token_and_by_nothing_else(site, name, tmp_path):
    url = f"http://localhost:{site.port}/app"
    token, wrong = site.create(), shaped()
    site.tokens.append(wrong)
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    done = CLIENTS[name](Visit(url, "alice", token, tmp_path / "right"))
    assert got_in(done), done
    done = CLIENTS[name](Visit(url, "alice", wrong, tmp_path / "wrong"))
    assert not got_in(done), done
