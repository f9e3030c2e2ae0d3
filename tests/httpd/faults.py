# SPDX-License-Identifier: Apache-2.0
"""What a test does to the database behind the server's back, and what an answer
then is."""

import contextlib
import os
import sqlite3

from server import TOP

ANSWERS = "the token database cannot answer"
SILENT = rf"jiratoken:error.*{ANSWERS}"
UNSURE = r"jiratoken:warn.*token perhaps revoked"
SCHEMA = (TOP / "conf/sql/sqlite3.sql").read_text()


@contextlib.contextmanager
def held(server, begin):
    """Another process has begun a transaction in the file."""
    db = sqlite3.connect(server.database, timeout=10, isolation_level=None)
    try:
        db.execute(begin)
        yield db
        db.execute("ROLLBACK")
    finally:
        db.close()


def break_table(server):
    server.expect(SILENT)
    server.sql("ALTER TABLE jiratoken RENAME TO away")


def mend_table(server):
    server.sql("ALTER TABLE away RENAME TO jiratoken")


def assert_unavailable(answer):
    assert answer.status == 503
    assert answer.get("Retry-After").isdigit()
    assert answer.get("WWW-Authenticate") is None


def freeze(server):
    """From the restart that this is, only root can write to file and folder."""
    server.expect(f"{SILENT}|{UNSURE}")
    server.stop()
    db = sqlite3.connect(server.database)
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    for path, mode in ((server.database, 0o444), (server.database.parent, 0o555)):
        os.chown(path, 0, 0)
        path.chmod(mode)
    server.start()
