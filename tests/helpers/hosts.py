# SPDX-License-Identifier: Apache-2.0
"""Hosts that one can reach by ssh: a real sshd on loopback, for each name the same."""

import getpass
import os
import pathlib

from services import Service


class Sshd(Service):
    """As the account of the tests, which signs in by a key of its own. .command is an
    ssh that knows each of these names; those after `away` are out of reach."""

    kind = "sshd"

    def _command(self, *words):
        return ["setpriv", "--pdeathsig", "TERM", "--", *map(str, words)]

    def _set_up(self):
        self.folder.chmod(0o700)
        os.chown(self.folder, os.geteuid(), os.getegid())
        for name in ("host", "mine"):
            self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name)
        if os.geteuid() == 0:
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        (self.folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\n"
            f"AuthorizedKeysFile {self.folder}/mine.pub\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\n")
        self.start()

    def _server(self):
        return ["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"]

    def command(self, *names, away=()):
        """ssh, as one word of a shell's."""
        lines = [f"Host {name}\nHostName 127.0.0.1\nPort {1 if name in away else self.port}\n"
                 for name in names]
        config = self.folder / "config"
        config.write_text("".join(lines) + f"Host *\nUser {getpass.getuser()}\n"
                          f"IdentityFile {self.folder}/mine\nIdentitiesOnly yes\n"
                          "BatchMode yes\nStrictHostKeyChecking no\nKexAlgorithms curve25519-sha256\n"
                          f"UserKnownHostsFile {self.folder}/known\nLogLevel ERROR\n")
        return f"ssh -F {config}"
