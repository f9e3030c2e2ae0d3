/* SPDX-License-Identifier: Apache-2.0
 *
 * Renders templates with escaped values. There is no way to write a value
 * unescaped: whoever controls a label or a user name controls text, never
 * markup (cross-site scripting). It must not know requests or tokens; templates
 * are parsed in html/jt_template.c.
 */
#include "html/jt_html.h"

#include <limits.h>
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
 * in a hash table of 2^LISTS_LOG lists. It has the language, too. */
#define LISTS_LOG 6

typedef struct lists_t {
    const jt_language_t *language;
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

/* Parsed texts, by key and form, in a hash table of 2^WORDS_LOG lists. Keys are
 * literals or in a template, so pointers are compared. */
#define WORDS_LOG 5

typedef struct words_t words_t;

struct words_t {
    const char *key;
    jt_plural_t form;
    const jt_template_t *body;
    words_t *next;
};

/* Small pieces are buffered for the sink. The buffer is wiped, as one page
 * contains a token. */
typedef struct output_t {
    jt_html_sink_t *sink;
    void *baton;
    apr_pool_t *pool;   /* for parsed templates */
    const jt_language_t *language;
    const jt_web_folder_t *folder;
    words_t *words[1 << WORDS_LOG];
    int depth;          /* of texts within texts */
    apr_status_t status;
    apr_size_t used;
    char bytes[4096];
} output_t;

static jt_html_t *make_row(apr_pool_t *pool)
{
    jt_html_t *scope = apr_palloc(pool, sizeof(*scope));

    memset(scope, 0, offsetof(jt_html_t, room));
    scope->pool = pool;
    return scope;
}

jt_html_t *jt_html_make(const jt_language_t *language, apr_pool_t *pool)
{
    jt_html_t *scope = make_row(pool);

    scope->lists = apr_pcalloc(pool, sizeof(*scope->lists));
    scope->lists->language = language;
    return scope;
}

/* For Knuth's multiplicative hash (The Art of Computer Programming, 6.4). */
#define MULTIPLIER APR_UINT64_C(11400714819323198485)

static apr_uint32_t hash_name(const jt_template_name_t *name)
{
    return (apr_uint32_t)(name->fingerprint * MULTIPLIER >> (64 - LISTS_LOG));
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
    out->language = NULL;
    out->folder = NULL;
    memset(out->words, 0, sizeof(out->words));
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

static inline int is_plain(char c)
{
    static const char special[1 << CHAR_BIT] = {
        ['\0'] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1, ['\''] = 1
    };

    return !special[(unsigned char)c];
}

/* Values are short: strcspn() takes as long to begin as this does to end. */
static const char *skip_plain(const char *text)
{
    for (; is_plain(text[0]); text += 3) {
        if (!is_plain(text[1])) {
            return text + 1;
        }
        if (!is_plain(text[2])) {
            return text + 2;
        }
    }
    return text;
}

static void escape_text(const char *text, output_t *out)
{
    while (*text) {
        const char *stop = skip_plain(text);

        write_bytes(out, text, (apr_size_t)(stop - text));
        text = stop;
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

/* The inverted section right behind one of the same name. @return NULL: none */
static const jt_template_t *find_else(const jt_template_t *node)
{
    const jt_template_t *next = node->next;

    return next && next->kind == JT_TEMPLATE_INVERTED
                   && jt_template_is_same(&next->name, &node->name)
               ? next : NULL;
}

/* A section and its inverted one look a name up once.
 * @return the last node that was rendered or passed over */
static const jt_template_t *render_section(const jt_template_t *node,
                                           const jt_html_t *scope,
                                           output_t *out)
{
    const jt_template_t *otherwise = find_else(node);
    const entry_t *entry = find_entry(scope, &node->name);
    const jt_html_t *row;

    if (entry && entry->rows) {
        for (row = entry->rows; row; row = row->next) {
            render_nodes(node->body, row, out);
        }
    }
    else if (entry && entry->text) {
        render_nodes(node->body, scope, out);
    }
    else if (otherwise) {
        render_nodes(otherwise->body, scope, out);
    }
    return otherwise ? otherwise : node;
}

static void render_inverted(const jt_template_t *node, const jt_html_t *scope,
                            output_t *out)
{
    const entry_t *entry = find_entry(scope, &node->name);

    if (!entry || (!entry->rows && !entry->text)) {
        render_nodes(node->body, scope, out);
    }
}

/* Of the form, or else of "other". */
static apr_status_t find_words(const char *key, apr_size_t length,
                               jt_plural_t form, const jt_template_t **body,
                               output_t *out)
{
    static const char *const endings[] = {
        [JT_PLURAL_OTHER] = ".words", [JT_PLURAL_ZERO] = ".zero.words",
        [JT_PLURAL_ONE] = ".one.words", [JT_PLURAL_TWO] = ".two.words",
        [JT_PLURAL_FEW] = ".few.words", [JT_PLURAL_MANY] = ".many.words"
    };
    jt_web_name_t name = { out->folder, key, length, endings[form] };
    apr_status_t status = jt_template_find(&name, body, out->pool);

    if (status == APR_ENOENT && form != JT_PLURAL_OTHER) {
        name.ending = endings[JT_PLURAL_OTHER];
        status = jt_template_find(&name, body, out->pool);
    }
    return status;
}

static words_t *read_words(const char *key, apr_size_t length,
                           jt_plural_t form, output_t *out)
{
    words_t *words = apr_palloc(out->pool, sizeof(*words));
    apr_status_t status = find_words(key, length, form, &words->body, out);

    if (status != APR_SUCCESS) {
        out->status = status;
        words->body = NULL;
    }
    words->key = key;
    words->form = form;
    return words;
}

static apr_size_t hash_key(const char *key)
{
    return (apr_size_t)((apr_uint64_t)(apr_uintptr_t)key * MULTIPLIER
                        >> (64 - WORDS_LOG));
}

/* @param length 0: up to its NUL */
static const words_t *get_words(const char *key, apr_size_t length,
                                jt_plural_t form, output_t *out)
{
    words_t **list = &out->words[hash_key(key)];
    words_t *words = *list;

    while (words && (words->key != key || words->form != form)) {
        words = words->next;
    }
    if (!words) {
        words = read_words(key, length ? length : strlen(key), form, out);
        words->next = *list;
        *list = words;
    }
    return words;
}

static jt_plural_t find_form(const jt_template_name_t *number,
                             const jt_html_t *scope, const output_t *out)
{
    const entry_t *entry = number ? find_entry(scope, number) : NULL;

    return entry && entry->text
               ? jt_plural_parse(out->language->rule, entry->text)
               : JT_PLURAL_OTHER;
}

/* The name is the key's, or the key. */
static void render_words(const jt_template_t *node, const jt_html_t *scope,
                         output_t *out)
{
    const char *key = node->name.text;
    apr_size_t length = node->name.length;

    if (node->kind == JT_TEMPLATE_WORDS) {
        const entry_t *entry = find_entry(scope, &node->name);

        if (!entry || !entry->text) {
            return;
        }
        key = entry->text;
        length = 0;
    }
    if (out->depth == JT_TEMPLATE_DEPTH) {
        out->status = APR_ENOENT;
        return;
    }
    out->depth++;
    render_nodes(get_words(key, length, find_form(node->number, scope, out),
                           out)->body, scope, out);
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
            node = render_section(node, scope, out);
            break;
        case JT_TEMPLATE_INVERTED:
            render_inverted(node, scope, out);
            break;
        case JT_TEMPLATE_PART:
            render_nodes(node->body, scope, out);
            break;
        case JT_TEMPLATE_WORDS:
        case JT_TEMPLATE_SENTENCE:
            render_words(node, scope, out);
            break;
        }
    }
}

apr_status_t jt_html_render(const char *file, const jt_html_t *scope,
                            jt_html_sink_t *sink, void *baton)
{
    jt_web_name_t name = { NULL, file, strlen(file), ".html" };
    output_t out;
    const jt_template_t *tree;
    apr_status_t status;

    open_output(&out, sink, baton, scope->pool);
    out.language = scope->lists->language;
    out.folder = jt_web_find_folder(out.language->tag);
    name.folder = out.folder;
    status = jt_template_find(&name, &tree, scope->pool);
    if (status != APR_SUCCESS) {
        return status;
    }
    render_nodes(tree, scope, &out);
    close_output(&out);
    return out.status;
}
