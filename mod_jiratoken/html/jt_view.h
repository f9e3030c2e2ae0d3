/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_VIEW_H
#define JT_VIEW_H

#include "core/jt_account.h"
#include "core/jt_order.h"
#include "core/jt_token.h"
#include "html/jt_html.h"

/** Message pages, each with its HTTP status. */
typedef enum jt_view_message_t {
    JT_VIEW_BAD_REQUEST,
    JT_VIEW_BY_TOKEN,
    JT_VIEW_NOBODY,
    JT_VIEW_NAMELESS,    /* signed in, but JiraTokenUserName is empty */
    JT_VIEW_USER_NAME,   /* with "name" in the scope */
    JT_VIEW_FOREIGN_ORIGIN,
    JT_VIEW_NOT_OPENED,  /* fetched by a script or a frame */
    JT_VIEW_NOT_FOUND,
    JT_VIEW_NO_AUDIT,
    JT_VIEW_METHOD,
    JT_VIEW_TOO_LARGE,
    JT_VIEW_NOT_A_FORM,
    JT_VIEW_FAILED,
    JT_VIEW_PARTLY,     /* after jt_view_count() */
    JT_VIEW_SWEPT_PARTLY, /* with "number" in the scope */
    JT_VIEW_UNAVAILABLE
} jt_view_message_t;

/* Each function fills a scope for the template of the same name in html/web.
 * Strings that are passed in must live until the scope is rendered. `now` is in
 * epoch seconds; other values are allocated from pool. */

/** What every template needs: where the page is, and who sees it. */
typedef struct jt_view_frame_t {
    const jt_language_t *language; /* of the page */
    const char *base;    /* relative reference to the mount point, with '/' */
    const char *user;    /* NULL: nobody is signed in */
    const char *scheme;  /* this server's, for clients */
    const char *host;    /* with the port, if it is not the default */
    const char *site;    /* the pages' title, or NULL: the catalogue's */
    const char *stylesheet; /* the site's style sheet, or NULL */
    const char *home;    /* a link back to the site, or NULL */
    const char *sign_out; /* a link that ends the session, or NULL */
    const apr_array_header_t *services; /* jt_url_service_t elements: what
                                           tokens open; NULL: this server */
    int records_use;     /* zero: last uses are not recorded */
    apr_int64_t now;     /* epoch seconds */
} jt_view_frame_t;

/** Make a scope with the frame's names. Never NULL. */
jt_html_t *jt_view_make(const jt_view_frame_t *frame, apr_pool_t *pool);

/** A list, and a message about what was just done. */
typedef struct jt_view_list_t {
    const apr_array_header_t *tokens; /* jt_token_t elements, in order */
    jt_order_key_t key;               /* sorted by; JT_ORDER_KEYS: as the
                                         table */
    int descending;
    apr_int64_t made;   /* id of a token that was just made, or 0 */
    const char *said;   /* key of a text about a success, or NULL */
    const char *wrong;  /* key of a text about a fault, or NULL */
} jt_view_list_t;

/** Add one token to the rows of a table. @return its row */
jt_html_t *jt_view_row(jt_html_t *scope, const jt_token_t *token,
                       const jt_token_rules_t *rules, apr_int64_t now,
                       apr_pool_t *pool);

/** web/list.html */
void jt_view_list(jt_html_t *scope, const jt_view_list_t *list,
                  const jt_token_rules_t *rules, apr_int64_t now,
                  apr_pool_t *pool);

/** web/shown.html: the only page with a secret. The scope has its title. */
void jt_view_shown(jt_html_t *scope, const jt_token_t *token,
                   const char *secret, apr_int64_t now, apr_pool_t *pool);

/** web/rotate.html. @param fault key of a text about what was sent, or NULL */
void jt_view_rotate(jt_html_t *scope, const jt_token_t *token,
                    const char *fault, const jt_token_rules_t *rules,
                    apr_int64_t now, apr_pool_t *pool);

/**
 * web/rename.html
 * @param typed the label as it was typed
 * @param fault key of a text, or NULL
 */
void jt_view_rename(jt_html_t *scope, const jt_token_t *token,
                    const char *typed, const char *fault,
                    apr_pool_t *pool);

/** web/revoke.html */
void jt_view_revoke(jt_html_t *scope, const jt_token_t *token,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool);

/**
 * web/several.html: the confirmation for several.
 * @param tokens jt_token_t elements
 */
void jt_view_several(jt_html_t *scope, const apr_array_header_t *tokens,
                     const jt_token_rules_t *rules, apr_int64_t now,
                     apr_pool_t *pool);

/** Set the numbers for a message page: how many of how many. */
void jt_view_count(jt_html_t *scope, int count, int all, apr_pool_t *pool);

/** web/message.html. @return its HTTP status */
int jt_view_message(jt_html_t *scope, jt_view_message_t which);

#endif
