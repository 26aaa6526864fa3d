/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The joiner with the cutter as its judge: whatever packets come out of a tunnel, what the kernel
 * would make of the joined ones, cut again, are the same packets, and each flow's in their order.
 * And the cutter alone, with any header in front of any packet.
 *
 * The input is a list of packets of four flows: flow, flags, payload, and octets to be turned over
 * before and after the checksum is made.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/support/packets.h"
#include "tunneld/cut.h"
#include "tunneld/join.h"

#define PACKETS_MAX 48
#define ROOM	    400
#define FLOWS	    4

static uint8_t packets[PACKETS_MAX][ROOM], before[PACKETS_MAX][ROOM];
static bool seen[PACKETS_MAX];
static size_t n_packets;
static struct join join;

static void make(struct packets_flow *flows, const uint8_t *data)
{
	struct packets_flow *flow = &flows[data[0] % FLOWS];
	uint32_t payload = data[1] % 4 == 0 ? data[1] : 100;
	uint32_t len = packets_next(flow, packets[n_packets], payload, data[2]);
	struct inner in;

	if (data[3])
		packets[n_packets][data[3] % len] ^= data[4];
	if (data[3] && data[5] % 8)
		packets_seal(packets[n_packets], len);
	if (data[5] == 1)
		packets[n_packets][data[6] % len] ^= data[7];
	if (!inner_parse(packets[n_packets], len, &in))
		return;
	memcpy(before[n_packets], packets[n_packets], ROOM);
	seen[n_packets++] = false;
}

/* An identification that means nothing is none of anybody's (RFC 6864). */
static void forget_ident(uint8_t *packet)
{
	if (packet[0] >> 4 != 4 || !(packet[6] & 0x40))
		return;
	put16(packet + 4, 0);
	put16(packet + 10, 0);
	put16(packet + 10, checksum_fold(checksum_add(0, packet, (packet[0] & 15) * 4U)));
}

static bool is_same(const uint8_t *made, uint32_t len, const uint8_t *was, bool joined)
{
	uint8_t a[ROOM], b[ROOM];
	struct inner in;

	if (!inner_parse(was, ROOM, &in) || in.len != len)
		return false;
	memcpy(a, made, len);
	memcpy(b, was, len);
	if (joined) {
		forget_ident(a);
		forget_ident(b);
	}
	return memcmp(a, b, len) == 0;
}

/* The first packet not seen yet that looks like this one is this one. */
static size_t find(const uint8_t *made, uint32_t len, bool joined)
{
	for (size_t i = 0; i < n_packets; i++) {
		if (seen[i] || !is_same(made, len, before[i], joined))
			continue;
		seen[i] = true;
		return i;
	}
	MUST(!"a packet that nobody sent");
	return 0;
}

static bool same_flow(const uint8_t *a, const uint8_t *b)
{
	struct inner x, y;

	MUST(inner_parse(a, ROOM, &x) && inner_parse(b, ROOM, &y));
	return x.family == y.family && x.protocol == y.protocol && inner_has(&x, 4) &&
	       inner_has(&y, 4) && memcmp(x.src, y.src, x.family == 4 ? 8 : 32) == 0 &&
	       memcmp(a + x.header_len, b + y.header_len, 4) == 0;
}

static void take(const uint8_t *made, uint32_t len, bool joined)
{
	size_t at = find(made, len, joined);

	for (size_t i = 0; i < at; i++)
		MUST(seen[i] || !same_flow(before[i], before[at]));
}

static void write_item(const struct join_item *item)
{
	static uint8_t whole[65536], segment[ROOM + CUT_HEADER_MAX];
	struct cut_body body;
	uint32_t len = 0;
	struct inner in;
	struct cut cut;

	for (uint32_t i = 1; i < item->n_iov; i++) {
		memcpy(whole + len, item->iov[i].iov_base, item->iov[i].iov_len);
		len += (uint32_t)item->iov[i].iov_len;
	}
	MUST(len == item->len && inner_parse(whole, len, &in) && in.len == len);
	MUST(cut_begin(&cut, &item->how, whole, &in) && cut.n == item->n);
	if (cut.n == 1)
		take(whole, len, false);
	for (uint32_t i = 0; cut.n > 1 && i < cut.n; i++) {
		cut_segment(&cut, i, segment, &body);
		memcpy(segment + cut.header_len, body.octets, body.len);
		take(segment, cut.header_len + body.len, true);
	}
}

static void join_and_cut(const uint8_t *data, size_t size)
{
	struct packets_flow flows[FLOWS] = { { 4, INNER_TCP, 1, 1, 1, false },
		{ 4, INNER_UDP, 2, 1, 1, true }, { 6, INNER_TCP, 3, 1, 1, false },
		{ 4, INNER_TCP, 4, 1, 1, true } };
	struct inner in;

	n_packets = 0;
	for (; size >= 8 && n_packets < PACKETS_MAX; data += 8, size -= 8)
		make(flows, data);
	join.tcp = join.udp = true;
	join.n_joined = 0;
	join_reset(&join);
	for (size_t i = 0; i < n_packets; i++) {
		MUST(inner_parse(packets[i], ROOM, &in) && join_has_room(&join));
		join_add(&join, packets[i], &in);
	}
	join_finish(&join);
	for (uint32_t i = 0; i < join.n; i++)
		write_item(&join.items[i]);
	for (size_t i = 0; i < n_packets; i++)
		MUST(seen[i]);
}

/* Nothing is read or written beyond the packet, whatever the header says. */
static void cut_alone(const uint8_t *data, size_t size)
{
	struct virtio_net_hdr how;
	uint8_t header[CUT_HEADER_MAX], *packet;
	struct cut_body body;
	struct inner in;
	struct cut cut;

	if (size < sizeof(how) + 1)
		return;
	memcpy(&how, data, sizeof(how));
	size -= sizeof(how);
	packet = malloc(size);
	MUST(packet);
	memcpy(packet, data + sizeof(how), size);
	if (inner_parse(packet, size, &in) && cut_begin(&cut, &how, packet, &in) && cut.n > 1) {
		for (uint32_t i = 0; i < cut.n; i++) {
			cut_segment(&cut, i, header, &body);
			MUST(body.len > 0 && body.octets + body.len <= packet + in.len);
		}
	}
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	join_and_cut(data, size);
	cut_alone(data, size);
	return 0;
}
