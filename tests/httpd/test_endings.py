# SPDX-License-Identifier: Apache-2.0
"""Of these tests themselves: that httpd's own crash on SIGTERM is forgiven, and
that one with the module in it, or of which nothing is known, is not."""

import subprocess

import pytest

import crashes
from server import apxs

pytestmark = pytest.mark.plain

# Crashes when a child is told to end: as its pool is destroyed, as ours may be.
PLANTED = """
#include "httpd.h"
#include "http_config.h"

static apr_status_t crash(void *nothing)
{
    *(volatile int *)nothing = 1;
    return APR_SUCCESS;
}

static void plant(apr_pool_t *pool, server_rec *server)
{
    apr_pool_cleanup_register(pool, NULL, crash, apr_pool_cleanup_null);
}

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_child_init(plant, NULL, NULL, APR_HOOK_LAST);
}

AP_DECLARE_MODULE(planted) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
                              register_hooks, 0};
"""


def plant(server, name):
    """A crash in a module of this name, whose child has no other fault."""
    folder = server.root / "planted"
    folder.mkdir()
    (folder / "planted.c").write_text(PLANTED)
    apr = subprocess.run(["apr-1-config", "--includes", "--cppflags"], check=True,
                         text=True, capture_output=True).stdout.split()
    subprocess.run(["gcc", "-shared", "-fPIC", f"-I{apxs('INCLUDEDIR')}", *apr, "-o",
                    folder / name, folder / "planted.c"], check=True)
    server.settings += f"LoadModule planted_module {folder / name}\n"


def crashed(server):
    """The lines that tell of a crash, forgiven or not; later ones fail no test."""
    lines = [line for line in server.log().splitlines() if "exit signal" in line]
    assert lines and all("Segmentation fault" in line for line in lines)
    left = [line for line in server.surprises() if "exit signal" in line]
    server.expect("exit signal Segmentation fault")
    return lines, left


def test_crash_outside_the_module_as_httpd_ends_is_forgiven(server):
    plant(server, "mod_other.so")
    server.start()
    children = {int(pid) for pid in server.children()}
    server.stop()
    lines, left = crashed(server)
    assert left == []
    found = crashes.read(server.crashes)
    assert found and set(found) <= children
    assert all("mod_other.so" in crashes.files(frames) for frames in found.values())


def test_crash_in_the_module_is_not_forgiven(server):
    plant(server, server.module.name)
    server.start()
    server.stop()
    lines, left = crashed(server)
    assert left == lines


def test_crash_that_was_not_written_down_is_not_forgiven(server):
    plant(server, "mod_other.so")
    server.start()
    server.crashes.unlink()
    server.stop()
    lines, left = crashed(server)
    assert left == lines


def test_crash_before_the_end_is_never_forgiven(server):
    """Also outside the module: nobody had told the child to end."""
    plant(server, "mod_other.so")
    server.settings += "MaxConnectionsPerChild 3\n"
    server.start()
    server.poll(lambda: server.get("/open/hello.txt").status == 200
                and "exit signal" in server.log())
    before = [line for line in server.log().splitlines() if "exit signal" in line]
    server.stop()
    lines, left = crashed(server)
    assert set(before) <= set(left) and left


STACK = ("/usr/lib/apache2/modules/mod_other.so(+0x5)[0x7f0c0ffee123]\n"
         "/usr/sbin/apache2(main+0x5)[0x55d0c0ffee00]\n"
         "/lib/x86_64-linux-gnu/libc.so.6(+0x2724a)[0x7f0c0ffee000]\n")


@pytest.mark.parametrize("stack,forgiven", [
    (STACK, True), ("", False), ("/x/mod_jiratoken.so(+0x5)[0x7f0c0ffee123]\n" + STACK, False),
    (STACK + "/x/mod_jiratoken.so(+0x5)[0x7f0c0ffee123]\n", False),
    ("[0x7f0c0ffee123]\n" + STACK, False),      # code of a file that is gone
    ("".join(STACK.splitlines(True)[:1]), False),     # it breaks off
])
def test_stack_is_believed_when_all_of_it_is_known(stack, forgiven):
    assert crashes.is_without(stack, "mod_jiratoken.so") == forgiven
