/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives networks, restrictions as somebody could leave them in the table, and
 * wishes as somebody could type them, to what reads them.
 */
#include "fuzz.h"

#include <apr_strings.h>
#include <string.h>

#include "core/jt_restriction.h"

#define MUST FUZZ_MUST

static jt_network_fault_t parse(const char *text, jt_network_t *network)
{
    return jt_network_parse(text, strlen(text), network);
}

/* ---- networks */

static jt_network_t make_address(const jt_network_t *network)
{
    jt_network_t address = *network;

    address.bits = address.size * 8;
    return address;
}

static void flip(jt_network_t *address, int bit)
{
    address->address[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
}

/* Whichever bit is another one, the network's decide. */
static void check_members(const jt_network_t *network)
{
    jt_network_t address = make_address(network);
    jt_network_t other = *network;
    int bit;

    MUST(jt_network_has(network, &address));
    for (bit = 0; bit < address.bits; bit++) {
        flip(&address, bit);
        MUST(!jt_network_has(network, &address) == (bit < network->bits));
        flip(&address, bit);
    }
    for (bit = network->bits; bit < address.bits; bit++) {
        flip(&address, bit);
        MUST(jt_network_has(network, &address));
    }
    other.size = 20 - other.size; /* of the other family */
    other.bits = other.size * 8;
    MUST(!jt_network_has(network, &other));
}

static int is_zero(const unsigned char *bytes, int count)
{
    int sum = 0;

    while (count-- > 0) {
        sum |= bytes[count];
    }
    return !sum;
}

/* Of a network that was read, or meant. */
static void check_network(const jt_network_t *network)
{
    char text[JT_NETWORK_SIZE];
    char text_again[JT_NETWORK_SIZE];
    jt_network_t again;

    MUST(network->size == 4 || network->size == 16);
    MUST(network->bits >= 1 && network->bits <= network->size * 8);
    MUST(is_zero(network->address + network->size, 16 - network->size));
    jt_network_format(network, text);
    MUST(strlen(text) < JT_NETWORK_SIZE);
    MUST(*text && !text[strspn(text, "0123456789abcdef:./")]);
    MUST(parse(text, &again) == JT_NETWORK_FINE);
    MUST(!memcmp(&again, network, sizeof(again)));
    jt_network_format(&again, text_again);
    MUST(!strcmp(text, text_again));
    check_members(network);
    if (network->size == 4) { /* and as RFC 4291, section 2.5.5.2, has it */
        char *slash = strchr(text, '/');

        if (slash) {
            *slash = '\0';
        }
        MUST(parse(apr_psprintf(fuzz_pool, "::ffff:%s/%d", text,
                                network->bits + 96), &again)
             == JT_NETWORK_FINE);
        MUST(!memcmp(&again, network, sizeof(again)));
    }
}

/* The address that a network was typed with.
 * @param is_exact whether no bit of it is beyond the network */
static void check_typed(const char *text, const jt_network_t *network,
                        int is_exact)
{
    apr_size_t head = strcspn(text, "/");
    jt_network_t address;

    MUST(jt_network_parse(text, head, &address) == JT_NETWORK_FINE);
    MUST(address.bits == address.size * 8);
    if (network->size != address.size) {
        /* ::ffff:0:0/95 is wider than IPv4. */
        MUST(network->size == 16 && network->bits < 96);
        return;
    }
    MUST(jt_network_has(network, &address));
    MUST(is_exact == !memcmp(network->address, address.address,
                             sizeof(address.address)));
}

void fuzz_network(const uint8_t *bytes, size_t length)
{
    const char *text = apr_pstrmemdup(fuzz_pool, (const char *)bytes, length);
    jt_network_t network;
    jt_network_fault_t fault = jt_network_parse((const char *)bytes, length,
                                                &network);

    if (strlen(text) < length) {
        MUST(fault == JT_NETWORK_FORM);
        return;
    }
    MUST(fault == JT_NETWORK_FORM || strchr(text, '.') || strchr(text, ':'));
    switch (fault) {
    case JT_NETWORK_FORM:
        break;
    case JT_NETWORK_BITS:
    case JT_NETWORK_ALL:
        MUST(strchr(text, '/'));
        break;
    case JT_NETWORK_HOST:
        MUST(strchr(text, '/'));
        check_network(&network);
        check_typed(text, &network, 0);
        break;
    case JT_NETWORK_FINE:
        check_network(&network);
        check_typed(text, &network, 1);
        break;
    }
}

/* ---- restrictions */

/* One line of a text, which is then without it. */
static const char *take_line(char **text)
{
    char *line = *text;
    char *end = line + strcspn(line, "\n");

    *text = end + (*end == '\n');
    *end = '\0';
    return line;
}

/* The elements of a part, empty ones among them. */
static apr_array_header_t *list_part(const jt_restriction_part_t *part)
{
    apr_array_header_t *list;
    char *element;
    char *comma;

    if (!part->text) {
        return NULL;
    }
    list = apr_array_make(fuzz_pool, 1, sizeof(const char *));
    element = apr_pstrmemdup(fuzz_pool, part->text, part->length);
    while ((comma = strchr(element, ','))) {
        *comma = '\0';
        APR_ARRAY_PUSH(list, const char *) = element;
        element = comma + 1;
    }
    APR_ARRAY_PUSH(list, const char *) = element;
    return list;
}

static apr_array_header_t *make_site(const apr_array_header_t *names)
{
    apr_array_header_t *site = apr_array_make(fuzz_pool, 1,
                                              sizeof(jt_restriction_area_t));
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (jt_restriction_is_area(name, strlen(name))) {
            jt_restriction_area_t *area = apr_array_push(site);

            area->name = area->title = name;
        }
    }
    return site;
}

