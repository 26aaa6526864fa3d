/* SPDX-License-Identifier: BSD-2-Clause */
/* When requests leave: back-off, standby pace, lifetimes, limits (RFC 5944 3.6.2.1, 3.6.3). */
#include "tests/unit/mnd-world.h"

static void test_retransmissions_double_and_have_new_identifications(void **state)
{
	struct world *w = world_new();
	struct request r, before;
	uint64_t gap, last_gap = 0;

	MD(w, UNTRIED(1));
	before = request_must(w);
	for (unsigned i = 0; i < 4; i++) {
		r = request_wait(w);
		gap = r.at - before.at;
		assert_true(gap >= NSEC_PER_S);
		assert_true(gap >= 2 * last_gap);
		assert_true(gap <= 32 * NSEC_PER_S);
		assert_false(replay_low_matches(r.mip.ident, before.mip.ident));
		assert_memory_not_equal(r.octets + r.mip.ext.mn_ha.covered,
			before.octets + before.mip.ext.mn_ha.covered, 32);
		last_gap = gap;
		before = r;
	}
	for (unsigned i = 0; i < 5; i++) { /* the cap */
		r = request_wait(w);
		assert_true(r.at - before.at <= 31 * NSEC_PER_S);
		before = r;
	}
	world_free(w);
}

static void test_a_short_lifetime_caps_the_back_off(void **state)
{
	struct world *w = world_prepare();
	struct request r, before;

	w->conf.lifetime_s = 10;
	world_start(w);
	MD(w, UNTRIED(1));
	before = request_must(w);
	for (unsigned i = 0; i < 12; i++) {
		r = request_wait(w);
		assert_true(r.at - before.at <= 11 * NSEC_PER_S);
		before = r;
	}
	world_free(w);
}

static void test_the_first_timeout_covers_two_known_round_trips(void **state)
{
	struct world *w = world_new();
	struct request r, again;

	MD(w, GOOD(1));
	r = request_must(w);
	world_run(w, 900);
	agent_accept(w, &r, 0);
	r = request_wait(w);
	again = request_wait(w);
	assert_true(again.at - r.at >= 1900 * NSEC_PER_MS);
	world_free(w);
}

/* They take turns, and the one that comes back first must not wait for all the others. */
static void test_links_that_take_turns_share_the_pace(void **state)
{
	struct world *w = world_new();
	uint64_t asked_at[4] = { 0 };
	struct request r;

	MD(w, UNTRIED(1), UNTRIED(2), UNTRIED(3));
	world_run(w, 300000);
	request_drain(w);
	for (unsigned i = 0; i < 12; i++) {
		r = request_wait(w);
		if (asked_at[r.link - 10])
			assert_in_range(r.at - asked_at[r.link - 10], 29 * NSEC_PER_S,
				31 * NSEC_PER_S);
		asked_at[r.link - 10] = r.at;
	}
	world_free(w);
}

static void test_a_bad_link_registers_at_the_standby_pace(void **state)
{
	struct world *w = world_new();
	struct request r, before = { 0 };

	MD(w, GOOD(1), BAD(2));
	agent_serve(w, OWN_CAPS); /* also what the bad one sent first */
	MD(w, GOOD(1), BAD(2), BAD(3));
	before = request_must(w);
	assert_int_equal(before.link, 13);
	for (unsigned i = 0; i < 3; i++) {
		do {
			r = request_wait(w);
			if (r.link != 13)
				agent_accept(w, &r, OWN_CAPS);
		} while (r.link != 13);
		assert_in_range(r.at - before.at, 29 * NSEC_PER_S, 34 * NSEC_PER_S);
		before = r;
	}
	world_free(w);
}

static void test_a_path_that_becomes_good_again_sends_at_once(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(1), UNTRIED(2));
	request_must(w);
	MD(w, GOOD(1), BAD(2));
	for (unsigned i = 0; i < 3; i++)
		request_wait(w);
	world_run(w, 3000);
	request_none(w);
	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	assert_int_equal(r.link, 12);
	r = request_wait(w);
	assert_true(fakebus_now(w->bus) - r.at < NSEC_PER_S);
	world_free(w);
}

static void test_it_renews_between_a_third_and_half_of_the_lifetime(void **state)
{
	struct world *w = world_new();
	struct request r, before;

	MD(w, GOOD(1));
	before = request_must(w);
	agent_accept(w, &before, 0);
	for (unsigned i = 0; i < 10; i++) {
		r = request_wait(w);
		assert_in_range(r.at - before.at, 120 * NSEC_PER_S, 151 * NSEC_PER_S);
		assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
		agent_accept(w, &r, 0);
		before = r;
	}
	world_free(w);
}

