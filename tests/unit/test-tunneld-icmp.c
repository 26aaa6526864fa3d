/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

#include "tunneld/icmp.h"

static void test_icmp_too_big(void **state)
{
	uint8_t packet[128], out[ICMP_ERROR_MAX];
	struct mipm_addr from = A("203.0.113.1");
	struct inner in, error;
	size_t len;

	assert_true(inner_parse(packet, rig_packet(packet, "10.7.0.5", "192.0.2.80"), &in));
	assert_true(icmp_may_answer(&in));
	len = icmp_build(out, &in, ICMP_TOO_BIG, &from, 1400);
	assert_true(inner_parse(out, len, &error));
	assert_int_equal(error.len, 20 + 8 + 48);
	assert_memory_equal(error.src, from.octets, 4);
	assert_memory_equal(error.dst, in.src, 4);
	assert_int_equal(out[20], 3);
	assert_int_equal(out[21], 4);
	assert_int_equal(get16(out + 26), 1400);
	assert_memory_equal(out + 28, packet, 48);
	assert_int_equal(checksum_fold(checksum_add(0, out, 20)), 0);
	assert_int_equal(checksum_fold(checksum_add(0, out + 20, len - 20)), 0);
}

static void test_icmp6_too_big(void **state)
{
	uint8_t packet[128], out[ICMP_ERROR_MAX];
	struct mipm_addr from = A("203.0.113.1"); /* of the other family: not taken */
	struct inner in, error;
	size_t len;

	assert_true(inner_parse(packet, rig_packet(packet, "2001:db8::5", "2001:db8::80"), &in));
	len = icmp_build(out, &in, ICMP_TOO_BIG, &from, 1000);
	assert_true(inner_parse(out, len, &error));
	assert_memory_equal(error.src, in.dst, 16);
	assert_int_equal(out[40], 2);
	assert_int_equal(get16(out + 46), 1280); /* RFC 8200: nothing below */
	assert_int_equal(checksum_fold(checksum_add(checksum_pseudo(MIPM_IPV6, error.src, error.dst,
							    INNER_ICMP6, (uint32_t)len - 40),
				 out + 40, len - 40)),
		0);
}

static void test_what_gets_no_icmp(void **state)
{
	static const char *const sources[] = { "0.0.0.0", "127.0.0.1", "224.0.0.1",
		"255.255.255.255", "169.254.1.1", "::", "ff02::1", "fe80::1" };
	uint8_t packet[128];
	struct inner in;
	size_t len;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		len = rig_packet(
			packet, sources[i], strchr(sources[i], ':') ? "2001:db8::1" : "192.0.2.80");
		assert_true(inner_parse(packet, len, &in));
		assert_false(icmp_may_answer(&in));
	}
	len = rig_packet(packet, "10.7.0.5", "192.0.2.80");
	packet[9] = INNER_ICMP;
	packet[20] = 3; /* no error about an error */
	assert_true(inner_parse(packet, len, &in));
	assert_false(icmp_may_answer(&in));
	packet[20] = 8;
	assert_true(icmp_may_answer(&in));
	put16(packet + 6, 0x0010); /* a later fragment */
	assert_true(inner_parse(packet, len, &in));
	assert_false(icmp_may_answer(&in));
	len = rig_packet(packet, "2001:db8::5", "2001:db8::80");
	packet[6] = INNER_ICMP6;
	packet[40] = 1;
	assert_true(inner_parse(packet, len, &in));
	assert_false(icmp_may_answer(&in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_icmp_too_big),
		cmocka_unit_test(test_icmp6_too_big),
		cmocka_unit_test(test_what_gets_no_icmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
