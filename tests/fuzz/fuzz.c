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
#include "html/jt_html.h"
#include "core/jt_label.h"
#include "core/jt_order.h"
#include "html/jt_quote.h"
#include "core/jt_secret.h"
#include "core/jt_token.h"
#include "core/jt_user.h"

#define MUST FUZZ_MUST

#define UNRESERVED \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

#define TARGETS 10

#define BASE62 \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static apr_pool_t *pool; /* cleared after each input */

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
    block_t **list = from == pool ? &blocks : &kept;
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
    char *made = apr_palloc(pool, (apr_size_t)apr_base64_encode_len(length));

    apr_base64_encode(made, text, length);
    return made;
}

static void fuzz_basic_header(const char *text)
{
    jt_basic_t read;
    const char *coded;

    if (!jt_basic_parse(text, &read, pool)) {
        return;
    }
    MUST(!strchr(read.user, ':'));
    coded = jt_basic_after_scheme(text, "Basic");
    MUST(coded);
    /* Without a colon, all of it is the user. */
    MUST(!read.canonical
         || !strcmp(encode(apr_pstrcat(pool, read.user, ":", read.password,
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
    MUST(jt_basic_parse(apr_pstrcat(pool, "Basic ", encode(text), NULL),
                        &read, pool));
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
    MUST(jt_label_parse(label, &again, pool) == JT_LABEL_FINE);
    MUST(!strcmp(again, label));
    MUST(!jt_user_is_valid(label)
         || (strlen(label) <= JT_USER_MAX && !strchr(label, ':')));
}

static void fuzz_label(const char *text)
{
    static const char untouched[] = "untouched";
    const char *label = untouched;
    const char *ignored;
    const char *clean = jt_label_clean(text, pool);
    jt_label_fault_t fault = jt_label_parse(text, &label, pool);
    jt_label_fault_t cleaned;

    check_next(text);
    MUST(is_lawful(clean));
    MUST(!strcmp(jt_label_clean(clean, pool), clean));
    cleaned = jt_label_parse(clean, &ignored, pool);
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
        MUST(!strcmp(jt_date_format(start, pool), text));
        MUST(!strcmp(jt_date_format_rfc3339(start, pool),
                     apr_pstrcat(pool, text, "T00:00:00Z", NULL)));
        MUST(!strcmp(jt_date_format_expiry(start + JT_DATE_DAY, pool),
                     apr_pstrcat(pool, text, ", 24:00 UTC", NULL)));
    }
}

/* CRC-32 finds whatever changes in 32 bits that follow each other. */
static void check_typos(const char *token)
{
    char *typo = apr_pstrdup(pool, token);
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
    const char *own = apr_pstrndup(pool, text, head);
    jt_secret_shape_t shape = jt_secret_shape("jt", text);
    const char *rest = text + head;

    MUST(jt_secret_equal(text, apr_pstrdup(pool, text)));
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

    if (jt_secret_ring_parse(text, &ring, &fault, pool) != APR_SUCCESS) {
        /* Ours all through: it goes into a log. */
        MUST(!ring && fault && *fault && strlen(fault) < 100);
        MUST(!fault[strspn(fault, UNRESERVED " :()")]);
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

typedef struct page_t {
    char *text;
    apr_size_t length;
    apr_size_t room;
} page_t;

static void append(void *baton, const char *bytes, apr_size_t length)
{
    page_t *page = baton;

    MUST(length > 0 && length <= page->room - page->length);
    memcpy(page->text + page->length, bytes, length);
    page->length += length;
}

/* The character that a reference stands for, as a browser reads it. */
static char read_reference(const char **text)
{
    static const struct {
        const char *name;
        char means;
    } known[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
        { "&quot;", '"' }, { "&#39;", '\'' }
    };
    const size_t count = sizeof(known) / sizeof(known[0]);
    size_t i;

    for (i = 0; i < count; i++) {
        if (!strncmp(*text, known[i].name, strlen(known[i].name))) {
            break;
        }
    }
    MUST(i < count);
    *text += strlen(known[i].name);
    return known[i].means;
}

static void fuzz_html(const char *text)
{
    page_t page;
    const char *c;

    page.length = 0;
    page.room = strlen(text) * strlen("&quot;") + 1;
    page.text = apr_palloc(pool, page.room);
    jt_html_escape(text, append, &page);
    append(&page, "", 1);
    MUST(!strpbrk(page.text, "<>\"'"));
    for (c = page.text; *c; text++) {
        MUST((*c == '&' ? read_reference(&c) : *c++) == *text);
    }
    MUST(!*text);
}

/* POSIX.1 XCU 2.2: a quote ends and begins quoting; outside of it there is
 * nothing but \ and one character. */
static void check_shell(const char *word, const char *text)
{
    int quoted = 0;

    for (; *word; word++) {
        if (*word == '\'') {
            quoted = !quoted;
            continue;
        }
        if (!quoted) {
            MUST(*word == '\\' && word[1]);
            word++;
        }
        MUST(*word == *text++);
    }
    MUST(!quoted && !*text);
}

static void check_python(const char *literal, const char *text)
{
    MUST(*literal++ == '"');
    for (; *literal != '"'; literal++) {
        if (*literal == '\\') {
            literal++;
            MUST(*literal == '\\' || *literal == '"');
        }
        MUST(*literal && *literal == *text++);
    }
    MUST(!literal[1] && !*text);
}

/* PowerShell takes ' and U+2018 to U+201B for the same quote. */
static apr_size_t powershell_quote(const char *text)
{
    static const char *const quotes[] = {
        "'", "\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9B"
    };
    size_t i;

    for (i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        if (!strncmp(text, quotes[i], strlen(quotes[i]))) {
            return strlen(quotes[i]);
        }
    }
    return 0;
}

static void check_powershell(const char *string, const char *text)
{
    MUST(*string++ == '\'');
    while (*string) {
        apr_size_t quote = powershell_quote(string);

        if (quote && !string[quote]) {
            break;
        }
        string += quote; /* two of them are one */
        MUST(powershell_quote(string) == quote);
        quote += !quote;
        MUST(!strncmp(string, text, quote));
        string += quote;
        text += quote;
    }
    MUST(!strcmp(string, "'") && !*text);
}

static int hex_value(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    MUST(found);
    return (int)(found - digits);
}

static void check_url(const char *part, const char *text)
{
    MUST(!part[strspn(part, UNRESERVED "%")]);
    for (; *part; part++, text++) {
        int c = (unsigned char)*part;

        if (c == '%') {
            c = hex_value(part[1]) << 4;
            c |= hex_value(part[2]);
            part += 2;
        }
        MUST(c == (unsigned char)*text);
    }
    MUST(!*text);
}

static void fuzz_quote(const char *text)
{
    check_shell(jt_quote_shell(text, pool), text);
    check_python(jt_quote_python(text, pool), text);
    check_powershell(jt_quote_powershell(text, pool), text);
    check_url(jt_quote_url(text, pool), text);
}

static void fuzz_id(const char *text)
{
    apr_size_t length = strlen(text);
    apr_int64_t id = 0;

    if (jt_token_parse_id(text, &id) == APR_SUCCESS) {
        MUST(id >= 1);
        MUST(!strcmp(apr_psprintf(pool, "%" APR_INT64_T_FMT, id), text));
        return;
    }
    /* 18 digits always fit. */
    MUST(length < 1 || length > 18 || *text == '0'
         || strspn(text, "0123456789") < length);
}

/* A row for each line: its first byte is the time, the rest the label. */
static apr_array_header_t *read_rows(char *text)
{
    apr_array_header_t *rows = apr_array_make(pool, 1,
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

static const jt_token_rules_t order_rules = { "jt", 25, 0, 0, 1, NULL };

static void check_order(apr_array_header_t *rows, jt_order_key_t key,
                        int descending)
{
    apr_int64_t all = rows->nelts;
    apr_int64_t sum = 0;
    int i;

    jt_order_sort(rows, key, descending, &order_rules, 64, pool);
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
        check_order(read_rows(apr_pstrdup(pool, text)),
                    (jt_order_key_t)(way / 2), way % 2);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    MUST(apr_initialize() == APR_SUCCESS && !atexit(apr_terminate));
    MUST(apr_pool_create(&pool, NULL) == APR_SUCCESS);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* In the order of the digits that the corpus begins with; the last reads
     * bytes and not text. */
    static void (*const targets[TARGETS - 1])(const char *text) = {
        fuzz_basic, fuzz_label, fuzz_date, fuzz_secret,
        fuzz_ring, fuzz_html, fuzz_quote, fuzz_id, fuzz_order
    };
    char *text;
    int target;

    if (!size) {
        return 0;
    }
    target = bytes[0] % 16 % TARGETS;
    if (target == TARGETS - 1) {
        fuzz_entry(bytes + 1, size - 1, pool);
    }
    else {
        text = apr_palloc(pool, size);
        memcpy(text, bytes + 1, size - 1);
        text[size - 1] = '\0';
        targets[target](text);
    }
    apr_pool_clear(pool);
    free_blocks();
    return 0;
}
