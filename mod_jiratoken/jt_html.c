/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates in, escaped HTML out. There is no way to write a value unescaped:
 * whoever controls a label or a user name controls text, never markup. Knows
 * nothing of requests or tokens.
 */
#include "jt_html.h"

#include <stddef.h>
#include <string.h>

#include "jt_secret.h"
#include "jt_web.h"

/* Deep enough for a page and its parts; ends a part that includes itself. */
#define DEPTH_MAX 8

/* A name with what two names nearly always differ in already: its length, its
 * first, middle and last byte. */
typedef struct name_t {
    const char *text;
    apr_size_t length;
    apr_uint32_t mark;
} name_t;

typedef struct entry_t entry_t;

struct entry_t {
    entry_t *next;
    name_t name;
    const char *text;
    jt_html_t *rows;
    jt_html_t *last;
};

/* A row has few names, and a list many rows: their entries come with it. */
#define ROOM 8
/* The outermost scope has many names, and each row asks for some: they are
 * spread over lists. */
#define LISTS_LOG 6

typedef struct lists_t {
    entry_t *first[1 << LISTS_LOG];
} lists_t;

struct jt_html_t {
    apr_pool_t *pool;
    const jt_html_t *outer;
    lists_t *lists;     /* of the outermost scope; NULL in a row */
    entry_t *entries;   /* of a row */
    jt_html_t *next;
    int used;
    entry_t room[ROOM];
};

/* A template is read once into a tree, however often it is shown. */
typedef enum kind_t {
    TEXT,
    VALUE,
    SECTION,
    INVERTED,
    PART,
    WORDS
} kind_t;

typedef struct node_t node_t;

struct node_t {
    kind_t kind;
    name_t name;
    const char *text;   /* TEXT: these bytes */
    apr_size_t length;
    const node_t *body;
    const node_t *next;
};

/* For each of jt_web_files; NULL where nothing is prepared. */
typedef struct tree_t {
    const node_t *first;
} tree_t;

static const tree_t *trees;

/* Words that were asked for: a key is a literal, and often the same one. */
typedef struct words_t words_t;

struct words_t {
    const char *key;
    const node_t *body;
    words_t *next;
};

/* Small pieces are gathered before the sink gets them, and wiped after: one
 * page in a token's life has the token in it. */
typedef struct output_t {
    jt_html_sink_t *sink;
    void *baton;
    apr_pool_t *pool;   /* for trees */
    words_t *words;
    int depth;          /* of words within words */
    apr_status_t status;
    apr_size_t used;
    char bytes[8192];
} output_t;

/* One tag: what follows "{{", and where the text goes on behind "}}". */
typedef struct tag_t {
    char kind;
    name_t name;
    const char *after;
} tag_t;

/* A piece of a template that is being read. */
typedef struct reader_t {
    const char *text;
    const char *end;
    int depth;
    apr_pool_t *pool;
} reader_t;

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

static name_t make_name(const char *text, apr_size_t length)
{
    name_t name = { text, length, (apr_uint32_t)length };

    if (length) {
        name.mark |= (apr_uint32_t)(unsigned char)text[0] << 8
                     | (apr_uint32_t)(unsigned char)text[length / 2] << 16
                     | (apr_uint32_t)(unsigned char)text[length - 1] << 24;
    }
    return name;
}

static int is_same(const name_t *a, const name_t *b)
{
    return a->mark == b->mark && a->length == b->length
           && (a->length <= 3 || !memcmp(a->text, b->text, a->length));
}

/* Knuth's multiplier (The Art of Computer Programming, 6.4) mixes the bits. */
static apr_uint32_t list_of(const name_t *name)
{
    return name->mark * 2654435769U >> (32 - LISTS_LOG);
}

static entry_t *find_here(const jt_html_t *scope, const name_t *name)
{
    entry_t *entry = scope->lists ? scope->lists->first[list_of(name)]
                                  : scope->entries;

    while (entry && !is_same(&entry->name, name)) {
        entry = entry->next;
    }
    return entry;
}

