/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include "libmip/replay.h"

#define S	  UINT64_C(1000000000)
#define T	  (UINT64_C(1714564800) * S) /* 2024-05-01 12:00:00 UTC */
#define ERA	  (UINT64_C(2085978496) * S) /* 2036-02-07 06:28:16 UTC: NTP seconds begin again */
#define TOLERANCE (7 * S)

static void test_timestamps_count_from_1900(void **state)
{
	assert_true(replay_timestamp(0) == UINT64_C(2208988800) << 32);
	assert_true(replay_timestamp(T) >> 32 == 0xe9dcad40);
	assert_true((uint32_t)replay_timestamp(T + S / 2) == 0x80000000);
	assert_true(replay_timestamp(ERA) == 0);
	assert_true(replay_timestamp(ERA - 1) >> 32 == UINT32_MAX);
}

static void test_differences_go_round_the_circle(void **state)
{
	assert_true(
		replay_difference_ns(replay_timestamp(T + S), replay_timestamp(T)) == (int64_t)S);
	assert_true(
		replay_difference_ns(replay_timestamp(T), replay_timestamp(T + S)) == -(int64_t)S);
	assert_true(replay_difference_ns(replay_timestamp(ERA + S), replay_timestamp(ERA - S)) ==
		    2 * (int64_t)S);
	assert_true(replay_is_later(replay_timestamp(ERA), replay_timestamp(ERA - S)));
	assert_false(replay_is_later(5, 5));
}

struct ends {
	struct replay agent;
	struct replay_sender node;
	uint64_t wall; /* the agent's */
	int64_t ahead; /* of the node's clock */
	uint64_t random;
};

static int setup(void **state)
{
	static struct ends ends;

	memset(&ends, 0, sizeof(ends));
	replay_init(&ends.agent, REPLAY_TIMESTAMPS);
	replay_sender_init(&ends.node, REPLAY_TIMESTAMPS);
	ends.wall = T;
	*state = &ends;
	return 0;
}

static uint64_t fresh_random(struct ends *e)
{
	e->random = e->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return e->random;
}

static uint64_t node_wall(const struct ends *e)
{
	return e->wall + (uint64_t)e->ahead;
}

static uint64_t make(struct ends *e)
{
	return replay_make(&e->node, node_wall(e), fresh_random(e));
}

static enum replay_verdict judge(const struct ends *e, uint64_t ident)
{
	return replay_judge(&e->agent, ident, e->wall, TOLERANCE);
}

/* One request and what follows; the number of tries until it is accepted, 0 if never in ten. */
static int tries(struct ends *e)
{
	for (int n = 1; n <= 10; n++) {
		uint64_t ident = make(e), answer;

		e->wall += S / 100;
		if (judge(e, ident) == REPLAY_FRESH) {
			answer = replay_accept(&e->agent, ident, fresh_random(e));
			assert_true(replay_low_matches(answer, ident));
			replay_learn(&e->node, answer);
			return n;
		}
		answer = replay_mismatch(&e->agent, ident, e->wall, fresh_random(e));
		assert_true(replay_low_matches(answer, ident));
		replay_resync(&e->node, answer, node_wall(e), TOLERANCE);
	}
	return 0;
}

static void test_identifications_always_increase(void **state)
{
	struct ends *e = *state;
	uint64_t last = make(e);

	for (int i = 0; i < 5000; i++) {
		uint64_t ident = make(e);

		assert_true(replay_is_later(ident, last));
		assert_false(replay_low_matches(ident, last));
		last = ident;
		if (i % 7 == 0)
			e->wall += i % 3 == 0 ? S : 1;
		if (i % 100 == 0)
			e->wall -= S / 3; /* even if the clock does not */
	}
}

