/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives bytes that anybody could send to all that reads them in the pure
 * layer, and holds it to what the headers promise. What is right comes from
 * the other direction (what was quoted is read back, what was taken is written
 * again), not from the code under test. Linked without httpd.
 */
#include "fuzz.h"

#include <apr_base64.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "core/jt_basic.h"
#include "core/jt_date.h"
#include "core/jt_label.h"
#include "core/jt_order.h"
#include "core/jt_secret.h"
#include "core/jt_token.h"
#include "core/jt_user.h"

#define MUST FUZZ_MUST

#define BASE62 \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

apr_pool_t *fuzz_pool; /* cleared after each input */

#ifdef FUZZ_HEAP
/* In front of APR's own: a pool hands out parts of one large block, so that
 * AddressSanitizer could not tell where a string of ours ends. */
typedef struct block_t block_t;

struct block_t {
    block_t *next;
    void *memory;
};

static block_t *blocks; /* of the input at hand */
static block_t *kept;   /* APR's own */

static void *allocate(size_t size)
{
    void *memory = malloc(size);

    if (!memory) {
        abort();
    }
    return memory;
}

void *apr_palloc(apr_pool_t *from, apr_size_t size)
{
    block_t **list = from == fuzz_pool ? &blocks : &kept;
    block_t *block = allocate(sizeof(*block));

    block->memory = allocate(size);
    block->next = *list;
    *list = block;
    return block->memory;
}

static void free_blocks(void)
{
    while (blocks) {
        block_t *next = blocks->next;

        free(blocks->memory);
        free(blocks);
        blocks = next;
    }
}
#else
static void free_blocks(void)
{
}
#endif

/* How many bytes the character at text has by the table of RFC 3629, section
 * 4; 0 for malformed ones. */
