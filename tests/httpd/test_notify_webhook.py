# SPDX-License-Identifier: Apache-2.0
"""conf/examples/notify-webhook: what happens is sent to a URL, by curl to a web server
of loopback, until that has taken it."""

import contextlib
import json
import pathlib
import shutil
import subprocess

import pytest

from auditing import outbox, ready, use_program, wait_for_tries
from receivers import Hook
from remembering import said
from server import HANGS, TOP
from starts import said_of

EXAMPLE = TOP / "conf/examples/notify-webhook"
SECRET = 'Bearer 0123 "quoted" \\ 4567'
UNTOLD = "a message was not told"
START = "2027-01-15 12:00:00"
EVENT = {"event": "created", "at": "2027-03-18T09:12:40Z", "user": "l\u00e9a", "id": 7,
         "label": 'c"i\\n \U0001f600', "expiresAt": None, "daysLeft": None,
         "by": "alice", "from": "192.0.2.1"}
KEY = "created-7-2027-03-18T09:12:40Z"

pytestmark = pytest.mark.plain


@pytest.fixture
def hook():
    made = Hook().start()
    yield made
    made.stop()


def write_settings(folder, hook, more=""):
    header = SECRET.replace("\\", "\\\\").replace('"', '\\"')
    path = folder / "notify-webhook.conf"
    path.touch()
    path.chmod(0o600)
    path.write_text(f'url = "{hook.url}"\nheader = "Authorization: {header}"\n{more}')
    return path


# ---- the program by itself


@pytest.fixture
def alone(tmp_path, hook):
    path = write_settings(tmp_path, hook)

    def run(text=None, settings=path):
        text = json.dumps(EVENT).encode() if text is None else text
        done = subprocess.run(
            [EXAMPLE / "notify-webhook", settings, "created"], input=text,
            capture_output=True, timeout=HANGS, check=False,
            env={"PATH": "/usr/bin:/bin"})
        assert SECRET.encode() not in done.stderr and not done.stdout
        return done.returncode, done.stderr.decode()
    run.path = path
    return run


def test_message_is_posted_as_it_is(alone, hook):
    assert alone() == (0, "")
    [(path, headers, body)] = hook.requests
    assert path == "/hook" and json.loads(body) == EVENT
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == SECRET
    assert headers["Idempotency-Key"] == KEY


@pytest.mark.parametrize("status", [200, 202, 299])
def test_any_2xx_is_a_success(alone, hook, status):
    hook.statuses = [status]
    assert alone() == (0, "")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 400, 401, 404, 410, 429, 500, 503])
def test_any_other_answer_is_a_failure(alone, hook, status):
    hook.statuses = [status]
    code, words = alone()
    assert code == 75 and f"the message was refused: status={status}" in words
    assert len(hook.requests) == 1      # no redirect is followed


def test_settings_follow_no_redirect(alone, hook, tmp_path):
    write_settings(tmp_path, hook, "location\n")
    hook.statuses = [307]
    assert alone()[0] == 75
    assert len(hook.requests) == 1


def test_receiver_that_is_away_is_a_failure(alone, hook):
    hook.stop()
    code, words = alone()
    assert code == 75 and "curl: (7)" in words and "the message was not sent" in words


def test_only_the_web_is_told(alone, tmp_path):
    alone.path.write_text(f'url = "file://{tmp_path}/told"\n')
    assert alone()[0] == 75
    assert not (tmp_path / "told").exists()


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_settings_open_to_others_send_nothing(alone, hook, mode):
    alone.path.chmod(mode)
    code, words = alone()
    assert code == 75 and "is open to others: chmod o=" in words
    link = alone.path.with_name("link")
    link.symlink_to(alone.path)
    assert alone(settings=link)[0] == 75
    assert not hook.requests


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o440])
def test_settings_of_an_account_and_a_group_do(alone, hook, mode):
    alone.path.chmod(mode)
    assert alone() == (0, "") and hook.requests


