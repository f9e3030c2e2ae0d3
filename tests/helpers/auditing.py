# SPDX-License-Identifier: Apache-2.0
"""The audit table, as conf/sql makes it and with the rights that it names and no
others; what stands in it."""

import collections
import json
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = ("id", "at", "event", "stage", "intent", "batch", "actor", "actor_how",
           "user_name", "token_id", "label", "from_address", "detail")
Row = collections.namedtuple("Row", COLUMNS)
UNSAID = r"what became of changes could not be recorded"


def script(database):
    return (TOP / "conf" / "sql" / f"audit-{database.kind}.sql").read_text()


def make_audit(database, name="jiratoken_audit"):
    text = script(database).replace("jiratoken_audit", name)
    database.run(text)
    if database.kind != "sqlite3":
        for grant in re.findall(r"(?m)^-- +(GRANT .*;)$", text):
            database.run(grant.replace("tokens.", ""))


def use_audit(server):
    """A server that records what it changes, not yet running."""
    make_audit(server.database)
    server.settings += "JiraTokenAudit jiratoken_audit\n"
    return server


def rows(server):
    """All of them, the oldest first."""
    return [Row(*row) for row in server.sql(
        f"SELECT {', '.join(COLUMNS)} FROM jiratoken_audit ORDER BY id")]


def stages(server, event):
    """Of one event: (intents, done, failed)."""
    said = [row.stage for row in rows(server) if row.event == event]
    return tuple(said.count(stage) for stage in ("intent", "done", "failed"))


def break_audit(server):
    """The database answers, but not about this table."""
    server.sql("ALTER TABLE jiratoken_audit RENAME TO audit_away")


def mend_audit(server):
    server.sql("ALTER TABLE audit_away RENAME TO jiratoken_audit")


# ---- messages

def make_outbox(database, table="jiratoken"):
    """Beside the audit of a table of tokens that is called so."""
    text = (TOP / "conf" / "sql" / f"outbox-{database.kind}.sql").read_text()
    text = text.replace("jiratoken", table)
    database.run(text)
    if database.kind != "sqlite3":
        for grant in re.findall(r"(?m)^-- +(GRANT .*;)$", text):
            database.run(grant.replace("tokens.", ""))


def write_program(server, text):
    """What httpd runs: a shell script, with $here for a folder that it may write."""
    path = server.root / "tell"
    path.write_text(f"#!/bin/sh\nhere={server.root}/data\n{text}\n")
    path.chmod(0o755)
    return path


TELLS = 'line=$(cat); printf "%s %s\\n" "$*" "$line" >> "$here/told"'


def use_program(server, *words):
    """A server that tells what it changes by this command, not yet running."""
    use_audit(server)
    make_outbox(server.database)
    server.modules.append("watchdog")
    server.settings += f"JiraTokenMessageCmd {' '.join(map(str, words))}\n"
    return server


def use_messages(server, text=TELLS):
    """The same by a script of this text."""
    return use_program(server, write_program(server, text), "--to admin")


def outbox(server, condition="due_at IS NOT NULL"):
    return server.sql("SELECT name, due_at, tries, holder FROM jiratoken_audit_outbox "
                      f"WHERE {condition} ORDER BY name")


def wait_for_tries(server, tries):
    """Until the only message was tried so often, and is put off."""
    server.poll(lambda: [(row[2], row[3]) for row in outbox(server)] == [(tries, None)])


def ready(server):
    """Its outbox is in use: what happens from now on is told."""
    server.poll(lambda: outbox(server, "name = 'horizon'"))
    return server


def told(server, *events):
    """The messages that the program got, of these events or of all."""
    path = server.root / "data" / "told"
    made = []
    for line in path.read_text().splitlines() if path.exists() else ():
        words, text = line.split(" {", 1)
        message = json.loads("{" + text)
        assert words == f"--to admin {message['event']}"
        made.append(message)
    return [message for message in made if not events or message["event"] in events]


def is_gone(pid):
    """A program, perhaps but for what is left until somebody asks how it ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] == "Z"
    except FileNotFoundError:
        return True
