/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the files of html/web, which build/embed has compiled in. It must not
 * know what they mean.
 */
#include "html/jt_web.h"

#include <string.h>

/* strcmp() of stem and ending, concatenated, with a name. */
static int compare_name(const char *stem, apr_size_t length, const char *ending,
                        const char *name)
{
    int order = strncmp(stem, name, length);

    return order ? order : strcmp(ending, name + length);
}

const jt_web_file_t *jt_web_find(const char *stem, apr_size_t length,
                                 const char *ending)
{
    apr_size_t from = 0;
    apr_size_t to = jt_web_count;

    while (from < to) {
        apr_size_t middle = from + (to - from) / 2;
        int order = compare_name(stem, length, ending,
                                 jt_web_files[middle].name);

        if (!order) {
            return &jt_web_files[middle];
        }
        if (order < 0) {
            to = middle;
        }
        else {
            from = middle + 1;
        }
    }
    return NULL;
}
