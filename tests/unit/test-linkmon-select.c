/* SPDX-License-Identifier: BSD-2-Clause */
/* Which path is first, and when that changes. */
#include "tests/unit/linkmon-rig.h"

static int setup(void **state)
{
	*state = rig_new("thesis", 1);
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static void test_order_is_by_metric(void **state)
{
	struct rig *r = *state;
	const struct mipm_md_info *info;

	rig_settled(r, 3);
	info = fakebus_last(r->b, MIPM_MD_INFO);
	assert_int_equal(info->n_entries, 3);
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(info->entries[i].number, i + 1);
		assert_int_equal(info->entries[i].order, i);
	}
}

static void test_the_configured_metric_wins(void **state)
{
	struct rig *r = *state;

	r->conf.n_uplinks = 1;
	strcpy(r->conf.uplinks[0].name, "sat0");
	r->conf.uplinks[0].metric = 1;
	r->conf.uplinks[0].metered = true;
	rig_start(r);
	for (uint8_t i = DSL; i <= SAT; i++)
		rig_usable(r, i);
	rig_run_ms(r, 310);
	assert_int_equal(rig_first(r), SAT);
}

static void test_the_first_word_waits_for_the_dumps(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_usable(r, DSL);
	rig_run_ms(r, 290);
	assert_int_equal(fakebus_count(r->b, MIPM_MD_INFO), 0);
	rig_run_ms(r, 20);
	assert_int_equal(fakebus_count(r->b, MIPM_MD_INFO), 1);
}

static void test_complete_dumps_end_the_wait(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_usable(r, DSL);
	rig_dump_end(r, "tunneld", true);
	assert_int_equal(fakebus_count(r->b, MIPM_MD_INFO), 0);
	rig_dump_end(r, "mnd", false);
	assert_int_equal(fakebus_count(r->b, MIPM_MD_INFO), 1);
}

static void test_no_word_without_any_link(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_run_ms(r, 5000);
	assert_int_equal(fakebus_count(r->b, MIPM_MD_INFO), 0);
}

static void test_a_restart_keeps_what_is_active_first(void **state)
{
	struct rig *r = *state;
	uint64_t before;

	rig_settled(r, 3);
	before = ((const struct mipm_md_info *)fakebus_last(r->b, MIPM_MD_INFO))->generation;
	rig_start(r);
	fakebus_clear(r->b);
	rig_reg(r, LTE, MIPM_REG_BOUND, true); /* the dumps come in any order */
	rig_reg(r, DSL, MIPM_REG_BOUND, false);
	for (uint8_t i = DSL; i <= SAT; i++)
		rig_usable(r, i);
	rig_run_ms(r, 301);
	assert_int_equal(rig_first(r), LTE);
	assert_true(((const struct mipm_md_info *)fakebus_last(r->b, MIPM_MD_INFO))->generation >
		    before);
	rig_run_ms(r, 2000);
	assert_int_equal(rig_first(r), LTE);
	rig_run_ms(r, 60000); /* dsl0 has proven itself */
	assert_int_equal(rig_first(r), DSL);
}

static void test_a_newcomer_is_told_the_state(void **state)
{
	static const uint16_t types[] = { MIPM_MD_INFO, 0 };
	struct rig *r = *state;
	const char *to = NULL;

	rig_settled(r, 2);
	fakebus_clear(r->b);
	fakebus_attach_model(r->b, "mnd", types, NULL, NULL);
	rig_run_ms(r, 0);
	assert_non_null(fakebus_take_msg(r->b, "linkmon", MIPM_MD_INFO, &to, NULL));
	assert_string_equal(to, "mnd");
}

static void test_return_only_after_proof_and_hold(void **state)
{
	struct rig *r = *state;
	uint64_t ms;

	rig_settled(r, 2);
	r->paths[DSL].dead = true;
	assert_true(rig_until_first(r, LTE, 5000) < 5000);
	rig_run_ms(r, 10000);
	r->paths[DSL].dead = false;
	ms = rig_until_first(r, DSL, 60000);
	assert_in_range(ms, 3000, 4500); /* the hold of 5 s is over: 3 s of answers */
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
}

