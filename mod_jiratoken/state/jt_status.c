/* SPDX-License-Identifier: Apache-2.0
 *
 * The section of mod_status's page: the counters of all children, as a table
 * or, for ?auto, one line each. It must not count anything itself.
 */
#include "state/jt_status.h"

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "state/jt_shared.h"

static void show_counter(request_rec *r, jt_count_t which, int is_short)
{
    apr_uint64_t count = jt_counters_get(jt_shared_get()->counters, which);

    if (!jt_counters_name(which)) {
        return;
    }
    ap_rprintf(r, is_short ? "JiraToken%s: %" APR_UINT64_T_FMT "\n"
                           : "<tr><th align=\"left\">%s</th>"
                             "<td align=\"right\">%" APR_UINT64_T_FMT
                             "</td></tr>\n",
               is_short ? jt_counters_name(which) : jt_counters_words(which),
               count);
}

static int show_counters(request_rec *r, int flags)
{
    int is_short = flags & AP_STATUS_SHORT;
    int which;

    if (!is_short) {
        ap_rputs("<hr />\n<h2>jiratoken</h2>\n<table>\n", r);
    }
    for (which = 0; which < JT_COUNTS; which++) {
        show_counter(r, (jt_count_t)which, is_short);
    }
    if (!is_short) {
        ap_rputs("</table>\n", r);
    }
    return OK;
}

void jt_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show_counters, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
