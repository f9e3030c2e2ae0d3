# SPDX-License-Identifier: Apache-2.0
"""JiraTokenOwnerSeen: the table of owners, and who is in it on which day."""

DAY = 86400
START = "2027-01-15 10:00:00"
FIRST = 20833           # that day, since 1970-01-01

# People sign in by passwords of their own, programs by tokens.
APP = """
<Location "/app">
    AuthType Basic
    AuthName "app"
    AuthBasicProvider file
    AuthUserFile "{root}/users"
    Require valid-user
    JiraTokenAccept On
</Location>
"""


def use_sightings(server, days=30):
    """Not yet running."""
    server.database.make_owners()
    server.give(server.root / "data")
    server.settings += f"JiraTokenOwnerSeen {days}\nJiraTokenLastUsedInterval 0\n"
    server.locations += APP.format(root=server.root)
    (server.root / "docs/app").mkdir()
    (server.root / "docs/app/hello.txt").write_text("hello\n")
    server.use_own_clock(START)
    return server


def seen(server):
    """{name: day after the first}; the empty name's is when it began."""
    return {name: day - FIRST for name, day in
            server.sql("SELECT user_name, seen_on FROM jiratoken_owners")}


def wait_for(server, expected):
    """It is written after the response."""
    server.poll(lambda: seen(server) == expected)
