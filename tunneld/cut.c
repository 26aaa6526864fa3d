/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See cut.h. What differs from segment to segment: RFC 9293 3.1 (sequence number, FIN and PSH only
 * in the last), RFC 3168 6.1.2 (CWR only in the first), RFC 791 (identification, total length).
 */
#include <string.h>

#include "tunneld/checksum.h"
#include "tunneld/cut.h"

#define TCP_HEADER_MIN 20
#define TCP_FIN	       0x01
#define TCP_PSH	       0x08
#define TCP_CWR	       0x80
#define UDP_HEADER     8

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

/* RFC 768: a checksum of 0 is sent as all ones, as 0 would mean none. */
static void put_checksum(uint8_t *at, uint32_t sum, uint8_t protocol)
{
	uint16_t checksum = checksum_fold(sum);

	put16(at, checksum == 0 && protocol == INNER_UDP ? 0xffff : checksum);
}

/* The kernel summed up the pseudo header and left the rest to us. */
static bool complete(const struct virtio_net_hdr *how, uint8_t *packet, const struct inner *in)
{
	uint32_t start = how->csum_start, at = start + how->csum_offset;

	if (start < in->header_len || at + 2 > in->len)
		return false;
	put_checksum(packet + at, checksum_add(0, packet + start, in->len - start),
		how->csum_offset == 6 ? INNER_UDP : INNER_TCP);
	return true;
}

/* Which transport protocol is to be cut; 0: none that we know. */
static uint8_t protocol_of(const struct virtio_net_hdr *how, uint8_t family)
{
	switch (how->gso_type) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return family == MIPM_IPV4 ? INNER_TCP : 0;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return family == MIPM_IPV6 ? INNER_TCP : 0;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return INNER_UDP;
	}
	return 0;
}

static uint32_t transport_len(const uint8_t *transport, uint8_t protocol)
{
	return protocol == INNER_TCP ? (transport[12] >> 4) * 4U : UDP_HEADER;
}

bool cut_begin(
	struct cut *cut, const struct virtio_net_hdr *how, uint8_t *packet, const struct inner *in)
{
	bool partial = how->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	uint32_t least, len;

	*cut = (struct cut) { .packet = packet, .in = *in, .n = 1 };
	if (how->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return !partial || complete(how, packet, in);
	cut->in.protocol = protocol_of(how, in->family);
	cut->transport = how->csum_start; /* behind IPv6 extension headers, too */
	least = cut->in.protocol == INNER_TCP ? TCP_HEADER_MIN : UDP_HEADER;
	if (!cut->in.protocol || !partial || in->is_fragment || !how->gso_size ||
		cut->transport < in->header_len || cut->transport + least > in->len ||
		(in->family == MIPM_IPV4 && cut->transport != in->header_len))
		return false;
	len = transport_len(packet + cut->transport, cut->in.protocol);
	cut->header_len = cut->transport + len;
	cut->size = how->gso_size;
	if (len < least || cut->header_len > in->len || cut->header_len > CUT_HEADER_MAX)
		return false;
	if (in->len - cut->header_len <= cut->size)
		return complete(how, packet, in);
	cut->n = (in->len - cut->header_len + cut->size - 1) / cut->size;
	return true;
}

static void cut_ip(const struct cut *cut, uint32_t i, uint8_t *header, uint32_t len)
{
	if (cut->in.family == MIPM_IPV6) {
		put16(header + 4, (uint16_t)(len - 40));
		return;
	}
	put16(header + 2, (uint16_t)len);
	put16(header + 4, (uint16_t)(get16(header + 4) + i));
	put16(header + 10, 0);
	put16(header + 10, checksum_fold(checksum_add(0, header, cut->in.header_len)));
}

static uint8_t *cut_tcp(const struct cut *cut, uint32_t i, uint8_t *tcp)
{
	put32(tcp + 4, get32(tcp + 4) + i * cut->size);
	if (i > 0)
		tcp[13] &= (uint8_t)~TCP_CWR;
	if (i + 1 < cut->n)
		tcp[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	return tcp + 16;
}

void cut_segment(const struct cut *cut, uint32_t i, uint8_t *header, struct cut_body *body)
{
	uint8_t *transport = header + cut->transport, *checksum;
	uint32_t at = cut->header_len + i * cut->size, len, sum;

	body->octets = cut->packet + at;
	body->len = i + 1 < cut->n ? cut->size : cut->in.len - at;
	memcpy(header, cut->packet, cut->header_len);
	cut_ip(cut, i, header, cut->header_len + body->len);
	len = cut->header_len - cut->transport;
	if (cut->in.protocol == INNER_TCP) {
		checksum = cut_tcp(cut, i, transport);
	} else {
		put16(transport + 4, (uint16_t)(len + body->len));
		checksum = transport + 6;
	}
	put16(checksum, 0);
	sum = checksum_pseudo(
		cut->in.family, cut->in.src, cut->in.dst, cut->in.protocol, len + body->len);
	sum = checksum_add(sum, transport, len);
	put_checksum(checksum, checksum_add(sum, body->octets, body->len), cut->in.protocol);
}
