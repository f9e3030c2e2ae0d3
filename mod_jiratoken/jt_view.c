/* SPDX-License-Identifier: Apache-2.0
 *
 * What the pages say: rows, dates and faults turned into the names that the
 * templates ask for. Takes the present as an argument; has seen no request.
 */
#include "jt_view.h"

#include <apr_strings.h>
#include <string.h>

#include "jt_date.h"
#include "jt_quote.h"
#include "jt_web.h"

static const char *tag_of(const char *name)
{
    const jt_web_file_t *file = jt_web_find(name, strlen(name), "");

    return file ? file->tag : NULL;
}

/* A host without its port; the colons of an IPv6 address are in brackets. */
static const char *cut_port(const char *host, apr_pool_t *pool)
{
    const char *colon = strrchr(host, ':');

    if (!colon || strchr(colon, ']')) {
        return host;
    }
    return apr_pstrmemdup(pool, host, (apr_size_t)(colon - host));
}

jt_html_t *jt_view_make(const jt_view_frame_t *frame, apr_pool_t *pool)
{
    jt_html_t *scope = jt_html_make(pool);

    jt_html_set(scope, "base", frame->base);
    jt_html_set(scope, "user", frame->user);
    jt_html_set(scope, "scheme", frame->scheme);
    jt_html_set(scope, "host", frame->host);
    jt_html_set(scope, "hostname", cut_port(frame->host, pool));
    jt_html_set(scope, "css", tag_of("style.css"));
    jt_html_set(scope, "js", tag_of("app.js"));
    return scope;
}

static void set_state(jt_html_t *scope, const jt_store_row_t *row,
                      apr_int64_t now)
{
    switch (jt_token_state(row, now)) {
    case JT_TOKEN_EXPIRED:
        jt_html_set(scope, "state", "Expired");
        jt_html_set(scope, "state_class", "expired");
        break;
    case JT_TOKEN_EXPIRES_SOON:
        jt_html_set(scope, "state", "Expires soon");
        jt_html_set(scope, "state_class", "soon");
        break;
    case JT_TOKEN_ACTIVE:
        jt_html_set(scope, "state", "Active");
        jt_html_set(scope, "state_class", "active");
        break;
    }
}

/* A time for people and one for machines, under a name and name_at; neither
 * when it is NULL, for which the template has a word. */
static void set_expiry(jt_html_t *scope, const jt_store_row_t *row,
                       apr_pool_t *pool)
{
    if (row->expires_at != JT_STORE_NEVER) {
        jt_html_set(scope, "expires",
                    jt_date_format_expiry(row->expires_at, pool));
        jt_html_set(scope, "expires_at",
                    jt_date_format_rfc3339(row->expires_at, pool));
    }
}

static void set_row(jt_html_t *scope, const jt_store_row_t *row,
                    apr_int64_t now, apr_pool_t *pool)
{
    jt_html_set(scope, "id", apr_off_t_toa(pool, row->id));
    jt_html_set(scope, "label", row->label);
    if (row->created_at != JT_STORE_NEVER) {
        jt_html_set(scope, "created",
                    jt_date_format_minute(row->created_at, pool));
        jt_html_set(scope, "created_at",
                    jt_date_format_rfc3339(row->created_at, pool));
    }
    set_expiry(scope, row, pool);
    if (row->last_used_at != JT_STORE_NEVER) {
        jt_html_set(scope, "used",
                    jt_date_format_minute(row->last_used_at, pool));
        jt_html_set(scope, "used_at",
                    jt_date_format_rfc3339(row->last_used_at, pool));
        jt_html_set(scope, "used_from", row->last_used_from);
    }
    set_state(scope, row, now);
}

void jt_view_list(jt_html_t *scope, const apr_array_header_t *rows,
                  const jt_token_rules_t *rules, apr_int64_t now,
                  apr_pool_t *pool)
{
    int i;

    jt_html_set(scope, "title", "Tokens");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "count", apr_itoa(pool, rows->nelts));
    jt_html_set(scope, "max", apr_itoa(pool, rules->max));
    jt_html_flag(scope, "full", rows->nelts >= rules->max);
    jt_html_flag(scope, "any", rows->nelts > 0);
    for (i = 0; i < rows->nelts; i++) {
        set_row(jt_html_add(scope, "rows"),
                &APR_ARRAY_IDX(rows, i, jt_store_row_t), now, pool);
    }
}

