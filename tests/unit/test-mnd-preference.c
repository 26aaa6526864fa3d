/* SPDX-License-Identifier: BSD-2-Clause */
/* Back to the home agent that stands first: mnd/preference.c. */
#include "tests/unit/mnd-world.h"

static bool is_for(const struct request *r, const char *agent)
{
	struct mipm_addr a = addr(agent);

	return addr_equal(&r->mip.home_agent, &a);
}

/* The first is silent from the start, the second one serves. */
static struct world *at_the_second(uint32_t caps)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.home_agents[w->conf.n_home_agents++] = addr(HA2);
	world_start(w);
	MD(w, GOOD(1), GOOD(2));
	do
		r = request_wait(w);
	while (!is_for(&r, HA2));
	agent_accept(w, &r, caps);
	agent_serve(w, caps);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
	fakebus_clear(w->bus);
	return w;
}

/* The next request to the first; what goes to the second is answered. */
static struct request next_trial(struct world *w, uint32_t caps)
{
	struct request r;

	for (;;) {
		r = request_wait(w);
		if (is_for(&r, HA1))
			return r;
		agent_accept(w, &r, caps);
	}
}

static void test_the_first_is_registered_with_before_the_second_is_left(void **state)
{
	struct world *w = at_the_second(OWN_CAPS);
	uint64_t since = fakebus_now(w->bus);
	struct mipm_addr home = addr(HOME);
	struct request r = next_trial(w, OWN_CAPS);

	assert_in_range(r.at - since, 30 * NSEC_PER_S, 34 * NSEC_PER_S);
	assert_int_equal(r.link, 11);
	assert_true(addr_equal(&r.mip.home_addr, &home));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	fakebus_clear(w->bus);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 1);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR); /* with its BID now */
	r = request_must(w);
	assert_true(is_for(&r, HA2)); /* left by one word for all bindings */
	assert_int_equal(r.mip.lifetime, 0);
	assert_true(addr_equal(&r.mip.careof_addr, &home));
	agent_accept(w, &r, OWN_CAPS);
	agent_serve(w, OWN_CAPS);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_IDLE);
	assert_int_equal(reg_of(w, 2, HA2)->fsm.state, MIPM_REG_IDLE);
	assert_true(fakebus_logged(w->bus, "answers again"));
	world_run(w, 100000);
	request_none(w);
	world_free(w);
}

static void test_a_silent_first_costs_a_few_requests_and_nothing_else(void **state)
{
	struct world *w = at_the_second(OWN_CAPS);
	unsigned n = 0;

	for (uint64_t end = fakebus_now(w->bus) + 600 * NSEC_PER_S; fakebus_now(w->bus) < end;) {
		struct request r;

		while (request_take(w, &r)) {
			if (is_for(&r, HA1))
				n++;
			else
				agent_accept(w, &r, OWN_CAPS);
		}
		world_run(w, 100);
	}
	assert_in_range(n, 3 * 14, 3 * 20); /* every 30 to 34 s */
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
	world_free(w);
}

/* Whatever the first one refuses, the second one stays, and so does our address. */
static void test_a_first_that_refuses_is_tried_again_later(void **state)
{
	static const uint8_t codes[] = { MIP_CODE_UNSPECIFIED, MIP_CODE_PROHIBITED,
		MIP_CODE_RESOURCES, MIP_CODE_POORLY_FORMED, MIP_CODE_UNKNOWN_HOME_AGENT };

	for (size_t i = 0; i < sizeof(codes); i++) {
		struct world *w = at_the_second(0);
		struct mipm_addr home = addr(HOME);
		struct request r = next_trial(w, 0);

		agent_deny(w, &r, codes[i]);
		while (request_take(w, &r))
			agent_deny(w, &r, codes[i]);
		assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
		assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
		assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
		assert_true(addr_equal(&first_association(w)->home_addr, &home));
		r = next_trial(w, 0);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		world_free(w);
	}
}

static void test_an_agent_with_another_clock_does_not_disturb_the_one_in_use(void **state)
{
	struct world *w = at_the_second(0);
	struct request r = next_trial(w, 0);

	w->agent_offset = -7200 * (int64_t)NSEC_PER_S;
	w->resynced = true;
	agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	w->resynced = true;
	r = request_must(w);
	assert_true(is_for(&r, HA1));
	assert_true(replay_difference_ns(r.mip.ident, agent_ident(w)) < 2 * (int64_t)NSEC_PER_S);
	w->agent_offset = 0;
	for (;;) {
		w->resynced = true;
		r = request_wait(w);
		if (is_for(&r, HA2))
			break;
	}
	assert_true(replay_difference_ns(r.mip.ident, agent_ident(w)) > -(int64_t)NSEC_PER_S);
	world_free(w);
}

/* An agent that comes and goes: each return is later, so it moves us ever less often. */
static void test_an_agent_that_flaps_is_returned_to_ever_later(void **state)
{
	struct world *w = at_the_second(0);
	uint64_t waited = 0, left_at;

	for (unsigned i = 0; i < 4; i++) {
		struct request r;

		left_at = fakebus_now(w->bus);
		r = next_trial(w, 0);
		assert_true(r.at - left_at >= 2 * waited * 7 / 8);
		waited = r.at - left_at;
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		request_drain(w);
		MD(w, BAD(1), BAD(2)); /* asks, and nobody answers */
		do
			r = request_wait(w);
		while (!is_for(&r, HA2) || r.mip.lifetime == 0);
		agent_accept(w, &r, 0);
		MD(w, GOOD(1), GOOD(2));
		agent_serve(w, 0);
	}
	world_free(w);
}

static void test_two_agents_that_refuse_are_not_asked_in_turns_without_a_pause(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	unsigned n = 0;

	w->conf.home_agents[w->conf.n_home_agents++] = addr(HA2);
	world_start(w);
	MD(w, GOOD(1));
	for (unsigned i = 0; i < 1200; i++) {
		while (request_take(w, &r)) {
			agent_deny(w, &r, MIP_CODE_RESOURCES);
			n++;
		}
		world_run(w, 100);
	}
	assert_in_range(n, 5, 10);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_is_registered_with_before_the_second_is_left),
		cmocka_unit_test(test_a_silent_first_costs_a_few_requests_and_nothing_else),
		cmocka_unit_test(test_a_first_that_refuses_is_tried_again_later),
		cmocka_unit_test(test_an_agent_with_another_clock_does_not_disturb_the_one_in_use),
		cmocka_unit_test(test_an_agent_that_flaps_is_returned_to_ever_later),
		cmocka_unit_test(
			test_two_agents_that_refuse_are_not_asked_in_turns_without_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
