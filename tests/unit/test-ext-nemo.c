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

static void test_requests_round_trip_in_order(void **state)
{
	assert_int_equal(parse_request("94 06 00 18 c0a84d00 94 06 00 00 00000000"), 0);
	assert_int_equal(request.ext.n_network_requests, 2);
	assert_int_equal(request.ext.network_requests[0].len, 24);
	assert_int_equal(addr_to_v4(&request.ext.network_requests[0].addr), 0xc0a84d00);
	assert_int_equal(request.ext.network_requests[1].len, 0);
	check_built(true);
}

static void test_host_bits_are_masked(void **state)
{
	assert_int_equal(parse_request("94 06 00 18 c0a84dff"), 0);
	assert_int_equal(addr_to_v4(&request.ext.network_requests[0].addr), 0xc0a84d00);
}

static void test_a_length_out_of_range_is_the_agents_to_refuse(void **state)
{
	assert_int_equal(parse_request("94 06 00 21 c0a84dff"), 0);
	assert_int_equal(request.ext.network_requests[0].len, 33);
	assert_int_equal(addr_to_v4(&request.ext.network_requests[0].addr), 0xc0a84dff);
}

static void test_acknowledgements_round_trip(void **state)
{
	assert_int_equal(parse_reply("94 08 01 02 18 00 c0a84d00 94 08 02 00 10 00 0a010000"), 0);
	assert_int_equal(reply.ext.n_network_acks, 2);
	assert_int_equal(reply.ext.network_acks[0].code, MIP_NETWORK_UNAUTHORIZED);
	assert_false(reply.ext.network_acks[0].implicit);
	assert_true(reply.ext.network_acks[1].implicit);
	assert_int_equal(addr_to_v4(&reply.ext.network_acks[1].addr), 0x0a010000);
	check_built(false);
}

static void test_forty_networks_are_too_many(void **state)
{
	wire_set(&wire, WIRE_REQUEST);
	for (int i = 0; i < MIP_MAX_NETWORKS; i++)
		wire_add(&wire, "94 06 00 18 c0a84d00");
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), 0);
	check_built(true);
	for (int i = MIP_MAX_NETWORKS; i < 40; i++)
		wire_add(&wire, "94 06 00 18 c0a84d00");
	wire_add(&wire, WIRE_MN_HA);
	assert_int_equal(mip_request_parse(wire_span(&wire), &request), MIP_VERDICT_TOO_MANY);
	assert_int_equal(request.ext.n_network_requests, MIP_MAX_NETWORKS);
	assert_true(request.ext.mn_ha.present);
}

static void test_code_names(void **state)
{
	assert_string_equal(mip_network_code_name(MIP_NETWORK_UNAUTHORIZED), "unauthorized");
	assert_string_equal(mip_network_code_name(5), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_round_trip_in_order),
		cmocka_unit_test(test_host_bits_are_masked),
		cmocka_unit_test(test_a_length_out_of_range_is_the_agents_to_refuse),
		cmocka_unit_test(test_acknowledgements_round_trip),
		cmocka_unit_test(test_forty_networks_are_too_many),
		cmocka_unit_test(test_code_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
