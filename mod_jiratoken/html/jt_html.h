/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_HTML_H
#define JT_HTML_H

#include <apr_general.h>
#include <apr_pools.h>
#include <string.h>

#include "html/jt_language.h"
#include "html/jt_template.h"

/*
 * A small part of Mustache (mustache(5)), where every value is escaped:
 *
 *   {{name}}             the value, escaped for text and quoted attributes
 *   {{#name}}..{{/name}} once for each row added under name, or once if name
 *                        has a value; inside, names are looked up in the row
 *                        first, then outside it
 *   {{^name}}..{{/name}} if name has neither
 *   {{>name}}            the file name.html of html/web
 *   {{>*name}}           the text of the catalogue whose key is the value of
 *                        name; nothing if it has no value. The value must be
 *                        the program's own, never a request's: a literal
 *   {{>*name number}}    the same, in the plural form for the number that is
 *                        the value of the second name (html/jt_plural.h)
 *   {{>=key number}}     the text of this key, in that form
 *   [[key]]              the text of this key, which has no other forms: put in
 *                        by build/embed
 *
 * Texts are templates, too. A form that the catalogue has not of a text is its
 * "other", key.words; so is that of a name without a number. */

/** A scope: names with a value or with rows. Lives in its pool. For one thread
 * at a time. */
typedef struct jt_html_t jt_html_t;

/** Receives the output, some thousand bytes at a time. */
typedef void jt_html_sink_t(void *baton, const char *bytes, apr_size_t length);

/** Make an empty scope.
 * @param language in which it is rendered @return never NULL */
jt_html_t *jt_html_make(const jt_language_t *language, apr_pool_t *pool);

/**
 * Give a name a value. NULL and "" are no value.
 * @param name a literal; not copied
 * @param text not copied: it must live until the scope is rendered
 */
static inline void jt_html_set(jt_html_t *scope, const char *name,
                               const char *text);

/** The same, by a name that was made. */
void jt_html_set_made(jt_html_t *scope, const jt_template_name_t *name,
                      const char *text);

/* Inline: the name of a literal is made by the compiler. */
static inline void jt_html_set(jt_html_t *scope, const char *name,
                               const char *text)
{
    jt_template_name_t made = jt_template_name(name, strlen(name));

    jt_html_set_made(scope, &made, text);
}

/** Set a name to "1" or to no value, for {{#name}}. */
static inline void jt_html_flag(jt_html_t *scope, const char *name, int on)
{
    jt_html_set(scope, name, on ? "1" : NULL);
}

/** The value of a name, here or outside. @return NULL: it has none */
const char *jt_html_get(const jt_html_t *scope, const char *name);

/** Add a row under a name that was made. @return its scope, never NULL */
jt_html_t *jt_html_add_made(jt_html_t *scope, const jt_template_name_t *name);

/** The same, by a literal. */
static inline jt_html_t *jt_html_add(jt_html_t *scope, const char *name)
{
    jt_template_name_t made = jt_template_name(name, strlen(name));

    return jt_html_add_made(scope, &made);
}

/**
 * Render web/<file>.html, of the scope's language, into a sink.
 * @param scope that jt_html_make() made
 * @return APR_SUCCESS; APR_ENOENT for a missing file or text; APR_EINVAL for an
 *         unclosed tag. After a fault in the file nothing was written; a
 *         missing text is left out.
 */
apr_status_t jt_html_render(const char *file, const jt_html_t *scope,
                            jt_html_sink_t *sink, void *baton);

/** Escape & < > " and ' (HTML Living Standard, section 13.3). */
void jt_html_escape(const char *text, jt_html_sink_t *sink, void *baton);

#endif
