/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "tests/wanem/filter.h"
#include "wanem-frames.h"

#define A 0x0a000001
#define B 0x0a000002

static bool drops(const char *text, const struct test_frame *made)
{
	struct test_frame copy = *made;
	struct filter filter;
	struct frame frame;

	assert_int_equal(filter_read(&filter, text), 0);
	frame_parse(&frame, copy.octets, copy.len);
	return filter_drops(&filter, &frame);
}

static void test_kinds(void **state)
{
	struct test_frame udp, tcp, echo, arp = { .len = 42 };

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 100);
	test_frame_ports(&tcp, IPPROTO_TCP, A, 5000, B, 80, 100);
	test_frame_echo(&echo, 8, A, B, 7);
	octets_set_u16(arp.octets + 12, FRAME_ARP);
	assert_true(drops("udp", &udp) && !drops("udp", &tcp) && !drops("udp", &echo));
	assert_true(drops("tcp", &tcp) && !drops("tcp", &udp));
	assert_true(drops("icmp", &echo) && !drops("icmp", &udp));
	assert_true(drops("ip", &udp) && drops("ip4", &tcp) && !drops("ip6", &udp));
	assert_true(drops("arp", &arp) && !drops("ip", &arp) && drops("all", &arp));
}

static void test_ports_of_both_ends(void **state)
{
	struct test_frame udp, echo;

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 100);
	test_frame_echo(&echo, 8, A, B, 434);
	assert_true(drops("port=434", &udp) && drops("port=5000", &udp));
	assert_false(drops("port=435", &udp));
	assert_false(drops("tcp,port=434", &udp));
	assert_false(drops("port=434", &echo));
}

static void test_sizes_are_those_of_ip_packets(void **state)
{
	struct test_frame udp;

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 72);
	assert_true(drops("larger=99", &udp));
	assert_false(drops("larger=100", &udp));
}

static void test_a_later_fragment_has_no_ports(void **state)
{
	struct test_frame udp;

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 100);
	octets_set_u16(udp.octets + FRAME_HEADER + 6, 185);
	assert_true(drops("udp", &udp));
	assert_false(drops("port=434", &udp));
}

static void test_each_third_of_those_that_match(void **state)
{
	struct test_frame udp, echo;
	struct filter filter;
	struct frame frame;
	unsigned dropped = 0;

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 100);
	test_frame_echo(&echo, 8, A, B, 7);
	assert_int_equal(filter_read(&filter, "udp,every=3"), 0);
	for (int i = 0; i < 30; i++) {
		frame_parse(&frame, echo.octets, echo.len);
		assert_false(filter_drops(&filter, &frame));
		frame_parse(&frame, udp.octets, udp.len);
		dropped += filter_drops(&filter, &frame);
	}
	assert_int_equal(dropped, 10);
}

static void test_short_frames_have_nothing_inside(void **state)
{
	struct test_frame udp;

	test_frame_ports(&udp, IPPROTO_UDP, A, 5000, B, 434, 0);
	for (udp.len = FRAME_HEADER; udp.len < FRAME_HEADER + 28; udp.len++)
		assert_false(drops("port=434", &udp));
	assert_true(drops("port=434", &udp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_ports_of_both_ends),
		cmocka_unit_test(test_sizes_are_those_of_ip_packets),
		cmocka_unit_test(test_a_later_fragment_has_no_ports),
		cmocka_unit_test(test_each_third_of_those_that_match),
		cmocka_unit_test(test_short_frames_have_nothing_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
