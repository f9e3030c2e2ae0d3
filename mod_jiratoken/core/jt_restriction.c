/* SPDX-License-Identifier: Apache-2.0
 *
 * What a token is limited to, and whether a use is within that. It must not
 * know requests, rows or pages. The check runs for each use of a restricted
 * token, and works on the text itself.
 */
#include "core/jt_restriction.h"

#include <apr_strings.h>
#include <string.h>

#define READ "read"
#define AREAS "areas="
#define FROM "from="

int jt_restriction_is_area(const char *text, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return 0;
        }
    }
    return length >= 1 && length <= JT_RESTRICTION_AREA;
}

/* The first element of a list, which is then without it. Empty elements are
 * elements, also at the end.
 * @return zero when there is none left */
static int take_element(jt_restriction_part_t *list,
                        jt_restriction_part_t *element)
{
    const char *comma;

    if (!list->text) {
        return 0;
    }
    comma = memchr(list->text, ',', list->length);
    *element = *list;
    if (!comma) {
        list->text = NULL;
        return 1;
    }
    element->length = (apr_size_t)(comma - list->text);
    list->text = comma + 1;
    list->length -= element->length + 1;
    return 1;
}

static int are_areas(jt_restriction_part_t list)
{
    jt_restriction_part_t area;

    while (take_element(&list, &area)) {
        if (!jt_restriction_is_area(area.text, area.length)) {
            return 0;
        }
    }
    return 1;
}

/* One word, if the text has it there; the text then begins behind it. */
static jt_restriction_part_t take_word(const char **text, const char *name)
{
    jt_restriction_part_t word = { NULL, 0 };
    apr_size_t length = strlen(name);
    const char *end;

    if (!strncmp(*text, name, length)) {
        word.text = *text + length;
        end = strchr(word.text, ' ');
        word.length = end ? (apr_size_t)(end - word.text) : strlen(word.text);
        *text = word.text + word.length;
        *text += **text == ' ' && (*text)[1] != '\0';
    }
    return word;
}

/* The networks are left as they are: a check parses each once. */
static int parse_words(const char *text, jt_restriction_t *out)
{
    jt_restriction_part_t word;
    const char *rest = text;

    memset(out, 0, sizeof(*out));
    word = take_word(&rest, READ);
    if (word.length) {
        return 0; /* "reads" */
    }
    out->is_read_only = word.text != NULL;
    out->areas = take_word(&rest, AREAS);
    out->from = take_word(&rest, FROM);
    return *text && !*rest && are_areas(out->areas);
}

/* Of a link-local address, a zone follows in the text. */
static int parse_client(const jt_restriction_use_t *use, jt_network_t *client)
{
    if (use->bytes) {
        jt_network_set(client, use->bytes, use->bytes_size);
        return 1;
    }
    return use->address
           && jt_network_parse(use->address, strcspn(use->address, "%"),
                               client) == JT_NETWORK_FINE
           && client->bits == client->size * 8;
}

/* All networks are parsed, also behind one that fits. */
static jt_restriction_found_t find_address(jt_restriction_part_t networks,
                                           const jt_restriction_use_t *use)
{
    jt_restriction_found_t found = JT_RESTRICTION_ADDRESS;
    jt_restriction_part_t element;
    jt_network_t network;
    jt_network_t client;
    int is_known = parse_client(use, &client);

    while (take_element(&networks, &element)) {
        if (jt_network_parse(element.text, element.length, &network)
                != JT_NETWORK_FINE) {
            return JT_RESTRICTION_UNKNOWN;
        }
        if (is_known && jt_network_has(&network, &client)) {
            found = JT_RESTRICTION_FINE;
        }
    }
    return found;
}

int jt_restriction_parse(const char *text, jt_restriction_t *out)
{
    static const jt_restriction_use_t none;

    return parse_words(text, out)
           && find_address(out->from, &none) != JT_RESTRICTION_UNKNOWN;
}

static int has_area(jt_restriction_part_t areas, const char *name)
{
    apr_size_t length = name ? strlen(name) : 0;
    jt_restriction_part_t area;

    while (name && take_element(&areas, &area)) {
        if (area.length == length && !memcmp(area.text, name, length)) {
            return 1;
        }
    }
    return 0;
}

jt_restriction_found_t jt_restriction_check(const char *text,
                                            const jt_restriction_use_t *use)
{
    jt_restriction_t limits;
    jt_restriction_found_t found;

    if (!text) {
        return JT_RESTRICTION_FINE;
    }
    if (!parse_words(text, &limits)) {
        return JT_RESTRICTION_UNKNOWN;
    }
    found = limits.from.text ? find_address(limits.from, use)
                             : JT_RESTRICTION_FINE;
    if (found != JT_RESTRICTION_FINE || use->is_own) {
        return found;
    }
    if (limits.is_read_only && !use->is_reading) {
        return JT_RESTRICTION_METHOD;
    }
    return limits.areas.text && !has_area(limits.areas, use->area)
               ? JT_RESTRICTION_AREA_OTHER : JT_RESTRICTION_FINE;
}

/* ---- making the text */

static int has_text(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; texts && i < texts->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(texts, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

static int is_known(const apr_array_header_t *known, const char *name)
{
    int i;

    for (i = 0; known && i < known->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(known, i, jt_restriction_area_t).name,
                    name)) {
            return 1;
        }
    }
    return 0;
}

