/* SPDX-License-Identifier: BSD-2-Clause */
/* First contact, our own end and strangers: mnd/agent.c, mnd/request.c. */
#include "tests/unit/mnd-world.h"

static void test_the_first_request_is_plain_and_shows_caps(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, UNTRIED(1));
	r = request_must(w);
	assert_int_equal(r.mip.flags, MIP_FLAG_D | MIP_FLAG_T);
	assert_int_equal(r.mip.lifetime, 300);
	assert_true(addr_is_unspecified(&r.mip.home_addr));
	assert_int_equal(r.mip.ext.nai.len, 5);
	assert_true(r.mip.ext.udp_tunnel_request.present && r.mip.ext.udp_tunnel_request.force);
	assert_int_equal(r.mip.ext.n_network_requests, 1);
	assert_true(r.mip.ext.caps.present);
	assert_int_equal(r.mip.ext.caps.role, MIP_CAPS_ROUTER);
	assert_int_equal(r.mip.ext.caps.features, OWN_CAPS);
	assert_int_not_equal(r.mip.ext.caps.boot_id, 0);
	assert_false(r.mip.ext.watch.present);
	assert_false(r.mip.ext.multipath.present);
	assert_int_equal(r.mip.ext.n_flows, 0);
	assert_int_equal(r.local.port, 434);
	assert_int_equal(r.remote.port, 434);
	assert_int_equal(r.link, 11);
	request_none(w);
	world_free(w);
}

static void test_a_configured_home_address_is_asked_for(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.home_addr = addr(HOME);
	world_start(w);
	MD(w, UNTRIED(1));
	r = request_must(w);
	assert_true(addr_equal(&r.mip.home_addr, &w->conf.home_addr));
	world_free(w);
}

static void test_only_one_lead_is_out_and_a_timeout_moves_it(void **state)
{
	struct world *w = world_new();
	struct request r;
	uint64_t first;

	MD(w, UNTRIED(1), UNTRIED(2), UNTRIED(3));
	r = request_must(w);
	assert_int_equal(r.link, 11);
	first = r.at;
	request_none(w);
	world_run(w, 999);
	request_none(w);
	world_run(w, 200);
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_in_range(r.at - first, NSEC_PER_S, NSEC_PER_S * 9 / 8);
	assert_false(r.mip.ext.multipath.present);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
	world_run(w, 1150);
	r = request_must(w);
	assert_int_equal(r.link, 13);
	world_run(w, 1150);
	r = request_must(w); /* once around: now twice the time */
	assert_int_equal(r.link, 11);
	first = r.at;
	world_run(w, 1990);
	request_none(w);
	world_run(w, 300);
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_true(r.at - first >= 2 * NSEC_PER_S);
	world_free(w);
}

static void test_a_bad_lead_is_left_at_once(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, UNTRIED(1), UNTRIED(2));
	assert_int_equal(request_must(w).link, 11);
	MD(w, UNTRIED(2), BAD(1));
	r = request_must(w);
	assert_int_equal(r.link, 12);
	request_none(w);
	world_free(w);
}

static void test_the_answer_to_a_former_lead_changes_nothing(void **state)
{
	struct world *w = world_new();
	struct request first, second;

	MD(w, UNTRIED(1), UNTRIED(2));
	first = request_must(w);
	world_run(w, 1200);
	second = request_must(w);
	agent_accept(w, &first, OWN_CAPS);
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
	agent_accept(w, &second, OWN_CAPS);
	assert_int_equal(state_of(w, 2), MIPM_REG_WAITAR);
	world_free(w);
}

static void test_own_end_replaces_and_then_all_paths_register(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, UNTRIED(1), UNTRIED(2), UNTRIED(3));
	r = request_must(w);
	request_none(w);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 1);
	r = request_must(w);
	assert_int_equal(r.link, 11);
	assert_int_equal(r.mip.flags & MIP_FLAG_S, 0);
	assert_int_equal(r.mip.ext.multipath.bid, 1);
	assert_int_equal(r.mip.ext.multipath.flags, MIP_MULTIPATH_OVERWRITE);
	request_none(w);
	agent_accept(w, &r, OWN_CAPS);
	for (unsigned n = 2; n <= 3; n++) {
		r = request_must(w);
		assert_int_equal(r.link, 10 + n);
		assert_int_equal(r.mip.ext.multipath.bid, n);
		assert_int_equal(r.mip.ext.multipath.flags, 0);
		assert_int_equal(r.mip.ext.n_flows, 1);
		assert_int_equal(r.mip.ext.flows[0].action, MIP_FLOW_FORWARD);
		assert_true(r.mip.ext.flows[0].catch_all);
		assert_int_equal(r.mip.ext.flows[0].n_bids, 3);
		assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 1, 2, 3 }), 3);
		agent_accept(w, &r, OWN_CAPS);
	}
	request_none(w);
	for (unsigned n = 1; n <= 3; n++)
		assert_int_equal(state_of(w, n), MIPM_REG_BOUND);
	world_free(w);
}

