# SPDX-License-Identifier: Apache-2.0
"""The figures in words and tables, as soon as they are there."""

import collections
import os
import platform
import statistics
import subprocess
import time

from bars import NAMES, ratios, say
from measure import middle
from places import AUTHN_CACHE, MEGABYTES
from rows import FEW
from server import HTTPD
from variants import LONG, NAME_OPEN

SETTINGS = {
    "sqlite3": "WAL; it works inside httpd, so its CPU is httpd's",
    "pgsql": f"shared_buffers {MEGABYTES} MB, fsync and autovacuum off, over TCP on "
             "this machine",
    "mysql": f"innodb_buffer_pool_size {MEGABYTES} MB, log flushed once a second, "
             "over TCP on this machine",
}


def head(chosen):
    said = subprocess.run([HTTPD, "-v"], check=True, text=True, capture_output=True)
    version = said.stdout.split()[2]
    say(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, {version} (event, one "
        f"child of 16 threads), {os.cpu_count()} cores, {platform.machine()}. wrk and "
        f"the databases share them.\nEach figure is the median of {chosen.rounds} rounds "
        f"in which all variants take turns of {chosen.seconds} s, with "
        f"{chosen.connections} connections kept alive and one file of 6 bytes.\n"
        f"Up to {chosen.tokens:,} tokens, or users with a password, ask in turn; each is "
        f"another user's ({FEW} of them with mod_authn_socache, whose cache is shmcb of "
        f"{AUTHN_CACHE // 1024:,} KiB). Ours is JiraTokenCache shared, made for twice as "
        f"many tokens. Caches keep what is in them for {LONG:,} s; last use is not "
        "written.")


def begin_database(server):
    kind = server.database.kind
    version = server.sql("SELECT sqlite_version()" if kind == "sqlite3"
                         else "SELECT version()")[0][0]
    number = version.removeprefix("PostgreSQL ").split()[0]
    say(f"\n==== {NAMES[kind]} {number} ({SETTINGS[kind]})")


def crowd(server, crowd, found):
    say(f"\n{f'{crowd.connections} connections, {crowd.mutex}':34}{'requests/s':>12}"
        f"{'ratio':>8}{'CPU us':>9}{'p50 us':>9}{'p99 us':>9}   "
        f"(children: {crowd.children}, threads of each: {crowd.threads})")
    plain = found[server.place(NAME_OPEN)]
    for place, taken in found.items():
        say(f"{place.name:34}{middle(taken, 'rate'):12,.0f}"
            f"{statistics.median(ratios(taken, plain)):8.3f}{middle(taken, 'httpd'):9.1f}"
            f"{middle(taken, 'p50'):9,.0f}{middle(taken, 'p99'):9,.0f}")
    others = [one.others for taken in found.values() for one in taken]
    say(f"Others took {statistics.median(others):.0%} of the machine in most turns, "
        f"{max(others):.0%} in the worst.")


def calls(found):
    for mutex, named in found.items():
        say(f"\n{f'system calls a request, {mutex}':42}{'all':>8}  of these")
        for name, requests in named.items():
            sums = sum(requests, collections.Counter())
            say(f"{name:42}{sums.total() / len(requests):8.2f}  " + ", ".join(
                f"{call} {count / len(requests):.3g}" for call, count in sorted(sums.items())))
    say()


def use(use):
    say(f"\n{f'{use.tokens:,} tokens in use, {use.room}':46}{'requests/s':>12}{'CPU us':>9}"
        f"{'p50 us':>9}{'p99 us':>9}")
    for place, taken in use.found.items():
        say(f"{place.name:46}{middle(taken, 'rate'):12,.0f}{middle(taken, 'cpu'):9.1f}"
            f"{middle(taken, 'p50'):9,.0f}{middle(taken, 'p99'):9,.0f}")


def check(server, found):
    kind = server.database.kind
    say(f"\n{'the check':26}{'rows':>11}{'requests/s':>12}{'ratio':>10}"
        f"{'CPU us: httpd':>15}{'database':>10}{'both':>10}{'ratio':>10}"
        f"{'p50 us':>9}{'p99 us':>9}")
    plain = found[server.place(NAME_OPEN)]
    for place, taken in found.items():
        rows = f"{place.rows:,}" if place.rows else "-"
        database = "-" if kind == "sqlite3" else f"{middle(taken, 'database'):.1f}"
        say(f"{place.name:26}{rows:>11}{middle(taken, 'rate'):12,.0f}"
            f"{statistics.median(ratios(taken, plain)):10.3g}"
            f"{middle(taken, 'httpd'):15,.1f}{database:>10}{middle(taken, 'cpu'):10,.1f}"
            f"{statistics.median(ratios(taken, plain, 'cpu')):10.3g}"
            f"{middle(taken, 'p50'):9,.0f}{middle(taken, 'p99'):9,.0f}")
    others = [one.others for taken in found.values() for one in taken]
    say(f"Others took {statistics.median(others):.0%} of the machine in most turns, "
        f"{max(others):.0%} in the worst.\n")


def instructions(named):
    say(f"\n{'httpd, for a request':26}{'instructions':>15}{'ratio':>10}")
    for name, number in named.items():
        say(f"{name:26}{number:15,.0f}{number / named[NAME_OPEN]:10.4g}")
    say()


def floods(server, found):
    say(f"\n{'flood':30}{'beside a user':>24}{'401/s':>9}{'CPU us':>8}{'503':>6}"
        f"{'look-ups':>10}{'their p50 us':>14}{'p99 us':>9}")
    for (name, beside), taken in found.items():
        say(f"{name:30}{beside:>24}{middle(taken, 'rate'):9,.0f}"
            f"{middle(taken, 'httpd'):8.1f}{middle(taken, 'unavailable'):6,.0f}"
            f"{middle(taken, 'lookups'):10,.0f}"
            f"{statistics.median(one.good.p50 for one in taken):14,.0f}"
            f"{statistics.median(one.good.p99 for one in taken):9,.0f}")
    say("The CPU is httpd's, for a request of either.\n")


def listing(found, count):
    table, indexes = found.bytes
    say(f"\nThe administrators' list of {count:,} tokens (table {table / 1e9:.2f} GB, "
        f"indexes {indexes / 1e9:.2f} GB), load {found.load:.1f}: {len(found.all)} pages and "
        "counts were asked for. The slowest, in ms:")
    say(f"{'CPU':>8}{'warm':>8}{'EXPLAIN':>9}{'cold':>8}{'again':>8}{'blocks':>8}  what")
    for taken in found.slowest:
        say(f"{taken.warm:8.1f}{taken.waited:8.1f}{sum(time for time, _ in taken.explained):9.1f}"
            f"{taken.cold:8.1f}{taken.again:8.1f}"
            f"{sum(blocks for _, blocks in taken.explained):8,}  {taken.asked}"
            + (f" ({taken.tokens} tokens, and there are more)" if taken.is_short else ""))


def sweep(found, count):
    say(f"\nRevoking {count:,} tokens {'with' if found.is_audited else 'without'} an audit "
        f"table, load {found.load:.1f}: CPU us a token: httpd {found.httpd:.1f}, database "
        f"{found.database:.1f}")
