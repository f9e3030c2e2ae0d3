# SPDX-License-Identifier: Apache-2.0
"""conf/examples/notify-mail: owners are told by mail, by msmtp to an SMTP server and
with addresses of slapd's, whatever people call themselves and their tokens."""

import email
import email.header
import email.policy
import importlib.machinery
import importlib.util
import json
import random
import re
import shutil
import subprocess
import sys

import pytest

from auditing import outbox, ready, use_program, wait_for_tries
from directory import BASE, Directory
from receivers import Mailbox
from remembering import said
from server import HANGS, TOP
from starts import said_of

EXAMPLE = TOP / "conf/examples/notify-mail"
UNTOLD = "a message was not told"
DAY = 86400
START = "2027-01-15 12:00:00"
EVENT = {"event": "created", "at": "2027-03-18T09:12:40Z", "user": "alice", "id": 7,
         "label": "ci", "expiresAt": "2027-04-01T00:00:00Z", "daysLeft": 13,
         "by": "alice", "from": "192.0.2.1"}

pytestmark = pytest.mark.plain


def write_settings(folder, **own):
    """The shipped files and these settings, in a folder."""
    lines = {"from": "Tokens <tokens@example.org>", "address": "%s@example.org", **own}
    path = folder / "notify-mail.conf"
    path.write_text("[notify-mail]\n" + "".join(
        f"{name} = {value}\n" for name, value in lines.items()))
    shutil.copy(EXAMPLE / "notify-mail.words.en", folder)
    return path


def translate(folder, tag, subject):
    words = (EXAMPLE / "notify-mail.words.en").read_text()
    (folder / f"notify-mail.words.{tag}").write_text(
        words.replace("A token was created: $label", subject))


# ---- the program by itself, with what takes a mail and keeps it


class Alone:
    def __init__(self, folder):
        self.folder = folder
        self.mail = folder / "mail"
        self.settings = {"sendmail": f"tee {self.mail}"}

    def run(self, message=None, **own):
        """(exit code, what it said, the mail or None)"""
        self.mail.unlink(missing_ok=True)
        path = write_settings(self.folder, **{**self.settings, **own})
        message = {**EVENT, **(message or {})}
        done = subprocess.run(
            [EXAMPLE / "notify-mail", path, message["event"]], capture_output=True,
            input=json.dumps(message).encode(), timeout=HANGS, check=False,
            env={"PATH": "/usr/bin:/bin"})
        mail = email.message_from_bytes(
            self.mail.read_bytes(), policy=email.policy.default) \
            if self.mail.exists() else None
        return done.returncode, done.stderr.decode(), mail

    def told(self, message=None, **own):
        code, words, mail = self.run(message, **own)
        assert (code, words) == (0, ""), words
        return mail

    def refused(self, message=None, **own):
        """What it says; httpd would run it again."""
        code, words, mail = self.run(message, **own)
        assert code == 75 and mail is None
        assert "Traceback" not in words
        return words


@pytest.fixture
def alone(tmp_path):
    return Alone(tmp_path)


