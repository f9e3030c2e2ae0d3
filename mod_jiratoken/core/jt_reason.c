/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides what a log may repeat of a driver's words about a connection, and
 * knows what is behind some of them. It must not know who logs them.
 */
#include "core/jt_reason.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* Where words of DBDParams and of messages end, in any driver's syntax. */
#define ENDS " \t\r\n,;|&?'\"\\/:@=()"
/* Where an unquoted value ends. */
#define VALUE_ENDS " \t\r\n,;|&"

static int is_among(const char *word, size_t length, const char *const *words)
{
    for (; *words; words++) {
        if (strlen(*words) == length && !strncmp(*words, word, length)) {
            return 1;
        }
    }
    return 0;
}

/* The settings whose values a log may have. */
static int is_harmless(const char *key, size_t length)
{
    static const char *const keys[] = {
        "application_name", "connect_timeout", "dbname", "fldsz", "flags",
        "group", "host", "hostaddr", "options", "passfile", "port",
        "reconnect", "service", "sock", "sslcert", "sslkey", "sslmode",
        "sslrootcert", "target_session_attrs", "user", NULL
    };

    return is_among(key, length, keys);
}

/* Their names stand in messages; their values are hidden. */
static int is_password(const char *key, size_t length)
{
    static const char *const keys[] = { "pass", "password", NULL };

    return is_among(key, length, keys);
}

/* @return the end of the value that a key's `=` introduces */
static const char *skip_value(const char *value)
{
    const char *end;

    value += strspn(value, " \t");
    if (*value != '\'') {
        return value + strcspn(value, VALUE_ENDS);
    }
    end = strchr(value + 1, '\'');
    return end ? end + 1 : value + strlen(value);
}

/* Replaces a word by stars, wherever it stands by itself. */
static const char *hide_word(const char *text, const char *word, size_t length,
                             apr_pool_t *pool)
{
    const char *hidden = "";
    const char *from = text;
    const char *at = text;

    while (*at) {
        size_t here = strcspn(at, ENDS);

        if (here == length && !strncmp(at, word, length)) {
            hidden = apr_pstrcat(pool, hidden,
                                 apr_pstrndup(pool, from,
                                              (apr_size_t)(at - from)),
                                 "***", NULL);
            from = at + here;
        }
        at += here + strspn(at + here, ENDS);
    }
    return apr_pstrcat(pool, hidden, from, NULL);
}

/* Everything in DBDParams counts as a secret that is not known to be none: a
 * password with a blank in it falls into words, and keys may be misspelt. */
static const char *hide_secrets(const char *text, const char *params,
                                apr_pool_t *pool)
{
    while (*(params += strspn(params, ENDS))) {
        size_t length = strcspn(params, ENDS);
        const char *next = params + length;

        next += strspn(next, " \t");
        if (*next == '=' && is_harmless(params, length)) {
            params = skip_value(next + 1);
        }
        else if (*next == '=' && is_password(params, length)) {
            params = next;
        }
        else {
            text = hide_word(text, params, length, pool);
            params += length;
        }
    }
    return text;
}

/* libpq has a line for each way that it tried, and details in others. */
#define TRY "connection to "

static const char *join_lines(const char *words, apr_pool_t *pool)
{
    const char *joined = "";

    while (*(words += strspn(words, "\r\n"))) {
        size_t length = strcspn(words, "\r\n");

        if (!*joined || !strncmp(words, TRY, strlen(TRY))) {
            joined = apr_pstrcat(pool, joined, *joined ? "; " : "",
                                 apr_pstrndup(pool, words, length), NULL);
        }
        words += length;
    }
    return joined;
}

const char *jt_reason_clean(const char *words, const char *params,
                            apr_pool_t *pool)
{
    return words ? hide_secrets(join_lines(words, pool), params, pool) : "";
}

const char *jt_reason_find_advice(const char *words)
{
    static const char *const known[][2] = {
        { "Peer authentication failed",
          "by pg_hba.conf's `peer` an account gets the role of its own name "
          "only; pg_ident.conf can give it another" },
        { "/.postgresql/",
          "httpd was begun with another account's HOME: begin it without, or "
          "name the files in DBDParams" },
        { "no password supplied",
          "a .pgpass of the account that begins httpd is not the children's: "
          "name a file that they can read by passfile= in DBDParams" },
        { "unsupported startup parameter",
          "a pooler refuses `options=`: take it out of DBDParams and use "
          "ALTER ROLE ... SET instead" },
    };
    const char *next;
    size_t i;

    /* The last try decided. */
    while ((next = strstr(words, "; " TRY))) {
        words = next + 1;
    }
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strstr(words, known[i][0])) {
            return known[i][1];
        }
    }
    return NULL;
}
