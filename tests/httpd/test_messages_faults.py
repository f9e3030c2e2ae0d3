# SPDX-License-Identifier: Apache-2.0
"""JiraTokenMessageCmd when things go wrong at once: programs that hang, fail and talk,
and a power failure of a whole server, alone or beside another one. Nothing is lost, and
what was told is not told again without a reason."""

import concurrent.futures
import contextlib
import datetime
import os
import signal
import socket

import pytest

from admin import Admin, mount
from auditing import (TELLS, is_gone, make_audit, make_outbox, outbox, ready, told,
                      use_messages, wait_for_tries, write_program)
from remembering import said
from server import HANGS
from starts import said_of

START = "2027-01-15 12:00:00"
UNTOLD = "a message was not told"
FAILS = "the token database cannot answer"
LOCKED = "messages wait for another program"
LEASE = 300
PID = 'echo $$ > "$here/pid"; mv "$here/pid" "$here/began"\n'

pytestmark = pytest.mark.database


def place(server, name):
    return server.root / "data" / name


def sent(server):
    return outbox(server, "sent_at IS NOT NULL")


def is_free(port):
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return True
    return False


def kill_all(server, *others):
    """As a power failure: httpd with all its processes, and the programs. One that is
    stopped begins no other child meanwhile."""
    server.process.send_signal(signal.SIGSTOP)
    for pid in (*map(int, server.children()), *others, server.process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait(HANGS)
    # A process that was killed has the socket until it has ended.
    server.poll(lambda: is_free(server.port))
    server.process = None
    server.expect("AH00098: ")      # that the file with its pid is an old one


@pytest.fixture
def own_clock(server):
    server.use_own_clock(START)
    return server


# ---- programs


def test_program_that_is_killed_is_run_again(own_clock):
    use_messages(own_clock, PID + "sleep 1000000")
    own_clock.expect(UNTOLD)
    ready(own_clock.start())
    own_clock.create(label="ci")
    own_clock.poll(place(own_clock, "began").exists)
    write_program(own_clock, TELLS)
    os.killpg(int(place(own_clock, "began").read_text()), signal.SIGKILL)
    wait_for_tries(own_clock, 1)
    assert "code=137" in said_of(own_clock, UNTOLD)
    assert "timeout" not in said_of(own_clock, UNTOLD)
    own_clock.pass_time(60)
    own_clock.poll(lambda: not outbox(own_clock))
    assert [message["label"] for message in told(own_clock)] == ["ci"]


def test_program_that_fails_with_megabytes_has_one_short_line(server):
    """And what it says makes no line of the log."""
    use_messages(server, 'printf "none\\n[core:error] forged\\033[2J" >&2\n'
                 'head -c 20000000 /dev/zero | tr "\\0" "\\n" >&2; exit 1')
    server.expect(UNTOLD)
    ready(server.start())
    server.create()
    wait_for_tries(server, 1)
    lines = [line for line in server.log().splitlines() if "forged" in line]
    assert lines == [said_of(server, UNTOLD)]
    assert len(lines[0]) < 1000 and 'said="none [core:error] forged' in lines[0]
    assert lines[0].isprintable()


def test_programs_that_hang_keep_no_request_and_no_message_for_ever(own_clock):
    """More of them than may run at once."""
    use_messages(own_clock, 'line=$(cat)\ncase "$line" in *hangs*) echo x >> "$here/hung"; '
                 'exec sleep 1000000;; esac\n'
                 'printf "%s %s\\n" "$*" "$line" >> "$here/told"')
    own_clock.expect(UNTOLD)
    ready(own_clock.start())
    hung = place(own_clock, "hung")
    for n in range(12):
        own_clock.create(label=f"hangs {n}")
    own_clock.poll(lambda: hung.exists() and len(hung.read_text().split()) == 10)
    own_clock.create(label="goes")
    assert own_clock.get("/open/hello.txt").status == 200
    own_clock.pass_time(31, is_idle=False)
    own_clock.poll(lambda: told(own_clock))
    assert [message["label"] for message in told(own_clock)] == ["goes"]
    own_clock.poll(lambda: len(outbox(own_clock)) == 12)


def test_failures_of_one_message_keep_no_other(own_clock):
    use_messages(own_clock, 'line=$(cat)\ncase "$line" in *fails*) exit 1;; esac\n'
                 'printf "%s %s\\n" "$*" "$line" >> "$here/told"')
    own_clock.expect(UNTOLD)
    ready(own_clock.start())
    for n in range(15):
        own_clock.create(label=f"fails {n}")
    for n in range(5):
        own_clock.create(label=f"goes {n}")
    own_clock.poll(lambda: len(told(own_clock)) == 5)
    own_clock.poll(lambda: [row[2:] for row in outbox(own_clock)] == [(1, None)] * 15)
    assert len(sent(own_clock)) == 5


@pytest.mark.parametrize("count", [20, 60, 100])
def test_server_ends_at_once_while_many_messages_wait(server, count):
    """httpd would say that a child does not exit. With prefork it ends its whole group,
    and a program that has just begun is still in it: that one is told again."""
    if server.mpm == "prefork":
        server.expect(UNTOLD)
    use_messages(mount(server), TELLS + '\nif [ "$(wc -l < "$here/told")" -gt 200 ]; then '
                 "exec sleep 1000000; fi")
    for n in range(400):
        server.insert(f"t{n}", user=f"user{n}")
    ready(server.start())
    assert Admin(server).revoke(all=True, confirm="revoke everything")["revoked"] == 400
    server.poll(lambda: len(sent(server)) >= count)
    server.stop()
    assert len(sent(server)) < 400


def test_end_of_httpd_leaves_no_message_claimed(server):
    """What was told is noted, also while another thread ends httpd as well, and what a
    program that was ended was to tell is due at once. With prefork a process ends as
    soon as it can."""
    use_messages(server, 'line=$(cat); echo x >> "$here/began"\n'
                 'case "$line" in *never*) exec sleep 1000000;; esac; sleep 0.3')
    ready(server.start())
    for n in range(4):
        server.create(label=f"n{n}" if n else "never")
    began = place(server, "began")
    server.poll(lambda: began.exists() and len(began.read_text().split()) == 4)
    server.stop()
    claimed = outbox(server, "due_at IS NOT NULL AND holder IS NOT NULL")
    assert server.mpm == "prefork" or not claimed


def test_programs_of_all_virtual_hosts_end_in_the_same_second(server):
    """httpd would say that a child does not exit."""
    use_messages(server, 'echo x >> "$here/began"; exec sleep 1000000')
    tables = [f"host{n}" for n in range(6)]
    for table in tables:
        server.database.make_table(table)
        make_audit(server.database, f"{table}_audit")
        make_outbox(server.database, table)
        server.locations += (f"<VirtualHost *>\nServerName {table}.example\n"
                             f"JiraTokenTable {table}\nJiraTokenAudit {table}_audit\n"
                             "</VirtualHost>\n")
        server.sql(f"INSERT INTO {table}_audit_outbox (name, event, at, user_name, token_id, "
                   "due_at, tries) VALUES ('x', 'revoked', 1, 'alice', 1, 1, 0)")
    server.start()
    began = place(server, "began")
    server.poll(lambda: began.exists() and len(began.read_text().split()) == len(tables))
    server.stop()
    claimed = [table for table in tables if server.sql(
        f"SELECT holder FROM {table}_audit_outbox WHERE name = 'x'") != [(None,)]]
    assert server.mpm == "prefork" or not claimed


STEPS = """read line
case "$line" in *first*) name=first;; *) name=second;; esac
echo $$ > "$here/pid"; mv "$here/pid" "$here/$name.began"
while [ ! -e "$here/$name.go" ]; do sleep 0.05; done"""


@contextlib.contextmanager
def locked(server, label):
    """Nobody else writes this message's row. Waits until somebody wants to."""
    waiting = ("SELECT count(*) FROM pg_stat_activity WHERE usename = 'httpd' "
               "AND wait_event_type = 'Lock'")
    with server.database.session() as session:
        session.execute("BEGIN")
        session.execute("SELECT name FROM jiratoken_audit_outbox WHERE label = %s FOR UPDATE",
                        [label])
        yield lambda: server.poll(lambda: server.sql(waiting) != [(0,)])
        session.execute("COMMIT")


@pytest.mark.database("pgsql")
def test_program_that_ends_while_another_is_noted_is_noted_at_the_end_of_httpd(own_clock):
    """However long that takes: it is not told again."""
    if own_clock.mpm == "prefork":
        return      # a process ends as soon as it can
    use_messages(own_clock, STEPS)
    lines = own_clock.database.directives().replace("=2000'", "=60000'")
    own_clock.database.directives = lambda: lines
    ready(own_clock.start())
    pids = {}
    for name in ("first", "second"):
        own_clock.create(label=name)
        own_clock.poll(place(own_clock, f"{name}.began").exists)
        pids[name] = place(own_clock, f"{name}.began").read_text().strip()
    children = own_clock.children()
    instant = int(own_clock.now()) + 1
    own_clock.hold_time(instant)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with locked(own_clock, "second") as wait_for_note:
            ending = pool.submit(own_clock.stop)
            # Its main thread and mod_watchdog's are left: it ends.
            own_clock.poll(lambda: all(len(os.listdir(f"/proc/{pid}/task")) <= 2
                                       for pid in children if not is_gone(pid)))
            place(own_clock, "second.go").touch()
            wait_for_note()
            place(own_clock, "first.go").touch()
            own_clock.poll(lambda: is_gone(pids["first"]))
            own_clock.hold_time(instant + 1)
        ending.result()
    assert len(sent(own_clock)) == 2


@pytest.mark.database("sqlite3")
def test_server_ends_while_another_program_keeps_the_file_locked(server):
    """What was told cannot be noted, and nothing waits for that."""
    use_messages(server, 'cat > "$here/took"; while [ ! -e "$here/go" ]; do sleep 0.1; done; '
                 'touch "$here/ended"')
    server.settings += "LogLevel jiratoken:debug\n"
    # SQLite waits for two seconds itself. Httpd asks a child again after three; one
    # that goes on waiting is killed, which is another line.
    server.expect("AH00045")
    ready(server.start())
    for n in range(3):
        server.create(label=f"n{n}")
    server.poll(lambda: len(outbox(server, "holder IS NOT NULL")) == 3)
    with server.database.connect() as locking:
        locking.isolation_level = None
        locking.execute("BEGIN IMMEDIATE")
        place(server, "go").touch()
        server.poll(lambda: said(server, LOCKED))
        assert place(server, "ended").exists()
        server.stop()
        locking.execute("ROLLBACK")
    assert not sent(server)


@pytest.mark.database("sqlite3")
def test_lock_that_lasts_is_warned_of(own_clock):
    """Though others go on reading."""
    use_messages(own_clock)
    own_clock.settings += "LogLevel jiratoken:debug\n"
    own_clock.expect(LOCKED)
    ready(own_clock.start())
    with own_clock.database.connect() as locking:
        locking.isolation_level = None
        locking.execute("BEGIN IMMEDIATE")
        own_clock.poll(lambda: said(own_clock, LOCKED))
        assert not said(own_clock, f"jiratoken:warn.*{LOCKED}")
        own_clock.pass_time(61, is_idle=False)
        own_clock.poll(lambda: said(own_clock, f"jiratoken:warn.*{LOCKED}"))
        locking.execute("ROLLBACK")


# ---- statements that fail


def failures(server):
    """When the module has called a statement in vain, by httpd's clock."""
    return [datetime.datetime.strptime(line[1:32], "%a %b %d %H:%M:%S.%f %Y").timestamp()
            for line in said(server, FAILS)]


@pytest.fixture
def refused(own_clock):
    """Statements that the database is to refuse, though it answers others."""
    own_clock.settings += "LogLevel jiratoken:debug\n"
    own_clock.expect(FAILS)

    def refuse(what):
        own_clock.sql(f"CREATE TRIGGER refused BEFORE UPDATE OF {what} BEGIN "
                      "SELECT RAISE(ABORT, 'refused'); END")
    return refuse


@pytest.mark.database("sqlite3")
def test_message_that_cannot_be_claimed_is_tried_once_a_second(own_clock, refused):
    """However many wait."""
    ready(use_messages(mount(own_clock)).start())
    refused("due_at ON jiratoken_audit_outbox")
    for n in range(40):
        own_clock.insert(f"t{n}", user=f"user{n}")
    assert Admin(own_clock).revoke(all=True, confirm="revoke everything")["revoked"] == 40
    own_clock.poll(lambda: len(failures(own_clock)) >= 4)
    times = failures(own_clock)
    assert len(times) <= times[-1] - times[0] + 2
    own_clock.sql("DROP TRIGGER refused")
    own_clock.poll(lambda: len(sent(own_clock)) == 40)


@pytest.mark.database("sqlite3")
def test_ends_that_cannot_be_noted_are_looked_for_as_seldom_as_others(own_clock, refused):
    for n in range(120):
        own_clock.insert(f"t{n}", user=f"user{n}", expires_at=int(own_clock.now()) + 90000)
    refused("noticed ON jiratoken")
    ready(use_messages(own_clock).start())
    for count in (1, 2, 3):
        own_clock.pass_time(21)
        own_clock.poll(lambda wanted=count: len(failures(own_clock)) >= wanted)
    times = failures(own_clock)
    assert len(times) <= (times[-1] - times[0]) / 20 + 2
    own_clock.sql("DROP TRIGGER refused")
    own_clock.pass_time(21)
    own_clock.poll(lambda: len(told(own_clock, "expiring")) == 120)


# ---- a whole server ends


@pytest.mark.parametrize("step", ["before it is told", "after it was told"])
def test_power_failure_tells_it_when_the_lease_is_over(own_clock, step):
    """Once; again, if it was told and nobody could note that."""
    was_told = step == "after it was told"
    use_messages(own_clock, (TELLS + "\n" if was_told else "") + PID + "sleep 1000000")
    ready(own_clock.start())
    own_clock.create(label="ci")
    own_clock.poll(place(own_clock, "began").exists)
    kill_all(own_clock, int(place(own_clock, "began").read_text()))
    write_program(own_clock, TELLS)
    own_clock.start()
    own_clock.create(label="next")
    own_clock.poll(lambda: [m["label"] for m in told(own_clock)][-1:] == ["next"])
    own_clock.poll(lambda: len(outbox(own_clock)) == 1)     # the one that is claimed
    own_clock.pass_time(LEASE + 1)
    own_clock.poll(lambda: not outbox(own_clock))
    assert [m["label"] for m in told(own_clock)].count("ci") == 1 + was_told
    assert len(sent(own_clock)) == 2


def test_power_failure_before_anything_is_told_loses_nothing(own_clock):
    """Changes that are in the audit alone; at times one that is claimed already."""
    use_messages(own_clock)
    ready(own_clock.start())
    for n in range(5):
        own_clock.create(label=f"n{n}")
    kill_all(own_clock)
    own_clock.start()
    own_clock.pass_time(LEASE + 1)
    own_clock.poll(lambda: len({message["id"] for message in told(own_clock)}) == 5)
    assert {message["label"] for message in told(own_clock)} == {f"n{n}" for n in range(5)}


# ---- two servers


@pytest.fixture
def pair(server, twin):
    """Two on one table and one clock, that run one program; not yet running."""
    def use(text):
        server.use_own_clock(START)
        use_messages(server, text)
        twin.environment.update(server.environment)
        twin.modules.append("watchdog")
        twin.settings += server.settings
        return server, twin
    return use


def test_other_server_tells_what_one_could_not(pair):
    one, other = pair(PID + "sleep 1000000")
    ready(one.start())
    one.create(label="ci")
    one.poll(place(one, "began").exists)
    write_program(one, TELLS)
    other.start()
    other.create(label="next")
    one.poll(lambda: told(one) and len(outbox(one)) == 1)
    kill_all(one, int(place(one, "began").read_text()))
    one.pass_time(LEASE + 1)
    one.poll(lambda: not outbox(one))
    assert [message["label"] for message in told(one)] == ["next", "ci"]


def test_two_servers_try_a_message_as_often_as_one(pair):
    one, other = pair('echo x >> "$here/ran"; exit 1')
    for server in (one, other):
        server.expect(UNTOLD)
        ready(server.start())
    one.create(label="ci")
    for tries in (1, 2, 3, 4):
        wait_for_tries(one, tries)
        one.pass_time(3601)
    wait_for_tries(one, 5)
    assert len(place(one, "ran").read_text().split()) == 5
    assert len(said(one, UNTOLD)) + len(said(other, UNTOLD)) == 5
    write_program(one, TELLS)
    one.pass_time(3601)
    one.poll(lambda: not outbox(one))
    assert len(told(one)) == 1


def test_two_servers_tell_the_end_of_many_tokens_once_each(pair):
    one, other = pair(TELLS)
    numbers = {one.insert(f"t{n}", user=f"user{n}", expires_at=int(one.now()) + 3600)
               for n in range(150)}
    ready(one.start())
    other.start()
    one.pass_time(21)       # a program that runs may take thirty
    one.poll(lambda: len(told(one, "expiring")) == 150)
    one.poll(lambda: not outbox(one))       # else it would be told again
    one.pass_time(3600)
    one.poll(lambda: len(told(one, "expired")) == 150)
    one.poll(lambda: not outbox(one))
    for event in ("expiring", "expired"):
        assert sorted(message["id"] for message in told(one, event)) == sorted(numbers)
