# SPDX-License-Identifier: Apache-2.0
"""The figures in words, as soon as they are there, with the bars beside them:
what each must reach, and whether it has.
"""

import os
import platform
import statistics
import subprocess
import time

from places import MEGABYTES
from server import HTTPD
from variants import NAME_DBD, NAME_OPEN, NAME_UNCACHED

BAR_RATE = 0.95             # of mod_authn_dbd's requests a second
BAR_ROWS = 0.90             # of those with the fewest rows
BAR_INSTRUCTIONS = 1.15     # times mod_authn_dbd's, on SQLite
BAR_PAGE = 300_000
BAR_MEMORY = 1.01

NAMES = {"sqlite3": "SQLite", "pgsql": "PostgreSQL", "mysql": "MariaDB"}
SETTINGS = {
    "sqlite3": "WAL; it works inside httpd, so its CPU is httpd's",
    "pgsql": f"shared_buffers {MEGABYTES} MB, fsync and autovacuum off, over TCP on "
             "this machine",
    "mysql": f"innodb_buffer_pool_size {MEGABYTES} MB, log flushed once a second, "
             "over TCP on this machine",
}


def say(text=""):
    print(text, flush=True)


class Bars:
    """Those that were looked at, and the sentence about each that was missed."""

    def __init__(self):
        self.count = 0
        self.missed = []

    def judge(self, words, figure, bar, is_met):
        self.count += 1
        line = f"{words}: {figure} (bar: {bar}: {'met' if is_met else 'MISSED'})"
        if not is_met:
            self.missed.append(line)
        say(line)

    def sum_up(self):
        say(f"\n{self.count - len(self.missed)} of {self.count} bars met"
            + (", missed:" if self.missed else ""))
        for line in self.missed:
            say("  " + line)


def head(chosen):
    said = subprocess.run([HTTPD, "-v"], check=True, text=True, capture_output=True)
    version = said.stdout.split()[2]
    say(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {version} (event, one "
        f"child of 16 threads), {os.cpu_count()} cores, {platform.machine()}. wrk and "
        f"the databases share them.\nEach figure is the median of {chosen.rounds} rounds "
        f"in which all variants take turns of {chosen.seconds} s, with "
        f"{chosen.connections} connections kept alive and one file of 6 bytes.\n"
        f"Up to {chosen.tokens:,} tokens, or users with a password, ask in turn; each is "
        f"another user's.")


def begin_database(server):
    kind = server.database.kind
    version = server.sql("SELECT sqlite_version()" if kind == "sqlite3"
                         else "SELECT version()")[0][0]
    number = version.removeprefix("PostgreSQL ").split()[0]
    say(f"\n==== {NAMES[kind]} {number} ({SETTINGS[kind]})")


# ---- the check


def by_round(taken, what):
    return [getattr(one, what) for one in taken]


def ratios(above, below, what="rate"):
    """Round by round: what disturbs one disturbs its neighbour."""
    return [a / b for a, b in zip(by_round(above, what), by_round(below, what))]


def check_table(server, found):
    kind = server.database.kind
    say(f"\n{'the check':24}{'rows':>10}{'requests/s':>12}{'ratio':>7}"
        f"{'CPU us: httpd':>15}{'database':>10}{'both':>8}{'ratio':>7}")
    plain = found[server.place(NAME_OPEN)]
    cpu_plain = [one.httpd + one.database for one in plain]
    for place, taken in found.items():
        cpu = [one.httpd + one.database for one in taken]
        rows = f"{place.rows:,}" if place.rows else "-"
        database = statistics.median(by_round(taken, "database"))
        share = statistics.median(a / b for a, b in zip(cpu, cpu_plain))
        say(f"{place.name:24}{rows:>10}{statistics.median(by_round(taken, 'rate')):12,.0f}"
            f"{statistics.median(ratios(taken, plain)):7.2f}"
            f"{statistics.median(by_round(taken, 'httpd')):15.1f}"
            + (f"{'-':>10}" if kind == "sqlite3" else f"{database:10.1f}")
            + f"{statistics.median(cpu):8.1f}{share:7.2f}")
    others = [one.others for taken in found.values() for one in taken]
    say(f"Others took {statistics.median(others):.0%} of the machine in most turns, "
        f"{max(others):.0%} in the worst.\n")


def judge_rates(bars, words, above, below, bar):
    rounds = ratios(above, below)
    middle = statistics.median(rounds)
    bars.judge(words, f"{middle:.3f}, rounds {min(rounds):.3f} to {max(rounds):.3f}",
               f"at least {bar:.2f}", middle >= bar)


def check_bars(bars, server, found):
    kind = NAMES[server.database.kind]
    ours = [place for place in found if place.name == NAME_UNCACHED]
    for place in ours:
        judge_rates(bars, f"{kind}, {place.rows:,} rows, requests/s, {NAME_UNCACHED} : "
                    f"{NAME_DBD}", found[place],
                    found[server.place(NAME_DBD, place.rows)], BAR_RATE)
    fewest = ours[0]
    for place in ours[1:]:
        judge_rates(bars, f"{kind}, requests/s, {NAME_UNCACHED}, {place.rows:,} rows : "
                    f"{fewest.rows:,}", found[place], found[fewest], BAR_ROWS)


# ---- the rest


def memory(bars, server, early, late, many):
    bars.judge(f"{NAMES[server.database.kind]}, resident memory of httpd's warm children "
               f"before and after {many:,} more checks",
               f"{early:,} and {late:,} KiB", "equal within 1 %",
               late <= early * BAR_MEMORY)


def instructions(bars, server, counted):
    named = {place.name: number for place, number in counted.items()}
    say(f"\n{'httpd, for a request':24}{'instructions':>15}{'ratio':>8}")
    for name, number in named.items():
        say(f"{name:24}{number:15,.0f}{number / named[NAME_OPEN]:8.2f}")
    share = named[NAME_UNCACHED] / named[NAME_DBD]
    words = f"{NAMES[server.database.kind]}, instructions, {NAME_UNCACHED} : {NAME_DBD}"
    say()
    if server.database.kind == "sqlite3":
        bars.judge(words, f"{share:.3f}", f"at most {BAR_INSTRUCTIONS}",
                   share <= BAR_INSTRUCTIONS)
    else:
        say(f"{words}: {share:.3f} (what the database's server does is not in it)")


def page(bars, whole, database, empty):
    beyond = whole - empty
    bars.judge("page of 25 tokens, instructions beyond an empty response",
               f"{beyond:,.0f}, of these the database {database:,.0f}, all else "
               f"{beyond - database:,.0f}", f"below {BAR_PAGE:,}", beyond < BAR_PAGE)
