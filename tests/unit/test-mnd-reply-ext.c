/* SPDX-License-Identifier: BSD-2-Clause */
/* What an acceptance grants, network by network: mnd/reply_ext.c (THREATS T26). */
#include "tests/unit/mnd-world.h"

/* ---- networks ---- */

static void test_only_networks_that_were_asked_for_are_taken(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	ack(&a, "10.8.0.0/24", 0, false);
	ack(&a, "10.7.0.0/16", 0, false);
	ack(&a, "10.7.0.0/25", 0, true);
	answer_send(w, &r, &a);
	assert_int_equal(granted(w)->n_networks, 1);
	assert_true(prefix_equal(&granted(w)->networks[0], &w->conf.networks[0]));
	assert_true(fakebus_logged(w->bus, "did not ask for"));
	world_free(w);
}

static void test_a_refused_network_is_left_out_and_told(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);
	const struct mipm_reg_state_msg *told;

	a.mip.ext.n_network_acks = 0;
	ack(&a, NET, MIP_NETWORK_UNAUTHORIZED, false);
	ack(&a, NET, MIP_NETWORK_SUCCESS, false); /* both: the refusal counts */
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(granted(w)->n_networks, 0);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "10.7.0.0/24"));
	world_free(w);
}

static void test_an_agent_without_nemo_is_accepted_and_told(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);
	const struct mipm_reg_state_msg *told;

	a.mip.ext.n_network_acks = 0;
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(granted(w)->n_networks, 0);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "knows no mobile networks"));
	world_free(w);
}

static void test_code_147_asks_without_the_refused_ones(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_deny(w, &r, MIP_CODE_MOBILE_NETWORK_ERROR);

	ack(&a, NET, MIP_NETWORK_UNAUTHORIZED, false);
	answer_send(w, &r, &a);
	r = request_must(w);
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	r = request_wait(w); /* RFC 5177: nor in the next one */
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	world_free(w);
}

static void test_code_148_asks_as_a_single_node(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_deny(w, &r, MIP_CODE_MOBILE_ROUTER_DISALLOWED);
	r = request_must(w);
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	agent_deny(w, &r, MIP_CODE_MOBILE_ROUTER_DISALLOWED); /* no endless exchange */
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

/* ---- tunnels ---- */

static void expect_failed(struct world *w, const char *words)
{
	const struct mipm_reg_state_msg *told = fakebus_last(w->bus, MIPM_REG_STATE);

	request_none(w);
	assert_int_equal(told->state, MIPM_REG_FAILED);
	assert_true(says(&told->text, words));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
}

/* RFC 3519 4.2, 4.4: an acceptance without the tunnel that we can use is given back. */
static void test_an_acceptance_without_a_udp_tunnel_is_deregistered(void **state)
{
	static const struct {
		bool present;
		const char *words;
	} rows[] = { { true, "this agent wants plain IP-in-IP" },
		{ false, "knows no UDP tunnels" } };

	for (size_t i = 0; i < 2; i++) {
		struct mipm_addr home = addr(HOME), coa = careof(1);
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, 0);

		a.mip.ext.udp_tunnel_reply.present = rows[i].present;
		a.mip.ext.udp_tunnel_reply.code = MIP_UDP_TUNNEL_DECLINED;
		answer_send(w, &r, &a);
		assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
		r = request_must(w);
		assert_int_equal(r.mip.lifetime, 0);
		assert_true(addr_equal(&r.mip.home_addr, &home));
		assert_true(addr_equal(&r.mip.careof_addr, &coa));
		assert_false(r.mip.ext.multipath.present);
		r = request_wait(w); /* lost: once more */
		assert_int_equal(r.mip.lifetime, 0);
		agent_accept(w, &r, 0);
		expect_failed(w, rows[i].words);
		request_none(w);
		world_run(w, 59000);
		request_none(w);
		r = request_wait(w); /* who knows, a minute later */
		assert_int_equal(r.mip.lifetime, 300);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		world_free(w);
	}
}

