/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "libmip/code.h"

static void test_names_lead_back_to_their_number(void **state)
{
	uint8_t code;

	for (unsigned i = 0; i < 256; i++) {
		if (strcmp(mip_code_name((uint8_t)i), "code") == 0)
			continue;
		assert_int_equal(mip_code_parse(mip_code_name((uint8_t)i), &code), 0);
		assert_int_equal(code, i);
	}
}

static void test_numbers_are_taken_too(void **state)
{
	static const char *const bad[] = { "", "256", "-1", "1x", "0x10", "1234", "nonsense" };
	uint8_t code;

	assert_int_equal(mip_code_parse("133", &code), 0);
	assert_int_equal(code, MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(mip_code_parse("255", &code), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mip_code_parse(bad[i], &code), -EINVAL);
}

static void test_every_code_has_a_sentence(void **state)
{
	for (unsigned i = 0; i < 256; i++)
		assert_true(strlen(mip_code_sentence((uint8_t)i)) > 10);
}

static void test_only_0_to_8_are_successes(void **state)
{
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(mip_code_is_accepted((uint8_t)i), i <= 8);
}

static void test_who_says_it(void **state)
{
	assert_int_equal(mip_code_origin(64), MIP_CODE_ORIGIN_FA);
	assert_int_equal(mip_code_origin(127), MIP_CODE_ORIGIN_FA);
	assert_int_equal(mip_code_origin(194), MIP_CODE_ORIGIN_FA);
	assert_int_equal(mip_code_origin(128), MIP_CODE_ORIGIN_HA);
	assert_int_equal(mip_code_origin(192), MIP_CODE_ORIGIN_HA);
	assert_int_equal(mip_code_origin(193), MIP_CODE_ORIGIN_GFA);
	assert_int_equal(mip_code_origin(201), MIP_CODE_ORIGIN_CR);
	assert_int_equal(mip_code_origin(63), MIP_CODE_ORIGIN_UNKNOWN);
	assert_int_equal(mip_code_origin(255), MIP_CODE_ORIGIN_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_lead_back_to_their_number),
		cmocka_unit_test(test_numbers_are_taken_too),
		cmocka_unit_test(test_every_code_has_a_sentence),
		cmocka_unit_test(test_only_0_to_8_are_successes),
		cmocka_unit_test(test_who_says_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
