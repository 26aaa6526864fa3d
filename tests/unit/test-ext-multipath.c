/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

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

static void test_multipath_round_trip(void **state)
{
	assert_int_equal(parse_request("9a 01 0004 03 01 02 80"), 0);
	assert_true(request.ext.multipath.present);
	assert_int_equal(request.ext.multipath.att, 3);
	assert_int_equal(request.ext.multipath.label, 1);
	assert_int_equal(request.ext.multipath.bid, 2);
	assert_int_equal(request.ext.multipath.flags, MIP_MULTIPATH_BULK);
	check_built(true);
}

static void test_unknown_multipath_flags_are_ignored(void **state)
{
	assert_int_equal(parse_request("9a 01 0004 03 01 02 7f"), 0);
	assert_int_equal(request.ext.multipath.flags, MIP_MULTIPATH_OVERWRITE);
}

static void test_catch_all_is_decoded(void **state)
{
	assert_int_equal(parse_request("9a 02 0009 01 02 0201 01 00000000"), 0);
	assert_int_equal(request.ext.n_flows, 1);
	assert_true(request.ext.flows[0].catch_all);
	assert_int_equal(request.ext.flows[0].action, MIP_FLOW_FORWARD);
	assert_int_equal(request.ext.flows[0].n_bids, 2);
	assert_int_equal(request.ext.flows[0].bids[0], 2);
	assert_int_equal(request.ext.flows[0].bids[1], 1);
	check_built(true);
}

static void test_a_catch_all_is_built_without_a_selector(void **state)
{
	assert_int_equal(parse_request("9a 02 0009 01 02 0201 01 00000000"), 0);
	request.ext.flows[0].selector = (struct mipm_span) { 0 };
	request.ext.flows[0].selector_format = 0;
	check_built(true);
}

static void test_other_selectors_are_kept_as_octets(void **state)
{
	assert_int_equal(
		parse_request("9a 02 000a 01 01 07 01 00080000 01bb 9a 02 0008 00 01 ff 02 "
			      "00000000"),
		0);
	assert_int_equal(request.ext.n_flows, 2);
	assert_false(request.ext.flows[0].catch_all);
	assert_int_equal(request.ext.flows[0].selector.len, 6);
	assert_int_equal(request.ext.flows[1].action, MIP_FLOW_DROP);
	assert_false(request.ext.flows[1].catch_all);
	check_built(true);
}

static void test_impossible_flows_are_malformed(void **state)
{
	static const char *const broken[] = { "9a 02 0007 01 00 01 00000000",
		"9a 02 0004 01 09 01 02", "9a 02 0007 01 02 0201 01 0000", "9a 02 0004 01 08 01 02",
		"9a 02 0003 010101", "9a 02 0010 01 09 010203040506070809 01 00000000" };

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(parse_request(broken[i]), MIP_VERDICT_MALFORMED);
}

static void test_flows_are_bounded(void **state)
{
	wire_set(&wire, WIRE_REPLY);
	for (int i = 0; i < MIP_MAX_FLOWS; i++)
		wire_add(&wire, "9a 02 0008 01 01 01 01 00000000");
	assert_int_equal(mip_reply_parse(wire_span(&wire), &reply), 0);
	check_built(false);
	wire_add(&wire, "9a 02 0008 01 01 01 01 00000000");
	assert_int_equal(mip_reply_parse(wire_span(&wire), &reply), MIP_VERDICT_TOO_MANY);
}

static void test_a_flow_without_bids_cannot_be_built(void **state)
{
	uint8_t buf[200];
	size_t len;

	assert_int_equal(parse_reply(""), 0);
	reply.ext.n_flows = 1;
	assert_true(mip_reply_build(&reply, NULL, NULL, buf, sizeof(buf), &len) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multipath_round_trip),
		cmocka_unit_test(test_unknown_multipath_flags_are_ignored),
		cmocka_unit_test(test_catch_all_is_decoded),
		cmocka_unit_test(test_a_catch_all_is_built_without_a_selector),
		cmocka_unit_test(test_other_selectors_are_kept_as_octets),
		cmocka_unit_test(test_impossible_flows_are_malformed),
		cmocka_unit_test(test_flows_are_bounded),
		cmocka_unit_test(test_a_flow_without_bids_cannot_be_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