static jt_restriction_fault_t find_unknown(const apr_array_header_t *areas,
                                           const apr_array_header_t *known,
                                           const char **what)
{
    int i;

    for (i = 0; i < areas->nelts; i++) {
        *what = APR_ARRAY_IDX(areas, i, const char *);
        if (!is_known(known, *what)) {
            return JT_RESTRICTION_NO_AREA;
        }
    }
    return i ? JT_RESTRICTION_NO_FAULT : JT_RESTRICTION_NOTHING;
}

/* In the site's order. */
static jt_restriction_fault_t choose_areas(const apr_array_header_t *areas,
                                           const apr_array_header_t *known,
                                           apr_array_header_t *chosen,
                                           const char **what)
{
    jt_restriction_fault_t fault = find_unknown(areas, known, what);
    int i;

    for (i = 0; fault == JT_RESTRICTION_NO_FAULT && i < known->nelts; i++) {
        const char *name = APR_ARRAY_IDX(known, i, jt_restriction_area_t).name;

        if (has_text(areas, name) && !has_text(chosen, name)) {
            APR_ARRAY_PUSH(chosen, const char *) = name;
        }
    }
    return fault;
}

static jt_restriction_fault_t add_network(const char *text,
                                          apr_array_header_t *chosen,
                                          jt_restriction_made_t *made)
{
    static const jt_restriction_fault_t faults[] = {
        [JT_NETWORK_FORM] = JT_RESTRICTION_NO_NETWORK,
        [JT_NETWORK_BITS] = JT_RESTRICTION_WIDE,
        [JT_NETWORK_ALL] = JT_RESTRICTION_ALL,
        [JT_NETWORK_HOST] = JT_RESTRICTION_HOST,
        [JT_NETWORK_FINE] = JT_RESTRICTION_NO_FAULT
    };
    char canonical[JT_NETWORK_SIZE] = "";
    jt_network_t network;
    jt_network_fault_t fault = jt_network_parse(text, strlen(text), &network);
    const char *name;

    made->what = text;
    if (fault >= JT_NETWORK_HOST) {
        jt_network_format(&network, canonical);
    }
    name = apr_pstrdup(chosen->pool, canonical);
    if (fault == JT_NETWORK_HOST) {
        made->meant = name;
    }
    else if (fault == JT_NETWORK_FINE && !has_text(chosen, name)) {
        APR_ARRAY_PUSH(chosen, const char *) = name;
    }
    return faults[fault];
}

static jt_restriction_fault_t choose_networks(
    const apr_array_header_t *networks, apr_array_header_t *chosen,
    jt_restriction_made_t *made)
{
    int i;

    for (i = 0; i < networks->nelts; i++) {
        jt_restriction_fault_t fault = add_network(
            APR_ARRAY_IDX(networks, i, const char *), chosen, made);

        if (fault != JT_RESTRICTION_NO_FAULT) {
            return fault;
        }
    }
    if (chosen->nelts > JT_RESTRICTION_NETWORKS) {
        return JT_RESTRICTION_MANY;
    }
    return i ? JT_RESTRICTION_NO_FAULT : JT_RESTRICTION_NOTHING;
}

static const char *add_word(const char *text, const char *name,
                            const apr_array_header_t *elements,
                            apr_pool_t *pool)
{
    const char *list = elements ? apr_array_pstrcat(pool, elements, ',') : "";

    return apr_pstrcat(pool, text ? text : "", text ? " " : "", name, list,
                       NULL);
}

void jt_restriction_make(const jt_restriction_wish_t *wish,
                         const apr_array_header_t *known,
                         jt_restriction_made_t *made, apr_pool_t *pool)
{
    apr_array_header_t *areas = apr_array_make(pool, 4, sizeof(const char *));
    apr_array_header_t *from = apr_array_make(pool, 4, sizeof(const char *));

    memset(made, 0, sizeof(*made));
    if (wish->areas) {
        made->fault = choose_areas(wish->areas, known, areas, &made->what);
    }
    if (wish->networks && made->fault == JT_RESTRICTION_NO_FAULT) {
        made->fault = choose_networks(wish->networks, from, made);
    }
    if (made->fault != JT_RESTRICTION_NO_FAULT) {
        return;
    }
    if (wish->is_read_only) {
        made->text = add_word(NULL, READ, NULL, pool);
    }
    if (areas->nelts) {
        made->text = add_word(made->text, AREAS, areas, pool);
    }
    if (from->nelts) {
        made->text = add_word(made->text, FROM, from, pool);
    }
    if (made->text && strlen(made->text) > JT_RESTRICTION_SIZE) {
        made->text = NULL;
        made->fault = JT_RESTRICTION_LONG;
    }
}

apr_array_header_t *jt_restriction_split(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *made = apr_array_make(pool, 4, sizeof(const char *));
    char *state = NULL;
    char *part = apr_strtok(apr_pstrdup(pool, text), ", \t\r\n\v\f", &state);

    while (part) {
        APR_ARRAY_PUSH(made, const char *) = part;
        part = apr_strtok(NULL, ", \t\r\n\v\f", &state);
    }
    return made->nelts ? made : NULL;
}