static const entry_t *find(const jt_html_t *scope, const name_t *name)
{
    const entry_t *entry = NULL;

    for (; scope && !entry; scope = scope->outer) {
        entry = find_here(scope, name);
    }
    return entry;
}

static entry_t *add_entry(jt_html_t *scope, const name_t *name)
{
    entry_t **list = scope->lists ? &scope->lists->first[list_of(name)]
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

/* What was set last is found first: nothing has to be looked for here. */
void jt_html_set(jt_html_t *scope, const char *name, const char *text)
{
    name_t made = make_name(name, strlen(name));

    add_entry(scope, &made)->text = text && *text ? text : NULL;
}

void jt_html_flag(jt_html_t *scope, const char *name, int on)
{
    jt_html_set(scope, name, on ? "1" : NULL);
}

jt_html_t *jt_html_add(jt_html_t *scope, const char *name)
{
    name_t made = make_name(name, strlen(name));
    entry_t *entry = find_here(scope, &made);
    jt_html_t *row = make_row(scope->pool);

    entry = entry ? entry : add_entry(scope, &made);
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

static const char *entity(char c)
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

static void flush(output_t *out)
{
    if (out->used) {
        out->sink(out->baton, out->bytes, out->used);
        out->used = 0;
    }
}

static void close_output(output_t *out)
{
    flush(out);
    jt_secret_wipe(out->bytes, sizeof(out->bytes));
}

static void put_beyond(output_t *out, const char *bytes, apr_size_t length)
{
    flush(out);
    if (length > sizeof(out->bytes)) {
        out->sink(out->baton, bytes, length);
        return;
    }
    memcpy(out->bytes, bytes, length);
    out->used = length;
}

/* A list of tokens comes in 1,400 pieces. */
static inline void put(output_t *out, const char *bytes, apr_size_t length)
{
    if (length > sizeof(out->bytes) - out->used) {
        put_beyond(out, bytes, length);
        return;
    }
    memcpy(out->bytes + out->used, bytes, length);
    out->used += length;
}

static void escape(const char *text, output_t *out)
{
    while (*text) {
        apr_size_t plain = strcspn(text, "&<>\"'");

        put(out, text, plain);
        text += plain;
        if (*text) {
            const char *safe = entity(*text++);

            put(out, safe, strlen(safe));
        }
    }
}

void jt_html_escape(const char *text, jt_html_sink_t *sink, void *baton)
{
    output_t out;

    open_output(&out, sink, baton, NULL);
    escape(text, &out);
    close_output(&out);
}

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
    tag->name = make_name(text, (apr_size_t)(close - text));
    tag->after = close + 2;
    return APR_SUCCESS;
}

static node_t *add_node(const node_t ***last, kind_t kind, apr_pool_t *pool)
{
    node_t *node = apr_pcalloc(pool, sizeof(*node));

    node->kind = kind;
    **last = node;
    *last = &node->next;
    return node;
}

static apr_status_t read_body(reader_t *reader, const name_t *open,
                              const node_t **first);

static apr_status_t read_file(const char *name, apr_size_t length,
                              const char *ending, int depth,
                              const node_t **first, apr_pool_t *pool)
{
    const jt_web_file_t *file = jt_web_find(name, length, ending);
    reader_t reader;

    if (!file || depth == DEPTH_MAX) {
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

/* What a tag other than {{/name}} stands for. */
static apr_status_t read_node(reader_t *reader, const tag_t *tag,
                              const node_t ***last)
{
    node_t *node;

    switch (tag->kind) {
    case '#':
    case '^':
        node = add_node(last, tag->kind == '#' ? SECTION : INVERTED,
                        reader->pool);
        node->name = tag->name;
        return read_body(reader, &node->name, &node->body);
    case '>':
        if (*tag->name.text == '*') {
            node = add_node(last, WORDS, reader->pool);
            node->name = make_name(tag->name.text + 1, tag->name.length - 1);
            return APR_SUCCESS;
        }
        node = add_node(last, PART, reader->pool);
        return read_file(tag->name.text, tag->name.length, ".html",
                         reader->depth, &node->body, reader->pool);
    }
    node = add_node(last, VALUE, reader->pool);
    node->name = tag->name;
    return APR_SUCCESS;
}

/* Read up to the end, or, inside a section, up to the tag that closes it. */
static apr_status_t read_body(reader_t *reader, const name_t *open,
                              const node_t **first)
{
    apr_status_t status = APR_SUCCESS;
    const node_t **last = first;
    tag_t tag;

    *first = NULL;
    while (status == APR_SUCCESS) {
        const char *at = find_open(reader->text, reader->end);

        if (at > reader->text) {
            node_t *node = add_node(&last, TEXT, reader->pool);

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
            return open && is_same(open, &tag.name) ? APR_SUCCESS
                                                    : APR_EINVAL;
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

void jt_html_prepare(apr_pool_t *pool)
{
    tree_t *made = apr_pcalloc(pool, sizeof(*made) * jt_web_count);
    apr_size_t i;

    trees = NULL;   /* they may be in another pool */
    for (i = 0; i < jt_web_count; i++) {
        const char *name = jt_web_files[i].name;

        if (read_file(name, strlen(name), "", 0, &made[i].first, pool)
            != APR_SUCCESS) {
            made[i].first = NULL;   /* whoever wants it is told */
        }
    }
    trees = made;
    apr_pool_cleanup_register(pool, NULL, forget_trees,
                              apr_pool_cleanup_null);
}

static void render(const node_t *node, const jt_html_t *scope, output_t *out);

static void render_section(const node_t *node, const jt_html_t *scope,
                           output_t *out)
{
    const entry_t *entry = find(scope, &node->name);
    int holds = entry && (entry->rows || entry->text);
    const jt_html_t *row;

    if (holds != (node->kind == SECTION)) {
        return;
    }
    if (!holds || !entry->rows) {
        render(node->body, scope, out);
        return;
    }
    for (row = entry->rows; row; row = row->next) {
        render(node->body, row, out);
    }
}

static const words_t *read_words(const char *key, output_t *out)
{
    words_t *words = apr_palloc(out->pool, sizeof(*words));
    apr_status_t status = read_file(key, strlen(key), ".words", 0,
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

static void render_words(const node_t *node, const jt_html_t *scope,
                         output_t *out)
{
    const entry_t *entry = find(scope, &node->name);

    if (!entry || !entry->text) {
        return;
    }
    if (out->depth == DEPTH_MAX) {
        out->status = APR_ENOENT;
        return;
    }
    out->depth++;
    render(get_words(entry->text, out)->body, scope, out);
    out->depth--;
}

static void render_value(const node_t *node, const jt_html_t *scope,
                         output_t *out)
{
    const entry_t *entry = find(scope, &node->name);

    if (entry && entry->text) {
        escape(entry->text, out);
    }
}

static void render(const node_t *node, const jt_html_t *scope, output_t *out)
{
    for (; node; node = node->next) {
        switch (node->kind) {
        case TEXT:
            put(out, node->text, node->length);
            break;
        case VALUE:
            render_value(node, scope, out);
            break;
        case SECTION:
        case INVERTED:
            render_section(node, scope, out);
            break;
        case PART:
            render(node->body, scope, out);
            break;
        case WORDS:
            render_words(node, scope, out);
            break;
        }
    }
}

apr_status_t jt_html_render(const char *file, const jt_html_t *scope,
                            jt_html_sink_t *sink, void *baton)
{
    output_t out;
    const node_t *tree;
    apr_status_t status = read_file(file, strlen(file), ".html", 0, &tree,
                                    scope->pool);

    if (status != APR_SUCCESS) {
        return status;
    }
    open_output(&out, sink, baton, scope->pool);
    render(tree, scope, &out);
    close_output(&out);
    return out.status;
}
