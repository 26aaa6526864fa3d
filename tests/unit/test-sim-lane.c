/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a simulated uplink: is it as bad as it was told to be, and no worse? */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "base/core.h"
#include "tests/sim/lane.h"

#define MS     NSEC_PER_MS
#define OCTETS 1000

static struct lane lane(struct lane_conf conf)
{
	return (struct lane) { .conf = conf, .chances = 1 };
}

/* How many of n datagrams, one a millisecond, get through. */
static unsigned pass(struct lane *l, unsigned n)
{
	unsigned passed = 0;
	uint64_t at;

	for (unsigned i = 0; i < n; i++)
		passed += lane_takes(l, i * MS, OCTETS, true, &at);
	return passed;
}

static void test_loss(void **state)
{
	struct lane l = lane((struct lane_conf) { .loss = 20000 });

	assert_in_range(100000 - pass(&l, 100000), 1800, 2200); /* 4.5 standard deviations */
	assert_int_equal(l.sent, 100000);
}

static void test_bursts(void **state)
{
	struct lane l = lane((struct lane_conf) {
		.burst_begin = 10000, .burst_end = 100000, .burst_loss = 1000000 });
	unsigned lost = 0, bursts = 0, before = 0;
	uint64_t at;

	for (uint64_t i = 0; i < 100000; i++) {
		unsigned is_lost = !lane_takes(&l, i * MS, OCTETS, true, &at);

		lost += is_lost;
		bursts += is_lost && !before;
		before = is_lost;
	}
	assert_in_range(lost, 8000, 10200); /* 1 / 11 of all */
	assert_in_range(lost / bursts, 9, 11);
}

static void test_delay_and_jitter_keep_the_order(void **state)
{
	struct lane l = lane((struct lane_conf) { .delay = 30 * MS, .jitter = 5 * MS });
	uint64_t at, last = 0, least = UINT64_MAX, most = 0;

	for (uint64_t i = 0; i < 10000; i++) {
		assert_true(lane_takes(&l, i * MS, OCTETS, true, &at));
		assert_true(at >= last);
		last = at;
		least = at - i * MS < least ? at - i * MS : least;
		most = at - i * MS > most ? at - i * MS : most;
	}
	assert_in_range(least, 30 * MS, 31 * MS);
	assert_in_range(most, 34 * MS, 35 * MS);
}

static void test_reorder(void **state)
{
	struct lane l = lane(
		(struct lane_conf) { .delay = 10 * MS, .reorder = 100000, .reorder_by = 5 * MS });
	unsigned overtaken = 0;
	uint64_t at, last = 0;

	for (uint64_t i = 0; i < 10000; i++) {
		assert_true(lane_takes(&l, i * MS, OCTETS, true, &at));
		overtaken += at < last;
		last = at > last ? at : last;
	}
	assert_in_range(overtaken, 2000, 5000); /* about four behind each of a thousand */
}

static void test_duplicates(void **state)
{
	struct lane l = lane((struct lane_conf) { .duplicate = 50000 });
	unsigned doubled = 0;

	for (int i = 0; i < 100000; i++)
		doubled += lane_doubles(&l);
	assert_in_range(doubled, 4600, 5400);
}

/* 1 Mbit/s carries 125 of these a second; 10,000 octets wait 80 ms. */
static void test_rate_and_queue(void **state)
{
	struct lane l = lane((struct lane_conf) { .rate = 1000000, .queue = 10000 });
	uint64_t at, last = 0;

	assert_in_range(pass(&l, 1000), 125, 136);
	l = lane((struct lane_conf) { .rate = 1000000, .queue = 10000 });
	for (int i = 0; i < 100; i++)
		if (lane_takes(&l, 0, OCTETS, true, &at))
			last = at;
	assert_int_equal(l.lost, 90);
	assert_int_equal(last, 80 * MS);
}

static void test_filters(void **state)
{
	struct lane l = lane((struct lane_conf) { .longest = 999 });
	uint64_t at;

	assert_int_equal(pass(&l, 10), 0);
	l.conf = (struct lane_conf) { .longest = 1000 };
	assert_int_equal(pass(&l, 10), 10);
	l.conf = (struct lane_conf) { .no_data = true };
	assert_int_equal(pass(&l, 10), 0);
	assert_true(lane_takes(&l, 0, OCTETS, false, &at));
	l.conf = (struct lane_conf) { .no_signalling = true };
	assert_int_equal(pass(&l, 10), 10);
	assert_false(lane_takes(&l, 0, OCTETS, false, &at));
	l = lane((struct lane_conf) { .every = 4 });
	assert_int_equal(pass(&l, 100), 75);
	l.conf = (struct lane_conf) { .is_dead = true };
	assert_int_equal(pass(&l, 100), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_delay_and_jitter_keep_the_order),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_rate_and_queue),
		cmocka_unit_test(test_filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
