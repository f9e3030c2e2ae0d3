/* SPDX-License-Identifier: Apache-2.0
 *
 * Renders templates with escaped values. There is no way to write a value
 * unescaped: whoever controls a label or a user name controls text, never
 * markup (cross-site scripting). It must not know requests or tokens; templates
 * are parsed in html/jt_template.c.
 */
#include "html/jt_html.h"

#include <stddef.h>
#include <string.h>

#include "core/jt_secret.h"
#include "html/jt_template.h"

typedef struct entry_t entry_t;

struct entry_t {
    entry_t *next;
    jt_template_name_t name;
    const char *text;
    jt_html_t *rows;
    jt_html_t *last;
};

/* Entries that are allocated with their row: a row has few names, and a list
 * has many rows. */
#define ROOM 8
/* The outermost scope has many names, which each row looks up: its entries are
 * in a hash table of 2^LISTS_LOG lists. */
#define LISTS_LOG 6

typedef struct lists_t {
    entry_t *first[1 << LISTS_LOG];
} lists_t;

struct jt_html_t {
    apr_pool_t *pool;
    const jt_html_t *outer;
    lists_t *lists;     /* the outermost scope's; NULL in a row */
    entry_t *entries;   /* a row's */
    jt_html_t *next;
    int used;
    entry_t room[ROOM];
};

/* Parsed texts, by key. Keys are literals, so pointers are compared. */
typedef struct words_t words_t;

struct words_t {
    const char *key;
    const jt_template_t *body;
    words_t *next;
};

/* Small pieces are buffered for the sink. The buffer is wiped, as one page
 * contains a token. */
typedef struct output_t {
    jt_html_sink_t *sink;
    void *baton;
    apr_pool_t *pool;   /* for parsed templates */
    words_t *words;
    int depth;          /* of texts within texts */
    apr_status_t status;
    apr_size_t used;
    char bytes[8192];
} output_t;

static jt_html_t *make_row(apr_pool_t *pool)
{
    jt_html_t *scope = apr_palloc(pool, sizeof(*scope));

    memset(scope, 0, offsetof(jt_html_t, room));
    scope->pool = pool;
    return scope;
}

jt_html_t *jt_html_make(apr_pool_t *pool)
{
    jt_html_t *scope = make_row(pool);

    scope->lists = apr_pcalloc(pool, sizeof(*scope->lists));
    return scope;
}

/* Knuth's multiplicative hash (The Art of Computer Programming, 6.4). */
static apr_uint32_t hash_name(const jt_template_name_t *name)
{
    return (apr_uint32_t)(name->fingerprint * APR_UINT64_C(11400714819323198485)
                          >> (64 - LISTS_LOG));
}

static inline entry_t *find_own_entry(const jt_html_t *scope,
                                      const jt_template_name_t *name)
{
    entry_t *entry = scope->lists ? scope->lists->first[hash_name(name)]
                                  : scope->entries;

    while (entry && !jt_template_is_same(&entry->name, name)) {
        entry = entry->next;
    }
    return entry;
}

static const entry_t *find_entry(const jt_html_t *scope,
                                 const jt_template_name_t *name)
{
    const entry_t *entry = find_own_entry(scope, name);

    while (!entry && (scope = scope->outer)) {
        entry = find_own_entry(scope, name);
    }
    return entry;
}

static entry_t *add_entry(jt_html_t *scope, const jt_template_name_t *name)
{
    entry_t **list = scope->lists ? &scope->lists->first[hash_name(name)]
                                  : &scope->entries;
    entry_t *entry = scope->used < ROOM
                         ? &scope->room[scope->used++]
                         : apr_palloc(scope->pool, sizeof(*entry));

    entry->name = *name;
    entry->text = NULL;
    entry->rows = NULL;
    entry->last = NULL;
    entry->next = *list;
    *list = entry;
    return entry;
}

/* Does not search: the last value that was set is found first. */
void jt_html_set_made(jt_html_t *scope, const jt_template_name_t *name,
                      const char *text)
{
    add_entry(scope, name)->text = text && *text ? text : NULL;
}

const char *jt_html_get(const jt_html_t *scope, const char *name)
{
    jt_template_name_t made = jt_template_name(name, strlen(name));
    const entry_t *entry = find_entry(scope, &made);

    return entry ? entry->text : NULL;
}

jt_html_t *jt_html_add_made(jt_html_t *scope, const jt_template_name_t *name)
{
    entry_t *entry = find_own_entry(scope, name);
    jt_html_t *row = make_row(scope->pool);

    entry = entry ? entry : add_entry(scope, name);
    row->outer = scope;
    if (entry->last) {
        entry->last->next = row;
    }
    else {
        entry->rows = row;
    }
    entry->last = row;
    return row;
}

static const char *find_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    return NULL;
}