static void test_a_deregistration_that_nobody_answers_ends(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.mip.ext.udp_tunnel_reply.present = false;
	answer_send(w, &r, &a);
	world_run(w, 10000);
	assert_int_equal(request_drain(w), 3);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

static void test_where_no_nat_is_seen_a_tunnel_is_asked_for_all_the_same(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.udp_tunnel = MND_UDP_TUNNEL_NATTED;
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	assert_false(r.mip.ext.udp_tunnel_request.force);
	a = answer_accept(w, &r, 0);
	a.mip.ext.udp_tunnel_reply.code = MIP_UDP_TUNNEL_DECLINED;
	answer_send(w, &r, &a);
	r = request_must(w);
	assert_int_equal(r.mip.lifetime, 300);
	assert_true(r.mip.ext.udp_tunnel_request.force);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	r = request_wait(w); /* and it is remembered */
	assert_true(r.mip.ext.udp_tunnel_request.force);
	world_free(w);
}

static void test_where_forcing_is_prohibited_it_is_not_asked_for(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_deny(w, &r, MIP_CODE_PROHIBITED);
	r = request_must(w);
	assert_true(r.mip.ext.udp_tunnel_request.present);
	assert_false(r.mip.ext.udp_tunnel_request.force);
	agent_deny(w, &r, MIP_CODE_PROHIBITED);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

static void test_the_keepalive_interval_has_a_floor_and_a_default(void **state)
{
	static const struct {
		uint16_t said, taken;
	} rows[] = { { 0, 110 }, { 3, 10 }, { 25, 25 } };

	for (size_t i = 0; i < 3; i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, 0);

		a.mip.ext.udp_tunnel_reply.keepalive = rows[i].said;
		answer_send(w, &r, &a);
		assert_int_equal(granted(w)->path.keepalive_s, rows[i].taken);
		world_free(w);
	}
}

static void test_the_entry_says_all_that_tunneld_needs(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	const struct mipm_bul *bul;
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.mip.ext.observed_addr.port = 40000;
	answer_send(w, &r, &a);
	bul = granted(w);
	assert_true(addr_equal(&bul->home_addr, &a.mip.home_addr));
	assert_true(addr_equal(&bul->peer, &w->conf.home_agents[0]));
	assert_int_equal(bul->stamp, r.mip.ident);
	assert_int_equal(bul->lifetime_s, 300);
	assert_int_equal(bul->route, 0);
	assert_int_equal(bul->path.number, 1);
	assert_int_equal(bul->path.link, 11);
	assert_int_equal(bul->path.encap, MIPM_ENCAP_UDP);
	assert_int_equal(bul->path.nat, 1); /* seen from another port */
	assert_int_equal(bul->path.remote.port, 434);
	assert_int_equal(bul->path.local.port, 434);
	assert_true(addr_equal(&bul->path.local.addr, &r.local.addr));
	assert_int_equal(bul->path.expires_at, r.at + 300 * NSEC_PER_S);
	assert_int_equal(bul->caps, MIP_FEATURE_OBSERVED_ADDRESS); /* no BID in use yet */
	r = request_must(w);
	agent_accept(w, &r, OWN_CAPS | MIP_FEATURE_KEY);
	bul = granted(w);
	assert_int_equal(bul->caps, OWN_CAPS); /* what both have */
	assert_int_equal(bul->path.nat, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_networks_that_were_asked_for_are_taken),
		cmocka_unit_test(test_a_refused_network_is_left_out_and_told),
		cmocka_unit_test(test_an_agent_without_nemo_is_accepted_and_told),
		cmocka_unit_test(test_code_147_asks_without_the_refused_ones),
		cmocka_unit_test(test_code_148_asks_as_a_single_node),
		cmocka_unit_test(test_an_acceptance_without_a_udp_tunnel_is_deregistered),
		cmocka_unit_test(test_a_deregistration_that_nobody_answers_ends),
		cmocka_unit_test(test_where_no_nat_is_seen_a_tunnel_is_asked_for_all_the_same),
		cmocka_unit_test(test_where_forcing_is_prohibited_it_is_not_asked_for),
		cmocka_unit_test(test_the_keepalive_interval_has_a_floor_and_a_default),
		cmocka_unit_test(test_the_entry_says_all_that_tunneld_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
