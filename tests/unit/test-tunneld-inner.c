/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

static void test_lengths_that_do_not_fit_are_refused(void **state)
{
	uint8_t packet[128];
	size_t len = rig_packet(packet, "10.7.0.5", "192.0.2.80");
	struct inner in;

	assert_true(inner_parse(packet, len, &in));
	assert_int_equal(in.len, 48);
	assert_int_equal(in.header_len, 20);
	for (size_t cut = 0; cut < len; cut++)
		assert_false(inner_parse(packet, cut, &in));
	assert_true(inner_parse(packet, len + 30, &in)); /* what follows is not the packet's */
	assert_int_equal(in.len, 48);
	packet[0] = 0x44; /* header of 16 octets */
	assert_false(inner_parse(packet, len, &in));
	packet[0] = 0x4f; /* header longer than the packet */
	assert_false(inner_parse(packet, len, &in));
	packet[0] = 0x45;
	put16(packet + 2, 19);
	assert_false(inner_parse(packet, len, &in));
	packet[0] = 0x55;
	assert_false(inner_parse(packet, len, &in));
	len = rig_packet(packet, "2001:db8::1", "2001:db8::2");
	assert_true(inner_parse(packet, len, &in));
	for (size_t cut = 0; cut < len; cut++)
		assert_false(inner_parse(packet, cut, &in));
}

static void test_fragments(void **state)
{
	uint8_t packet[128];
	size_t len = rig_packet(packet, "10.7.0.5", "192.0.2.80");
	struct inner in;

	put16(packet + 6, 0x2000);
	assert_true(inner_parse(packet, len, &in));
	assert_true(in.is_fragment && !in.is_later);
	assert_false(inner_has(&in, 8));
	put16(packet + 6, 0x0001);
	assert_true(inner_parse(packet, len, &in));
	assert_true(in.is_fragment && in.is_later);
	put16(packet + 6, 0x4000);
	assert_true(inner_parse(packet, len, &in));
	assert_true(!in.is_fragment && in.dont_fragment);
	len = rig_packet(packet, "2001:db8::1", "2001:db8::2");
	packet[6] = INNER_FRAGMENT6;
	put16(packet + 42, 8);
	assert_true(inner_parse(packet, len, &in));
	assert_true(in.is_fragment && in.is_later);
}

/* RFC 1071 section 3: 00 01 f2 03 f4 f5 f6 f7 adds up to ddf2 */
static void test_checksum(void **state)
{
	static const uint8_t octets[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x80 };

	assert_int_equal(checksum_fold(checksum_add(0, octets, 8)), (uint16_t)~0xddf2);
	assert_int_equal(
		checksum_fold(checksum_add(0, octets, 9)), (uint16_t) ~(0xddf2 + 0x8000 - 0xffff));
	/* RFC 1624 section 4: checksum dd2f, 5555 becomes 3285: 0000 */
	assert_int_equal(checksum_change(0xdd2f, 0x5555, 0x3285), 0x0000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths_that_do_not_fit_are_refused),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
