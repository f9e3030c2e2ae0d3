/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives bytes that whoever can write to a shared cache could leave there to
 * what reads entries.
 */
#include "fuzz.h"

#include <string.h>

#include "core/jt_entry.h"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* What was believed of the bytes is all that they said. */
static void check_read(const jt_entry_t *entry, const unsigned char *id,
                       const unsigned char *bytes, apr_size_t length)
{
    unsigned char again[JT_ENTRY_SIZE];
    int is_grant = !entry->is_tombstone && !entry->is_lease;
    const char *last = is_grant ? entry->grant.restrictions : NULL;

    FUZZ_MUST(jt_entry_write(entry, id, NULL, again) == length);
    if (last) { /* any byte but 0 says that it is there */
        apr_size_t place = length - strlen(last) - 2;

        FUZZ_MUST(bytes[place]);
        again[place] = bytes[place];
    }
    FUZZ_MUST(!memcmp(again, bytes, length));
}

void fuzz_entry(const uint8_t *bytes, size_t length)
{
    static const unsigned char id[JT_SECRET_HASH_SIZE];
    jt_secret_ring_t *ring = NULL;
    const char *fault = NULL;
    jt_entry_t entry;

    FUZZ_MUST(jt_secret_ring_parse(KEY, &ring, &fault, fuzz_pool)
              == APR_SUCCESS);
    /* Nobody without the key guesses a seal. */
    FUZZ_MUST(jt_entry_parse(bytes, length, id, ring, &entry, fuzz_pool)
              == APR_EINVAL);
    if (jt_entry_parse(bytes, length, id, NULL, &entry, fuzz_pool)
            == APR_SUCCESS
        && length <= JT_ENTRY_SIZE - JT_SECRET_HASH_SIZE) {
        check_read(&entry, id, bytes, length);
    }
}