static int utf8_length(const char *text)
{
    static const unsigned char forms[][5] = {
        /* first byte, second byte, length */
        { 0x01, 0x7F, 0x00, 0xFF, 1 }, { 0xC2, 0xDF, 0x80, 0xBF, 2 },
        { 0xE0, 0xE0, 0xA0, 0xBF, 3 }, { 0xE1, 0xEC, 0x80, 0xBF, 3 },
        { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
        { 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 },
        { 0xF4, 0xF4, 0x80, 0x8F, 4 }
    };
    const unsigned char *s = (const unsigned char *)text;
    size_t row;
    int i;

    for (row = 0; row < sizeof(forms) / sizeof(forms[0]); row++) {
        const unsigned char *form = forms[row];

        if (s[0] < form[0] || s[0] > form[1] || s[1] < form[2]
            || s[1] > form[3]) {
            continue;
        }
        for (i = 2; i < form[4]; i++) {
            if (s[i] < 0x80 || s[i] > 0xBF) {
                return 0;
            }
        }
        return form[4];
    }
    return 0;
}

static void check_next(const char *text)
{
    while (*text) {
        const char *next = text;
        int length = utf8_length(text);

        MUST((jt_label_next(&next) >= 0) == (length > 0));
        MUST(next == text + length);
        text += length ? length : 1;
    }
}

static int is_lawful(const char *text)
{
    while (*text) {
        if (jt_label_next(&text) < 0) {
            return 0;
        }
    }
    return 1;
}

static void check_wiped(jt_basic_t *read)
{
    apr_size_t i;

    MUST(strlen(read->password) < read->size);
    jt_basic_wipe(read);
    for (i = 0; i < read->size; i++) {
        MUST(read->password[i] == '\0');
    }
}

static const char *encode(const char *text)
{
    int length = (int)strlen(text);
    int size = apr_base64_encode_len(length);
    char *made = apr_palloc(fuzz_pool, (apr_size_t)size);

    apr_base64_encode(made, text, length);
    return made;
}

static void fuzz_basic_header(const char *text)
{
    jt_basic_t read;
    const char *coded;

    if (!jt_basic_parse(text, &read, fuzz_pool)) {
        return;
    }
    MUST(!strchr(read.user, ':'));
    coded = jt_basic_after_scheme(text, "Basic");
    MUST(coded);
    /* Without a colon, all of it is the user. */
    MUST(!read.canonical
         || !strcmp(encode(apr_pstrcat(fuzz_pool, read.user, ":", read.password,
                                       NULL)), coded)
         || (!*read.password && !strcmp(encode(read.user), coded)));
    check_wiped(&read);
}

static void fuzz_basic(const char *text)
{
    const char *colon = strchr(text, ':');
    apr_size_t user = colon ? (apr_size_t)(colon - text) : strlen(text);
    jt_basic_t read;

    fuzz_basic_header(text);
    if (!*text) {
        return;
    }
    /* As a client sends it. */
    MUST(jt_basic_parse(apr_pstrcat(fuzz_pool, "Basic ", encode(text), NULL),
                        &read, fuzz_pool));
    MUST(read.canonical);
    MUST(strlen(read.user) == user && !strncmp(read.user, text, user));
    MUST(!strcmp(read.password, colon ? colon + 1 : ""));
    check_wiped(&read);
}

static void check_label(const char *text, const char *label)
{
    const char *again = NULL;
    const char *c = label;
    int length;

    MUST(strstr(text, label));
    for (length = 0; *c; length++) {
        MUST(jt_label_next(&c) >= 0x20);
    }
    MUST(length >= 1 && length <= JT_LABEL_MAX);
    MUST(jt_label_parse(label, &again, fuzz_pool) == JT_LABEL_FINE);
    MUST(!strcmp(again, label));
    MUST(!jt_user_is_valid(label)
         || (strlen(label) <= JT_USER_MAX && !strchr(label, ':')));
}

static void fuzz_label(const char *text)
{
    static const char untouched[] = "untouched";
    const char *label = untouched;
    const char *ignored;
    const char *clean = jt_label_clean(text, fuzz_pool);
    jt_label_fault_t fault = jt_label_parse(text, &label, fuzz_pool);
    jt_label_fault_t cleaned;

    check_next(text);
    MUST(is_lawful(clean));
    MUST(!strcmp(jt_label_clean(clean, fuzz_pool), clean));
    cleaned = jt_label_parse(clean, &ignored, fuzz_pool);
    MUST(cleaned == JT_LABEL_FINE || cleaned == JT_LABEL_EMPTY
         || cleaned == JT_LABEL_TOO_LONG);
    if (fault == JT_LABEL_FINE) {
        check_label(text, label);
        MUST(!strcmp(clean, text));
    }
    else {
        MUST(label == untouched);
    }
    if (jt_user_is_valid(text)) {
        MUST(*text && strlen(text) <= JT_USER_MAX && is_lawful(text));
        MUST(!strpbrk(text, ":\n\r\t\x1b\x7f"));
    }
}

static void fuzz_date(const char *text)
{
    apr_int64_t start = 1;

    if (jt_date_parse(text, &start) != APR_SUCCESS) {
        MUST(start == 1);
        return;
    }
    MUST(strlen(text) == 10);
    MUST(start % JT_DATE_DAY == 0 && start < JT_DATE_END);
    /* No instant before 1970 can be printed. */
    if (start >= 0) {
        MUST(jt_date_day(start) == start);
        MUST(!strcmp(jt_date_format(start, fuzz_pool), text));
        MUST(!strcmp(jt_date_format_rfc3339(start, fuzz_pool),
                     apr_pstrcat(fuzz_pool, text, "T00:00:00Z", NULL)));
        MUST(!strcmp(jt_date_format_expiry(start + JT_DATE_DAY, fuzz_pool),
                     apr_pstrcat(fuzz_pool, text, ", 24:00 UTC", NULL)));
    }
}

/* CRC-32 finds whatever changes in 32 bits that follow each other. */
static void check_typos(const char *token)
{
    char *typo = apr_pstrdup(fuzz_pool, token);
    char *c;

    for (c = typo; *c; c++) {
        char right = *c;

        *c = right == '7' ? '8' : '7';
        MUST(jt_secret_shape("jt", typo) != JT_SECRET_TOKEN);
        *c = right;
    }
}

static void fuzz_secret(const char *text)
{
    apr_size_t head = strcspn(text, "_");
    const char *own = apr_pstrndup(fuzz_pool, text, head);
    jt_secret_shape_t shape = jt_secret_shape("jt", text);
    const char *rest = text + head;

    MUST(jt_secret_equal(text, apr_pstrdup(fuzz_pool, text)));
    if (jt_secret_shape(own, text) == JT_SECRET_FOREIGN) {
        MUST(shape == JT_SECRET_FOREIGN);
        return;
    }
    MUST(jt_secret_is_prefix(own) && *rest == '_');
    MUST(strlen(rest + 1) == JT_SECRET_RANDOM + JT_SECRET_CHECKSUM);
    MUST(strspn(rest + 1, BASE62) == JT_SECRET_RANDOM + JT_SECRET_CHECKSUM);
    MUST(strlen(text) < JT_SECRET_SIZE);
    if (jt_secret_shape(own, text) == JT_SECRET_TOKEN) {
        MUST(shape == JT_SECRET_TOKEN);
        check_typos(text);
    }
    else {
        MUST(shape == (strcmp(own, "jt") ? JT_SECRET_FOREIGN
                                           : JT_SECRET_MISTYPED));
    }
}

static int count_keys(const char *text)
{
    int count = 0;

    while (*text) {
        const char *first = text + strspn(text, " \t\r\v\f");

        count += *first && *first != '\n' && *first != '#';
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return count;
}

static void fuzz_ring(const char *text)
{
    char digest[JT_SECRET_DIGEST_SIZE];
    jt_secret_ring_t *ring = NULL;
    const char *fault = NULL;
    int i;

    if (jt_secret_ring_parse(text, &ring, &fault, fuzz_pool) != APR_SUCCESS) {
        /* Ours all through: it goes into a log. */
        MUST(!ring && fault && *fault && strlen(fault) < 100);
        MUST(!fault[strspn(fault, FUZZ_UNRESERVED " :()")]);
        return;
    }
    MUST(ring && !fault);
    MUST(jt_secret_ring_count(ring) == count_keys(text));
    MUST(jt_secret_ring_count(ring) <= JT_SECRET_KEYS_MAX);
    for (i = 0; i < jt_secret_ring_count(ring); i++) {
        MUST(jt_secret_digest(ring, i, text, digest) == APR_SUCCESS);
        MUST(strspn(digest, "0123456789abcdef") == 64 && !digest[64]);
    }
}

static void fuzz_id(const char *text)
{
    apr_size_t length = strlen(text);
    apr_int64_t id = 0;

    if (jt_token_parse_id(text, &id) == APR_SUCCESS) {
        MUST(id >= 1);
        MUST(!strcmp(apr_psprintf(fuzz_pool, "%" APR_INT64_T_FMT, id), text));
        return;
    }
    /* 18 digits always fit. */
    MUST(length < 1 || length > 18 || *text == '0'
         || strspn(text, "0123456789") < length);
}

/* A row for each line: its first byte is the time, the rest the label. */
static apr_array_header_t *read_rows(char *text)
{
    apr_array_header_t *rows = apr_array_make(fuzz_pool, 1,
                                              sizeof(jt_token_t));
    char *state = NULL;

    for (; (text = apr_strtok(text, "\n", &state)); text = NULL) {
        jt_token_t *row = apr_array_push(rows);

        memset(row, 0, sizeof(*row));
        row->grant.id = rows->nelts;
        row->grant.label = text + 1;
        row->grant.created_at = row->grant.expires_at = row->grant.last_used_at
            = *text;
    }
    return rows;
}

static const jt_token_rules_t order_rules = { "jt", 25, 0, 0, 1, 0, NULL };

static void check_order(apr_array_header_t *rows, jt_order_key_t key,
                        int descending)
{
    apr_int64_t all = rows->nelts;
    apr_int64_t sum = 0;
    int i;

    jt_order_sort(rows, key, descending, &order_rules, 64, fuzz_pool);
    for (i = 0; i < rows->nelts; i++) {
        const jt_token_t *row = &APR_ARRAY_IDX(rows, i, jt_token_t);

        sum += row->grant.id;
        MUST(!i || row[-1].grant.created_at != row->grant.created_at
             || strcmp(row[-1].grant.label, row->grant.label)
             || row[-1].grant.id < row->grant.id);
    }
    MUST(rows->nelts == all && sum == all * (all + 1) / 2);
}

static void fuzz_order(const char *text)
{
    jt_order_key_t named = jt_order_parse(text);
    int way;

    MUST(named == JT_ORDER_KEYS || !strcmp(jt_order_name(named), text));
    for (way = 0; way < 2 * (JT_ORDER_KEYS + 1); way++) {
        check_order(read_rows(apr_pstrdup(fuzz_pool, text)),
                    (jt_order_key_t)(way / 2), way % 2);
    }
}

/* In the order of the characters that the corpus begins with, from '0' on. */
static const struct {
    const char *name;
    void (*read_text)(const char *text);
    void (*read_bytes)(const uint8_t *bytes, size_t length);
} targets[] = {
    { "basic", fuzz_basic, NULL }, { "label", fuzz_label, NULL },
    { "date", fuzz_date, NULL }, { "secret", fuzz_secret, NULL },
    { "ring", fuzz_ring, NULL }, { "html", fuzz_html, NULL },
    { "quote", fuzz_quote, NULL }, { "id", fuzz_id, NULL },
    { "order", fuzz_order, NULL }, { "entry", NULL, fuzz_entry },
    { "network", NULL, fuzz_network },
    { "restriction", fuzz_restriction, NULL }, { "wish", fuzz_wish, NULL },
    { "bearer", fuzz_bearer, NULL }, { "json", NULL, fuzz_json },
    { "filter", fuzz_filter, NULL }, { "cursor", fuzz_cursor, NULL },
    { "language", fuzz_language, NULL }
};

#define TARGETS ((int)(sizeof(targets) / sizeof(targets[0])))

static const char *only; /* the name of the one target to run; NULL: all */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int known = 0;
    int i;

    (void)argc;
    (void)argv;
    only = getenv("FUZZ_ONLY");
    only = only && *only ? only : NULL;
    for (i = 0; i < TARGETS; i++) {
        known += !only || !strcmp(only, targets[i].name);
    }
    MUST(known);
    MUST(apr_initialize() == APR_SUCCESS && !atexit(apr_terminate));
    MUST(apr_pool_create(&fuzz_pool, NULL) == APR_SUCCESS);
    return 0;
}

static void read_as_text(int target, const uint8_t *bytes, size_t length)
{
    char *text = apr_palloc(fuzz_pool, length + 1);

    memcpy(text, bytes, length);
    text[length] = '\0';
    targets[target].read_text(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int target;

    if (!size) {
        return 0;
    }
    target = (uint8_t)(bytes[0] - '0') % TARGETS;
    if (only && strcmp(only, targets[target].name)) {
        return 0;
    }
    if (targets[target].read_bytes) {
        targets[target].read_bytes(bytes + 1, size - 1);
    }
    else {
        read_as_text(target, bytes + 1, size - 1);
    }
    apr_pool_clear(fuzz_pool);
    free_blocks();
    return 0;
}
