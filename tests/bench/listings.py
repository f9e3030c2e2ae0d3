# SPDX-License-Identifier: Apache-2.0
"""What the pages of the administrators' list cost a PostgreSQL with millions of
tokens: the statements that core/jt_listing.c runs, by tests/helpers/lister.c.

Each filter is asked by each sort in both orders: the first page, one from the
middle of the table, one from its end, and the count beside it. A page's time is
that of all its statements. Warm, it is the CPU that PostgreSQL's process took for
them, which other work on the machine makes longer by less than what the client
waits for; of some tries the least. Cold is what the client waits for after a new
start of the database, when nothing of its files is in memory.
"""

import base64
import contextlib
import dataclasses
import itertools
import os
import pathlib
import types

from databases import ROLE, Databases
from listing import SORTS, Lister
from many import MAX_IDLE, NOW, RARE_LABEL, RARE_USER, SEEN_SINCE, fill

MEGABYTES = 2048    # of the database, which cannot hold ten million tokens in it
TRIES = 3
PLACES = (.5, .99999)
COLD = 10           # pages, the slowest of the warm ones

FILTERS = [
    {}, {"user": "user00000123"}, {"user": RARE_USER}, {"user": "nobody"},
    {"label": "git"}, {"label": RARE_LABEL}, {"label": "git no. 500"},
    *({"state": state} for state in ("active", "expires-soon", "expired", "idle",
                                     "owner-not-seen")),
    *({"restriction": kind} for kind in ("unrestricted", "restricted", "read", "areas",
                                         "from")),
    {"unused": "90"}, {"unused": "699"}, {"unused": "1200"}, {"expiring": "1"},
    {"expiring": "30"}, {"expired": "30"}, {"expired": "1250"}, {"expiry": "never"},
    {"state": "active", "unused": "90"}, {"state": "active", "restriction": "from"},
    {"label": "ci", "restriction": "from"}, {"label": RARE_LABEL, "expiring": "365"},
    {"user": RARE_USER, "state": "active"}, {"expiring": "30", "unused": "90"},
    {"expiry": "never", "unused": "699"}, {"state": "idle", "restriction": "read"},
    {"state": "active", "unused": "300", "label": "ci"},
]


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request of the list, or of the count beside it."""

    wanted: dict
    sort: str = "user"
    descending: int = 0
    place: str = "first"
    after: str = ""
    act: str = "read"

    def __str__(self):
        wanted = "&".join(f"{name}={value}" for name, value in self.wanted.items())
        if self.act == "count":
            return f"count of {wanted or 'everything'}"
        return (f"{self.place} page of {wanted or 'everything'} by {self.sort} "
                f"{'desc' if self.descending else 'asc'}")

    def ask(self, lister):
        more = {"after": self.after} if self.after else {}
        return lister.get(self.act, filter=self.wanted, sort=self.sort,
                          descending=self.descending, max_idle=MAX_IDLE,
                          owners="jiratoken_owners", seen_since=SEEN_SINCE, now=NOW,
                          **more)


@dataclasses.dataclass
class Taken:
    asked: Asked
    warm: float             # milliseconds of CPU
    waited: float           # of the client, the least
    statements: list
    tokens: int
    is_last: bool
    cold: float = 0
    again: float = 0        # right after it
    explained: tuple = ()

    @property
    def is_short(self):
        """It has fewer tokens than a page, and says that there are more."""
        return self.asked.act == "read" and self.tokens < 100 and not self.is_last


def make_cursor(row, sort, descending):
    """As core/jt_cursor.c writes it. row: id, the sort's value, label."""
    number, key, label = row
    key, tie = ("", "") if key is None else (str(key), label if sort == "user" else "")
    letter = {"user": "u", "label": "l", "created": "c", "expires": "e", "used": "x"}[sort]
    plain = (f"{letter}{'ad'[descending]}{'v' if key else 'n'}{number} {len(key)} "
             f"{len(tie)} {key}{tie}")
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def places(database, count, sort):
    """Cursors in the middle and at the end, of both orders."""
    column = SORTS[sort]
    tie = "label" if sort == "user" else "id"
    for part in PLACES:
        [row] = database.sql(
            f"SELECT id, {column}, label FROM jiratoken JOIN (SELECT id AS k FROM jiratoken "
            f"ORDER BY {column}, {tie} OFFSET {int(count * part)} LIMIT 1) x ON id = k")
        yield ("middle" if part == .5 else "last"), 0, make_cursor(row, sort, 0)
        if part == .5:
            yield "middle", 1, make_cursor(row, sort, 1)


