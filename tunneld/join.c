/* SPDX-License-Identifier: BSD-2-Clause */
/* See join.h. What may be joined: as tcp_gro_receive() and udp_gro_receive() decide. */
#include <string.h>

#include "base/table.h"
#include "tunneld/checksum.h"
#include "tunneld/join.h"

#define LEN_MAX	       65535
#define IPV4_HEADER    20
#define TCP_HEADER_MIN 20
#define TCP_CHECKSUM   16
#define TCP_FIN	       0x01
#define TCP_SYN	       0x02
#define TCP_RST	       0x04
#define TCP_PSH	       0x08
#define TCP_URG	       0x20
#define TCP_CWR	       0x80
#define UDP_HEADER     8
#define UDP_CHECKSUM   6

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

void join_reset(struct join *join)
{
	join->n = 0;
	memset(join->flows, 0, sizeof(join->flows));
}

/* ---- one packet ---------------------------------------------------------------------------- */

static uint32_t tcp_header(const struct inner *in)
{
	const uint8_t *tcp = in->data + in->header_len;
	uint32_t len;

	if (!inner_has(in, TCP_HEADER_MIN) || (tcp[13] & (TCP_SYN | TCP_RST | TCP_URG | TCP_CWR)))
		return 0;
	len = (tcp[12] >> 4) * 4U;
	return len >= TCP_HEADER_MIN && inner_has(in, len) ? in->header_len + len : 0;
}

static uint32_t udp_header(const struct inner *in)
{
	const uint8_t *udp = in->data + in->header_len;

	if (!inner_has(in, UDP_HEADER) || get16(udp + 4) != in->len - in->header_len ||
		get16(udp + 6) == 0)
		return 0;
	return in->header_len + UDP_HEADER;
}

/* Octets before the payload, if this kind of packet is ever joined; else 0. */
static uint32_t joinable(const struct join *join, const struct inner *in)
{
	uint32_t len = 0;

	if (in->is_fragment || (in->family == MIPM_IPV4 && in->header_len != IPV4_HEADER))
		return 0;
	if (in->protocol == INNER_TCP && join->tcp)
		len = tcp_header(in);
	else if (in->protocol == INNER_UDP && join->udp)
		len = udp_header(in);
	return len && len < in->len ? len : 0;
}

static bool is_right(const struct inner *in)
{
	uint32_t len = in->len - in->header_len;
	uint32_t sum = checksum_pseudo(in->family, in->src, in->dst, in->protocol, len);

	if (in->family == MIPM_IPV4 && checksum_fold(checksum_add(0, in->data, IPV4_HEADER)) != 0)
		return false;
	return checksum_fold(checksum_add(sum, in->data + in->header_len, len)) == 0;
}

/* ---- two packets --------------------------------------------------------------------------- */

/* Nothing may follow a shorter payload, or these flags. */
static bool is_last(const struct inner *in, uint32_t payload, uint32_t size)
{
	return payload < size ||
	       (in->protocol == INNER_TCP && (in->data[in->header_len + 13] & (TCP_FIN | TCP_PSH)));
}

/* Type of service, DF, time to live; an identification that goes on, or that means nothing (RFC
 * 6864 4.1) and stands still. */
static bool same_ip(const struct join_item *item, const struct inner *in)
{
	const uint8_t *a = item->in.data, *b = in->data;
	uint16_t step;

	if (in->family == MIPM_IPV6)
		return memcmp(a, b, 4) == 0 && a[7] == b[7];
	step = (uint16_t)(get16(b + 4) - get16(a + 4));
	return a[1] == b[1] && a[6] == b[6] && a[8] == b[8] &&
	       (step == item->n || (step == 0 && in->dont_fragment));
}

static bool same_tcp(const struct join_item *item, const struct inner *in, uint32_t header_len)
{
	const uint8_t *a = item->in.data + item->in.header_len, *b = in->data + in->header_len;
	uint32_t sent = item->len - item->header_len;

	return get32(b + 4) == get32(a + 4) + sent && memcmp(a + 8, b + 8, 5) == 0 &&
	       ((a[13] ^ b[13]) & ~(TCP_FIN | TCP_PSH)) == 0 && memcmp(a + 14, b + 14, 2) == 0 &&
	       memcmp(a + 18, b + 18, header_len - in->header_len - 18) == 0;
}

static bool same_flow(const struct join_item *item, const struct inner *in)
{
	size_t addrs = in->family == MIPM_IPV6 ? 32 : 8;

	return item->in.family == in->family && item->in.protocol == in->protocol &&
	       memcmp(item->in.src, in->src, addrs) == 0 &&
	       memcmp(item->in.data + item->in.header_len, in->data + in->header_len, 4) == 0;
}

