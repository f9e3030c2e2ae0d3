/* SPDX-License-Identifier: Apache-2.0
 *
 * A cache entry, to and from bytes. The bytes may come from a cache that others
 * can write; they are then sealed with a MAC, and the seal is checked before
 * anything else is parsed. It must not know caches.
 *
 *   version and kind, asked_at, epoch, generation; a grant and a lease go on
 *   with the lease's number; a grant with id, expires_at, last_used_at,
 *   created_at; owner, label, restrictions, each with its NUL, the last after
 *   a byte that says whether it is present; a lease with ends_at; the seal.
 *
 * Numbers are big-endian: servers of different architectures may share a cache.
 */
#include "core/jt_entry.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#define GRANT 0x16
#define TOMBSTONE 0x12
#define LEASE 0x14
#define HEAD (1 + 8 + 8 + 4)
#define FIXED (HEAD + 8 + 8 + 8 + 8 + 8)

static unsigned char *write32(unsigned char *out, apr_uint32_t number)
{
    apr_uint32_t wire = htonl(number);

    memcpy(out, &wire, sizeof(wire));
    return out + sizeof(wire);
}

static unsigned char *write64(unsigned char *out, apr_uint64_t number)
{
    return write32(write32(out, (apr_uint32_t)(number >> 32)),
                   (apr_uint32_t)number);
}

static apr_uint32_t read32(const unsigned char **from)
{
    apr_uint32_t wire;

    memcpy(&wire, *from, sizeof(wire));
    *from += sizeof(wire);
    return ntohl(wire);
}

/* One load and a swap, where a compiler sees that. */
static apr_uint64_t read64(const unsigned char **from)
{
    const unsigned char *b = *from;

    *from += sizeof(apr_uint64_t);
    return (apr_uint64_t)b[0] << 56 | (apr_uint64_t)b[1] << 48
           | (apr_uint64_t)b[2] << 40 | (apr_uint64_t)b[3] << 32
           | (apr_uint64_t)b[4] << 24 | (apr_uint64_t)b[5] << 16
           | (apr_uint64_t)b[6] << 8 | b[7];
}

static unsigned char *write_text(unsigned char *out, const char *text)
{
    apr_size_t size = strlen(text) + 1;

    memcpy(out, text, size);
    return out + size;
}

/* A string up to its NUL. @return NULL when there is no NUL before end */
static const char *parse_text(const unsigned char **from,
                              const unsigned char *end)
{
    const unsigned char *text = *from;
    const unsigned char *nul = memchr(text, '\0', (apr_size_t)(end - text));

    if (!nul) {
        return NULL;
    }
    *from = nul + 1;
    return (const char *)text;
}

static apr_size_t measure_texts(const jt_grant_t *grant)
{
    return strlen(grant->user) + strlen(grant->label) + 3
           + (grant->restrictions ? strlen(grant->restrictions) + 1 : 0);
}

static unsigned char *write_grant(unsigned char *out, const jt_grant_t *grant)
{
    out = write64(out, (apr_uint64_t)grant->id);
    out = write64(out, (apr_uint64_t)grant->expires_at);
    out = write64(out, (apr_uint64_t)grant->last_used_at);
    out = write64(out, (apr_uint64_t)grant->created_at);
    out = write_text(out, grant->user);
    out = write_text(out, grant->label);
    *out++ = grant->restrictions != NULL;
    return grant->restrictions ? write_text(out, grant->restrictions) : out;
}

/* The cache's id is part of what is sealed, but not of the entry's bytes: an
 * entry that was copied to another id does not verify. */
static apr_status_t make_seal(const unsigned char *bytes, apr_size_t length,
                              const unsigned char *id,
                              const jt_secret_ring_t *ring, unsigned char *made)
{
    unsigned char sealed[JT_SECRET_HASH_SIZE + JT_ENTRY_SIZE];

    memcpy(sealed, id, JT_SECRET_HASH_SIZE);
    memcpy(sealed + JT_SECRET_HASH_SIZE, bytes, length);
    return jt_secret_seal(ring, sealed, JT_SECRET_HASH_SIZE + length, made);
}

static unsigned char get_kind(const jt_entry_t *entry)
{
    if (entry->is_tombstone) {
        return TOMBSTONE;
    }
    return entry->is_lease ? LEASE : GRANT;
}

static unsigned char *write_entry(unsigned char *out, const jt_entry_t *entry)
{
    *out++ = get_kind(entry);
    out = write64(out, (apr_uint64_t)entry->asked_at);
    out = write64(out, entry->epoch);
    out = write32(out, entry->generation);
    if (entry->is_tombstone) {
        return out;
    }
    out = write64(out, entry->lease);
    return entry->is_lease ? write64(out, (apr_uint64_t)entry->ends_at)
                           : write_grant(out, &entry->grant);
}

