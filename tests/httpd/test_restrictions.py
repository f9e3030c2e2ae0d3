# SPDX-License-Identifier: Apache-2.0
"""What a token is limited to, by every scheme and every way in, whether the table
or the cache answers: each cell of the table has its answer."""

import itertools

import pytest

from faults import SILENT, break_table, mend_table
from remembering import use_cache
from server import basic

AREAS = """
<Location "/{way}/git">
    JiraTokenArea git "Git"
</Location>
<Location "/{way}/git/wiki">
    JiraTokenArea wiki "The wiki"
    JiraTokenReadMethods GET POST
</Location>
"""
WAYS = {
    "listed": 'AuthType Basic\nAuthName "x"\nAuthBasicProvider jiratoken',
    "accept": 'AuthType Basic\nAuthName "x"\nAuthBasicProvider file\n'
              'AuthUserFile "{root}/users"\nJiraTokenAccept On',
}
HERE = "127.0.0.0/8"
LIMITS = (None, "read", "areas=git", "areas=git,wiki", f"from={HERE}", "from=192.0.2.1",
          f"read areas=wiki from={HERE}", "read areas=git from=192.0.2.1,::1", "",
          "read write", "from=10.0.0.1/8", "scope=full")
PLACES = {"": None, "/git": "git", "/git/wiki": "wiki"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PROPFIND")
READING = {"": {"GET", "HEAD", "PROPFIND"}, "/git": {"GET", "HEAD", "PROPFIND"},
           "/git/wiki": {"GET", "HEAD", "POST"}}
UNKNOWN = {"", "read write", "from=10.0.0.1/8", "scope=full"}


def expected(limits, place, method):
    """(status, JiraToken-Status) as the contract's table says."""
    if limits is None:
        return 200, None
    if limits in UNKNOWN:
        return 401, "restriction"
    if "from=" in limits and HERE not in limits:
        return 401, "address"
    if limits.startswith("read") and method not in READING[place]:
        return 403, "method"
    areas = [word[6:].split(",") for word in limits.split() if word.startswith("areas=")]
    if areas and PLACES[place] not in areas[0]:
        return 403, "area"
    return 200, None


@pytest.fixture
def site(server):
    """Every place answers whatever is asked for with 200, once it is open."""
    server.modules += ["rewrite"]
    for way, lines in WAYS.items():
        server.locations += (f'<Location "/{way}">\n{lines.format(root=server.root)}\n'
                             "JiraTokenBearer On\nRequire valid-user\n"
                             "RewriteEngine On\nRewriteRule ^ - [R=200,L]\n</Location>\n")
        server.locations += AREAS.format(way=way)
    return server


def header(scheme, token):
    return basic("alice", token) if scheme == "Basic" else f"Bearer {token}"


def check_cells(server, tokens):
    """Of every scheme, way in, place and method, for each token."""
    for limits, token in tokens.items():
        for scheme, way, place, method in itertools.product(
                ("Basic", "Bearer"), WAYS, PLACES, METHODS):
            answer = server.request(method, f"/{way}{place}",
                                    headers={"Authorization": header(scheme, token)})
            cell = (limits, scheme, way, place, method)
            assert (answer.status, answer.get("JiraToken-Status")) \
                == expected(limits, place, method), cell


def make_tokens(server):
    tokens = {}
    for limits in LIMITS:
        tokens[limits] = server.create()
        server.sql("UPDATE jiratoken SET restrictions = ? WHERE id = ?", limits,
                   server.id_of(tokens[limits]))
    return tokens


@pytest.mark.database
@pytest.mark.parametrize("how", ["table", "cache", "grace"])
def test_every_cell_has_its_answer(site, how):
    if how == "table":
        site.settings += "JiraTokenCache off\n"
    else:
        use_cache(site, "JiraTokenCacheTimeout 600", "JiraTokenCacheGrace 600")
    site.start()
    tokens = make_tokens(site)
    check_cells(site, tokens)
    if how == "table":
        return
    check_cells(site, tokens)
    if how == "grace":
        site.expect(SILENT)
        break_table(site)
        known = {limits: token for limits, token in tokens.items() if limits not in UNKNOWN}
        check_cells(site, known)
        mend_table(site)


# ---- one cell more closely


@pytest.mark.plain
@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method",
                                  "X-Method-Override"])
def test_method_override_is_no_reading(site, name):
    site.start()
    token = site.create(read="1")
    for path in ("/listed", "/accept"):
        sent = {"Authorization": basic("alice", token)}
        assert site.get(path, headers=sent).status == 200
        assert site.get(path, headers={**sent, name: "DELETE"}).status == 403


@pytest.mark.plain
def test_bearer_is_told_what_is_wrong_as_rfc_6750_has_it(site):
    site.start()
    token, read = site.create(), site.create(read="1")
    challenges = [value for name, value in site.get("/listed").headers
                  if name == "www-authenticate"]
    assert challenges == ['Basic realm="x", charset="UTF-8"', 'Bearer realm="x"']
    answer = site.request("POST", "/listed", headers={"Authorization": f"Bearer {read}"})
    assert answer.status == 403
    assert answer.get("WWW-Authenticate") == 'Bearer realm="x", error="insufficient_scope"'
    site.revoke(token)
    answer = site.get("/listed", headers={"Authorization": f"Bearer {token}"})
    assert [value for name, value in answer.headers if name == "www-authenticate"][1] \
        == 'Bearer realm="x", error="invalid_token"'


@pytest.mark.plain
def test_bearer_is_off_until_it_is_said(server):
    server.start()
    token = server.create()
    answer = server.get("/files/hello.txt", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "malformed")


@pytest.mark.plain
def test_address_is_the_one_that_remoteip_found(site):
    site.modules.append("remoteip")
    site.settings += "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"
    site.start()
    token = site.create()
    site.sql("UPDATE jiratoken SET restrictions = 'from=192.0.2.0/24,2001:db8::7'")
    for path, sent in itertools.product(("/listed", "/accept"), (
            ("192.0.2.7", 200), ("192.0.3.7", 401), ("::ffff:192.0.2.7", 200),
            ("2001:db8::7", 200), ("2001:db8::8", 401), ("nonsense", 401), (None, 401))):
        address, status = sent
        headers = {"Authorization": basic("alice", token)}
        if address:
            headers["X-Forwarded-For"] = address
        answer = site.get(path, headers=headers)
        assert (answer.status, answer.get("JiraToken-Status")) \
            == (status, None if status == 200 else "address"), (path, address)


@pytest.mark.plain
@pytest.mark.parametrize("case,owner,status", [
    ("exact", "alice", 200), ("exact", "Alice", 200), ("lower", "alice", 200),
    ("lower", "Alice", 401), ("exact", "alice\u200b", 401), ("exact", " alice", 401),
])
def test_bearer_admits_nobody_whom_basic_does_not(site, case, owner, status):
    site.settings += f"JiraTokenUserCase {case}\n"
    site.expect("capitals|capital letters") if case == "lower" else None
    site.start()
    token = site.create()
    site.sql("UPDATE jiratoken SET user_name = ?", owner)
    for path in ("/listed", "/accept"):
        seen = {site.get(path, headers={"Authorization": sent}).status for sent in (
            f"Bearer {token}", basic(owner, token))}
        assert seen == {status}, path
