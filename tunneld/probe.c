/* SPDX-License-Identifier: BSD-2-Clause */
/* See probe.h. ICMP echo: RFC 792, RFC 4443 4. */
#include <string.h>

#include "libmip/cursor.h"
#include "tunneld/checksum.h"
#include "tunneld/probe.h"

#define MAGIC	    0x524b4131 /* RKA1 */
#define ICMP_HEADER 8
#define DATA_LEN    24
#define ECHO	    8
#define ECHO_REPLY  0
#define ECHO6	    128
#define ECHO6_REPLY 129
#define PROBE_TTL   64
#define IPV4_HEADER 20
#define IPV6_HEADER 40

static void write_ip(struct mip_writer *w, const struct mipm_addr *src, const struct mipm_addr *dst,
	uint16_t payload)
{
	if (src->family == MIPM_IPV4) {
		mip_write_u16(w, 0x4500);
		mip_write_u16(w, IPV4_HEADER + payload);
		mip_write_u32(w, 0x00004000); /* no identification, don't fragment */
		mip_write_u8(w, PROBE_TTL);
		mip_write_u8(w, INNER_ICMP);
		mip_write_u16(w, 0); /* checksum, below */
		mip_write_octets(w, src->octets, 4);
		mip_write_octets(w, dst->octets, 4);
		return;
	}
	mip_write_u32(w, 0x60000000);
	mip_write_u16(w, payload);
	mip_write_u8(w, INNER_ICMP6);
	mip_write_u8(w, PROBE_TTL);
	mip_write_octets(w, src->octets, 16);
	mip_write_octets(w, dst->octets, 16);
}

static uint16_t icmp_checksum(const struct inner *in)
{
	uint32_t len = in->len - in->header_len, sum = 0;

	if (in->family == MIPM_IPV6)
		sum = checksum_pseudo(MIPM_IPV6, in->src, in->dst, INNER_ICMP6, len);
	return checksum_fold(checksum_add(sum, in->data + in->header_len, len));
}

static void set_header_checksum(uint8_t *packet, uint32_t header_len)
{
	put16(packet + 10, 0);
	put16(packet + 10, checksum_fold(checksum_add(0, packet, header_len)));
}

size_t probe_build(const struct mipm_addr *near, const struct mipm_addr *far,
	const struct probe *probe, uint8_t packet[PROBE_PACKET_MAX])
{
	struct mip_writer w;
	struct inner in;

	if (near->family != far->family || !addr_is_present(near))
		return 0;
	mip_writer_init(&w, packet, PROBE_PACKET_MAX);
	write_ip(&w, near, far, ICMP_HEADER + DATA_LEN);
	mip_write_u8(&w, near->family == MIPM_IPV6 ? ECHO6 : ECHO);
	mip_write_u8(&w, 0);
	mip_write_u16(&w, 0); /* checksum, below */
	mip_write_u16(&w, probe->path);
	mip_write_u16(&w, probe->id);
	mip_write_u32(&w, MAGIC);
	mip_write_u8(&w, probe->kind);
	mip_write_u8(&w, probe->path);
	mip_write_u16(&w, DATA_LEN);
	mip_write_u32(&w, probe->boot_id);
	mip_write_u16(&w, 0); /* no promise of when the next one comes */
	mip_write_u16(&w, probe->id);
	mip_write_u64(&w, probe->sent_at);
	if (w.failed || !inner_parse(packet, w.pos, &in))
		return 0;
	put16(packet + in.header_len + 2, icmp_checksum(&in));
	if (in.family == MIPM_IPV4)
		set_header_checksum(packet, in.header_len);
	return w.pos;
}

static bool is_between(
	const struct inner *in, const struct mipm_addr *from, const struct mipm_addr *to)
{
	size_t n = in->family == MIPM_IPV6 ? 16 : 4;

	return from->family == in->family && to->family == in->family &&
	       memcmp(in->src, from->octets, n) == 0 && memcmp(in->dst, to->octets, n) == 0;
}

static bool is_sound(const struct inner *in)
{
	if (in->family == MIPM_IPV4 &&
		checksum_fold(checksum_add(0, in->data, in->header_len)) != 0)
		return false;
	return icmp_checksum(in) == 0;
}

/* The layout above, from the data of an echo. False: not of our kind. */
static bool read_data(const struct inner *in, struct probe *out)
{
	struct mipm_span data = { in->data + in->header_len + ICMP_HEADER,
		in->len - in->header_len - ICMP_HEADER };
	struct mip_reader r;

	mip_reader_init(&r, data);
	if (mip_read_u32(&r) != MAGIC)
		return false;
	out->kind = mip_read_u8(&r);
	out->path = mip_read_u8(&r);
	if (mip_read_u16(&r) < DATA_LEN)
		return false;
	out->boot_id = mip_read_u32(&r);
	mip_read_skip(&r, 2);
	out->id = mip_read_u16(&r);
	out->sent_at = mip_read_u64(&r);
	return !r.failed;
}

enum probe_verdict probe_recognise(
	const struct fib_hop *hop, const struct inner *inner, uint32_t boot_id, struct probe *out)
{
	bool v6 = inner->family == MIPM_IPV6;
	uint8_t type;

	if (inner->protocol != (v6 ? INNER_ICMP6 : INNER_ICMP) || !inner_has(inner, ICMP_HEADER) ||
		!is_between(inner, &hop->tunnel->far, &hop->tunnel->near))
		return PROBE_NONE;
	type = inner->data[inner->header_len];
	if (type == (v6 ? ECHO6 : ECHO)) {
		/* A home agent answers every echo of a router's home address, whoever made the
		 * router. A router leaves to its kernel what is no keepalive of our kind. */
		if (hop->tunnel->is_router && !read_data(inner, out))
			return PROBE_NONE;
		return is_sound(inner) ? PROBE_REQUEST : PROBE_BROKEN;
	}
	if (type != (v6 ? ECHO6_REPLY : ECHO_REPLY) || !read_data(inner, out) ||
		out->boot_id != boot_id)
		return PROBE_NONE;
	return is_sound(inner) ? PROBE_ANSWER : PROBE_BROKEN;
}

void probe_answer(uint8_t *packet, const struct inner *inner)
{
	uint8_t *icmp = packet + inner->header_len, address[16];
	size_t n = inner->family == MIPM_IPV6 ? 16 : 4, at = inner->family == MIPM_IPV6 ? 8 : 12;
	uint8_t type = inner->family == MIPM_IPV6 ? ECHO6_REPLY : ECHO_REPLY;
	uint16_t old = get16(icmp);

	memcpy(address, packet + at, n);
	memcpy(packet + at, packet + at + n, n);
	memcpy(packet + at + n, address, n);
	icmp[0] = type;
	put16(icmp + 2, checksum_change(get16(icmp + 2), old, get16(icmp)));
	if (inner->family == MIPM_IPV6) {
		packet[7] = PROBE_TTL;
		return;
	}
	packet[8] = PROBE_TTL;
	set_header_checksum(packet, inner->header_len);
}
