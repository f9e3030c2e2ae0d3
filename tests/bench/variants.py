# SPDX-License-Identifier: Apache-2.0
"""What is measured: the ways to guard one and the same file, one row each.

A variant has a virtual host with `host` in it and one <Location> with `says`,
beside AuthType and Require; in both, {rows} is the number of rows in its table
and {root} the server's folder. `sends` is what its clients send in turn. Where
by_rows is set, it is measured with each number of rows, else only with the
fewest. `counted` is how many of the requests that callgrind counts are enough.
"""

import dataclasses

NAME_OPEN = "unprotected"
NAME_ANON = "mod_authn_anon"
NAME_FILE = "mod_authn_file SHA-1"
NAME_BCRYPT = "mod_authn_file bcrypt 10"
NAME_DBD = "mod_authn_dbd"
NAME_SOCACHE = "mod_authn_socache + dbd"
NAME_UNCACHED = "mod_jiratoken uncached"
NAME_CACHED = "mod_jiratoken cached"

COSTS = (5, 10)     # of bcrypt
LONG = 3600         # seconds: in the rounds, what is in a cache stays there
USUAL = 20_000      # tokens that JiraTokenCache has room for where nothing is said


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    path: str
    says: str
    # Or "alice": a user of the file; "password"; "few": of these some; "token".
    sends: str = "nothing"
    by_rows: bool = False
    host: str = ""
    modules: tuple = ()
    counted: float = 1

    @property
    def table(self):
        """Which of rows.COLUMNS it reads; None for one that reads no table."""
        return {"password": "users", "few": "users", "token": "jiratoken"}.get(self.sends)


def bcrypt(cost):
    return Variant(f"mod_authn_file bcrypt {cost}", f"bcrypt{cost}",
                   f'AuthBasicProvider file\nAuthUserFile "{{root}}/users{cost}"',
                   "alice", counted=0.05 * 2 ** -(cost - 5))


QUERY = 'AuthDBDUserPWQuery "SELECT password FROM users_{rows} WHERE user_name = %s"\n'
TABLE = "JiraTokenTable jiratoken_{rows}\n"

VARIANTS = (
    Variant(NAME_OPEN, "open", ""),
    # It checks nothing: what Basic authentication costs with any provider.
    Variant(NAME_ANON, "anon", "AuthBasicProvider anon\nAnonymous *\n"
            "Anonymous_LogEmail Off\nAnonymous_MustGiveEmail Off", "alice",
            modules=("authn_anon",)),
    Variant(NAME_FILE, "file",
            'AuthBasicProvider file\nAuthUserFile "{root}/users"', "alice"),
    *map(bcrypt, COSTS),
    Variant(NAME_DBD, "dbd", QUERY + "AuthBasicProvider dbd", "password", True,
            modules=("authn_dbd",)),
    Variant(NAME_SOCACHE, "socache", QUERY + "AuthBasicProvider socache dbd\n"
            f"AuthnCacheProvideFor dbd\nAuthnCacheTimeout {LONG}", "few",
            modules=("authn_dbd", "authn_socache", "socache_shmcb")),
    Variant(NAME_UNCACHED, "uncached", "AuthBasicProvider jiratoken", "token", True,
            TABLE + "JiraTokenCacheTimeout 0"),
    Variant(NAME_CACHED, "cached", "AuthBasicProvider jiratoken", "token", True,
            TABLE + f"JiraTokenCacheTimeout {LONG}"),
)
