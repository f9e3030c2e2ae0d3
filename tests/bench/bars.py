# SPDX-License-Identifier: Apache-2.0
"""What each figure must reach, and whether it has. What a bar compares was
measured in turns: the ratio is taken round by round, and of these the median.
"""

import collections
import statistics

from variants import (NAME_BCRYPT, NAME_CACHED, NAME_DBD, NAME_FILE, NAME_OPEN,
                      NAME_SOCACHE, NAME_UNCACHED)

RATE_OF_DBD = 0.95              # requests/s, uncached, on each database
RATE_OF_DBD_CACHED = 1.5        # on PostgreSQL
RATE_OF_BCRYPT = 500
RATE_OF_OPEN = 0.95             # cached, of the unprotected file
RATE_OF_PEERS = 1.0             # of mod_authn_socache + dbd, and of SHA-1 in a file
RATE_BEYOND = 0.95              # more tokens than the table has room for, of uncached
HITS = 0.98                     # of the checks, where it was made for as many
CPU_OF_SOCACHE = 1.05
RATE_OF_FEWEST_ROWS = 0.90
INSTRUCTIONS_OF_DBD = 1.15      # uncached, on SQLite
INSTRUCTIONS_CACHED = 1.32      # of the unprotected file's
INSTRUCTIONS_AIM = 1.27
INSTRUCTIONS_REFUSED = 1.15     # of a 401 without credentials
INSTRUCTIONS_BESIDE = 1.01
PAGE = 300_000
FOUND = 1.0                     # seconds, on PostgreSQL
PAGE_OF_MANY = 50               # milliseconds of the database, of an administrator's page
OF_USER = 0.1                   # seconds
EVERYTHING = 50_000             # tokens a second
USUAL_CALLS = 0.99              # of the requests: httpd's own threads wait for each other, too
MEMORY = 1.01                   # "equal", of resident memory
GOOD_P99 = 50_000               # microseconds

NAMES = {"sqlite3": "SQLite", "pgsql": "PostgreSQL", "mysql": "MariaDB"}


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


def ratios(above, below, what="rate"):
    """Round by round: what disturbs one disturbs its neighbour."""
    return [getattr(a, what) / getattr(b, what) for a, b in zip(above, below, strict=True)]


def judge_rounds(bars, words, rounds, *, least=None, most=None):
    middle = statistics.median(rounds)
    bars.judge(words, f"{middle:.3f}, rounds {min(rounds):.3f} to {max(rounds):.3f}",
               f"at least {least:,}" if least else f"at most {most:,}",
               middle >= least if least else middle <= most)


def uncached(bars, server, found):
    kind = NAMES[server.database.kind]
    for place in found:
        if place.name == NAME_UNCACHED:
            judge_rounds(bars, f"{kind}, {place.rows:,} rows, requests/s, {NAME_UNCACHED} : "
                         f"{NAME_DBD}", ratios(
                             found[place], found[server.place(NAME_DBD, place.rows)]),
                         least=RATE_OF_DBD)


def rows(bars, server, found):
    kind = NAMES[server.database.kind]
    for place in found:
        if place.name in (NAME_UNCACHED, NAME_CACHED):
            fewest = server.place(place.name)
            if place is not fewest:
                judge_rounds(bars, f"{kind}, requests/s, {place.name}, {place.rows:,} rows "
                             f": {fewest.rows:,}", ratios(found[place], found[fewest]),
                             least=RATE_OF_FEWEST_ROWS)


def cached(bars, server, found):
    kind = server.database.kind
    ours = found[server.place(NAME_CACHED)]
    judge_rounds(bars, f"{NAMES[kind]}, CPU of a request, {NAME_CACHED} : {NAME_SOCACHE}",
                 ratios(ours, found[server.place(NAME_SOCACHE)], "cpu"),
                 most=CPU_OF_SOCACHE)
    if kind == "pgsql":
        judge_rounds(bars, f"{NAMES[kind]}, requests/s, {NAME_CACHED} : {NAME_DBD}",
                     ratios(ours, found[server.place(NAME_DBD)]), least=RATE_OF_DBD_CACHED)
    judge_rounds(bars, f"{NAMES[kind]}, requests/s, {NAME_CACHED} : {NAME_BCRYPT}",
                 ratios(ours, found[server.place(NAME_BCRYPT)]), least=RATE_OF_BCRYPT)


