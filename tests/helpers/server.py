# SPDX-License-Identifier: Apache-2.0
"""A private httpd with the module in it, for one test.

It has its own ServerRoot, port, key, table and users, runs its children as an
unprivileged account, and is stopped by its own pid. When it stops, its log is
read: an unexpected warning or error fails the test, and so does any token that
was given out and stands in a log.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time
import urllib.parse
import zlib

import crashes
from databases import SQLite
from services import free_port
from sockets import count_connections

TOP = pathlib.Path(__file__).resolve().parents[2]
TOKEN = re.compile(r"\b[a-z0-9]{2,16}_[0-9A-Za-z]{49}\b")
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
HANGS = 60      # seconds after which whatever is waited for will not come
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PASSWORDS = {"alice": "wonderland", "bob": "builder", "carol": "pass:word"}

# What httpd itself says when it refuses somebody, as it should.
ORDINARY = (
    r"jiratoken:warn\].* token refused: reason=",   # so does this module
    r"AH01614:", r"AH01617:", r"AH01618:", r"AH01630:", r"AH00489:", r"AH00094:",
    r"AH00163:", r"AH00558:", r"AH00169:", r"AH00493:", r"AH00170:",
    r"AH10159:", r"AH00484:", r"AH03490:",      # that ours is a small server;
    r"AH00286:", r"AH00287:",                   # so says the worker MPM
)

# On SIGTERM an event child frees at once what its own threads still use
# (2.4.71, ap_queue_info_free_idle_pools). A crash is forgiven if it is known to
# have happened outside the module. test_jiratoken.py looks at the end itself.
ENDING = re.compile(r"AH00468: |AH0309[23]: ")
CRASH_AT_THE_END = re.compile(r"AH00052: child pid (\d+) exit signal Segmentation fault")


def apxs(name):
    return subprocess.run(["apxs", "-q", name], check=True, text=True,
                          capture_output=True).stdout.strip()


MODULES = pathlib.Path(apxs("LIBEXECDIR"))
HTTPD = pathlib.Path(apxs("SBINDIR")) / apxs("PROGNAME")


class Answer:
    """A response, with its headers as a list of pairs in lower case."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = [(name.lower(), value) for name, value in headers]
        self.body = body

    def get(self, name):
        """The value of a header, or None; several are joined by commas."""
        values = [v for n, v in self.headers if n == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    def without_date(self):
        return (self.status, [h for h in self.headers if h[0] != "date"], self.body)


class Server:
    """databases: what makes its database, out of the folder for a file. With
    twin_of, a second httpd of that one: the same table, key and users."""

    def __init__(self, module, mpm="event", databases=SQLite, twin_of=None):
        self.module = pathlib.Path(module)
        self.mpm = mpm
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-test."))
        self.root.chmod(0o755)
        self.port = free_port()
        self.process = None
        self.tokens = []
        self.expected = list(ORDINARY)
        self.endings = set()
        self.crashes = self.root / "logs" / "crashes"
        self.environment = {}
        self.ahead = 0          # of the machine's clock, in seconds
        self.modules = ["unixd", "authn_core", "authn_file", "authz_core",
                        "authz_user", "authz_host", "alias", "dir", "mime", "env",
                        "auth_basic", "dbd"]
        self.settings = ""      # server level
        self.locations = ""     # more of the configuration
        self.key = twin_of.key if twin_of else secrets.token_hex(32)
        self._make_files()
        self.database = twin_of.database if twin_of else databases(self.root / "data")
        self.is_twin = twin_of is not None
        self.give(self.root / "data")

    # ---- the folder

    def _make_files(self):
        for name in ("data", "docs/open", "docs/files", "docs/chain", "logs"):
            (self.root / name).mkdir(parents=True)
        for place in ("open", "files", "chain"):
            (self.root / "docs" / place / "hello.txt").write_text("hello\n")
        self.write_key(self.key)
        lines = []
        for user, password in PASSWORDS.items():
            digest = base64.b64encode(hashlib.sha1(password.encode()).digest())
            lines.append(f"{user}:{{SHA}}{digest.decode()}\n")
        (self.root / "users").write_text("".join(lines))

    def write_key(self, *keys):
        path = self.root / "key"
        path.write_text("".join(f"{key}\n" for key in keys))
        path.chmod(0o600)

    def add_user(self, name, password):
        digest = base64.b64encode(hashlib.sha1(password.encode()).digest())
        with open(self.root / "users", "ab") as users:
            users.write(name.encode() + b":{SHA}" + digest + b"\n")

    @staticmethod
    def give(path):
        """To the account that httpd's children run as."""
        if os.geteuid() != 0:
            return
        account = pwd.getpwnam("www-data")
        for place in [path, *path.rglob("*")]:
            os.chown(place, account.pw_uid, account.pw_gid)

    # ---- the configuration

    def _load(self):
        lines = []
        for name in ["mpm_" + self.mpm, *self.modules]:
            path = MODULES / f"mod_{name}.so"
            if path.exists():
                lines.append(f"LoadModule {name}_module {path}")
        lines.append(f"LoadModule jiratoken_module {self.module}")
        return "\n".join(lines)

    def configuration(self):
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        return f"""
ServerRoot "{self.root}"
ServerName 127.0.0.1:{self.port}
Listen 127.0.0.1:{self.port}
PidFile "{self.root}/httpd.pid"
ErrorLog "{self.root}/logs/error.log"
LogLevel info
DefaultRuntimeDir "{self.root}/logs"
{user}
{self._load()}
TypesConfig /dev/null
AddType text/plain .txt
{self.sizes()}
LogFormat "%h %l %u \\"%r\\" %>s %{{JIRATOKEN_ID}}e %{{JIRATOKEN_LABEL}}e" tests
{self.table_and_key()}
{self.settings}
DocumentRoot "{self.root}/docs"
<Directory "{self.root}/docs">
    Require all granted
</Directory>
{self.site()}
{self.locations}
"""

    def table_and_key(self):
        return f"{self.database.directives()}\nJiraTokenKeyFile {self.root}/key"

    def site(self):
        """What tokens open, and the pages."""
        return f"""
<Location "/files">
    AuthType Basic
    AuthName "files"
    AuthBasicProvider jiratoken
    Require valid-user
</Location>
<Location "/chain">
    AuthType Basic
    AuthName "chain"
    AuthBasicProvider jiratoken file
    AuthUserFile "{self.root}/users"
    Require valid-user
</Location>
<Location "/tokens">
    SetHandler jiratoken
    AuthType Basic
    AuthName "pages"
    AuthBasicProvider file
    AuthUserFile "{self.root}/users"
    Require valid-user
</Location>
"""

    def sizes(self):
        if self.mpm == "prefork":
            return ("StartServers 4\nMinSpareServers 4\nMaxSpareServers 8\n"
                    "ServerLimit 16\nMaxRequestWorkers 16")
        return ("StartServers 2\nServerLimit 2\nThreadsPerChild 8\nThreadLimit 8\n"
                "MaxRequestWorkers 16\nMinSpareThreads 8\nMaxSpareThreads 16")

    def use_cgi(self, scripts):
        """Run what stands in this folder for the URLs below /cgi/."""
        self.modules.append("cgi" if self.mpm == "prefork" else "cgid")
        self.settings += f"""
ScriptAlias "/cgi/" "{scripts}/"
<Directory "{scripts}">
    Require all granted
</Directory>
"""

    def write_configuration(self):
        (self.root / "httpd.conf").write_text(self.configuration())

    # ---- starting and stopping

    def check_configuration(self, option="-t"):
        """`httpd -t`: (exit code, everything it said)."""
        self.write_configuration()
        done = subprocess.run([HTTPD, option, "-d", self.root, "-f",
                               self.root / "httpd.conf"], text=True,
                              env={**os.environ, **self.environment},
                              capture_output=True, timeout=HANGS, check=False)
        return done.returncode, done.stdout + done.stderr + self.log()

    def try_start(self):
        """Start; True when it answers, False when it ended by itself."""
        self.write_configuration()
        with open(self.root / "logs" / "start.log", "ab") as said:
            self.process = subprocess.Popen(
                [HTTPD, "-d", self.root, "-f", self.root / "httpd.conf",
                 "-DFOREGROUND"], stdout=said, stderr=said,
                start_new_session=True,  # prefork ends its whole group
                env=crashes.watch({**os.environ, **self.environment}, self.crashes))
        end = time.monotonic() + HANGS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                self.process = None
                return False
            try:
                self.request("GET", "/open/hello.txt")
                return True
            except OSError:
                time.sleep(0.003)
        raise AssertionError("httpd did not answer:\n" + self.log())

    def start(self):
        assert self.try_start(), "httpd did not start:\n" + self.log()
        return self

    def _settle(self):
        """Wait, but not for long, until no connection is open. An event child
        that SIGTERM ends while a thread of its is closing one may crash in
        httpd's own code, or log that the socket is gone, without any module."""
        end = time.monotonic() + 1
        while time.monotonic() < end and count_connections(self.port):
            time.sleep(0.002)

    def stop(self):
        if self.process:
            self._settle()
            before = set(self.log().splitlines())
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(HANGS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("httpd did not stop") from None
            finally:
                self.process = None
            self._forgive(before)

    def restart_at_once(self):
        """As `apachectl restart` does, which ends the children as a stop does; returns
        when the new ones answer."""
        self._settle()
        before, old = set(self.log().splitlines()), self.children()
        self.process.send_signal(signal.SIGHUP)
        self.poll(lambda: any("resuming normal operations" in line for line in
                              set(self.log().splitlines()) - before)
                  and not old & self.children())
        self.poll(self.is_answering)
        self._forgive(before)

    def is_answering(self):
        with contextlib.suppress(OSError):
            return self.get("/open/hello.txt").status == 200
        return False

    def _forgive(self, before):
        """What stood not yet in the log, as children were ended."""
        self.endings |= {line for line in self.log().splitlines()
                         if line not in before and self._is_forgiven(line)}

    def _is_forgiven(self, line):
        """What a child says as it is ended, or how it crashes then."""
        crash = CRASH_AT_THE_END.search(line)
        if not crash:
            return ENDING.search(line)
        frames = crashes.read(self.crashes).get(int(crash[1]), "")
        return crashes.is_without(frames, self.module.name)

    def set_clock(self, instant):
        """What httpd believes, from its next start on: "2027-01-15 12:00:00"."""
        [library] = pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.environment.update(LD_PRELOAD=str(library), TZ="UTC",
                                FAKETIME="@" + instant)

    def use_own_clock(self, instant=None):
        """httpd's clock goes on as the machine's does, from this instant of UTC or
        from now, and pass_time() puts it forward while httpd runs. libpq and mod_dbd
        time connections by it: those that are open, or are being opened, must outlast
        that."""
        lines = self.database.directives()
        if self.database.kind == "pgsql":
            lines = lines.replace("connect_timeout=2 ", "connect_timeout=2000000000 ") \
                + "\nDBDExptime 2000000000\n"
        self.database.directives = lambda: lines
        self.set_clock("")
        del self.environment["FAKETIME"]
        self.environment.update(
            FAKETIME_TIMESTAMP_FILE=str(self.root / "clock"), FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1", FAKETIME_FMT="%s")
        if instant:
            self.ahead = datetime.datetime.fromisoformat(instant + "+00:00").timestamp() \
                - time.time()
        self.pass_time(0)

    def pass_time(self, seconds, is_idle=True):
        """For httpd, and all at once. Unless a test says otherwise, when it has done
        all that it was asked: what is being connected to would have timed out."""
        if is_idle and self.process:
            self.poll(lambda: not count_connections(self.port))
        self.ahead += seconds
        self._write_clock(f"{self.ahead:+.3f}")

    def hold_time(self, instant):
        """httpd's clock stands from now on, whatever time the machine takes."""
        self._write_clock(str(instant))

    def _write_clock(self, text):
        fresh = self.root / "clock.new"
        fresh.write_text(text + "\n")
        fresh.rename(self.root / "clock")

    def now(self):
        """By httpd's own clock."""
        return time.time() + self.ahead

    def restart(self):
        self.stop()
        return self.start()

    def graceful(self):
        """Graceful restart; returns when none but the new generation answers."""
        before, old = self.log().count("resuming normal operations"), self.children()
        self.process.send_signal(signal.SIGUSR1)
        self.poll(lambda: self.log().count("resuming normal operations") > before
                  and not old & self.children())

    def children(self):
        """The pids of httpd's children."""
        pid = self.process.pid
        return set(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def log(self):
        said = ""
        for name in ("start.log", "error.log"):
            path = self.root / "logs" / name
            if path.exists():
                said += path.read_text(errors="backslashreplace")
        return said

    def expect(self, pattern):
        """A warning or error that this test provokes."""
        self.expected.append(pattern)

    def surprises(self):
        level = re.compile(r"\[[a-z_]*:?(warn|error|crit|alert|emerg)\]|^AH\d+:"
                           r"|Segmentation|double free|AddressSanitizer|ERROR: "
                           r"|exit signal")
        return [line for line in self.log().splitlines() if level.search(line)
                and line not in self.endings
                and not any(re.search(p, line) for p in self.expected)]

    def leaks(self):
        """Tokens that were given out and stand in a log."""
        found = []
        for path in (self.root / "logs").iterdir():
            if path.is_file():
                text = path.read_bytes()
                found += [path.name for t in self.tokens if t.encode() in text]
        return found

    def close(self, failed=False):
        try:
            self.stop()
            if not failed:
                surprises, leaks = self.surprises(), self.leaks()
                assert not surprises, "in the log:\n" + "\n".join(
                    [*surprises, *crashes.read(self.crashes).values()])
                assert not leaks, f"a token stands in {leaks}"
        finally:
            if not self.is_twin:
                self.database.close()
            shutil.rmtree(self.root, ignore_errors=True)

    def poll(self, condition, seconds=HANGS):
        """Until condition() is true; its value."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < end, "did not happen:\n" + self.log()
            time.sleep(0.02)
        return value

    # ---- asking

    def request(self, method, path, *, user=None, password=None, headers=None,
                body=None, timeout=HANGS):
        """One request on its own connection. With a user and no password, the
        one from PASSWORDS is sent."""
        sent = dict(headers or {})
        if user is not None:
            if password is None:
                password = PASSWORDS[user]
            sent["Authorization"] = basic(user, password)
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, fields=None, *, headers=None, **more):
        """A form, sent as a browser sends it from our own pages."""
        body = urllib.parse.urlencode(fields or {}, encoding="utf-8",
                                      errors="surrogateescape")
        sent = {"Content-Type": "application/x-www-form-urlencoded", **SAME_ORIGIN,
                **(headers or {})}
        return self.request("POST", path, body=body, headers=sent, **more)

    def raw(self, data, timeout=HANGS, shut=False):
        """Bytes out, bytes back until the other side closes. shut: say at once
        that no more will be sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as wire:
            wire.sendall(data)
            if shut:
                wire.shutdown(socket.SHUT_WR)
            back = b""
            while True:
                part = wire.recv(65536)
                if not part:
                    return back
                back += part

    def show(self, user="alice", password=None, label=None, expires="", **more):
        """Make a token on the page, as its user does, with more of its fields: the
        page that shows it."""
        label = label or "t" + secrets.token_hex(4)
        answer = self.post("/tokens/create", {"label": label, "expires": expires, **more},
                           user=user, password=password)
        assert answer.status == 200, answer.text
        self.tokens.append(read_token(answer))
        return answer

    def create(self, user="alice", label=None, expires="", password=None, **more):
        """The token that such a page shows."""
        return read_token(self.show(user, password, label, expires, **more))

    def id_of(self, token):
        [[row]] = self.sql("SELECT id FROM jiratoken WHERE digest = ?",
                           self.digest(token))
        return row

    def revoke(self, token, user="alice"):
        answer = self.post(f"/tokens/{self.id_of(token)}/revoke", user=user)
        assert answer.status == 303, answer.text

    def check(self, user, token, path="/files/hello.txt"):
        return self.get(path, user=user, password=token)

    # ---- the table

    def digest(self, token, key=None):
        return hmac.new(bytes.fromhex(key or self.key), token.encode(),
                        "sha256").hexdigest()

    def rows(self):
        """The whole table: equal before and after means that nothing changed."""
        return self.sql("SELECT * FROM jiratoken ORDER BY id")

    def insert(self, label, user="alice", **columns):
        """A row as an older version, or somebody else, has left it: its id."""
        [[slot]] = self.sql("SELECT coalesce(max(slot) + 1, 0) FROM jiratoken "
                            "WHERE user_name = ?", user)
        values = {"user_name": user, "slot": slot, "label": label,
                  "digest": secrets.token_hex(32), **columns}
        [[row]] = self.sql(f"INSERT INTO jiratoken ({', '.join(values)}) "
                           f"{self.database.overriding} VALUES "
                           f"({', '.join('?' * len(values))}) RETURNING id",
                           *values.values())
        return row

    def sql(self, statement, *values):
        return self.database.sql(statement, *values)


def read_token(answer):
    """Off the page that shows it."""
    token = re.search(r'<code id="token"[^>]*>([^<]+)</code>', answer.text)[1]
    assert TOKEN.fullmatch(token), token
    return token


def shaped(prefix="jt", middle=None):
    """A text with a token's shape and checksum that nobody was given."""
    text = prefix + "_" + (middle or "".join(secrets.choice(BASE62) for _ in range(43)))
    crc, tail = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        tail = BASE62[digit] + tail
    return text + tail


def basic(user, password):
    """The Authorization header's value; both as str (UTF-8) or bytes."""
    def encoded(text):
        return text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(encoded(user) + b":" + encoded(password)).decode()