def test_mail_says_all_that_the_message_does(alone):
    mail = alone.told(pages="https://example.org/tokens/")
    assert dict(mail.items()) == {
        "From": "Tokens <tokens@example.org>", "To": "alice@example.org",
        "Subject": "A token was created: ci", "Date": mail["Date"],
        "Message-ID": "<created-7-2027-03-18T091240Z@example.org>",
        "Auto-Submitted": "auto-generated", "Content-Language": "en",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable", "MIME-Version": "1.0"}
    text = mail.get_content()
    for line in ("Token:      ci (number 7)", "Owner:      alice",
                 "Created:    2027-03-18 09:12:40 UTC", "Last day:   2027-03-31",
                 "By:         alice", "From:       192.0.2.1",
                 "https://example.org/tokens/"):
        assert line in text.splitlines(), text


@pytest.mark.parametrize("event", ["created", "rotated", "revoked", "expiring", "expired"])
def test_each_event_has_words_also_without_what_is_not_known(alone, event):
    full = alone.told({"event": event})
    bare = alone.told({"event": event, "expiresAt": None, "daysLeft": None, "by": None,
                       "from": None})
    for mail in (full, bare):
        assert "ci" in mail["Subject"] and "$" not in mail.get_content()
        assert "None" not in mail.get_content()


def test_what_is_not_wanted_is_not_told(alone):
    assert alone.told(events="expiring expired") is None
    assert alone.told({"event": "renamed"}) is None
    assert alone.told({"event": "expired"}, events="expiring expired")


def test_last_day_that_there_is(alone):
    mail = alone.told({"expiresAt": "9999-12-31T23:59:59Z"})
    assert "Last day:   9999-12-31" in mail.get_content()


HOSTILE = ["a\r\nBcc: eve@example.org", "a\nBcc: eve@example.org\n\nbody", "\u2028x\u0085y",
           "\u202eevil", "=?utf-8?q?=0aBcc:_eve@example.org?=", "$by ${pages} $$ $", "%s",
           "-oQ/tmp", ".", "a" * 400, "\u00e9" * 100, "\U0001f600" * 100, '"<>,;:@()[]\\',
           "`touch x` $(touch x)", "\x00\x1b[31m"]


@pytest.mark.parametrize("label", HOSTILE)
def test_label_adds_no_header_and_no_line(alone, label):
    mail = alone.told({"label": label, "by": label, "from": label})
    shown = "".join("?" if ord(c) < 32 or c in "\u2028\u0085\u202e" else c for c in label)
    assert mail["To"] == "alice@example.org" and "Bcc" not in mail
    assert mail["Subject"] == f"A token was created: {shown}"
    assert f"Token:      {shown} (number 7)" in mail.get_content().splitlines()
    raw = alone.mail.read_bytes()
    assert raw.isascii() and b"\r" not in raw
    assert max(map(len, raw.splitlines())) <= 78


def load():
    """The program as a module, for what is asked of it a thousand times."""
    loader = importlib.machinery.SourceFileLoader(
        "notify_mail", str(EXAMPLE / "notify-mail"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("notify_mail", loader))
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


PROGRAM = load()


def random_texts(count=1000):
    """The same in each run."""
    chance = random.Random(13)
    kinds = ["a", "b=?utf-8q_", " \t", "\r\n", "\\()*\0\"<>@", "\u00e9\u00df", "\u2028\u202e",
             "\u6f22\u5b57", "\U0001f600", "\ud800", "".join(map(chr, range(32, 127)))]
    for _ in range(count):
        chosen = "".join(chance.sample(kinds, chance.randint(1, 4)))
        yield "".join(chance.choices(chosen, k=chance.choice((0, 1, 5, 59, 60, 61, 100, 400))))


def test_any_subject_comes_back_as_it_was():
    for text in random_texts():
        made = PROGRAM.make_mail({"from": "tokens@example.org"}, EVENT, "a@example.org",
                                 (text, "text\n"), "en")
        mail = email.message_from_bytes(made, policy=email.policy.default)
        assert mail.keys() == ["From", "To", "Subject", "Date", "Message-ID",
                               "Auto-Submitted", "MIME-Version", "Content-Type",
                               "Content-Transfer-Encoding", "Content-Language"]
        [[subject, charset], *more] = email.header.decode_header(
            re.search(rb"(?ms)^Subject: (.*?)\n(?=\S)", made)[1].decode())
        if charset:
            subject = subject.decode(charset)
        assert subject == PROGRAM.clean(text) and not more
        assert made.isascii() and max(map(len, made.splitlines())) <= 78


def test_any_name_in_a_filter_is_digits():
    for text in random_texts():
        escaped = PROGRAM.escape_filter(text)
        assert re.fullmatch(r"(?:[A-Za-z0-9]|\\[0-9a-f]{2})*", escaped)
        back = re.sub(rb"\\(..)", lambda found: bytes([int(found[1], 16)]),
                      escaped.encode())
        assert back == text.encode("utf-8", "replace")


@pytest.mark.parametrize("user", [
    "-f@evil", "a b", "a@b", "a,eve", "a\nBcc: eve", 'a"', "l\u00e9a", "", "a" * 65, "a..b",
    ".a", "<eve>", "-oQ", "a\\", "a(b)"])
def test_name_that_is_no_mailbox_has_no_address(alone, user):
    assert alone.told({"user": user}) is None
    mail = alone.told({"user": user}, unknown="admin@example.org")
    assert mail["To"] == "admin@example.org"
    assert "No address is known of the owner" in mail.get_content()


@pytest.mark.parametrize("user", ["alice", "o'brien", "a+b", "A.B-c_d", "a" * 64])
def test_name_that_is_a_mailbox_has_one(alone, user):
    assert alone.told({"user": user})["To"] == f"{user}@example.org"


def test_name_that_is_an_address_is_the_address(alone):
    mail = alone.told({"user": "bob@sub.example.net"}, address="%s")
    assert mail["To"] == "bob@sub.example.net"


def test_sendmail_that_refuses_an_address_is_not_asked_again(alone):
    """But one that refuses everybody is."""
    script = alone.folder / "sendmail"
    script.write_text('#!/bin/sh\ntee "$1" | grep -q "^To: $2@" && exit $3\nexit 0\n')
    script.chmod(0o755)
    for code in (65, 67, 68):
        alone.settings["sendmail"] = f"{script} {alone.mail} alice {code}"
        assert alone.run()[0] == 0
        assert alone.told(unknown="admin@example.org")["To"] == "admin@example.org"
    alone.settings["sendmail"] = f"{script} {alone.mail} '.*' 65"
    code, words, _ = alone.run(unknown="admin@example.org")
    assert code == 75 and "not even to the address unknown: code=65" in words


@pytest.mark.parametrize("own,words", [
    ({"sendmail": "sh -c 'echo no room >&2; exit 75'"}, "code=75 no room"),
    ({"sendmail": "/nowhere/sendmail"}, "cannot be run"),
    ({"sendmail": "'"}, "is no command"),
    ({"sendmail": ""}, "is empty"),
    ({"from": ""}, "has to have from"),
    ({"from": "nobody"}, "the setting from has no address"),
    ({"address": ""}, "address or search"),
    ({"unknown": "-x"}, "the setting unknown is no address"),
    ({"adress": "x"}, "a setting that there is not: adress"),
    ({"search": "false", "address": ""}, "the address was not found out: code=1"),
    ({"language": "xx"}, "there is no"),
    ({"language": "../../etc/passwd"}, "there is no"),
])
def test_fault_is_told_and_tried_again(alone, own, words):
    assert words in alone.refused(**own)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"user": 1}', b"\xff", b"[" * 60000])
def test_what_is_no_message_is_refused(alone, text):
    done = subprocess.run(
        [EXAMPLE / "notify-mail", write_settings(alone.folder), "created"], input=text,
        capture_output=True, timeout=HANGS, check=False)
    assert done.returncode == 75 and b"standard input is no message" in done.stderr
    assert b"Traceback" not in done.stderr


def test_settings_that_are_shipped_can_be_read():
    read = PROGRAM.read_settings(EXAMPLE / "notify-mail.conf")
    named = set(re.findall(r"(?m)^#?(\w+) = ", (EXAMPLE / "notify-mail.conf").read_text()))
    assert named == set(PROGRAM.DEFAULTS) and read["address"] == "%s@example.org"


# ---- addresses of a directory


@pytest.fixture(scope="module")
def slapd():
    made = Directory()
    yield made
    made.close()


@pytest.fixture
def looking(alone, slapd):
    """With these people's addresses in the directory."""
    slapd.reset()
    slapd.set("alice", "mail", "Alice.Liddell@example.net")
    slapd.set("l\u00e9a", "mail", "lea@example.net")
    alone.settings["search"] = f"ldapsearch -x -H {slapd.url} -b ou=people,{BASE}"
    return alone


def test_address_is_the_directorys(looking):
    assert looking.told()["To"] == "Alice.Liddell@example.net"
    assert looking.told({"user": "l\u00e9a"})["To"] == "lea@example.net"
    assert looking.told({"user": "bob"}) is None        # who has none
    assert looking.told(filter="(&(uid=%s)(employeeType=other))") is None
    assert looking.told(attribute="sn", unknown="admin@example.org")["To"] \
        == "admin@example.org"


@pytest.mark.parametrize("user", [
    "*", "ali*", "alice)(uid=*", "*)(|(uid=*", "\\2a", "alice\\00", "-x", "alice\n",
    "nobody)(mail=*))(|(a=b", "\u202ealice"])
def test_name_is_no_part_of_a_filter(looking, user):
    assert looking.told({"user": user}) is None


def test_two_people_are_none(looking, slapd):
    slapd.set("bob", "mail", "bob@example.net")
    assert looking.told(filter="(|(uid=%s)(uid=bob))") is None


@pytest.mark.parametrize("value", [
    "mail:: YQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==", "mail: -oQ/tmp@example.org",
    "mail: a@example.org,eve@example.org"])
def test_address_that_somebody_made_up_is_none(looking, slapd, value):
    slapd.modify(f"dn: uid=alice,ou=people,{BASE}\nchangetype: modify\nreplace: mail\n"
                 f"{value}\n")
    assert looking.told() is None


@pytest.mark.parametrize("wish,subject", [
    ("de", "Neu: ci"), ("de-CH, en;q=0.5", "Neu: ci"), ("fr;q=0.9, de;q=0.8", "Neu: ci"),
    ("en, de;q=0.9", "A token was created: ci"), ("de;q=0, en", "A token was created: ci"),
    ("de-AT", "Servus: ci"), ("fr", "A token was created: ci"),
    ("../../x, conf", "A token was created: ci"),
])
def test_mail_is_in_the_owners_language(looking, slapd, wish, subject):
    translate(looking.folder, "de", "Neu: $label")
    translate(looking.folder, "de-at", "Servus: $label")
    slapd.set("alice", "preferredLanguage", wish)
    assert looking.told()["Subject"] == subject


def test_directory_that_is_away_is_asked_again(looking, slapd):
    slapd.stop()
    try:
        assert "the address was not found out: code=255" in looking.refused()
    finally:
        slapd.start()
    assert looking.told()["To"] == "Alice.Liddell@example.net"


# ---- with httpd and a mail server


@pytest.fixture
def mailbox():
    made = Mailbox().start()
    yield made
    made.stop()


@pytest.fixture
def mailing(server, mailbox):
    """A server that tells by mail, not yet running."""
    relay = server.root / "msmtprc"
    relay.write_text(f"account default\nhost 127.0.0.1\nport {mailbox.port}\n"
                     "from tokens@example.org\nauth off\ntls off\n")
    program = server.root / "notify-mail"
    shutil.copy(EXAMPLE / "notify-mail", program)
    server.mail_settings = {"sendmail": f"msmtp --file={relay} -t -oi"}
    path = write_settings(server.root, **server.mail_settings)
    return use_program(server, program, path)


def subjects(mailbox):
    return [(addresses, mail["Subject"]) for addresses, mail in mailbox.mails]


def test_owner_gets_a_mail_of_each_change(mailing, mailbox):
    ready(mailing.start())
    label = 'c"i\\ \U0001f600 $by .'
    token = mailing.create(label=label)
    mailing.poll(lambda: len(mailbox.mails) == 1)
    mailing.revoke(token)
    mailing.poll(lambda: len(mailbox.mails) == 2)
    assert subjects(mailbox) == [
        (["alice@example.org"], f"A token was created: {label}"),
        (["alice@example.org"], f"A token was revoked: {label}")]
    text = mailbox.mails[0][1].get_content()
    assert f"Token:      {label} (number" in text
    assert token not in str(mailbox.mails)
    mailing.poll(lambda: not outbox(mailing))
    assert len(mailbox.mails) == 2


def test_end_of_a_token_is_told_by_mail(mailing, mailbox):
    mailing.use_own_clock(START)
    ready(mailing.start())
    mailing.insert("ci", expires_at=1800576000)      # 2027-01-22, 00:00 UTC
    mailing.pass_time(21)    # a program that runs may take thirty
    mailing.poll(lambda: len(mailbox.mails) == 1)
    mailing.poll(lambda: not outbox(mailing))       # else it would be told again
    mailing.pass_time(8 * DAY)
    mailing.poll(lambda: len(mailbox.mails) == 2)
    assert subjects(mailbox) == [
        (["alice@example.org"], "A token expires after 2027-01-21: ci"),
        (["alice@example.org"], "A token has expired: ci")]


def test_mail_server_that_is_down_gets_it_later_and_once(mailing, mailbox):
    mailing.use_own_clock(START)
    mailing.expect(UNTOLD)
    mailbox.stop()
    ready(mailing.start())
    mailing.create(label="ci")
    mailing.poll(lambda: said(mailing, UNTOLD))
    assert "code=75" in said_of(mailing, UNTOLD)
    assert "the mail was not sent" in said_of(mailing, UNTOLD)
    wait_for_tries(mailing, 1)
    mailing.pass_time(120)
    wait_for_tries(mailing, 2)
    mailbox.start()
    mailing.pass_time(120)
    mailing.poll(lambda: not outbox(mailing))
    assert subjects(mailbox) == [(["alice@example.org"], "A token was created: ci")]


def test_address_that_the_mail_server_refuses_keeps_no_message(mailing, mailbox):
    mailbox.refused.add("alice@example.org")
    write_settings(mailing.root, **mailing.mail_settings, unknown="admin@example.org")
    ready(mailing.start())
    mailing.create(label="ci")
    mailing.poll(lambda: not outbox(mailing) and mailbox.mails)
    assert subjects(mailbox) == [(["admin@example.org"], "A token was created: ci")]


def test_owner_without_an_address_keeps_no_message(mailing, mailbox, slapd):
    """Whatever they are called."""
    slapd.reset()
    slapd.set("alice", "mail", "alice@example.net")
    write_settings(mailing.root, **mailing.mail_settings, unknown="admin@example.org",
                   search=f"ldapsearch -x -H {slapd.url} -b ou=people,{BASE}")
    ready(mailing.start())
    mailing.create(label="cialice")
    names = ["*)(uid=*", "-oQ/tmp", "$(touch x)"]
    for name in names:
        mailing.add_user(name, "secret")
        mailing.create(user=name, password="secret", label="ci" + name)
    mailing.poll(lambda: len(mailbox.mails) == 4)
    mailing.poll(lambda: not outbox(mailing))
    to = {mail["Subject"].rpartition("ci")[2]: addresses for addresses, mail in mailbox.mails}
    assert to == {"alice": ["alice@example.net"],
                  **{name: ["admin@example.org"] for name in names}}
