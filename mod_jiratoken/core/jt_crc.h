/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_CRC_H
#define JT_CRC_H

#include <apr_general.h>

/** The CRC-32 (ISO 3309) of a text. It finds typing errors, not forgeries. */
apr_uint32_t jt_crc_make(const char *text, apr_size_t length);

#endif
