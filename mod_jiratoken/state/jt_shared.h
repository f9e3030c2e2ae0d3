/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_SHARED_H
#define JT_SHARED_H

#include <apr_errno.h>
#include <httpd.h>

/* An id is a token's hash, of JT_SECRET_HASH_SIZE bytes: the same for each key
 * file, table and virtual host that the token is known to. Before there is
 * memory nothing is marked, and nobody waits. */

/** What is counted, for mod_status. */
typedef enum jt_count_t {
    JT_COUNT_CHECKS,      /* credentials that were a token's, or like one */
    JT_COUNT_HITS,        /* of these, answered from the cache */
    JT_COUNT_GRACE,       /* from the cache, as the database could not answer */
    JT_COUNT_LOOKUPS,     /* times that the table was asked about one */
    JT_COUNT_UNKNOWN,     /* refused, by reason */
    JT_COUNT_MISTYPED,
    JT_COUNT_NOT_CANONICAL,
    JT_COUNT_OTHER_OWNER,
    JT_COUNT_RESTRICTED,
    JT_COUNT_EXPIRED,
    JT_COUNT_UNAVAILABLE, /* 503 */
    JT_COUNT_CREATED,
    JT_COUNT_REVOKED,
    JT_COUNTS
} jt_count_t;

/**
 * The post_config hook: make the memory, or find it again after a graceful
 * restart, so that a child of before and one of after tell each other of
 * revocations.
 */
apr_status_t jt_shared_make(server_rec *main_server);

/** A number that no other start of an httpd has. */
apr_uint64_t jt_shared_epoch(void);

/** What jt_shared_revoke() changes for this id: read it before the table is
 * asked, keep it with the answer. */
apr_uint32_t jt_shared_mark(const unsigned char *id);

/** A token is revoked: what was asked about it before is no longer true. */
void jt_shared_revoke(const unsigned char *id);

/**
 * Whether nothing that this httpd revoked makes an answer untrue.
 * @param epoch of the httpd that asked the table
 * @param mark that it read before
 * @param asked_at when that was, in epoch seconds
 */
int jt_shared_is_current(const unsigned char *id, apr_uint64_t epoch,
                         apr_uint32_t mark, apr_int64_t asked_at);

/**
 * Be the one who asks the table about an id, or wait for who is, until that one
 * has taken a second; or a tenth of one, while others have waited in vain.
 * @return non-zero: the caller asks, and jt_shared_land() must follow; zero:
 *         somebody else may have had an answer meanwhile
 */
int jt_shared_lead(const unsigned char *id);

/** @param is_answered the table has said something */
void jt_shared_land(const unsigned char *id, int is_answered);

/**
 * Be one of those who call a cache outside, so that one that hangs keeps only
 * some of httpd's threads busy. Does not wait.
 * @param most how many may be, in all children, where that is less than there
 *        is room for
 * @param has_room zero when this child has as many already as it may have
 * @param is_urgent go although somebody has got stuck there
 * @param seat for jt_shared_come_back(), which must follow
 * @return APR_SUCCESS; APR_EBUSY when there is no room for a moment; APR_TIMEUP
 *         when one of them has got stuck of late, or has been for long and
 *         there is no room: then do without the cache
 */
apr_status_t jt_shared_go_out(int most, int has_room, int is_urgent,
                              int *seat);
void jt_shared_come_back(int seat);

/**
 * Be the one who writes an id's last use. Does not wait. Ids may share a seat.
 * @return non-zero: jt_shared_release() must follow, or this process's end
 */
int jt_shared_claim(const unsigned char *id);
void jt_shared_release(const unsigned char *id);

void jt_shared_count(jt_count_t which);

/** Since httpd's start, of all children, through graceful restarts. */
apr_uint64_t jt_shared_counted(jt_count_t which);

#endif
