/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "linkmon/linkmon.h"

static void test_every_preset_makes_sense(void **state)
{
	struct linkmon_conf conf;

	for (size_t i = 0; linkmon_presets[i]; i++) {
		assert_int_equal(linkmon_conf_init(&conf, linkmon_presets[i]), 0);
		assert_string_equal(conf.preset, linkmon_presets[i]);
		assert_null(linkmon_conf_check(&conf));
	}
}

static void test_normal_is_the_default(void **state)
{
	struct linkmon_conf conf;

	assert_int_equal(linkmon_conf_init(&conf, NULL), 0);
	assert_string_equal(conf.preset, "normal");
}

static void test_unknown_preset_is_refused(void **state)
{
	struct linkmon_conf conf;

	assert_int_equal(linkmon_conf_init(&conf, "brisk"), -EINVAL);
}

static void test_a_number_out_of_range_names_its_keyword(void **state)
{
	struct linkmon_conf conf;

	linkmon_conf_init(&conf, "thesis");
	conf.threshold = 0;
	assert_non_null(strstr(linkmon_conf_check(&conf), "threshold"));
	linkmon_conf_init(&conf, "thesis");
	conf.interval_ms = 5;
	assert_non_null(strstr(linkmon_conf_check(&conf), "interval"));
	linkmon_conf_init(&conf, "thesis");
	conf.hold_max_ms = conf.hold_ms - 1;
	assert_non_null(strstr(linkmon_conf_check(&conf), "hold-max"));
}

static void test_uplinks_have_names_of_their_own(void **state)
{
	struct linkmon_conf conf;

	linkmon_conf_init(&conf, NULL);
	conf.n_uplinks = 2;
	strcpy(conf.uplinks[0].name, "dsl0");
	assert_non_null(linkmon_conf_check(&conf));
	strcpy(conf.uplinks[1].name, "dsl0");
	assert_non_null(strstr(linkmon_conf_check(&conf), "twice"));
	strcpy(conf.uplinks[1].name, "lte0");
	assert_null(linkmon_conf_check(&conf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_preset_makes_sense),
		cmocka_unit_test(test_normal_is_the_default),
		cmocka_unit_test(test_unknown_preset_is_refused),
		cmocka_unit_test(test_a_number_out_of_range_names_its_keyword),
		cmocka_unit_test(test_uplinks_have_names_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
