/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/mip.h"
#include "libmip/print.h"

struct subject {
	struct wire wire;
	struct mip_request request;
	struct mip_reply reply;
};

static int setup(void **state)
{
	static struct subject s;

	memset(&s, 0, sizeof(s));
	*state = &s;
	return 0;
}

static int parse(struct subject *s, const char *extensions)
{
	wire_set(&s->wire, WIRE_REQUEST);
	wire_add(&s->wire, extensions);
	return mip_request_parse(wire_span(&s->wire), &s->request);
}

static int parse_reply(struct subject *s, const char *extensions)
{
	wire_set(&s->wire, WIRE_REPLY);
	wire_add(&s->wire, extensions);
	return mip_reply_parse(wire_span(&s->wire), &s->reply);
}

static void test_unknown_below_128_discards_the_message_wherever_it_stands(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "64 04 01020304 " WIRE_MN_HA), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(s, WIRE_MN_HA "64 04 01020304"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(s, "64 00"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse_reply(s, WIRE_MN_HA "01 00"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(s, "7f 01 0000"), MIP_VERDICT_UNKNOWN_EXT);
}

static void test_unknown_from_128_is_skipped_and_counted(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "c8 04 01020304 ff 00 " WIRE_MN_HA "8b 05 01c0000201"), 0);
	assert_int_equal(s->request.ext.n_skipped, 3);
	assert_true(s->request.ext.mn_ha.present);
	assert_int_equal(s->request.ext.mn_ha.offset, 24 + 8);
}

static void test_unknown_subtype_follows_its_type(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "24 09 0004 00000100"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(s, "31 02 09 00"), MIP_VERDICT_UNKNOWN_EXT);
	assert_int_equal(parse(s, "94 06 07 18c0a84d00"), 0);
	assert_int_equal(s->request.ext.n_skipped, 1);
	assert_int_equal(parse(s, "9a 09 0003 010203"), 0);
	assert_int_equal(s->request.ext.n_skipped, 1);
}

static void test_padding_is_accepted_anywhere(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "0000 83 01 61 00 " WIRE_MN_HA "00"), 0);
	assert_int_equal(s->request.ext.nai.len, 1);
	assert_int_equal(s->request.ext.n_exts, 2);
}

static void test_lengths_past_the_end_are_malformed(void **state)
{
	static const char *const broken[] = { "83", "83 05 61626364", "9a 01 0005 01020304",
		"9a 01 00", "9a 01", "9a", "94 00", "2c 06 00", "26 00 0006 000000" };
	struct subject *s = *state;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_int_equal(parse(s, broken[i]), MIP_VERDICT_MALFORMED);
		assert_int_equal(parse_reply(s, broken[i]), MIP_VERDICT_MALFORMED);
	}
}

static void test_a_known_extension_of_wrong_length_is_malformed(void **state)
{
	static const char *const broken[] = { "83 00", "90 05 0000800000", "90 07 00008000000000",
		"94 05 0018c0a84d", "94 07 0018c0a84d0000", "9a 01 0003 010203", "20 03 000003",
		"89 05 0000000000", "86 07 00000000000000", "86 0d 0000 00007ed9 0001 0101000000",
		"30 00 0003 000000" };
	struct subject *s = *state;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(parse(s, broken[i]), MIP_VERDICT_MALFORMED);
}

static void test_a_fault_does_not_hide_the_authenticator_behind_it(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "94 05 0018c0a84d " WIRE_MN_HA), MIP_VERDICT_MALFORMED);
	assert_true(mip_verdict_is_deniable(MIP_VERDICT_MALFORMED));
	assert_true(s->request.ext.mn_ha.present);
	assert_int_equal(s->request.ext.mn_ha.covered, 24 + 7 + 6);
}

static void test_a_broken_frame_ends_the_walk(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "83 ff 61 " WIRE_MN_HA), MIP_VERDICT_MALFORMED);
	assert_false(s->request.ext.mn_ha.present);
}

static void test_unknown_below_128_is_silence_whatever_else_is_wrong(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "94 05 0018c0a84d 64 00 " WIRE_MN_HA), MIP_VERDICT_UNKNOWN_EXT);
}

static void test_what_can_stand_once_may_not_stand_twice(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "83 01 61 83 01 62"), MIP_VERDICT_DUPLICATE_EXT);
	assert_int_equal(s->request.ext.nai.text[0], 'a');
	assert_int_equal(
		parse(s, "9a 01 0004 03010100 9a 01 0004 03010200"), MIP_VERDICT_DUPLICATE_EXT);
	assert_int_equal(parse(s, "94 06 0018c0a84d00 94 06 0018c0a84e00"), 0);
}

static void test_nothing_after_the_authenticator_is_decoded(void **state)
{
	struct subject *s = *state;

	assert_int_equal(
		parse(s, WIRE_MN_HA "83 01 61 94 06 0018c0a84d00 9a 01 0004 03010100 83 01 62"), 0);
	assert_int_equal(s->request.ext.nai.len, 0);
	assert_int_equal(s->request.ext.n_network_requests, 0);
	assert_false(s->request.ext.multipath.present);
	assert_int_equal(s->request.ext.n_exts, 5);
	assert_false(s->request.ext.exts[0].after_auth);
	for (size_t i = 1; i < 5; i++)
		assert_true(s->request.ext.exts[i].after_auth);
}

