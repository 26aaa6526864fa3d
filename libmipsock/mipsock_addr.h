/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as types only: what bus messages are made of and what base/addr.h works on.
 *
 * Zero is "absent" for each of them, so a zeroed message struct is an empty one. Octets are in
 * network order, ports and lengths are plain integers in host order.
 */
#ifndef MIPSOCK_ADDR_H
#define MIPSOCK_ADDR_H

#include <stddef.h>
#include <stdint.h>

/* Families are the IP version itself: the same number on every system and in every record. */
enum mipm_family {
	MIPM_NONE = 0,
	MIPM_IPV4 = 4,
	MIPM_IPV6 = 6,
};

/* octets beyond the family's length (4 or 16) are zero: addresses compare with memcmp. */
struct mipm_addr {
	uint8_t family; /* enum mipm_family; 0 = no address */
	uint8_t octets[16];
};

/* Host bits beyond len are zero. family 0 = no prefix; 0.0.0.0/0 is a prefix. */
struct mipm_prefix {
	struct mipm_addr addr;
	uint8_t len;
};

struct mipm_endpoint {
	struct mipm_addr addr;
	uint16_t port;
};

/* A text that is not terminated by NUL. Who holds it says how long it lives. */
struct mipm_str {
	const char *text;
	uint16_t len;
};

/* Octets that somebody else owns. */
struct mipm_span {
	const uint8_t *data;
	uint32_t len;
};

#endif
