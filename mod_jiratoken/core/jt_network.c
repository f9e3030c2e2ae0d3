/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and networks, from text and to it. It must not know who may come
 * from where.
 */
#include "core/jt_network.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF,
                                          0xFF };

static int parse_address(const char *text, apr_size_t length,
                         jt_network_t *network)
{
    char part[JT_NETWORK_SIZE];

    if (length >= sizeof(part)) {
        return 0;
    }
    memcpy(part, text, length);
    part[length] = '\0';
    memset(network, 0, sizeof(*network));
    network->size = strchr(part, ':') ? 16 : 4;
    network->bits = network->size * 8;
    return strlen(part) == length
           && inet_pton(network->size == 4 ? AF_INET : AF_INET6, part,
                        network->address) == 1;
}

/* One to three digits, without a leading zero but for "0" itself.
 * @return -1 for anything else */
static int parse_bits(const char *text, apr_size_t length)
{
    int bits = 0;
    apr_size_t i;

    if (!length || length > 3 || (*text == '0' && length > 1)) {
        return -1;
    }
    for (i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        bits = bits * 10 + (text[i] - '0');
    }
    return bits;
}

static void unmap(jt_network_t *network)
{
    if (network->size == 16 && network->bits >= 96
        && !memcmp(network->address, mapped, sizeof(mapped))) {
        memmove(network->address, network->address + sizeof(mapped), 4);
        memset(network->address + 4, 0, 12);
        network->size = 4;
        network->bits -= 96;
    }
}

/* @return non-zero if a bit behind the network's was set */
static int clear_host(jt_network_t *network)
{
    int at = network->bits / 8;
    unsigned char mask = (unsigned char)(0xff >> network->bits % 8);
    int found = 0;

    for (; at < network->size; at++) {
        found |= network->address[at] & mask;
        network->address[at] &= (unsigned char)~mask;
        mask = 0xff;
    }
    return found != 0;
}

jt_network_fault_t jt_network_parse(const char *text, apr_size_t length,
                                    jt_network_t *network)
{
    const char *slash = memchr(text, '/', length);
    apr_size_t head = slash ? (apr_size_t)(slash - text) : length;
    int bits;

    if (!parse_address(text, head, network)) {
        return JT_NETWORK_FORM;
    }
    if (slash) {
        bits = parse_bits(slash + 1, length - head - 1);
        if (bits < 0) {
            return JT_NETWORK_FORM;
        }
        if (bits > network->bits) {
            return JT_NETWORK_BITS;
        }
        network->bits = bits;
    }
    unmap(network);
    if (!network->bits) {
        return JT_NETWORK_ALL;
    }
    return clear_host(network) ? JT_NETWORK_HOST : JT_NETWORK_FINE;
}

void jt_network_set(jt_network_t *network, const unsigned char *bytes,
                    int size)
{
    memset(network, 0, sizeof(*network));
    memcpy(network->address, bytes, (size_t)size);
    network->size = size;
    network->bits = size * 8;
    unmap(network);
}

void jt_network_format(const jt_network_t *network,
                       char text[JT_NETWORK_SIZE])
{
    apr_size_t length;

    if (!inet_ntop(network->size == 4 ? AF_INET : AF_INET6, network->address,
                   text, JT_NETWORK_SIZE)) {
        *text = '\0'; /* it has room for each address */
    }
    length = strlen(text);
    if (network->bits < network->size * 8) {
        apr_snprintf(text + length, JT_NETWORK_SIZE - length, "/%d",
                     network->bits);
    }
}

int jt_network_has(const jt_network_t *network, const jt_network_t *address)
{
    apr_size_t whole = (apr_size_t)network->bits / 8;
    int rest = network->bits % 8;

    return network->size == address->size
           && !memcmp(network->address, address->address, whole)
           && (!rest || !((network->address[whole] ^ address->address[whole])
                          >> (8 - rest)));
}
