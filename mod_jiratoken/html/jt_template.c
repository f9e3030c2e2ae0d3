/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates as trees: the files of html/web are parsed once, at start-up. It
 * must not know values.
 */
#include "html/jt_template.h"

#include <string.h>

#include "html/jt_web.h"

/* The tree of each of jt_web_files; NULL where none is prepared. */
typedef struct tree_t {
    const jt_template_t *first;
} tree_t;

static const tree_t *trees;

/* A tag: what follows "{{", and the text after "}}". */
typedef struct tag_t {
    char kind;
    jt_template_name_t name;
    const char *after;
} tag_t;

/* The state of the parser. */
typedef struct reader_t {
    const char *text;
    const char *end;
    int depth;
    apr_pool_t *pool;
} reader_t;

/* The next "{{" before end, or end. */
static const char *find_open(const char *text, const char *end)
{
    while (text < end
           && (text = memchr(text, '{', (apr_size_t)(end - text)))) {
        if (text[1] == '{') {
            return text;
        }
        text++;
    }
    return end;
}

static apr_status_t read_tag(const char *text, const char *end, tag_t *tag)
{
    const char *close = text < end
                            ? memchr(text, '}', (apr_size_t)(end - text))
                            : NULL;

    if (!close || close[1] != '}') {
        return APR_EINVAL;
    }
    tag->kind = *text && strchr("#^/>", *text) ? *text++ : '=';
    tag->name = jt_template_name(text, (apr_size_t)(close - text));
    tag->after = close + 2;
    return APR_SUCCESS;
}

static jt_template_t *add_node(const jt_template_t ***last,
                               jt_template_kind_t kind, apr_pool_t *pool)
{
    jt_template_t *node = apr_pcalloc(pool, sizeof(*node));

    node->kind = kind;
    **last = node;
    *last = &node->next;
    return node;
}

static apr_status_t read_body(reader_t *reader, const jt_template_name_t *open,
                              const jt_template_t **first);

static apr_status_t read_file(const char *name, apr_size_t length,
                              const char *ending, int depth,
                              const jt_template_t **first, apr_pool_t *pool)
{
    const jt_web_file_t *file = jt_web_find(name, length, ending);
    reader_t reader;

    if (!file || depth == JT_TEMPLATE_DEPTH) {
        return APR_ENOENT;
    }
    if (trees && trees[file - jt_web_files].first) {
        *first = trees[file - jt_web_files].first;
        return APR_SUCCESS;
    }
    reader.text = file->text;
    reader.end = file->text + file->length;
    reader.depth = depth + 1;
    reader.pool = pool;
    return read_body(&reader, NULL, first);
}

/* Parses any tag but {{/name}}. */
static apr_status_t read_node(reader_t *reader, const tag_t *tag,
                              const jt_template_t ***last)
{
    jt_template_t *node;

    switch (tag->kind) {
    case '#':
    case '^':
        node = add_node(last, tag->kind == '#' ? JT_TEMPLATE_SECTION
                                               : JT_TEMPLATE_INVERTED,
                        reader->pool);
        node->name = tag->name;
        return read_body(reader, &node->name, &node->body);
    case '>':
        if (*tag->name.text == '*') {
            node = add_node(last, JT_TEMPLATE_WORDS, reader->pool);
            node->name = jt_template_name(tag->name.text + 1,
                                          tag->name.length - 1);
            return APR_SUCCESS;
        }
        node = add_node(last, JT_TEMPLATE_PART, reader->pool);
        return read_file(tag->name.text, tag->name.length, ".html",
                         reader->depth, &node->body, reader->pool);
    }
    node = add_node(last, JT_TEMPLATE_VALUE, reader->pool);
    node->name = tag->name;
    return APR_SUCCESS;
}

/* Parses up to the end or, inside a section, up to the tag that closes it. */
static apr_status_t read_body(reader_t *reader, const jt_template_name_t *open,
                              const jt_template_t **first)
{
    apr_status_t status = APR_SUCCESS;
    const jt_template_t **last = first;
    tag_t tag;

    *first = NULL;
    while (status == APR_SUCCESS) {
        const char *at = find_open(reader->text, reader->end);

        if (at > reader->text) {
            jt_template_t *node = add_node(&last, JT_TEMPLATE_TEXT,
                                           reader->pool);

            node->text = reader->text;
            node->length = (apr_size_t)(at - reader->text);
        }
        if (at == reader->end) {
            return open ? APR_EINVAL : APR_SUCCESS;
        }
        status = read_tag(at + 2, reader->end, &tag);
        if (status != APR_SUCCESS) {
            break;
        }
        reader->text = tag.after;
        if (tag.kind == '/') {
            return open && jt_template_is_same(open, &tag.name)
                       ? APR_SUCCESS : APR_EINVAL;
        }
        status = read_node(reader, &tag, &last);
    }
    return status;
}

static apr_status_t forget_trees(void *unused)
{
    (void)unused;
    trees = NULL;
    return APR_SUCCESS;
}

void jt_template_prepare(apr_pool_t *pool)
{
    tree_t *made = apr_pcalloc(pool, sizeof(*made) * jt_web_count);
    apr_size_t i;

    trees = NULL;   /* may be in a pool that is gone */
    for (i = 0; i < jt_web_count; i++) {
        const char *name = jt_web_files[i].name;

        if (read_file(name, strlen(name), "", 0, &made[i].first, pool)
            != APR_SUCCESS) {
            made[i].first = NULL;   /* rendering reports it */
        }
    }
    trees = made;
    apr_pool_cleanup_register(pool, NULL, forget_trees,
                              apr_pool_cleanup_null);
}

apr_status_t jt_template_find(const char *name, apr_size_t length,
                              const char *ending,
                              const jt_template_t **first, apr_pool_t *pool)
{
    return read_file(name, length, ending, 0, first, pool);
}
