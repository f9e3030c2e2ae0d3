/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_ENTRY_H
#define JT_ENTRY_H

#include "core/jt_secret.h"
#include "core/jt_store.h"

/* The most bytes that an entry takes, its seal included. A row of more, which
 * only another program can have made, is not remembered. */
#define JT_ENTRY_SIZE 2048

/** What is remembered of a token: its row, and when the table was asked. Of a
 * revoked one: that it was. */
typedef struct jt_entry_t {
    int is_revoked;          /* non-zero: nothing below but asked_at says
                                anything */
    apr_int64_t asked_at;    /* epoch seconds, before the table was asked */
    apr_uint64_t epoch;      /* of the httpd that asked, and */
    apr_uint32_t mark;       /* its mark then, see jt_shared.h */
    jt_store_row_t row;      /* without what only lists need: slot, digest,
                                created_at, last_used_from */
} jt_entry_t;

/**
 * Write an entry as bytes that do not depend on the machine.
 * @param id what it is kept under: sealed with it, so that nobody can keep it
 *        under another
 * @param ring seals it; NULL: without a seal, for memory that nobody else can
 *        write
 * @return how many bytes, or 0 when it takes more than JT_ENTRY_SIZE or cannot
 *         be sealed
 */
apr_size_t jt_entry_write(const jt_entry_t *entry,
                          const unsigned char id[JT_SECRET_HASH_SIZE],
                          const jt_secret_ring_t *ring,
                          unsigned char bytes[JT_ENTRY_SIZE]);

/**
 * Read what jt_entry_write() wrote, wherever it has been meanwhile.
 * @param ring as then; NULL: nobody else can have written it
 * @return APR_SUCCESS, the row's strings are copies in pool; APR_EINVAL for
 *         anything else, which is not to be believed in any part
 */
apr_status_t jt_entry_parse(const unsigned char *bytes, apr_size_t length,
                            const unsigned char id[JT_SECRET_HASH_SIZE],
                            const jt_secret_ring_t *ring, jt_entry_t *entry,
                            apr_pool_t *pool);

#endif
