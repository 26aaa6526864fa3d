/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "base/addr.h"
#include "libmip/mac.h"
#include "libmip/print.h"
#include "libmip/revocation.h"

#define REVOCATION "07 00 8000 0ac80007 cb007101 c633644d e9dcad41"
#define ACK	   "0f 00 0000 0ac80007 e9dcad41"
#define NTP_EPOCH  UINT64_C(2208988800)

static struct wire wire;
static struct mip_revocation revocation;
static struct mip_revocation_ack ack;

static int parse(const char *hex)
{
	wire_set(&wire, hex);
	return mip_revocation_parse(wire_span(&wire), &revocation);
}

static int parse_ack(const char *hex)
{
	wire_set(&wire, hex);
	return mip_revocation_ack_parse(wire_span(&wire), &ack);
}

static void check_built(bool is_ack)
{
	uint8_t buf[256];
	size_t len;
	int err = is_ack ? mip_revocation_ack_build(&ack, NULL, NULL, buf, sizeof(buf), &len)
			 : mip_revocation_build(&revocation, NULL, NULL, buf, sizeof(buf), &len);

	assert_int_equal(err, 0);
	assert_int_equal(len, wire.len);
	assert_memory_equal(buf, wire.octets, len);
}

static void test_revocation_round_trip(void **state)
{
	assert_int_equal(parse(REVOCATION), 0);
	assert_true(revocation.from_home_agent);
	assert_false(revocation.inform);
	assert_int_equal(addr_to_v4(&revocation.home_addr), 0x0ac80007);
	assert_int_equal(addr_to_v4(&revocation.home_agent), 0xcb007101);
	assert_int_equal(addr_to_v4(&revocation.careof_addr), 0xc633644d);
	assert_int_equal(revocation.ident, 0xe9dcad41);
	check_built(false);
	assert_int_equal(parse("07 00 4000 0ac80007 cb007101 c633644d e9dcad41 91 03 01 6f6b"), 0);
	assert_false(revocation.from_home_agent);
	assert_true(revocation.inform);
	assert_int_equal(revocation.ext.message_string.len, 2);
	check_built(false);
}

static void test_ack_round_trip(void **state)
{
	assert_int_equal(parse_ack(ACK), 0);
	assert_false(ack.inform);
	assert_int_equal(addr_to_v4(&ack.home_addr), 0x0ac80007);
	assert_int_equal(ack.ident, 0xe9dcad41);
	check_built(true);
	assert_int_equal(parse_ack("0f 00 8000 0ac80007 e9dcad41"), 0);
	assert_true(ack.inform);
	check_built(true);
}

static void test_reserved_bits_are_ignored(void **state)
{
	assert_int_equal(parse("07 ff 3fff 0ac80007 cb007101 c633644d e9dcad41"), 0);
	assert_false(revocation.from_home_agent);
	assert_false(revocation.inform);
	assert_int_equal(parse_ack("0f ff 7fff 0ac80007 e9dcad41"), 0);
	assert_false(ack.inform);
}

static void test_what_is_shorter_than_the_fixed_part_is_none(void **state)
{
	assert_int_equal(
		parse("07 00 8000 0ac80007 cb007101 c633644d e9dcad"), MIP_VERDICT_TOO_SHORT);
	assert_int_equal(parse_ack("0f 00 0000 0ac80007 e9dcad"), MIP_VERDICT_TOO_SHORT);
	assert_int_equal(parse(ACK), MIP_VERDICT_UNKNOWN_TYPE);
	assert_int_equal(parse_ack(REVOCATION), MIP_VERDICT_UNKNOWN_TYPE);
}

