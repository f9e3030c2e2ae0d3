/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <apr_pools.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the process where a promise of the reader's header is broken. */
#define FUZZ_MUST(holds) \
    do { \
        if (!(holds)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                    #holds); \
            abort(); \
        } \
    } while (0)

/* The names and types are libFuzzer's. */

/** Call once, before the first input; the arguments are left alone. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * Give one input to the reader that the lower half of its first byte picks;
 * the rest is what is read. Ends the process by abort() when a promise of that
 * reader's header is broken.
 * @return 0
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/** jt_entry_parse()'s inputs are bytes: a reader of its own. */
void fuzz_entry(const uint8_t *bytes, size_t length, apr_pool_t *pool);

#endif
