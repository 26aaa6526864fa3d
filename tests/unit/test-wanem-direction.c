/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "tests/wanem/direction.h"
#include "wanem-frames.h"

#define MS  1000000ull
#define LEN 1000 /* octets of each frame */

static struct direction direction;

static int setup(void **state)
{
	direction_init(&direction, 1);
	return 0;
}

static int teardown(void **state)
{
	direction_fini(&direction);
	return 0;
}

static void put(uint32_t number, uint64_t now)
{
	uint8_t octets[LEN] = { 0 };

	octets_set_u32(octets + FRAME_HEADER, number);
	direction_hold(&direction, octets, sizeof(octets), now);
}

/* The number of the next one, and when it leaves; -1 if nothing is held. */
static int64_t take(uint64_t *at)
{
	struct packet *packet;
	int64_t number;

	*at = direction_next(&direction);
	if (*at == TIMERQ_NEVER)
		return -1;
	assert_null(direction_take(&direction, *at - 1));
	packet = direction_take(&direction, *at);
	assert_non_null(packet);
	number = octets_u32(packet->octets + FRAME_HEADER);
	free(packet);
	return number;
}

static void test_without_impairments_it_leaves_at_once(void **state)
{
	uint64_t at;

	put(7, 5 * MS);
	assert_int_equal(take(&at), 7);
	assert_true(at == 5 * MS);
	assert_int_equal(take(&at), -1);
}

static void test_delay(void **state)
{
	uint64_t at;

	direction_set(&direction, &(struct impairments) { .delay = 12 * MS });
	put(1, 5 * MS);
	assert_int_equal(take(&at), 1);
	assert_true(at == 17 * MS);
}

static void test_jitter_is_even_around_the_delay(void **state)
{
	uint64_t at, least = UINT64_MAX, most = 0, sum = 0;

	direction_set(&direction,
		&(struct impairments) { .delay = 10 * MS, .jitter = 2 * MS, .order = ORDER_FREE });
	for (unsigned i = 0; i < 1000; i++) {
		put(i, 100 * MS * i);
		take(&at);
		at -= 100 * MS * i;
		least = at < least ? at : least;
		most = at > most ? at : most;
		sum += at;
	}
	assert_in_range(least, 8 * MS, 8 * MS + MS / 50);
	assert_in_range(most, 12 * MS - MS / 50, 12 * MS);
	assert_in_range(sum / 1000, 10 * MS - MS / 5, 10 * MS + MS / 5);
}

static unsigned n_reordered(enum order order)
{
	unsigned reordered = 0;
	int64_t highest = -1, number;
	uint64_t at;

	direction_set(&direction,
		&(struct impairments) { .delay = 10 * MS, .jitter = 5 * MS, .order = order });
	for (unsigned i = 0; i < 1000; i++)
		put(i, i * MS);
	while ((number = take(&at)) >= 0) {
		reordered += number < highest;
		highest = number > highest ? number : highest;
	}
	return reordered;
}

static void test_jitter_reorders_only_where_it_may(void **state)
{
	assert_int_equal(n_reordered(ORDER_KEEP), 0);
	assert_true(n_reordered(ORDER_FREE) > 200);
}

static void test_a_share_goes_ahead_or_late(void **state)
{
	unsigned ahead = 0, late = 0;
	uint64_t at;

	direction_set(&direction,
		&(struct impairments) {
			.delay = 10 * MS, .ahead = 100000, .late = { 200000, 5 * MS } });
	for (unsigned i = 0; i < 1000; i++) {
		put(i, 100 * MS * i);
		take(&at);
		ahead += at == 100 * MS * i;
		late += at == 100 * MS * i + 15 * MS;
	}
	assert_in_range(ahead, 100 - 40, 100 + 40);
	assert_in_range(late, 180 - 50, 180 + 50);
}

/* 8 Mbit/s: 1 ms for each frame */
static void test_rate_spaces_packets(void **state)
{
	uint64_t at;

	direction_set(&direction, &(struct impairments) { .rate = 8000000, .queue = 10 * LEN });
	for (unsigned i = 0; i < 5; i++)
		put(i, 100 * MS);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(take(&at), i);
		assert_true(at == (101 + i) * MS);
	}
}

