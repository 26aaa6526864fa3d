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
	assert_int_equal(r.mip.ext.caps.features, OWN_CAPS);
	assert_false(r.mip.ext.multipath.present);
	assert_int_equal(r.mip.ext.n_flows, 0);
	assert_int_equal(r.local.port, 434);
	assert_int_equal(r.remote.port, 434);
	assert_int_equal(r.link, 11);
	request_none(w);
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
	r = request_must(w);
	assert_int_equal(r.link, 11);
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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_the_first_request_is_plain_and_shows_caps),
	cmocka_unit_test(test_own_end_replaces_and_then_all_paths_register),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
