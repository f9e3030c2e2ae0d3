# SPDX-License-Identifier: Apache-2.0
"""A directory of people, for real: OpenLDAP's slapd on loopback, with a policy
that locks an account after three wrong passwords. What it was asked, its log
says: one line for each bind and each search."""

import re

from services import Service

BASE = "dc=example,dc=org"
MANAGER = f"cn=manager,{BASE}"
SECRET = "manager's own"
PEOPLE = {"alice": "wonderland", "bob": "builder", "Carol": "pass:word",
          "l\u00e9a": "pass\u00e9"}
STAFF = f"cn=staff,ou=groups,{BASE}"
FAILURES = 3            # that lock an account

SETTINGS = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/pid
sizelimit unlimited
database mdb
suffix {base}
rootdn {manager}
rootpw "{secret}"
directory {folder}/db
dbnosync
index uid eq
overlay ppolicy
ppolicy_default cn=default,ou=policies,{base}
"""

TREE = """
dn: {base}
objectClass: domain
dc: example

dn: ou=policies,{base}
objectClass: organizationalUnit
ou: policies

dn: cn=default,ou=policies,{base}
objectClass: applicationProcess
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdMaxFailure: {failures}
pwdLockout: TRUE
pwdLockoutDuration: 0
"""

UNITS = f"""
dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups
"""

PERSON = """
dn: {dn}
objectClass: inetOrgPerson
uid: {name}
cn: {name}
sn: {name}
employeeType: staff
userPassword: {password}
"""

GROUP = """
dn: {group}
objectClass: groupOfNames
cn: staff
{members}
"""


def dn(name):
    return f"uid={name},ou=people,{BASE}"


class Directory(Service):
    """Everybody in PEOPLE is of the staff; reset() makes it so again."""

    kind = "ldap"

    def _set_up(self):
        self._run("mkdir", "db")
        (self.folder / "slapd.conf").write_text(SETTINGS.format(
            folder=self.folder, base=BASE, manager=MANAGER, secret=SECRET))
        self._load(TREE.format(base=BASE, failures=FAILURES))
        self._load(self._people())
        self.start()

    def _server(self):
        return ["/usr/sbin/slapd", "-f", self.folder / "slapd.conf", "-h", self.url,
                "-d", "stats"]

    @property
    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    @staticmethod
    def _people():
        people = "".join(PERSON.format(dn=dn(name), name=name, password=password)
                         for name, password in PEOPLE.items())
        members = "\n".join(f"member: {dn(name)}" for name in PEOPLE)
        return UNITS + people + GROUP.format(group=STAFF, members=members)

    def _load(self, text):
        self._run("/usr/sbin/slapadd", "-q", "-f", self.folder / "slapd.conf",
                  stdin=text)

    # ---- what is in it

    def _ask(self, program, *words, stdin=""):
        return self._run(program, "-x", "-H", self.url, "-D", MANAGER, "-w", SECRET,
                         *words, stdin=stdin)

    def modify(self, ldif):
        """What ldapmodify reads."""
        self._ask("ldapmodify", stdin=ldif)

    def delete(self, name):
        """Somebody leaves: the entry goes, the groups stay."""
        self._ask("ldapdelete", dn(name))

    def leave_group(self, name):
        self.modify(f"dn: {STAFF}\nchangetype: modify\ndelete: member\n"
                    f"member: {dn(name)}\n")

    def set(self, name, attribute, value):
        self.modify(f"dn: {dn(name)}\nchangetype: modify\nreplace: {attribute}\n"
                    f"{attribute}: {value}\n")

    def reset(self):
        """All are back, and no account is locked."""
        self._ask("ldapdelete", "-r", f"ou=people,{BASE}", f"ou=groups,{BASE}")
        self._ask("ldapadd", stdin=self._people())

    def failures(self, name):
        """How often somebody tried a wrong password since the last right one."""
        said = self._ask("ldapsearch", "-LLL", "-b", dn(name), "-s", "base",
                         "(objectClass=*)", "pwdFailureTime", "pwdAccountLockedTime")
        assert "pwdAccountLockedTime" not in said, f"{name} is locked out"
        return said.count("pwdFailureTime:")

    # ---- what it was asked

    def log(self):
        return (self.folder / "log").read_text(errors="backslashreplace")

    def asked(self):
        """Every bind and search so far, but the manager's. httpd has had its answer
        to each: so they stand in the log."""
        lines = [re.search(r"conn=(\d+) op=\d+ (BIND dn=.* method=.*|SRCH base=.*)", line)
                 for line in self.log().splitlines()]
        found = [(line[1], line[2]) for line in lines if line]
        own = {wire for wire, line in found if MANAGER in line}
        return [line for wire, line in found if wire not in own]
