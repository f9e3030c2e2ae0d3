# SPDX-License-Identifier: Apache-2.0
"""JiraTokenCache: which providers and arguments are taken, and in which words
the others are refused, before httpd starts."""

import os

import pytest

from remembering import ask, no_table, use_shmcb
from server import MODULES
from starts import accepted, refused

pytestmark = pytest.mark.plain


@pytest.mark.parametrize("value", [
    "nothing", "shmcb2", "SHMCB", "redis", "on", "On", "true", "0", "file", "none", "*",
    "'", "\u00e9", "x" * 200, "mod_socache_shmcb", "shmcb ",
])
def test_unknown_provider_is_refused_in_words(server, value):
    use_shmcb(server, f'JiraTokenCache "{value}"')
    said = refused(server, "JiraTokenCache: there is no provider '")
    assert "write off, or shmcb, redis, memcache or dbm" in said
    assert "LoadModule socache_" in said


def test_provider_that_is_not_loaded_is_refused_in_words(server):
    for name in ("shmcb", "redis", "memcache", "dbm"):
        server.settings = f"JiraTokenCache {name}:x\n"
        said = refused(server, f"JiraTokenCache: there is no provider '{name}'")
        assert f"LoadModule socache_{name}_module modules/mod_socache_{name}.so" in said


@pytest.mark.parametrize("size", [
    "(0)", "(1)", "(8191)", "(-1)", "(ten)", "()", "(1e6)", "(99999999999999999999)",
    "(8192", "(4294967296000)",
])
def test_size_that_shmcb_does_not_take_is_refused(server, size):
    use_shmcb(server, f"JiraTokenCache shmcb:{server.root}/logs/cache{size}")
    refused(server, "JiraTokenCache: ")


@pytest.mark.parametrize("name", ["redis", "memcache", "dbm"])
def test_provider_without_what_it_needs_is_refused(server, name):
    server.modules.append(f"socache_{name}")
    server.settings = f"JiraTokenCache {name}\n"
    if name == "dbm":       # which has a file of its own
        accepted(server)
    else:
        refused(server, "JiraTokenCache: ")
        server.settings = f"JiraTokenCache {name}:\n"
        refused(server, "JiraTokenCache: ")


@pytest.mark.parametrize("lines", [
    "JiraTokenCache off", "JiraTokenCache OFF", "JiraTokenCache shmcb",
    "JiraTokenCache default",   # httpd's own name for it
    "JiraTokenCache shmcb:", "JiraTokenCache shmcb:{logs}/c(8192)",
    "JiraTokenCache shmcb:{logs}/c(1000000)", "JiraTokenCache off\nJiraTokenCache shmcb",
    "JiraTokenCache shmcb\nJiraTokenCache off", "JiraTokenCacheTimeout 0",
    "JiraTokenCacheTimeout 5\nJiraTokenCacheTimeout 6", "JiraTokenCacheGrace 86400",
])
def test_what_is_lawful_starts(server, lines):
    use_shmcb(server, lines.format(logs=server.root / "logs"))
    server.start()
    token = server.create()
    assert ask(server, token, 4) == [200] * 4


def test_last_choice_counts(server):
    use_shmcb(server, "JiraTokenCache off", "JiraTokenCache shmcb")
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    with no_table(server):
        assert ask(server, token) == [200] * 16


def test_start_that_the_provider_refuses_is_no_start(server):
    server.modules.append("socache_dbm")
    server.settings = "JiraTokenCache dbm:/nonexistent/folder/cache\n"
    server.expect(r"cannot start|AH00016|AH00020|\[socache_dbm:error\]")
    assert not server.try_start()
    assert "mod_jiratoken cannot start: JiraTokenCache: " in server.log()


@pytest.mark.parametrize("section", ["<VirtualHost *:*>", '<Location "/files">',
                                     '<Directory "/">', "<IfModule !x.c>"])
def test_cache_is_the_whole_servers(server, section):
    use_shmcb(server)
    end = f"</{section[1:].split()[0]}>"
    server.locations += f"{section}\nJiraTokenCache off\n{end}\n"
    if section.startswith("<If"):
        accepted(server)
    else:
        refused(server, "JiraTokenCache ")


@pytest.mark.parametrize("name", ["JiraTokenCacheTimeout", "JiraTokenCacheGrace"])
def test_times_may_differ_by_virtual_host_and_not_by_location(server, name):
    use_shmcb(server)
    server.locations += f"<VirtualHost *:*>\n{name} 5\n</VirtualHost>\n"
    accepted(server)
    server.locations += f'<Location "/files">\n{name} 5\n</Location>\n'
    refused(server, f"{name} not allowed")


@pytest.mark.parametrize("arguments", ["", '""', "a b", "shmcb off"])
def test_wrong_number_of_arguments_is_refused(server, arguments):
    use_shmcb(server, f"JiraTokenCache {arguments}")
    refused(server, "JiraTokenCache takes one argument")


def test_module_that_serves_nothing_needs_no_cache(server):
    """And says nothing of one."""
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    server.configuration = lambda: f"""
ServerRoot "{server.root}"
ServerName x
Listen 127.0.0.1:{server.port}
PidFile "{server.root}/httpd.pid"
ErrorLog "{server.root}/logs/error.log"
DefaultRuntimeDir "{server.root}/logs"
{user}
LoadModule mpm_event_module {MODULES}/mod_mpm_event.so
LoadModule authz_core_module {MODULES}/mod_authz_core.so
LoadModule dbd_module {MODULES}/mod_dbd.so
LoadModule jiratoken_module {server.module}
"""
    server.start()
    assert "there is no cache" not in server.log()
