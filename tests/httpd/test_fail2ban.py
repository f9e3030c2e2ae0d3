# SPDX-License-Identifier: Apache-2.0
"""The filter and the jail of conf/examples/fail2ban, by fail2ban's own programs on
lines that httpd has written: who guesses is counted, by the address that httpd
knows, and nobody else is, whatever a client calls itself."""

import base64
import os
import re
import shutil
import subprocess

import pytest

from accounts import make_accounts, use_accounts
from server import HANGS, TOP, basic, shaped

pytestmark = pytest.mark.plain

EXAMPLES = TOP / "conf/examples/fail2ban"
FILTER = EXAMPLES / "filter.d/mod_jiratoken.conf"

# What a refusal says of who was refused: a guesser, who is counted, or somebody
# who holds the secret or has taken the wrong page.
COUNTED = {
    "unknown-or-revoked": True, "somebody-else's": True, "wrong-checksum": True,
    "malformed": True, "credentials-not-canonical": True,
    "expired": False, "idle": False, "account": False, "owner-not-seen": False,
    "restriction": False, "address": False,
    "method": False, "area": False, "sent-to-the-pages": False,
}

# An address that asks for nothing, and what would count it.
VICTIM = "203.0.113.9"
LINE = (f"[jiratoken:warn] [pid 1:tid 2] [client {VICTIM}:1] token refused: "
        "reason=unknown-or-revoked digest=- user=x")


def unprivileged():
    return {"user": "www-data", "group": "www-data", "extra_groups": []} \
        if os.geteuid() == 0 else {}


def counted(server):
    """What the filter finds in the error log: [(address, line)]."""
    done = subprocess.run(
        ["fail2ban-regex", "--out", "<ip> <matches>", server.root / "logs/error.log",
         FILTER], text=True, capture_output=True, timeout=HANGS, check=False,
        cwd="/", errors="surrogateescape", **unprivileged())
    assert not done.stderr, done.stderr
    return [tuple(line.split(" ", 1)) for line in done.stdout.splitlines()]


def refusals(server):
    """Lines of this module, as they stand in the log."""
    return [line for line in server.log().splitlines()
            if re.match(r"\[[^]]*\] \[jiratoken:warn\] ", line)]


def reason_of(line):
    return re.search(r"token refused: reason=(\S+)", line)[1]


# ---- whom it counts


def refuse_for_every_reason(server):
    token = server.create()
    limited = [server.create() for _ in range(6)]
    for one, change in zip(limited, (
            "expires_at = 1", "created_at = 1", "restrictions = 'other'",
            "restrictions = 'from=192.0.2.1'", "restrictions = 'areas=other'",
            "restrictions = 'read'")):
        server.sql(f"UPDATE jiratoken SET {change} WHERE id = ?", server.id_of(one))
    junk = base64.b64encode(f"alice:{token}\0junk".encode()).decode()
    credentials = [
        basic("alice", shaped()), basic("bob", token), "Basic " + junk,
        *(basic("alice", one) for one in limited[:-1]),
        basic("alice", token[:-1] + ("a" if token[-1] != "a" else "b")),
        basic("alice", token[:-2]), basic(token, "x"), f"Bearer {token}",
    ]
    for value in credentials:
        answer = server.get("/files/hello.txt", headers={"Authorization": value})
        assert answer.status in (401, 403)
    answer = server.request("DELETE", "/files/hello.txt",
                            headers={"Authorization": basic("alice", limited[-1])})
    assert answer.status == 403
    refuse_for_the_owner(server)
    assert server.check("alice", token, "/tokens/").status == 401
    assert server.check("alice", token).status == 200


def refuse_for_the_owner(server):
    """bob is not among the users, and carol was not seen."""
    for user, status in (("bob", "account"), ("carol", "owner-not-seen")):
        token = server.create(user)
        server.poll(lambda user=user: server.sql(
            "SELECT 1 FROM jiratoken_owners WHERE user_name = ?", user))
        server.sql("UPDATE jiratoken_owners SET seen_on = 1 WHERE user_name = 'carol'")
        assert server.check(user, token).get("JiraToken-Status") == status


