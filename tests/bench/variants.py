# SPDX-License-Identifier: Apache-2.0
"""What is measured: the ways to guard one and the same file, one row each.

A variant has a virtual host with `host` in it and one <Location> with `says`,
beside AuthType and Require; in both, {rows} is the number of rows in its table
and {root} the server's folder. `sends` is what its clients send in turn. Where
by_rows is set, it is measured with each number of rows, else only once.
"""

import dataclasses

NAME_DBD = "mod_authn_dbd"
NAME_UNCACHED = "mod_jiratoken uncached"
NAME_OPEN = "unprotected"
NAME_FILE = "mod_authn_file SHA-1"


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    path: str
    says: str
    sends: str = "nothing"      # or "alice": a user of the file; "password"; "token"
    by_rows: bool = False
    host: str = ""
    modules: tuple = ()


VARIANTS = (
    Variant(NAME_OPEN, "open", ""),
    Variant(NAME_FILE, "file",
            'AuthBasicProvider file\nAuthUserFile "{root}/users"', "alice"),
    Variant(NAME_DBD, "dbd",
            'AuthBasicProvider dbd\nAuthDBDUserPWQuery '
            '"SELECT password FROM users_{rows} WHERE user_name = %s"',
            "password", True, modules=("authn_dbd",)),
    Variant(NAME_UNCACHED, "uncached", "AuthBasicProvider jiratoken", "token", True,
            "JiraTokenTable jiratoken_{rows}\nJiraTokenCacheTimeout 0"),
)
