/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <apr_pools.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the process where a promise of the reader's header is broken. */
#define FUZZ_MUST(holds) \
    do { \
        if (!(holds)) { \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
                    #holds); \
            abort(); \
        } \
    } while (0)

/** The characters that RFC 3986, section 2.3, lets stand in a URL. */
#define FUZZ_UNRESERVED \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/** Of the input at hand. */
extern apr_pool_t *fuzz_pool;

/* The names and types are libFuzzer's. */

/** Call once, before the first input; the arguments are left alone. The
 * environment's FUZZ_ONLY names a reader: inputs for others are passed over. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * Give one input to the reader that its first byte picks, from '0' on; the rest
 * is what is read. Ends the process by abort() when a promise of that
 * reader's header is broken.
 * @return 0
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The readers that have files of their own. Their inputs are texts, or bytes
 * with a NUL among them. */

/** jt_entry_parse() */
void fuzz_entry(const uint8_t *bytes, size_t length);

/** jt_html_escape(): a text */
void fuzz_html(const char *text);

/** html/jt_quote.h: a text */
void fuzz_quote(const char *text);

/** jt_network_parse() and what takes its networks: one text */
void fuzz_network(const uint8_t *bytes, size_t length);

/** jt_restriction_check(): lines with a restriction, the client's address, and
 * the area of the request */
void fuzz_restriction(const char *text);

/** jt_restriction_make(), jt_restriction_split(): lines with the site's areas,
 * those that are asked for, and the networks, all as they are typed */
void fuzz_wish(const char *text);

/** What follows a scheme, to jt_tokenlike_classify(): a header */
void fuzz_bearer(const char *text);

/** core/jt_filter.h and core/jt_where.h: name=value pairs with & between, as
 * they are when they were decoded */
void fuzz_filter(const char *text);

/** core/jt_cursor.h: a cursor, and what one is made of */
void fuzz_cursor(const char *text);

/** html/jt_language.h: the value of Accept-Language */
void fuzz_language(const char *text);

/** json/jt_json.h: a body, which is also a label and the like in the table */
void fuzz_json(const uint8_t *bytes, size_t length);

#endif
