/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving and another configuration: mnd/leave.c, mnd/reload.c. */
#include <errno.h>

#include "tests/unit/mnd-world.h"

static struct world *registered(uint32_t caps)
{
	struct world *w = world_new();

	MD(w, GOOD(1), GOOD(2));
	agent_serve(w, caps);
	world_run(w, 20000);
	fakebus_clear(w->bus);
	return w;
}

static void stop(struct world *w)
{
	mnd_ops.stop(w->mnd, fakebus_now(w->bus));
}

/* The bus only looks at a core's next wake-up after it spoke to it. */
static void pass(struct world *w, uint64_t ms)
{
	world_run(w, ms);
	mnd_ops.tick(w->mnd, fakebus_now(w->bus));
}

static void test_stop_deregisters_all_and_waits_for_the_answer(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mipm_addr home = addr(HOME);
	struct request r;

	stop(w);
	for (unsigned n = 1; n <= 2; n++) {
		r = request_must(w);
		assert_int_equal(r.link, 10 + n);
		assert_int_equal(r.mip.lifetime, 0);
		assert_true(addr_equal(&r.mip.careof_addr, &home));
		assert_true(addr_equal(&r.mip.home_addr, &home));
		assert_int_equal(r.mip.ext.n_network_requests, 0);
		assert_false(r.mip.ext.multipath.present);
	}
	request_none(w);
	assert_false(mnd_ops.stopped(w->mnd));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, OWN_CAPS);
	assert_true(mnd_ops.stopped(w->mnd));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	assert_int_equal(association_bound(first_association(w), NULL), 0);
	world_run(w, 100000);
	request_none(w);
	world_free(w);
}

static void test_stop_waits_a_second_at_most(void **state)
{
	struct world *w = registered(OWN_CAPS);

	stop(w);
	request_drain(w);
	pass(w, 890);
	assert_false(mnd_ops.stopped(w->mnd));
	pass(w, 20);
	assert_true(mnd_ops.stopped(w->mnd));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	request_none(w);
	world_free(w);
}

static void test_stop_with_a_stranger_is_one_request(void **state)
{
	struct world *w = registered(0);
	struct request r;

	stop(w);
	r = request_must(w);
	assert_int_equal(r.mip.lifetime, 0);
	request_none(w);
	agent_deny(w, &r, MIP_CODE_POORLY_FORMED); /* whatever it says */
	assert_true(mnd_ops.stopped(w->mnd));
	world_free(w);
}

static void test_stop_without_a_home_address_is_at_once(void **state)
{
	struct world *w = world_new();

	MD(w, GOOD(1));
	request_must(w);
	stop(w);
	request_none(w);
	assert_true(mnd_ops.stopped(w->mnd));
	world_free(w);
}

static void test_links_that_come_while_stopping_are_not_registered(void **state)
{
	struct world *w = registered(OWN_CAPS);

	stop(w);
	request_drain(w);
	MD(w, GOOD(1), GOOD(2), UNTRIED(3));
	request_none(w);
	world_free(w);
}

/* ---- reload ---- */

static int reload(struct world *w, struct mnd_conf *conf)
{
	int result = mnd_reconfigure(w->mnd, conf, fakebus_now(w->bus));

	world_run(w, 0);
	return result;
}

/* The third link has no part in the farewell, and its lifetime is half over just then. */
static void test_no_refresh_follows_the_farewell(void **state)
{
	struct world *w = world_new();
	const struct registration *reg;

	MD(w, GOOD(1), GOOD(2), GOOD(3));
	agent_serve(w, OWN_CAPS);
	world_run(w, 2000);
	agent_serve(w, OWN_CAPS);
	world_run(w, 2000);
	reg = reg_of(w, 3, HA1);
	while (reg->refresh_at - fakebus_now(w->bus) > 500 * NSEC_PER_MS) {
		world_run(w, 100);
		agent_serve(w, OWN_CAPS);
	}
	stop(w);
	request_drain(w);
	pass(w, 800);
	request_none(w);
	world_free(w);
}

static void test_the_same_again_sends_nothing(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;

	assert_int_equal(reload(w, &conf), 0);
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 0);
	world_free(w);
}

static void test_a_bad_configuration_changes_nothing(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;

	conf.lifetime_s = 1;
	assert_int_equal(reload(w, &conf), -EINVAL);
	request_none(w);
	world_free(w);
}

