/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_TEMPLATE_H
#define JT_TEMPLATE_H

#include <apr_general.h>
#include <apr_pools.h>
#include <string.h>

/* The files of html/web as trees; jt_html.h has their language. */

/* Deep enough for a page and its parts; ends a part that includes itself. */
#define JT_TEMPLATE_DEPTH 8

/** A name with what two names nearly always differ in already: its length, its
 * first, middle and last byte. */
typedef struct jt_template_name_t {
    const char *text;
    apr_size_t length;
    apr_uint32_t mark;
} jt_template_name_t;

/** What a node of a tree stands for. */
typedef enum jt_template_kind_t {
    JT_TEMPLATE_TEXT,
    JT_TEMPLATE_VALUE,      /* {{name}} */
    JT_TEMPLATE_SECTION,    /* {{#name}} body {{/name}} */
    JT_TEMPLATE_INVERTED,   /* {{^name}} body {{/name}} */
    JT_TEMPLATE_PART,       /* {{>name}}, which body is */
    JT_TEMPLATE_WORDS       /* {{>*name}} */
} jt_template_kind_t;

typedef struct jt_template_t jt_template_t;

struct jt_template_t {
    jt_template_kind_t kind;
    jt_template_name_t name;
    const char *text;       /* JT_TEMPLATE_TEXT: these bytes */
    apr_size_t length;
    const jt_template_t *body;
    const jt_template_t *next;
};

/* A list of tokens gives and asks for some thousand names: no call for each. */

/** @param text not copied */
static inline jt_template_name_t jt_template_name(const char *text,
                                                  apr_size_t length)
{
    jt_template_name_t name = { text, length, (apr_uint32_t)length };

    if (length) {
        name.mark |= (apr_uint32_t)(unsigned char)text[0] << 8
                     | (apr_uint32_t)(unsigned char)text[length / 2] << 16
                     | (apr_uint32_t)(unsigned char)text[length - 1] << 24;
    }
    return name;
}

static inline int jt_template_is_same(const jt_template_name_t *a,
                                      const jt_template_name_t *b)
{
    return a->mark == b->mark && a->length == b->length
           && (a->length <= 3 || !memcmp(a->text, b->text, a->length));
}

/**
 * Read every file now, so that it is found read: once at start-up, while
 * nothing is rendered. Lasts as long as the pool.
 */
void jt_template_prepare(apr_pool_t *pool);

/**
 * The tree of a file, whose name is that of two arguments, one after the other.
 * @param first set to its first node, or NULL for an empty file
 * @param pool for a tree that was not prepared
 * @return APR_SUCCESS; APR_ENOENT for a file, or part of it, that is not there;
 *         APR_EINVAL for a tag without its end
 */
apr_status_t jt_template_find(const char *name, apr_size_t length,
                              const char *ending,
                              const jt_template_t **first, apr_pool_t *pool);

#endif
