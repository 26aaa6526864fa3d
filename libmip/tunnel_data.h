/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MIP Tunnel Data Message (RFC 3519 3.3): four octets in front of a packet, and the GRE header that
 * may follow them (RFC 2784, 2890; mipv4.md section 24). No security, no allocation: this is the
 * packet path.
 *
 *	04 04 0000 | IPv4 packet			next header 4; 41 is IPv6
 *	04 2f 0000 | 3000 0800 | key | sequence | IPv4 packet
 *
 * S (sequence) is the tunnel number, K (key) is path number and path count; each is free per
 * packet. Both only towards a peer that sent CAPS.
 */
#ifndef LIBMIP_TUNNEL_DATA_H
#define LIBMIP_TUNNEL_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

#define TUNNEL_DATA_TYPE       4
#define TUNNEL_DATA_LEN	       4  /* the header alone */
#define TUNNEL_DATA_HEADER_MAX 16 /* with GRE, K and S */

enum tunnel_data_next_header {
	TUNNEL_DATA_IPV4 = 4,
	TUNNEL_DATA_IPV6 = 41,
	TUNNEL_DATA_GRE = 47,
	TUNNEL_DATA_MINIMAL = 55,
};

#define GRE_FLAG_KEY	  0x2000
#define GRE_FLAG_SEQUENCE 0x1000
#define GRE_IPV4	  0x0800
#define GRE_IPV6	  0x86dd

/* K: path number in the top 8 bits, path count in the others */
#define TUNNEL_DATA_COUNT_MASK UINT32_C(0xffffff)

struct tunnel_data {
	uint8_t next_header; /* as on the wire */
	uint8_t family;	     /* of the inner packet: enum mipm_family */
	bool has_key;
	bool has_sequence;
	uint32_t key;
	uint32_t sequence;
	uint8_t header_len; /* octets before the inner packet */
};

enum tunnel_data_verdict {
	TUNNEL_DATA_OK,
	TUNNEL_DATA_TOO_SHORT,
	TUNNEL_DATA_NOT_OURS,	   /* first octet is not 4 */
	TUNNEL_DATA_NEXT_HEADER,   /* none that we carry */
	TUNNEL_DATA_GRE_BAD,	   /* version, flags or protocol that we do not take */
	TUNNEL_DATA_INNER_VERSION, /* the inner packet's version is not what was announced */
	TUNNEL_DATA_VERDICT_LAST = TUNNEL_DATA_INNER_VERSION,
};

const char *tunnel_data_verdict_name(enum tunnel_data_verdict verdict);

/*
 * Reads the headers of a UDP payload; *inner gets the packet, at least its first octet. Whether
 * the next header is the one that was negotiated is the caller's check.
 */
enum tunnel_data_verdict tunnel_data_parse(
	struct mipm_span datagram, struct tunnel_data *out, struct mipm_span *inner);

/* Octets that the header will take. */
size_t tunnel_data_header_len(const struct tunnel_data *data);

/*
 * Writes the header by next_header, family, has_key and has_sequence; the latter two are ignored
 * unless it is GRE. Returns its length; 0 if the family does not fit the next header.
 */
size_t tunnel_data_build(const struct tunnel_data *data, uint8_t header[TUNNEL_DATA_HEADER_MAX]);

static inline uint32_t tunnel_data_key(uint8_t path, uint32_t path_count)
{
	return (uint32_t)path << 24 | (path_count & TUNNEL_DATA_COUNT_MASK);
}

static inline uint8_t tunnel_data_path(uint32_t key)
{
	return (uint8_t)(key >> 24);
}

static inline uint32_t tunnel_data_path_count(uint32_t key)
{
	return key & TUNNEL_DATA_COUNT_MASK;
}

#endif