static void test_unknown_extensions(void **state)
{
	assert_int_equal(parse(REVOCATION "64 00"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(REVOCATION "c8 00"), MIP_VERDICT_OK);
	assert_int_equal(revocation.ext.n_skipped, 1);
	assert_int_equal(parse_ack(ACK "64 00"), MIP_VERDICT_UNKNOWN_EXT);
}

static void test_a_signed_one_verifies_and_no_flipped_bit_does(void **state)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	struct mip_sa *sa;
	struct mac *mac;
	uint8_t buf[64];
	size_t len;
	struct mipm_span span = { .data = buf };

	assert_int_equal(mac_new(1, &mac), 0);
	assert_int_equal(sa_new(1007, MIP_HMAC_MD5, key, sizeof(key), &sa), 0);
	assert_int_equal(parse(REVOCATION), 0);
	assert_int_equal(mip_revocation_build(&revocation, mac, sa, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, 20 + 22);
	span.len = (uint32_t)len;
	for (size_t bit = 0; bit <= 8 * len; bit++) {
		bool is_whole = bit == 8 * len, is_good;

		buf[bit / 8 % len] ^= (uint8_t)(is_whole ? 0 : 0x80 >> bit % 8);
		is_good = mip_revocation_parse(span, &revocation) == MIP_VERDICT_OK &&
			  mac_verify(mac, sa, span, &revocation.ext.mn_ha) == 0;
		assert_int_equal(is_good, is_whole);
		buf[bit / 8 % len] ^= (uint8_t)(is_whole ? 0 : 0x80 >> bit % 8);
	}
	sa_free(sa);
	mac_free(mac);
}

static void test_support_extension(void **state)
{
	struct mip_request request;
	uint8_t buf[256];
	size_t len;

	wire_set(&wire, WIRE_REQUEST);
	wire_add(&wire, "89 06 8000 e9dcad40");
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), 0);
	assert_true(request.ext.revocation.present);
	assert_true(request.ext.revocation.inform);
	assert_int_equal(request.ext.revocation.timestamp, 0xe9dcad40);
	assert_int_equal(mip_request_build(&request, NULL, NULL, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, wire.len);
	assert_memory_equal(buf, wire.octets, len);
}

static void test_support_that_is_wrong(void **state)
{
	static const struct {
		const char *extensions;
		int verdict;
	} rows[] = {
		{ "89 05 8000 e9dcad", MIP_VERDICT_MALFORMED },
		{ "89 07 8000 e9dcad40 00", MIP_VERDICT_MALFORMED },
		{ "89 06 8000 e9dcad40 89 06 8000 e9dcad40", MIP_VERDICT_DUPLICATE_EXT },
	};
	struct mip_request request;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wire_set(&wire, WIRE_REQUEST);
		wire_add(&wire, rows[i].extensions);
		assert_int_equal(mip_request_parse(wire_span(&wire), &request), rows[i].verdict);
	}
	wire_set(&wire, WIRE_REQUEST);
	wire_add(&wire, WIRE_MN_HA "89 06 8000 e9dcad40");
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), 0);
	assert_false(request.ext.revocation.present); /* nobody signed it */
}

static void test_clock(void **state)
{
	assert_int_equal(mip_revocation_clock(0), NTP_EPOCH);
	assert_int_equal(mip_revocation_clock(UINT64_C(41500000000)), NTP_EPOCH + 41);
	assert_true(mip_revocation_is_newer(5, 4));
	assert_false(mip_revocation_is_newer(4, 4));
	assert_false(mip_revocation_is_newer(4, 5));
	assert_true(mip_revocation_is_newer(3, UINT32_MAX - 3)); /* 2036 */
	assert_false(mip_revocation_is_newer(UINT32_MAX - 3, 3));
}

static void test_print(void **state)
{
	char line[200];

	wire_set(&wire, "07 00 c000 0ac80007 cb007101 c633644d e9dcad41");
	assert_string_equal(mip_print(wire_span(&wire), line, sizeof(line)),
		"Registration Revocation from the home agent inform home 10.200.0.7 agent "
		"203.0.113.1 care-of 198.51.100.77 ident e9dcad41");
	wire_set(&wire, ACK);
	assert_string_equal(mip_print(wire_span(&wire), line, sizeof(line)),
		"Registration Revocation Acknowledgment home 10.200.0.7 ident e9dcad41");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_revocation_round_trip),
		cmocka_unit_test(test_ack_round_trip),
		cmocka_unit_test(test_reserved_bits_are_ignored),
		cmocka_unit_test(test_what_is_shorter_than_the_fixed_part_is_none),
		cmocka_unit_test(test_unknown_extensions),
		cmocka_unit_test(test_a_signed_one_verifies_and_no_flipped_bit_does),
		cmocka_unit_test(test_support_extension),
		cmocka_unit_test(test_support_that_is_wrong),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
