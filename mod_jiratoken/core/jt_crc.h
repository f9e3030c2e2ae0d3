/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CRC_H
#define JT_CRC_H

#include <apr_general.h>

/** The CRC-32 (ISO 3309) of a text. It finds typing errors, not forgeries. */
apr_uint32_t jt_crc_make(const char *text, apr_size_t length);

/** Where a text begins that is read otherwise as well, character by character.
 * Its checksum is the complement (~) of what the last jt_crc_add() returns. */
#define JT_CRC_BEGIN 0xffffffff

extern const apr_uint32_t jt_crc_table[256];

/** Go on by one character. In the header, as a call would cost more than it. */
static inline apr_uint32_t jt_crc_add(apr_uint32_t crc, char c)
{
    return (crc >> 8) ^ jt_crc_table[(crc ^ (unsigned char)c) & 255];
}

#endif