static void test_a_timestamp_within_the_tolerance_is_fresh(void **state)
{
	struct ends *e = *state;

	assert_int_equal(judge(e, replay_timestamp(T + 7 * S)), REPLAY_FRESH);
	assert_int_equal(judge(e, replay_timestamp(T - 7 * S)), REPLAY_FRESH);
	assert_int_equal(judge(e, replay_timestamp(T + 7 * S + 5)), REPLAY_SKEWED);
	assert_int_equal(judge(e, replay_timestamp(T - 7 * S - 5)), REPLAY_SKEWED);
}

static void test_a_replay_is_never_fresh(void **state)
{
	struct ends *e = *state;
	uint64_t first = make(e), second = make(e);

	assert_true(replay_accept(&e->agent, second, 0) == second);
	assert_int_equal(judge(e, second), REPLAY_DUPLICATE);
	assert_int_equal(judge(e, first), REPLAY_OLD);
	assert_int_equal(judge(e, second + 1), REPLAY_FRESH);
}

static void test_a_denied_request_cannot_be_played_again(void **state)
{
	struct ends *e = *state;
	uint64_t ident = make(e);

	assert_true(replay_deny(&e->agent, ident, 0) == ident);
	assert_int_equal(judge(e, ident), REPLAY_DUPLICATE);
}

static void test_a_restored_agent_takes_nothing_from_before(void **state)
{
	struct ends *e = *state;
	uint64_t ident = make(e);

	replay_restore(&e->agent, ident + 1);
	assert_int_equal(judge(e, ident), REPLAY_OLD);
	assert_int_equal(judge(e, ident + 1), REPLAY_DUPLICATE);
	assert_int_equal(judge(e, ident + 2), REPLAY_FRESH);
}

static void test_a_mismatch_tells_the_agents_seconds(void **state)
{
	struct ends *e = *state;
	uint64_t answer = replay_mismatch(&e->agent, 0x1111111122222222, T + S / 2, 0);

	assert_true(answer == 0xe9dcad4022222222);
}

static void test_the_era_end_is_no_event(void **state)
{
	struct ends *e = *state;

	e->wall = ERA - 3 * S;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(tries(e), 1);
		e->wall += S;
	}
	assert_true(e->wall > ERA);
}

static void test_a_clock_that_is_wrong_is_learnt_with_one_refusal(void **state)
{
	static const int64_t ahead[] = { 3600, -3600, 8, -8, 86400 * 365, -(86400 * 365 * 20LL) };
	struct ends *e;

	for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
		setup(state);
		e = *state;
		e->ahead = ahead[i] * (int64_t)S;
		assert_int_equal(tries(e), 2);
		e->wall += 60 * S;
		assert_int_equal(tries(e), 1);
	}
}

static void test_a_clock_at_the_edge_of_the_tolerance_does_not_stick(void **state)
{
	struct ends *e;

	for (int64_t tenth = -80; tenth <= 80; tenth++) {
		setup(state);
		e = *state;
		e->ahead = tenth * (int64_t)S / 10;
		assert_in_range(tries(e), 1, 2);
	}
}

static void test_clocks_that_agree_do_not_repeat_the_same_refusal(void **state)
{
	struct ends *e = *state;

	/* the agent remembers a request from before the node's restart, with its clock ahead */
	replay_restore(&e->agent, replay_timestamp(T + 4 * S));
	assert_in_range(tries(e), 2, 6);
	assert_true(e->node.offset == 0);
	replay_sender_init(&e->node, REPLAY_TIMESTAMPS);
	assert_in_range(tries(e), 2, 7);
}

static void test_a_refusal_by_reordering_leaves_the_offset_alone(void **state)
{
	struct ends *e = *state;
	uint64_t early = make(e), late = make(e), answer;

	replay_accept(&e->agent, late, 0);
	assert_int_equal(judge(e, early), REPLAY_OLD);
	answer = replay_mismatch(&e->agent, early, e->wall, 0);
	assert_int_equal(replay_resync(&e->node, answer, e->wall, TOLERANCE), REPLAY_RESYNC_AGREES);
	assert_true(e->node.offset == 0);
	assert_int_equal(judge(e, make(e)), REPLAY_FRESH);
}

