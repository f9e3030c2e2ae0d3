/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_WEB_H
#define JT_WEB_H

#include <apr_general.h>

/** A file of html/web, compiled in by build/embed. */
typedef struct jt_web_file_t {
    const char *name;   /* with its ending */
    const char *text;   /* NUL-terminated */
    apr_size_t length;  /* bytes, without the NUL */
    const char *tag;    /* decimal digits; changes with the content */
} jt_web_file_t;

/** All files, and all texts of the catalogue as <key>.words, sorted by
 * strcmp(). */
extern const jt_web_file_t jt_web_files[];
extern const apr_size_t jt_web_count;

/**
 * Find a file by the stem of its name and its ending.
 * @param stem need not be NUL-terminated
 * @param ending with its dot, or "" when stem is the whole name
 * @return NULL when there is none
 */
const jt_web_file_t *jt_web_find(const char *stem, apr_size_t length,
                                 const char *ending);

#endif
