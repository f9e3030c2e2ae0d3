# SPDX-License-Identifier: Apache-2.0
"""The httpd that is measured: a virtual host for each variant with each number
of rows, and one pool of database connections for all of them.
"""

import contextlib
import dataclasses
import re
import subprocess

from databases import Databases
from rows import People, make_tables
from server import PASSWORDS, Server, basic
from services import free_port
from variants import COSTS, USUAL, VARIANTS, Variant

MEGABYTES = 1024    # of the database servers, so that a million rows fit
AUTHN_CACHE = 16 << 20      # bytes, of mod_authn_socache

# Locks of httpd's modules: as Debian has them, and as APR does without a word.
MUTEXES = {"Mutex file:": 'Mutex "file:{root}/logs" default\n', "APR's default": ""}


@dataclasses.dataclass(frozen=True)
class Tuning:
    """What a part may have otherwise. One child is the rule: over several, chance
    would spread the few connections of each turn, and the rate goes by that."""

    children: int = 1
    threads: int = 16       # of each
    mutex: str = "APR's default"
    cache: str = ""         # of JiraTokenCache; as many as all places have, and more


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """A variant with a number of rows."""

    variant: Variant
    rows: int       # 0: it has no table
    url: str
    headers: tuple      # Authorization, in turn; empty for none

    @property
    def name(self):
        return self.variant.name


def host(port, variant, rows, root):
    guard = f"""
    <Location "/{variant.path}">
        AuthType Basic
        AuthName "{variant.path}"
        Require valid-user
        {variant.says.format(rows=rows, root=root)}
    </Location>""" if variant.says else ""
    return f"""
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
    {variant.host.format(rows=rows, root=root)}
    {guard}
</VirtualHost>
"""


def headers(variant, people):
    if variant.sends == "nothing":
        return ()
    if variant.sends == "alice":
        return (basic("alice", PASSWORDS["alice"]),)
    return tuple(getattr(people, variant.sends)())


class Bench(Server):
    """With `places`, in the order in which they are asked in turn."""

    def sizes(self):
        children, threads = self.tuning.children, self.tuning.threads
        return (f"StartServers {children}\nServerLimit {children}\n"
                f"ThreadsPerChild {threads}\nThreadLimit {threads}\n"
                f"MaxRequestWorkers {children * threads}\nMinSpareThreads 1\n"
                f"MaxSpareThreads {children * threads}")

    def tune(self, tuning):
        """From the next start on. Half of 16 threads may ask the database, however
        many there are."""
        self.tuning = tuning
        self.settings = ("LogLevel warn\nMaxKeepAliveRequests 0\n"
                         "JiraTokenLastUsedInterval 0\nJiraTokenDatabaseLimit 8\n"
                         f"JiraTokenCache {tuning.cache or self.cache}\n"
                         + MUTEXES[tuning.mutex].format(root=self.root))
        if "authn_socache" in self.modules:
            self.settings += ("AuthnCacheSOCache "
                              f'"shmcb:{self.root}/logs/authn({AUTHN_CACHE})"\n')
        self.write_configuration()

    def prepare(self, sizes, tokens, variants=VARIANTS):
        """sizes: the numbers of rows."""
        self.modules += ["status", *dict.fromkeys(
            name for variant in variants for name in variant.modules)]
        self.cache = f"shared({max(USUAL, 2 * len(tokens) * len(sizes))})"
        self.locations = '<Location "/status">\nSetHandler server-status\n</Location>\n'
        self.places = []
        self._make_documents()
        for rows in sizes:
            people = People(rows, tokens)
            make_tables(self.database, people, self.digest,
                        {variant.table for variant in variants})
            for variant in variants:
                if variant.by_rows or rows == sizes[0]:
                    self._add(variant, people)
        # Those with equally many rows take turns one right after the other.
        self.places.sort(key=lambda place: place.rows)
        self.tune(Tuning())

    def _make_documents(self):
        for variant in VARIANTS:
            folder = self.root / "docs" / variant.path
            folder.mkdir(exist_ok=True)
            (folder / "hello.txt").write_text("hello\n")
        for cost in COSTS:
            subprocess.run(["htpasswd", "-c", "-i", "-B", "-C", str(cost),
                            self.root / f"users{cost}", "alice"], check=True, text=True,
                           input=PASSWORDS["alice"], stderr=subprocess.DEVNULL)

    def counts(self):
        """What the module has counted, by its name in mod_status."""
        text = self.get("/status?auto").text
        return {name: int(number) for name, number in
                re.findall(r"^JiraToken(\w+): (\d+)$", text, re.M)}

    def _add(self, variant, people):
        port = free_port()
        self.locations += host(port, variant, people.count, self.root)
        self.places.append(Place(variant, people.count if variant.by_rows else 0,
                                 f"http://127.0.0.1:{port}/{variant.path}/hello.txt",
                                 headers(variant, people)))

    def place(self, name, rows=None):
        """The variant of this name, with the fewest rows where none are said."""
        return next(place for place in self.places if place.name == name
                    and rows in (None, place.rows))


@contextlib.contextmanager
def prepared(module, kind, sizes, tokens, variants=VARIANTS):
    """The server, not yet running, and its database; gone afterwards."""
    databases = Databases(kind, MEGABYTES)
    try:
        server = Bench(module, "event", databases)
        try:
            server.prepare(sizes, tokens, variants)
            yield server
        finally:
            server.close(failed=True)
    finally:
        databases.close()
