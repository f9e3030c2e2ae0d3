# SPDX-License-Identifier: Apache-2.0
"""JiraTokenMessageCmd: what happens is told by a program, at least once, whatever
the program or httpd does."""

import os
import pathlib
import re
import signal
import time

import pytest

from admin import Admin, mount
from auditing import (TELLS, is_gone, make_audit, outbox, ready, told, use_audit,
                      use_messages, wait_for_tries, write_program)
from faults import SILENT
from remembering import said
from server import TOKEN
from starts import refused, refused_start, said_of

DAY = 86400
START = "2027-01-15 12:00:00"
UNTOLD = "a message was not told"

pytestmark = pytest.mark.database


def at(server, days=0):
    return int(server.now()) + days * DAY


def rfc3339(instant):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))


@pytest.fixture
def telling(server):
    return ready(use_messages(server).start())


def test_changes_are_told(telling):
    token = telling.create(label='c"i\\ 😀', expires="2999-12-31")
    number = telling.id_of(token)
    telling.revoke(token)
    telling.poll(lambda: len(told(telling)) == 2)
    created, revoked = sorted(told(telling), key=lambda message: message["event"])
    assert list(created) == ["event", "at", "user", "id", "label", "expiresAt", "daysLeft",
                             "by", "from"]
    [[instant]] = telling.sql("SELECT MIN(at) FROM jiratoken_audit")
    assert created == {
        "event": "created", "at": rfc3339(instant), "user": "alice", "id": number,
        "label": 'c"i\\ 😀', "expiresAt": "3000-01-01T00:00:00Z",
        "daysLeft": created["daysLeft"], "by": "alice", "from": "127.0.0.1"}
    assert created["daysLeft"] > 300000
    assert revoked["event"] == "revoked" and revoked["id"] == number
    assert revoked["expiresAt"] is None and revoked["daysLeft"] is None
    telling.poll(lambda: not outbox(telling))


def test_rotation_is_told_and_a_new_label_is_not(telling):
    number = telling.id_of(telling.create())
    telling.post(f"/tokens/{number}/rename", {"label": "other"}, user="alice")
    form = telling.get(f"/tokens/{number}/rotate", user="alice").text
    answer = telling.post(f"/tokens/{number}/rotate", {
        "replaces": re.search('name="replaces" value="([0-9a-f]{12})"', form)[1],
        "overlap": 0}, user="alice")
    telling.tokens += TOKEN.findall(answer.text)
    telling.poll(lambda: {message["event"] for message in told(telling)}
                 == {"created", "rotated"})
    telling.poll(lambda: not outbox(telling))
    assert len(told(telling)) == 2
    [rotated] = told(telling, "rotated")
    assert (rotated["label"], rotated["expiresAt"]) == ("other", None)


def test_what_happened_before_is_not_told(server):
    use_audit(server)
    server.start().create(label="before")
    server.stop()
    server.settings = server.settings.replace("JiraTokenAudit jiratoken_audit\n", "")
    server.sql("DROP TABLE jiratoken_audit")
    ready(use_messages(server).start())
    server.create(label="after")
    server.poll(lambda: told(server))
    assert [message["label"] for message in told(server)] == ["after"]


def test_first_change_after_the_first_start_is_told(server):
    """The start itself begins the outbox, before anybody can change anything."""
    use_messages(server).start()
    assert outbox(server, "name = 'horizon'")
    server.create(label="first")
    server.poll(lambda: told(server))
    assert [message["label"] for message in told(server)] == ["first"]


def test_check_of_the_configuration_begins_nothing(server):
    assert use_messages(server).check_configuration()[0] == 0
    assert not outbox(server, "name = 'horizon'")


def test_many_are_told_once_each(telling):
    numbers = {telling.id_of(telling.create()) for _ in range(20)}
    assert telling.post("/tokens/revoke", [("id", n) for n in numbers],
                        user="alice").status == 303
    telling.poll(lambda: len(told(telling)) == 40)
    assert {message["id"] for message in told(telling, "revoked")} == numbers
    telling.poll(lambda: not outbox(telling))
    assert len(told(telling)) == 40