static void test_an_extension_of_the_other_message_is_only_recorded(void **state)
{
	struct subject *s = *state;

	assert_int_equal(parse(s, "2c 06 00 00 8000 006e"), 0);
	assert_false(s->request.ext.udp_tunnel_reply.present);
	assert_non_null(mip_ext_find(&s->request.ext, MIP_EXT_UDP_TUNNEL_REPLY, 0));
	assert_int_equal(parse_reply(s, "90 06 0000 80 00 0000 94 06 0018c0a84d00"), 0);
	assert_false(s->reply.ext.udp_tunnel_request.present);
	assert_int_equal(s->reply.ext.n_network_requests, 0);
}

static void test_unused_ones_are_kept_as_spans(void **state)
{
	struct subject *s = *state;
	const struct mip_ext *ext;

	assert_int_equal(parse(s, "99 02 01 c0 30 00 0004 01020304 84 02 aabb"), 0);
	ext = mip_ext_find(&s->request.ext, MIP_EXT_ROUTE_OPT_CAPABILITY, 1);
	assert_non_null(ext);
	assert_int_equal(ext->data.len, 1);
	assert_int_equal(ext->data.data[0], 0xc0);
	ext = mip_ext_find(&s->request.ext, MIP_EXT_GRE_KEY, 0);
	assert_int_equal(ext->data.len, 4);
	assert_int_equal(ext->offset, 24 + 4);
	assert_null(mip_ext_find(&s->request.ext, MIP_EXT_NAI, 0));
}

static void test_vendor_extensions_are_kept_with_vendor_and_kind(void **state)
{
	struct subject *s = *state;
	const struct mip_ext *ext;

	assert_int_equal(parse(s, "86 0a 0000 00000009 000e 0102 26 00 0007 00000137 0003 ff"), 0);
	ext = mip_ext_find(&s->request.ext, MIP_EXT_NVSE, 0);
	assert_int_equal(ext->vendor, 9);
	assert_int_equal(ext->kind, 14);
	assert_int_equal(ext->data.len, 2);
	ext = mip_ext_find(&s->request.ext, MIP_EXT_CVSE, 0);
	assert_int_equal(ext->vendor, 0x137);
	assert_int_equal(ext->kind, 3);
	assert_int_equal(ext->data.len, 1);
}

static void test_more_extensions_than_we_keep_are_refused(void **state)
{
	struct subject *s = *state;

	wire_set(&s->wire, WIRE_REQUEST);
	for (int i = 0; i < MIP_MAX_EXTS; i++)
		wire_add(&s->wire, "84 00");
	assert_int_equal(mip_request_parse(wire_span(&s->wire), &s->request), 0);
	wire_add(&s->wire, "84 00");
	assert_int_equal(mip_request_parse(wire_span(&s->wire), &s->request), MIP_VERDICT_TOO_MANY);
}

static void test_unknown_ones_have_no_bound_but_the_datagram(void **state)
{
	struct subject *s = *state;

	wire_set(&s->wire, WIRE_REQUEST);
	for (int i = 0; i < 1000; i++)
		wire_add(&s->wire, "c8 00");
	assert_int_equal(mip_request_parse(wire_span(&s->wire), &s->request), 0);
	assert_int_equal(s->request.ext.n_skipped, 1000);
}

static void test_names_are_by_type_and_subtype(void **state)
{
	assert_string_equal(mip_ext_name(32, 0), "MN-HA");
	assert_string_equal(mip_ext_name(36, 1), "MN-AAA");
	assert_string_equal(mip_ext_name(200, 0), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_unknown_below_128_discards_the_message_wherever_it_stands, setup,
			NULL),
		cmocka_unit_test_setup_teardown(
			test_unknown_from_128_is_skipped_and_counted, setup, NULL),
		cmocka_unit_test_setup_teardown(test_unknown_subtype_follows_its_type, setup, NULL),
		cmocka_unit_test_setup_teardown(test_padding_is_accepted_anywhere, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_lengths_past_the_end_are_malformed, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_known_extension_of_wrong_length_is_malformed, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_fault_does_not_hide_the_authenticator_behind_it, setup, NULL),
		cmocka_unit_test_setup_teardown(test_a_broken_frame_ends_the_walk, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_unknown_below_128_is_silence_whatever_else_is_wrong, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_what_can_stand_once_may_not_stand_twice, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_nothing_after_the_authenticator_is_decoded, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_an_extension_of_the_other_message_is_only_recorded, setup, NULL),
		cmocka_unit_test_setup_teardown(test_unused_ones_are_kept_as_spans, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_vendor_extensions_are_kept_with_vendor_and_kind, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_more_extensions_than_we_keep_are_refused, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_unknown_ones_have_no_bound_but_the_datagram, setup, NULL),
		cmocka_unit_test_setup_teardown(test_names_are_by_type_and_subtype, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
