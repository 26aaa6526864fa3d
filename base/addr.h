/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, prefixes and endpoints as values: parse, print, compare, hash, mask.
 *
 * The types are those of the bus (libmipsock/mipsock_addr.h): a family that is the IP version, and
 * octets in network order. Everything here keeps their two rules: octets beyond the family's length
 * are zero, host bits of a prefix are zero. So equal values have equal octets.
 *
 * "Absent" (family 0) is not "unspecified" (0.0.0.0 or ::, which a message may well carry).
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

/* Buffers for the printing functions, terminating NUL included. */
#define ADDR_TEXT_MAX	  46
#define PREFIX_TEXT_MAX	  50
#define ENDPOINT_TEXT_MAX 54

/* addresses */

struct mipm_addr addr_from_v4(uint32_t host_order);
uint32_t addr_to_v4(const struct mipm_addr *addr); /* 0 unless the family is IPv4 */

/* Reads 4 or 16 octets by family; any other family gives the absent address. */
struct mipm_addr addr_from_octets(uint8_t family, const uint8_t *octets);

size_t addr_len(const struct mipm_addr *addr); /* octets: 0, 4 or 16 */
unsigned addr_bits(uint8_t family);	       /* 0, 32 or 128 */

/* The whole text must be one address; 0 or -EINVAL. */
int addr_parse(const char *text, struct mipm_addr *out);

/* Returns buf; "none" for the absent address. */
const char *addr_print(const struct mipm_addr *addr, char buf[ADDR_TEXT_MAX]);

bool addr_is_present(const struct mipm_addr *addr);
bool addr_is_unspecified(const struct mipm_addr *addr);
bool addr_is_loopback(const struct mipm_addr *addr);
bool addr_is_multicast(const struct mipm_addr *addr);
bool addr_is_link_local(const struct mipm_addr *addr);
bool addr_is_broadcast(const struct mipm_addr *addr); /* 255.255.255.255 only */

/* Of a single host: present and none of the above but link-local. */
bool addr_is_unicast(const struct mipm_addr *addr);

bool addr_equal(const struct mipm_addr *a, const struct mipm_addr *b);
int addr_cmp(const struct mipm_addr *a, const struct mipm_addr *b); /* by family, then unsigned */
uint64_t addr_hash(const struct mipm_addr *addr, uint64_t seed);

/* Bits beyond len cleared; len above the family's bits is taken as all bits. */
struct mipm_addr addr_mask(const struct mipm_addr *addr, uint8_t len);

/* prefixes */

/* Host bits are masked away. 0, or -EINVAL for an absent address or a length that is too large. */
int prefix_make(const struct mipm_addr *addr, uint8_t len, struct mipm_prefix *out);

struct mipm_prefix prefix_of_host(const struct mipm_addr *addr); /* /32 or /128 */

/* Positive answer of prefix_parse(): *out is good, but the text had host bits that were masked. */
#define PREFIX_HAD_HOST_BITS 1

/* "192.0.2.0/24"; an address alone is a host prefix. 0, PREFIX_HAD_HOST_BITS or -EINVAL. */
int prefix_parse(const char *text, struct mipm_prefix *out);

/* Returns buf; "none" for the absent prefix. */
const char *prefix_print(const struct mipm_prefix *prefix, char buf[PREFIX_TEXT_MAX]);

bool prefix_is_present(const struct mipm_prefix *prefix);
bool prefix_equal(const struct mipm_prefix *a, const struct mipm_prefix *b);
int prefix_cmp(const struct mipm_prefix *a, const struct mipm_prefix *b); /* address, then length */
uint64_t prefix_hash(const struct mipm_prefix *prefix, uint64_t seed);

bool prefix_contains(const struct mipm_prefix *prefix, const struct mipm_addr *addr);
bool prefix_covers(const struct mipm_prefix *outer, const struct mipm_prefix *inner);
bool prefix_overlaps(const struct mipm_prefix *a, const struct mipm_prefix *b);

/* endpoints */

/*
 * "192.0.2.1:434", "[2001:db8::1]:434"; an address alone (IPv6 also without brackets) gets
 * default_port. 0 or -EINVAL.
 */
int endpoint_parse(const char *text, uint16_t default_port, struct mipm_endpoint *out);
const char *endpoint_print(const struct mipm_endpoint *endpoint, char buf[ENDPOINT_TEXT_MAX]);

bool endpoint_equal(const struct mipm_endpoint *a, const struct mipm_endpoint *b);
int endpoint_cmp(const struct mipm_endpoint *a, const struct mipm_endpoint *b);
uint64_t endpoint_hash(const struct mipm_endpoint *endpoint, uint64_t seed);

/* The address of all hosts of an IPv4 subnet; false: it has none. */
bool prefix_broadcast(const struct mipm_prefix *prefix, struct mipm_addr *out);

#endif
