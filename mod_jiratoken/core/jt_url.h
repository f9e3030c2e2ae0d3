/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_URL_H
#define JT_URL_H

/** The longest address, in bytes. */
#define JT_URL_MAX 1000

/** Whether a text is a path from this server's root, in the characters of RFC
 * 3986 that need no quoting; "//host" would be another server's. */
int jt_url_is_own_path(const char *text);

/** Whether a text is an http or https address with a host, in the same
 * characters. */
int jt_url_is_web_address(const char *text);

/** An address that tokens open, and what people call it. */
typedef struct jt_url_service_t {
    const char *url;
    const char *title;
} jt_url_service_t;

/** Whether a text is an http or https address, in lower case, with a host and,
 * perhaps, a port and a path, and nothing else. The path is in characters that
 * stand for themselves in a shell, in a string and in a configuration file:
 * letters, digits, "-._~/:@+,=" and %XX. */
int jt_url_is_service(const char *text);

#endif