def test_more_than_are_taken_at_once_are_all_taken(server):
    """The clock passes over the two minutes after which what was taken is not looked
    at again. They are of tomorrow, so that none is told meanwhile."""
    server.use_own_clock(START)
    ready(use_messages(server, "exit 0").start())
    rows = ", ".join(f"({at(server, 1)}, 'revoked', 'done', 'many{n}', 'basic', 'alice', {n}, 'l')"
                     for n in range(1, 1501))
    server.sql("INSERT INTO jiratoken_audit (at, event, stage, intent, actor_how, user_name, "
               f"token_id, label) VALUES {rows}")
    for taken in (1, 201, 401):
        server.poll(lambda t=taken: len(outbox(server, "name LIKE 'many%'")) >= t)
        server.pass_time(121)
    server.poll(lambda: len(outbox(server, "name LIKE 'many%'")) == 1500)


def test_rows_far_apart_are_told(telling):
    """The audit is looked at in spans of 20,000 ids."""
    for number in (19000, 41000, 5000000):
        telling.sql("INSERT INTO jiratoken_audit (id, at, event, stage, intent, actor_how, "
                    f"user_name, token_id, label) {telling.database.overriding} VALUES "
                    f"(?, 1, 'revoked', 'done', ?, 'basic', 'alice', ?, 'l')",
                    number, f"far{number}", number)
    telling.poll(lambda: {m["id"] for m in told(telling)} == {19000, 41000, 5000000})
    assert len(told(telling)) == 3


# ---- tokens that end

@pytest.fixture
def ending(server):
    server.use_own_clock(START)
    return use_messages(server)


def wait_for(server, *wish):
    """Until these were told, as (event, daysLeft) of one token, and that is known."""
    server.poll(lambda: [(m["event"], m["daysLeft"])
                         for m in told(server, "expiring", "expired")] == list(wish))
    server.poll(lambda: not outbox(server))     # else they would be told again


def test_end_is_told_14_7_and_1_days_before_and_then(ending):
    ready(ending.start())
    number = ending.insert("ci", expires_at=at(ending, 15), created_at=at(ending))
    ending.pass_time(DAY + 60)
    wait_for(ending, ("expiring", 13))
    ending.pass_time(7 * DAY)
    wait_for(ending, ("expiring", 13), ("expiring", 6))
    ending.pass_time(6 * DAY)
    wait_for(ending, ("expiring", 13), ("expiring", 6), ("expiring", 0))
    ending.pass_time(DAY)
    wait_for(ending, ("expiring", 13), ("expiring", 6), ("expiring", 0), ("expired", 0))
    assert {(m["id"], m["label"], m["user"], m["by"], m["from"]) for m in told(ending)} \
        == {(number, "ci", "alice", None, None)}
    ending.pass_time(100 * DAY)
    ending.create(label="to see that the rest was looked at")
    ending.poll(lambda: told(ending, "created"))
    assert len(told(ending)) == 5


def test_days_on_which_httpd_was_down_are_made_up_for(ending):
    ready(ending.start())
    ending.insert("twelve", expires_at=at(ending, 40) + 60)
    ending.insert("two", expires_at=at(ending, 30) + 60)
    ending.insert("ended", expires_at=at(ending, 20))
    ending.insert("never")
    ending.stop()
    ending.pass_time(28 * DAY)
    ending.start()
    ending.poll(lambda: len(told(ending)) == 3)
    assert sorted((m["label"], m["event"], m["daysLeft"]) for m in told(ending)) == [
        ("ended", "expired", 0), ("twelve", "expiring", 12), ("two", "expiring", 2)]
    assert sorted(ending.sql("SELECT label, noticed FROM jiratoken")) == [
        ("ended", 0), ("never", None), ("twelve", 14), ("two", 7)]


def test_what_ended_before_the_first_use_is_not_told(ending):
    ending.insert("old", expires_at=at(ending, -5))
    ready(ending.start())
    ending.insert("new", expires_at=at(ending, 3))
    ending.pass_time(4 * DAY)
    ending.poll(lambda: told(ending, "expired"))
    assert {message["label"] for message in told(ending)} == {"new"}


def test_days_are_the_administrators(ending):
    ending.settings += "JiraTokenExpiryNotice 3 30\n"
    ready(ending.start())
    ending.insert("ci", expires_at=at(ending, 20))
    ending.pass_time(21)    # a program that runs may take thirty
    wait_for(ending, ("expiring", 19))
    ending.pass_time(17 * DAY)
    wait_for(ending, ("expiring", 19), ("expiring", 2))


