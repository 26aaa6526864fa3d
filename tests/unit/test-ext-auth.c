/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/wire.h"

#include "libmip/mip.h"

static struct wire wire;
static struct mip_request request;

static int parse(const char *extensions)
{
	wire_set(&wire, WIRE_REQUEST);
	wire_add(&wire, extensions);
	return mip_request_parse(wire_span(&wire), &request);
}

static void test_coverage_ends_before_the_authenticator(void **state)
{
	assert_int_equal(parse("83 02 6162 " WIRE_MN_HA), 0);
	assert_int_equal(request.ext.mn_ha.spi, 1009);
	assert_int_equal(request.ext.mn_ha.offset, 28);
	assert_int_equal(request.ext.mn_ha.covered, 34);
	assert_int_equal(request.ext.mn_ha.authenticator.len, 16);
	assert_ptr_equal(request.ext.mn_ha.authenticator.data, wire.octets + 34);
}

static void test_the_first_one_counts_and_all_are_counted(void **state)
{
	assert_int_equal(parse(WIRE_MN_HA "20 04 00000200"), 0);
	assert_int_equal(request.ext.n_mn_ha, 2);
	assert_int_equal(request.ext.mn_ha.spi, 1009);
	assert_true(request.ext.exts[1].after_auth);
}

static void test_a_message_without_one_has_none(void **state)
{
	assert_int_equal(parse("83 02 6162"), 0);
	assert_false(request.ext.mn_ha.present);
	assert_int_equal(request.ext.n_mn_ha, 0);
}

static void test_an_authenticator_of_no_octets_is_read_as_such(void **state)
{
	assert_int_equal(parse("20 04 00000200"), 0);
	assert_true(request.ext.mn_ha.present);
	assert_int_equal(request.ext.mn_ha.authenticator.len, 0);
}

static void test_those_of_foreign_agents_are_spans(void **state)
{
	const struct mip_ext *ext;

	assert_int_equal(parse(WIRE_MN_HA "22 06 00000201 aabb 24 01 0006 00000202 ccdd"), 0);
	ext = mip_ext_find(&request.ext, MIP_EXT_FA_HA_AUTH, 0);
	assert_int_equal(ext->data.len, 6);
	assert_true(ext->after_auth);
	ext = mip_ext_find(&request.ext, MIP_EXT_GENERAL_AUTH, 1);
	assert_int_equal(ext->data.len, 6);
	assert_int_equal(request.ext.n_mn_ha, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coverage_ends_before_the_authenticator),
		cmocka_unit_test(test_the_first_one_counts_and_all_are_counted),
		cmocka_unit_test(test_a_message_without_one_has_none),
		cmocka_unit_test(test_an_authenticator_of_no_octets_is_read_as_such),
		cmocka_unit_test(test_those_of_foreign_agents_are_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
