/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SPELLING_H
#define JT_SPELLING_H

#include <apr_pools.h>

/**
 * The first spelling of a name that does not come before a text, in the order
 * of bytes. Spellings differ in the case of ASCII letters.
 * @param name with small letters alone
 * @param from any text
 * @return from pool, or NULL: all come before it
 */
const char *jt_spelling_next(const char *name, const char *from,
                             apr_pool_t *pool);

/** Whether a text is a spelling of the name. */
int jt_spelling_is(const char *name, const char *text);

#endif