/* The text that is made of a text. */
static jt_restriction_made_t make_again(const char *text)
{
    jt_restriction_wish_t wish;
    jt_restriction_made_t made;
    jt_restriction_t parts;

    MUST(jt_restriction_parse(text, &parts));
    wish.is_read_only = parts.is_read_only;
    wish.areas = list_part(&parts.areas);
    wish.networks = list_part(&parts.from);
    jt_restriction_make(&wish, make_site(wish.areas), &made, fuzz_pool);
    return made;
}

static int has_address(const apr_array_header_t *networks, const char *address)
{
    jt_network_t client;
    jt_network_t network;
    int i;

    if (jt_network_parse(address, strcspn(address, "%"), &client)
            != JT_NETWORK_FINE
        || client.bits < client.size * 8) {
        return 0;
    }
    for (i = 0; i < networks->nelts; i++) {
        MUST(parse(APR_ARRAY_IDX(networks, i, const char *), &network)
             == JT_NETWORK_FINE);
        if (jt_network_has(&network, &client)) {
            return 1;
        }
    }
    return 0;
}

static int has_text(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; i < texts->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(texts, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

/* What a text that is understood says of a use, word by word. */
static jt_restriction_found_t judge(const char *text,
                                    const jt_restriction_use_t *use)
{
    jt_restriction_t parts;

    MUST(jt_restriction_parse(text, &parts));
    if (parts.from.text && !has_address(list_part(&parts.from), use->address)) {
        return JT_RESTRICTION_ADDRESS;
    }
    if (!use->is_own && !use->is_reading && !strncmp(text, "read", 4)) {
        return JT_RESTRICTION_METHOD;
    }
    return !use->is_own && parts.areas.text
                   && !has_text(list_part(&parts.areas), use->area)
               ? JT_RESTRICTION_AREA_OTHER : JT_RESTRICTION_FINE;
}

static void check_words(const char *text)
{
    char *state = NULL;
    char *word = apr_strtok(apr_pstrdup(fuzz_pool, text), " ", &state);

    for (; word; word = apr_strtok(NULL, " ", &state)) {
        MUST(!strcmp(word, "read") || !strncmp(word, "areas=", 6)
             || !strncmp(word, "from=", 5));
    }
}

/* What is before or behind a text makes another of it. */
static void check_ends(const char *text, const jt_restriction_use_t *use)
{
    static const char *const more[] = { " ", "\n", ",", " x", " read", "/" };
    size_t i;

    for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
        MUST(jt_restriction_check(apr_pstrcat(fuzz_pool, text, more[i], NULL),
                                  use) == JT_RESTRICTION_UNKNOWN);
        MUST(jt_restriction_check(apr_pstrcat(fuzz_pool, more[i], text, NULL),
                                  use) == JT_RESTRICTION_UNKNOWN);
    }
}

static void check_understood(const char *text, jt_restriction_use_t use)
{
    static const jt_restriction_use_t nothing;
    jt_restriction_made_t made = make_again(text);
    int i;

    MUST(!text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"
                      "-=,./: ")]);
    MUST(jt_restriction_check(text, &nothing) != JT_RESTRICTION_FINE);
    MUST(made.fault == JT_RESTRICTION_NO_FAULT
         || made.fault == JT_RESTRICTION_MANY
         || made.fault == JT_RESTRICTION_LONG);
    check_words(text);
    check_ends(text, &use);
    for (i = 0; i < 4; i++) {
        jt_restriction_found_t found;

        use.is_reading = i & 1;
        use.is_own = i & 2;
        found = jt_restriction_check(text, &use);
        MUST(found == judge(text, &use));
        MUST(!made.text || jt_restriction_check(made.text, &use) == found);
    }
}

void fuzz_restriction(const char *text)
{
    char *rest = apr_pstrdup(fuzz_pool, text);
    const char *line = take_line(&rest);
    jt_restriction_use_t use = { NULL, 1, NULL, 1, NULL, 0 };
    jt_restriction_t parts;
    int is_known;

    use.address = take_line(&rest);
    use.area = rest;
    is_known = jt_restriction_check(line, &use) != JT_RESTRICTION_UNKNOWN;
    MUST(is_known == !!jt_restriction_parse(line, &parts));
    if (is_known) {
        check_understood(line, use);
    }
}