def test_settings_have_to_be_there(alone, hook, tmp_path):
    assert "cannot be read" in alone(settings=tmp_path / "nowhere")[1]
    assert "has to be a whole path" in alone(settings="-K")[1]
    assert not hook.requests


@pytest.mark.parametrize("text", [
    b"", b"junk", b"[]", b"1", b'{"event":"a\\r\\nX: y","id":1,"at":"2"}',
    b'{"event":"a b","id":1,"at":"2"}', b'{"event":"\\u00e9","id":1,"at":"2"}'])
def test_what_is_no_message_is_not_sent(alone, hook, text):
    code, words = alone(text)
    assert code == 75 and "standard input is no message" in words
    assert not hook.requests


def test_settings_that_are_shipped_can_be_read(tmp_path):
    path = tmp_path / "notify-webhook.conf"
    shutil.copy(EXAMPLE / "notify-webhook.conf", path)
    done = subprocess.run(
        ["curl", "-q", "--config", path, "--proto", "-all", "--silent", "--show-error"],
        capture_output=True, text=True, timeout=HANGS, check=False)
    assert "warning" not in done.stderr.lower()
    assert "not supported or disabled" in done.stderr       # read, and no more


# ---- with httpd


@pytest.fixture
def hooking(server, hook):
    """A server that tells this URL, not yet running."""
    path = write_settings(server.root, hook)
    server.give(path)
    program = server.root / "notify-webhook"
    shutil.copy(EXAMPLE / "notify-webhook", program)
    server.use_own_clock(START)
    return use_program(server, program, path)


def test_each_change_is_sent_once(hooking, hook):
    ready(hooking.start())
    token = hooking.create(label=EVENT["label"])
    hooking.poll(lambda: len(hook.requests) == 1)
    hooking.revoke(token)
    hooking.insert("ends", expires_at=int(hooking.now()) + 3600)
    hooking.pass_time(21)    # a program that runs may take thirty
    hooking.poll(lambda: len(hook.requests) == 3)
    hooking.poll(lambda: not outbox(hooking))       # else it would be sent again
    hooking.pass_time(3600)
    hooking.poll(lambda: len(hook.requests) == 4)
    hooking.poll(lambda: not outbox(hooking))
    messages = [json.loads(body) for _, _, body in hook.requests]
    assert sorted(message["event"] for message in messages) \
        == ["created", "expired", "expiring", "revoked"]
    assert messages[0]["label"] == EVENT["label"]
    assert len({headers["Idempotency-Key"] for _, headers, _ in hook.requests}) == 4
    assert token not in str(hook.requests)


@pytest.mark.parametrize("trouble", ["refuses", "away"])
def test_receiver_in_trouble_gets_it_later_with_the_same_key(hooking, hook, trouble):
    hooking.expect(UNTOLD)
    if trouble == "away":
        hook.stop()
    hook.statuses = [503] * 2 if trouble == "refuses" else []
    ready(hooking.start())
    hooking.create(label="ci")
    hooking.poll(lambda: said(hooking, UNTOLD))
    assert ("status=503" if trouble == "refuses" else "curl: (7)") \
        in said_of(hooking, UNTOLD)
    wait_for_tries(hooking, 1)
    hooking.pass_time(120)
    wait_for_tries(hooking, 2)
    if trouble == "away":
        hook.start()
    hooking.pass_time(120)
    hooking.poll(lambda: not outbox(hooking))
    assert len(hook.requests) == (3 if trouble == "refuses" else 1)
    assert len({headers["Idempotency-Key"] for _, headers, _ in hook.requests}) == 1


def command_lines():
    """Of all processes, as the kernel tells everybody."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")


def test_secret_is_on_no_command_line(hooking, hook):
    """Of curl's, while it waits for the answer."""
    seen = []
    hook.watch = lambda: seen.extend(command_lines())
    ready(hooking.start())
    hooking.create(label="ci")
    hooking.poll(lambda: hook.requests)
    assert any("curl" in line and str(hooking.root) in line for line in seen)
    assert not any(hook.url in line or "0123" in line for line in seen)
