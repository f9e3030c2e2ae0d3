# SPDX-License-Identifier: Apache-2.0
"""What the start needs of the system: where it is not to be had, httpd does not
start, or does without, and says why."""

import re
import resource
import subprocess

import pytest

from remembering import PATIENT, ask, no_table
from starts import refused_start

pytestmark = pytest.mark.plain

NO_TABLE = (r"mod_jiratoken does without: \d+ bytes of shared memory for JiraTokenCache "
            "could not be had")

# Preloaded: the Nth mapping of shared memory fails that this module asks for, and
# any that is too large.
NO_MEMORY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <string.h>
#include <sys/mman.h>

static int is_ours(void)
{
    void *frames[16];
    int count = backtrace(frames, 16);
    Dl_info about;

    while (count--) {
        if (dladdr(frames[count], &about) && strstr(about.dli_fname, "jiratoken")) {
            return 1;
        }
    }
    return 0;
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t from)
{
    static int seen;
    void *(*next)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");

    if ((flags & MAP_SHARED) && (flags & MAP_ANONYMOUS) && is_ours()
        && (++seen == NTH || size > MOST)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return next(at, size, protection, flags, file, from);
}

void *mmap64(void *at, size_t size, int protection, int flags, int file, off_t from)
{
    return mmap(at, size, protection, flags, file, from);
}
"""

# Preloaded: OpenSSL makes this module no hash from the Nth on, by whichever
# function the module is built with.
NO_DIGEST = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

static int fails(void *caller)
{
    static int seen;
    Dl_info about;

    return dladdr(caller, &about) && strstr(about.dli_fname, "mod_jiratoken")
           && ++seen >= NTH;
}

int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *hash, unsigned *size)
{
    int (*next)(EVP_MD_CTX *, unsigned char *, unsigned *)
        = dlsym(RTLD_NEXT, "EVP_DigestFinal_ex");

    return fails(__builtin_return_address(0)) ? 0 : next(context, hash, size);
}

int SHA256_Final(unsigned char *hash, SHA256_CTX *context)
{
    int (*next)(unsigned char *, SHA256_CTX *) = dlsym(RTLD_NEXT, "SHA256_Final");

    return fails(__builtin_return_address(0)) ? 0 : next(hash, context);
}
"""


def preload(server, source, nth, most=1 << 40):
    path, library = server.root / "failing.c", server.root / "failing.so"
    path.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-Wno-deprecated-declarations",
                    f"-DNTH={nth}", f"-DMOST={most}", "-o", library, path, "-ldl"], check=True)
    server.environment["LD_PRELOAD"] = str(library)


@pytest.mark.parametrize("nth", [1, 2])
def test_shared_memory_that_cannot_be_had_is_said(server, nth):
    """Prefork's children share the permits as well."""
    if nth == 2:
        server.mpm = "prefork"
    preload(server, NO_MEMORY, nth)
    said = refused_start(server)
    assert "bytes of shared memory" in said and "free some, or raise" in said
    assert "Cannot allocate memory" in said


def said_of_memory(server):
    return [line for line in server.log().splitlines() if "shared memory" in line]


def check_without_a_table(server):
    """It is said in one line, all works, and the database is asked."""
    server.settings += f"{PATIENT}\n"
    server.start()
    said = said_of_memory(server)
    assert len(said) == 1 and re.search(NO_TABLE, said[0])
    assert "Cannot allocate memory" in said[0] and "free some, or raise" in said[0]
    token = server.create()
    assert ask(server, token) == [200] * 16
    with no_table(server):
        assert ask(server, token) == [503] * 16
    server.revoke(token)
    assert ask(server, token) == [401] * 16
    server.graceful()
    assert ask(server, server.create()) == [200] * 16
    assert len(said_of_memory(server)) == 2


def test_table_that_cannot_be_had_is_done_without(server):
    preload(server, NO_MEMORY, 0, 1 << 20)
    check_without_a_table(server)


def test_table_beyond_what_a_process_may_have_is_done_without(server):
    """RLIMIT_AS, setrlimit(2), which httpd inherits."""
    server.settings += "JiraTokenCache shared(10000000)\n"
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, usual[1]))
    try:
        check_without_a_table(server)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)


@pytest.mark.parametrize("nth", range(1, 19))
def test_no_digest_is_no_start(server, nth):
    """A table without a name of its own would share what is remembered with
    others, so its name fails closed as the keys do."""
    preload(server, NO_DIGEST, nth)
    server.expect(r"AH0001[48]: Configuration check failed")
    said = refused_start(server)
    assert ("made no HMAC-SHA-256" if nth > 14 else "could not be set up by OpenSSL") in said
