/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fixed headers of an inner packet, read with bounds: what forwarding needs to know of it.
 * Nothing behind the transport header's fixed part is looked at; IPv6 extension headers are not
 * walked.
 */
#ifndef TUNNELD_INNER_H
#define TUNNELD_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

enum inner_protocol {
	INNER_ICMP = 1,
	INNER_TCP = 6,
	INNER_UDP = 17,
	INNER_FRAGMENT6 = 44,
	INNER_ICMP6 = 58,
};

/* A view of the packet: valid as long as its octets are. */
struct inner {
	const uint8_t *data;
	uint32_t len;	     /* as the packet says; never more than there is */
	uint32_t header_len; /* where its payload begins */
	uint8_t family;	     /* enum mipm_family */
	uint8_t protocol;    /* IPv6: next header of the fixed header */
	uint8_t ttl;
	bool is_fragment; /* any part of a fragmented packet */
	bool is_later;	  /* not its first part: no transport header here */
	bool dont_fragment;
	const uint8_t *src, *dst; /* 4 or 16 octets */
};

/* False if it is no IPv4 or IPv6 packet whose lengths fit. */
bool inner_parse(const uint8_t *data, size_t len, struct inner *out);

/* Its first n octets of payload are there and belong to an unfragmented packet. */
static inline bool inner_has(const struct inner *in, uint32_t n)
{
	return !in->is_fragment && in->len - in->header_len >= n;
}

struct mipm_addr inner_src(const struct inner *in);
struct mipm_addr inner_dst(const struct inner *in);

/* Destinations that no router may pass on: unspecified, loopback, link-local, multicast,
 * broadcast, reserved. Sources of these kinds are owned by nobody. */
bool inner_dst_is_forwardable(const struct inner *in);

static inline uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

#endif
