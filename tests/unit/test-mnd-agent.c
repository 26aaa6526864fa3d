/* SPDX-License-Identifier: BSD-2-Clause */
/* Several home agents, several keys: mnd/agent.c, mnd/association.c, mnd/settle.c. */
#include "tests/unit/mnd-world.h"

static struct world *with_two_agents(void)
{
	struct world *w = world_prepare();

	w->conf.home_agents[w->conf.n_home_agents++] = addr(HA2);
	world_start(w);
	return w;
}

static bool is_for(const struct request *r, const char *agent)
{
	struct mipm_addr a = addr(agent);

	return addr_equal(&r->remote.addr, &a) && addr_equal(&r->mip.home_agent, &a);
}

static struct request until_for(struct world *w, const char *agent)
{
	struct request r;

	do
		r = request_wait(w);
	while (!is_for(&r, agent));
	return r;
}

static void test_silence_over_all_links_leads_to_the_next_agent(void **state)
{
	struct world *w = with_two_agents();
	struct request r;
	unsigned over[3] = { 0 };

	MD(w, UNTRIED(1), UNTRIED(2));
	for (r = request_must(w); is_for(&r, HA1); r = request_wait(w))
		over[r.link - 10]++;
	assert_int_equal(over[1], 2);
	assert_int_equal(over[2], 2);
	assert_true(is_for(&r, HA2));
	assert_int_equal(r.link, 11);
	assert_true(r.at - VTIME_START < 10 * NSEC_PER_S);
	agent_accept(w, &r, OWN_CAPS);
	agent_serve(w, OWN_CAPS);
	assert_int_equal(reg_of(w, 1, HA2)->fsm.state, MIPM_REG_BOUND);
	assert_int_equal(reg_of(w, 2, HA2)->fsm.state, MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
	world_free(w);
}

static void test_the_last_agent_is_followed_by_the_first(void **state)
{
	struct world *w = with_two_agents();
	struct request r;

	MD(w, UNTRIED(1));
	until_for(w, HA2);
	r = until_for(w, HA1);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* The old agent's paths stay until another one has accepted: make before break. */
static void test_fail_over_keeps_the_old_paths_until_it_has_new_ones(void **state)
{
	struct world *w = with_two_agents();
	struct mipm_addr home = addr(HOME);
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	MD(w, BAD(1), BAD(2));
	r = until_for(w, HA2);
	assert_true(r.at - VTIME_START < 20 * NSEC_PER_S);
	assert_true(addr_equal(&r.mip.home_addr, &home)); /* addresses are kept if they may be */
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	assert_int_equal(association_bound(first_association(w), NULL), 2);
	fakebus_clear(w->bus);
	agent_accept(w, &r, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 1);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	assert_true(
		addr_equal(&((const struct mipm_bul *)fakebus_last(w->bus, MIPM_BUL_REMOVE))->peer,
			&w->conf.home_agents[0]));
	world_free(w);
}

static void test_one_dead_path_is_no_dead_agent(void **state)
{
	struct world *w = with_two_agents();
	struct request r;

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(1), UNTRIED(2));
	for (unsigned i = 0; i < 60; i++) {
		r = request_wait(w);
		assert_true(is_for(&r, HA1));
		if (r.link == 11)
			agent_accept(w, &r, OWN_CAPS);
	}
	world_free(w);
}

static void test_refusals_that_another_agent_may_not_make_lead_there(void **state)
{
	static const uint8_t codes[] = { MIP_CODE_RESOURCES, MIP_CODE_UNKNOWN_HOME_AGENT,
		MIP_CODE_REDIRECTED };

	for (size_t i = 0; i < sizeof(codes); i++) {
		struct world *w = with_two_agents();
		struct request r;

		MD(w, GOOD(1));
		r = request_must(w);
		agent_deny(w, &r, codes[i]);
		r = request_must(w);
		assert_true(is_for(&r, HA2));
		world_free(w);
	}
}

static void test_a_single_agent_is_asked_for_ever(void **state)
{
	const struct mipm_reg_state_msg *told;
	struct world *w = world_new();

	MD(w, UNTRIED(1));
	world_run(w, 3600 * 1000);
	assert_in_range(request_drain(w), 100, 130);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_int_equal(told->state, MIPM_REG_WAITA);
	assert_true(told->retries > 90);
	assert_true(says(&told->text, "no answer"));
	assert_true(fakebus_logged(w->bus, "no answer over any"));
	world_free(w);
}

static void test_silence_of_all_agents_tries_the_other_key(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.spis[w->conf.n_spis++] = 1008;
	world_add_sa(w, 1008, 0x33);
	world_start(w);
	MD(w, UNTRIED(1));
	r = request_must(w);
	assert_int_equal(r.mip.ext.mn_ha.spi, SPI);
	do
		r = request_wait(w);
	while (r.mip.ext.mn_ha.spi == SPI);
	assert_int_equal(r.mip.ext.mn_ha.spi, 1008);
	assert_true(r.at - VTIME_START < 40 * NSEC_PER_S);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence_over_all_links_leads_to_the_next_agent),
		cmocka_unit_test(test_the_last_agent_is_followed_by_the_first),
		cmocka_unit_test(test_fail_over_keeps_the_old_paths_until_it_has_new_ones),
		cmocka_unit_test(test_one_dead_path_is_no_dead_agent),
		cmocka_unit_test(test_refusals_that_another_agent_may_not_make_lead_there),
		cmocka_unit_test(test_a_single_agent_is_asked_for_ever),
		cmocka_unit_test(test_silence_of_all_agents_tries_the_other_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
