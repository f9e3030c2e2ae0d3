/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_PERSON_H
#define JT_PERSON_H

#include <httpd.h>

/** Whose tokens a signed-in person sees. */
typedef enum jt_person_t {
    JT_PERSON_NAMELESS, /* JiraTokenUserName gives no name */
    JT_PERSON_UNFIT,    /* a name that can have no tokens */
    JT_PERSON_FINE
} jt_person_t;

/**
 * Find the name of the person who has signed in: REMOTE_USER, or what
 * JiraTokenUserName says, in the case that JiraTokenUserCase says. Logs once a
 * minute why there is none.
 * @param r with a user; authenticated by anything but a token
 * @param name set unless NAMELESS; from r->pool or r itself
 */
jt_person_t jt_person_find(request_rec *r, const char **name);

/** The same without a word in the log, where nobody asks for tokens.
 * @return NULL: no name that can have tokens */
const char *jt_person_read_signed_in(request_rec *r);

/**
 * Read a user name from Basic credentials, as it stands in the table.
 * @param name any bytes, NUL-terminated; may be changed
 * @return `name`, or a copy from pool
 */
char *jt_person_read(const request_rec *r, char *name, apr_pool_t *pool);

#endif
