# SPDX-License-Identifier: Apache-2.0
"""JiraTokenCache: which providers, numbers and arguments are taken, and in which
words the others are refused, before httpd starts."""

import os

import pytest

from remembering import ask, no_table, use_cache, use_in_memory
from server import MODULES
from starts import accepted, refused

pytestmark = pytest.mark.plain


@pytest.mark.parametrize("value", [
    "nothing", "shmcb2", "SHMCB", "redis", "on", "On", "true", "0", "file", "none", "*",
    "'", "\u00e9", "x" * 200, "mod_socache_shmcb", "shmcb ", "share", "sharedx", "shared ",
    " shared", "shared20000", "shared[100]", "sharedsharedshared",
    "shmcb(20000)", "(20000)", "off(1)",
])
def test_unknown_provider_is_refused_in_words(server, value):
    use_in_memory(server, "shmcb", f'JiraTokenCache "{value}"')
    said = refused(server, "JiraTokenCache: there is no provider '")
    assert "write shared, off, or redis, memcache, shmcb or dbm" in said
    assert "LoadModule socache_" in said


@pytest.mark.parametrize("number", [
    "(0)", "(1)", "(99)", "(10000001)", "(-100)", "(+100)", "(abc)", "()", "(", "(100",
    "(100)x", "(100))", "((100))", "( 100)", "(100 )", "(1e6)", "(0x100)", "(100.0)",
    ":", ":20000", "(100,200)", "(20 000)", "(4294967396)", "(18446744073709551716)", "(9" + 50 * "9" + ")",
])
def test_number_of_tokens_that_is_none_is_refused_in_words(server, number):
    use_cache(server, f'JiraTokenCache "shared{number}"')
    refused(server, f"JiraTokenCache: 'shared{number}': write shared, or with the number of "
            "tokens that are in use, from 100 to 10000000: shared(20000)")


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
    use_in_memory(server, "shmcb", f"JiraTokenCache shmcb:{server.root}/logs/cache{size}")
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
    "JiraTokenCache shared", "JiraTokenCache SHARED", "JiraTokenCache shared(100)",
    'JiraTokenCache "shared(20000)"', "JiraTokenCache Shared(000101)",
    "JiraTokenCache default",   # httpd's own name for it
    "JiraTokenCache shmcb:", "JiraTokenCache shmcb:{logs}/c(8192)",
    "JiraTokenCache shmcb:{logs}/c(1000000)", "JiraTokenCache off\nJiraTokenCache shmcb",
    "JiraTokenCache shmcb\nJiraTokenCache off", "JiraTokenCacheTimeout 0",
    "JiraTokenCacheTimeout 5\nJiraTokenCacheTimeout 6", "JiraTokenCacheGrace 86400",
])
def test_what_is_lawful_starts(server, lines):
    use_in_memory(server, "shmcb", lines.format(logs=server.root / "logs"))
    server.start()
    token = server.create()
    assert ask(server, token, 4) == [200] * 4


def test_largest_number_is_taken(server):
    """Whether there is so much memory shows when httpd starts: test_shared.py."""
    use_cache(server, "JiraTokenCache shared(10000000)")
    accepted(server)


@pytest.mark.parametrize("first,last,is_remembered", [
    ("off", "shmcb", True), ("off", "shared", True), ("shmcb", "shared(100)", True),
    ("shared(100)", "shmcb", True), ("shared", "off", False), ("shmcb", "off", False),
])
def test_last_choice_counts(server, first, last, is_remembered):
    use_in_memory(server, "shmcb", f"JiraTokenCache {first}", f"JiraTokenCache {last}")
    server.start()
    token = server.create()
    assert server.check("alice", token).status == 200
    with no_table(server):
        assert ask(server, token) == [200 if is_remembered else 503] * 16


def test_start_that_the_provider_refuses_is_no_start(server):
    server.modules.append("socache_dbm")
    server.settings = "JiraTokenCache dbm:/nonexistent/folder/cache\n"
    server.expect(r"cannot start|AH00016|AH00020|\[socache_dbm:error\]")
    assert not server.try_start()
    assert "mod_jiratoken cannot start: JiraTokenCache: " in server.log()


@pytest.mark.parametrize("section", ["<VirtualHost *:*>", '<Location "/files">',
                                     '<Directory "/">', "<IfModule !x.c>"])
def test_cache_is_the_whole_servers(server, section):
    use_cache(server)
    end = f"</{section[1:].split()[0]}>"
    server.locations += f"{section}\nJiraTokenCache off\n{end}\n"
    if section.startswith("<If"):
        accepted(server)
    else:
        refused(server, "JiraTokenCache ")


@pytest.mark.parametrize("name", ["JiraTokenCacheTimeout", "JiraTokenCacheGrace"])
def test_times_may_differ_by_virtual_host_and_not_by_location(server, name):
    use_cache(server)
    server.locations += f"<VirtualHost *:*>\n{name} 5\n</VirtualHost>\n"
    accepted(server)
    server.locations += f'<Location "/files">\n{name} 5\n</Location>\n'
    refused(server, f"{name} not allowed")


@pytest.mark.parametrize("arguments", ["", '""', "a b", "shmcb off", "shared (100)",
                                       "shared 100"])
def test_wrong_number_of_arguments_is_refused(server, arguments):
    use_cache(server, f"JiraTokenCache {arguments}")
    refused(server, "JiraTokenCache takes one argument, without a blank: ",
            "shared(100000)")


def test_module_that_serves_nothing_needs_no_cache(server):
    """And takes no memory for one."""
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
    assert "jiratoken:" not in server.log()
    [child, *_] = server.children()
    sizes = [int(last, 16) - int(first, 16) for first, last in (
        line.split()[0].split("-") for line in open(f"/proc/{child}/maps")
        if line.split()[1] == "rw-s")]
    assert max(sizes) < 4 << 20, "there is a table"
