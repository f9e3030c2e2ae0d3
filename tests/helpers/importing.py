# SPDX-License-Identifier: Apache-2.0
"""tools/jiratoken-import, run on the database of a test as its head says."""

import csv
import io
import os
import subprocess

from server import HANGS, TOP

TOOL = TOP / "tools" / "jiratoken-import"


def table(*rows):
    """The text of a CSV file: the names of the columns, and a row of values each."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def database_options(server):
    """(options that name the database, environment of its client)"""
    database, environment = server.database, dict(os.environ)
    if database.kind == "sqlite3":
        return ["--sqlite3", database.path], environment
    if database.kind == "pgsql":
        environment["PGOPTIONS"] = f"-c search_path={database.name}"
        return ["--pgsql", f"host={database.service.folder} port={database.service.port} "
                "user=postgres dbname=postgres"], environment
    path = server.root / "client.cnf"
    path.write_text(f"[client]\nsocket={database.service.folder}/socket\nuser=root\n")
    return ["--mysql", database.name, "--mysql-defaults", path], environment


def write_file(server, text):
    """With tokens in it, so for its owner alone."""
    path = server.root / "tokens.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


def run_import(server, text, *options, path="", **more):
    """(exit code, standard output, standard error). path: looked for programs in it
    first. input: the text comes that way."""
    file = write_file(server, text) if "input" not in more else "-"
    where, environment = database_options(server)
    environment["PATH"] = f"{path}:{environment['PATH']}" if path else environment["PATH"]
    done = subprocess.run(
        [TOOL, "--key", server.root / "key", *where, *options, file], text=True,
        env=environment, capture_output=True, timeout=10 * HANGS, check=False,
        **{"stdin": subprocess.DEVNULL, **more} if "input" not in more else more)
    return done.returncode, done.stdout, done.stderr


def imported(server, text, *options):
    """All rows are taken: the report."""
    code, said, wrong = run_import(server, text, *options)
    assert (code, wrong) == (0, ""), said + wrong
    return said