static const char *label_words(jt_label_fault_t fault)
{
    switch (fault) {
    case JT_LABEL_EMPTY:
        return "Give the token a label, for example the program that will "
               "use it.";
    case JT_LABEL_TOO_LONG:
        return "Shorten the label to at most 100 characters.";
    case JT_LABEL_ENCODING:
        return "The label has bytes that are not valid UTF-8 text. Type it "
               "again where it shows \xEF\xBF\xBD.";
    case JT_LABEL_CONTROL:
        return "The label has a control character or a line break. Remove "
               "it where it shows \xEF\xBF\xBD.";
    case JT_LABEL_BIDI:
        return "The label has an invisible character that changes the "
               "direction of text. Remove it where it shows \xEF\xBF\xBD.";
    case JT_LABEL_FINE:
        break;
    }
    return NULL;
}

static const char *expiry_words(jt_token_expiry_t fault,
                                const jt_token_rules_t *rules,
                                apr_int64_t now, apr_pool_t *pool)
{
    switch (fault) {
    case JT_TOKEN_EXPIRY_FORMAT:
        return "Write the expiry date as YYYY-MM-DD, for example 2027-03-31, "
               "and as a day that exists.";
    case JT_TOKEN_EXPIRY_PAST:
        return apr_psprintf(pool, "Choose today (%s in UTC) or a later day.",
                            jt_date_format(now, pool));
    case JT_TOKEN_EXPIRY_LATE:
        return apr_psprintf(pool, "Choose a day no later than %s: tokens may "
                            "live %d days at the most here.",
                            jt_date_format(jt_token_last_day(rules, now),
                                           pool),
                            rules->max_lifetime);
    case JT_TOKEN_EXPIRY_REQUIRED:
        return apr_psprintf(pool, "Choose an expiry date: tokens may live %d "
                            "days at the most here.", rules->max_lifetime);
    case JT_TOKEN_EXPIRY_FINE:
        break;
    }
    return NULL;
}

const char *jt_view_proposed(const jt_token_rules_t *rules, apr_int64_t now,
                             apr_pool_t *pool)
{
    if (!rules->default_lifetime) {
        return "";
    }
    return jt_date_format(now + rules->default_lifetime * JT_DATE_DAY, pool);
}

void jt_view_create(jt_html_t *scope, const char *label, const char *expires,
                    const jt_token_draft_t *draft,
                    const jt_token_rules_t *rules, apr_int64_t now,
                    apr_pool_t *pool)
{
    jt_html_set(scope, "title", "Create token");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "typed_label", jt_label_clean(label, pool));
    jt_html_set(scope, "typed_expires", jt_label_clean(expires, pool));
    jt_html_set(scope, "first_day", jt_date_format(now, pool));
    if (rules->max_lifetime) {
        jt_html_flag(scope, "expiry_required", 1);
        jt_html_set(scope, "last_day",
                    jt_date_format(jt_token_last_day(rules, now), pool));
    }
    if (draft) {
        jt_html_set(scope, "label_fault", label_words(draft->label_fault));
        jt_html_set(scope, "expires_fault",
                    expiry_words(draft->expiry_fault, rules, now, pool));
    }
}

void jt_view_not_made(jt_html_t *scope, jt_token_made_t made,
                      const jt_token_rules_t *rules, apr_pool_t *pool)
{
    switch (made) {
    case JT_TOKEN_LIMIT:
        jt_html_set(scope, "form_fault",
                    apr_psprintf(pool, "You have %d of %d tokens. Revoke one "
                                 "that you no longer need, then create this "
                                 "one.", rules->max, rules->max));
        break;
    case JT_TOKEN_DUPLICATE:
        jt_html_set(scope, "label_fault", "You already have a token with this "
                    "label. Choose another, or revoke that one first. If you "
                    "have just sent this form twice: the token was made, but "
                    "it cannot be shown again.");
        break;
    case JT_TOKEN_CONFLICT:
    case JT_TOKEN_MADE:
        break;
    }
}