apr_size_t jt_entry_write(const jt_entry_t *entry,
                          const unsigned char id[JT_SECRET_HASH_SIZE],
                          const jt_secret_ring_t *ring,
                          unsigned char bytes[JT_ENTRY_SIZE])
{
    unsigned char *out;
    apr_size_t room = JT_ENTRY_SIZE - FIXED - JT_SECRET_HASH_SIZE;
    apr_size_t length;

    if (get_kind(entry) == GRANT && measure_texts(&entry->grant) > room) {
        return 0;
    }
    out = write_entry(bytes, entry);
    length = (apr_size_t)(out - bytes);
    if (!ring) {
        return length;
    }
    return make_seal(bytes, length, id, ring, out) == APR_SUCCESS
               ? length + JT_SECRET_HASH_SIZE : 0;
}

static int is_sealed(const unsigned char *bytes, apr_size_t length,
                     const unsigned char *id, const jt_secret_ring_t *ring)
{
    unsigned char expected[JT_SECRET_HASH_SIZE];

    return make_seal(bytes, length, id, ring, expected) == APR_SUCCESS
           && jt_secret_equal_hash(expected, bytes + length);
}

static apr_status_t parse_grant(const unsigned char *from, apr_size_t length,
                              jt_grant_t *grant, apr_pool_t *pool)
{
    const unsigned char *end;

    if (length < FIXED - HEAD - 8) {
        return APR_EINVAL;
    }
    /* One copy for all strings. */
    from = apr_pmemdup(pool, from, length);
    end = from + length;
    grant->id = (apr_int64_t)read64(&from);
    grant->expires_at = (apr_int64_t)read64(&from);
    grant->last_used_at = (apr_int64_t)read64(&from);
    grant->created_at = (apr_int64_t)read64(&from);
    grant->user = parse_text(&from, end);
    grant->label = parse_text(&from, end);
    if (!grant->user || !grant->label || from == end) {
        return APR_EINVAL;
    }
    if (*from++) {
        grant->restrictions = parse_text(&from, end);
        if (!grant->restrictions) {
            return APR_EINVAL;
        }
    }
    return from == end ? APR_SUCCESS : APR_EINVAL;
}

/* What follows the head. */
static apr_status_t parse_rest(const unsigned char *from, apr_size_t length,
                               jt_entry_t *entry, apr_pool_t *pool)
{
    if (length < 8) {
        return APR_EINVAL;
    }
    entry->lease = read64(&from);
    length -= 8;
    if (!entry->is_lease) {
        return parse_grant(from, length, &entry->grant, pool);
    }
    if (length != 8) {
        return APR_EINVAL;
    }
    entry->ends_at = (apr_int64_t)read64(&from);
    return APR_SUCCESS;
}

apr_status_t jt_entry_parse(const unsigned char *bytes, apr_size_t length,
                            const unsigned char id[JT_SECRET_HASH_SIZE],
                            const jt_secret_ring_t *ring, jt_entry_t *entry,
                            apr_pool_t *pool)
{
    const unsigned char *from = bytes;
    unsigned char kind;

    memset(entry, 0, sizeof(*entry));
    if (ring) {
        if (length < JT_SECRET_HASH_SIZE || length > JT_ENTRY_SIZE
            || !is_sealed(bytes, length - JT_SECRET_HASH_SIZE, id, ring)) {
            return APR_EINVAL;
        }
        length -= JT_SECRET_HASH_SIZE;
    }
    if (length < HEAD) {
        return APR_EINVAL;
    }
    length -= HEAD;
    kind = *from++;
    entry->is_lease = kind == LEASE;
    entry->is_tombstone = kind != GRANT && kind != LEASE;
    entry->asked_at = (apr_int64_t)read64(&from);
    entry->epoch = read64(&from);
    entry->generation = read32(&from);
    if (!entry->is_tombstone) {
        return parse_rest(from, length, entry, pool);
    }
    return kind == TOMBSTONE && !length ? APR_SUCCESS : APR_EINVAL;
}

int jt_entry_is_under(const jt_entry_t *grant, const jt_entry_t *lease)
{
    return lease->is_lease && grant->lease && grant->lease == lease->lease;
}

int jt_entry_is_lasting(const jt_entry_t *lease, apr_int64_t until)
{
    return lease->is_lease && lease->ends_at >= until;
}

/* Clock skew in seconds: a request may have begun before the one whose answer
 * it finds, as a follower of it or because its headers were slow. A clock that
 * is set back keeps an entry fresh for no longer than this. */
#define SKEW 2

jt_entry_freshness_t jt_entry_check_freshness(const jt_entry_t *entry,
                                              apr_int64_t now,
                                              int timeout, int grace)
{
    apr_int64_t asked_at = entry->asked_at;

    if (entry->is_tombstone || entry->is_lease || asked_at > now + SKEW
        || asked_at <= now - timeout - grace) {
        return JT_ENTRY_MISS;
    }
    return timeout && asked_at > now - timeout ? JT_ENTRY_FRESH
                                               : JT_ENTRY_STALE;
}
