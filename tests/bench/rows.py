# SPDX-License-Identifier: Apache-2.0
"""What the tables hold, and how a million rows get there in seconds.

Each row is another user's: one token in jiratoken_N, one password (SHA-1, the
cheapest that mod_authn_dbd knows) in users_N. Clients ask for some of them in
turn, which lie evenly over the table, in an order that has nothing to do with
where they lie.
"""

import base64
import contextlib
import hashlib
import os
import random
import secrets
import tempfile
import time

from server import basic, shaped

DAY = 86400
FEW = 50
USERS = ("CREATE TABLE {table} (user_name VARCHAR(255) PRIMARY KEY,"
         " password VARCHAR(100))")
COLUMNS = {
    "users": ("user_name", "password"),
    "jiratoken": ("user_name", "slot", "label", "digest", "created_at", "expires_at",
                  "last_used_at", "last_used_from", "restrictions", "shown"),
}


class People:
    """So many users; what those among them who ask send, by its kind."""

    def __init__(self, count, tokens):
        self.count = count
        self.step = max(count // len(tokens), 1)
        self.tokens = tokens[:count]
        self.asking = [(self.name(n * self.step), token)
                       for n, token in enumerate(self.tokens)]
        random.shuffle(self.asking)

    @staticmethod
    def name(number):
        return f"user{number:08}"

    def token(self):
        return [basic(name, token) for name, token in self.asking]

    def password(self):
        return [basic(name, "password of " + name) for name, _ in self.asking]

    def few(self):
        """Not more than mod_authn_socache has room for: all its keys begin
        alike, and mod_socache_shmcb keeps those in a small part of a cache."""
        return self.password()[:FEW]

    def users(self, _digest):
        for number in range(self.count):
            name = self.name(number)
            sha1 = base64.b64encode(hashlib.sha1(f"password of {name}".encode()).digest())
            yield name, "{SHA}" + sha1.decode()

    def jiratoken(self, digest):
        """digest: of a token. Nobody has those of the others."""
        now = int(time.time())
        for number in range(self.count):
            place, rest = divmod(number, self.step)
            asks = rest == 0 and place < len(self.tokens)
            yield (self.name(number), 0, f"Looker Studio no. {number}",
                   digest(self.tokens[place]) if asks else secrets.token_hex(32),
                   now - DAY, (now // DAY + 90) * DAY if place % 4 else None,
                   now - 3600, "192.0.2.17", None, 1)


def make_tokens(count):
    return [shaped() for _ in range(count)]


# ---- into the table


@contextlib.contextmanager
def written(rows):
    """A file as COPY and LOAD DATA read it, for the database's account too."""
    with tempfile.NamedTemporaryFile("w", prefix="jiratoken-bench.") as text:
        for row in rows:
            text.write("\t".join("\\N" if value is None else str(value)
                                 for value in row) + "\n")
        text.flush()
        os.chmod(text.name, 0o644)
        yield text.name


def fill_sqlite3(database, table, columns, rows):
    marks = ", ".join("?" * len(columns))
    with database.connect() as connection:
        connection.execute("PRAGMA cache_size = -1000000")
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def fill_pgsql(database, table, columns, rows):
    with written(rows) as path, database.session() as session, open(path) as text:
        session.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", text)
        session.execute(f"VACUUM ANALYZE {table}")


def fill_mysql(database, table, columns, rows):
    with written(rows) as path, database.session() as session:
        session.execute(f"LOAD DATA INFILE '{path}' INTO TABLE {table} "
                        f"({', '.join(columns)})")
        session.execute(f"ANALYZE TABLE {table}")


FILL = {"sqlite3": fill_sqlite3, "pgsql": fill_pgsql, "mysql": fill_mysql}


def make_tables(database, people, digest, kinds):
    """Of users_N and jiratoken_N those of these kinds, with a row for everybody."""
    for kind, columns in COLUMNS.items():
        if kind not in kinds:
            continue
        table = f"{kind}_{people.count}"
        if kind == "users":
            database.make_table(table, USERS.format(table=table))
        else:
            database.make_table(table)
        FILL[database.kind](database, table, columns, getattr(people, kind)(digest))
