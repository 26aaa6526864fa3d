/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator may say, and what is answered. */
#include <errno.h>

#include "tests/unit/linkmon-rig.h"

static int setup(void **state)
{
	*state = rig_new("thesis", 1);
	rig_settled(*state, 3);
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static void test_link_down_puts_an_uplink_to_rest(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	rig_command(r, "link", "dsl0", "down", &code);
	assert_int_equal(code, 0);
	assert_int_equal(rig_first(r), LTE);
	assert_int_equal(rig_verdict(r, DSL), MIPM_BAD);
	assert_true(rig_cause_is(r, DSL, "operator"));
	rig_run_ms(r, 60000);
	assert_int_equal(rig_verdict(r, DSL), MIPM_BAD);
}

static void test_link_up_brings_it_back_without_a_hold(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	rig_command(r, "link", "dsl0", "down", &code);
	rig_run_ms(r, 60000);
	rig_command(r, "link", "dsl0", "up", &code);
	assert_int_equal(code, 0);
	assert_true(rig_until_first(r, DSL, 10000) < 4000);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
}

static void test_move_is_kept_until_the_path_fails(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	rig_command(r, "move", "sat0", NULL, &code);
	assert_int_equal(code, 0);
	assert_int_equal(rig_first(r), SAT);
	rig_run_ms(r, 600000);
	assert_int_equal(rig_first(r), SAT);
	r->paths[SAT].dead = true;
	assert_true(rig_until_first(r, DSL, 5000) < 5000);
}

static void test_move_without_a_name_goes_back_to_the_best(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	rig_command(r, "move", "sat0", NULL, &code);
	rig_command(r, "move", NULL, NULL, &code);
	assert_int_equal(code, 0);
	assert_true(rig_until_first(r, DSL, 10000) < 10000);
}

static void test_move_to_a_path_that_is_not_good_is_refused(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	r->paths[SAT].dead = true;
	rig_run_ms(r, 10000);
	rig_command(r, "move", "sat0", NULL, &code);
	assert_int_equal(code, EAGAIN);
	assert_int_equal(rig_first(r), DSL);
}

static void test_nonsense_is_refused(void **state)
{
	static const struct {
		const char *verb, *target, *value;
		uint16_t code;
	} rows[] = {
		{ "link", "dsl9", "down", ENOENT },
		{ "link", "", "down", ENOENT },
		{ "link", "dsl0", "sideways", EINVAL },
		{ "link", "dsl0", "weight 0", EINVAL },
		{ "link", "dsl0", "weight 99999999999", EINVAL },
		{ "move", "dsl9", "", ENOENT },
		{ "history", "", "x", EINVAL },
		{ "log", "", "loud", EINVAL },
		{ "dance", "", "", EOPNOTSUPP },
	};
	uint16_t code;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rig_command(*state, rows[i].verb, rows[i].target, rows[i].value, &code);
		assert_int_equal(code, rows[i].code);
	}
}

static void test_weight_decides_among_equal_metrics(void **state)
{
	struct rig *r = *state;
	struct linkmon_conf conf = r->conf;
	uint16_t code;
	const struct mipm_md_info *info;

	conf.n_uplinks = 2;
	strcpy(conf.uplinks[0].name, "lte0");
	strcpy(conf.uplinks[1].name, "sat0");
	conf.uplinks[0].metric = conf.uplinks[1].metric = 50;
	assert_int_equal(linkmon_reconfigure(r->l, &conf, fakebus_now(r->b)), 0);
	rig_command(r, "link", "sat0", "weight 5", &code);
	assert_int_equal(code, 0);
	info = fakebus_last(r->b, MIPM_MD_INFO);
	assert_int_equal(info->entries[1].number, SAT);
	assert_int_equal(info->entries[2].number, LTE);
}

static void test_a_bad_configuration_changes_nothing(void **state)
{
	struct rig *r = *state;
	struct linkmon_conf conf = r->conf;

	conf.threshold = 0;
	assert_int_equal(linkmon_reconfigure(r->l, &conf, fakebus_now(r->b)), -EINVAL);
	rig_run_ms(r, 1000);
	assert_int_equal(rig_first(r), DSL);
}

static void test_history_tells_from_to_cause_and_times(void **state)
{
	struct rig *r = *state;
	const char *text;
	uint16_t code;
	unsigned detect = 0, gap = 0;

	assert_string_equal(rig_command(r, "history", NULL, NULL, &code), "");
	r->paths[DSL].dead = true;
	rig_until_first(r, LTE, 5000);
	text = rig_command(r, "history", NULL, NULL, &code);
	assert_int_equal(code, 0);
	assert_non_null(
		strstr(text, "\"from\":\"dsl0\",\"to\":\"lte0\",\"cause\":\"no answer for "));
	assert_non_null(strstr(text, "\"gap_ms\":null"));
	rig_run_ms(r, 1000);
	text = rig_command(r, "history", NULL, NULL, &code);
	text = strstr(text, "\"detect_ms\":");
	assert_non_null(text);
	assert_int_equal(sscanf(text, "\"detect_ms\":%u,\"gap_ms\":%u", &detect, &gap), 2);
	assert_in_range(detect, 600, 620); /* 200 x 3 + 10, from the first lost echo */
	assert_in_range(gap, detect + 50, detect + 300);
}

static void test_history_gives_the_newest_that_fit(void **state)
{
	struct rig *r = *state;
	const char *text;
	uint16_t code;
	size_t lines = 0;

	for (int i = 0; i < 1200; i++)
		rig_command(r, "move", i % 2 ? "dsl0" : "sat0", NULL, &code);
	text = rig_command(r, "history", NULL, NULL, &code);
	assert_in_range(strlen(text), 7500, 8000);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_in_range(lines, 60, 120);
	text = rig_command(r, "history", "999", NULL, &code);
	assert_int_equal(strchr(text, '\n') - text + 1, strlen(text));
	text = rig_command(r, "history", NULL, "2", &code);
	assert_non_null(strstr(text, "\"from\":\"dsl0\",\"to\":\"sat0\",\"cause\":\"operator\""));
	assert_true(strlen(text) < 400);
}

static void test_what_is_said_carries_the_round_trip(void **state)
{
	struct rig *r = *state;
	uint16_t code;

	rig_command(r, "link", "lte0", "down", &code);
	assert_int_equal(code, 0);
	assert_in_range(rig_rtt_us(r, DSL), 40000, 60000);
}

static void test_log_sets_the_level(void **state)
{
	uint16_t code;

	assert_string_equal(rig_command(*state, "log", NULL, "warn", &code), "warn");
	assert_int_equal(code, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_link_down_puts_an_uplink_to_rest),
		TEST(test_link_up_brings_it_back_without_a_hold),
		TEST(test_move_is_kept_until_the_path_fails),
		TEST(test_move_without_a_name_goes_back_to_the_best),
		TEST(test_move_to_a_path_that_is_not_good_is_refused),
		TEST(test_nonsense_is_refused),
		TEST(test_weight_decides_among_equal_metrics),
		TEST(test_a_bad_configuration_changes_nothing),
		TEST(test_history_tells_from_to_cause_and_times),
		TEST(test_history_gives_the_newest_that_fit),
		TEST(test_what_is_said_carries_the_round_trip),
		TEST(test_log_sets_the_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
