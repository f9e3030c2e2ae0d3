/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts a list of tokens. It must not know how a list is shown.
 */
#include "core/jt_order.h"

#include <apr_cstr.h>
#include <stdlib.h>
#include <string.h>

/* A token with its sort key. */
typedef struct sort_item_t {
    jt_token_t token;
    const char *text;   /* compared if not NULL, else number */
    apr_int64_t number;
    int sign;           /* 1: ascending, -1: descending */
    int position;       /* before the sort; makes it stable */
} sort_item_t;

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

static apr_int64_t get_number(const jt_token_t *token, jt_order_key_t key,
                              const jt_token_rules_t *rules, apr_int64_t now)
{
    switch (key) {
    case JT_ORDER_CREATED:
        return token->grant.created_at;
    case JT_ORDER_EXPIRES:
        return token->grant.expires_at == JT_TOKEN_NEVER ? APR_INT64_MAX
                                                 : token->grant.expires_at;
    case JT_ORDER_LAST_USED:
        return token->grant.last_used_at;
    case JT_ORDER_STATUS:
        return jt_token_state(rules, token, now);
    case JT_ORDER_LABEL:
    case JT_ORDER_KEYS:
        break;
    }
    return 0;
}

static int compare_items(const void *left, const void *right)
{
    const sort_item_t *a = left;
    const sort_item_t *b = right;
    int order = a->text ? apr_cstr_casecmp(a->text, b->text)
                        : (a->number > b->number) - (a->number < b->number);

    return order ? a->sign * order : a->position - b->position;
}

void jt_order_sort(apr_array_header_t *tokens, jt_order_key_t key,
                   int descending, const jt_token_rules_t *rules,
                   apr_int64_t now, apr_pool_t *pool)
{
    sort_item_t *items = apr_pcalloc(pool, sizeof(*items)
                                            * (apr_size_t)(tokens->nelts + 1));
    int i;

    for (i = 0; i < tokens->nelts; i++) {
        items[i].token = APR_ARRAY_IDX(tokens, i, jt_token_t);
        items[i].text = key == JT_ORDER_LABEL ? items[i].token.grant.label
                                              : NULL;
        items[i].number = get_number(&items[i].token, key, rules, now);
        items[i].sign = descending ? -1 : 1;
        items[i].position = i;
    }
    qsort(items, (apr_size_t)tokens->nelts, sizeof(*items), compare_items);
    for (i = 0; i < tokens->nelts; i++) {
        APR_ARRAY_IDX(tokens, i, jt_token_t) = items[i].token;
    }
}
