/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "base/timerq.h"

static struct timerq queue;

static int setup(void **state)
{
	timerq_init(&queue);
	return 0;
}

static void test_an_empty_queue_never_wakes(void **state)
{
	assert_true(timerq_next(&queue) == TIMERQ_NEVER);
	assert_null(timerq_pop(&queue, UINT64_MAX));
	timerq_fini(&queue);
}

static void test_deadlines_come_out_by_time(void **state)
{
	struct deadline d[3] = { 0 };

	timerq_set(&queue, &d[0], 30);
	timerq_set(&queue, &d[1], 10);
	timerq_set(&queue, &d[2], 20);
	assert_int_equal(timerq_next(&queue), 10);
	assert_null(timerq_pop(&queue, 9));
	assert_ptr_equal(timerq_pop(&queue, 25), &d[1]);
	assert_ptr_equal(timerq_pop(&queue, 25), &d[2]);
	assert_null(timerq_pop(&queue, 25));
	assert_ptr_equal(timerq_pop(&queue, 30), &d[0]);
	assert_false(deadline_is_armed(&d[0]));
	timerq_fini(&queue);
}

static void test_equal_times_come_out_as_they_were_armed(void **state)
{
	struct deadline d[50] = { 0 };

	for (int i = 0; i < 50; i++)
		timerq_set(&queue, &d[i], 5);
	for (int i = 0; i < 50; i++)
		assert_ptr_equal(timerq_pop(&queue, 5), &d[i]);
}

static void test_setting_again_moves_it(void **state)
{
	struct deadline a = { 0 }, b = { 0 };

	timerq_set(&queue, &a, 10);
	timerq_set(&queue, &b, 20);
	timerq_set(&queue, &a, 30);
	assert_int_equal(queue.n_armed, 2);
	assert_ptr_equal(timerq_pop(&queue, 100), &b);
	timerq_set(&queue, &a, 3);
	assert_int_equal(timerq_next(&queue), 3);
	timerq_set(&queue, &a, TIMERQ_NEVER);
	assert_false(deadline_is_armed(&a));
	timerq_fini(&queue);
}

static void test_cancelling_what_is_not_armed_is_fine(void **state)
{
	struct deadline a = { 0 };

	timerq_cancel(&queue, &a);
	timerq_set(&queue, &a, 1);
	timerq_cancel(&queue, &a);
	timerq_cancel(&queue, &a);
	timerq_fini(&queue);
}

#define N 200

static int earliest(const struct deadline *d)
{
	int best = -1;

	for (int i = 0; i < N; i++) {
		if (!d[i].armed)
			continue;
		if (best < 0 || d[i].at < d[best].at ||
			(d[i].at == d[best].at && d[i].order < d[best].order))
			best = i;
	}
	return best;
}

static void test_any_mixture_keeps_the_order(void **state)
{
	static struct deadline d[N];
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		int i, first;

		seed = seed * 1664525 + 1013904223;
		i = (int)(seed >> 8) % N;
		if (seed >> 30 == 0)
			timerq_cancel(&queue, &d[i]);
		else
			timerq_set(&queue, &d[i], seed >> 20);
		first = earliest(d);
		if (round % 3 == 0 && first >= 0)
			assert_ptr_equal(timerq_pop(&queue, UINT64_MAX), &d[first]);
		else
			assert_true(
				timerq_next(&queue) == (first < 0 ? TIMERQ_NEVER : d[first].at));
	}
	while (timerq_pop(&queue, UINT64_MAX))
		;
	timerq_fini(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_an_empty_queue_never_wakes, setup),
		cmocka_unit_test_setup(test_deadlines_come_out_by_time, setup),
		cmocka_unit_test_setup(test_equal_times_come_out_as_they_were_armed, setup),
		cmocka_unit_test_setup(test_setting_again_moves_it, setup),
		cmocka_unit_test_setup(test_cancelling_what_is_not_armed_is_fine, setup),
		cmocka_unit_test_setup(test_any_mixture_keeps_the_order, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
