# SPDX-License-Identifier: Apache-2.0
"""Tables that came before today's, and the scripts of conf/sql that upgrade them,
run as their heads say."""

# Before there were restrictions and rotation, as that version's scripts made it.
FORMER = {
    "sqlite3": """
PRAGMA journal_mode = WAL;

CREATE TABLE IF NOT EXISTS jiratoken (
    id             INTEGER      PRIMARY KEY AUTOINCREMENT,
    user_name      VARCHAR(255) NOT NULL,
    slot           INTEGER      NOT NULL,
    label          VARCHAR(400) NOT NULL,
    digest         CHAR(64)     NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64),
    scope          VARCHAR(16)  NOT NULL DEFAULT 'full',
    allowed_from   VARCHAR(1000),
    CONSTRAINT jiratoken_digest UNIQUE (digest),
    CONSTRAINT jiratoken_slot   UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label  UNIQUE (user_name, label)
);
""",
    "pgsql": """
CREATE TABLE IF NOT EXISTS jiratoken (
    id             BIGINT GENERATED ALWAYS AS IDENTITY,
    user_name      VARCHAR(255)  COLLATE "C" NOT NULL,
    slot           INTEGER       NOT NULL,
    label          VARCHAR(400)  COLLATE "C" NOT NULL,
    digest         VARCHAR(64)   COLLATE "C" NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64)   COLLATE "C",
    scope          VARCHAR(16)   COLLATE "C" NOT NULL DEFAULT 'full',
    allowed_from   VARCHAR(1000) COLLATE "C",
    CONSTRAINT jiratoken_id     PRIMARY KEY (id),
    CONSTRAINT jiratoken_digest UNIQUE (digest),
    CONSTRAINT jiratoken_slot   UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label  UNIQUE (user_name, label)
);
""",
    "mysql": """
CREATE TABLE IF NOT EXISTS jiratoken (
    id             BIGINT         NOT NULL AUTO_INCREMENT,
    user_name      VARBINARY(255) NOT NULL,
    slot           INTEGER        NOT NULL,
    label          VARBINARY(400) NOT NULL,
    digest         VARBINARY(64)  NOT NULL,
    created_at     BIGINT,
    expires_at     BIGINT,
    last_used_at   BIGINT,
    last_used_from VARCHAR(64),
    scope          VARCHAR(16)    NOT NULL DEFAULT 'full',
    allowed_from   VARCHAR(1000),
    PRIMARY KEY (id),
    CONSTRAINT jiratoken_digest UNIQUE (digest),
    CONSTRAINT jiratoken_slot   UNIQUE (user_name, slot),
    CONSTRAINT jiratoken_label  UNIQUE (user_name, label)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
""",
}


def make_former(server):
    """The table of the version before, empty, in the place of today's."""
    server.sql("DROP TABLE jiratoken")
    server.database.make_table(script=FORMER[server.database.kind])


def upgrade(server):
    """(exit code, what the database's client said)"""
    code, said = server.database.load(f"upgrade-{server.database.kind}")
    server.give(server.root / "data")
    return code, said


def upgraded(server):
    code, said = upgrade(server)
    assert code == 0, said
    assert "error" not in said.lower(), said