def questions(database, count):
    for wanted in FILTERS:
        yield Asked(wanted, act="count")
    for sort in SORTS:
        known = list(places(database, count, sort))
        for wanted, descending in itertools.product(FILTERS, (0, 1)):
            yield Asked(wanted, sort, descending)
            for place, way, cursor in known:
                if way == descending:
                    yield Asked(wanted, sort, descending, place, cursor)


def take(place, asked):
    spent, waited = [], []
    for _ in range(TRIES):
        before = place.cpu()
        answer = asked.ask(place.lister)
        spent.append(place.cpu() - before)
        waited.append(answer["microseconds"] / 1000)
    return Taken(asked, min(spent), min(waited), answer["statements"],
                 len(answer.get("tokens", ())), answer.get("next") is None)


class Place:
    """A database with so many tokens, and the program that asks it."""

    def __init__(self, builddir, databases, count):
        self.builddir = builddir
        self.service = databases
        self.database = databases(pathlib.Path(builddir))
        fill(self.database, count)
        self.lister = None
        self.begin()

    def begin(self):
        self.lister = Lister(self.builddir / ".libs/mod_jiratoken.so", self.database)
        self.lister.get(filter={"user": "nobody"})
        [[self.pid]] = self.database.sql(
            f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}'")

    def cpu(self):
        """Milliseconds that the process has had which serves the lister."""
        with open(f"/proc/{self.pid}/schedstat", encoding="ascii") as text:
            return int(text.read().split()[0]) / 1e6

    def forget(self):
        """All that is in memory of the tables, in the database's and in Linux's."""
        service = self.service.service
        self.lister.close()
        self.database.sql("CHECKPOINT")
        self.database.hang_up()
        service.stop()
        for path in (service.folder / "data").rglob("*"):
            if path.is_file():
                with open(path, "rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        service.start()
        self.begin()

    def explain(self, statement):
        """Milliseconds of planning and execution, by the database's own clock; and
        the blocks that it touched."""
        [[[said]]] = self.database.sql(
            "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + statement)
        plan = said["Plan"]
        return (said["Planning Time"] + said["Execution Time"],
                plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

    def close(self):
        self.lister.close()
        self.database.close()


@contextlib.contextmanager
def filled(builddir, count):
    databases = Databases("pgsql", MEGABYTES)
    try:
        place = Place(pathlib.Path(builddir).resolve(), databases, count)
        try:
            yield place
        finally:
            place.close()
    finally:
        databases.close()


def of(builddir, count):
    """Everything that was asked, the slowest first; of the slowest, with the time
    after a cold start, and what EXPLAIN says of it."""
    with filled(builddir, count) as place:
        found = [take(place, asked) for asked in questions(place.database, count)]
        load = os.getloadavg()[0]
        found.sort(key=lambda taken: -taken.warm)
        slowest = [next((one for one in found if one.asked.act == "read"))]
        slowest += [one for one in found if one not in slowest][:COLD]
        for taken in slowest:
            taken.explained = [place.explain(one) for one in taken.statements]
        for taken in slowest:
            place.forget()
            taken.cold, taken.again = (
                taken.asked.ask(place.lister)["microseconds"] / 1000 for _ in range(2))
        return types.SimpleNamespace(
            all=found, slowest=slowest, load=load,
            bytes=place.database.sql("SELECT pg_table_size('jiratoken'), "
                                     "pg_indexes_size('jiratoken')")[0])
