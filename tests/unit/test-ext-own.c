/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "base/addr.h"
#include "libmip/mip.h"

static struct wire wire;
static struct mip_request request;
static struct mip_reply reply;

static int parse_request(const char *extensions)
{
	wire_set(&wire, WIRE_REQUEST);
	wire_add(&wire, extensions);
	return mip_request_parse(wire_span(&wire), &request);
}

static int parse_reply(const char *extensions)
{
	wire_set(&wire, WIRE_REPLY);
	wire_add(&wire, extensions);
	return mip_reply_parse(wire_span(&wire), &reply);
}

static void check_built(bool is_request)
{
	uint8_t buf[2048];
	size_t len;
	int err = is_request ? mip_request_build(&request, NULL, NULL, buf, sizeof(buf), &len)
			     : mip_reply_build(&reply, NULL, NULL, buf, sizeof(buf), &len);

	assert_int_equal(err, 0);
	assert_int_equal(len, wire.len);
	assert_memory_equal(buf, wire.octets, len);
}

static void test_caps_round_trip(void **state)
{
	assert_int_equal(parse_request("86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4"), 0);
	assert_true(request.ext.caps.present);
	assert_int_equal(request.ext.caps.version, MIP_CAPS_VERSION);
	assert_int_equal(request.ext.caps.role, MIP_CAPS_ROUTER);
	assert_int_equal(request.ext.caps.features,
		MIP_FEATURE_SEQUENCE | MIP_FEATURE_KEY | MIP_FEATURE_REPORT | MIP_FEATURE_WATCH |
			MIP_FEATURE_MULTIPATH | MIP_FEATURE_OBSERVED_ADDRESS);
	assert_int_equal(request.ext.caps.boot_id, 0xa1b2c3d4);
	check_built(true);
}

static void test_a_longer_value_is_read_as_far_as_known(void **state)
{
	assert_int_equal(
		parse_request("86 14 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4 ffff 83 01 61"), 0);
	assert_true(request.ext.caps.present);
	assert_int_equal(request.ext.nai.len, 1);
}

static void test_another_vendors_kind_is_not_ours(void **state)
{
	assert_int_equal(parse_request("86 12 0000 00007eda 0001 01 01 00000c0f a1b2c3d4"), 0);
	assert_false(request.ext.caps.present);
	assert_int_equal(request.ext.n_exts, 1);
}

static void test_an_unknown_kind_is_skipped_but_kept(void **state)
{
	assert_int_equal(parse_request("86 09 0000 00007ed9 0063 ff"), 0);
	assert_int_equal(request.ext.n_exts, 1);
	assert_int_equal(request.ext.exts[0].kind, 0x63);
}

static void test_two_different_kinds_are_no_duplicates(void **state)
{
	assert_int_equal(
		parse_request("86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4 "
			      "86 18 0000 00007ed9 0008 0041 0030 0096 001e 01f4 03e8 0032 02 "
			      "01"),
		0);
	assert_int_equal(request.ext.watch.theta_0, 65);
	assert_int_equal(request.ext.watch.theta_min, 48);
	assert_int_equal(request.ext.watch.theta_max, 150);
	assert_int_equal(request.ext.watch.fill, 30);
	assert_int_equal(request.ext.watch.idle, 500);
	assert_int_equal(request.ext.watch.report_calm, 1000);
	assert_int_equal(request.ext.watch.report_alert, 50);
	assert_int_equal(request.ext.watch.width, 2);
	assert_int_equal(request.ext.watch.flags, MIP_WATCH_REPLAY);
	check_built(true);
}

static void test_the_same_kind_twice_is_a_duplicate(void **state)
{
	assert_int_equal(parse_request("86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4 "
				       "86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4"),
		MIP_VERDICT_DUPLICATE_EXT);
}

static void test_observed_address_round_trip(void **state)
{
	char buf[ENDPOINT_TEXT_MAX];

	assert_int_equal(parse_reply("86 10 0000 00007ed9 0009 01 00 9d81 cb00714d"), 0);
	assert_string_equal(endpoint_print(&reply.ext.observed_addr, buf), "203.0.113.77:40321");
	check_built(false);
	assert_int_equal(parse_reply("86 1c 0000 00007ed9 0009 02 00 01b2 "
				     "20010db8000000000000000000000001"),
		0);
	assert_string_equal(endpoint_print(&reply.ext.observed_addr, buf), "[2001:db8::1]:434");
	check_built(false);
}

static void test_an_observed_family_we_do_not_know_is_no_address(void **state)
{
	assert_int_equal(parse_reply("86 0c 0000 00007ed9 0009 07 00 9d81"), 0);
	assert_false(addr_is_present(&reply.ext.observed_addr.addr));
}

static void test_an_observed_address_cut_short_is_malformed(void **state)
{
	assert_int_equal(
		parse_reply("86 0f 0000 00007ed9 0009 01 00 9d81 cb0071"), MIP_VERDICT_MALFORMED);
	assert_int_equal(
		parse_reply("86 10 0000 00007ed9 0009 02 00 9d81 cb007101"), MIP_VERDICT_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caps_round_trip),
		cmocka_unit_test(test_a_longer_value_is_read_as_far_as_known),
		cmocka_unit_test(test_another_vendors_kind_is_not_ours),
		cmocka_unit_test(test_an_unknown_kind_is_skipped_but_kept),
		cmocka_unit_test(test_two_different_kinds_are_no_duplicates),
		cmocka_unit_test(test_the_same_kind_twice_is_a_duplicate),
		cmocka_unit_test(test_observed_address_round_trip),
		cmocka_unit_test(test_an_observed_family_we_do_not_know_is_no_address),
		cmocka_unit_test(test_an_observed_address_cut_short_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
