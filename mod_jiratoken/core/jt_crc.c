/* SPDX-License-Identifier: Apache-2.0
 *
 * CRC-32 by tables, four bytes at a time ("slicing-by-4"). It must not know
 * whose checksum it is.
 */
#include "core/jt_crc.h"

/* A checksum is linear: the row of a byte is the XOR of those of its bits,
 * which are the macro's parameters. */
#define TWO(row, a) (row), (row) ^ (a)
#define FOUR(row, a, b) TWO(row, a), TWO((row) ^ (b), a)
#define EIGHT(row, a, b, c) FOUR(row, a, b), FOUR((row) ^ (c), a, b)
#define NIBBLE(row, a, b, c, d) EIGHT(row, a, b, c), EIGHT((row) ^ (d), a, b, c)
#define ROWS(a, b, c, d, e, f, g, h) \
    NIBBLE(0, a, b, c, d), NIBBLE(e, a, b, c, d), \
    NIBBLE(f, a, b, c, d), NIBBLE((f) ^ (e), a, b, c, d), \
    NIBBLE(g, a, b, c, d), NIBBLE((g) ^ (e), a, b, c, d), \
    NIBBLE((g) ^ (f), a, b, c, d), NIBBLE((g) ^ (f) ^ (e), a, b, c, d), \
    NIBBLE(h, a, b, c, d), NIBBLE((h) ^ (e), a, b, c, d), \
    NIBBLE((h) ^ (f), a, b, c, d), NIBBLE((h) ^ (f) ^ (e), a, b, c, d), \
    NIBBLE((h) ^ (g), a, b, c, d), NIBBLE((h) ^ (g) ^ (e), a, b, c, d), \
    NIBBLE((h) ^ (g) ^ (f), a, b, c, d), \
    NIBBLE((h) ^ (g) ^ (f) ^ (e), a, b, c, d)

/* What a byte makes of the checksum, with so many bytes behind it. */
static const apr_uint32_t tables[4][256] = {
    { ROWS(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832,
           0x1db71064, 0x3b6e20c8, 0x76dc4190, 0xedb88320) },
    { ROWS(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08,
           0x4ac21251, 0x958424a2, 0xf0794f05, 0x3b83984b) },
    { ROWS(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8,
           0x1c26a370, 0x384d46e0, 0x709a8dc0, 0xe1351b80) },
    { ROWS(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef,
           0x5019579f, 0xa032af3e, 0x9b14583d, 0xed59b63b) }
};

/* One load, where a compiler sees that. */
static apr_uint32_t read_word(const unsigned char *bytes)
{
    return bytes[0] | (apr_uint32_t)bytes[1] << 8
           | (apr_uint32_t)bytes[2] << 16 | (apr_uint32_t)bytes[3] << 24;
}

apr_uint32_t jt_crc_make(const char *text, apr_size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    apr_uint32_t crc = 0xffffffff;

    for (; length >= 4; length -= 4, bytes += 4) {
        apr_uint32_t word = crc ^ read_word(bytes);

        crc = tables[3][word & 255] ^ tables[2][word >> 8 & 255]
              ^ tables[1][word >> 16 & 255] ^ tables[0][word >> 24];
    }
    for (; length; length--) {
        crc = crc >> 8 ^ tables[0][(crc ^ *bytes++) & 255];
    }
    return ~crc;
}