static void test_a_lost_replacement_moves_the_lead_and_replaces_there(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, UNTRIED(1), UNTRIED(2));
	r = request_must(w);
	agent_accept(w, &r, OWN_CAPS);
	request_must(w); /* O over 1: lost, and so are two more */
	for (unsigned i = 0; i < 20 && r.link != 12; i++) {
		world_run(w, 500);
		request_take(w, &r);
	}
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.ext.multipath.flags, MIP_MULTIPATH_OVERWRITE);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, OWN_CAPS);
	r = request_must(w); /* the agent forgot path 1 by that O */
	assert_int_equal(r.link, 11);
	assert_int_equal(r.mip.ext.multipath.flags, 0);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	request_none(w);
	world_free(w);
}

static void test_a_link_that_comes_later_registers_beside_the_others(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1));
	assert_int_equal(agent_serve(w, OWN_CAPS), 2);
	world_run(w, 20000);
	MD(w, GOOD(1), UNTRIED(2));
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.ext.multipath.bid, 2);
	assert_int_equal(r.mip.ext.multipath.flags, 0);
	agent_accept(w, &r, OWN_CAPS);
	request_none(w);
	world_free(w);
}

static void test_a_stranger_gets_one_binding_over_the_best_link(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	agent_accept(w, &r, 0);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	MD(w, GOOD(2), GOOD(1)); /* handover: the request leaves at once, the old path stays */
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.flags & MIP_FLAG_S, 0);
	assert_false(r.mip.ext.multipath.present);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, 0);
	world_run(w, 1900);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0); /* packets under way */
	world_run(w, 200);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	request_none(w);
	world_free(w);
}

static void test_a_stranger_whose_refresh_is_lost_gets_it_over_another_link(void **state)
{
	struct world *w = world_new();
	struct request r = { 0 };
	unsigned over_first = 0;

	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	agent_accept(w, &r, 0);
	for (unsigned i = 0; i < 400 && r.link != 12; i++) {
		world_run(w, 500);
		if (request_take(w, &r))
			over_first += r.link == 11;
	}
	assert_int_equal(r.link, 12);
	assert_int_equal(over_first, 3);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	world_free(w);
}

static void test_multipath_no_never_sends_a_bid(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.multipath = MND_MULTIPATH_NO;
	world_start(w);
	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	assert_int_equal(r.mip.ext.caps.features & MIP_FEATURE_MULTIPATH, 0);
	agent_accept(w, &r, OWN_CAPS);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_multipath_yes_assumes_it(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.multipath = MND_MULTIPATH_YES;
	world_start(w);
	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	assert_int_equal(r.mip.ext.multipath.bid, 1);
	assert_int_equal(r.mip.ext.multipath.flags, MIP_MULTIPATH_OVERWRITE);
	request_none(w);
	agent_accept(w, &r, 0); /* no CAPS: RFC 7629 alone */
	r = request_must(w);
	assert_int_equal(r.mip.ext.multipath.bid, 2);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	world_free(w);
}

static void test_code_152_makes_a_stranger(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	r = request_must(w);
	agent_accept(w, &r, OWN_CAPS);
	r = request_must(w);
	agent_deny(w, &r, MIP_CODE_MULTIPATH_NOT_ALLOWED);
	r = request_must(w);
	assert_int_equal(r.link, 11);
	assert_false(r.mip.ext.multipath.present);
	agent_accept(w, &r, OWN_CAPS);
	request_none(w);
	world_free(w);
}

static void test_code_153_begins_with_a_replacement(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	r = request_wait(w);
	agent_deny(w, &r, MIP_CODE_INVALID_FLOW_BINDING);
	r = request_must(w);
	assert_int_equal(r.mip.ext.multipath.flags, MIP_MULTIPATH_OVERWRITE);
	agent_accept(w, &r, OWN_CAPS);
	agent_serve(w, OWN_CAPS);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	world_free(w);
}

static void test_an_agent_that_became_a_stranger_is_treated_as_one(void **state)
{
	struct world *w = world_new();
	struct request r;

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, OWN_CAPS);
	r = request_wait(w);
	agent_accept(w, &r, 0);
	assert_int_equal(first_association(w)->agent->phase, AGENT_SINGLE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_request_is_plain_and_shows_caps),
		cmocka_unit_test(test_a_configured_home_address_is_asked_for),
		cmocka_unit_test(test_only_one_lead_is_out_and_a_timeout_moves_it),
		cmocka_unit_test(test_a_bad_lead_is_left_at_once),
		cmocka_unit_test(test_the_answer_to_a_former_lead_changes_nothing),
		cmocka_unit_test(test_own_end_replaces_and_then_all_paths_register),
		cmocka_unit_test(test_a_lost_replacement_moves_the_lead_and_replaces_there),
		cmocka_unit_test(test_a_link_that_comes_later_registers_beside_the_others),
		cmocka_unit_test(test_a_stranger_gets_one_binding_over_the_best_link),
		cmocka_unit_test(test_a_stranger_whose_refresh_is_lost_gets_it_over_another_link),
		cmocka_unit_test(test_multipath_no_never_sends_a_bid),
		cmocka_unit_test(test_multipath_yes_assumes_it),
		cmocka_unit_test(test_code_152_makes_a_stranger),
		cmocka_unit_test(test_code_153_begins_with_a_replacement),
		cmocka_unit_test(test_an_agent_that_became_a_stranger_is_treated_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
