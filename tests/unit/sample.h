/* SPDX-License-Identifier: Apache-2.0
 *
 * A second jt_html.c, with its jt_template.c, under other names and over a few
 * files that test_html.c has written for them. The shipped pages are jt_html_render()'s.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "html/jt_html.h"

/** The one file x.html of the case at hand. */
extern const char *sample_text;

jt_html_t *sample_make(const jt_language_t *language, apr_pool_t *from);
void sample_set_made(jt_html_t *scope, const jt_template_name_t *name,
                     const char *text);
const char *sample_get(const jt_html_t *scope, const char *name);
jt_html_t *sample_add_made(jt_html_t *scope, const jt_template_name_t *name);
apr_status_t sample_render(const char *file, const jt_html_t *scope,
                           jt_html_sink_t *sink, void *baton);
void sample_escape(const char *text, jt_html_sink_t *sink, void *baton);
apr_status_t sample_template(const jt_web_name_t *name,
                             const jt_template_t **first, apr_pool_t *from);
void sample_prepare(apr_pool_t *from);

static inline void sample_set(jt_html_t *scope, const char *name,
                              const char *text)
{
    jt_template_name_t made = jt_template_name(name, strlen(name));

    sample_set_made(scope, &made, text);
}

static inline void sample_flag(jt_html_t *scope, const char *name, int on)
{
    sample_set(scope, name, on ? "1" : NULL);
}

static inline jt_html_t *sample_add(jt_html_t *scope, const char *name)
{
    jt_template_name_t made = jt_template_name(name, strlen(name));

    return sample_add_made(scope, &made);
}

#endif
