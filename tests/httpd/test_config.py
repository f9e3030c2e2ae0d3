# SPDX-License-Identifier: Apache-2.0
"""Directives: what is refused, in which words, and what a virtual host
inherits. `httpd -t` says it, so nothing is running when it is found."""

import os
import re
import subprocess

import pytest

from server import HTTPD, shaped
from starts import accepted, refused

pytestmark = pytest.mark.plain

LONG = 10**30


# ---- each directive's values


@pytest.mark.parametrize("name,least,most", [
    ("JiraTokenMax", 1, 1000), ("JiraTokenMaxLifetime", 0, 36525),
    ("JiraTokenDefaultLifetime", 0, 36525), ("JiraTokenMaxIdle", 0, 36525),
    ("JiraTokenOwnerSeen", 0, 36525),
    ("JiraTokenLastUsedInterval", 0, 2147483647), ("JiraTokenDatabaseLimit", 1, 10000),
    ("JiraTokenCacheTimeout", 0, 86400), ("JiraTokenCacheGrace", 0, 86400),
])
@pytest.mark.parametrize("value", [
    "-1", "+1", "1.5", "1e3", "0x10", "ten", "1 000", "1d", " 1", "1 ", "-0",
    "1,000", "NaN", LONG, -LONG, 2**31, 2**32 + 1, 2**64 + 1,
])
def test_number_out_of_range_is_refused_in_words(server, name, least, most, value):
    server.settings = f'{name} "{value}"'
    refused(server, f"{name}: '{value}' is not a whole number from {least} to {most}")


@pytest.mark.parametrize("name,values", [
    ("JiraTokenMax", [1, 25, 1000]), ("JiraTokenMaxLifetime", [0, 1, 36525]),
    ("JiraTokenLastUsedInterval", [0, 1, 2**31 - 1]),
    ("JiraTokenDatabaseLimit", [1, 10000]), ("JiraTokenPrefix", ["jt", "a" * 16, "00"]),
    ("JiraTokenTable", ["jiratoken", "_", "A1", "main.jiratoken", "a" * 127]),
    ("JiraTokenForwardCredentials", ["On", "off"]), ("JiraTokenBearer", ["On", "off"]),
    ("JiraTokenMaxIdle", [0, 1, 36525]), ("JiraTokenOwnerSeen", [0]),
    ("JiraTokenReadMethods", ["GET", "GET POST", "GET M-SEARCH x"]),
    ("JiraTokenCacheTimeout", [0, 1, 86400]), ("JiraTokenCacheGrace", [0, 1, 86400]),
])
def test_values_in_range_are_accepted(server, name, values):
    for value in values:
        server.settings = f"{name} {value}"
        accepted(server)


@pytest.mark.parametrize("name,value", [
    ("JiraTokenMax", 0), ("JiraTokenMax", 1001), ("JiraTokenMaxLifetime", 36526),
    ("JiraTokenDefaultLifetime", 36526), ("JiraTokenMaxIdle", 36526),
    ("JiraTokenOwnerSeen", 36526),
    ("JiraTokenLastUsedInterval", 2**31),
    ("JiraTokenDatabaseLimit", 0), ("JiraTokenDatabaseLimit", 10001),
    ("JiraTokenCacheTimeout", 86401), ("JiraTokenCacheGrace", 86401),
])
def test_numbers_just_beyond_the_range_are_refused(server, name, value):
    server.settings = f"{name} {value}"
    refused(server, f"{name}: '{value}' is not a whole number from ")


@pytest.mark.parametrize("value", [
    "1abc", "a-b", "a b", "a.b.c", ".a", "a.", "a;", "a'", 'a\\"', "a%s", "*", "@",
    "a.1b", "\u00e4", "a`b", "jiratoken;DROP", "a" * 128, "(SELECT 1)", "a--", "a/**/",
])
def test_table_that_is_no_identifier_is_refused(server, value):  # I15
    server.settings = f'JiraTokenTable "{value}"'
    said = refused(server, "JiraTokenTable: '", "is not a table's name")
    assert "letters, digits and _" in said