static void test_the_lower_lifetime_counts_from_when_it_was_sent(void **state)
{
	struct world *w = world_new();
	struct registration *reg;
	struct request r;
	struct answer a;

	MD(w, GOOD(1));
	r = request_must(w);
	world_run(w, 400);
	a = answer_accept(w, &r, 0);
	a.mip.lifetime = 60;
	answer_send(w, &r, &a);
	reg = reg_of(w, 1, HA1);
	assert_int_equal(reg->grant.lifetime_s, 60);
	assert_int_equal(reg->grant.expires_at, r.at + 60 * NSEC_PER_S);
	r = request_wait(w);
	a = answer_accept(w, &r, 0);
	a.mip.lifetime = 9999; /* more than asked: what was asked */
	answer_send(w, &r, &a);
	assert_int_equal(reg->grant.lifetime_s, 300);
	assert_int_equal(reg->grant.expires_at, r.at + 300 * NSEC_PER_S);
	world_free(w);
}

static void test_expiry_removes_the_entry_and_goes_on_asking(void **state)
{
	struct world *w = world_new();
	const struct mipm_bul *bul;
	struct request r;

	MD(w, GOOD(1));
	r = request_must(w);
	agent_accept(w, &r, 0);
	world_run(w, 299990);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	world_run(w, 20);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	bul = fakebus_last(w->bus, MIPM_BUL_REMOVE);
	assert_int_equal(bul->path.number, 1);
	assert_true(bul->generation > 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITA);
	request_drain(w);
	r = request_wait(w);
	assert_false(r.mip.ext.multipath.present);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(agent_serve(w, OWN_CAPS), 1);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* THREATS T23: at most 65 in a minute per care-of address, whatever a link does. */
static void test_a_flapping_link_stays_below_the_limit(void **state)
{
	struct world *w = world_new();
	unsigned n[2] = { 0 };
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	world_run(w, 10000);
	for (unsigned i = 0; i < 600; i++) {
		if (i % 2)
			MD(w, GOOD(1), GOOD(2));
		else
			MD(w, GOOD(1));
		while (request_take(w, &r)) {
			n[r.link == 12]++;
			agent_accept(w, &r, OWN_CAPS);
		}
		world_run(w, 100);
	}
	assert_in_range(n[0], 0, 65);
	assert_in_range(n[1], 1, 65);
	MD(w, GOOD(1), GOOD(2));
	for (unsigned i = 0; i < 20; i++) {
		agent_serve(w, OWN_CAPS);
		world_run(w, 100);
	}
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	world_free(w);
}

static void test_an_order_that_flips_stays_below_the_limit(void **state)
{
	struct world *w = world_new();
	unsigned n[2] = { 0 };
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	world_run(w, 10000);
	for (unsigned i = 0; i < 600; i++) {
		if (i % 2)
			MD(w, GOOD(1), GOOD(2));
		else
			MD(w, GOOD(2), GOOD(1));
		while (request_take(w, &r)) {
			n[r.link == 12]++;
			agent_accept(w, &r, OWN_CAPS);
		}
		world_run(w, 100);
	}
	assert_in_range(n[0], 1, 65);
	assert_in_range(n[1], 1, 65);
	world_free(w);
}

static void test_registrations_are_told_apart_over_an_hour(void **state)
{
	struct world *w = world_new();
	struct request r;
	unsigned n = 0;

	/* request_take() checks that each Identification is later than all before */
	MD(w, GOOD(1), GOOD(2), GOOD(3), GOOD(4));
	while (fakebus_now(w->bus) < VTIME_START + 3600 * NSEC_PER_S) {
		r = request_wait(w);
		if (n++ % 7 != 3)
			agent_accept(w, &r, OWN_CAPS);
	}
	assert_true(n > 80);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retransmissions_double_and_have_new_identifications),
		cmocka_unit_test(test_a_short_lifetime_caps_the_back_off),
		cmocka_unit_test(test_the_first_timeout_covers_two_known_round_trips),
		cmocka_unit_test(test_links_that_take_turns_share_the_pace),
		cmocka_unit_test(test_a_bad_link_registers_at_the_standby_pace),
		cmocka_unit_test(test_a_path_that_becomes_good_again_sends_at_once),
		cmocka_unit_test(test_it_renews_between_a_third_and_half_of_the_lifetime),
		cmocka_unit_test(test_the_lower_lifetime_counts_from_when_it_was_sent),
		cmocka_unit_test(test_expiry_removes_the_entry_and_goes_on_asking),
		cmocka_unit_test(test_a_flapping_link_stays_below_the_limit),
		cmocka_unit_test(test_an_order_that_flips_stays_below_the_limit),
		cmocka_unit_test(test_registrations_are_told_apart_over_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
