/* SPDX-License-Identifier: Apache-2.0
 *
 * What the unit tests share: one suite a source file, a pool for each test,
 * a database for those that need one, and a page as a string.
 */
#ifndef UNITS_H
#define UNITS_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <check.h>
#include <string.h>

#include "html/jt_html.h"
#include "core/jt_secret.h"

Suite *units_access(void);
Suite *units_account(void);
Suite *units_account_several(void);
Suite *units_attempt(void);
Suite *units_audit(void);
Suite *units_audit_copy(void);
Suite *units_basic(void);
Suite *units_breaker(void);
Suite *units_case_of_names(void);
Suite *units_counters(void);
Suite *units_cmac(void);
Suite *units_crc(void);
Suite *units_cursor(void);
Suite *units_date(void);
Suite *units_digest(void);
Suite *units_entry(void);
Suite *units_entry_freshness(void);
Suite *units_fault(void);
Suite *units_filter(void);
Suite *units_flights(void);
Suite *units_gate(void);
Suite *units_grants(void);
Suite *units_grants_corrupt(void);
Suite *units_grants_crowd(void);
Suite *units_grants_faults(void);
Suite *units_header(void);
Suite *units_html(void);
Suite *units_html_output(void);
Suite *units_json(void);
Suite *units_keyfile(void);
Suite *units_label(void);
Suite *units_language(void);
Suite *units_loans(void);
Suite *units_message(void);
Suite *units_modes(void);
Suite *units_network(void);
Suite *units_notes(void);
Suite *units_order(void);
Suite *units_outbox(void);
Suite *units_owners(void);
Suite *units_pairs(void);
Suite *units_patience(void);
Suite *units_plural(void);
Suite *units_program(void);
Suite *units_progress(void);
Suite *units_quote(void);
Suite *units_reason(void);
Suite *units_restriction(void);
Suite *units_revocations(void);
Suite *units_revoke_store(void);
Suite *units_rotation(void);
Suite *units_row(void);
Suite *units_schema(void);
Suite *units_secret(void);
Suite *units_secret_hash(void);
Suite *units_sightings(void);
Suite *units_spelling(void);
Suite *units_store(void);
Suite *units_ticks(void);
Suite *units_token(void);
Suite *units_tokenlike(void);
Suite *units_turns(void);
Suite *units_url(void);
Suite *units_user(void);
Suite *units_user_query(void);
Suite *units_verdict(void);
Suite *units_view(void);
Suite *units_view_form(void);
Suite *units_view_recipes(void);
Suite *units_view_token(void);
Suite *units_view_words(void);
Suite *units_web(void);
Suite *units_where(void);

#define UNITS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** A call that has to succeed. */
#define UNITS_OK(call) ck_assert_int_eq((call), APR_SUCCESS)

/* A fresh one for each test; each file has its own variable. */
static apr_pool_t *units_pool;

static inline void units_open_pool(void)
{
    apr_pool_create(&units_pool, NULL);
}

static inline void units_close_pool(void)
{
    apr_pool_destroy(units_pool);
    units_pool = NULL;
}

/** The keys of a key file with this text, which has to be one, in units_pool. */
static inline jt_secret_ring_t *units_ring(const char *text)
{
    jt_secret_ring_t *ring = NULL;
    const char *fault = NULL;

    UNITS_OK(jt_secret_ring_parse(text, &ring, &fault, units_pool));
    return ring;
}

/** A text so many times, in units_pool. */
static inline const char *units_repeat(const char *part, int count)
{
    size_t length = strlen(part);
    char *made = apr_palloc(units_pool, length * (size_t)count + 1);
    int i;

    for (i = 0; i < count; i++) {
        memcpy(made + length * (size_t)i, part, length);
    }
    made[length * (size_t)count] = '\0';
    return made;
}

/** In seconds. It ends what hangs; under a sanitizer, on a busy machine, any test
 * may take some. */
#define UNITS_TIMEOUT 60

/** A case whose every test has units_pool. */
static inline TCase *units_case(Suite *suite, const char *name)
{
    TCase *made = tcase_create(name);

    tcase_set_timeout(made, UNITS_TIMEOUT);
    tcase_add_checked_fixture(made, units_open_pool, units_close_pool);
    suite_add_tcase(suite, made);
    return made;
}

/** A SQLite file of its own, closed when its pool is destroyed. */
typedef struct units_db_t {
    const apr_dbd_driver_t *driver;
    const char *path;
    apr_dbd_t *handle; /* the connection under test */
    apr_dbd_t *other;  /* somebody else's, on the same file */
} units_db_t;

/** An empty database with both connections open. */
void units_db_open(units_db_t *db, apr_pool_t *from);

/** Run the shipped script for SQLite on it. */
void units_db_load(const units_db_t *db, apr_pool_t *from);

/** And the one for its audit, without what keeps others from changing it. */
void units_db_load_audit(const units_db_t *db, apr_pool_t *from);

/** And that of the table of owners. */
void units_db_load_owners(const units_db_t *db, apr_pool_t *from);

/** And that of the outbox, which wants the one of the audit. */
void units_db_load_outbox(const units_db_t *db, apr_pool_t *from);

/** Run one statement, by the other connection; it has to succeed. */
void units_db_run(const units_db_t *db, const char *sql);

/** The one number that a query by the other connection gives. */
int units_db_number(const units_db_t *db, const char *sql, apr_pool_t *from);

/** English, for pages whose language does not matter. */
static inline const jt_language_t *units_english(void)
{
    return jt_language_choose(NULL);
}

/** A page as a string; rendering has to succeed. In test_html.c. */
const char *units_render(const char *file, const jt_html_t *scope,
                         apr_pool_t *from);

/** How often `part` occurs in `text`. In test_html.c. */
int units_occurrences(const char *text, const char *part);

#endif
