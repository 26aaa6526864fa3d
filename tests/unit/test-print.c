/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/print.h"

static const char *print(const char *hex)
{
	static char buf[1024];
	struct wire wire = { .len = 0 };

	wire_add(&wire, hex);
	return mip_print(wire_span(&wire), buf, sizeof(buf));
}

static void test_a_request_is_one_line(void **state)
{
	assert_string_equal(
		print(WIRE_REQUEST
			"83 05 7369746537 90 06 00 00 80 00 0000 94 06 00 18 c0a84d00 "
			"99 02 01 c0 9a 01 0004 03010200 9a 02 0009 01 02 0201 01 00000000 "
			"c8 00 " WIRE_MN_HA "84 00"),
		"Registration Request home 10.200.0.7 agent 203.0.113.1 care-of 198.51.100.77 "
		"lifetime 300 flags DT ident e9dcad40.01020304 nai \"site7\" udp-tunnel force "
		"encapsulation 0 network 192.168.77.0/24 bid 2 label 1 att 3 flow any bid 2,1 "
		"mn-ha 1009 [Route Optimization Capability] [MN-FA Challenge, after MN-HA] "
		"skipped 1");
}

static void test_a_reply_is_one_line(void **state)
{
	assert_string_equal(
		print("03 85 ffff 0ac80007 cb007101 e9dcad4001020304 2c 06 00 40 0000 006e "
		      "94 08 01 02 18 00 c0a84d00 91 03 01 6f6b "
		      "86 10 0000 00007ed9 0009 01 00 9d81 cb00714d"),
		"Registration Reply code 133 identification-mismatch home 10.200.0.7 "
		"agent 203.0.113.1 lifetime infinite ident e9dcad40.01020304 udp-tunnel code 64 "
		"keepalive 110 network 192.168.77.0/24 unauthorized message \"ok\" "
		"observed 203.0.113.77:40321");
}

static void test_own_extensions_are_printed(void **state)
{
	const char *line = print(WIRE_REQUEST "86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4 "
					      "86 18 0000 00007ed9 0008 0041 0030 0096 001e 01f4 "
					      "03e8 0032 02 01");

	assert_non_null(strstr(line, "caps role 1 features 0xc0f boot a1b2c3d4"));
	assert_non_null(
		strstr(line, "watch 65/48/150 fill 30 idle 500 report 1000/50 width 2 replay"));
}

static void test_foreign_text_cannot_break_the_line(void **state)
{
	assert_non_null(strstr(print(WIRE_REQUEST "83 04 610a2262"), "nai \"a??b\""));
}

static void test_no_authenticator_is_printed(void **state)
{
	assert_null(strstr(print(WIRE_REQUEST WIRE_MN_HA), "0011"));
}

static void test_what_is_broken_is_printed_as_far_as_it_goes(void **state)
{
	const char *line = print(WIRE_REQUEST "83 ff 61");

	assert_non_null(strstr(line, "home 10.200.0.7"));
	assert_non_null(strstr(line, "(malformed)"));
	assert_non_null(strstr(print("01"), "(too-short)"));
	assert_string_equal(print(""), "unknown message type 0, 0 octets");
	assert_string_equal(print("18 00"), "Home Test Init type 24, 2 octets");
}

static void test_tunnel_data_is_printed_by_its_header(void **state)
{
	assert_string_equal(print("04 2f 0000 3000 0800 02010203 00000007 4500"),
		"MIP Tunnel Data next header 47 path 2 count 66051 number 7 inner 2 octets");
	assert_string_equal(print("04 37 0000 45"),
		"MIP Tunnel Data next header 55 inner 0 octets (next-header)");
}

static void test_a_line_that_is_cut_says_so(void **state)
{
	struct wire wire = { .len = 0 };
	char buf[200];
	size_t full;

	wire_add(&wire, WIRE_REQUEST);
	full = strlen(mip_print(wire_span(&wire), buf, sizeof(buf)));
	for (size_t size = 0; size < sizeof(buf); size++) {
		memset(buf, 'x', sizeof(buf));
		mip_print(wire_span(&wire), buf, size);
		assert_int_equal(buf[size], 'x');
		if (size > 0)
			assert_true(strlen(buf) < size);
		if (size > 3 && strlen(buf) < full)
			assert_string_equal(buf + strlen(buf) - 3, "...");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_is_one_line),
		cmocka_unit_test(test_a_reply_is_one_line),
		cmocka_unit_test(test_own_extensions_are_printed),
		cmocka_unit_test(test_foreign_text_cannot_break_the_line),
		cmocka_unit_test(test_no_authenticator_is_printed),
		cmocka_unit_test(test_what_is_broken_is_printed_as_far_as_it_goes),
		cmocka_unit_test(test_tunnel_data_is_printed_by_its_header),
		cmocka_unit_test(test_a_line_that_is_cut_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
