# SPDX-License-Identifier: Apache-2.0
"""Identity headers that a client makes up never reach a backend beside a token:
the sign-in module that would remove them does not run then."""

import json

import pytest

from server import basic
from starts import accepted, refused

pytestmark = pytest.mark.plain

FORGED = ("OIDC_CLAIM_email", "OIDC-CLAIM-email", "oidc_claim_email", "Oidc.Claim.Sub",
          "OIDC!access_token", "oIdC~x", "MELLON_NAME_ID", "mellon-uid", "OIDC_")
HONEST = ("X-OIDC-CLAIM", "OIDC", "OIDCx", "Mellona", "X-Remote-User", "Oid_c")


@pytest.fixture
def site(server, backend):
    """/app is proxied to a backend that answers with the headers it gets."""
    server.modules += ["proxy", "proxy_http", "headers"]

    def make(*lines, outside=""):
        server.settings += outside + "\n"
        server.locations += "\n".join([
            '<Location "/app">', "AuthType Basic", 'AuthName "x"',
            "AuthBasicProvider file", f'AuthUserFile "{server.root}/users"',
            "JiraTokenAccept On", "Require valid-user", f"ProxyPass {backend}/",
            *lines, "</Location>\n"])
        return server.start()
    return make


def arrived(server, names, user="alice", password=None):
    headers = {name: "forged" for name in names}
    headers["Authorization"] = basic(user, password or server.create(user))
    answer = server.get("/app/x", headers=headers)
    assert answer.status == 200
    return {name: value for name, value in json.loads(answer.text)}


def test_forged_headers_do_not_arrive_beside_a_token(site):
    server = site()
    found = arrived(server, FORGED + HONEST)
    assert set(found) & {name.lower() for name in FORGED} == set()
    assert {name.lower() for name in HONEST} <= set(found)


def test_one_header_in_several_spellings_goes_as_a_whole(site):
    server = site()
    lines = "".join(f"{name}: forged\r\n" for name in FORGED * 3)
    coded = basic("alice", server.create())
    back = server.raw(f"GET /app/x HTTP/1.1\r\nHost: x\r\n{lines}Authorization: {coded}"
                      "\r\nConnection: close\r\n\r\n".encode())
    assert b" 200 " in back and b"forged" not in back


def test_forged_headers_do_not_arrive_by_a_directory_index(server):
    """The subrequest for it is what the token opens; the program runs with the
    main request's headers."""
    scripts = server.root / "docs" / "open"
    (scripts / "index.cgi").write_text("#!/bin/sh\necho 'Content-Type: text/plain'\n"
                                       "echo\nenv\n")
    (scripts / "index.cgi").chmod(0o755)
    server.modules.append("cgi" if server.mpm == "prefork" else "cgid")
    server.locations += f'''
<Directory "{scripts}">
    Options +ExecCGI
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
    <Files "index.cgi">
        AuthType Basic
        AuthName "x"
        AuthBasicProvider file
        AuthUserFile "{server.root}/users"
        JiraTokenAccept On
        Require valid-user
    </Files>
</Directory>
'''
    server.start()
    headers = {name: "forged" for name in FORGED}
    headers["Authorization"] = basic("alice", server.create())
    for path in ("/open/index.cgi", "/open/"):
        answer = server.get(path, headers=headers)
        assert answer.status == 200 and "JIRATOKEN_ID=" in answer.text
        assert "forged" not in answer.text


def test_headers_of_others_are_not_touched(site):
    """Whoever comes by a password is the sign-in module's."""
    found = arrived(site(), FORGED, password="wonderland")
    assert {name.lower() for name in FORGED} <= set(found)


def test_header_that_the_site_sets_itself_arrives(site):
    server = site('RequestHeader set OIDC_CLAIM_email "expr=%{REMOTE_USER}@site"',
                  'RequestHeader set X-Copy "expr=%{req:OIDC-CLAIM-email}"')
    found = arrived(server, FORGED)
    assert found["oidc_claim_email"] == "alice@site"
    assert found["x-copy"] == ""


def test_list_replaces_the_default(site):
    server = site("JiraTokenStripHeaders X-Remote-User x.team*")
    found = arrived(server, FORGED + ("x_remote_user", "X-Remote-Users", "X-TEAM",
                                      "X-Team-Lead"))
    assert {name.lower() for name in FORGED} <= set(found)
    assert "x-remote-users" in found
    assert not {"x_remote_user", "x-team", "x-team-lead"} & set(found)


def test_none_is_an_empty_list_and_is_inherited(site):
    server = site(outside="JiraTokenStripHeaders NONE")
    assert {name.lower() for name in FORGED} <= set(arrived(server, FORGED))


def test_location_has_the_last_word(site):
    server = site("JiraTokenStripHeaders OIDC-*", outside="JiraTokenStripHeaders none")
    found = arrived(server, FORGED)
    assert set(found) & {n.lower() for n in FORGED} == {"mellon_name_id", "mellon-uid"}


def test_script_sees_no_variable_of_any_spelling(server):
    folder = server.root / "scripts"
    folder.mkdir()
    (folder / "env").write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'"
                                "\nenv\n")
    (folder / "env").chmod(0o755)
    server.use_cgi(folder)
    server.locations = ('<Location "/cgi">\nAuthType Basic\nAuthName x\n'
                        "AuthBasicProvider jiratoken\nRequire valid-user\n</Location>")
    server.start()
    headers = {name: "forged" for name in FORGED}
    answer = server.get("/cgi/env", headers={
        **headers, "Authorization": basic("alice", server.create())})
    assert answer.status == 200 and "REMOTE_USER=alice" in answer.text
    assert "forged" not in answer.text


@pytest.mark.parametrize("value", ["*", "OIDC_* *", "a*b", "_*", '"a b"', "a:",
                                   "OIDC_**"])
def test_what_is_no_header_is_refused_in_words(server, value):
    server.settings = f"JiraTokenStripHeaders {value}"
    refused(server, "is not the name of a header, optionally with a * at its end")


def test_a_list_has_a_header(server):
    for value in ("", '""'):
        server.settings = f"JiraTokenStripHeaders {value}"
        refused(server, "JiraTokenStripHeaders takes the names of headers, or none")
    server.settings = "JiraTokenStripHeaders X-Remote-User X-Forwarded-User OIDC_*"
    accepted(server)
