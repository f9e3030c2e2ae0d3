# SPDX-License-Identifier: Apache-2.0
"""pgbouncer, for real, in front of a PostgreSQL of these tests."""

from databases import ROLE, OnPostgreSQL, Service

PASSWORD = "to-the-pooler"


class Pooler(Service):
    """pgbouncer in one of its modes, with more of its settings."""

    kind = "pgbouncer"

    def __init__(self, server, mode, **settings):
        self.server = server
        self.settings = {"pool_mode": mode, **settings}
        super().__init__()

    def _set_up(self):
        import psycopg2
        self.module = psycopg2
        to = (f"host=127.0.0.1 port={self.server.port} dbname=postgres user={ROLE} "
              f"password={self.server.password}")
        settings = {"listen_addr": "127.0.0.1", "listen_port": self.port,
                    "unix_socket_dir": "", "auth_type": "plain",
                    "auth_file": self.folder / "users", "max_client_conn": 100,
                    "stats_period": 3600, **self.settings}
        lines = [f"{name} = {value}" for name, value in settings.items()]
        self._write("users", f'"{ROLE}" "{PASSWORD}"\n')
        self._write("ini", "\n".join(["[databases]", f"tokens = {to}",
                                      "[pgbouncer]", *lines, ""]))
        self.start()

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)

    def _server(self):
        return ["/usr/sbin/pgbouncer", self.folder / "ini"]

    def connect(self):
        return self.module.connect(host="127.0.0.1", port=self.port, user=ROLE,
                                   password=PASSWORD, dbname="tokens")

    def spread(self):
        """From now on it has several connections to choose from."""
        opened = [self.connect() for _ in range(4)]
        for connection in opened:
            connection.cursor().execute("SELECT 1")     # each in a transaction
        for connection in opened:
            connection.rollback()
            connection.close()


class Pooled(OnPostgreSQL):
    """A schema of its own, that httpd reaches through the pooler. What conf/sql
    sets by options= is set for the role, as docs/operations.md says."""

    pooler = None
    options = " options='-c statement_timeout=2000'"

    def directives(self):
        lines = self.recommended(r"DBDriver .*|DBDParams .*|DBDMin .*")
        assert self.options in lines
        return lines.replace("host=db.example.org", f"host=127.0.0.1 port={self.pooler.port}") \
            .replace("password=secret", f"password={PASSWORD}") \
            .replace(self.options, "") + f"\nJiraTokenTable {self.name}.jiratoken"
