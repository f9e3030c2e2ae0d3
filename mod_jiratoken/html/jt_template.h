/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TEMPLATE_H
#define JT_TEMPLATE_H

#include <apr_general.h>
#include <apr_pools.h>
#include <string.h>

#include "html/jt_web.h"

/* The files of html/web as trees. Their language is described in
 * html/jt_html.h. */

/* The depth of parts within parts. Ends a part that includes itself. */
#define JT_TEMPLATE_DEPTH 8

/** A name with a fingerprint for quick comparison: its first seven bytes, and
 * its length in another one. That of a short name is the name. */
typedef struct jt_template_name_t {
    const char *text;
    apr_size_t length;
    apr_uint64_t fingerprint;
} jt_template_name_t;

/** The kind of a node. */
typedef enum jt_template_kind_t {
    JT_TEMPLATE_TEXT,
    JT_TEMPLATE_VALUE,      /* {{name}} */
    JT_TEMPLATE_SECTION,    /* {{#name}} body {{/name}} */
    JT_TEMPLATE_INVERTED,   /* {{^name}} body {{/name}} */
    JT_TEMPLATE_PART,       /* {{>name}}; body is the part's */
    JT_TEMPLATE_WORDS,      /* {{>*name}}, {{>*name number}} */
    JT_TEMPLATE_SENTENCE    /* {{>=key number}}; name is the key */
} jt_template_kind_t;

typedef struct jt_template_t jt_template_t;

struct jt_template_t {
    jt_template_kind_t kind;
    jt_template_name_t name;
    const jt_template_name_t *number; /* NULL: none */
    const char *text;       /* JT_TEMPLATE_TEXT: the bytes */
    apr_size_t length;
    const jt_template_t *body;
    const jt_template_t *next;
};

/* Inline: a list of tokens sets and looks up about a thousand names. */

/** @param text not copied */
static inline jt_template_name_t jt_template_name(const char *text,
                                                  apr_size_t length)
{
    jt_template_name_t name = { text, length, 0 };
    unsigned char bytes[8] = { 0 };

    memcpy(bytes, text, length < 7 ? length : 7);
    bytes[7] = (unsigned char)length;
    memcpy(&name.fingerprint, bytes, sizeof(bytes));
    return name;
}

static inline int jt_template_is_same(const jt_template_name_t *a,
                                      const jt_template_name_t *b)
{
    return a->fingerprint == b->fingerprint
           && (a->length <= 7
               || (a->length == b->length
                   && !memcmp(a->text, b->text, a->length)));
}

/** Parse every file, once, at start-up, before anything is rendered. The trees
 * live as long as pool, and are then read by all threads. */
void jt_template_prepare(apr_pool_t *pool);

/**
 * Find the tree of a file. Its parts are those of its language.
 * @param first set to its first node, or NULL for an empty file
 * @param pool for a tree that was not prepared
 * @return APR_SUCCESS; APR_ENOENT for a missing file or part; APR_EINVAL for an
 *         unclosed tag, or one that is none
 */
apr_status_t jt_template_find(const jt_web_name_t *name,
                              const jt_template_t **first, apr_pool_t *pool);

#endif