def refusing_reasons():
    """The table of verdicts: who adds one says here whether it is counted."""
    rows = (TOP / "mod_jiratoken/core/jt_verdict.h").read_text()
    return set(re.findall(r'ROW\(\w+, "([^"]+)", [^,]+,\s*\\\s*JT_ANSWER_(?:REFUSE|FORBID)', rows))


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_guesses_are_counted_and_no_other_refusal(server, mpm):
    server.mpm = mpm
    server.settings += "JiraTokenMaxIdle 30\n"
    server.settings += "JiraTokenOwnerSeen 30\n"
    server.database.make_owners()
    make_accounts(server, "alice", "carol")
    use_accounts(server)
    server.start()
    refuse_for_every_reason(server)
    lines = refusals(server)
    assert {reason_of(line) for line in lines} == set(COUNTED) == refusing_reasons()
    assert counted(server) == [("127.0.0.1", line) for line in lines
                               if COUNTED[reason_of(line)]]


# ---- by which address


def test_address_is_the_client_s_with_any_protocol(server):
    """httpd writes `client` or, with HTTP/2, `remote`, and a port behind an IPv6
    address without a bracket."""
    server.mpm = "event"
    server.modules += ["http2"]
    server.settings += f"Protocols h2c http/1.1\nListen [::1]:{server.port}\n"
    server.start()
    for host, *options in (("127.0.0.1",), ("[::1]",),
                           ("127.0.0.1", "--http2-prior-knowledge"),
                           ("[::1]", "--http2-prior-knowledge")):
        done = subprocess.run(
            ["curl", "-sgo", os.devnull, "-w", "%{http_code} %{http_version}", *options,
             "-u", f"alice:{shaped()}", f"http://{host}:{server.port}/files/hello.txt"],
            text=True, capture_output=True, timeout=HANGS, check=True)
        assert done.stdout == f"401 {'2' if options else '1.1'}"
    assert [address for address, _ in counted(server)] == ["127.0.0.1", "::1"] * 2
    assert "[remote " in refusals(server)[2]


def test_address_behind_a_proxy_is_mod_remoteip_s(server):
    server.modules += ["remoteip"]
    server.settings += "RemoteIPHeader X-Real\nRemoteIPInternalProxy 127.0.0.1\n"
    server.start()
    addresses = ["198.51.100.7", "2001:db8::1", "2001:db8:0:1:2:3:4:5", "::ffff:1.2.3.4"]
    for address in addresses:
        assert server.get("/files/hello.txt", user="alice", password=shaped(),
                          headers={"X-Real": address}).status == 401
    assert [address for address, _ in counted(server)] == [*addresses[:3], "1.2.3.4"]


# ---- whatever a client calls itself


HOSTILE = [
    LINE, "x\n" + LINE, f"x\r\n[Sun Nov 29 22:18:38.963298 2026] {LINE}", f"x] {LINE}",
    f"x, referer: {LINE}", f'" {LINE}', f"x\\n{LINE}", f"\u2028{LINE}", f"\x85{LINE}",
    f"<HOST>{VICTIM}", f"{VICTIM}]", f"[client {VICTIM}:1]",
]


def no_colon(name):
    """A colon ends the user name of Basic credentials."""
    return name.replace(":", ";")


def assert_nobody_else_is_counted(server, number):
    found = counted(server)
    assert len(found) == number
    assert {address for address, _ in found} == {"127.0.0.1"}


@pytest.mark.parametrize("level", ["warn", "trace1"])
def test_no_user_name_makes_a_line_of_another_address(server, level):
    server.settings += f"LogLevel {level} authn_core:warn\n"
    server.start()
    for name in HOSTILE:
        for text in (name, no_colon(name)):
            assert server.get("/files/hello.txt", headers={
                "Authorization": basic(text, shaped()),
                "Referer": no_colon(name).encode("ascii", "ignore").decode()
                .replace("\n", " ").replace("\r", " "),
            }).status == 401
            # No token, and refused by mod_auth_basic.
            assert server.get("/chain/hello.txt",
                              headers={"Authorization": basic(text, "x")}).status == 401
    names = [line for line in server.log().splitlines() if VICTIM in line]
    assert len(names) >= 3 * len(HOSTILE)
    lines = [line for line in refusals(server) if COUNTED[reason_of(line)]]
    assert_nobody_else_is_counted(server, len(lines))


