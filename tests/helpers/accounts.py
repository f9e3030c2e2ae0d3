# SPDX-License-Identifier: Apache-2.0
"""Where a site has its users: Jira's own table, beside that of the tokens, which
httpd's account may read and nothing else."""

from databases import ROLE
from documents import blocks

# As operations.md tells people to write it.
[RECIPE] = blocks("docs/operations.md", "apache", "JiraTokenUserQuery")

# The columns of Jira's that matter here, as Jira makes them.
TABLE = """CREATE TABLE cwd_user (
    id NUMERIC(18) NOT NULL PRIMARY KEY, directory_id NUMERIC(18),
    user_name VARCHAR(255), lower_user_name VARCHAR(255), active NUMERIC(9))"""


def make_accounts(server, *names):
    server.sql(TABLE)
    allow_reading(server)
    for name in names:
        add_account(server, name)


def allow_reading(server, verb="GRANT", preposition="TO"):
    if server.database.kind != "sqlite3":
        server.sql(f"{verb} SELECT ON cwd_user {preposition} {ROLE}")


def add_account(server, name, active=1):
    [[number]] = server.sql("SELECT coalesce(max(id), 0) + 1 FROM cwd_user")
    server.sql("INSERT INTO cwd_user VALUES (?, 1, ?, ?, ?)", number, name,
               name.lower(), active)


def deactivate(server, name, active=0):
    server.sql("UPDATE cwd_user SET active = ? WHERE lower_user_name = ?", active,
               name.lower())


def use_accounts(server, query=None):
    server.settings += f'JiraTokenUserQuery "{query}"\n' if query else RECIPE
    return server