def check(bars, server, found):
    uncached(bars, server, found)
    cached(bars, server, found)
    rows(bars, server, found)


def crowd(bars, server, crowd, found):
    words = (f"{crowd.mutex}, {crowd.children} x {crowd.threads} threads, "
             f"{crowd.connections} connections")
    ours = found[server.place(NAME_CACHED)]
    for name, least in ((NAME_OPEN, RATE_OF_OPEN), (NAME_SOCACHE, RATE_OF_PEERS),
                        (NAME_FILE, RATE_OF_PEERS)):
        judge_rounds(bars, f"{words}, requests/s, {NAME_CACHED} : {name}",
                     ratios(ours, found[server.place(name)]), least=least)


def usual(calls):
    """(the system calls of most requests, the share of those)"""
    [(most, count)] = collections.Counter(
        frozenset(one.items()) for one in calls).most_common(1)
    return dict(most), count / len(calls)


def calls(bars, found):
    for mutex, named in found.items():
        (ours, share), (theirs, _) = (usual(named[name]) for name in (NAME_CACHED, NAME_OPEN))
        bars.judge(f"{mutex}, system calls a request, {NAME_CACHED} : {NAME_OPEN}",
                   f"{sum(ours.values())} : {sum(theirs.values())}, so in {share:.1%} of ours",
                   f"the same calls, in {USUAL_CALLS:.0%}",
                   ours == theirs and share >= USUAL_CALLS)


def use(bars, use):
    words = f"{use.tokens:,} tokens in use, {use.room}"
    checks, lookups = use.counts["Checks"], use.counts["Lookups"]
    (peer, theirs), (_, ours) = use.found.items()
    if not use.memory:
        hits = use.counts["CacheHits"] / checks
        bars.judge(f"{words}, answered from the cache", f"{hits:.2%}",
                   f"at least {HITS:.0%}", hits >= HITS)
    else:
        bars.judge(f"{words}, of {checks:,} checks looked up, and answered 503",
                   f"{lookups:,}, {use.counts['Unavailable']}", "one look-up each at most",
                   lookups <= checks and not use.counts["Unavailable"])
        (early, shared_early), (late, shared_late) = use.memory
        bars.judge(f"{words}, resident memory of httpd's child after a fifth of them and "
                   "after all", f"{early:,} and {late:,} KiB", "equal within 1 %",
                   late <= early * MEMORY)
        bars.judge(f"{words}, shared memory after as many",
                   f"{shared_early:,} and {shared_late:,} KiB", "equal",
                   shared_early == shared_late)
    judge_rounds(bars, f"{words}, requests/s, {NAME_CACHED} : {peer.name}",
                 ratios(ours, theirs), least=RATE_BEYOND if use.memory else RATE_OF_OPEN)


def memory(bars, server, early, late, many):
    bars.judge(f"{NAMES[server.database.kind]}, uncached, resident memory of httpd's warm "
               f"child before and after {many:,} more checks",
               f"{early:,} and {late:,} KiB", "equal within 1 %", late <= early * MEMORY)


def growth(bars, server, found, few, many):
    kind = NAMES[server.database.kind]
    (early, shared_early), (late, shared_late) = found
    bars.judge(f"{kind}, cached, resident memory of httpd's child after {few:,} and after "
               f"{many:,} checks", f"{early:,} and {late:,} KiB", "equal within 1 %",
               late <= early * MEMORY)
    bars.judge(f"{kind}, shared memory, in which the cache is, after as many",
               f"{shared_early:,} and {shared_late:,} KiB", "equal",
               shared_early == shared_late)


def instructions(bars, server, named):
    kind = server.database.kind
    share = named[NAME_UNCACHED] / named[NAME_DBD]
    words = f"{NAMES[kind]}, instructions, {NAME_UNCACHED} : {NAME_DBD}"
    if kind == "sqlite3":
        bars.judge(words, f"{share:.3f}", f"at most {INSTRUCTIONS_OF_DBD}",
                   share <= INSTRUCTIONS_OF_DBD)
    else:
        say(f"{words}: {share:.3f} (what the database's server does is not in it)")
    share = named[NAME_CACHED] / named[NAME_OPEN]
    bars.judge(f"{NAMES[kind]}, instructions, {NAME_CACHED} : {NAME_OPEN}", f"{share:.3f}",
               f"at most {INSTRUCTIONS_CACHED}, aim {INSTRUCTIONS_AIM}",
               share <= INSTRUCTIONS_CACHED)