static void test_the_tail_of_a_full_queue_is_dropped(void **state)
{
	uint64_t at;

	direction_set(&direction, &(struct impairments) { .rate = 8000000, .queue = 3 * LEN });
	for (unsigned i = 0; i < 5; i++)
		put(i, 100 * MS);
	assert_int_equal(direction.counters.overflow, 2);
	put(9, 101 * MS);
	assert_int_equal(direction.counters.overflow, 2);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(take(&at), i);
	assert_int_equal(take(&at), 9);
	assert_true(at == 104 * MS);
}

static void test_a_packet_larger_than_the_queue_passes_an_empty_one(void **state)
{
	uint64_t at;

	direction_set(&direction, &(struct impairments) { .rate = 8000000, .queue = 1 });
	put(1, MS);
	assert_int_equal(take(&at), 1);
}

static void test_a_stall_holds_all_and_keeps_their_order(void **state)
{
	uint64_t at;

	direction_set(&direction, &(struct impairments) { .delay = 10 * MS });
	put(0, 0);
	direction_stall(&direction, 100 * MS);
	put(1, 50 * MS);
	put(2, 99 * MS);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(take(&at), i);
		assert_true(at == 100 * MS);
	}
	assert_int_equal(take(&at), 2);
	assert_true(at == 109 * MS);
}

static void test_duplicates_come_together(void **state)
{
	uint64_t at, again;

	direction_set(&direction, &(struct impairments) { .delay = MS, .duplicate = SHARE_WHOLE });
	put(3, 0);
	assert_int_equal(take(&at), 3);
	assert_int_equal(take(&again), 3);
	assert_true(at == again);
	assert_int_equal(take(&at), -1);
}

static void test_corruption_flips_one_bit_behind_the_ethernet_header(void **state)
{
	struct packet *packet;
	unsigned bits;

	direction_set(&direction, &(struct impairments) { .corrupt = SHARE_WHOLE });
	for (unsigned i = 0; i < 100; i++) {
		put(0, i);
		packet = direction_take(&direction, i);
		bits = 0;
		for (size_t k = 0; k < packet->len; k++) {
			assert_true(k >= FRAME_HEADER || packet->octets[k] == 0);
			bits += (unsigned)__builtin_popcount(packet->octets[k]);
		}
		assert_int_equal(bits, 1);
		free(packet);
	}
}

static void test_what_it_holds_is_bounded(void **state)
{
	direction_set(&direction, &(struct impairments) { .delay = MS });
	for (unsigned i = 0; i <= HELD_OCTETS_MAX / LEN; i++)
		put(i, 0);
	assert_int_equal(direction.counters.overflow, 1);
	assert_true(direction.held_octets <= HELD_OCTETS_MAX);
}

static void test_a_hole_and_a_filter_are_counted(void **state)
{
	struct impairments how = no_impairments;
	struct test_frame made;
	struct frame frame;

	test_frame_echo(&made, 8, 1, 2, 3);
	frame_parse(&frame, made.octets, made.len);
	assert_true(direction_admits(&direction, &frame, 0));
	how.hole = true;
	direction_set(&direction, &how);
	assert_false(direction_admits(&direction, &frame, 0));
	how.hole = false;
	assert_int_equal(filter_read(&how.filters[how.n_filters++], "icmp"), 0);
	direction_set(&direction, &how);
	assert_false(direction_admits(&direction, &frame, 0));
	assert_int_equal(direction.counters.in, 3);
	assert_int_equal(direction.counters.filtered, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_impairments_it_leaves_at_once),
		TEST(test_delay),
		TEST(test_jitter_is_even_around_the_delay),
		TEST(test_jitter_reorders_only_where_it_may),
		TEST(test_a_share_goes_ahead_or_late),
		TEST(test_rate_spaces_packets),
		TEST(test_the_tail_of_a_full_queue_is_dropped),
		TEST(test_a_packet_larger_than_the_queue_passes_an_empty_one),
		TEST(test_a_stall_holds_all_and_keeps_their_order),
		TEST(test_duplicates_come_together),
		TEST(test_corruption_flips_one_bit_behind_the_ethernet_header),
		TEST(test_what_it_holds_is_bounded),
		TEST(test_a_hole_and_a_filter_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
