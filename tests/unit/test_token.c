/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_token.c, on a real SQLite file with the shipped table: whom a
 * token lets in, what a new one may be, who may see and revoke it.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_date.h"
#include "core/jt_token.h"

#define KEY_1 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_2 "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

/* 2026-01-15, 10:30 UTC */
#define NOW APR_INT64_C(1768473000)
#define TODAY APR_INT64_C(1768435200)

static units_db_t db;
static jt_store_t *store;
static jt_secret_ring_t *ring;
static jt_token_rules_t rules;

static void open_table(void)
{
    units_db_open(&db, units_pool);
    units_db_load(&db, units_pool);
    UNITS_OK(jt_store_make(db.driver, db.handle, "jiratoken", &store,
                           units_pool));
    ring = units_ring(KEY_2 "\n" KEY_1 "\n");
    rules.prefix = "jt";
    rules.max = 25;
    rules.max_lifetime = 0;
}

/* Any text serves as a token here: its shape is checked before. */
static const char *digest_of(const jt_secret_ring_t *keys, const char *token)
{
    char *digest = apr_palloc(units_pool, JT_SECRET_DIGEST_SIZE);

    UNITS_OK(jt_secret_digest(keys, 0, token, digest));
    return digest;
}

/* Puts a token straight into the table, in a slot of its own. */
static void put(const char *user, const char *token, apr_int64_t expires_at)
{
    static int slot;
    jt_store_row_t row = { 0 };

    row.slot = slot++;
    row.user = user;
    row.label = token;
    row.digest = digest_of(ring, token);
    row.created_at = NOW - 1000;
    row.expires_at = expires_at;
    row.scope = JT_TOKEN_SCOPE_FULL;
    UNITS_OK(jt_store_insert(store, &row, units_pool));
}

static jt_token_check_t check_verdict(const char *user, const char *token,
                                      apr_int64_t now, jt_verdict_t expected)
{
    jt_token_check_t check;
    jt_secret_hashes_t hashes;

    memset(&check, 0xA5, sizeof(check));
    jt_secret_hashes_init(&hashes, ring, token);
    UNITS_OK(jt_token_check(store, &hashes, user, now, &check, units_pool));
    ck_assert_msg(check.verdict == expected, "%s with %s at %lld: %d, not %d",
                  user, token, (long long)now, (int)check.verdict,
                  (int)expected);
    ck_assert_uint_eq(strlen(check.digest), 64);
    ck_assert(!check.row == (expected == JT_VERDICT_UNKNOWN));
    return check;
}

