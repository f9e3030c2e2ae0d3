/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

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

#endif
