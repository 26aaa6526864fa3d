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

static void test_nai_round_trip(void **state)
{
	assert_int_equal(parse_request("83 05 7369746537"), 0);
	assert_int_equal(request.ext.nai.len, 5);
	assert_memory_equal(request.ext.nai.text, "site7", 5);
	check_built(true);
}

static void test_message_string_of_the_home_agent_round_trip(void **state)
{
	assert_int_equal(parse_reply("91 03 01 6f6b"), 0);
	assert_int_equal(reply.ext.message_string.len, 2);
	check_built(false);
}

static void test_message_string_of_the_foreign_agent_is_recorded_only(void **state)
{
	assert_int_equal(parse_reply("91 03 02 6f6b"), 0);
	assert_int_equal(reply.ext.message_string.len, 0);
	assert_non_null(mip_ext_find(&reply.ext, MIP_EXT_MESSAGE_STRING, 2));
}

static void test_a_text_longer_than_its_length_field_cannot_be_built(void **state)
{
	char text[300];
	uint8_t buf[600];
	size_t len;

	memset(text, 'x', sizeof(text));
	assert_int_equal(parse_request(""), 0);
	request.ext.nai = (struct mipm_str) { text, 255 };
	assert_int_equal(mip_request_build(&request, NULL, NULL, buf, sizeof(buf), &len), 0);
	request.ext.nai.len = 256;
	assert_true(mip_request_build(&request, NULL, NULL, buf, sizeof(buf), &len) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nai_round_trip),
		cmocka_unit_test(test_message_string_of_the_home_agent_round_trip),
		cmocka_unit_test(test_message_string_of_the_foreign_agent_is_recorded_only),
		cmocka_unit_test(test_a_text_longer_than_its_length_field_cannot_be_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