static void test_a_new_network_is_asked_for_over_each_path(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;
	struct request r;

	conf.networks[conf.n_networks++] = prefix("10.8.0.0/24");
	assert_int_equal(reload(w, &conf), 0);
	for (unsigned n = 1; n <= 2; n++) {
		r = request_must(w);
		assert_int_equal(r.mip.ext.n_network_requests, 2);
		agent_accept(w, &r, OWN_CAPS);
		assert_int_equal(granted(w)->n_networks, 2);
	}
	request_none(w);
	world_free(w);
}

static void test_a_network_that_goes_is_taken_back_at_once(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;

	conf.n_networks = 0;
	assert_int_equal(reload(w, &conf), 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 2);
	assert_int_equal(granted(w)->n_networks, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	assert_int_equal(request_drain(w), 2);
	world_free(w);
}

static void test_another_identity_deregisters_and_begins_anew(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;
	struct request r;

	strcpy(conf.identity, "site8");
	assert_int_equal(reload(w, &conf), 0);
	r = request_must(w);
	assert_int_equal(r.mip.lifetime, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	w->resynced = true;
	r = request_must(w);
	assert_int_equal(r.mip.lifetime, 300);
	assert_true(addr_is_unspecified(&r.mip.home_addr));
	assert_false(r.mip.ext.multipath.present);
	world_free(w);
}

static void test_an_agent_that_goes_is_left_for_another(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;
	struct mipm_addr second = addr(HA2);
	struct request r;

	conf.home_agents[0] = second;
	assert_int_equal(reload(w, &conf), 0);
	r = request_must(w);
	assert_int_equal(r.mip.lifetime, 0);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 2);
	r = request_must(w);
	assert_true(addr_equal(&r.remote.addr, &second));
	agent_accept(w, &r, OWN_CAPS);
	agent_serve(w, OWN_CAPS);
	assert_int_equal(reg_of(w, 2, HA2)->fsm.state, MIPM_REG_BOUND);
	world_free(w);
}

static void test_an_agent_more_disturbs_nobody(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;

	conf.home_agents[conf.n_home_agents++] = addr(HA2);
	assert_int_equal(reload(w, &conf), 0);
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	world_free(w);
}

static void test_a_refusal_is_forgotten(void **state)
{
	struct world *w = world_new();
	struct mnd_conf conf = w->conf;
	struct request r;

	MD(w, GOOD(1));
	r = request_must(w);
	agent_deny(w, &r, MIP_CODE_POORLY_FORMED);
	conf.lifetime_s = 200;
	assert_int_equal(reload(w, &conf), 0);
	assert_int_equal(request_must(w).mip.lifetime, 200);
	world_free(w);
}

static void test_multipath_switched_off_goes_back_to_one_path(void **state)
{
	struct world *w = registered(OWN_CAPS);
	struct mnd_conf conf = w->conf;
	struct request r;

	conf.multipath = MND_MULTIPATH_NO;
	assert_int_equal(reload(w, &conf), 0);
	r = request_must(w);
	assert_false(r.mip.ext.multipath.present);
	assert_int_equal(r.link, 11);
	agent_accept(w, &r, OWN_CAPS);
	agent_serve(w, OWN_CAPS);
	world_run(w, 3000);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_IDLE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop_deregisters_all_and_waits_for_the_answer),
		cmocka_unit_test(test_stop_waits_a_second_at_most),
		cmocka_unit_test(test_stop_with_a_stranger_is_one_request),
		cmocka_unit_test(test_stop_without_a_home_address_is_at_once),
		cmocka_unit_test(test_links_that_come_while_stopping_are_not_registered),
		cmocka_unit_test(test_no_refresh_follows_the_farewell),
		cmocka_unit_test(test_the_same_again_sends_nothing),
		cmocka_unit_test(test_a_bad_configuration_changes_nothing),
		cmocka_unit_test(test_a_new_network_is_asked_for_over_each_path),
		cmocka_unit_test(test_a_network_that_goes_is_taken_back_at_once),
		cmocka_unit_test(test_another_identity_deregisters_and_begins_anew),
		cmocka_unit_test(test_an_agent_that_goes_is_left_for_another),
		cmocka_unit_test(test_an_agent_more_disturbs_nobody),
		cmocka_unit_test(test_a_refusal_is_forgotten),
		cmocka_unit_test(test_multipath_switched_off_goes_back_to_one_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