/* All but the checksums. */
static bool fits(const struct join_item *item, const struct inner *in, uint32_t header_len)
{
	uint32_t payload = in->len - header_len;

	return item->is_open && item->header_len == header_len && item->n < JOIN_SEGMENTS &&
	       payload <= item->size && item->len + payload <= LEN_MAX && same_ip(item, in) &&
	       (in->protocol == INNER_UDP || same_tcp(item, in, header_len));
}

static bool append(struct join *join, struct join_item *item, const struct inner *in)
{
	uint32_t payload = in->len - item->header_len;

	if (!item->is_checked && !is_right(&item->in)) {
		item->is_open = false;
		return false;
	}
	item->is_checked = true;
	if (!is_right(in))
		return false;
	item->iov[item->n_iov++] =
		(struct iovec) { (uint8_t *)in->data + item->header_len, payload };
	item->n++;
	item->len += payload;
	if (in->protocol == INNER_TCP) /* FIN and PSH of the last */
		((uint8_t *)item->in.data)[item->in.header_len + 13] |=
			in->data[in->header_len + 13];
	join->n_joined++;
	return true;
}

/* ---- a batch ------------------------------------------------------------------------------- */

static struct join_item *item_new(struct join *join, uint8_t *packet, const struct inner *in)
{
	struct join_item *item = &join->items[join->n++];

	memset(&item->how, 0, sizeof(item->how));
	item->iov[0] = (struct iovec) { &item->how, sizeof(item->how) };
	item->iov[1] = (struct iovec) { packet, in->len };
	item->n_iov = 2;
	item->n = 1;
	item->len = in->len;
	item->is_open = item->is_checked = false;
	item->in = *in;
	return item;
}

void join_add_alone(struct join *join, uint8_t *packet, const struct inner *in)
{
	item_new(join, packet, in);
}

static uint64_t load(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

/* Who sends can make two flows share a place: then neither is joined. */
static uint8_t *place_of(struct join *join, const struct inner *in)
{
	uint64_t hash =
		table_mix(load(in->src) ^ load(in->dst + (in->family == MIPM_IPV6 ? 8 : 0)));

	hash = table_mix(hash ^ get32(in->data + in->header_len));
	return &join->flows[hash % JOIN_FLOWS];
}

void join_add(struct join *join, uint8_t *packet, const struct inner *in)
{
	uint32_t header_len = joinable(join, in), payload = in->len - header_len;
	struct join_item *item;
	uint8_t *place;

	if (!inner_has(in, 4)) { /* of which flow? Nothing may overtake it. */
		memset(join->flows, 0, sizeof(join->flows));
		item_new(join, packet, in);
		return;
	}
	place = place_of(join, in);
	item = *place ? &join->items[*place - 1] : NULL;
	if (header_len && item && same_flow(item, in) && fits(item, in, header_len) &&
		append(join, item, in)) {
		item->is_open = !is_last(in, payload, item->size);
		return;
	}
	item = item_new(join, packet, in);
	*place = (uint8_t)join->n;
	item->header_len = header_len;
	item->size = payload;
	item->is_open = header_len && !is_last(in, payload, payload);
}

/* ---- and out ------------------------------------------------------------------------------- */

/* Total length as it is now, and the pseudo header's sum where the kernel wants to go on. */
static void complete(struct join_item *item)
{
	const struct inner *in = &item->in;
	uint8_t *ip = (uint8_t *)in->data, *transport = ip + in->header_len;
	uint32_t len = item->len - in->header_len;
	bool udp = in->protocol == INNER_UDP, v6 = in->family == MIPM_IPV6;

	if (v6) {
		put16(ip + 4, (uint16_t)len);
	} else {
		put16(ip + 2, (uint16_t)item->len);
		put16(ip + 10, 0);
		put16(ip + 10, checksum_fold(checksum_add(0, ip, in->header_len)));
	}
	if (udp)
		put16(transport + 4, (uint16_t)len);
	item->how = (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = udp	 ? VIRTIO_NET_HDR_GSO_UDP_L4
			    : v6 ? VIRTIO_NET_HDR_GSO_TCPV6
				 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)item->header_len,
		.gso_size = (uint16_t)item->size,
		.csum_start = (uint16_t)in->header_len,
		.csum_offset = udp ? UDP_CHECKSUM : TCP_CHECKSUM,
	};
	put16(transport + item->how.csum_offset,
		(uint16_t)~checksum_fold(
			checksum_pseudo(in->family, in->src, in->dst, in->protocol, len)));
}

void join_finish(struct join *join)
{
	for (uint32_t i = 0; i < join->n; i++)
		if (join->items[i].n > 1)
			complete(&join->items[i]);
}
