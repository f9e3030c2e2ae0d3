# SPDX-License-Identifier: Apache-2.0
"""A realm of Kerberos, for real: MIT's KDC on loopback. httpd gets a keytab for
HTTP/localhost, and people get tickets, each in a cache of their own."""

import os
import subprocess

from services import Service

REALM = "EXAMPLE.ORG"
SERVICE = "HTTP/localhost"
PEOPLE = {"alice": "wonderland", "bob": "builder"}

CLIENT = """
[libdefaults]
    default_realm = {realm}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    {realm} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    localhost = {realm}
"""

SERVER = """
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {realm} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        supported_enctypes = aes256-cts-hmac-sha1-96:normal
    }}
[logging]
    kdc = FILE:{folder}/kdc.log
"""


class Kerberos(Service):
    kind = "krb5"

    def _set_up(self):
        words = {"realm": REALM, "port": self.port, "folder": self.folder}
        (self.folder / "krb5.conf").write_text(CLIENT.format(**words))
        (self.folder / "kdc.conf").write_text(SERVER.format(**words))
        self._run("/usr/sbin/kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        for name, password in PEOPLE.items():
            self._administer(f"addprinc -pw {password} {name}")
        self._administer(f"addprinc -randkey {SERVICE}")
        self._administer(f"ktadd -k {self.folder}/keytab {SERVICE}")
        self.start()

    def _administer(self, query):
        self._run("/usr/sbin/kadmin.local", "-r", REALM, "-q", query)

    def _server(self):
        return ["/usr/sbin/krb5kdc", "-n", "-r", REALM]

    def environment(self):
        return {**os.environ, "KRB5_CONFIG": str(self.folder / "krb5.conf"),
                "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf")}

    def use(self, server):
        """httpd is HTTP/localhost of this realm: the keytab's path there."""
        configuration, keytab = server.root / "krb5.conf", server.root / "data/keytab"
        configuration.write_text((self.folder / "krb5.conf").read_text())
        keytab.write_bytes((self.folder / "keytab").read_bytes())
        keytab.chmod(0o600)
        server.give(server.root / "data")
        server.environment.update(KRB5_CONFIG=str(configuration),
                                  KRB5RCACHEDIR=str(server.root / "data"))
        return keytab

    def sign_in(self, name, folder, password=None):
        """The environment of somebody who has a ticket, in this folder."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder),
                       "KRB5_CONFIG": str(self.folder / "krb5.conf"),
                       "KRB5CCNAME": f"FILE:{folder}/ticket"}
        done = subprocess.run(["kinit", name], input=(password or PEOPLE[name]) + "\n",
                              text=True, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return environment

    def asked(self):
        """Every ticket that somebody asked for by a password. httpd has had its answer
        to each: so they stand in the log."""
        return [line for line in self.log().splitlines() if "AS_REQ" in line]

    def log(self):
        return (self.folder / "kdc.log").read_text(errors="backslashreplace")