@pytest.mark.parametrize("query,said", [
    (" ", "no query that begins with SELECT or WITH"),
    ("DELETE FROM cwd_user WHERE name = %s", "no query that begins with SELECT or WITH"),
    ("SELECT 1", "it has no %s, which stands for the user's name"),
    ("SELECT %s, %s", "more than one %s"),
    ("SELECT %s, %d", "the only placeholder is %s"),
    ("SELECT %s WHERE 'a' LIKE 'a%'", "a percent sign is written %%"),
    ("SELECT 1 FROM u WHERE n = '%s'", "must not stand in quotes"),
    ("SELECT 1 FROM u WHERE n = ?", "the user's name is written %s"),
])
def test_user_query_without_exactly_one_name_is_refused(server, query, said):
    server.settings = f'JiraTokenUserQuery "{query}"'
    words = refused(server, f"JiraTokenUserQuery: '{query}': ", said)
    assert re.search(rf"on line \d+ of {server.root}/httpd.conf", words)


def test_user_query_stands_in_a_server(server):
    server.locations = ('<Location "/a">\nJiraTokenUserQuery "SELECT %s"\n</Location>\n')
    refused(server, "JiraTokenUserQuery not allowed")
    server.locations = ""
    server.settings = 'JiraTokenUserQuery "SELECT 1 FROM jiratoken WHERE label = %s"'
    accepted(server)
    server.settings = "JiraTokenUserQuery None"
    accepted(server)


@pytest.mark.parametrize("line,said", [
    ('JiraTokenArea Git "Git"', "'Git' is not a name of 1 to 32 of a-z, 0-9 and -"),
    ('JiraTokenArea "" "Git"', "takes two arguments"), ('JiraTokenArea a,b "x"', "is not a name"),
    (f'JiraTokenArea {"a" * 33} "Git"', "is not a name"),
    ('JiraTokenArea git " "', "is not a title"), ('JiraTokenArea git "a\x07"', "is not a title"),
    ("JiraTokenArea git", "takes two arguments"),
    ("JiraTokenReadMethods", "takes the names of methods"),
    ("JiraTokenReadMethods GET,POST", "'GET,POST' is not the name of a method"),
    ('JiraTokenReadMethods " "', "is not the name of a method"),
    ("JiraTokenBearer Challenge", "JiraTokenBearer must be On or Off"),
])
def test_limit_of_a_location_that_cannot_be_is_refused(server, line, said):
    server.locations = f'<Location "/git">\n{line}\n</Location>\n'
    refused(server, said)


def test_area_stands_in_a_location_and_has_one_title(server):
    server.settings = 'JiraTokenArea git "Git"'
    refused(server, "JiraTokenArea")
    server.settings = ""
    server.locations = '<Directory "/">\nJiraTokenArea git "Git"\n</Directory>\n'
    refused(server, "JiraTokenArea must stand in <Location>")
    two = ('<Location "/a">\nJiraTokenArea git "Git"\n</Location>\n'
           '<Location "/b">\nJiraTokenArea git "{}"\n</Location>\n')
    server.locations = two.format("Other")
    refused(server, "JiraTokenArea git has two titles")
    server.locations = two.format("Git")
    accepted(server)


def test_area_within_another_stands_below_it(server):
    """httpd takes the settings of the later section, whichever is inside."""
    outer, inner = (f'<Location "{path}">\nJiraTokenArea {name} "{name}"\n</Location>\n'
                    for path, name in (("/w", "wiki"), ("/w/admin", "wiki-admin")))
    server.locations = inner + outer
    refused(server, 'JiraTokenArea wiki-admin stands above <Location "/w"> with')
    server.locations = outer + inner
    accepted(server)
    server.locations = inner + outer.replace("/w", "/w/adm")
    accepted(server)


@pytest.mark.parametrize("value", ["a", "a" * 17, "JT", "a_b", "a-b", "a b", "j%s"])
def test_prefix_of_other_characters_is_refused(server, value):
    server.settings = f'JiraTokenPrefix "{value}"'
    refused(server, f"JiraTokenPrefix: '{value}' is not 2 to 16 characters of a-z and ")


