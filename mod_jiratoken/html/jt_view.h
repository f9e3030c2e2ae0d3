/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_H
#define JT_VIEW_H

#include "core/jt_account.h"
#include "core/jt_order.h"
#include "core/jt_token.h"
#include "html/jt_html.h"

/** What a page of words alone can be about; each has its HTTP status. */
typedef enum jt_view_message_t {
    JT_VIEW_BAD_REQUEST,
    JT_VIEW_BY_TOKEN,
    JT_VIEW_NOBODY,
    JT_VIEW_USER_NAME,
    JT_VIEW_FOREIGN_ORIGIN,
    JT_VIEW_NOT_FOUND,
    JT_VIEW_METHOD,
    JT_VIEW_TOO_LARGE,
    JT_VIEW_NOT_A_FORM,
    JT_VIEW_FAILED,
    JT_VIEW_PARTLY,     /* after jt_view_count() */
    JT_VIEW_UNAVAILABLE
} jt_view_message_t;

/* Each fills a scope for the template of the same name in web/. Strings that
 * are passed in must live until it is rendered. */

/** Where a page stands and who looks at it: what every template needs. */
typedef struct jt_view_frame_t {
    const char *base;    /* relative reference to the mount point, with '/' */
    const char *user;    /* NULL: nobody is signed in */
    const char *scheme;  /* this server's, as the client spells it */
    const char *host;    /* with its port, if it needs one */
    const char *site;    /* the pages' name, or NULL: the catalogue's */
    const char *stylesheet; /* the site's own, or NULL */
    const char *home;    /* where a link leads back to, or NULL */
    int records_use;     /* zero: last uses are not written down */
    apr_int64_t now;     /* epoch seconds */
} jt_view_frame_t;

/** A scope with the frame's names; never NULL. */
jt_html_t *jt_view_make(const jt_view_frame_t *frame, apr_pool_t *pool);

/** A list and what has just happened to it. */
typedef struct jt_view_list_t {
    const apr_array_header_t *tokens; /* jt_token_t elements, in order */
    jt_order_key_t key;               /* what they are ordered by */
    int descending;
    const char *said;   /* key of a text of the catalogue, or NULL: good */
    const char *wrong;  /* the same: what to do first */
} jt_view_list_t;

/** web/list.html */
void jt_view_list(jt_html_t *scope, const jt_view_list_t *list,
                  const jt_token_rules_t *rules, apr_int64_t now,
                  apr_pool_t *pool);

/**
 * web/create.html with what was typed. @param draft what is wrong with it, or
 * NULL when nothing is
 */
void jt_view_create(jt_html_t *scope, const jt_token_typed_t *typed,
                    const jt_token_draft_t *draft,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool);

/** web/create.html: why a lawful draft was not made. */
void jt_view_not_made(jt_html_t *scope, jt_account_made_t made,
                      const jt_token_rules_t *rules, apr_pool_t *pool);

/** The date that a form proposes: YYYY-MM-DD, or "" for none. */
const char *jt_view_proposed(const jt_token_rules_t *rules, apr_int64_t now,
                             apr_pool_t *pool);

/** web/shown.html: the only page that ever holds a token. */
void jt_view_shown(jt_html_t *scope, const jt_token_t *token,
                   const char *secret, apr_int64_t now, apr_pool_t *pool);

/** web/connect.html, beside its recipes. */
void jt_view_connect(jt_html_t *scope);

/** web/revoke.html */
void jt_view_revoke(jt_html_t *scope, const jt_token_t *token,
                    apr_int64_t now, apr_pool_t *pool);

/** web/several.html: all these at once. @param tokens jt_token_t elements */
void jt_view_several(jt_html_t *scope, const apr_array_header_t *tokens,
                     apr_int64_t now, apr_pool_t *pool);

/** web/recipes.html: the examples for programs. */
void jt_view_recipes(jt_html_t *scope, const char *user, const char *secret,
                     apr_pool_t *pool);

/** Say how many of how many, for a page that follows. */
void jt_view_count(jt_html_t *scope, int count, int all, apr_pool_t *pool);

/** web/message.html. @return the HTTP status that goes with it */
int jt_view_message(jt_html_t *scope, jt_view_message_t which);

#endif
