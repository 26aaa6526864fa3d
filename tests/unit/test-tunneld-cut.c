/* SPDX-License-Identifier: BSD-2-Clause */
/* Large packets from the device, cut: each segment is a packet of its own with all that is right.
 */
#include "tests/support/packets.h"
#include "tests/support/unit.h"
#include "tunneld/cut.h"

#define ACK 0x10
#define PSH 0x08
#define FIN 0x01
#define CWR 0x80

static uint8_t packet[65535], header[CUT_HEADER_MAX], whole[65535];

static struct packets_flow flow_of(uint8_t family, uint8_t protocol)
{
	return (struct packets_flow) { .family = family,
		.protocol = protocol,
		.host = 5,
		.ident = 65534,
		.sequence = 0xffffff00 };
}

/* As the kernel gives it: the checksum's field has the pseudo header's sum. */
static struct virtio_net_hdr make_large(const struct inner *in, uint16_t size)
{
	bool tcp = in->protocol == INNER_TCP;
	uint32_t len = in->len - in->header_len;
	uint8_t *at = packet + in->header_len + (tcp ? 16 : 6);

	put16(at, (uint16_t)~checksum_fold(
			  checksum_pseudo(in->family, in->src, in->dst, in->protocol, len)));
	return (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = !size		      ? VIRTIO_NET_HDR_GSO_NONE
			    : !tcp		      ? VIRTIO_NET_HDR_GSO_UDP_L4
			    : in->family == MIPM_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6
						      : VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = size,
		.csum_start = (uint16_t)in->header_len,
		.csum_offset = tcp ? 16 : 6,
	};
}

static void segment(const struct cut *cut, uint32_t i, struct inner *in)
{
	struct cut_body body;
	uint32_t len;

	cut_segment(cut, i, header, &body);
	memcpy(whole, header, cut->header_len);
	memcpy(whole + cut->header_len, body.octets, body.len);
	assert_true(inner_parse(whole, cut->header_len + body.len, in));
	len = in->len - in->header_len;
	assert_int_equal(in->len, cut->header_len + body.len);
	assert_int_equal(checksum_fold(checksum_add(
				 checksum_pseudo(in->family, in->src, in->dst, in->protocol, len),
				 whole + in->header_len, len)),
		0);
	if (in->family == MIPM_IPV4)
		assert_int_equal(checksum_fold(checksum_add(0, whole, 20)), 0);
}

/* What the sender would have sent in small packets is what comes out. */
static void check_against_small(uint8_t family, uint8_t protocol, uint8_t flags)
{
	struct packets_flow large = flow_of(family, protocol), small = large;
	uint32_t size = 1000, payload = 5 * size + 1, at = 0;
	uint8_t expected[2000];
	struct virtio_net_hdr how;
	struct inner in;
	struct cut cut;

	assert_true(inner_parse(packet, packets_next(&large, packet, payload, flags), &in));
	how = make_large(&in, (uint16_t)size);
	assert_true(cut_begin(&cut, &how, packet, &in));
	assert_int_equal(cut.n, 6);
	assert_int_equal(cut_len(&cut), packets_header_len(&small) + size);
	for (uint32_t i = 0; i < cut.n; i++) {
		uint32_t part = i < 5 ? size : 1;
		uint8_t now = flags;

		if (i > 0)
			now &= (uint8_t)~CWR;
		if (i < 5)
			now &= (uint8_t) ~(FIN | PSH);
		segment(&cut, i, &in);
		assert_int_equal(in.len, packets_next(&small, expected, part, now));
		assert_memory_equal(whole, expected, in.len);
		at += part;
	}
	assert_int_equal(at, payload);
}

static void test_segments_are_what_small_packets_would_be(void **state)
{
	check_against_small(MIPM_IPV4, INNER_TCP, ACK | PSH | FIN);
	check_against_small(MIPM_IPV4, INNER_TCP, ACK | CWR);
	check_against_small(MIPM_IPV6, INNER_TCP, ACK | PSH);
	check_against_small(MIPM_IPV4, INNER_UDP, 0);
	check_against_small(MIPM_IPV6, INNER_UDP, 0);
}

static void test_small_packet_gets_its_checksum(void **state)
{
	static const uint8_t protocols[] = { INNER_TCP, INNER_UDP };
	uint8_t before[300];

	for (size_t i = 0; i < 2; i++) {
		struct packets_flow flow = flow_of(MIPM_IPV4, protocols[i]);
		uint32_t len = packets_next(&flow, packet, 101, ACK);
		struct virtio_net_hdr how;
		struct inner in;
		struct cut cut;

		memcpy(before, packet, len);
		assert_true(inner_parse(packet, len, &in));
		how = make_large(&in, 0);
		assert_memory_not_equal(packet, before, len);
		assert_true(cut_begin(&cut, &how, packet, &in));
		assert_int_equal(cut.n, 1);
		assert_memory_equal(packet, before, len);
		how = make_large(&in, 200); /* large in name only */
		assert_true(cut_begin(&cut, &how, packet, &in));
		assert_int_equal(cut.n, 1);
		assert_memory_equal(packet, before, len);
	}
}

static void test_headers_that_lie_are_refused(void **state)
{
	struct packets_flow flow = flow_of(MIPM_IPV4, INNER_TCP);
	struct virtio_net_hdr good, how;
	struct inner in;
	struct cut cut;

	assert_true(inner_parse(packet, packets_next(&flow, packet, 3000, ACK), &in));
	good = make_large(&in, 1000);
	assert_true(cut_begin(&cut, &good, packet, &in));
#define REFUSED(change)                                                                            \
	do {                                                                                       \
		how = good;                                                                        \
		change;                                                                            \
		assert_false(cut_begin(&cut, &how, packet, &in));                                  \
	} while (0)
	REFUSED(how.gso_size = 0);
	REFUSED(how.flags = 0);
	REFUSED(how.gso_type = VIRTIO_NET_HDR_GSO_TCPV6);
	REFUSED(how.gso_type = VIRTIO_NET_HDR_GSO_UDP);
	REFUSED(how.gso_type = 77);
	REFUSED(how.csum_start = 19);
	REFUSED(how.csum_start = 24);
	REFUSED(how.csum_start = 65000);
	REFUSED(in.is_fragment = true);
	in.is_fragment = false;
	REFUSED(packet[20 + 12] = 0x40); /* a TCP header of 16 octets */
	packet[20 + 12] = 0xf0;
	assert_true(cut_begin(&cut, &good, packet, &in));
	how = make_large(&in, 0);
	how.csum_start = 3035;
	assert_false(cut_begin(&cut, &how, packet, &in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segments_are_what_small_packets_would_be),
		cmocka_unit_test(test_small_packet_gets_its_checksum),
		cmocka_unit_test(test_headers_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
