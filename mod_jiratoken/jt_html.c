/* SPDX-License-Identifier: Apache-2.0
 *
 * Templates in, escaped HTML out. There is no way to write a value unescaped:
 * whoever controls a label or a user name controls text, never markup. Knows
 * nothing of requests or tokens.
 */
#include "jt_html.h"

#include <string.h>

#include "jt_web.h"

/* Deep enough for a page, a list, a row and a part; ends a part that
 * includes itself. */
#define DEPTH_MAX 8

typedef struct entry_t entry_t;

struct entry_t {
    entry_t *next;
    const char *name;
    apr_size_t length;
    const char *text;
    jt_html_t *rows;
    jt_html_t *last;
};

struct jt_html_t {
    apr_pool_t *pool;
    const jt_html_t *outer;
    entry_t *entries;
    jt_html_t *next;
};

typedef struct output_t {
    jt_html_sink_t *sink;
    void *baton;
    int depth;
} output_t;

/* One tag: what follows "{{", and where the text goes on behind "}}". */
typedef struct tag_t {
    char kind;
    const char *name;
    apr_size_t length;
    const char *after;
} tag_t;

jt_html_t *jt_html_make(apr_pool_t *pool)
{
    jt_html_t *scope = apr_pcalloc(pool, sizeof(*scope));

    scope->pool = pool;
    return scope;
}

static entry_t *find_here(const jt_html_t *scope, const char *name,
                          apr_size_t length)
{
    entry_t *entry;

    for (entry = scope->entries; entry; entry = entry->next) {
        if (entry->length == length && !memcmp(entry->name, name, length)) {
            return entry;
        }
    }
    return NULL;
}

static const entry_t *find(const jt_html_t *scope, const tag_t *tag)
{
    const entry_t *entry = NULL;

    for (; scope && !entry; scope = scope->outer) {
        entry = find_here(scope, tag->name, tag->length);
    }
    return entry;
}

static entry_t *get_entry(jt_html_t *scope, const char *name)
{
    apr_size_t length = strlen(name);
    entry_t *entry = find_here(scope, name, length);

    if (!entry) {
        entry = apr_pcalloc(scope->pool, sizeof(*entry));
        entry->name = name;
        entry->length = length;
        entry->next = scope->entries;
        scope->entries = entry;
    }
    return entry;
}

void jt_html_set(jt_html_t *scope, const char *name, const char *text)
{
    get_entry(scope, name)->text = text && *text ? text : NULL;
}

void jt_html_flag(jt_html_t *scope, const char *name, int on)
{
    jt_html_set(scope, name, on ? "1" : NULL);
}

jt_html_t *jt_html_add(jt_html_t *scope, const char *name)
{
    entry_t *entry = get_entry(scope, name);
    jt_html_t *row = jt_html_make(scope->pool);

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

void jt_html_escape(const char *text, jt_html_sink_t *sink, void *baton)
{
    while (*text) {
        apr_size_t plain = strcspn(text, "&<>\"'");

        if (plain) {
            sink(baton, text, plain);
            text += plain;
        }
        if (*text) {
            const char *safe = entity(*text++);

            sink(baton, safe, strlen(safe));
        }
    }
}

static apr_status_t read_tag(const char *text, const char *end, tag_t *tag)
{
    const char *close = strstr(text, "}}");

    if (!close || close >= end) {
        return APR_EINVAL;
    }
    tag->kind = *text && strchr("#^/>", *text) ? *text++ : '=';
    tag->name = text;
    tag->length = (apr_size_t)(close - text);
    tag->after = close + 2;
    return APR_SUCCESS;
}

/* Where the section that tag opens ends: at the next {{/name}}. */
static apr_status_t find_end(const tag_t *open, const char *end,
                             const char **body_end, const char **after)
{
    const char *text = open->after;

    while ((text = strstr(text, "{{/")) && text < end) {
        if (!strncmp(text + 3, open->name, open->length)
            && !strncmp(text + 3 + open->length, "}}", 2)) {
            *body_end = text;
            *after = text + 3 + open->length + 2;
            return APR_SUCCESS;
        }
        text += 3;
    }
    return APR_EINVAL;
}

static apr_status_t render(const char *text, const char *end,
                           const jt_html_t *scope, output_t *out);

static apr_status_t render_rows(const jt_html_t *row, const char *text,
                                const char *end, output_t *out)
{
    apr_status_t status = APR_SUCCESS;

    for (; row && status == APR_SUCCESS; row = row->next) {
        status = render(text, end, row, out);
    }
    return status;
}

static apr_status_t render_section(const tag_t *tag, const char *end,
                                   const jt_html_t *scope, output_t *out,
                                   const char **after)
{
    const entry_t *entry = find(scope, tag);
    int holds = entry && (entry->rows || entry->text);
    const char *body_end;
    apr_status_t status = find_end(tag, end, &body_end, after);

    if (status != APR_SUCCESS || holds != (tag->kind == '#')) {
        return status;
    }
    if (holds && entry->rows) {
        return render_rows(entry->rows, tag->after, body_end, out);
    }
    return render(tag->after, body_end, scope, out);
}

static apr_status_t render_file(const char *name, apr_size_t length,
                                const jt_html_t *scope, output_t *out)
{
    const jt_web_file_t *file = jt_web_find(name, length, ".html");
    apr_status_t status;

    if (!file || out->depth == DEPTH_MAX) {
        return APR_ENOENT;
    }
    out->depth++;
    status = render(file->text, file->text + file->length, scope, out);
    out->depth--;
    return status;
}

static apr_status_t render_tag(const tag_t *tag, const char *end,
                               const jt_html_t *scope, output_t *out,
                               const char **after)
{
    const entry_t *entry;

    *after = tag->after;
    switch (tag->kind) {
    case '>':
        return render_file(tag->name, tag->length, scope, out);
    case '#':
    case '^':
        return render_section(tag, end, scope, out, after);
    case '/':
        return APR_EINVAL;
    }
    entry = find(scope, tag);
    if (entry && entry->text) {
        jt_html_escape(entry->text, out->sink, out->baton);
    }
    return APR_SUCCESS;
}

static apr_status_t render(const char *text, const char *end,
                           const jt_html_t *scope, output_t *out)
{
    while (text < end) {
        const char *open = strstr(text, "{{");
        apr_status_t status;
        tag_t tag;

        if (!open || open >= end) {
            open = end;
        }
        if (open > text) {
            out->sink(out->baton, text, (apr_size_t)(open - text));
        }
        if (open == end) {
            break;
        }
        status = read_tag(open + 2, end, &tag);
        if (status == APR_SUCCESS) {
            status = render_tag(&tag, end, scope, out, &text);
        }
        if (status != APR_SUCCESS) {
            return status;
        }
    }
    return APR_SUCCESS;
}

apr_status_t jt_html_render(const char *file, const jt_html_t *scope,
                            jt_html_sink_t *sink, void *baton)
{
    output_t out;

    out.sink = sink;
    out.baton = baton;
    out.depth = 0;
    return render_file(file, strlen(file), scope, &out);
}
