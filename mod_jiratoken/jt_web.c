/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the pages' files, which build/embed has turned into C. Knows their
 * names and bytes, not what they are for.
 */
#include "jt_web.h"

#include <string.h>

const jt_web_file_t *jt_web_find(const char *stem, apr_size_t length,
                                 const char *ending)
{
    const jt_web_file_t *file;

    for (file = jt_web_files; file->name; file++) {
        if (!strncmp(file->name, stem, length)
            && !strcmp(file->name + length, ending)) {
            return file;
        }
    }
    return NULL;
}