static void test_the_hold_counts_from_the_fault(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	r->paths[DSL].dead = true;
	rig_until_first(r, LTE, 5000);
	r->paths[DSL].dead = false;
	rig_run_ms(r, 4500);
	assert_int_equal(rig_verdict(r, DSL), MIPM_SUSPECT);
	assert_true(rig_cause_is(r, DSL, "returning"));
	assert_in_range(rig_until_first(r, DSL, 60000), 300, 1000);
}

static void test_flapping_is_left_alone(void **state)
{
	struct rig *r = rig_new("normal", 3);
	size_t moves = 0;
	uint8_t first = DSL;

	rig_settled(r, 2);
	for (int i = 0; i < 24; i++) { /* 800 ms away, 1,700 ms back, for a minute */
		r->paths[DSL].dead = true;
		rig_run_ms(r, 800);
		r->paths[DSL].dead = false;
		rig_run_ms(r, 1700);
		moves += rig_first(r) != first;
		first = rig_first(r);
	}
	assert_int_equal(first, LTE);
	assert_int_equal(moves, 1);
	assert_in_range(rig_until_first(r, DSL, 120000), 20000, 35000);
	rig_free(r);
}

static void test_the_hold_doubles_on_relapse(void **state)
{
	struct rig *r = rig_new("normal", 3);
	uint64_t back[3];

	rig_settled(r, 2);
	for (int i = 0; i < 3; i++) {
		r->paths[DSL].dead = true;
		rig_until_first(r, LTE, 5000);
		r->paths[DSL].dead = false;
		back[i] = rig_until_first(r, DSL, 900000);
	}
	assert_in_range(back[0], 29000, 33000);
	assert_in_range(back[1], 59000, 63000);
	assert_in_range(back[2], 119000, 123000);
	rig_free(r);
}

static void test_all_silent_at_once_moves_nothing(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 3);
	for (uint8_t i = DSL; i <= SAT; i++)
		r->paths[i].dead = true;
	rig_run_ms(r, 30000);
	for (uint8_t i = DSL; i <= SAT; i++)
		assert_int_equal(rig_verdict(r, i), MIPM_BAD);
	assert_false(fakebus_logged(r->b, "handover"));
	assert_int_equal(rig_first(r), DSL);
	r->paths[SAT].dead = false; /* the first that is heard carries on, held or not */
	assert_in_range(rig_until_first(r, SAT, 5000), 50, 1100);
}

static void test_a_satellite_is_not_waited_for(void **state)
{
	struct rig *r = *state;

	r->conf.interval_ms = 150;
	r->conf.threshold = 2;
	r->paths[LTE].rtt_ms = 600;
	rig_settled(r, 2);
	r->paths[DSL].dead = true;
	assert_in_range(rig_until_first(r, LTE, 5000), 270, 470);
}

static void test_second_fault_goes_to_the_third_path(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 3);
	r->paths[DSL].dead = true;
	rig_until_first(r, LTE, 5000);
	r->paths[LTE].dead = true;
	assert_in_range(rig_until_first(r, SAT, 5000), 300, 900);
	assert_int_equal(rig_verdict(r, LTE), MIPM_BAD);
}

static void test_a_better_path_is_taken_once_proven(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_usable(r, LTE);
	rig_run_ms(r, 310);
	rig_reg(r, LTE, MIPM_REG_BOUND, true);
	rig_run_ms(r, 5000);
	rig_usable(r, DSL);
	assert_int_equal(rig_first(r), LTE);
	rig_reg(r, DSL, MIPM_REG_BOUND, false);
	rig_run_ms(r, 100);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
	assert_int_equal(rig_first(r), LTE);
	assert_in_range(rig_until_first(r, DSL, 60000), 2900, 3500);
}

static void test_a_lost_registration_is_no_fault_for_a_while(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	rig_reg(r, DSL, MIPM_REG_WAITA, true); /* mnd started anew */
	rig_run_ms(r, 1000);
	assert_int_equal(rig_first(r), DSL);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
	rig_reg(r, DSL, MIPM_REG_BOUND, true);
	rig_run_ms(r, 5000);
	assert_int_equal(rig_first(r), DSL);
	assert_false(fakebus_logged(r->b, "handover"));
}

