/* SPDX-License-Identifier: Apache-2.0
 *
 * What mod_status shows of this module: the counts of all children, as a table
 * or, for ?auto, a line each. Counts nothing itself.
 */
#include "state/jt_status.h"

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "state/jt_shared.h"

static const struct {
    jt_count_t which;
    const char *name;  /* for ?auto */
    const char *words;
} shown[] = {
    { JT_COUNT_CHECKS, "Checks", "tokens checked" },
    { JT_COUNT_HITS, "CacheHits", "answered from the cache" },
    { JT_COUNT_GRACE, "GraceHits",
      "answered from the cache because the database could not" },
    { JT_COUNT_LOOKUPS, "Lookups", "looked up in the database" },
    { JT_COUNT_UNKNOWN, "RefusedUnknown", "refused: unknown or revoked" },
    { JT_COUNT_MISTYPED, "RefusedMistyped", "refused: wrong checksum" },
    { JT_COUNT_NOT_CANONICAL, "RefusedNotCanonical",
      "refused: credentials not canonical" },
    { JT_COUNT_OTHER_OWNER, "RefusedOtherOwner", "refused: somebody else's" },
    { JT_COUNT_RESTRICTED, "RefusedRestricted", "refused: restricted" },
    { JT_COUNT_EXPIRED, "RefusedExpired", "refused: expired" },
    { JT_COUNT_UNAVAILABLE, "Unavailable",
      "answered 503: the database could not say" },
    { JT_COUNT_CREATED, "Created", "tokens created" },
    { JT_COUNT_REVOKED, "Revoked", "tokens revoked" }
};

#define SHOWN (sizeof(shown) / sizeof(shown[0]))

static int show(request_rec *r, int flags)
{
    int is_short = flags & AP_STATUS_SHORT;
    apr_size_t i;

    if (!is_short) {
        ap_rputs("<hr />\n<h2>jiratoken</h2>\n<table>\n", r);
    }
    for (i = 0; i < SHOWN; i++) {
        ap_rprintf(r, is_short ? "JiraToken%s: %" APR_UINT64_T_FMT "\n"
                               : "<tr><th align=\"left\">%s</th>"
                                 "<td align=\"right\">%" APR_UINT64_T_FMT
                                 "</td></tr>\n",
                   is_short ? shown[i].name : shown[i].words,
                   jt_shared_counted(shown[i].which));
    }
    if (!is_short) {
        ap_rputs("</table>\n", r);
    }
    return OK;
}

void jt_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
