/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the pages' files, which build/embed has turned into C. Knows their
 * names and bytes, not what they are for.
 */
#include "html/jt_web.h"

#include <string.h>

/* strcmp of stem and ending together with a name. */
static int compare(const char *stem, apr_size_t length, const char *ending,
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
        int order = compare(stem, length, ending, jt_web_files[middle].name);

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
