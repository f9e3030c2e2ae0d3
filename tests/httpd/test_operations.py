# SPDX-License-Identifier: Apache-2.0
"""What docs/operations.md prints does what it says there: statements on each
database, and lines for httpd and for the shell."""

import gzip
import json
import os
import subprocess

import pytest

from auditing import use_audit
from documents import blocks
from importing import database_options
from server import basic, shaped

PAGE = "docs/operations.md"


def printed(kind, word):
    [block] = blocks(PAGE, kind, word)
    return block


def run(command, cwd):
    done = subprocess.run(["bash", "-ec", command], cwd=cwd, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


# ---- names


def test_who_left_gets_in_nowhere_and_all_others_do(running):
    mine, his = [running.create() for _ in range(2)], running.create("bob")
    running.database.run(printed("sql", "DELETE"))
    assert [running.check("alice", token).status for token in mine] == [401, 401]
    assert running.check("bob", his).status == 200
    assert running.sql("SELECT user_name FROM jiratoken") == [("bob",)]


def test_tokens_come_along_when_a_name_changes(server):
    server.add_user("alicia", "x")
    server.start()
    token, his = server.create(), server.create("bob")
    server.database.run(printed("sql", "UPDATE"))
    assert server.check("alicia", token).status == 200
    assert server.check("alice", token).status == 401
    assert server.check("bob", his).status == 200
    assert "of 25" in server.get("/tokens/", user="alicia", password="x").text


def test_name_that_has_tokens_takes_no_others(server):
    server.insert("a")
    server.insert("b", user="alicia")
    before = server.rows()
    with pytest.raises(Exception, match="(?i)unique|duplicate"):
        server.database.run(printed("sql", "UPDATE"))
    assert server.rows() == before


# ---- the key


def test_what_a_key_was_used_for_shows_in_the_dates(server):
    statement = printed("sql", "SELECT")
    [instant] = [word for word in statement.replace(";", " ").split() if word.isdigit()]
    server.insert("old", created_at=int(instant) - 1)
    server.insert("imported")
    server.insert("new", created_at=int(instant))
    assert sorted(row[:2] for row in server.sql(statement.rstrip("\n;"))) == [
        ("alice", "imported"), ("alice", "old")]


# ---- backup and restore


@pytest.mark.database("sqlite3")
def test_what_was_revoked_since_a_backup_is_revoked_again(server):
    """Also what a log that was packed has, and not what a user's name says."""
    server.start()
    kept, revoked, packed = (server.create() for _ in range(3))
    folder, path = server.root / "backups", server.database.path
    folder.mkdir(mode=0o700)

    def here(text):
        return text.replace("/var/lib/jiratoken", str(path.parent)) \
            .replace("/var/backups", str(folder)) \
            .replace("/var/log/apache2", str(server.root / "logs"))
    run(here(printed("", ".backup")), "/")
    assert (folder / "tokens.db").stat().st_mode & 0o777 == 0o600
    server.revoke(packed)
    server.stop()
    log = server.root / "logs" / "error.log"
    with gzip.open(f"{log}.2.gz", "wb") as old:
        old.write(log.read_bytes())
    log.unlink()
    server.start()
    server.revoke(revoked)
    lost = server.create()
    server.stop()
    with open(log, "a", encoding="utf-8") as more:
        more.write(f"[x] [jiratoken:notice] [pid 1] [client ::1] token created: id=9 "
                   f"digest={server.digest(kept)[:12]} user=x [pid 1] token revoked: id=1 "
                   f"digest={server.digest(kept)[:12]} user=x\n")
    for name in ("tokens.db-wal", "tokens.db-shm"):
        path.with_name(name).unlink(missing_ok=True)
    path.write_bytes((folder / "tokens.db").read_bytes())
    statements = run(here(printed("", "zcat")), "/")
    assert sorted(statements.splitlines()) == sorted(
        f"DELETE FROM jiratoken WHERE digest LIKE '{server.digest(token)[:12]}%';"
        for token in (revoked, packed))
    server.database.run(statements)
    server.start()
    assert [server.check("alice", token).status
            for token in (kept, revoked, packed, lost)] == [200, 401, 401, 401]


def dump_commands(server):
    """The two that the page prints for this database: of a backup, and back."""
    words = {"pgsql": ("pg_dump", "pg_restore"), "mysql": ("mariadb-dump", "mariadb tokens <")}
    _, environment = database_options(server)
    service, name = server.database.service, server.database.name
    environment["PATH"] = os.environ["PATH"]
    for word in words[server.database.kind]:
        command = printed("", word).replace("/var/backups", str(server.root))
        if server.database.kind == "pgsql":
            command = command.replace("runuser -u postgres -- ", "").replace(
                "-d tokens", f"-h {service.folder} -p {service.port} -U postgres -d postgres")
        else:
            program = word.split()[0]
            command = command.replace(
                f"{program} ", f"{program} --no-defaults --socket={service.folder}/socket "
                "--user=root ").replace(" tokens ", f" {name} ")
        yield command, environment


@pytest.mark.database("pgsql", "mysql")
def test_dump_brings_back_what_there_was_with_rights(server):
    """And what was revoked since is revoked again."""
    use_audit(server)
    server.start()
    odd = "la\u00e9bel \\ '; \U0001f600"
    kept, revoked = server.create(label=odd), server.create()
    (backup, environment), (restore, _) = dump_commands(server)
    subprocess.run(["bash", "-ec", backup], check=True, env=environment)
    [file] = [path for path in server.root.iterdir() if path.name.startswith("tokens.")]
    assert file.stat().st_mode & 0o777 == 0o600
    before = server.sql("SELECT * FROM jiratoken ORDER BY id")
    audit = server.sql("SELECT * FROM jiratoken_audit ORDER BY id")
    server.revoke(revoked)
    lost = server.create()
    server.stop()
    server.sql("DELETE FROM jiratoken")
    server.database.hang_up()
    subprocess.run(["bash", "-ec", restore], check=True, env=environment)
    assert [row[:8] for row in server.sql("SELECT * FROM jiratoken ORDER BY id")] \
        == [row[:8] for row in before]
    assert server.sql("SELECT * FROM jiratoken_audit ORDER BY id") == audit
    log = printed("", "zcat").replace("/var/log/apache2", str(server.root / "logs"))
    server.database.run(run(log, "/"))
    server.start()
    assert [server.check("alice", token).status
            for token in (kept, revoked, lost)] == [200, 401, 401]
    again = server.create()
    assert server.check("alice", again).status == 200
    assert server.id_of(again) > max(row[0] for row in before)


# ---- backends, and headers by hand


@pytest.mark.plain
def test_backend_learns_the_user_and_nothing_that_a_client_made_up(server, backend):
    server.modules += ["headers", "proxy", "proxy_http"]
    block = printed("apache", "X-Remote-User").replace("http://127.0.0.1:8080", backend)
    server.locations = f"""
{block}
ProxyPass "/free" "{backend}/free"
<Location "/app">
    AuthType Basic
    AuthName "app"
    AuthBasicProvider jiratoken file
    AuthUserFile "{server.root}/users"
    Require valid-user
    RequestHeader set X-Environment %{{REMOTE_USER}}e
</Location>
"""
    server.start()
    forged = {"X-Remote-User": "root", "x_REMOTE_user": "root"}

    def seen(path, **more):
        answer = server.get(path, headers={**forged, **more})
        headers = [(name.replace("-", "_"), value) for name, value in json.loads(answer.body)]
        assert "root" not in str(headers)
        return [value for name, value in headers if name == "x_remote_user"], \
            dict(headers).get("x_environment")
    for password in (server.create(), "wonderland"):
        assert seen("/app/x", Authorization=basic("alice", password)) == (["alice"], "(null)")
    assert seen("/free/x") == ([], None)


@pytest.mark.plain
def test_header_made_by_hand_opens(running):
    """A line break in it would make another header of its end."""
    command = printed("", "base64").strip()
    header = run(command.replace("jt_...", running.create()), "/")
    answer = running.get("/files/hello.txt", headers={"Authorization": f"Basic {header}"})
    assert answer.status == 200
    folded = run("printf %s '" + f"alice:{shaped()}' | base64", "/")
    assert "\n" in folded.rstrip("\n")


@pytest.mark.plain
def test_directory_can_be_asked_about_those_who_come_by_a_token(server):
    """That httpd takes the lines; what they do is tried with a real directory."""
    server.modules += ["ldap", "authnz_ldap"]
    server.locations = printed("apache", "ldap-group")
    assert server.check_configuration()[0] == 0
