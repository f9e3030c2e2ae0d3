# SPDX-License-Identifier: Apache-2.0
"""The databases that the tests run on, each for real.

PostgreSQL and MariaDB are private servers on loopback: one of a kind for a
whole run of pytest, begun when the first test asks for it, as an account that
is not root, in a temporary folder, and ended by its own pid. Each test gets a
database of its own there, with the table from conf/sql, and httpd signs in to
it as a role with the rights that conf/sql names and no others. The tests
themselves look into it as its superuser. SQLite is a file.
"""

import contextlib
import itertools
import pathlib
import re
import secrets
import signal
import sqlite3
import subprocess
import threading

from services import Service

TOP = pathlib.Path(__file__).resolve().parents[2]
ROLE = "httpd"          # that httpd signs in as


# ---- the servers


class DatabaseServer(Service):
    def __init__(self, megabytes=32):
        """megabytes: the memory that it keeps its tables in."""
        self.megabytes = megabytes
        self.password = secrets.token_hex(16)
        self.numbers = itertools.count(1)
        super().__init__()

    def is_answering(self):
        try:
            self.connect().close()
        except self.module.OperationalError:
            return False
        return True


class PostgreSQL(DatabaseServer):
    kind = "pgsql"
    ending = signal.SIGINT

    def _set_up(self):
        import psycopg2
        self.module = psycopg2
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                            key=lambda path: int(path.parent.name))
        self._run(self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres",
                  "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync",
                  "--encoding=UTF8", "--locale=C")
        self.start()
        with self.session() as database:
            database.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self.password}'")

    def _server(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port,
                    "unix_socket_directories": self.folder, "fsync": "off",
                    "max_connections": 200, "shared_buffers": f"{self.megabytes}MB",
                    "autovacuum": "off", "jit": "off"}
        return [self.programs / "postgres", "-D", self.folder / "data",
                *[f"--{name}={value}" for name, value in settings.items()]]

    def connect(self):
        return self.module.connect(host=str(self.folder), port=self.port,
                                   user="postgres")

    @contextlib.contextmanager
    def session(self, schema="public"):
        connection = self.connect()
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            cursor.execute(f"SET search_path = {schema}")
            yield cursor
        finally:
            connection.close()


class MariaDB(DatabaseServer):
    kind = "mysql"

    def _set_up(self):
        import pymysql
        self.module = pymysql
        self._run("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data",
                  "--auth-root-authentication-method=normal", "--skip-test-db",
                  "--skip-name-resolve")
        self.start()
        with self.session() as database:
            database.execute(f"CREATE USER {ROLE} IDENTIFIED BY '{self.password}'")
            database.execute("DELETE FROM mysql.global_priv WHERE user = ''")
            database.execute("FLUSH PRIVILEGES")

    def _server(self):
        return ["env", "--ignore-signal=XFSZ", "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.folder}/data",
                f"--socket={self.folder}/socket", f"--port={self.port}",
                "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin",
                "--max-connections=300", f"--innodb-buffer-pool-size={self.megabytes}M",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2",
                f"--innodb-log-file-size={max(self.megabytes // 2, 16)}M",
                "--innodb-autoextend-increment=4",
                f"--tmpdir={self.folder}", f"--pid-file={self.folder}/pid"]

    def connect(self, name=None):
        from pymysql.constants import CLIENT
        return self.module.connect(
            unix_socket=f"{self.folder}/socket", user="root", database=name,
            charset="utf8mb4", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS,
            init_command="SET sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'")

    @contextlib.contextmanager
    def session(self, name=None):
        connection = self.connect(name)
        try:
            yield connection.cursor()
        finally:
            connection.close()


# ---- the databases


