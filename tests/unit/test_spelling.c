/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of jt_spelling.c: the next spelling from any text on, held against all
 * spellings there are.
 */
#include "units.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_spelling.h"

/* The nth of the spellings of a name: a bit for each letter. */
static const char *spell(const char *name, int nth)
{
    char *made = apr_pstrdup(units_pool, name);
    int i;

    for (i = 0; made[i]; i++) {
        if (!(nth >> i & 1) && made[i] >= 'a' && made[i] <= 'z') {
            made[i] = (char)(made[i] - 'a' + 'A');
        }
    }
    return made;
}

static const char *find_slowly(const char *name, const char *from)
{
    const char *best = NULL;
    int nth;

    for (nth = 0; nth < 1 << strlen(name); nth++) {
        const char *one = spell(name, nth);

        if (strcmp(one, from) >= 0 && (!best || strcmp(one, best) < 0)) {
            best = one;
        }
    }
    return best;
}

static void check_next(const char *name, const char *from)
{
    const char *found = jt_spelling_next(name, from, units_pool);
    const char *wish = find_slowly(name, from);

    ck_assert_msg(!found == !wish && (!wish || !strcmp(found, wish)),
                  "%s from \"%s\": %s, not %s", name, from,
                  found ? found : "none", wish ? wish : "none");
    ck_assert(!found || jt_spelling_is(name, found));
}

START_TEST(test_the_next_spelling_is_the_next_of_all)
{
    static const char *const names[] = {
        "a", "ab", "zz", "a1b", "1", "_a@", "\xC3\xA9z", "bob"
    };
    static const char letters[] = "aAbBzZ1_@[`\x01\x7F\xC3\xA9\xFF";
    size_t i;
    size_t j;
    size_t k;
    size_t l;

    for (i = 0; i < UNITS_COUNT(names); i++) {
        check_next(names[i], "");
        for (j = 0; j < strlen(letters); j++) {
            for (k = 0; k <= strlen(letters); k++) {
                for (l = 0; l <= strlen(letters); l++) {
                    char from[4] = { letters[j], letters[k], letters[l], 0 };

                    check_next(names[i], from);
                }
            }
        }
    }
}
END_TEST

START_TEST(test_all_spellings_are_reached)
{
    const char *from = "";
    int count;

    for (count = 0;; count++) {
        from = jt_spelling_next("alice", from, units_pool);
        if (!from) {
            break;
        }
        ck_assert(jt_spelling_is("alice", from));
        from = apr_pstrcat(units_pool, from, "\x01", NULL);
    }
    ck_assert_int_eq(count, 32);
}
END_TEST

START_TEST(test_a_spelling_differs_in_ascii_case_alone)
{
    static const char *const others[] = {
        "", "alic", "alice ", "alicf", "al\304\261ce", "ALICE\x01", "`lice"
    };
    size_t i;

    ck_assert(jt_spelling_is("alice", "ALIce"));
    ck_assert(jt_spelling_is("caf\xC3\xA9", "CAF\xC3\xA9"));
    ck_assert(!jt_spelling_is("caf\xC3\xA9", "caf\xC3\x89"));
    ck_assert(jt_spelling_is("", ""));
    for (i = 0; i < UNITS_COUNT(others); i++) {
        ck_assert(!jt_spelling_is("alice", others[i]));
    }
}
END_TEST

Suite *units_spelling(void)
{
    Suite *suite = suite_create("spelling");
    TCase *next = units_case(suite, "next");

    tcase_add_test(next, test_the_next_spelling_is_the_next_of_all);
    tcase_add_test(next, test_all_spellings_are_reached);
    tcase_add_test(next, test_a_spelling_differs_in_ascii_case_alone);
    return suite;
}