START_TEST(test_an_unknown_token_is_refused)
{
    /* A02, I15 */
    static const char *const tokens[] = {
        "T", "t ", "tt", "", "' OR 1=1--", "%", "t\xC2\xA0", "u", "forged"
    };
    size_t i;

    put("alice", "t", JT_STORE_NEVER);
    /* S02: the plain SHA-256 of "u", and a token as its own digest, put in
     * by somebody who has the table but not the key. */
    units_db_run(&db, "INSERT INTO jiratoken (user_name, slot, label, digest)"
        " VALUES ('alice', 901, 'a', '0bfe935e70c321c7ca3afc75ce0d0ca2"
        "f98b5422e008bb31c00c6d7f1f1c0ad6'), ('alice', 902, 'b', 'forged')");
    for (i = 0; i < UNITS_COUNT(tokens); i++) {
        check_verdict("alice", tokens[i], NOW, JT_VERDICT_UNKNOWN);
    }
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_token_is_its_owners_byte_for_byte)
{
    /* A03, A04 */
    static const struct {
        const char *owner;
        const char *user;
    } cases[] = {
        { "alice", "bob" }, { "alice", "ALICE" }, { "alice", "Alice" },
        { "alice", "alice " }, { "alice", " alice" }, { "alice", "alic" },
        { "alice", "" }, { "alice", "alice\xC2\xA0" }, { "alice ", "alice" },
        { "jos\xC3\xA9", "jose\xCC\x81" }, { "jose\xCC\x81", "jos\xC3\xA9" },
        { "stra\xC3\x9F" "e", "strasse" }, { "alice", "%" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *token = apr_itoa(units_pool, (int)i);

        put(cases[i].owner, token, JT_STORE_NEVER);
        check_verdict(cases[i].owner, token, NOW, JT_VERDICT_GRANTED);
        check_verdict(cases[i].user, token, NOW, JT_VERDICT_OTHER_OWNER);
    }
}
END_TEST

START_TEST(test_a_token_is_expired_from_that_second_on)
{
    /* A06, C04 */
    static const struct {
        apr_int64_t expires_at;
        apr_int64_t now;
        jt_verdict_t verdict;
    } cases[] = {
        { NOW, NOW - 1, JT_VERDICT_GRANTED },
        { NOW, NOW, JT_VERDICT_EXPIRED }, { NOW, 0, JT_VERDICT_GRANTED },
        { 0, NOW, JT_VERDICT_EXPIRED }, { 0, 0, JT_VERDICT_EXPIRED },
        /* 32 bits would have wrapped */
        { APR_INT64_C(4294967296) + 5, NOW, JT_VERDICT_GRANTED },
        { JT_DATE_END, JT_DATE_END - 1, JT_VERDICT_GRANTED },
        { JT_DATE_END, JT_DATE_END, JT_VERDICT_EXPIRED },
        { JT_STORE_NEVER, JT_DATE_END, JT_VERDICT_GRANTED }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        const char *token = apr_itoa(units_pool, (int)i);

        put("alice", token, cases[i].expires_at);
        check_verdict("alice", token, cases[i].now, cases[i].verdict);
        /* Only the holder of the real secret learns why. */
        check_verdict("bob", token, cases[i].now, JT_VERDICT_OTHER_OWNER);
    }
}
END_TEST

START_TEST(test_a_limit_that_cannot_be_kept_to_refuses)
{
    static const char *const limits[] = {
        "scope = 'read'", "scope = 'FULL'", "scope = 'full '", "scope = ''",
        "allowed_from = '192.0.2.0/24'", "allowed_from = ''",
        "scope = 'read', expires_at = 1"
    };
    size_t i;

    put("alice", "t", JT_STORE_NEVER);
    for (i = 0; i < UNITS_COUNT(limits); i++) {
        units_db_run(&db, apr_pstrcat(units_pool, "UPDATE jiratoken SET ",
                                      limits[i], NULL));
        check_verdict("alice", "t", NOW, JT_VERDICT_RESTRICTED);
        check_verdict("bob", "t", NOW, JT_VERDICT_OTHER_OWNER);
        units_db_run(&db, "UPDATE jiratoken SET scope = 'full', "
                     "allowed_from = NULL, expires_at = NULL");
    }
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_an_old_row_without_dates_never_expires)
{
    put("alice", "t", JT_STORE_NEVER);
    units_db_run(&db, "UPDATE jiratoken SET created_at = NULL");
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
    check_verdict("alice", "t", JT_DATE_END * 2, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_a_token_made_under_an_older_key_is_granted)
{
    jt_token_check_t check;

    ring = units_ring(KEY_1);
    put("alice", "old", JT_STORE_NEVER);
    ring = units_ring(KEY_2 "\n" KEY_1 "\n");
    put("alice", "new", JT_STORE_NEVER);
    check_verdict("alice", "new", NOW, JT_VERDICT_GRANTED);
    check_verdict("bob", "old", NOW, JT_VERDICT_OTHER_OWNER);
    check = check_verdict("alice", "old", NOW, JT_VERDICT_GRANTED);
    ck_assert_str_eq(check.digest, digest_of(units_ring(KEY_1), "old"));
    /* What is unknown goes by the first key's digest into the log. */
    check = check_verdict("alice", "none", NOW, JT_VERDICT_UNKNOWN);
    ck_assert_str_eq(check.digest, digest_of(ring, "none"));
    ring = units_ring(KEY_2);
    check_verdict("alice", "old", NOW, JT_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(test_a_database_that_cannot_say_grants_nothing)
{
    /* F01, F13: "could not find out" is no verdict. */
    jt_token_check_t check;
    jt_secret_hashes_t hashes;

    put("alice", "t", JT_STORE_NEVER);
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 'never'");
    memset(&check, 0xA5, sizeof(check));
    jt_secret_hashes_init(&hashes, ring, "t");
    ck_assert_int_eq(jt_token_check(store, &hashes, "alice", NOW, &check,
                                    units_pool), APR_EGENERAL);
    ck_assert_int_ne(check.verdict, JT_VERDICT_GRANTED);
}
END_TEST

/* Looks at both faults; gives the expiry. */
static apr_int64_t check_draft(const char *label, const char *expires,
                               apr_int64_t now, jt_label_fault_t label_fault,
                               jt_token_expiry_t expiry_fault)
{
    jt_token_draft_t draft;
    int fine = jt_token_draft(&rules, "alice", label, expires, now, &draft,
                              units_pool);

    ck_assert_int_eq(draft.label_fault, label_fault);
    ck_assert_msg(draft.expiry_fault == expiry_fault, "\"%s\" of %d: %d",
                  expires, rules.max_lifetime, (int)draft.expiry_fault);
    ck_assert_int_eq(!fine, label_fault != JT_LABEL_FINE
                            || expiry_fault != JT_TOKEN_EXPIRY_FINE);
    return draft.expires_at;
}

START_TEST(test_a_draft_ends_with_the_day_that_was_typed)
{
    static const struct {
        const char *typed;
        int max_lifetime;
        jt_token_expiry_t fault;
        apr_int64_t expires_at;
    } cases[] = {
        { "", 0, JT_TOKEN_EXPIRY_FINE, JT_STORE_NEVER },
        { "2026-01-15", 0, JT_TOKEN_EXPIRY_FINE, TODAY + 86400 },
        { "9999-12-31", 0, JT_TOKEN_EXPIRY_FINE, JT_DATE_END },
        { "2026-01-14", 0, JT_TOKEN_EXPIRY_PAST, 0 },
        { "1969-12-31", 0, JT_TOKEN_EXPIRY_PAST, 0 },
        { "2026-02-29", 0, JT_TOKEN_EXPIRY_FORMAT, 0 },
        { " ", 0, JT_TOKEN_EXPIRY_FORMAT, 0 },
        { "", 90, JT_TOKEN_EXPIRY_REQUIRED, 0 },
        { "2026-01-15", 90, JT_TOKEN_EXPIRY_FINE, TODAY + 86400 },
        { "2026-04-15", 90, JT_TOKEN_EXPIRY_FINE, TODAY + 91 * 86400 },
        { "2026-04-16", 90, JT_TOKEN_EXPIRY_LATE, 0 },
        { "2026-01-17", 1, JT_TOKEN_EXPIRY_LATE, 0 },
        { "9999-12-31", 2147483647, JT_TOKEN_EXPIRY_FINE, JT_DATE_END }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_int64_t end;

        rules.max_lifetime = cases[i].max_lifetime;
        end = check_draft("ci", cases[i].typed, NOW, JT_LABEL_FINE,
                          cases[i].fault);
        ck_assert(cases[i].fault != JT_TOKEN_EXPIRY_FINE
                  || end == cases[i].expires_at);
    }
}
END_TEST

START_TEST(test_a_draft_names_both_of_its_faults)
{
    check_draft("\t", "soon", NOW, JT_LABEL_CONTROL, JT_TOKEN_EXPIRY_FORMAT);
    check_draft("", "", NOW, JT_LABEL_EMPTY, JT_TOKEN_EXPIRY_FINE);
    /* Today is today's in UTC until its last second. */
    check_draft("ci", "2026-01-15", TODAY + 86399, JT_LABEL_FINE,
                JT_TOKEN_EXPIRY_FINE);
    check_draft("ci", "2026-01-15", TODAY + 86400, JT_LABEL_FINE,
                JT_TOKEN_EXPIRY_PAST);
}
END_TEST

static jt_token_made_t create(const char *user, const char *label,
                              jt_store_row_t **row)
{
    static int count;
    const char *token = apr_psprintf(units_pool, "token %d", count++);
    jt_token_draft_t draft;
    jt_token_made_t made;

    ck_assert(jt_token_draft(&rules, user, label, "", NOW, &draft,
                             units_pool));
    UNITS_OK(jt_token_create(store, &rules, &draft, digest_of(ring, token),
                             NOW, &made, row, units_pool));
    ck_assert(!*row == (made != JT_TOKEN_MADE));
    if (*row) {
        /* The whole of it, as the table has it. */
        UNITS_OK(jt_token_find(store, user, (*row)->id, row, units_pool));
        ck_assert_str_eq((*row)->digest, digest_of(ring, token));
        ck_assert_int_eq((*row)->created_at, NOW);
    }
    return made;
}

/* Fills a user's slots with labels "0", "1", ... */
static void fill(const char *user, int count)
{
    jt_store_row_t *row;
    int i;

    for (i = 0; i < count; i++) {
        ck_assert_int_eq(create(user, apr_itoa(units_pool, i), &row),
                         JT_TOKEN_MADE);
    }
}

START_TEST(test_a_created_token_is_the_row_that_was_asked_for)
{
    jt_token_draft_t draft;
    jt_token_made_t made;
    jt_store_row_t *row;

    ck_assert(jt_token_draft(&rules, "alice", " \xF0\x9F\x98\x80 ",
                             "2027-03-31", NOW, &draft, units_pool));
    UNITS_OK(jt_token_create(store, &rules, &draft, digest_of(ring, "t"), NOW,
                             &made, &row, units_pool));
    ck_assert_int_eq(made, JT_TOKEN_MADE);
    ck_assert_int_gt(row->id, 0);
    ck_assert_str_eq(row->user, "alice");
    ck_assert_str_eq(row->label, "\xF0\x9F\x98\x80");
    ck_assert_int_eq(row->expires_at, 1806451200 + 86400);
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
}
END_TEST

START_TEST(test_at_the_limit_no_token_is_made)
{
    /* K02 */
    static const int limits[] = { 25, 1, 3 };
    jt_store_row_t *row;
    size_t i;

    for (i = 0; i < UNITS_COUNT(limits); i++) {
        rules.max = limits[i];
        fill("alice", limits[i]);
        ck_assert_int_eq(create("alice", "one more", &row), JT_TOKEN_LIMIT);
        ck_assert_int_eq(create("bob", "one more", &row), JT_TOKEN_MADE);
        ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) * 100 + "
            "MAX(slot) FROM jiratoken WHERE user_name = 'alice'", units_pool),
            limits[i] * 100 + limits[i] - 1);
        units_db_run(&db, "DELETE FROM jiratoken");
    }
}
END_TEST

START_TEST(test_a_repeated_label_is_a_duplicate)
{
    jt_store_row_t *row;

    rules.max = 3;
    fill("alice", 2);
    ck_assert_int_eq(create("alice", "1", &row), JT_TOKEN_DUPLICATE);
    ck_assert_int_eq(create("alice", " 1 ", &row), JT_TOKEN_DUPLICATE);
    ck_assert_int_eq(create("alice", "2", &row), JT_TOKEN_MADE);
    ck_assert_int_eq(create("alice", "1", &row), JT_TOKEN_DUPLICATE);
    ck_assert_int_eq(create("alice", "3", &row), JT_TOKEN_LIMIT);
    /* Labels are told apart by their bytes, and by their owners. */
    ck_assert_int_eq(create("bob", "1", &row), JT_TOKEN_MADE);
    ck_assert_int_eq(create("bob", "jos\xC3\xA9", &row), JT_TOKEN_MADE);
    ck_assert_int_eq(create("bob", "jose\xCC\x81", &row), JT_TOKEN_MADE);
}
END_TEST

START_TEST(test_a_creation_that_is_tried_again_finds_its_own_row)
{
    /* F04: the answer to the first was lost, or came too late. */
    jt_token_draft_t draft;
    jt_token_made_t made;
    jt_store_row_t *first;
    jt_store_row_t *second;

    rules.max = 1;
    ck_assert(jt_token_draft(&rules, "alice", "ci", "", NOW, &draft,
                             units_pool));
    UNITS_OK(jt_token_create(store, &rules, &draft, digest_of(ring, "t"), NOW,
                             &made, &first, units_pool));
    UNITS_OK(jt_token_create(store, &rules, &draft, digest_of(ring, "t"),
                             NOW + 1, &made, &second, units_pool));
    ck_assert_int_eq(made, JT_TOKEN_MADE);
    ck_assert_int_eq(second->id, first->id);
    ck_assert_int_eq(second->created_at, NOW);
}
END_TEST

START_TEST(test_a_freed_slot_is_taken_again_and_its_id_is_not)
{
    jt_store_row_t *row;
    jt_store_row_t *gone;

    rules.max = 3;
    fill("alice", 2);
    /* A statement that has died with its schema is no reason to refuse. */
    units_db_run(&db, "CREATE TABLE x (y INTEGER)");
    ck_assert_int_eq(create("alice", "third", &row), JT_TOKEN_MADE);
    UNITS_OK(jt_token_revoke(store, "alice", row->id, &gone, units_pool));
    ck_assert_int_eq(create("alice", "again", &row), JT_TOKEN_MADE);
    ck_assert_int_eq(row->slot, gone->slot);
    ck_assert_int_gt(row->id, gone->id);
    /* Expired ones count until they are revoked. */
    units_db_run(&db, "UPDATE jiratoken SET expires_at = 1");
    ck_assert_int_eq(create("alice", "and again", &row), JT_TOKEN_LIMIT);
}
END_TEST

START_TEST(test_a_lowered_limit_deletes_nothing)
{
    jt_store_row_t *row;

    fill("alice", 5);
    rules.max = 3;
    ck_assert_int_eq(create("alice", "x", &row), JT_TOKEN_LIMIT);
    /* Slots 0 and 1 are free, but three rows are left above them. */
    units_db_run(&db, "DELETE FROM jiratoken WHERE slot < 2");
    ck_assert_int_eq(create("alice", "x", &row), JT_TOKEN_LIMIT);
    ck_assert_int_eq(units_db_number(&db, "SELECT COUNT(*) FROM jiratoken",
                                     units_pool), 3);
    units_db_run(&db, "DELETE FROM jiratoken WHERE slot = 4");
    ck_assert_int_eq(create("alice", "x", &row), JT_TOKEN_MADE);
    ck_assert_int_eq(row->slot, 0);
}
END_TEST

/* A rival row, put in just before ours in the same slot, which then fails:
 * what RAISE(FAIL) leaves behind is what another server would have done. */
#define RIVAL(label) \
    "CREATE TRIGGER t BEFORE INSERT ON jiratoken WHEN NEW.label = 'mine' " \
    "BEGIN INSERT INTO jiratoken (user_name, slot, label, digest) VALUES " \
    "(NEW.user_name, NEW.slot, '" label "', 'r'); " \
    "SELECT RAISE(FAIL, 'taken'); END"
/* The first insertion fails and only what RAISE(FAIL) leaves shows it. */
#define FAILS_ONCE \
    "CREATE TRIGGER t BEFORE INSERT ON jiratoken WHEN NOT EXISTS " \
    "(SELECT 1 FROM jiratoken) BEGIN INSERT INTO jiratoken (user_name, " \
    "slot, label, digest) VALUES ('bob', 0, 'w', 'w'); " \
    "SELECT RAISE(FAIL, 'once'); END"
#define FAILS(when, how) \
    "CREATE TRIGGER t " when " INSERT ON jiratoken " \
    "BEGIN SELECT RAISE(" how "); END"

START_TEST(test_an_insertion_that_fails_is_told_by_what_is_there)
{
    /* K02, F04, F07 */
    static const struct {
        const char *sql;
        int max;
        apr_status_t status;
        jt_token_made_t made;
    } cases[] = {
        { RIVAL("rival"), 2, APR_SUCCESS, JT_TOKEN_CONFLICT },
        { RIVAL("rival"), 1, APR_SUCCESS, JT_TOKEN_LIMIT },
        { RIVAL("mine"), 2, APR_SUCCESS, JT_TOKEN_DUPLICATE },
        /* a slot that was taken and given back */
        { FAILS("BEFORE", "ABORT, 'UNIQUE constraint failed: x.y'"), 2,
          APR_SUCCESS, JT_TOKEN_CONFLICT },
        /* a lock that was waited for in vain */
        { FAILS_ONCE, 2, APR_SUCCESS, JT_TOKEN_MADE },
        /* done, but the answer was lost */
        { FAILS("AFTER", "FAIL, ''"), 2, APR_SUCCESS, JT_TOKEN_MADE },
        { FAILS("AFTER", "ABORT, ''"), 2, APR_EGENERAL, JT_TOKEN_MADE },
        /* said to be done, but not there */
        { FAILS("BEFORE", "IGNORE"), 2, APR_EGENERAL, JT_TOKEN_MADE },
        { "DROP TABLE jiratoken", 2, APR_EGENERAL, JT_TOKEN_MADE }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        jt_token_draft_t draft;
        jt_token_made_t made;
        jt_store_row_t *row;

        rules.max = cases[i].max;
        units_db_run(&db, cases[i].sql);
        jt_token_draft(&rules, "alice", "mine", "", NOW, &draft, units_pool);
        ck_assert_msg(jt_token_create(store, &rules, &draft,
                                      digest_of(ring, "t"), NOW, &made, &row,
                                      units_pool) == cases[i].status,
                      "case %d", (int)i);
        ck_assert_msg(made == cases[i].made || cases[i].status, "case %d",
                      (int)i);
        ck_assert(!row == (cases[i].status || made != JT_TOKEN_MADE));
        units_db_run(&db, "DROP TABLE IF EXISTS jiratoken");
        units_db_load(&db, units_pool);
    }
}
END_TEST

START_TEST(test_a_row_is_marked_until_its_token_is_about_to_be_shown)
{
    /* The answer is lost after so many statements: F04. */
    static const struct {
        const char *sql;
        int is_made;
        int is_unseen;
    } cases[] = {
        { "SELECT 1", 1, 0 },
        { "CREATE TRIGGER t BEFORE UPDATE ON jiratoken BEGIN SELECT "
              "RAISE(ABORT, ''); END", 1, 1 },
        { "CREATE TRIGGER t AFTER INSERT ON jiratoken BEGIN UPDATE jiratoken "
              "SET digest = 'x'; END", 0, 1 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_array_header_t *rows;
        jt_token_draft_t draft;
        jt_token_made_t made;
        jt_store_row_t *row;

        units_db_run(&db, cases[i].sql);
        jt_token_draft(&rules, "alice", "ci", "", NOW, &draft, units_pool);
        jt_token_create(store, &rules, &draft, digest_of(ring, "t"), NOW,
                        &made, &row, units_pool);
        ck_assert_msg(!row == !cases[i].is_made, "case %d", (int)i);
        UNITS_OK(jt_token_list(store, "alice", &rows, units_pool));
        ck_assert_int_eq(rows->nelts, 1);
        ck_assert_msg(jt_store_is_unseen(&APR_ARRAY_IDX(rows, 0,
                                                        jt_store_row_t))
                      == cases[i].is_unseen, "case %d", (int)i);
        units_db_run(&db, "DROP TABLE jiratoken");
        units_db_load(&db, units_pool);
    }
}
END_TEST

START_TEST(test_what_is_not_yours_is_not_there)
{
    /* P03 */
    static const char *const others[] = { "bob", "ALICE", "alice ", "", "%" };
    jt_store_row_t *row;
    apr_array_header_t *rows;
    apr_int64_t id;
    size_t i;

    ck_assert_int_eq(create("alice", "ci", &row), JT_TOKEN_MADE);
    id = row->id;
    for (i = 0; i < UNITS_COUNT(others); i++) {
        UNITS_OK(jt_token_find(store, others[i], id, &row, units_pool));
        ck_assert_ptr_null(row);
        UNITS_OK(jt_token_revoke(store, others[i], id, &row, units_pool));
        ck_assert_ptr_null(row);
        UNITS_OK(jt_token_list(store, others[i], &rows, units_pool));
        ck_assert_int_eq(rows->nelts, 0);
    }
    UNITS_OK(jt_token_find(store, "alice", id, &row, units_pool));
    ck_assert_ptr_nonnull(row);
}
END_TEST

START_TEST(test_a_revoked_token_is_gone_at_once)
{
    /* A05, C01 */
    jt_store_row_t *row;
    apr_int64_t id;

    put("alice", "t", JT_STORE_NEVER);
    id = units_db_number(&db, "SELECT id FROM jiratoken", units_pool);
    UNITS_OK(jt_token_revoke(store, "alice", id + 1, &row, units_pool));
    ck_assert_ptr_null(row);
    check_verdict("alice", "t", NOW, JT_VERDICT_GRANTED);
    UNITS_OK(jt_token_revoke(store, "alice", id, &row, units_pool));
    ck_assert_str_eq(row->label, "t");
    check_verdict("alice", "t", NOW, JT_VERDICT_UNKNOWN);
    UNITS_OK(jt_token_revoke(store, "alice", id, &row, units_pool));
    ck_assert_ptr_null(row);
}
END_TEST

static int is_due(apr_int64_t last_used_at, int interval)
{
    jt_store_row_t row = { 0 };

    row.last_used_at = last_used_at;
    return jt_token_is_touch_due(&row, NOW, interval) != 0;
}

START_TEST(test_a_use_is_due_once_an_interval)
{
    ck_assert_int_eq(is_due(JT_STORE_NEVER, 600), 1);
    ck_assert_int_eq(is_due(NOW - 599, 600), 0);
    ck_assert_int_eq(is_due(NOW - 600, 600), 1);
    ck_assert_int_eq(is_due(0, 600), 1);
    ck_assert_int_eq(is_due(NOW, 1), 0);
    ck_assert_int_eq(is_due(NOW + 60, 600), 0);
    ck_assert_int_eq(is_due(JT_STORE_NEVER, 0), 0);
    ck_assert_int_eq(is_due(0, 0), 0);
}
END_TEST

START_TEST(test_an_id_is_a_canonical_decimal_number)
{
    static const struct {
        const char *text;
        apr_int64_t id;
    } cases[] = {
        { "1", 1 }, { "7", 7 }, { "10", 10 }, { "2147483648", 2147483648 },
        { "9223372036854775807", APR_INT64_C(9223372036854775807) },
        { "1000000000000000000", APR_INT64_C(1000000000000000000) },
        { "", 0 }, { "0", 0 }, { "00", 0 }, { "01", 0 }, { "-1", 0 },
        { "+1", 0 }, { " 1", 0 }, { "1 ", 0 }, { "1\n", 0 }, { "1a", 0 },
        { "a", 0 }, { "0x1", 0 }, { "1e3", 0 }, { "1.0", 0 }, { "1,0", 0 },
        { "9223372036854775808", 0 }, { "9999999999999999999", 0 },
        { "10000000000000000000", 0 }, { "18446744073709551617", 0 },
        { "1/2", 0 }, { "\xD9\xA1", 0 }, { "1\xC2\xA0", 0 }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_int64_t id = 0;
        apr_status_t status = jt_token_parse_id(cases[i].text, &id);

        ck_assert_msg(status == (cases[i].id ? APR_SUCCESS : APR_EINVAL),
                      "\"%s\"", cases[i].text);
        ck_assert(status != APR_SUCCESS || id == cases[i].id);
    }
}
END_TEST

Suite *units_token(void)
{
    Suite *suite = suite_create("token");
    TCase *check = units_case(suite, "check");
    TCase *make = units_case(suite, "make and revoke");

    tcase_add_checked_fixture(check, open_table, NULL);
    tcase_add_test(check, test_an_unknown_token_is_refused);
    tcase_add_test(check, test_a_token_is_its_owners_byte_for_byte);
    tcase_add_test(check, test_a_token_is_expired_from_that_second_on);
    tcase_add_test(check, test_a_limit_that_cannot_be_kept_to_refuses);
    tcase_add_test(check, test_an_old_row_without_dates_never_expires);
    tcase_add_test(check, test_a_token_made_under_an_older_key_is_granted);
    tcase_add_test(check, test_a_database_that_cannot_say_grants_nothing);
    tcase_add_test(check, test_a_use_is_due_once_an_interval);
    tcase_add_test(check, test_an_id_is_a_canonical_decimal_number);
    tcase_add_checked_fixture(make, open_table, NULL);
    tcase_set_timeout(make, 60);
    tcase_add_test(make, test_a_draft_ends_with_the_day_that_was_typed);
    tcase_add_test(make, test_a_draft_names_both_of_its_faults);
    tcase_add_test(make, test_a_created_token_is_the_row_that_was_asked_for);
    tcase_add_test(make, test_at_the_limit_no_token_is_made);
    tcase_add_test(make, test_a_repeated_label_is_a_duplicate);
    tcase_add_test(make,
                   test_a_creation_that_is_tried_again_finds_its_own_row);
    tcase_add_test(make,
                   test_a_row_is_marked_until_its_token_is_about_to_be_shown);
    tcase_add_test(make, test_a_freed_slot_is_taken_again_and_its_id_is_not);
    tcase_add_test(make, test_a_lowered_limit_deletes_nothing);
    tcase_add_test(make,
                   test_an_insertion_that_fails_is_told_by_what_is_there);
    tcase_add_test(make, test_what_is_not_yours_is_not_there);
    tcase_add_test(make, test_a_revoked_token_is_gone_at_once);
    return suite;
}