@pytest.mark.parametrize("name", [
    "JiraTokenKeyFile", "JiraTokenTable", "JiraTokenPrefix", "JiraTokenMax",
    "JiraTokenMaxLifetime", "JiraTokenDefaultLifetime", "JiraTokenLastUsedInterval",
    "JiraTokenDatabaseLimit", "JiraTokenForwardCredentials", "JiraTokenPageTitle",
    "JiraTokenStylesheet", "JiraTokenHomeURL", "JiraTokenSignOutURL",
    "JiraTokenUserQuery", "JiraTokenLanguage",
])
@pytest.mark.parametrize("values", ["", "1 2"])
def test_each_directive_takes_one_value(server, name, values):
    server.settings = f"{name} {values}"
    refused(server, name)


@pytest.mark.parametrize("value", ["maybe", "1", "true", "yes", ""])
def test_switch_is_on_or_off(server, value):
    server.settings = f'JiraTokenForwardCredentials "{value}"'
    refused(server, "JiraTokenForwardCredentials must be On or Off")


@pytest.mark.parametrize("name", [
    "JiraTokenKeyFile", "JiraTokenTable", "JiraTokenPrefix", "JiraTokenMax",
    "JiraTokenMaxLifetime", "JiraTokenDefaultLifetime", "JiraTokenLastUsedInterval",
    "JiraTokenDatabaseLimit",
])
@pytest.mark.parametrize("section", ["Location", "Directory"])
def test_server_settings_are_refused_in_sections(server, name, section):
    server.locations = f'<{section} "/x">\n    {name} 1\n</{section}>'
    refused(server, name, "not allowed")


def test_database_limit_is_refused_in_a_virtual_host(server):
    server.locations = "<VirtualHost *>\n    JiraTokenDatabaseLimit 4\n</VirtualHost>"
    refused(server, "JiraTokenDatabaseLimit", "VirtualHost")


def test_settings_are_refused_in_htaccess(server):
    server.settings = (f'<Directory "{server.root}/docs/open">\n    AllowOverride All\n'
                       "</Directory>")
    server.expect(r"core:alert.*\.htaccess: Jira")
    server.start()
    for line in ("JiraTokenKeyFile /dev/null", "JiraTokenForwardCredentials On",
                 "JiraTokenPageTitle x", "JiraTokenStylesheet /x", "JiraTokenHomeURL /",
                 "JiraTokenSignOutURL /", "JiraTokenServiceURL https://x/",
                 "JiraTokenLanguage de"):
        (server.root / "docs/open/.htaccess").write_text(line + "\n")
        assert server.get("/open/hello.txt").status == 500


@pytest.mark.parametrize("most,proposed,fine", [
    (30, 31, False), (30, 30, True), (30, 0, True), (0, 400, True), (1, 36525, False)])
def test_proposed_lifetime_must_fit_the_longest(server, most, proposed, fine):
    server.settings = (f"JiraTokenMaxLifetime {most}\n"
                       f"JiraTokenDefaultLifetime {proposed}")
    if fine:
        accepted(server)
    else:
        refused(server, f"JiraTokenDefaultLifetime {proposed}",
                f"JiraTokenMaxLifetime {most}")


def test_lifetimes_are_compared_in_each_virtual_host(server):
    server.settings = "JiraTokenMaxLifetime 30"
    server.locations = ("<VirtualHost *>\n    JiraTokenDefaultLifetime 90\n"
                        "</VirtualHost>")
    refused(server, "JiraTokenDefaultLifetime 90", "JiraTokenMaxLifetime 30")


# ---- the key file


KEY = "ab" * 32


