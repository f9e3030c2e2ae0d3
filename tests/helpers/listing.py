# SPDX-License-Identifier: Apache-2.0
"""core/jt_listing.h on a database of a test's, by the program lister.c; tables of
many rows, and what a list of them has to be."""

import contextlib
import json
import pathlib
import random
import re
import subprocess

DAY = 86400
NOW = 1790000000
COLUMNS = ("user_name", "slot", "label", "digest", "created_at", "expires_at",
           "last_used_at", "restrictions")
SORTS = {"user": "user_name", "label": "label", "created": "created_at",
         "expires": "expires_at", "used": "last_used_at"}


class Lister:
    """As httpd's role, on a connection of its own."""

    def __init__(self, module, database, table="jiratoken"):
        program = pathlib.Path(module).resolve().parents[1] / "tests/helpers/lister"
        said = database.directives()
        params = re.search(r'(?m)^DBDParams +"?([^"\n]+)', said)[1]
        first = re.search(r'(?m)^DBDInitSQL +"([^"\n]+)', said)
        self.process = subprocess.Popen(
            [program, database.kind, params, table, *([first[1]] if first else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, act="read", **question):
        """The whole answer, perhaps with an error or a fault."""
        question = {"do": act, "now": NOW, "limit": 100, **question}
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the program has ended"
        return json.loads(answer)

    def get(self, act="read", **question):
        answer = self.ask(act, **question)
        assert "error" not in answer and "fault" not in answer, answer
        return answer

    def pages(self, between=lambda: None, start=None, **question):
        """Each page's tokens, to the last. start: a cursor."""
        after = start
        for _ in range(10000):
            answer = self.get(**question, **({"after": after} if after else {}))
            yield answer["tokens"]
            after = answer["next"]
            if not after:
                return
            between()
        raise AssertionError("the list has no end")

    def all(self, **question):
        return [token for page in self.pages(**question) for token in page]

    def taken(self, between=lambda: None, **question):
        """All that match, by their ids."""
        reached, found = 0, []
        while reached is not None:
            answer = self.get("take", after_id=reached, **question)
            found += answer["tokens"]
            assert answer["reached"] is None or answer["reached"] > reached
            reached = answer["reached"]
            between()
        return found

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextlib.contextmanager
def lister(server, table="jiratoken"):
    made = Lister(server.module, server.database, table)
    try:
        yield made
    finally:
        made.close()


# ---- rows


def fill(database, rows):
    """Put dicts of COLUMNS into the table; each gets its id."""
    values = [[row[name] for name in COLUMNS] for row in rows]
    into = f"INSERT INTO jiratoken ({', '.join(COLUMNS)}) VALUES "
    marks = f"({', '.join('?' * len(COLUMNS))})"
    if database.kind == "sqlite3":
        with database.connect() as connection:
            connection.execute("BEGIN")
            connection.executemany(into + marks, values)
            connection.execute("COMMIT")
    elif database.kind == "pgsql":
        from psycopg2.extras import execute_values
        with database.session() as session:
            execute_values(session, into + "%s", values, page_size=1000)
    else:
        with database.session() as session:
            session.executemany(into + marks.replace("?", "%s"), values)
    ids = {digest: row for row, digest in database.sql("SELECT id, digest FROM jiratoken")}
    for row in rows:
        row["id"] = ids[row["digest"]]
    return rows


def analyze(database):
    statement = {"mysql": "ANALYZE TABLE jiratoken", "pgsql": "VACUUM ANALYZE jiratoken",
                 "sqlite3": "ANALYZE"}
    database.sql(statement[database.kind])


def make_rows(number, seed=1):
    """Rows with many that are equal, and every kind of date there is."""
    chance = random.Random(seed)

    def when(first, last, none):
        if chance.random() < none:
            return None
        return NOW + chance.randrange(first, last) * DAY // 4
    return [{
        "user_name": f"user{n // 5:05}", "slot": n % 5,
        "label": chance.choice(("ci", "git", "é", "git push", "Git")) + (
            f" {n % 5}" if n % 3 else f" no. {n}"),
        "digest": f"{n:064x}",
        "created_at": when(-4000, 1, .1),
        "expires_at": when(-800, 1600, .3),
        "last_used_at": when(-3000, 1, .3),
        "restrictions": chance.choice((None,) * 9 + (
            "read", "areas=git", "read areas=git from=10.0.0.0/8", "from=10.0.0.0/8")),
    } for n in range(number)]


# ---- what a list has to be


def unused_since(row):
    """None: it has no date."""
    return max((at for at in (row["last_used_at"], row["created_at"]) if at is not None),
               default=None)


def state_of(row, max_idle):
    ends, since = row["expires_at"], unused_since(row)
    if ends is not None and ends <= NOW:
        return "expired"
    if max_idle and since is not None and NOW - since >= max_idle * DAY:
        return "idle"
    return "expires-soon" if ends is not None and ends <= NOW + 7 * DAY else "active"


def words(row):
    return f" {row['restrictions'] or ''} "


MATCHES = {
    "user": lambda row, value, _: row["user_name"] == value,
    "label": lambda row, value, _: row["label"].startswith(value),
    "state": lambda row, value, idle: state_of(row, idle) == value,
    "unused": lambda row, value, _: all(at is None or at <= NOW - int(value) * DAY for at in
                                        (row["last_used_at"], row["created_at"])),
    "expiring": lambda row, value, _: row["expires_at"] is not None
    and NOW < row["expires_at"] <= NOW + int(value) * DAY,
    "expired": lambda row, value, _: row["expires_at"] is not None
    and row["expires_at"] <= NOW - int(value) * DAY,
    "expiry": lambda row, value, _: row["expires_at"] is None,
    "restriction": lambda row, value, _: {
        "restricted": row["restrictions"] is not None,
        "unrestricted": row["restrictions"] is None, "read": " read " in words(row),
        "areas": " areas=" in words(row), "from": " from=" in words(row)}[value],
}


def matching(rows, wanted, max_idle=0):
    return [row for row in rows if all(MATCHES[name](row, value, max_idle)
                                       for name, value in wanted.items())]


def in_order(rows, sort, descending=False):
    """Their ids."""
    def key(row):
        value = row[SORTS[sort]]
        tie = row["label"].encode() if sort == "user" else row["id"]
        return (value is None, value.encode() if isinstance(value, str) else value or 0, tie)
    return [row["id"] for row in sorted(rows, key=key, reverse=descending)]


def ids(tokens):
    return [token["id"] for token in tokens]
