/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP in UDP (RFC 3519) and GRE in IP in UDP (RFC 3519 with next header 47, RFC 2784, 2890).
 *
 *	04 04 0000 | 4500 ...		next header 4, an IPv4 packet
 *	04 2f 0000 | 0000 0800 | 4500 ...	bare GRE
 *
 * Towards our own kind any of these may come at any time, with or without numbers (mipv4.md section
 * 24). A stranger sends what was negotiated and no numbers, all else is dropped (RFC 3519 4.5).
 */
#include <string.h>

#include "libmip/tunnel_data.h"
#include "libmipsock/mipsock.h"
#include "tunneld/encap.h"

#define OUTER_IPV4 20
#define OUTER_IPV6 40
#define OUTER_UDP  8

static uint32_t udp_overhead(const struct mipm_endpoint *remote)
{
	uint32_t outer = remote->addr.family == MIPM_IPV6 ? OUTER_IPV6 : OUTER_IPV4;

	return outer + OUTER_UDP + TUNNEL_DATA_HEADER_MAX;
}

static void seal(struct encap_packet *packets, size_t n, bool gre)
{
	uint8_t header[TUNNEL_DATA_HEADER_MAX];
	struct tunnel_data data = { 0 };
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		struct encap_packet *p = &packets[i];
		uint8_t family = p->len ? p->data[0] >> 4 : 0;

		/* One family after the other is the rule: build the header once for a run. */
		if (family != data.family) {
			data.family = family;
			data.next_header = gre			 ? TUNNEL_DATA_GRE
					   : family == MIPM_IPV6 ? TUNNEL_DATA_IPV6
								 : TUNNEL_DATA_IPV4;
			len = tunnel_data_build(&data, header);
		}
		p->ok = len > 0;
		if (!p->ok)
			continue;
		p->data -= len;
		p->len += (uint32_t)len;
		memcpy(p->data, header, len);
	}
}

static void udp_seal(const struct fib_hop *hop, struct encap_packet *packets, size_t n)
{
	seal(packets, n, false);
}

static void udp_gre_seal(const struct fib_hop *hop, struct encap_packet *packets, size_t n)
{
	seal(packets, n, true);
}

static bool is_negotiated(const struct fib_hop *hop, const struct tunnel_data *data)
{
	if (hop->caps)
		return true;
	if (data->has_key || data->has_sequence)
		return false;
	return (data->next_header == TUNNEL_DATA_GRE) == (hop->encap == MIPM_ENCAP_UDP_GRE);
}

static void udp_open(const struct fib_hop *hop, struct encap_packet *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct encap_packet *p = &packets[i];
		struct mipm_span datagram = { p->data, p->len }, inner;
		struct tunnel_data data;

		p->ok = tunnel_data_parse(datagram, &data, &inner) == TUNNEL_DATA_OK &&
			is_negotiated(hop, &data);
		if (!p->ok)
			continue;
		p->data += data.header_len;
		p->len = inner.len;
	}
}

const struct encap encap_udp = {
	.name = "udp",
	.encap = MIPM_ENCAP_UDP,
	.overhead = udp_overhead,
	.seal = udp_seal,
	.open = udp_open,
};

const struct encap encap_udp_gre = {
	.name = "udp-gre",
	.encap = MIPM_ENCAP_UDP_GRE,
	.overhead = udp_overhead,
	.seal = udp_gre_seal,
	.open = udp_open,
};
