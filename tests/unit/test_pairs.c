/* SPDX-License-Identifier: Apache-2.0
 *
 * What is removed from a table, and that all else stays, in its order.
 */
#include "units.h"

#include <apr_strings.h>

#include "core/jt_pairs.h"

static int is_bad(const apr_table_entry_t *pair, const void *context)
{
    return strstr(pair->val, context) != NULL;
}

/* A table of "name=value" words. */
static apr_table_t *make_table(apr_pool_t *pool, const char *words)
{
    apr_table_t *table = apr_table_make(pool, 2);
    char *state = NULL;
    char *word = apr_strtok(apr_pstrdup(pool, words), " ", &state);

    while (word) {
        char *value = strchr(word, '=');

        *value++ = '\0';
        apr_table_addn(table, word, value);
        word = apr_strtok(NULL, " ", &state);
    }
    return table;
}

static const char *list_of(apr_pool_t *pool, const apr_table_t *table)
{
    const apr_array_header_t *pairs = apr_table_elts(table);
    const char *text = "";
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const apr_table_entry_t *pair =
            &APR_ARRAY_IDX(pairs, i, apr_table_entry_t);

        text = apr_pstrcat(pool, text, *text ? " " : "", pair->key, "=",
                           pair->val, NULL);
    }
    return text;
}

START_TEST(test_what_is_meant_goes_and_nothing_else)
{
    static const struct {
        const char *before;
        const char *after;
    } cases[] = {
        { "", "" },
        { "a=good", "a=good" },
        { "a=bad", "" },
        { "a=bad b=bad c=bad", "" },
        { "a=1 b=bad c=3", "a=1 c=3" },
        { "a=1 b=bad c=3 d=bad e=5", "a=1 c=3 e=5" },
        { "a=bad b=2 c=bad", "b=2" },
        { "a=1 b=bad A=bad c=3", "c=3" },       /* a name is in any case */
        { "a=bad b=2 a=1 c=3 A=4", "b=2 c=3" },
        { "a=1 b=2 a=bad b=bad c=3", "c=3" },
        { "x=bad x=bad x=bad y=1 x=bad", "y=1" },
        { "y=1 x=1 x=1 x=bad", "y=1" }
    };
    size_t i;

    for (i = 0; i < UNITS_COUNT(cases); i++) {
        apr_table_t *table = make_table(units_pool, cases[i].before);

        jt_pairs_drop(table, is_bad, "bad");
        ck_assert_str_eq(list_of(units_pool, table), cases[i].after);
    }
}
END_TEST

Suite *units_pairs(void)
{
    Suite *suite = suite_create("pairs");
    TCase *pairs = units_case(suite, "pairs");

    tcase_add_test(pairs, test_what_is_meant_goes_and_nothing_else);
    return suite;
}
