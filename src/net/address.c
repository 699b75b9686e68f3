/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses are of the public Internet: a table of what is not (RFC 6890 and the registries
 * of IANA it began). IPv6: only 2000::/3 has been given out at all. */
#include <netinet/in.h>
#include <string.h>

#include "net/net_int.h"

struct block {
    uint8_t prefix[16];
    uint8_t n_bits;
};

static const struct block k_v4[] = {
    {{0}, 8},             /* this network, unspecified */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* carrier's NAT */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local, and the metadata of clouds */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documents */
    {{192, 88, 99}, 24},  /* 6to4 relays, given up */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documents */
    {{203, 0, 113}, 24},  /* documents */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, broadcast */
};

static const struct block k_v6_given[] = {{{0x20}, 3}};
static const struct block k_v6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documents */
    {{0x20, 0x02}, 16},             /* 6to4, carries an IPv4 address */
    {{0x3f, 0xff}, 20},             /* documents */
};
/* Carries an IPv4 address that a gateway goes on to (RFC 6052): judged by that one. */
static const struct block k_nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};

static bool lies_in(const uint8_t *address, const struct block *b)
{
    size_t whole = b->n_bits / 8, rest = b->n_bits % 8;
    if (memcmp(address, b->prefix, whole) != 0) return false;
    return rest == 0 || (address[whole] ^ b->prefix[whole]) >> (8 - rest) == 0;
}

static bool lies_in_any(const uint8_t *address, const struct block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lies_in(address, &blocks[i])) return true;
    return false;
}

bool net_address_is_public(const struct sockaddr *address)
{
    uint8_t v6[16], v4[4];
    if (address->sa_family == AF_INET) {
        memcpy(v4, (const uint8_t *)address + offsetof(struct sockaddr_in, sin_addr), 4);
        return !lies_in_any(v4, k_v4, COUNT_OF(k_v4));
    }
    if (address->sa_family != AF_INET6) return false;
    memcpy(v6, (const uint8_t *)address + offsetof(struct sockaddr_in6, sin6_addr), 16);
    if (lies_in(v6, &k_nat64)) return !lies_in_any(v6 + 12, k_v4, COUNT_OF(k_v4));
    return lies_in_any(v6, k_v6_given, COUNT_OF(k_v6_given)) &&
           !lies_in_any(v6, k_v6, COUNT_OF(k_v6));
}
