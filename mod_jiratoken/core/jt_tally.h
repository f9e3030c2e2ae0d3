/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TALLY_H
#define JT_TALLY_H

#include "core/jt_asking.h"

/**
 * Count the rows that match, for core/jt_listing.c.
 * @param exact how many rows are counted one by one, at most; fewer where they
 *        do not lie side by side
 * @param is_estimate set to zero when they were
 */
apr_status_t jt_tally_make(const jt_asking_t *asking, int exact,
                           apr_int64_t *count, int *is_estimate);

#endif
