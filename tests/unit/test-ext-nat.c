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

static void test_request_round_trip(void **state)
{
	assert_int_equal(parse_request("90 06 00 00 80 2f 0000"), 0);
	assert_true(request.ext.udp_tunnel_request.present);
	assert_true(request.ext.udp_tunnel_request.force);
	assert_false(request.ext.udp_tunnel_request.via_fa);
	assert_int_equal(request.ext.udp_tunnel_request.encapsulation, 47);
	check_built(true);
	assert_int_equal(parse_request("90 06 00 00 40 00 0000"), 0);
	assert_true(request.ext.udp_tunnel_request.via_fa);
	check_built(true);
}

static void test_first_reserved_octet_and_low_flag_bits_are_ignored(void **state)
{
	assert_int_equal(parse_request("90 06 00 ff 3f 04 0000"), 0);
	assert_true(request.ext.udp_tunnel_request.present);
	assert_false(request.ext.udp_tunnel_request.force);
}

static void test_last_reserved_field_not_zero_is_as_if_absent(void **state)
{
	assert_int_equal(parse_request("90 06 00 00 80 00 0001"), 0);
	assert_false(request.ext.udp_tunnel_request.present);
	assert_true(request.ext.udp_tunnel_request.ignored);
}

static void test_a_request_after_the_authenticator_is_told_apart(void **state)
{
	assert_int_equal(parse_request(WIRE_MN_HA "90 06 00 00 80 00 0000"), 0);
	assert_true(request.ext.udp_tunnel_request.after_auth);
	assert_false(request.ext.udp_tunnel_request.present);
	assert_int_equal(
		parse_request("90 06 00 00 00 04 0000" WIRE_MN_HA "90 06 00 00 80 00 0000"), 0);
	assert_true(request.ext.udp_tunnel_request.present);
	assert_false(request.ext.udp_tunnel_request.force);
	assert_true(request.ext.udp_tunnel_request.after_auth);
}

static void test_reply_round_trip(void **state)
{
	assert_int_equal(parse_reply("2c 06 00 00 8000 006e"), 0);
	assert_true(reply.ext.udp_tunnel_reply.present);
	assert_int_equal(reply.ext.udp_tunnel_reply.code, MIP_UDP_TUNNEL_GRANTED);
	assert_true(reply.ext.udp_tunnel_reply.force);
	assert_int_equal(reply.ext.udp_tunnel_reply.keepalive, 110);
	check_built(false);
	assert_int_equal(parse_reply("2c 06 00 40 0000 0000"), 0);
	assert_int_equal(reply.ext.udp_tunnel_reply.code, MIP_UDP_TUNNEL_DECLINED);
	check_built(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_round_trip),
		cmocka_unit_test(test_first_reserved_octet_and_low_flag_bits_are_ignored),
		cmocka_unit_test(test_last_reserved_field_not_zero_is_as_if_absent),
		cmocka_unit_test(test_a_request_after_the_authenticator_is_told_apart),
		cmocka_unit_test(test_reply_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