def test_days_that_change_are_told_from_then_on(ending):
    ready(ending.start())
    ending.insert("ci", expires_at=at(ending, 13))
    ending.pass_time(21)
    wait_for(ending, ("expiring", 12))
    ending.settings += "JiraTokenExpiryNotice 10 5\n"
    ending.restart()
    ending.pass_time(4 * DAY)
    wait_for(ending, ("expiring", 12), ("expiring", 8))


# ---- programs

def test_program_that_fails_is_run_again(server):
    use_messages(server, 'cat > /dev/null; echo "no mail today" >&2; exit 75')
    server.use_own_clock(START)
    server.expect(UNTOLD)
    ready(server.start())
    server.create(label="ci")
    server.poll(lambda: said(server, UNTOLD))
    line = said_of(server, UNTOLD)
    assert "code=75" in line and "event=created" in line and "no mail today" in line
    wait_for_tries(server, 1)
    for tries in (2, 3):
        server.pass_time(120)
        wait_for_tries(server, tries)
        assert not told(server)
    write_program(server, TELLS)
    server.pass_time(120)
    server.poll(lambda: told(server))
    server.poll(lambda: not outbox(server))


def test_pauses_grow_to_an_hour(server):
    use_messages(server, "exit 1")
    server.use_own_clock(START)
    server.expect(UNTOLD)
    ready(server.start())
    server.create()
    for tries in range(1, 13):
        wait_for_tries(server, tries)
        server.pass_time(3601)
    wait_for_tries(server, 13)
    assert outbox(server)[0][1] - server.now() > 3000
    assert outbox(server)[0][1] - server.now() <= 3600


def test_program_that_hangs_is_killed_with_its_children(server):
    """And keeps nobody: not other messages, nor requests."""
    use_messages(server, 'line=$(cat)\ncase "$line" in *hangs*) sleep 1000000 & '
                 'echo $! $$ > "$here/pids"; wait;; esac\n'
                 'printf "%s %s\\n" "$*" "$line" >> "$here/told"')
    server.use_own_clock(START)
    server.expect(UNTOLD)
    ready(server.start())
    server.create(label="hangs")
    server.poll((server.root / "data" / "pids").exists)
    server.create(label="goes")
    server.poll(lambda: told(server))
    server.poll(lambda: (server.root / "data" / "pids").read_text().split())
    server.pass_time(31, is_idle=False)
    server.poll(lambda: said(server, UNTOLD))
    assert "timeout, code=137" in said_of(server, UNTOLD)
    for pid in (server.root / "data" / "pids").read_text().split():
        server.poll(lambda pid=pid: is_gone(pid))


def test_program_that_says_megabytes_is_listened_to(server):
    use_messages(server, 'head -c 20000000 /dev/zero | tr "\\0" x\n'
                 'head -c 20000000 /dev/zero | tr "\\0" x >&2\n' + TELLS)
    ready(server.start())
    server.create(label="ci")
    server.poll(lambda: told(server))
    server.poll(lambda: not outbox(server))
    assert "xxxx" not in server.log()


def test_program_that_reads_nothing_has_been_told(server):
    use_messages(server, 'echo $* > "$here/ran"')
    ready(server.start())
    server.create()
    server.poll(lambda: not outbox(server)
                and outbox(server, "sent_at IS NOT NULL"))
    assert (server.root / "data" / "ran").read_text() == "--to admin created\n"


UNFIT = [
    (lambda path: path.unlink(), "No such file or directory"),
    (lambda path: path.chmod(0o700), "Permission denied"),
    (lambda path: path.write_text("#!/nowhere/sh\n"),
     "the interpreter that its first line names is not there"),
    (lambda path: path.write_text("exit 0\n"), "Exec format error"),
]


@pytest.mark.parametrize("spoil,reason", UNFIT, ids=[reason for _, reason in UNFIT])
def test_program_that_cannot_be_run_is_told_of_with_the_reason(server, spoil, reason):
    """And by whom."""
    use_messages(server)
    server.expect(UNTOLD)
    ready(server.start())
    os.chown(server.root / "tell", 0, 0)
    spoil(server.root / "tell")
    server.create()
    server.poll(lambda: said(server, UNTOLD))
    line = said_of(server, UNTOLD)
    assert line.endswith(f" code=127 tries=1 account=www-data reason={reason}")