def refusals(bars, plain, mistyped):
    share = mistyped / plain
    bars.judge("instructions of a 401, token with a wrong checksum : no credentials",
               f"{mistyped:,.0f} : {plain:,.0f} = {share:.3f}",
               f"at most {INSTRUCTIONS_REFUSED}", share <= INSTRUCTIONS_REFUSED)


def session(bars, bare, beside):
    share = beside / bare
    bars.judge("instructions of a signed-in person's request, JiraTokenAccept On "
               ": without the module",
               f"{beside:,.0f} : {bare:,.0f} = {share:.4f}",
               f"at most {INSTRUCTIONS_BESIDE}", share <= INSTRUCTIONS_BESIDE)


def page(bars, whole, database, empty):
    for words, count in (("", whole - empty), (", but for the database's", whole - empty
                                                                           - database)):
        bars.judge(f"page of 25 tokens, instructions beyond an empty response{words}",
                   f"{count:,.0f}", f"below {PAGE:,}", count < PAGE)


def floods(bars, server, found):
    kind = NAMES[server.database.kind]
    for (name, beside), taken in found.items():
        p99 = statistics.median(one.good.p99 for one in taken)
        bars.judge(f"{kind}, flood of {name}, p99 of a good user, {beside}",
                   f"{p99 / 1000:.2f} ms", f"below {GOOD_P99 / 1000:.0f} ms",
                   p99 < GOOD_P99)
        if "checksum" in name and beside == NAME_CACHED:
            asked = sum(one.lookups for one in taken)
            bars.judge(f"{kind}, flood of {name}, look-ups in the database", f"{asked}",
                       "none", not asked)


def revocations(bars, kind, number, unused, let_in, late):
    bars.judge(f"{NAMES[kind]}, {number:,} tokens created, used, revoked, used, eight "
               "children and requests in flight: not let in at first, let in at last, let "
               "in among the others'", f"{unused}, {let_in}, {late}", "none",
               not (unused or let_in or late))


def found(bars, kind, number, rounds):
    middle = statistics.median(rounds)
    bars.judge(f"{NAMES[kind]}, {number:,} found tokens revoked by one request",
               f"{middle:.2f} s, rounds {min(rounds):.2f} to {max(rounds):.2f}",
               f"below {FOUND:.0f} s", middle < FOUND)


def listing(bars, found, count):
    pages = [taken for taken in found.all if taken.asked.act == "read"]
    counts = [taken for taken in found.all if taken.asked.act == "count"]
    for words, some in ((f"{len(pages)} pages", pages), (f"{len(counts)} counts", counts)):
        worst = max(some, key=lambda taken: taken.warm)
        bars.judge(f"PostgreSQL, {count:,} tokens, the slowest of {words} of administrators' "
                   f"lists, CPU of the database ({worst.asked})", f"{worst.warm:.1f} ms",
                   f"below {PAGE_OF_MANY} ms", worst.warm < PAGE_OF_MANY)


def sweep(bars, found, count):
    words = f"PostgreSQL, {count:,} tokens, {'with' if found.is_audited else 'without'} an " \
            "audit table"
    middle = statistics.median(found.users)
    bars.judge(f"{words}, all 25 of a user's revoked by an administrator",
               f"{middle * 1000:.1f} ms, {min(found.users) * 1000:.1f} to "
               f"{max(found.users) * 1000:.1f}", f"below {OF_USER * 1000:.0f} ms",
               middle < OF_USER)
    figure = f"{found.rate:,.0f}"
    if found.is_audited:    # two rows more are written for each
        say(f"{words}, everything revoked, tokens a second: {figure}")
    else:
        bars.judge(f"{words}, everything revoked, tokens a second", figure,
                   f"at least {EVERYTHING:,}", found.rate >= EVERYTHING)
    bars.judge(f"{words}, p99 of a good user meanwhile, of {found.asked} requests",
               f"{found.p99 * 1000:.2f} ms", f"below {GOOD_P99 / 1000:.0f} ms",
               found.p99 * 1e6 < GOOD_P99)
