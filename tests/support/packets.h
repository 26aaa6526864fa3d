/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP and UDP packets of any length with right checksums, as flows send them one after the other.
 */
#ifndef TESTS_SUPPORT_PACKETS_H
#define TESTS_SUPPORT_PACKETS_H

#include <string.h>

#include "tunneld/checksum.h"
#include "tunneld/inner.h"

#define PACKETS_OPTIONS 12 /* of TCP: two NOPs and a time stamp */

struct packets_flow {
	uint8_t family;	  /* enum mipm_family */
	uint8_t protocol; /* INNER_TCP, INNER_UDP */
	uint8_t host;	  /* last octet of the source */
	uint16_t ident;	  /* of the next packet */
	uint32_t sequence;
	bool fragmentable; /* no DF */
};

static inline uint32_t packets_header_len(const struct packets_flow *flow)
{
	return (flow->family == MIPM_IPV6 ? 40 : 20) +
	       (flow->protocol == INNER_TCP ? 20 + PACKETS_OPTIONS : 8);
}

/* Checksums of a packet that may be changed, whatever was in their places. */
static inline void packets_seal(uint8_t *packet, uint32_t room)
{
	uint8_t *transport, *at;
	struct inner in;
	uint32_t len;

	if (packet[0] >> 4 == 4) {
		put16(packet + 10, 0);
		put16(packet + 10, checksum_fold(checksum_add(0, packet, 20)));
	}
	if (!inner_parse(packet, room, &in))
		return;
	transport = packet + in.header_len;
	len = in.len - in.header_len;
	at = transport + (in.protocol == INNER_TCP ? 16 : 6);
	put16(at, 0);
	put16(at, checksum_fold(
			  checksum_add(checksum_pseudo(in.family, in.src, in.dst, in.protocol, len),
				  transport, len)));
}

static inline void packets_write_ip(
	const struct packets_flow *flow, uint8_t *out, uint32_t len, uint32_t header_len)
{
	uint8_t *src = out + (flow->family == MIPM_IPV6 ? 23 : 15);

	memset(out, 0, header_len);
	if (flow->family == MIPM_IPV6) {
		out[0] = 0x60;
		put16(out + 4, (uint16_t)(len - 40));
		out[6] = flow->protocol;
		out[7] = 64;
		out[8] = out[24] = 0x20;
		out[39] = 9;
	} else {
		out[0] = 0x45;
		put16(out + 2, (uint16_t)len);
		put16(out + 4, flow->ident);
		out[6] = flow->fragmentable ? 0 : 0x40;
		out[8] = 64;
		out[9] = flow->protocol;
		out[12] = out[16] = 10;
		out[19] = 9;
	}
	*src = flow->host;
}

/* The next packet of the flow; its length. flags are TCP's. */
static inline uint32_t packets_next(
	struct packets_flow *flow, uint8_t *out, uint32_t payload, uint8_t flags)
{
	uint32_t header_len = packets_header_len(flow), len = header_len + payload;
	uint8_t *transport = out + (flow->family == MIPM_IPV6 ? 40 : 20);

	packets_write_ip(flow, out, len, header_len);
	put16(transport, 5000);
	put16(transport + 2, 80);
	if (flow->protocol == INNER_TCP) {
		put16(transport + 4, (uint16_t)(flow->sequence >> 16));
		put16(transport + 6, (uint16_t)flow->sequence);
		transport[12] = (20 + PACKETS_OPTIONS) / 4 << 4;
		transport[13] = flags;
		put16(transport + 14, 1000);
		memcpy(transport + 20, "\1\1\10\12\0\0\0\7\0\0\0\5", PACKETS_OPTIONS);
	} else {
		put16(transport + 4, (uint16_t)(8 + payload));
	}
	for (uint32_t i = 0; i < payload; i++)
		out[header_len + i] = (uint8_t)((flow->sequence + i) * 7);
	packets_seal(out, len);
	flow->ident++;
	flow->sequence += payload;
	return len;
}

#endif
