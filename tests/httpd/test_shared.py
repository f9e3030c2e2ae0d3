# SPDX-License-Identifier: Apache-2.0
"""What the start needs of the system: where it is not to be had, httpd does not
start, and says why."""

import subprocess

import pytest

from starts import refused_start

pytestmark = pytest.mark.plain

# Preloaded: the Nth mapping of shared memory fails that this module asks for.
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

    if ((flags & MAP_SHARED) && (flags & MAP_ANONYMOUS) && is_ours() && ++seen == NTH) {
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


def preload(server, source, nth):
    path, library = server.root / "failing.c", server.root / "failing.so"
    path.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-Wno-deprecated-declarations",
                    f"-DNTH={nth}", "-o", library, path, "-ldl"], check=True)
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


@pytest.mark.parametrize("nth", range(1, 11))
def test_no_digest_is_no_start(server, nth):
    """A table without a name of its own would share what is remembered with
    others, so its name fails closed as the keys do."""
    preload(server, NO_DIGEST, nth)
    server.expect(r"AH0001[48]: Configuration check failed")
    said = refused_start(server)
    assert ("made no HMAC-SHA-256" if nth > 6 else "could not be set up by OpenSSL") in said
