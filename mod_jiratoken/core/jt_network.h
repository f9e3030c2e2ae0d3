/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JT_NETWORK_H
#define JT_NETWORK_H

#include <apr_general.h>

/** The longest text of a network, with its NUL:
 * "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128". */
#define JT_NETWORK_SIZE 50

/** Addresses of one family that begin with the same bits (RFC 4632, RFC 4291).
 * An IPv4-mapped address (::ffff:0:0/96) is the IPv4 address that it has. */
typedef struct jt_network_t {
    unsigned char address[16]; /* network byte order; the rest is zero */
    int size;                  /* bytes of an address: 4 or 16 */
    int bits;                  /* from 1 */
} jt_network_t;

typedef enum jt_network_fault_t {
    JT_NETWORK_FORM, /* neither an address nor ADDRESS/BITS */
    JT_NETWORK_BITS, /* more than the address has */
    JT_NETWORK_ALL,  /* /0: no restriction at all */
    JT_NETWORK_HOST, /* bits beyond the network's are set: network is the one
                        that was meant, perhaps */
    JT_NETWORK_FINE
} jt_network_fault_t;

/**
 * Parse an address, or a network in CIDR notation. Partial addresses ("10.1"),
 * zones and leading zeros are refused (inet_pton(3)). Does not allocate.
 * @param text any bytes
 * @param length of text, which need not end there
 * @param network set on FINE and HOST
 */
jt_network_fault_t jt_network_parse(const char *text, apr_size_t length,
                                    jt_network_t *network);

/** A single address, from its bytes in network byte order. @param size 4 or
 * 16 */
void jt_network_set(jt_network_t *network, const unsigned char *bytes,
                    int size);

/** The canonical text (RFC 5952); without the bits for a single address. */
void jt_network_format(const jt_network_t *network,
                       char text[JT_NETWORK_SIZE]);

/** Whether an address is within a network. @param address has all its bits */
int jt_network_has(const jt_network_t *network, const jt_network_t *address);

#endif
