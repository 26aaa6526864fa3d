/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include <errno.h>

#include "libmip/message.h"

static struct mip_message message;

static int parse(const char *hex)
{
	struct wire wire = { .len = 0 };

	wire_add(&wire, hex);
	return mip_message_parse(wire_span(&wire), &message);
}

static void test_the_first_octet_decides(void **state)
{
	assert_int_equal(parse(WIRE_REQUEST), 0);
	assert_int_equal(message.type, MIP_REGISTRATION_REQUEST);
	assert_int_equal(message.request.lifetime, 300);
	assert_int_equal(parse(WIRE_REPLY), 0);
	assert_int_equal(message.type, MIP_REGISTRATION_REPLY);
	assert_int_equal(message.reply.ident, 0xe9dcad4001020304);
}

static void test_extensions_and_building_by_type(void **state)
{
	uint8_t buf[256];
	size_t len;

	assert_int_equal(parse("0f 00 0000 0ac80007 e9dcad41"), 0);
	assert_int_equal(message.type, MIP_REVOCATION_ACK);
	assert_ptr_equal(mip_message_exts(&message), &message.revocation_ack.ext);
	assert_int_equal(mip_message_build(&message, NULL, NULL, buf, sizeof(buf), &len), 0);
	assert_int_equal(len, 12);
	assert_int_equal(parse(WIRE_REQUEST), 0);
	assert_ptr_equal(mip_message_exts(&message), &message.request.ext);
	parse("18 00 0102030405060708");
	assert_null(mip_message_exts(&message));
	assert_int_equal(mip_message_build(&message, NULL, NULL, buf, sizeof(buf), &len), -EINVAL);
}

static void test_messages_known_by_name_only_are_not_read(void **state)
{
	assert_int_equal(parse("18 00 0102030405060708"), MIP_VERDICT_UNKNOWN_TYPE);
	assert_int_equal(message.type, MIP_HOME_TEST_INIT);
	assert_int_equal(parse("04 04 0000 45"), MIP_VERDICT_UNKNOWN_TYPE);
	assert_int_equal(parse("63"), MIP_VERDICT_UNKNOWN_TYPE);
	assert_int_equal(parse(""), MIP_VERDICT_TOO_SHORT);
	assert_int_equal(message.type, 0);
}

static void test_names(void **state)
{
	assert_string_equal(mip_message_name(1), "Registration Request");
	assert_string_equal(mip_message_name(24), "Home Test Init");
	assert_string_equal(mip_message_name(99), "unknown message");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_octet_decides),
		cmocka_unit_test(test_extensions_and_building_by_type),
		cmocka_unit_test(test_messages_known_by_name_only_are_not_read),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
