# SPDX-License-Identifier: Apache-2.0
"""How long an administrator's revocation takes on PostgreSQL: of a user's 25 tokens,
and of everything, while somebody goes on with a good token; without an audit table
and with one."""

import contextlib
import dataclasses
import http.client
import json
import os
import threading
import time

import many
from admin import Admin, mount
from auditing import use_audit
from databases import Databases
from measure import cpu_seconds
from server import Server, basic, shaped

MEGABYTES = 1024
USERS = 20
EACH = 25
PAUSE = .002        # of the good user, in seconds


@dataclasses.dataclass(frozen=True)
class Sweep:
    is_audited: bool
    users: list         # seconds, for all tokens of one
    rate: float         # tokens a second, of everything
    httpd: float        # CPU, in microseconds a token
    database: float
    p99: float          # of the good user meanwhile, in seconds
    asked: int          # as often
    load: float


class Good:
    """Asks again and again, until it is told to stop."""

    def __init__(self, server, token):
        self.headers = {"Authorization": basic("good", token)}
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.took, self.statuses, self.ends = [], set(), threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.ends.wait(PAUSE):
            begun = time.monotonic()
            self.connection.request("GET", "/files/hello.txt", headers=self.headers)
            answer = self.connection.getresponse()
            answer.read()
            self.took.append(time.monotonic() - begun)
            self.statuses.add(answer.status)

    def p99(self):
        return sorted(self.took)[len(self.took) * 99 // 100]


@contextlib.contextmanager
def asking(server, token):
    good = Good(server, token)
    good.thread.start()
    try:
        yield good
    finally:
        good.ends.set()
        good.thread.join()
        good.connection.close()


def revoke(admin, **members):
    """Seconds, by one request of the JSON interface, however long it takes."""
    begun = time.monotonic()
    answer = admin.call("POST", "/revoke", members, timeout=None)
    took = time.monotonic() - begun
    if answer.status != 200:
        raise RuntimeError(answer.text)
    return json.loads(answer.text)["revoked"], took


def of_user(server, admin, number):
    for nth in range(EACH):
        server.insert(f"token {nth}", f"of many {number}")
    revoked, took = revoke(admin, user=f"of many {number}")
    if revoked != EACH:
        raise RuntimeError(f"{revoked} of {EACH}")
    return took


def of_everything(server, admin, databases, is_audited, users):
    """The good user's token is the last one of all."""
    token = shaped()
    server.insert("good", "good", digest=server.digest(token))
    server.sql("VACUUM ANALYZE jiratoken")
    if server.check("good", token).status != 200:
        raise RuntimeError("the good token is none")
    pids = {name: (service.pids() if name == "database" else httpd_pids(server))
            for name, service in (("httpd", None), ("database", databases.service))}
    before = {name: cpu_seconds(found) for name, found in pids.items()}
    with asking(server, token) as good:
        revoked, took = revoke(admin, all=True, confirm="revoke everything")
    spent = {name: (cpu_seconds(found) - before[name]) / revoked * 1e6
             for name, found in pids.items()}
    if server.sql("SELECT count(*) FROM jiratoken")[0][0] or good.statuses - {200, 401}:
        raise RuntimeError(f"left: some; the good user saw {good.statuses}")
    return Sweep(is_audited, users, revoked / took, spent["httpd"], spent["database"],
                 good.p99(), len(good.took), os.getloadavg()[0])


def httpd_pids(server):
    found = [server.process.pid]
    for pid in found:
        with contextlib.suppress(OSError), \
                open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            found += map(int, text.read().split())
    return found


def of(module, count, is_audited):
    databases = Databases("pgsql", MEGABYTES)
    try:
        server = mount(Server(module, "event", databases))
        try:
            server.settings += "JiraTokenLastUsedInterval 0\nLogLevel notice\n"
            if is_audited:
                use_audit(server)
            many.fill(server.database, count)
            admin = Admin(server.start())
            users = [of_user(server, admin, number) for number in range(USERS)]
            return of_everything(server, admin, databases, is_audited, users)
        finally:
            server.close(failed=True)
    finally:
        databases.close()