static void test_a_registration_lost_for_good_is_left(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	rig_reg(r, DSL, MIPM_REG_WAITA, false);
	assert_in_range(rig_until_first(r, LTE, 10000), 2900, 3100);
	assert_int_equal(rig_verdict(r, DSL), MIPM_UNTRIED);
}

static void test_a_refused_path_comes_after_an_untried_one(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_usable(r, DSL);
	rig_usable(r, LTE);
	rig_run_ms(r, 310);
	assert_int_equal(rig_first(r), DSL);
	rig_reg(r, DSL, MIPM_REG_FAILED, false);
	assert_int_equal(rig_first(r), LTE);
	assert_true(rig_cause_is(r, DSL, "registration refused"));
}

static void test_an_address_that_changes_is_another_path(void **state)
{
	struct rig *r = *state;
	struct mipm_prefix other;
	const struct mipm_link link = {
		.link = 11,
		.name = { "dsl0", 4 },
		.number = DSL,
		.flags = MIPM_LINK_UP | MIPM_LINK_CARRIER,
		.onlink = 1,
		.metric = 10,
		.addresses = &other,
		.n_addresses = 1,
	};

	rig_settled(r, 2);
	other = (struct mipm_prefix) { { MIPM_IPV4, { 192, 0, 2, 77 } }, 24 };
	fakebus_say(r->b, "tunneld", NULL, MIPM_LINK, &link);
	rig_run_ms(r, 0);
	assert_int_equal(rig_verdict(r, DSL), MIPM_UNTRIED);
	assert_int_equal(rig_first(r), LTE);
}

static void test_a_link_that_is_gone_is_not_named(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	rig_link(r, DSL, MIPM_LINK_GONE);
	assert_int_equal(rig_first(r), LTE);
	assert_int_equal(rig_verdict(r, DSL), 0);
}

static void test_a_complete_dump_sweeps_links(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	fakebus_detach(r->b, "tunneld");
	/* tunneld is back and knows one uplink only; its new dump has a new number */
	fakebus_attach_model(r->b, "tunneld", NULL, NULL, NULL);
	rig_usable(r, LTE);
	rig_dump_end(r, "tunneld", true);
	rig_run_ms(r, 0);
	assert_int_equal(rig_verdict(r, LTE), MIPM_GOOD);
	assert_int_equal(rig_verdict(r, DSL), 0);
	assert_int_equal(rig_first(r), LTE);
}

static void test_an_incomplete_dump_sweeps_nothing(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	fakebus_detach(r->b, "tunneld");
	fakebus_attach_model(r->b, "tunneld", NULL, NULL, NULL);
	rig_usable(r, LTE);
	rig_dump_end(r, "tunneld", false);
	assert_int_equal(rig_first(r), DSL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order_is_by_metric),
		TEST(test_the_configured_metric_wins),
		TEST(test_the_first_word_waits_for_the_dumps),
		TEST(test_complete_dumps_end_the_wait),
		TEST(test_no_word_without_any_link),
		TEST(test_a_restart_keeps_what_is_active_first),
		TEST(test_a_newcomer_is_told_the_state),
		TEST(test_return_only_after_proof_and_hold),
		TEST(test_the_hold_counts_from_the_fault),
		cmocka_unit_test(test_flapping_is_left_alone),
		cmocka_unit_test(test_the_hold_doubles_on_relapse),
		TEST(test_all_silent_at_once_moves_nothing),
		TEST(test_a_satellite_is_not_waited_for),
		TEST(test_second_fault_goes_to_the_third_path),
		TEST(test_a_better_path_is_taken_once_proven),
		TEST(test_a_lost_registration_is_no_fault_for_a_while),
		TEST(test_a_registration_lost_for_good_is_left),
		TEST(test_a_refused_path_comes_after_an_untried_one),
		TEST(test_an_address_that_changes_is_another_path),
		TEST(test_a_link_that_is_gone_is_not_named),
		TEST(test_a_complete_dump_sweeps_links),
		TEST(test_an_incomplete_dump_sweeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