void jt_view_recipes(jt_html_t *scope, const char *user, const char *token,
                     apr_pool_t *pool)
{
    const char *shell = jt_quote_shell(user, pool);

    jt_html_set(scope, "recipe_token", token);
    jt_html_set(scope, "shell_user", shell);
    /* Open at its end: the template puts the token into the same quotes, so
     * that no copy of it is made. */
    jt_html_set(scope, "shell_open",
                apr_pstrmemdup(pool, shell, strlen(shell) - 1));
    jt_html_set(scope, "netrc_user", jt_quote_netrc(user, pool));
    jt_html_set(scope, "url_user", jt_quote_url(user, pool));
    jt_html_set(scope, "python_user", jt_quote_python(user, pool));
    jt_html_set(scope, "powershell_user", jt_quote_powershell(user, pool));
}

void jt_view_shown(jt_html_t *scope, const jt_store_row_t *row,
                   const char *token, apr_pool_t *pool)
{
    jt_html_set(scope, "title", "Token created");
    jt_html_flag(scope, "on_tokens", 1);
    jt_html_set(scope, "label", row->label);
    jt_html_set(scope, "token", token);
    set_expiry(scope, row, pool);
}

void jt_view_revoke(jt_html_t *scope, const jt_store_row_t *row,
                    apr_int64_t now, apr_pool_t *pool)
{
    jt_html_set(scope, "title", "Revoke token");
    jt_html_flag(scope, "on_tokens", 1);
    set_row(scope, row, now, pool);
}

typedef struct words_t {
    int status;
    const char *title;
    const char *text;
} words_t;

int jt_view_message(jt_html_t *scope, jt_view_message_t which)
{
    static const words_t words[] = {
        [JT_VIEW_BAD_REQUEST] = { 400, "This request cannot be read",
            "What arrived is not what these pages send. Go back to the list "
            "and try again. Nothing was changed." },
        [JT_VIEW_BY_TOKEN] = { 403, "A token does not open this page",
            "You came here with an access token. Tokens cannot list, make or "
            "revoke tokens: sign in as you do in the browser." },
        [JT_VIEW_NOBODY] = { 403, "Nobody is signed in",
            "This page needs to know who you are, but the server asks nobody "
            "to sign in here. Tell your administrator that this location is "
            "not protected." },
        [JT_VIEW_USER_NAME] = { 403, "Your user name cannot have tokens",
            "A user name with tokens has 1 to 255 bytes of UTF-8, no control "
            "character and no colon, at which programs split a name from its "
            "password. Tell your administrator." },
        [JT_VIEW_FOREIGN_ORIGIN] = { 403, "This did not come from these pages",
            "Only forms on these pages may change tokens; your browser says "
            "that this one was sent from elsewhere, or does not say where "
            "from. Nothing was changed. Open the page itself and try again." },
        [JT_VIEW_NOT_FOUND] = { 404, "There is nothing here",
            "This page or token does not exist. It may have been revoked "
            "already, or it is not yours." },
        [JT_VIEW_METHOD] = { 405, "This cannot be done here",
            "The page exists, but not for this kind of request." },
        [JT_VIEW_TOO_LARGE] = { 413, "This is too much text",
            "A form may have 64 KiB at the most. Nothing was changed." },
        [JT_VIEW_NOT_A_FORM] = { 415, "This is not a form",
            "Send it as application/x-www-form-urlencoded. Nothing was "
            "changed." },
        [JT_VIEW_FAILED] = { 500, "This did not work",
            "No token was made. The server's log says more; tell your "
            "administrator." },
        [JT_VIEW_UNAVAILABLE] = { 503, "Not possible just now",
            "The token database gives no answer. Try again in a moment and "
            "look at the list before you repeat a change. If it stays so, "
            "tell your administrator." },
    };

    jt_html_set(scope, "title", words[which].title);
    jt_html_set(scope, "text", words[which].text);
    return words[which].status;
}