/* ---- wishes */

#define SEPARATORS ", \t\r\n\v\f"

/* What is not in the list was between its elements. */
static void check_split(const char *text, const apr_array_header_t *list)
{
    int i;

    MUST(!list || list->nelts);
    for (i = 0; list && i < list->nelts; i++) {
        const char *element = APR_ARRAY_IDX(list, i, const char *);
        apr_size_t length = strlen(element);

        text += strspn(text, SEPARATORS);
        MUST(length && strcspn(text, SEPARATORS) == length);
        MUST(!strncmp(text, element, length));
        text += length;
    }
    MUST(!text[strspn(text, SEPARATORS)]);
}

static void check_fault(const jt_restriction_wish_t *wish,
                        const jt_restriction_made_t *made)
{
    const apr_array_header_t *of = made->fault == JT_RESTRICTION_NO_AREA
                                       ? wish->areas : wish->networks;
    jt_network_t network;

    MUST(!made->text);
    /* A list without elements comes from split() as NULL. */
    MUST(made->fault != JT_RESTRICTION_NOTHING);
    if (made->fault != JT_RESTRICTION_LONG) {
        MUST(made->what && has_text(of, made->what));
    }
    MUST(!made->meant == (made->fault != JT_RESTRICTION_HOST));
    if (made->meant) {
        MUST(parse(made->meant, &network) == JT_NETWORK_FINE);
        check_typed(made->what, &network, 0);
    }
}

/* Each address and each area that was asked for is within. */
static void check_asked(const jt_restriction_wish_t *wish, const char *text)
{
    jt_restriction_use_t use = { "", wish->is_read_only, "", 0, NULL, 0 };
    int i;

    for (i = 0; wish->areas && i < wish->areas->nelts; i++) {
        use.area = APR_ARRAY_IDX(wish->areas, i, const char *);
        MUST(jt_restriction_check(text, &use)
             == (wish->networks ? JT_RESTRICTION_ADDRESS
                                : JT_RESTRICTION_FINE));
    }
    for (i = 0; wish->networks && i < wish->networks->nelts; i++) {
        const char *typed = APR_ARRAY_IDX(wish->networks, i, const char *);
        jt_network_t network;

        MUST(parse(typed, &network) == JT_NETWORK_FINE);
        use.address = apr_pstrndup(fuzz_pool, typed, strcspn(typed, "/"));
        MUST(jt_restriction_check(text, &use) == JT_RESTRICTION_FINE
             || network.bits < 96);
    }
}

static void check_once(const apr_array_header_t *list)
{
    int i;
    int j;

    for (i = 0; list && i < list->nelts; i++) {
        for (j = 0; j < i; j++) {
            MUST(strcmp(APR_ARRAY_IDX(list, i, const char *),
                        APR_ARRAY_IDX(list, j, const char *)));
        }
    }
}

static void check_made(const jt_restriction_wish_t *wish,
                       const jt_restriction_made_t *made)
{
    const char *text = made->text;
    jt_restriction_t parts;

    if (!text) {
        MUST(!wish->is_read_only && !wish->areas && !wish->networks);
        return;
    }
    MUST(strlen(text) <= JT_RESTRICTION_SIZE);
    MUST(!strcmp(make_again(text).text, text));
    MUST(!strncmp(text, "read", 4) == !!wish->is_read_only);
    MUST(!strstr(text, "areas=") == !wish->areas);
    MUST(!strstr(text, "from=") == !wish->networks);
    MUST(jt_restriction_parse(text, &parts));
    check_once(list_part(&parts.areas));
    check_once(list_part(&parts.from));
    MUST(!parts.from.text
         || list_part(&parts.from)->nelts <= JT_RESTRICTION_NETWORKS);
    check_asked(wish, text);
}

void fuzz_wish(const char *text)
{
    char *rest = apr_pstrdup(fuzz_pool, text);
    const char *site = take_line(&rest);
    const char *areas = take_line(&rest);
    jt_restriction_wish_t wish;

    wish.areas = jt_restriction_split(areas, fuzz_pool);
    wish.networks = jt_restriction_split(rest, fuzz_pool);
    check_split(areas, wish.areas);
    check_split(rest, wish.networks);
    for (wish.is_read_only = 0; wish.is_read_only < 2; wish.is_read_only++) {
        jt_restriction_made_t made;

        jt_restriction_make(&wish,
                            make_site(jt_restriction_split(site, fuzz_pool)),
                            &made, fuzz_pool);
        if (made.fault == JT_RESTRICTION_NO_FAULT) {
            check_made(&wish, &made);
        }
        else {
            check_fault(&wish, &made);
        }
    }
}
