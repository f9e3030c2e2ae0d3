/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_RESTRICTION_H
#define JT_RESTRICTION_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/jt_network.h"

/** What a token is limited to, as the table has it: NULL for nothing, else
 * words in this order with one blank between them, at least one:
 *
 *   read                            methods that change nothing
 *   areas=git,wiki                  areas of the site (JiraTokenArea)
 *   from=10.0.0.0/8,2001:db8::/32   addresses of clients
 *
 * What is not understood is refused: a later version's restriction, or one that
 * is misspelt, must not count for nothing. */

/** The most networks of a token, and the longest name of an area. */
#define JT_RESTRICTION_NETWORKS 16
#define JT_RESTRICTION_AREA 32

/** The longest text, in bytes. */
#define JT_RESTRICTION_SIZE 1000

/** A part of a text. */
typedef struct jt_restriction_part_t {
    const char *text; /* NULL: there is none */
    apr_size_t length;
} jt_restriction_part_t;

/** The words of a text, within it. */
typedef struct jt_restriction_t {
    int is_read_only;
    jt_restriction_part_t areas; /* without "areas=" */
    jt_restriction_part_t from;  /* without "from=" */
} jt_restriction_t;

/** What a request is, as far as restrictions go. Zero is the strictest. */
typedef struct jt_restriction_use_t {
    const char *address; /* of the client; NULL: unknown */
    int is_reading;      /* a method of JiraTokenReadMethods */
    const char *area;    /* JiraTokenArea; NULL: outside of all */
    int is_own;          /* the API, where a token asks about itself: only its
                            addresses count */
    const unsigned char *bytes; /* `address` in network byte order, so that its
                                   text need not be read; NULL: it must */
    int bytes_size;             /* 4 or 16 */
} jt_restriction_use_t;

/** Zero refuses. */
typedef enum jt_restriction_found_t {
    JT_RESTRICTION_UNKNOWN, /* not understood */
    JT_RESTRICTION_ADDRESS, /* the client's is none of them */
    JT_RESTRICTION_METHOD,
    JT_RESTRICTION_AREA_OTHER,
    JT_RESTRICTION_FINE
} jt_restriction_found_t;

/** Whether a text names an area: 1 to 32 of [a-z0-9-]. Any length. */
int jt_restriction_is_area(const char *text, apr_size_t length);

/**
 * Parse a text. Does not allocate.
 * @param text not NULL, any bytes
 * @return zero for what is not understood, "" among it
 */
int jt_restriction_parse(const char *text, jt_restriction_t *out);

/**
 * Check a use. Does not allocate.
 * @param text NULL: no restriction
 */
jt_restriction_found_t jt_restriction_check(const char *text,
                                            const jt_restriction_use_t *use);

/** One of the site's applications (JiraTokenArea). */
typedef struct jt_restriction_area_t {
    const char *name;
    const char *title; /* for people */
} jt_restriction_area_t;

/** What somebody asks for. */
typedef struct jt_restriction_wish_t {
    int is_read_only;
    const apr_array_header_t *areas;    /* of const char *; NULL: any area */
    const apr_array_header_t *networks; /* of const char *; NULL: any address */
} jt_restriction_wish_t;

typedef enum jt_restriction_fault_t {
    JT_RESTRICTION_NO_FAULT,
    JT_RESTRICTION_NO_AREA,    /* `what` is none of the site's areas */
    JT_RESTRICTION_NO_NETWORK, /* `what` is no address and no network */
    JT_RESTRICTION_WIDE,       /* `what` has more bits than an address */
    JT_RESTRICTION_ALL,        /* `what` is all addresses */
    JT_RESTRICTION_HOST,       /* `what` has bits beyond the network `meant` */
    JT_RESTRICTION_MANY,       /* more networks than 16 */
    JT_RESTRICTION_LONG,       /* more areas and networks than fit */
    JT_RESTRICTION_NOTHING     /* a list without elements */
} jt_restriction_fault_t;

/** A text for the table, or what is wrong. */
typedef struct jt_restriction_made_t {
    jt_restriction_fault_t fault;
    const char *what;  /* as it was typed */
    const char *meant; /* on HOST */
    const char *text;  /* NULL: no restriction */
} jt_restriction_made_t;

/**
 * Make the canonical text. The same area or network twice is one.
 * @param known the site's areas (jt_restriction_area_t), in the order of the
 *        text; NULL: it has none
 * @param pool for what `made` points to
 */
void jt_restriction_make(const jt_restriction_wish_t *wish,
                         const apr_array_header_t *known,
                         jt_restriction_made_t *made, apr_pool_t *pool);

/** The networks that somebody has typed: separated by commas or white space.
 * @return const char * elements, or NULL when there are none */
apr_array_header_t *jt_restriction_split(const char *text, apr_pool_t *pool);

#endif
