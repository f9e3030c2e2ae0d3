/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates as trees: the files of html/web are parsed once, at start-up. It
 * must not know values.
 */
#include "html/jt_template.h"

#include <string.h>

/* The tree of each of jt_web_files; NULL where none is prepared. */
typedef struct tree_t {
    const jt_template_t *first;
} tree_t;

static const tree_t *trees;

/* What a tag begins with, of those of two characters. */
#define WORDS '*'
#define SENTENCE '='

/* A tag: what follows "{{", and the text after "}}". */
typedef struct tag_t {
    char kind;  /* 0: a value */
    jt_template_name_t name;
    const char *after;
} tag_t;

/* The state of the parser. */
typedef struct reader_t {
    const jt_web_folder_t *folder;
    tree_t *made;   /* at start-up, what is prepared already */
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
    tag->kind = *text && strchr("#^/>", *text) ? *text++ : '\0';
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

static apr_status_t read_file(const reader_t *outer, const jt_web_file_t *file,
                              const jt_template_t **first)
{
    const tree_t *known = outer->made ? outer->made : trees;
    reader_t reader = *outer;
    apr_status_t status;

    if (!file || outer->depth == JT_TEMPLATE_DEPTH) {
        return APR_ENOENT;
    }
    if (known && known[file - jt_web_files].first) {
        *first = known[file - jt_web_files].first;
        return APR_SUCCESS;
    }
    reader.text = file->text;
    reader.end = file->text + file->length;
    reader.depth++;
    status = read_body(&reader, NULL, first);
    if (outer->made && status == APR_SUCCESS) {
        outer->made[file - jt_web_files].first = *first;
    }
    return status;
}

static apr_status_t read_part(const reader_t *reader,
                              const jt_template_name_t *part,
                              const jt_template_t **first)
{
    jt_web_name_t name = { reader->folder, part->text, part->length,
                           ".html" };

    return read_file(reader, jt_web_find(&name), first);
}

/* What follows "{{>*" or "{{>=": a name, perhaps with that of a number. */
static apr_status_t read_key(const reader_t *reader,
                             const jt_template_name_t *tag,
                             jt_template_t *node)
{
    const char *name = tag->text + 1;
    apr_size_t length = tag->length - 1;
    const char *blank = memchr(name, ' ', length);
    jt_template_name_t *number;

    if (!blank) {
        node->name = jt_template_name(name, length);
        return node->kind == JT_TEMPLATE_WORDS ? APR_SUCCESS : APR_EINVAL;
    }
    node->name = jt_template_name(name, (apr_size_t)(blank - name));
    number = apr_palloc(reader->pool, sizeof(*number));
    *number = jt_template_name(blank + 1, length - node->name.length - 1);
    node->number = number;
    return node->kind == JT_TEMPLATE_WORDS || node->name.length ? APR_SUCCESS
                                                                : APR_EINVAL;
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
        if (*tag->name.text == WORDS || *tag->name.text == SENTENCE) {
            node = add_node(last, *tag->name.text == WORDS
                                      ? JT_TEMPLATE_WORDS
                                      : JT_TEMPLATE_SENTENCE, reader->pool);
            return read_key(reader, &tag->name, node);
        }
        node = add_node(last, JT_TEMPLATE_PART, reader->pool);
        return read_part(reader, &tag->name, &node->body);
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

/* A tree that cannot be made is none: rendering reports it. */
static void prepare_folder(const jt_web_folder_t *folder, tree_t *made,
                           apr_pool_t *pool)
{
    reader_t reader = { 0 };
    const jt_template_t *unused;
    apr_size_t i;

    reader.folder = folder;
    reader.made = made;
    reader.pool = pool;
    for (i = 0; i < folder->count; i++) {
        (void)read_file(&reader, &folder->files[i], &unused);
    }
}

void jt_template_prepare(apr_pool_t *pool)
{
    tree_t *made = apr_pcalloc(pool, sizeof(*made) * jt_web_count);
    apr_size_t i;

    trees = NULL;   /* may be in a pool that is gone */
    for (i = 0; i < jt_web_folder_count; i++) {
        if (jt_web_folders[i].length) {
            prepare_folder(&jt_web_folders[i], made, pool);
        }
    }
    trees = made;
    apr_pool_cleanup_register(pool, NULL, forget_trees,
                              apr_pool_cleanup_null);
}

apr_status_t jt_template_find(const jt_web_name_t *name,
                              const jt_template_t **first, apr_pool_t *pool)
{
    reader_t reader = { 0 };

    reader.folder = name->folder;
    reader.pool = pool;
    return read_file(&reader, jt_web_find(name), first);
}
