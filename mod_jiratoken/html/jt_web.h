/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_WEB_H
#define JT_WEB_H

#include <apr_general.h>

/** A file of html/web, compiled in by build/embed. */
typedef struct jt_web_file_t {
    const char *name;   /* with its folder and its ending */
    const char *text;   /* NUL-terminated */
    apr_size_t length;  /* bytes, without the NUL */
    const char *tag;    /* decimal digits; changes with the content */
} jt_web_file_t;

/** All files: first what is of no language, then of each language, TAG/, the
 * templates with its texts put in, and each text of its catalogue as
 * TAG/<key>.words, in a plural form as TAG/<key>.<form>.words. Each folder is
 * sorted by strcmp(), and so are the folders. */
extern const jt_web_file_t jt_web_files[];
extern const apr_size_t jt_web_count;

/** The files of a language, or those of none. */
typedef struct jt_web_folder_t {
    const char *name;           /* "TAG/", or "" */
    apr_size_t length;
    const jt_web_file_t *files; /* in jt_web_files */
    apr_size_t count;
} jt_web_folder_t;

extern const jt_web_folder_t jt_web_folders[];
extern const apr_size_t jt_web_folder_count;

/** The name of a file, in parts. */
typedef struct jt_web_name_t {
    const jt_web_folder_t *folder; /* NULL has no files */
    const char *stem;   /* need not be NUL-terminated */
    apr_size_t length;  /* of the stem */
    const char *ending; /* with its dot; "": the stem is the whole name */
} jt_web_name_t;

/** Find a language's folder. @param tag "": of no language @return NULL when
 * there is none */
const jt_web_folder_t *jt_web_find_folder(const char *tag);

/** Find a file. @return NULL when there is none */
const jt_web_file_t *jt_web_find(const jt_web_name_t *name);

/** Find a file of no language. @return NULL when there is none */
const jt_web_file_t *jt_web_find_asset(const char *name);

#endif
