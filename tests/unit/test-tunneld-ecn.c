/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6040 figure 4, all of it. */
#include "tests/support/packets.h"
#include "tests/support/unit.h"
#include "tunneld/ecn.h"

#define DROP 9

/* By the inner field, then by the outer one: not ECT, ECT(1), ECT(0), CE. */
static const uint8_t figure4[4][4] = {
	{ 0, 0, 0, DROP },
	{ 1, 1, 1, 3 },
	{ 2, 1, 2, 3 },
	{ 3, 3, 3, 3 },
};

static uint8_t packet[200];

static void make(uint8_t family, uint8_t tos)
{
	struct packets_flow flow = { .family = family, .protocol = INNER_UDP, .host = 5 };
	uint32_t len = packets_next(&flow, packet, 50, 0);

	if (family == MIPM_IPV6)
		put16(packet, (uint16_t)(0x6000 | tos << 4));
	else
		packet[1] = tos;
	packets_seal(packet, len);
}

static uint8_t tos_of(void)
{
	return packet[0] >> 4 == MIPM_IPV6 ? (uint8_t)(get16(packet) >> 4) : packet[1];
}

static void test_figure_4(void **state)
{
	static const uint8_t families[] = { MIPM_IPV4, MIPM_IPV6 };

	for (size_t i = 0; i < 32; i++) {
		uint8_t inside = i / 4 % 4, outside = i % 4, wanted = figure4[inside][outside];
		struct inner in;

		make(families[i / 16], (uint8_t)(0xb8 | inside));
		assert_true(inner_parse(packet, sizeof(packet), &in));
		assert_int_equal(
			ecn_bring_in(packet, &in, (uint8_t)(0x20 | outside)), wanted != DROP);
		assert_int_equal(tos_of(), 0xb8 | (wanted == DROP ? inside : wanted));
		if (in.family == MIPM_IPV4)
			assert_int_equal(checksum_fold(checksum_add(0, packet, 20)), 0);
	}
}

static void test_going_in(void **state)
{
	make(MIPM_IPV4, 0xba);
	assert_int_equal(ecn_outer(packet, true), 0xba);
	assert_int_equal(ecn_outer(packet, false), 0xb8);
	make(MIPM_IPV6, 0xbb);
	assert_int_equal(ecn_outer(packet, true), 0xbb);
	assert_int_equal(ecn_outer(packet, false), 0xb8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figure_4),
		cmocka_unit_test(test_going_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
