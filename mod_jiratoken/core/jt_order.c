/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of a list of tokens. Knows what a list shows of each, not how.
 */
#include "core/jt_order.h"

#include <apr_cstr.h>
#include <stdlib.h>
#include <string.h>

/* A token with what it is ordered by, so that the comparison needs no more. */
typedef struct place_t {
    jt_token_t token;
    const char *text;   /* compared first, where there is one */
    apr_int64_t number;
    int turn;           /* 1, or -1 for the other way round */
    int position;       /* before the sort: makes it stable */
} place_t;

const char *jt_order_name(jt_order_key_t key)
{
    static const char *const names[JT_ORDER_KEYS] = {
        "label", "created", "expires", "last-used", "status"
    };

    return names[key];
}

jt_order_key_t jt_order_parse(const char *name)
{
    int key;

    for (key = 0; key < JT_ORDER_KEYS; key++) {
        if (!strcmp(name, jt_order_name((jt_order_key_t)key))) {
            break;
        }
    }
    return (jt_order_key_t)key;
}

static apr_int64_t number_of(const jt_token_t *token, jt_order_key_t key,
                             apr_int64_t now)
{
    switch (key) {
    case JT_ORDER_CREATED:
        return token->created_at;
    case JT_ORDER_EXPIRES:
        return token->grant.expires_at == JT_TOKEN_NEVER ? APR_INT64_MAX
                                                 : token->grant.expires_at;
    case JT_ORDER_LAST_USED:
        return token->grant.last_used_at;
    case JT_ORDER_STATUS:
        return jt_token_state(&token->grant, now);
    case JT_ORDER_LABEL:
    case JT_ORDER_KEYS:
        break;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const place_t *a = left;
    const place_t *b = right;
    int order = a->text ? apr_cstr_casecmp(a->text, b->text)
                        : (a->number > b->number) - (a->number < b->number);

    return order ? a->turn * order : a->position - b->position;
}

void jt_order_sort(apr_array_header_t *tokens, jt_order_key_t key,
                   int descending, apr_int64_t now, apr_pool_t *pool)
{
    place_t *places = apr_pcalloc(pool, sizeof(*places)
                                            * (apr_size_t)(tokens->nelts + 1));
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        places[i].token = APR_ARRAY_IDX(tokens, i, jt_token_t);
        places[i].text = key == JT_ORDER_LABEL ? places[i].token.grant.label
                                               : NULL;
        places[i].number = number_of(&places[i].token, key, now);
        places[i].turn = descending ? -1 : 1;
        places[i].position = i;
    }
    qsort(places, (apr_size_t)tokens->nelts, sizeof(*places), compare);
    for (i = 0; i < tokens->nelts; i++) {
        APR_ARRAY_IDX(tokens, i, jt_token_t) = places[i].token;
    }
}
