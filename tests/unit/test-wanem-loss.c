/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss models by their figures: a hundred thousand packets from fixed seeds, and bounds of at least
 * four standard deviations around what the model promises. */
#include "tests/support/unit.h"

#include "tests/wanem/impairments.h"
#include "tests/wanem/loss.h"
#include "tests/wanem/random.h"

#define N	  100000
#define NS_PER_MS 1000000ull
#define N_SEEDS	  5

struct figures {
	unsigned lost, bursts;
};

/* N packets, apart by `every` ns. */
static struct figures run(const struct impairments *how, uint64_t seed, uint64_t every)
{
	struct random random = { seed };
	struct loss loss = {};
	struct figures figures = {};
	bool before = false, hit;

	for (unsigned i = 0; i < N; i++, before = hit) {
		hit = loss_hits(&loss, how, &random, NS_PER_MS + i * every);
		figures.lost += hit;
		figures.bursts += hit && !before;
	}
	return figures;
}

static void test_nothing_is_lost_without_a_model(void **state)
{
	assert_int_equal(run(&no_impairments, 1, 1000).lost, 0);
}

static void test_independent_loss(void **state)
{
	struct impairments how = { .loss = 50000 };
	struct figures figures;

	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		figures = run(&how, seed, 1000);
		assert_in_range(figures.lost, 5000 - 276, 5000 + 276);
		/* a burst begins with a lost one behind a good one: 5 % of 95 % */
		assert_in_range(figures.bursts, 4750 - 276, 4750 + 276);
	}
}

/* In the bad state for 1 / leave packets, a share enter / (enter + leave) of them. */
static void test_bursts_by_packet(void **state)
{
	struct impairments how = { .burst = { 10000, 100000, 1000000 } };
	struct figures figures;

	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		figures = run(&how, seed, 1000);
		assert_in_range(figures.lost, 9091 - 1700, 9091 + 1700);
		assert_in_range(figures.lost * 10 / figures.bursts, 85, 115);
	}
}

static void test_a_burst_may_lose_only_some(void **state)
{
	struct impairments all = { .burst = { 10000, 100000, 1000000 } };
	struct impairments half = { .burst = { 10000, 100000, 500000 } };

	for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
		assert_in_range(run(&half, seed, 1000).lost, 4545 - 900, 4545 + 900);
	assert_true(run(&half, 1, 1000).bursts > run(&all, 1, 1000).bursts);
}

/* 100 s at 1 ms: 1000 periods of 100 ms, of which 20 are bad */
static void test_fixed_bad_times(void **state)
{
	struct impairments how = {
		.bad_time = { 100 * NS_PER_MS, 20 * NS_PER_MS, 1000000, LAW_FIXED },
	};
	struct figures figures;

	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		figures = run(&how, seed, NS_PER_MS);
		assert_in_range(figures.lost, 19900, 20100);
		assert_in_range(figures.bursts, 999, 1001);
	}
}

static void test_exponential_bad_times(void **state)
{
	struct impairments how = {
		.bad_time = { 100 * NS_PER_MS, 20 * NS_PER_MS, 1000000, LAW_EXPONENTIAL },
	};
	struct figures figures;

	for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
		figures = run(&how, seed, NS_PER_MS);
		assert_in_range(figures.lost, 20000 - 3600, 20000 + 3600);
		assert_in_range(figures.bursts, 950 - 130, 950 + 130);
	}
}

static void test_a_pause_between_packets_is_time_as_well(void **state)
{
	struct impairments how = {
		.bad_time = { 100 * NS_PER_MS, 20 * NS_PER_MS, 1000000, LAW_FIXED },
	};

	assert_in_range(run(&how, 1, 1234567891).lost, 20000 - 600, 20000 + 600);
}

static void test_exponential_mean_and_tail(void **state)
{
	struct random random = { 1 };
	uint64_t sum = 0, drawn;
	unsigned above_mean = 0;

	for (int i = 0; i < N; i++) {
		drawn = random_exponential(&random, 1000000);
		sum += drawn;
		above_mean += drawn > 1000000;
	}
	assert_in_range(sum / N, 987000, 1013000);
	assert_in_range(above_mean, 36788 - 620, 36788 + 620);
}

static void test_a_seed_decides_all(void **state)
{
	struct impairments how = { .loss = 50000, .burst = { 10000, 100000, 500000 } };

	assert_int_equal(run(&how, 7, 1000).lost, run(&how, 7, 1000).lost);
	assert_int_not_equal(run(&how, 7, 1000).lost, run(&how, 8, 1000).lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lost_without_a_model),
		cmocka_unit_test(test_independent_loss),
		cmocka_unit_test(test_bursts_by_packet),
		cmocka_unit_test(test_a_burst_may_lose_only_some),
		cmocka_unit_test(test_fixed_bad_times),
		cmocka_unit_test(test_exponential_bad_times),
		cmocka_unit_test(test_a_pause_between_packets_is_time_as_well),
		cmocka_unit_test(test_exponential_mean_and_tail),
		cmocka_unit_test(test_a_seed_decides_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