def test_program_has_nothing_of_httpds(server):
    """Neither its environment, nor its sockets, nor its account's rights."""
    use_messages(server, 'cat > /dev/null; env > "$here/env"; id -un > "$here/id"\n'
                 'ls -l /proc/$$/fd > "$here/fd"\n'
                 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status > "$here/signals"\n'
                 'mv "$here/env" "$here/told.env"')
    server.environment["SECRET"] = "hidden"
    ready(server.start())
    server.create()
    place = server.root / "data"
    server.poll((place / "told.env").exists)
    names = {line.partition("=")[0] for line in (place / "told.env").read_text().splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH"}      # those are sh's
    if os.geteuid() == 0:
        assert (place / "id").read_text() == "www-data\n"
    files = dict(re.findall(r"(\d+) -> (\S+)", (place / "fd").read_text()))
    own = {str(place / "fd"), str(server.root / "tell"), "/dev/null"}   # sh's
    assert {re.sub(r":.*", "", name) for name in files.values()} - own == {"pipe"}, files
    for name, mask in re.findall(r"(\w+):\s+([0-9a-f]+)", (place / "signals").read_text()):
        if name != "SigCgt":
            assert int(mask, 16) & 0x7fffffff == 0, (name, mask)   # not glibc's own


# ---- httpd ends

def test_message_waits_for_httpd(server):
    use_messages(server, "exit 1")
    server.use_own_clock(START)
    server.expect(UNTOLD)
    ready(server.start())
    server.create(label="ci")
    wait_for_tries(server, 1)
    server.stop()
    write_program(server, TELLS)
    server.pass_time(60)
    server.start()
    server.poll(lambda: told(server))


def kill(server):
    server.expect("AH00052|AH00060|child pid|AH00045")
    for pid in server.children():
        os.kill(int(pid), signal.SIGKILL)


HOLDS = 'while ! [ -e "$here/go" ]; do sleep 0.05; done\n' + TELLS


def test_kill_while_it_is_told_tells_it_again(server):
    """When the lease is over."""
    use_messages(server, 'touch "$here/began"\n' + HOLDS)
    server.use_own_clock(START)
    ready(server.start())
    server.create(label="ci")
    server.poll((server.root / "data" / "began").exists)
    [[_, due, _, holder]] = outbox(server)
    assert 290 <= due - server.now() <= 300
    kill(server)
    (server.root / "data" / "go").touch()
    server.poll(lambda: told(server))       # by the program that nobody waits for
    server.poll(lambda: server.get("/open/hello.txt").status == 200)
    server.pass_time(301)
    server.poll(lambda: not outbox(server))
    assert [row[3] for row in outbox(server, "sent_at IS NOT NULL")] != [holder]
    assert len(told(server)) == 2


def test_end_of_httpd_ends_the_program(server):
    """What was not told is due at once; where a signal ends the process, when the
    lease is over."""
    use_messages(server, 'echo $$ > "$here/pid"; mv "$here/pid" "$here/began"\n'
                 'sleep 1000000')
    ready(server.start())
    server.create(label="ci")
    server.poll((server.root / "data" / "began").exists)
    write_program(server, TELLS)
    server.stop()
    pid = (server.root / "data" / "began").read_text().strip()
    server.poll(lambda: is_gone(pid))
    if server.mpm != "prefork":
        [[_, due, _, _]] = outbox(server)
        assert due <= time.time()
        server.start()
        server.poll(lambda: told(server))


def test_graceful_restart_goes_on(telling):
    telling.create(label="one")
    telling.graceful()
    telling.create(label="two")
    telling.poll(lambda: {message["label"] for message in told(telling)} == {"one", "two"})


@pytest.mark.parametrize("event", ["created", "rotated", "revoked"])
def test_change_without_an_outcome_is_told_if_it_was_made(server, event):
    """As a kill between the two leaves it."""
    use_messages(server)
    server.use_own_clock(START)
    ready(server.start())
    now = at(server)
    made = server.insert("made", created_at=now)
    kept = server.insert("kept", created_at=now - 1)
    row = ("INSERT INTO jiratoken_audit (at, event, stage, intent, actor, actor_how, "
           "user_name, token_id, label) VALUES (?, ?, 'intent', ?, 'alice', 'basic', "
           "'alice', ?, ?)")
    if event == "revoked":
        server.sql("DELETE FROM jiratoken WHERE id = ?", made)
    server.sql(row, now, event, "a" * 32, None if event == "created" else made, "made")
    server.sql(row, now, event, "b" * 32, None if event == "created" else kept, "kept")
    server.pass_time(40)
    server.poll(lambda: told(server))
    assert [(m["event"], m["id"], m["label"]) for m in told(server)] \
        == [(event, made, "made")]


def test_two_servers_tell_each_message_once(server, twin):
    use_messages(server)
    twin.modules.append("watchdog")
    twin.settings += server.settings
    server.start()
    ready(twin.start())
    for n in range(20):
        (server if n % 2 else twin).create(label=f"n{n}")
    server.poll(lambda: not outbox(server) and len(told(server)) == 20)
    assert len({message["id"] for message in told(server)}) == 20


@pytest.mark.database("pgsql", "mysql")
def test_two_servers_tell_many_revocations(server, twin):
    """They take the same rows of the audit at the same time, which is no fault: no
    line of the log says so. SQLite lets one write at a time."""
    numbers = {server.insert(f"t{n}", user=f"user{n}") for n in range(300)}
    use_messages(mount(server))
    twin.modules.append("watchdog")
    twin.settings += server.settings
    server.start()
    ready(twin.start())
    assert Admin(server).revoke(all=True, confirm="revoke everything")["revoked"] == 300
    server.poll(lambda: {message["id"] for message in told(server)} == numbers)
    server.poll(lambda: not outbox(server))


def test_what_was_told_is_forgotten_after_a_day(server):
    use_messages(server)
    server.use_own_clock(START)
    ready(server.start())
    server.create()
    server.poll(lambda: outbox(server, "sent_at IS NOT NULL"))
    for seconds in (130, 130, 2 * DAY):
        server.pass_time(seconds)
        server.create()
        server.poll(lambda: not outbox(server))
    server.pass_time(2 * DAY)
    server.poll(lambda: len(outbox(server, "sent_at IS NOT NULL")) < 4)
    assert outbox(server, "name = 'horizon'")


def test_database_that_is_away_loses_nothing(telling):
    telling.create(label="one")
    telling.poll(lambda: told(telling))
    telling.expect(SILENT)
    telling.sql("ALTER TABLE jiratoken_audit_outbox RENAME TO outbox_away")
    telling.create(label="two")
    telling.poll(lambda: said(telling, "of the table jiratoken_audit_outbox: "))
    telling.sql("ALTER TABLE outbox_away RENAME TO jiratoken_audit_outbox")
    telling.poll(lambda: [m["label"] for m in told(telling)] == ["one", "two"])


# ---- the start

def test_missing_outbox_is_told_at_the_start(server):
    use_audit(server)
    server.modules.append("watchdog")
    server.settings += f"JiraTokenMessageCmd {write_program(server, TELLS)}\n"
    log = refused_start(server)
    assert "the table jiratoken_audit_outbox of JiraTokenMessageCmd is missing" in log
    assert f"conf/sql/outbox-{server.database.kind}.sql" in log


@pytest.mark.database("pgsql", "mysql")
def test_missing_right_on_the_outbox_is_told_at_the_start(server):
    use_messages(server)
    role = "httpd" if server.database.kind == "pgsql" else "'httpd'@'%'"
    server.sql(f"REVOKE DELETE ON jiratoken_audit_outbox FROM {role}")
    server.expect(f"denies httpd's account a right|{SILENT}")
    server.start()
    line = said_of(server, "denies httpd's account a right")
    assert f"conf/sql/outbox-{server.database.kind}.sql" in line and "DELETE" in line


@pytest.mark.plain
@pytest.mark.parametrize("lines,words", [
    ("JiraTokenMessageCmd /bin/true", "needs JiraTokenAudit"),
    ("JiraTokenMessageCmd /nowhere/tell", "is not the path of a program"),
    ("JiraTokenMessageCmd /etc/passwd", "is not the path of a program"),
    ("JiraTokenMessageCmd /bin", "is not the path of a program"),
    ("JiraTokenMessageCmd", "is not the path of a program"),
    ("JiraTokenMessageCmd /bin/true\nJiraTokenMessageCmd /bin/false", "named before"),
    ("JiraTokenExpiryNotice", "takes numbers of days"),
    ("JiraTokenExpiryNotice 0", "is not a whole number from 1 to 3650"),
    ("JiraTokenExpiryNotice 7 soon", "is not a whole number from 1 to 3650"),
])
def test_settings_that_cannot_be_are_refused(server, lines, words):
    make_audit(server.database)
    server.settings += lines + "\n"
    refused(server, lines.split()[0], words)
