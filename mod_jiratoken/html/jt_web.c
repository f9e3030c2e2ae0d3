/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the files of html/web, which build/embed has compiled in. It must not
 * know what they mean.
 */
#include "html/jt_web.h"

#include <string.h>

/* strcmp() of stem and ending, concatenated, with a name in its folder. */
static int compare_name(const jt_web_name_t *name, const char *full)
{
    int order = strncmp(name->stem, full, name->length);

    return order ? order : strcmp(name->ending, full + name->length);
}

/* Whether a folder is "TAG/". */
static int is_folder(const jt_web_folder_t *folder, const char *tag)
{
    apr_size_t length = folder->length ? folder->length - 1 : 0;

    return !strncmp(folder->name, tag, length) && !tag[length];
}

const jt_web_folder_t *jt_web_find_folder(const char *tag)
{
    apr_size_t i;

    for (i = 0; i < jt_web_folder_count; i++) {
        if (is_folder(&jt_web_folders[i], tag)) {
            return &jt_web_folders[i];
        }
    }
    return NULL;
}

const jt_web_file_t *jt_web_find(const jt_web_name_t *name)
{
    const jt_web_folder_t *folder = name->folder;
    apr_size_t from = 0;
    apr_size_t to = folder ? folder->count : 0;

    while (from < to) {
        apr_size_t middle = from + (to - from) / 2;
        const jt_web_file_t *file = &folder->files[middle];
        int order = compare_name(name, file->name + folder->length);

        if (!order) {
            return file;
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

const jt_web_file_t *jt_web_find_asset(const char *name)
{
    jt_web_name_t parts = { jt_web_find_folder(""), name, 0, name };

    return jt_web_find(&parts);
}