class Database:
    """What one test, and each httpd in it, works on. In every statement `?`
    stands for a value, and `||` joins texts, whatever the database."""

    @property
    def schema(self):
        """The script that makes the table."""
        return self.script(self.kind)

    @staticmethod
    def script(name):
        return (TOP / "conf" / "sql" / f"{name}.sql").read_text()

    def make_table(self, name="jiratoken", script=None):
        """With the rights that httpd needs."""
        self.run((script or self.schema).replace("jiratoken", name))
        self.grant(name)

    def make_owners(self, name="jiratoken"):
        """The table of owners, with the rights that httpd needs."""
        script = self.script(f"owners-{self.kind}")
        self.run(script.replace("jiratoken", name))
        self.grant(name, script)

    def recommended(self, pattern, script=None):
        """Lines that a script's comment tells people to write."""
        lines = re.findall(rf"(?m)^-- +({pattern})$", script or self.schema)
        assert len(lines) == pattern.count("|") + 1
        return "\n".join(lines)

    overriding = ""     # in an INSERT that says which id the row gets
    dropping = ""       # at the end of DROP TRIGGER

    def load(self, script):
        """Run a file of conf/sql as its comment tells people to, with the
        database's own client: (exit code, what it said)."""
        path = TOP / "conf" / "sql" / f"{script}.sql"
        with open(path, encoding="utf-8") as text:
            done = subprocess.run(self.client(path), stdin=text, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def grant(self, name, script=None):
        pass

    def refuse(self, event, only=None):
        """From now on every INSERT, say, is an error; or only of some rows."""
        self.trigger(f"refuse_{event}", "BEFORE", event, self.refusal, only)

    def collide(self):
        """From now on another row is in the way of each that is inserted."""
        self.trigger("refuse_INSERT", "BEFORE", "INSERT", self.collision, None)

    def allow(self, event):
        self.sql(f"DROP TRIGGER refuse_{event}{self.dropping}")

    def ignore(self, event, only=None):
        """From now on every DELETE, say, does nothing and says so to nobody."""
        self.trigger(f"ignore_{event}", "BEFORE", event, self.ignorance, only)

    def note(self, event):
        """From now on every UPDATE, say, of a row adds one to the table noted."""
        self.sql("CREATE TABLE noted (n INTEGER)")
        self.trigger(f"note_{event}", "AFTER", event, "INSERT INTO noted VALUES (1);")

    def close(self):
        pass


class SQLite(Database):
    """A file, jiratoken/tokens.db, in a folder that httpd's children own."""

    kind = "sqlite3"
    missing = "no such table: jiratoken"
    refusal = "SELECT RAISE(ABORT, 'read only');"
    ignorance = "SELECT RAISE(IGNORE);"
    collision = "SELECT RAISE(ABORT, 'UNIQUE constraint failed');"
    # The driver itself sleeps for tenths of a second where two write.
    patience = 'DBDInitSQL "PRAGMA busy_timeout=9000; PRAGMA synchronous=NORMAL"'

    def __init__(self, folder):
        self.path = folder / "tokens.db"
        self.make_table()

    def directives(self):
        lines = self.recommended(r"DBDriver .*|DBDParams .*")
        return lines.replace("/var/lib/jiratoken/tokens.db", str(self.path))

    def client(self, _path):
        return ["sqlite3", self.path]

    def shape(self):
        """What the table is like, however it came to be so."""
        said = "\n".join(row[0] for row in self.sql(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'jiratoken' AND sql IS NOT NULL"))
        return " ".join(said.replace('"', "").replace("IF NOT EXISTS ", "").split())

    def stored(self):
        """Every byte of it on the disk."""
        return b"".join(path.read_bytes() for path in self.path.parent.iterdir())

    @contextlib.contextmanager
    def connect(self):
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")  # of the test's own writing
        try:
            yield connection
        finally:
            connection.close()

    def run(self, script):
        with self.connect() as connection:
            connection.executescript(script)

    def sql(self, statement, *values):
        with self.connect() as connection:
            return connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def held(self):
        """Somebody else keeps every writer out; readers go on."""
        with self.connect() as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    def trigger(self, name, when, event, body, only=None):
        self.sql(f"CREATE TRIGGER {name} {when} {event} ON jiratoken "
                 f"{f'WHEN {only}' if only else ''} BEGIN {body} END")


class Served(Database):
    """A database of a server's, gone when the test ends."""

    def __init__(self, service):
        self.service = service
        self.port = service.port    # a test may put something in between
        self.name = f"jt_{next(service.numbers)}"
        self.lock = threading.Lock()
        self.opened = self.process = None
        service.ready()
        with service.session() as session:
            session.execute(f"CREATE {self.container} {self.name}")
        self.make_table()

    def session(self):
        return self.service.session(self.name)

    def run(self, script):
        with self.session() as session:
            session.execute(script)

    def sql(self, statement, *values):
        if values:
            statement = statement.replace("%", "%%").replace("?", "%s")
        with self.lock, self.usual() as session:
            session.execute(statement, values or None)
            return list(session.fetchall()) if session.description else []

    @contextlib.contextmanager
    def usual(self):
        """The session that stays open; a new one after any fault in it, and
        when the server was begun again."""
        if self.process is not self.service.process:
            self.hang_up()
        if not self.opened:
            self.process = self.service.process
            self.opened = contextlib.ExitStack()
            self.kept = self.opened.enter_context(self.session())
        try:
            yield self.kept
        except Exception:
            self.hang_up()
            raise

    def hang_up(self):
        if self.opened:
            opened, self.opened = self.opened, None
            opened.close()

    def stored(self):
        """Every byte of the server's on the disk."""
        self.run(self.flush)
        return b"".join(path.read_bytes() for path in
                        (self.service.folder / "data").rglob("*") if path.is_file())

    def grant(self, name, script=None):
        grant = self.recommended("GRANT .*;", script).replace("tokens.", "")
        self.run(grant.replace("jiratoken", name))

    @contextlib.contextmanager
    def held(self):
        """Somebody else keeps every writer out; readers go on."""
        with self.session() as session:
            session.execute(self.hold)
            yield

    @contextlib.contextmanager
    def barred(self):
        """Somebody else keeps everybody out."""
        with self.session() as session:
            session.execute(self.bar)
            yield

    def connections(self):
        """How many httpd has open."""
        [[number]] = self.sql(self.counting)
        return number


class OnPostgreSQL(Served):
    """A schema in one database: making a database takes a third of a second."""

    kind = "pgsql"
    container = "SCHEMA"
    missing = 'relation "jiratoken" does not exist'
    patience = ""
    hold = "BEGIN; LOCK TABLE jiratoken IN EXCLUSIVE MODE"
    bar = "BEGIN; LOCK TABLE jiratoken IN ACCESS EXCLUSIVE MODE"
    flush = "CHECKPOINT"
    counting = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    overriding = "OVERRIDING SYSTEM VALUE"
    refusal = "RAISE 'read only';"
    collision = "RAISE 'jiratoken_slot';"
    ignorance = ""
    dropping = " ON jiratoken"

    def client(self, path):
        return ["env", f"PGOPTIONS=-c search_path={self.name}", "psql", "-X", "-q",
                "-h", self.service.folder, "-p", str(self.service.port), "-U", "postgres",
                "-d", "postgres", "-f", path]

    def shape(self):
        """What the table is like, however it came to be so."""
        return self.sql(
            "SELECT column_name, data_type, character_maximum_length, is_nullable, "
            "column_default, collation_name, identity_generation "
            "FROM information_schema.columns WHERE table_name = 'jiratoken' "
            "AND table_schema = ? ORDER BY ordinal_position", self.name) + self.sql(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = 'jiratoken'::regclass ORDER BY conname") + self.sql(
            "SELECT indexname FROM pg_indexes WHERE schemaname = ? ORDER BY 1", self.name)

    def grant(self, name, script=None):
        self.run(f"GRANT USAGE ON SCHEMA {self.name} TO {ROLE}")
        super().grant(name, script)

    def directives(self):
        lines = self.recommended(r"DBDriver .*|DBDParams .*|DBDMin .*")
        return lines.replace("host=db.example.org", f"host=127.0.0.1 port={self.port}") \
            .replace("dbname=tokens", "dbname=postgres") \
            .replace("password=secret", f"password={self.service.password}") \
            .replace("options='", f"options='-c search_path={self.name} ")

    def sql(self, statement, *values):
        return super().sql(statement, *[value.decode() if isinstance(value, bytes)
                                        else value for value in values])

    def trigger(self, name, when, event, body, only=None):
        self.run(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY "
                 f"DEFINER AS $$ BEGIN {body} RETURN NULL; END $$; CREATE TRIGGER {name} "
                 f"{when} {event} ON jiratoken FOR EACH ROW WHEN ({only or 'TRUE'}) "
                 f"EXECUTE FUNCTION {name}()")

    def close(self):
        self.hang_up()
        self.service.ready()
        with self.service.session() as session:
            session.execute(f"DROP SCHEMA {self.name} CASCADE")


class OnMariaDB(Served):
    kind = "mysql"
    container = "DATABASE"
    missing = "jiratoken' doesn't exist"
    patience = ""
    hold = "LOCK TABLES jiratoken READ"
    bar = "LOCK TABLES jiratoken WRITE"
    flush = "FLUSH TABLES jiratoken FOR EXPORT; UNLOCK TABLES"
    counting = f"SELECT count(*) FROM information_schema.processlist WHERE user = '{ROLE}'"
    refusal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'read only';"
    collision = "SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1062;"

    def client(self, _path):
        return ["mariadb", "--no-defaults", f"--socket={self.service.folder}/socket",
                "--user=root", self.name]

    def shape(self):
        """What the table is like, however it came to be so."""
        [[_, text]] = self.sql("SHOW CREATE TABLE jiratoken")
        return re.sub(r" AUTO_INCREMENT=\d+", "", text)

    def run(self, script):
        with self.session() as session:
            session.execute(script)
            while session.nextset():    # and so its error, if it is one
                pass

    def directives(self):
        lines = self.recommended(r"DBDriver .*|DBDParams .*|DBDInitSQL .*|DBDMin .*")
        return lines.replace("host=db.example.org", f"host=127.0.0.1,port={self.port}") \
            .replace("dbname=tokens", f"dbname={self.name}") \
            .replace("pass=secret", f"pass={self.service.password}")

    def sql(self, statement, *values):
        def text(value):
            """Bytes are the table's texts, where they are any."""
            if isinstance(value, bytes):
                with contextlib.suppress(UnicodeDecodeError):
                    return value.decode()
            return value
        return [tuple(map(text, row)) for row in super().sql(statement, *values)]

    def trigger(self, name, when, event, body, only=None):
        self.sql(f"CREATE TRIGGER {name} {when} {event} ON jiratoken FOR EACH ROW "
                 f"BEGIN IF {only or 'TRUE'} THEN {body} END IF; END")

    def close(self):
        self.hang_up()
        self.service.ready()
        with self.service.session() as session:
            session.execute(f"DROP DATABASE IF EXISTS {self.name}")


# ---- for conftest.py


class Databases:
    """Makes databases of one kind, and begins their server with the first."""

    kinds = {"sqlite3": None, "pgsql": (PostgreSQL, OnPostgreSQL),
             "mysql": (MariaDB, OnMariaDB)}

    def __init__(self, kind, megabytes=32):
        self.kind = kind
        self.megabytes = megabytes
        self.service = None

    def __call__(self, folder):
        """The database of an httpd that has this folder for its files."""
        if self.kind == "sqlite3":
            return SQLite(folder)
        service, database = self.kinds[self.kind]
        if not self.service:
            self.service = service(self.megabytes)
        return database(self.service)

    def close(self):
        if self.service:
            self.service.close()
