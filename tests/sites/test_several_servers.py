# SPDX-License-Identifier: Apache-2.0
"""Two servers on one PostgreSQL and one redis, behind a balancer: who comes by it sees
one site, whichever of them answers, and whatever is down."""

import contextlib
import http.client
import json

import pytest

from backends import echo
from databases import ROLE, Databases
from examples import use_example
from server import HANGS, Server, basic

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def databases():
    """In place of conftest's: its --database does not matter here."""
    made = Databases("pgsql")
    yield made
    made.close()


def use_several(server, redis, directory, app):
    table = server.database
    use_example(
        server, "several-servers", APP=app, BALANCER="127.0.0.1",
        DATABASE=f"host=127.0.0.1 port={table.port} dbname=postgres user={ROLE} "
                 f"password={table.service.password}",
        TOKENS_TABLE=f"{table.name}.jiratoken", REDIS=f"127.0.0.1:{redis.port}",
        LDAP_URL=f"{directory.url}/ou=people,dc=example,dc=org?uid")
    server.settings += 'CustomLog "logs/access.log" tests\n'
    return server.start()


@pytest.fixture
def site(server, directory, caches):
    """The balancer; its servers, and what is behind them."""
    with contextlib.ExitStack() as stack:
        app = stack.enter_context(echo())
        redis = caches("redis")
        twin = Server(server.module, server.mpm, twin_of=server)
        stack.callback(twin.close)
        front = Server(server.module, server.mpm, twin_of=server)
        stack.callback(front.close)
        front.servers = [use_several(each, redis, directory, app)
                         for each in (server, twin)]
        use_example(front, "balancer", SERVER_1=f"http://127.0.0.1:{server.port}",
                    SERVER_2=f"http://127.0.0.1:{twin.port}")
        front.redis = redis
        front.expect(r"AH01102|AH00957|AH01114|AH00959")
        yield front.start()
        for each in (front, *front.servers):
            each.tokens = front.tokens
            each.stop()


def ask(site, address, token, **headers):
    """The front, from this address of loopback."""
    wire = http.client.HTTPConnection("127.0.0.1", site.port, timeout=HANGS,
                                      source_address=(address, 0))
    with contextlib.closing(wire):
        wire.request("GET", "/app", headers={"Authorization": basic("alice", token),
                                             **headers})
        answer = wire.getresponse()
        return answer.status, answer.read()


def test_token_is_made_by_the_balancer_and_opens_every_server(site):
    token = site.create()
    for each in (site, *site.servers, site):
        answer = each.check("alice", token, "/app")
        assert answer.status == 200
        headers = dict(json.loads(answer.text))
        assert headers["x-remote-user"] == "alice" and "authorization" not in headers
        assert each.check("bob", token, "/app").status == 401
    assert site.get("/app", user="alice").status == 200
    assert site.check("alice", token, "/tokens/").status in (401, 403)


def test_revocation_by_one_is_effective_on_all_with_the_next_request(site):
    for number in range(4):
        token = site.create()
        one, other = site.servers[number % 2], site.servers[1 - number % 2]
        for each in (one, other, site, site):
            assert each.check("alice", token, "/app").status == 200
        one.revoke(token)
        for each in (other, one, site, site):
            assert each.check("alice", token, "/app").status == 401


def test_site_goes_on_while_a_server_is_down(site):
    token = site.create()
    for number in (0, 1):
        site.servers[number].stop()
        assert {site.check("alice", token, "/app").status for _ in range(4)} == {200}
        later = site.create()
        site.servers[number].start()
        for each in site.servers:
            assert each.check("alice", later, "/app").status == 200
        site.poll(lambda number=number: is_asked(site, site.servers[number], later))


def is_asked(site, server, token):
    """Whether the balancer has come to know that this one is there again."""
    path = server.root / "logs/access.log"
    before = path.read_text()
    assert site.check("alice", token, "/app").status == 200
    return path.read_text() != before


def test_site_goes_on_without_redis_and_for_a_time_without_the_database(site):
    token = site.create()
    for each in site.servers:
        each.expect("the cache of tokens|the token database cannot answer|AH00632|AH00629")
        each.expect("dbd:error|socache_redis|AH03473|AH03474|AH03475")
        assert each.check("alice", token, "/app").status == 200
    service = site.database.service
    service.kill()
    assert {site.check("alice", token, "/app").status for _ in range(4)} == {200}
    service.ready()
    site.redis.kill()
    for each in site.servers:
        each.poll(lambda each=each: each.check("alice", token, "/app").status == 200)
    site.redis.ready()


def test_token_is_limited_to_the_clients_address_and_not_the_balancers(site):
    token = site.create(**{"from": "127.0.0.3"})
    assert ask(site, "127.0.0.3", token)[0] == 200
    for headers in ({}, {"X-Forwarded-For": "127.0.0.3"}):
        assert ask(site, "127.0.0.4", token, **headers)[0] == 401
    assert b"127.0.0.3" in ask(site, "127.0.0.3", token)[1]
