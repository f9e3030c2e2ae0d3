/* SPDX-License-Identifier: Apache-2.0
 *
 * For `make check-tsan` alone, included before all else: APR's atomics as
 * builtins. libapr is not instrumented, so ThreadSanitizer would not see what
 * they order. The order is that of APR 1.7 and later.
 *
 * Every few calls yield first, so that threads meet in between two steps also
 * where there are few processors.
 */
#ifndef TSAN_H
#define TSAN_H

#include <apr_atomic.h>
#include <sched.h>

#define TSAN_YIELD 16

static inline void tsan_yield(void)
{
    static __thread unsigned seed = 1;

    seed = seed * 1103515245 + 12345;
    if ((seed >> 16) % TSAN_YIELD == 0) {
        sched_yield();
    }
}

static inline apr_uint32_t tsan_read32(volatile apr_uint32_t *word)
{
    tsan_yield();
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void tsan_set32(volatile apr_uint32_t *word, apr_uint32_t to)
{
    tsan_yield();
    __atomic_store_n(word, to, __ATOMIC_SEQ_CST);
}

/* @return what it was, as those below */
static inline apr_uint32_t tsan_add32(volatile apr_uint32_t *word,
                                      apr_uint32_t more)
{
    tsan_yield();
    return __atomic_fetch_add(word, more, __ATOMIC_SEQ_CST);
}

static inline void tsan_sub32(volatile apr_uint32_t *word, apr_uint32_t less)
{
    tsan_yield();
    __atomic_fetch_sub(word, less, __ATOMIC_SEQ_CST);
}

static inline apr_uint32_t tsan_inc32(volatile apr_uint32_t *word)
{
    return tsan_add32(word, 1);
}

/* @return zero when it has become zero */
static inline int tsan_dec32(volatile apr_uint32_t *word)
{
    tsan_yield();
    return __atomic_sub_fetch(word, 1, __ATOMIC_SEQ_CST) != 0;
}

static inline apr_uint32_t tsan_cas32(volatile apr_uint32_t *word,
                                      apr_uint32_t to, apr_uint32_t from)
{
    tsan_yield();
    __atomic_compare_exchange_n(word, &from, to, 0, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return from;
}

static inline apr_uint32_t tsan_xchg32(volatile apr_uint32_t *word,
                                       apr_uint32_t to)
{
    tsan_yield();
    return __atomic_exchange_n(word, to, __ATOMIC_SEQ_CST);
}

#define apr_atomic_read32 tsan_read32
#define apr_atomic_set32 tsan_set32
#define apr_atomic_add32 tsan_add32
#define apr_atomic_sub32 tsan_sub32
#define apr_atomic_inc32 tsan_inc32
#define apr_atomic_dec32 tsan_dec32
#define apr_atomic_cas32 tsan_cas32
#define apr_atomic_xchg32 tsan_xchg32

#endif