@pytest.mark.parametrize("text,words", [
    ("", "there is no key in it"), ("\n\n", "there is no key in it"),
    ("# only words\n", "there is no key in it"),
    (KEY[2:] + "\n", "line 1 is too short"), ("ab" * 31 + "a\n", "line 1 has an odd"),
    (KEY + "g\n", "line 1 has a character that is no hex digit"),
    (KEY[:-1] + "g\n", "line 1 has a character that is no hex digit"),
    ("secret password of more than sixty-four characters, in words, not hex\n", "hex"),
    (KEY + "\n" + KEY[2:] + "\n", "line 2 is too short"),
    (KEY + " " + KEY + "\n", "no hex digit"), ("0x" + KEY + "\n", "no hex digit"),
    ("ab" * 1025 + "\n", "line 1 is too long"), ((KEY + "\n") * 17, "one key too many"),
    (KEY + "\n\0", "is not text"), ("\ufeff" + KEY, "no hex digit"),
    (KEY + "\n" + "#" * 70000, "64 KiB"),
])
def test_bad_key_file_is_refused_in_words(server, text, words):
    path = server.root / "key"
    path.write_text(text)
    said = refused(server, f"JiraTokenKeyFile {path}", words)
    assert KEY not in said and KEY[2:] not in said


@pytest.mark.parametrize("text", [
    KEY, KEY + "\n", KEY.upper() + "\n", f"  {KEY}\t\r\n",
    f"# new\n{KEY}\n\n# old\n{KEY}\n",
    "ab" * 1024 + "\n", (KEY + "\n") * 16,
])
def test_good_key_files_are_read(server, text):
    (server.root / "key").write_text(text)
    accepted(server)


@pytest.mark.parametrize("mode,fine", [
    (0o600, True), (0o400, True), (0o640, True), (0o440, True), (0o604, False),
    (0o644, False), (0o602, False), (0o601, False), (0o660, False), (0o666, False),
])
def test_key_file_that_others_can_read_is_refused(server, mode, fine):
    path = server.root / "key"
    path.chmod(mode)
    if fine:
        accepted(server)
    else:
        refused(server, f"JiraTokenKeyFile {path}", "by others", f"chmod 600 {path}")


def test_missing_key_file_is_refused_with_the_command_that_makes_one(server):
    path = server.root / "key"
    key = path.read_text()
    path.unlink()
    said = refused(server, f"JiraTokenKeyFile {path}", "cannot be opened",
                   "openssl rand -hex 32")
    [command] = set(re.findall(r"\(umask .*?\)", said))
    subprocess.run(["sh", "-ec", command], check=True)
    assert path.stat().st_mode & 0o777 == 0o600
    accepted(server)
    path.write_text(key)        # the command makes no other one of it
    assert subprocess.run(["sh", "-ec", command], check=False,
                          stderr=subprocess.DEVNULL).returncode != 0
    assert path.read_text() == key


@pytest.mark.parametrize("kind", ["folder", "fifo", "device", "dangling link"])
def test_key_must_be_a_regular_file(server, kind):
    path = server.root / "key"
    path.unlink()
    make = {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path, 0o600),
            "device": lambda: path.symlink_to("/dev/zero"),
            "dangling link": lambda: path.symlink_to("/nowhere/key")}[kind]
    make()
    if kind == "fifo":      # a reader would wait for a writer
        with os.fdopen(os.open(path, os.O_RDWR), "wb"):
            refused(server, "JiraTokenKeyFile", "is not a regular file")
    else:
        refused(server, "JiraTokenKeyFile")


def test_fifo_for_a_key_does_not_hang_the_start(server):
    path = server.root / "key"
    path.unlink()
    os.mkfifo(path, 0o600)
    refused(server, "JiraTokenKeyFile", "is not a regular file")


def without_key(server):
    """The configuration, its JiraTokenKeyFile line taken out."""
    whole = server.configuration
    server.configuration = lambda: re.sub(r"JiraTokenKeyFile .*\n", "", whole())


def test_no_key_is_refused_with_the_line_to_add(server):
    without_key(server)
    said = refused(server, "there is no key", "JiraTokenKeyFile /etc/jiratoken/key")
    assert "AuthBasicProvider" in said or "SetHandler" in said
    assert "(umask 077; set -C; openssl rand -hex 32 > /etc/jiratoken/key)" in said