static void open_output(output_t *out, jt_html_sink_t *sink, void *baton,
                        apr_pool_t *pool)
{
    out->sink = sink;
    out->baton = baton;
    out->pool = pool;
    out->words = NULL;
    out->depth = 0;
    out->status = APR_SUCCESS;
    out->used = 0;
}

static void flush_output(output_t *out)
{
    if (out->used) {
        out->sink(out->baton, out->bytes, out->used);
        out->used = 0;
    }
}

static void close_output(output_t *out)
{
    flush_output(out);
    jt_secret_wipe(out->bytes, sizeof(out->bytes));
}

static void write_beyond(output_t *out, const char *bytes, apr_size_t length)
{
    flush_output(out);
    if (length > sizeof(out->bytes)) {
        out->sink(out->baton, bytes, length);
        return;
    }
    memcpy(out->bytes, bytes, length);
    out->used = length;
}

/* Inline: a list of tokens has 1,400 pieces. */
static inline void write_bytes(output_t *out, const char *bytes,
                               apr_size_t length)
{
    if (length > sizeof(out->bytes) - out->used) {
        write_beyond(out, bytes, length);
        return;
    }
    memcpy(out->bytes + out->used, bytes, length);
    out->used += length;
}

static void escape_text(const char *text, output_t *out)
{
    while (*text) {
        apr_size_t plain = strcspn(text, "&<>\"'");

        write_bytes(out, text, plain);
        text += plain;
        if (*text) {
            const char *safe = find_entity(*text++);

            write_bytes(out, safe, strlen(safe));
        }
    }
}

void jt_html_escape(const char *text, jt_html_sink_t *sink, void *baton)
{
    output_t out;

    open_output(&out, sink, baton, NULL);
    escape_text(text, &out);
    close_output(&out);
}

static void render_nodes(const jt_template_t *node, const jt_html_t *scope,
                         output_t *out);

static void render_section(const jt_template_t *node, const jt_html_t *scope,
                           output_t *out)
{
    const entry_t *entry = find_entry(scope, &node->name);
    int holds = entry && (entry->rows || entry->text);
    const jt_html_t *row;

    if (holds != (node->kind == JT_TEMPLATE_SECTION)) {
        return;
    }
    if (!holds || !entry->rows) {
        render_nodes(node->body, scope, out);
        return;
    }
    for (row = entry->rows; row; row = row->next) {
        render_nodes(node->body, row, out);
    }
}

static const words_t *read_words(const char *key, output_t *out)
{
    words_t *words = apr_palloc(out->pool, sizeof(*words));
    apr_status_t status = jt_template_find(key, strlen(key), ".words",
                                           &words->body, out->pool);

    if (status != APR_SUCCESS) {
        out->status = status;
        words->body = NULL;
    }
    words->key = key;
    words->next = out->words;
    out->words = words;
    return words;
}

static const words_t *get_words(const char *key, output_t *out)
{
    const words_t *words = out->words;

    while (words && words->key != key) {
        words = words->next;
    }
    return words ? words : read_words(key, out);
}

static void render_words(const jt_template_t *node, const jt_html_t *scope,
                         output_t *out)
{
    const entry_t *entry = find_entry(scope, &node->name);

    if (!entry || !entry->text) {
        return;
    }
    if (out->depth == JT_TEMPLATE_DEPTH) {
        out->status = APR_ENOENT;
        return;
    }
    out->depth++;
    render_nodes(get_words(entry->text, out)->body, scope, out);
    out->depth--;
}

static void render_value(const jt_template_t *node, const jt_html_t *scope,
                         output_t *out)
{
    const entry_t *entry = find_entry(scope, &node->name);

    if (entry && entry->text) {
        escape_text(entry->text, out);
    }
}

static void render_nodes(const jt_template_t *node, const jt_html_t *scope,
                         output_t *out)
{
    for (; node; node = node->next) {
        switch (node->kind) {
        case JT_TEMPLATE_TEXT:
            write_bytes(out, node->text, node->length);
            break;
        case JT_TEMPLATE_VALUE:
            render_value(node, scope, out);
            break;
        case JT_TEMPLATE_SECTION:
        case JT_TEMPLATE_INVERTED:
            render_section(node, scope, out);
            break;
        case JT_TEMPLATE_PART:
            render_nodes(node->body, scope, out);
            break;
        case JT_TEMPLATE_WORDS:
            render_words(node, scope, out);
            break;
        }
    }
}

apr_status_t jt_html_render(const char *file, const jt_html_t *scope,
                            jt_html_sink_t *sink, void *baton)
{
    output_t out;
    const jt_template_t *tree;
    apr_status_t status = jt_template_find(file, strlen(file), ".html", &tree,
                                           scope->pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    open_output(&out, sink, baton, scope->pool);
    render_nodes(tree, scope, &out);
    close_output(&out);
    return out.status;
}
