/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast a fault is seen, and what must not be taken for one. */
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

/* Worst and mean time until another path is first, over many phases of the echo schedule. */
static void measure(
	const char *preset, uint32_t interval, uint32_t threshold, uint64_t *worst, uint64_t *mean)
{
	uint64_t sum = 0, n = 0;

	*worst = 0;
	for (uint32_t phase = 0; phase < interval; phase += 7) {
		struct rig *r = rig_new(preset, phase + 1);
		uint64_t ms;

		if (interval != r->conf.interval_ms) {
			r->conf.interval_ms = interval;
			r->conf.threshold = threshold;
		}
		rig_settled(r, 2);
		rig_run_ms(r, phase);
		r->paths[DSL].dead = true;
		ms = rig_until_first(r, LTE, 5000);
		*worst = ms > *worst ? ms : *worst;
		sum += ms;
		n++;
		rig_free(r);
	}
	*mean = sum / n;
}

static void test_thesis_150_by_2_moves_within_470_ms(void **state)
{
	uint64_t worst, mean;

	measure("thesis", 150, 2, &worst, &mean);
	print_message("# thesis 150 x 2: mean %d ms, worst %d ms\n", (int)mean, (int)worst);
	assert_in_range(worst, 300, 470);
	assert_in_range(mean, 300, 400);
}

static void test_thesis_200_by_3_moves_within_820_ms(void **state)
{
	uint64_t worst, mean;

	measure("thesis", 200, 3, &worst, &mean);
	print_message("# thesis 200 x 3: mean %d ms, worst %d ms\n", (int)mean, (int)worst);
	assert_in_range(worst, 500, 820);
	assert_in_range(mean, 500, 760);
}

static void test_fast_moves_within_half_a_second(void **state)
{
	uint64_t worst, mean;

	measure("fast", 100, 3, &worst, &mean);
	print_message("# fast: mean %d ms, worst %d ms\n", (int)mean, (int)worst);
	assert_in_range(worst, 200, 430);
}

static void test_jitter_is_no_fault(void **state)
{
	struct rig *r = *state;

	r->conf.interval_ms = 150;
	r->conf.threshold = 2;
	r->paths[DSL].jitter_ms = 80;
	rig_settled(r, 2);
	fakebus_clear(r->b);
	rig_run_ms(r, 3600000);
	assert_false(fakebus_logged(r->b, "-> bad"));
	assert_false(fakebus_logged(r->b, "handover"));
}

static void test_a_lost_echo_moves_nothing(void **state)
{
	struct rig *r = *state;

	r->conf.interval_ms = 150;
	r->conf.threshold = 2;
	rig_settled(r, 2);
	r->paths[DSL].drop_next = 1;
	rig_run_ms(r, 5000);
	assert_int_equal(rig_first(r), DSL);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
	assert_false(fakebus_logged(r->b, "handover"));
}

static void test_a_slow_path_is_not_dead(void **state)
{
	struct rig *r = *state;

	r->paths[DSL].rtt_ms = 3000;
	r->paths[DSL].jitter_ms = 40;
	rig_start(r);
	rig_usable(r, DSL);
	rig_run_ms(r, 310);
	rig_reg(r, DSL, MIPM_REG_BOUND, true);
	rig_run_ms(r, 60000);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
	fakebus_clear(r->b);
	rig_run_ms(r, 600000);
	assert_false(fakebus_logged(r->b, "-> bad"));
}

static void test_a_standby_that_dies_is_found(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	r->paths[LTE].dead = true;
	assert_in_range(rig_until_verdict(r, LTE, MIPM_BAD, 10000), 400, 2500);
	assert_int_equal(rig_first(r), DSL);
}

static void test_carrier_loss_is_seen_at_once(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	rig_link(r, DSL, MIPM_LINK_UP);
	assert_int_equal(rig_first(r), LTE);
	assert_int_equal(rig_verdict(r, DSL), MIPM_BAD);
	assert_true(rig_cause_is(r, DSL, "no carrier"));
}

static void test_nothing_is_asked_before_the_registration(void **state)
{
	struct rig *r = *state;

	rig_start(r);
	rig_usable(r, DSL);
	rig_run_ms(r, 5000);
	assert_int_equal(fakebus_count(r->b, MIPM_PROBE_OUT), 0);
	assert_int_equal(rig_verdict(r, DSL), MIPM_UNTRIED);
	rig_reg(r, DSL, MIPM_REG_BOUND, true);
	rig_run_ms(r, 100);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
}

/* It was silent, lost its registration and then its link: as it comes back it is a new chance. */
static void test_a_mended_link_is_not_bad_for_an_old_silence(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	r->paths[LTE].dead = true;
	rig_until_verdict(r, LTE, MIPM_BAD, 10000);
	rig_reg(r, LTE, MIPM_REG_WAITA, false);
	rig_run_ms(r, 30000);
	assert_int_equal(rig_verdict(r, LTE), MIPM_BAD);
	rig_link(r, LTE, MIPM_LINK_UP);
	assert_true(rig_cause_is(r, LTE, "no carrier"));
	rig_usable(r, LTE);
	assert_int_equal(rig_verdict(r, LTE), MIPM_UNTRIED);
}

static void test_our_own_stall_is_nobodys_fault(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	for (int i = 0; i < 20; i++) {
		vtime_stall_ms(fakebus_vtime(r->b), 1500);
		rig_run_ms(r, 2000);
	}
	assert_false(fakebus_logged(r->b, "handover"));
}

static void test_without_tunneld_nobody_is_blamed(void **state)
{
	struct rig *r = *state;

	rig_settled(r, 2);
	fakebus_detach(r->b, "tunneld");
	rig_run_ms(r, 5000);
	assert_int_equal(rig_verdict(r, DSL), MIPM_GOOD);
	assert_int_equal(rig_verdict(r, LTE), MIPM_GOOD);
}

static void test_standbys_are_asked_slowly(void **state)
{
	struct rig *r = rig_new("normal", 5);
	size_t n;

	rig_settled(r, 2);
	fakebus_clear(r->b);
	rig_run_ms(r, 100000);
	n = fakebus_count(r->b, MIPM_PROBE_OUT);
	assert_in_range(n, 500 + 28, 500 + 35); /* 200 ms, and 3.5 s times 0.85 to 1 */
	rig_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thesis_150_by_2_moves_within_470_ms),
		cmocka_unit_test(test_thesis_200_by_3_moves_within_820_ms),
		cmocka_unit_test(test_fast_moves_within_half_a_second),
		TEST(test_jitter_is_no_fault),
		TEST(test_a_lost_echo_moves_nothing),
		TEST(test_a_slow_path_is_not_dead),
		TEST(test_a_standby_that_dies_is_found),
		TEST(test_carrier_loss_is_seen_at_once),
		TEST(test_nothing_is_asked_before_the_registration),
		TEST(test_a_mended_link_is_not_bad_for_an_old_silence),
		TEST(test_our_own_stall_is_nobodys_fault),
		TEST(test_without_tunneld_nobody_is_blamed),
		cmocka_unit_test(test_standbys_are_asked_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