FORM = """
Session On
SessionCookieName session path=/
<Location "/open/form">
    AuthType Form
    AuthName "form"
    AuthFormProvider jiratoken file
    AuthUserFile "{root}/users"
    Require valid-user
</Location>
"""


def test_no_user_name_in_a_form_makes_a_line_of_another_address(server):
    """It may have colons, and line ends."""
    server.modules += ["request", "session", "session_cookie", "auth_form"]
    server.locations = FORM.format(root=server.root)
    (server.root / "docs/open/form").mkdir()
    server.expect("AH01806|AH01807|AH01808")
    server.start()
    for name in HOSTILE:
        for password in (shaped(), "x"):
            assert server.post("/open/form/", {"httpd_username": name,
                                               "httpd_password": password}).status == 401
    assert_nobody_else_is_counted(server, len(HOSTILE))
    assert all(reason_of(line) == "malformed" for line in refusals(server))


def test_holder_of_an_expired_token_is_not_counted_by_any_name(server):
    name = no_colon("x reason=unknown-or-revoked digest=- user=y")
    server.add_user(name, "password")
    server.start()
    token = server.create(name, password="password")
    server.sql("UPDATE jiratoken SET expires_at = 1")
    assert server.check(name, token).get("JiraToken-Status") == "expired"
    assert counted(server) == []


# ---- the jail


@pytest.fixture
def jail(server):
    """fail2ban's own server with the jail, and an action that only takes notes."""
    home = server.root / "fail2ban"
    home.mkdir()
    for name in ("fail2ban.conf", "jail.conf", "paths-debian.conf", "paths-common.conf"):
        shutil.copy(f"/etc/fail2ban/{name}", home)
    shutil.copytree(EXAMPLES, home, dirs_exist_ok=True)
    (home / "action.d").mkdir()
    (home / "action.d/note.conf").write_text(
        f"[Definition]\nactionban = echo <ip> >>{home}/banned\n"
        f"actionunban =\nactionstart =\nactionstop =\n")
    (home / "fail2ban.local").write_text("[Definition]\ndbfile = None\nlogtarget = "
                                         "STDOUT\n")
    (home / "jail.local").write_text(
        f"[DEFAULT]\naction = note\napache_error_log = {server.root}/logs/error.log\n")
    server.give(home)
    yield home


def control(jail, *words):
    return subprocess.run(
        ["fail2ban-client", "-c", jail, "-s", jail / "socket", "-p", jail / "pid", *words],
        text=True, capture_output=True, timeout=HANGS, check=False, **unprivileged())


def test_example_of_a_jail_is_what_the_manual_says(jail):
    said = control(jail, "-d").stdout
    for setting in ("'maxretry', 300", "'findtime', '1m'", "'bantime', '15m'"):
        assert f"['set', 'mod_jiratoken', {setting}]" in said
    manual = (TOP / "docs/operations.md").read_text()
    assert "for 15 minutes after 300 refusals within a minute" in " ".join(manual.split())


def test_jail_shuts_out_who_guesses_and_nobody_else(server, jail):
    server.modules += ["remoteip"]
    server.settings += "RemoteIPHeader X-Real\nRemoteIPInternalProxy 127.0.0.1\n"
    with open(jail / "jail.local", "a", encoding="ascii") as local:
        local.write("[mod_jiratoken]\nmaxretry = 20\nfindtime = 1h\n")
    server.start()
    expired = server.create()
    server.sql("UPDATE jiratoken SET expires_at = 1")

    def present(token, address):
        assert server.get("/files/hello.txt", user="alice", password=token,
                          headers={"X-Real": address}).status == 401
    process = subprocess.Popen(
        ["fail2ban-server", "-c", jail, "-s", jail / "socket", "-p", jail / "pid", "-xf",
         "start"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **unprivileged())
    try:
        server.poll(lambda: "mod_jiratoken" in control(jail, "status").stdout)
        for number in range(40):
            present(expired, "198.51.100.1")
            if number < 15:
                present(shaped(), "198.51.100.2")
        for _ in range(20):
            present(shaped(), "2001:db8::1")
        banned = server.poll(lambda: (jail / "banned").exists()
                             and (jail / "banned").read_text())
        assert banned.split() == ["2001:db8::1"]
    finally:
        process.terminate()
        process.wait(HANGS)