static void test_stepping_ahead_stays_within_the_tolerance(void **state)
{
	struct ends *e = *state;
	uint64_t answer = replay_mismatch(&e->agent, make(e), T, 0);

	for (int i = 0; i < 100; i++)
		replay_resync(&e->node, answer, T, TOLERANCE);
	assert_int_equal(judge(e, make(e)), REPLAY_FRESH);
}

static int setup_nonces(void **state)
{
	struct ends *e;

	setup(state);
	e = *state;
	replay_init(&e->agent, REPLAY_NONCES);
	replay_sender_init(&e->node, REPLAY_NONCES);
	return 0;
}

static void test_nonces_synchronize_with_one_refusal(void **state)
{
	struct ends *e;

	setup_nonces(state);
	e = *state;
	assert_int_equal(tries(e), 2);
	assert_int_equal(tries(e), 1);
	assert_int_equal(tries(e), 1);
}

static void test_a_nonce_serves_once(void **state)
{
	struct ends *e;
	uint64_t ident;

	setup_nonces(state);
	e = *state;
	tries(e);
	ident = make(e);
	assert_int_equal(judge(e, ident), REPLAY_FRESH);
	replay_accept(&e->agent, ident, (uint64_t)e->agent.nonce << 32);
	assert_int_equal(judge(e, ident), REPLAY_DUPLICATE);
	assert_int_equal(judge(e, ident + 1), REPLAY_BAD_NONCE);
}

static void test_playing_old_requests_does_not_change_the_nonce(void **state)
{
	struct ends *e;
	uint64_t old, next;

	setup_nonces(state);
	e = *state;
	old = make(e);
	tries(e);
	next = make(e);
	assert_int_equal(judge(e, old), REPLAY_BAD_NONCE);
	replay_mismatch(&e->agent, old, e->wall, fresh_random(e));
	assert_int_equal(judge(e, next), REPLAY_FRESH);
}

static void test_no_nonce_given_means_none_is_right(void **state)
{
	struct ends *e;

	setup_nonces(state);
	e = *state;
	assert_int_equal(judge(e, 0), REPLAY_BAD_NONCE);
}

static void test_verdict_names(void **state)
{
	assert_string_equal(replay_verdict_name(REPLAY_BAD_NONCE), "bad-nonce");
	assert_string_equal(replay_verdict_name(REPLAY_FRESH), "fresh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timestamps_count_from_1900, setup, NULL),
		cmocka_unit_test_setup_teardown(test_differences_go_round_the_circle, setup, NULL),
		cmocka_unit_test_setup_teardown(test_identifications_always_increase, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_timestamp_within_the_tolerance_is_fresh, setup, NULL),
		cmocka_unit_test_setup_teardown(test_a_replay_is_never_fresh, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_denied_request_cannot_be_played_again, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_restored_agent_takes_nothing_from_before, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_mismatch_tells_the_agents_seconds, setup, NULL),
		cmocka_unit_test_setup_teardown(test_the_era_end_is_no_event, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_clock_that_is_wrong_is_learnt_with_one_refusal, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_clock_at_the_edge_of_the_tolerance_does_not_stick, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_clocks_that_agree_do_not_repeat_the_same_refusal, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_a_refusal_by_reordering_leaves_the_offset_alone, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_stepping_ahead_stays_within_the_tolerance, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_nonces_synchronize_with_one_refusal, setup, NULL),
		cmocka_unit_test_setup_teardown(test_a_nonce_serves_once, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_playing_old_requests_does_not_change_the_nonce, setup, NULL),
		cmocka_unit_test_setup_teardown(
			test_no_nonce_given_means_none_is_right, setup, NULL),
		cmocka_unit_test_setup_teardown(test_verdict_names, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
