# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL that knows httpd's children by their account, and a libpq that
looks into the home of whoever began httpd. The server is these tests' own, as
they change who may sign in."""

import signal

import pytest

from databases import OnPostgreSQL, PostgreSQL
from faults import SILENT
from server import shaped
from starts import DOWN, said_of

pytestmark = pytest.mark.database("pgsql")

# By the socket, whoever is root may be httpd, and nobody else of this machine.
HBA = """
local all postgres trust
local all all peer map=own
host all all 127.0.0.1/32 scram-sha-256
"""
IDENT = "own root httpd\n"


class Peers(PostgreSQL):
    """A PostgreSQL with such rules, and with TLS."""

    def __init__(self):
        self.more = []
        super().__init__()
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        (self.data / "pg_hba.conf").write_text(HBA)
        (self.data / "pg_ident.conf").write_text(IDENT)
        self._run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                  "-subj", "/CN=127.0.0.1", "-keyout", self.data / "server.key",
                  "-out", self.data / "server.crt")
        self.stop()
        self.more = ["--ssl=on"]
        self.start()

    def _server(self):
        return [*super()._server(), *self.more]

    def admit(self, lines):
        """Whom the socket lets in from now on."""
        (self.data / "pg_ident.conf").write_text(lines)
        self.process.send_signal(signal.SIGHUP)


@pytest.fixture(scope="module")
def service():
    made = Peers()
    yield made
    made.close()


@pytest.fixture(scope="module")
def databases(service):
    """In place of conftest's."""
    return lambda _folder: OnPostgreSQL(service)


@pytest.fixture
def changed(server):
    """changed(old, new): the server, with another DBDParams."""
    def change(old, new):
        lines = server.database.directives()
        assert old in lines
        server.database.directives = lambda: lines.replace(old, new)
        server.expect(rf"{SILENT}|dbd:|AH00[0-9]+")
        return server
    return change


@pytest.fixture
def home(server):
    """Root's, which httpd is begun with."""
    made = server.root / "home"
    made.mkdir(mode=0o700)
    server.environment["HOME"] = str(made)
    return made


def assert_let_in(server):
    """No sooner than PostgreSQL has read its files."""
    server.poll(lambda: server.check("alice", shaped()).status == 401)
    assert server.check("alice", server.create()).status == 200


def test_peer_that_is_root_alone_is_named(changed, service):
    server = changed(f"host=127.0.0.1 port={service.port}",
                     f"host={service.folder} port={service.port}")
    server.start()
    line = said_of(server, DOWN)
    assert "no connection as www-data, whom the children run as: " in line
    assert 'FATAL:  Peer authentication failed for user "httpd" (by pg_hba.conf' in line
    assert server.check("alice", shaped()).status == 503
    service.admit(IDENT.replace("root", "www-data"))
    try:
        assert_let_in(server)
        server.graceful()       # root would not be let in any more
        assert server.log().count(DOWN) == 1
    finally:
        service.admit(IDENT)


def test_password_in_roots_home_is_none_of_the_childrens(changed, service, home):
    server = changed(f"password={service.password} ", "")
    file = home / ".pgpass"
    file.write_text(f"*:*:*:httpd:{service.password}\n")
    file.chmod(0o600)
    server.start()
    line = said_of(server, DOWN)
    assert "no password supplied (a .pgpass of the account that begins httpd" in line
    server.stop()
    theirs = file.rename(server.root / "data" / "pgpass")
    server.give(theirs)
    changed("dbname=", f"passfile={theirs} dbname=")
    server.start()
    assert server.log().count(DOWN) == 1
    assert_let_in(server)
    assert service.password not in server.log()


def test_home_of_roots_keeps_the_children_from_tls(changed, service, home):
    server = changed("host=127.0.0.1", "host=127.0.0.1 sslmode=require")
    server.start()
    line = said_of(server, DOWN)
    assert f'could not open certificate file "{home}/.postgresql/postgresql.crt": ' \
        "Permission denied (httpd was begun with another account's HOME" in line
    server.stop()
    server.environment["HOME"] = "/nonexistent"
    server.start()
    assert server.log().count(DOWN) == 1
    assert_let_in(server)


@pytest.mark.parametrize("written", [
    "correct horse", "battery'staple", "a b=c", "'never closed", "x' y=secret"])
def test_password_that_cannot_be_read_is_not_repeated(changed, service, written):
    """libpq quotes what it cannot parse."""
    server = changed(f"password={service.password}", f"password={written}")
    server.start()
    line = said_of(server, DOWN)
    for word in written.replace("'", " ").replace("=", " ").split():
        assert f'"{word}"' not in line and f" {word} " not in line
