# SPDX-License-Identifier: Apache-2.0
"""The servers beside httpd that the tests run, each for real: in a temporary
folder, on a free port of loopback, as an account that is not root, and ended by
their own pids. What is theirs alone stands with each of them: databases.py,
caches.py, directory.py, kerberos.py, php.py.
"""

import contextlib
import fcntl
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ACCOUNT = "nobody"      # of these servers, where the tests run as root


# Below those that Linux gives to clients (ip(7), ip_local_port_range).
PORTS = range(10000, 32768)
LAST_PORT = pathlib.Path(tempfile.gettempdir()) / f"jiratoken-test-port.{os.geteuid()}"


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """One that nobody listens on, and that no other test is given for a long time:
    a port may be taken some seconds after this, and all suites that run here take
    theirs from one file."""
    with open(LAST_PORT, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        last = int(file.read() or PORTS[0])
        for step in range(1, len(PORTS)):
            port = PORTS[(last - PORTS[0] + step) % len(PORTS)]
            if is_free(port):
                file.truncate(0)
                file.write(str(port))
                return port
    raise AssertionError("there is no free port")


class Service:
    """A server that is not httpd, of this kind and in a folder of its own. What a
    test has stopped, killed or frozen runs again for the next one, by ready()."""

    ending = signal.SIGTERM     # ends it, whoever is connected

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"jiratoken-{self.kind}."))
        self.port = free_port()
        self.process = None
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._set_up()

    def _set_up(self):
        """What it needs before it first starts, and that start."""
        self.start()

    def _server(self):
        """The words of the command that stays in the foreground."""
        raise NotImplementedError

    def environment(self):
        """Of this server, and of all commands that have to do with it."""
        return None

    def is_answering(self):
        """Whether it takes connections yet."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 60).close()
        except OSError:
            return False
        return True

    def _command(self, *words):
        """The words, run as the account, and ended when these tests are."""
        change = ["--reuid", ACCOUNT, "--clear-groups", "--regid",
                  str(pwd.getpwnam(ACCOUNT).pw_gid)] if os.geteuid() == 0 else []
        return ["setpriv", "--pdeathsig", "TERM", *change, "--", *map(str, words)]

    def _run(self, *words, stdin=""):
        """A command that does what it should: all that it says."""
        done = subprocess.run(self._command(*words), cwd=self.folder, text=True,
                              input=stdin, stderr=subprocess.STDOUT,
                              stdout=subprocess.PIPE, env=self.environment(), check=False)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self):
        with open(self.folder / "log", "ab") as said:
            self.process = subprocess.Popen(
                self._command(*self._server()), cwd=self.folder, stdout=said,
                stderr=said, stdin=subprocess.DEVNULL, start_new_session=True,
                env=self.environment())
        end = time.monotonic() + 120
        while not self.is_answering():
            assert self.process.poll() is None and time.monotonic() < end, \
                (self.folder / "log").read_text()
            time.sleep(0.02)

    def pids(self):
        """The server's processes, the one that makes the others first."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
                    found += map(int, (thread / "children").read_text().split())
        return found

    def _signal(self, number, pids):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def freeze(self):
        """It goes on listening, and says nothing any more."""
        pids = self.pids()
        self._signal(signal.SIGSTOP, pids)
        self._wait_for(pids, "TZX")

    def _wait_for(self, pids, states):
        """Until each thread of theirs is in one of these states of proc(5), or gone."""
        end = time.monotonic() + 60
        while not all(self._is_in(pid, states) for pid in pids):
            assert time.monotonic() < end
            time.sleep(0.001)

    @staticmethod
    def _is_in(pid, states):
        try:
            tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
            return all((task / "stat").read_text().rpartition(")")[2].split()[0]
                       in states for task in tasks)
        except OSError:
            return True

    def thaw(self):
        self._signal(signal.SIGCONT, self.pids()[::-1])

    def bound(self, size):
        """No file of the server's may grow beyond so many bytes (or "unlimited"):
        as on a full disk."""
        known = set()
        while fresh := [pid for pid in self.pids() if pid not in known]:
            known.update(fresh)
            for pid in fresh:
                try:
                    self._run("prlimit", f"--fsize={size}:", "--pid", pid)
                except AssertionError:
                    assert not pathlib.Path(f"/proc/{pid}").exists()

    def kill(self):
        """As when the machine fails. Returns when the last process is gone: one that
        still holds the shared memory keeps PostgreSQL from a new start. It makes no
        others once it is stopped."""
        self._signal(signal.SIGSTOP, [self.process.pid])
        self._wait_for([self.process.pid], "TZX")
        pids = self.pids()
        self._signal(signal.SIGKILL, pids)
        self.process.wait()
        self._wait_for(pids, "ZX")
        self.process = None

    def stop(self):
        self.process.send_signal(self.ending)
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process = None

    def ready(self):
        if not self.process or self.process.poll() is not None:
            self.start()
        else:
            self.thaw()

    def close(self):
        try:
            self.ready()    # after a crash it tidies up what only it knows of
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