def test_relative_key_file_is_below_the_server_root(server):
    whole = server.configuration
    server.configuration = lambda: whole().replace(f"{server.root}/key", "key")
    accepted(server)


def test_key_is_read_before_privileges_are_dropped(server):
    os.chown(server.root / "key", 0, 0)
    server.start()
    assert server.check("alice", server.create()).status == 200


# ---- what has to be there beside


def test_missing_mod_dbd_is_refused_with_the_line_to_add(server):
    server.modules.remove("dbd")
    whole = server.configuration
    server.configuration = lambda: re.sub(r"(?m)^DBD.*\n", "", whole())
    refused(server, "mod_dbd is not loaded", "LoadModule dbd_module")


@pytest.mark.parametrize("missing", ["DBDriver", "DBDParams"])
def test_missing_database_is_refused_with_the_line_to_add(server, missing):
    whole = server.configuration
    server.configuration = lambda: re.sub(rf"(?m)^{missing} .*\n", "", whole())
    refused(server, "there is no database", "DBDriver sqlite3", "DBDParams")


def test_missing_mod_auth_basic_is_refused_with_the_line_to_add(server):
    server.modules.remove("auth_basic")
    refused(server, "AuthBasicProvider")


def test_module_that_nobody_uses_needs_nothing(server):
    (server.root / "key").unlink()
    server.configuration = lambda: f"""
ServerRoot "{server.root}"
ServerName 127.0.0.1
Listen 127.0.0.1:{server.port}
PidFile "{server.root}/httpd.pid"
ErrorLog "{server.root}/logs/error.log"
DefaultRuntimeDir "{server.root}/logs"
{"User www-data" if os.geteuid() == 0 else ""}
{"Group www-data" if os.geteuid() == 0 else ""}
{server._load().replace("LoadModule dbd_module", "#")}
TypesConfig /dev/null
DocumentRoot "{server.root}/docs"
<Location "/chain">
    AuthType Basic
    AuthName "chain"
    AuthBasicProvider file
    AuthUserFile "{server.root}/users"
    Require valid-user
</Location>
"""
    server.start()
    assert server.get("/open/hello.txt").status == 200
    assert server.get("/chain/hello.txt", user="alice").status == 200
    assert server.check("alice", shaped(), "/chain/hello.txt").status == 401


@pytest.mark.parametrize("where", [
    '<Directory "/tmp">\n{}\n</Directory>', '<LocationMatch "^/t">\n{}\n</LocationMatch>',
    "{}", '<Files "x">\n{}\n</Files>', '<Location ~ "^/t">\n{}\n</Location>',
    '<If "true">\n{}\n</If>', '<Location "t">\n{}\n</Location>',
    "<VirtualHost *>\n{}\n</VirtualHost>", '<Proxy "*">\n{}\n</Proxy>',
])
def test_pages_outside_a_location_are_refused(server, where):
    if "<Proxy" in where:
        server.modules += ["proxy", "proxy_http"]
    server.locations = where.format("SetHandler jiratoken")
    refused(server, "SetHandler jiratoken must stand in <Location")


@pytest.mark.parametrize("line", ["SetHandler jiratokens", "SetHandler none",
                                  "SetHandler server-status", 'SetHandler "x/y"'])
def test_other_handlers_are_none_of_our_business(server, line):
    server.locations = f'<Directory "/tmp">\n    {line}\n</Directory>'
    accepted(server)


def test_pages_can_be_mounted_at_the_root_of_a_virtual_host(server):
    server.locations = f"""
<VirtualHost *>
    ServerName pages.example
    <Location "/">
        SetHandler jiratoken
        AuthType Basic
        AuthName "pages"
        AuthBasicProvider file
        AuthUserFile "{server.root}/users"
        Require valid-user
    </Location>
</VirtualHost>
"""
    server.start()
    seen = server.get("/", user="alice", headers={"Host": "pages.example"})
    assert (seen.status, "Create token" in seen.text) == (200, True)


# ---- virtual hosts


