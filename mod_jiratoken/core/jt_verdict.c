/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of verdicts and what follows from each. It must not know requests;
 * auth/jt_answer.c and auth/jt_authn.c answer httpd and the client.
 */
#include "core/jt_verdict.h"

#include <stddef.h>

#define VALUES(name, reason, counter, answer, status, words) \
    { reason, counter, answer, status, words },

static const jt_verdict_row_t rows[JT_VERDICTS] = {
    JT_VERDICT_ROWS(VALUES)
};

const jt_verdict_row_t *jt_verdict_row(jt_verdict_t verdict)
{
    return &rows[(unsigned)verdict < JT_VERDICTS ? verdict
                                                 : JT_VERDICT_UNKNOWN];
}
