/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_FORM_H
#define JT_VIEW_FORM_H

#include "core/jt_account.h"
#include "core/jt_token.h"
#include "html/jt_html.h"

/* As in html/jt_view.h: each function fills a scope, strings that are passed in
 * must live until it is rendered, `now` is in epoch seconds. */

/** web/form.html, filled with what was typed. */
void jt_view_form_set(jt_html_t *scope, const jt_token_typed_t *typed,
                      const jt_token_rules_t *rules, apr_int64_t now,
                      apr_pool_t *pool);

/**
 * web/create.html, filled with what was typed.
 * @param draft its faults, or NULL: there are none
 */
void jt_view_create(jt_html_t *scope, const jt_token_typed_t *typed,
                    const jt_token_draft_t *draft,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool);

/** web/create.html: why a valid draft was not created. */
void jt_view_not_made(jt_html_t *scope, jt_account_made_t made,
                      const jt_token_rules_t *rules, apr_pool_t *pool);

/** The form's default expiry: YYYY-MM-DD, or "" for none. */
const char *jt_view_proposed(const jt_token_rules_t *rules, apr_int64_t now,
                             apr_pool_t *pool);

/** The key of the text about a label's fault; NULL: it has none. */
const char *jt_view_label_fault(jt_label_fault_t fault);

#endif