def ask_host(server, host, path="/files/hello.txt", **more):
    return server.get(path, headers={"Host": host}, **more)


def test_virtual_hosts_inherit_and_override(server):
    other = "cd" * 32
    (server.root / "other").write_text(other + "\n")
    (server.root / "other").chmod(0o600)
    server.settings = "JiraTokenMax 3"
    server.locations = f"""
<VirtualHost *>
    ServerName same.example
</VirtualHost>
<VirtualHost *>
    ServerName other.example
    JiraTokenKeyFile {server.root}/other
    JiraTokenPrefix other
    JiraTokenMax 2
</VirtualHost>
"""
    server.start()
    token = server.create()
    assert ask_host(server, "same.example", user="alice", password=token).status == 200
    assert ask_host(server, "other.example", user="alice", password=token).status == 401
    made = server.post("/tokens/create", {"label": "x"}, user="alice",
                       headers={"Host": "other.example"})
    text = re.search(r"other_[0-9A-Za-z]{49}", made.text)[0]
    server.tokens.append(text)
    assert server.sql("SELECT digest FROM jiratoken WHERE label = 'x'") == [
        (server.digest(text, other),)]
    assert ask_host(server, "other.example", user="alice", password=text).status == 200
    assert ask_host(server, "same.example", user="alice", password=text).status == 401
    pages = [ask_host(server, f"{name}.example", "/tokens", user="alice").text
             for name in ("same", "other")]
    assert "of 3 tokens" in pages[0] and "of 2 tokens" in pages[1]


def test_module_used_by_one_virtual_host_alone(server):
    whole = server.configuration

    def configuration():
        text = re.sub(r"JiraTokenKeyFile .*\n", "", whole())
        head, tail = text.split('<Location "/files">')
        return (head + "<VirtualHost *>\nServerName plain.example\n</VirtualHost>\n"
                f"<VirtualHost *>\nServerName a.example\nJiraTokenKeyFile "
                f'{server.root}/key\n<Location "/files">' + tail + "</VirtualHost>\n")
    server.configuration = configuration
    server.start()
    answer = server.post("/tokens/create", {"label": "x"}, user="alice",
                         headers={"Host": "a.example"})
    token = re.search(r"jt_[0-9A-Za-z]{49}", answer.text)[0]
    assert ask_host(server, "a.example", user="alice", password=token).status == 200
    assert ask_host(server, "a.example").status == 401
    assert ask_host(server, "plain.example").status == 200


@pytest.mark.database
def test_virtual_host_with_a_database_of_its_own(server):
    whole = server.configuration

    def configuration():
        text = whole()
        database = re.search(r"(?:DBD.*\n)+JiraTokenKeyFile .*\n", text)[0]
        return text.replace(database, "") \
            .replace('<Location "/files">', f"<VirtualHost *>\n{database}"
                     '<Location "/files">') + "</VirtualHost>\n"
    server.configuration = configuration
    server.start()
    assert server.check("alice", server.create()).status == 200


def test_forwarding_is_set_for_each_location_and_inherited(server):
    server.settings = "JiraTokenForwardCredentials On"
    server.locations = ('<Location "/files">\n    JiraTokenForwardCredentials Off\n'
                        "</Location>")
    accepted(server)


# ---- what an administrator runs


def test_every_directive_explains_itself(server):
    server.write_configuration()
    said = subprocess.run([HTTPD, "-L", "-d", server.root, "-f",
                           server.root / "httpd.conf"], text=True, check=True,
                          capture_output=True, timeout=60).stdout
    blocks = dict(re.findall(r"(JiraToken\w+) \([^)]*\)\n\t([^\n]*)", said))
    assert len(blocks) >= 12
    assert all(len(words) > 20 for words in blocks.values())


def test_check_of_the_configuration_leaves_no_trace(server):
    before = {path: path.stat().st_mtime_ns for path in
              (server.root / "data").rglob("*")}
    accepted(server)
    assert before == {path: path.stat().st_mtime_ns for path in
                      (server.root / "data").rglob("*")}
