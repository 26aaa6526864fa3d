/* SPDX-License-Identifier: BSD-2-Clause */
/* mnd and had, core to core, with a wire between them that is the test. */
#include "tests/unit/mnd-wire.h"

static int setup(void **state)
{
	*state = wire_new(7);
	return 0;
}

static int teardown(void **state)
{
	wire_free(*state);
	return 0;
}

static void test_all_paths_are_bound_in_the_routers_order(void **state)
{
	struct wire *wire = *state;
	const struct mipm_bul *bul;
	const struct mipm_bc *bc;

	LINKS(wire, 2, 1, 3);
	vtime_run_ms(wire->vt, 500);
	assert_int_equal(agent_order(wire), 213);
	bc = fakebus_last(wire->agent, MIPM_BC_ADD);
	assert_int_equal(bc->n_networks, 1);
	bul = fakebus_last(wire->router, MIPM_BUL_ADD);
	assert_int_equal(bul->n_networks, 1);
	assert_true(addr_equal(&bul->home_addr, &bc->home_addr));
	assert_int_equal(bul->path.nat, 0);
	assert_int_equal(wire->n_requests, 4);
}

static void test_a_handover_reaches_the_agent_after_one_way(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 500);
	assert_int_equal(agent_order(wire), 123);
	LINKS(wire, 3, 1, 2);
	vtime_run_ms(wire->vt, 59);
	assert_int_equal(agent_order(wire), 123);
	vtime_run_ms(wire->vt, 2);
	assert_int_equal(agent_order(wire), 312);
}

static void test_a_link_that_goes_leaves_the_binding(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 500);
	wire->is_cut[1] = true;
	LINKS(wire, 2, 3);
	vtime_run_ms(wire->vt, 100);
	assert_int_equal(agent_order(wire), 23);
	wire->is_cut[1] = false;
	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 500);
	assert_int_equal(agent_order(wire), 123);
}

static void test_a_dead_first_link_costs_a_timeout(void **state)
{
	struct wire *wire = *state;

	wire->is_cut[1] = true;
	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 1500);
	assert_int_equal(agent_order(wire), 23);
	wire->is_cut[1] = false;
	vtime_run_ms(wire->vt, 40000);
	assert_int_equal(agent_order(wire), 123);
}

static void test_bindings_live_for_a_day(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	for (unsigned hour = 0; hour < 24; hour++) {
		vtime_run_ms(wire->vt, 3600 * 1000);
		assert_int_equal(agent_order(wire), 123);
		fakebus_clear(wire->router);
		assert_int_equal(fakebus_count(wire->agent, MIPM_BC_REMOVE), 0);
	}
	assert_in_range(wire->n_requests, 3 * 24 * 24, 3 * 24 * 30);
}

static void test_behind_a_nat(void **state)
{
	struct wire *wire = *state;
	const struct mipm_bul *bul;

	wire->nat_port = 50000;
	LINKS(wire, 1, 2);
	vtime_run_ms(wire->vt, 500);
	assert_int_equal(agent_order(wire), 12);
	bul = fakebus_last(wire->router, MIPM_BUL_ADD);
	assert_int_equal(bul->path.nat, 1);
}

static void test_leaving_ends_the_binding(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 500);
	mnd_ops.stop(wire->mnd, fakebus_now(wire->router));
	vtime_run_ms(wire->vt, 100);
	assert_true(mnd_ops.stopped(wire->mnd));
	assert_int_equal(fakebus_count(wire->agent, MIPM_BC_REMOVE), 1);
}

static void test_an_agent_that_starts_anew_without_memory_is_registered_again(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 500);
	fakebus_clear(wire->agent);
	restart_agent(wire);
	vtime_run_ms(wire->vt, 152 * 1000); /* the next refresh */
	assert_int_equal(agent_order(wire), 123);
}

static void test_a_router_that_starts_anew_keeps_its_paths(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 5000);
	fakebus_clear(wire->router);
	restart_router(wire);
	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 200);
	assert_int_equal(fakebus_count(wire->router, MIPM_BUL_REMOVE), 0);
	assert_int_equal(fakebus_count(wire->agent, MIPM_BC_REMOVE), 0);
	assert_int_equal(agent_order(wire), 123);
}

#define WIRE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static unsigned n_entries(struct wire *wire)
{
	unsigned n = 0;

	for (unsigned i = 0; i < N_ENTRIES; i++)
		n += wire->entries[i].path.number != 0;
	return n;
}

/*
 * The agent takes the greatest Identification that came: what was sent before it over a slower link
 * is refused with 133, and repeated there; the other paths notice nothing. Each has its own BID.
 */
static void test_requests_that_overtake_each_other_are_repeated(void **state)
{
	static const uint64_t delays_ms[][3] = { { 5, 400, 5 }, { 5, 5, 400 }, { 400, 5, 90 },
		{ 600, 300, 5 } };

	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(*delays_ms); i++) {
		struct wire *wire = wire_new(i);
		uint64_t installed;

		for (unsigned n = 1; n <= 3; n++)
			wire->delay_ms[n] = delays_ms[i][n - 1];
		LINKS(wire, 1, 2, 3);
		vtime_run_ms(wire->vt, 8000);
		assert_int_equal(agent_order(wire), 123);
		assert_int_equal(n_entries(wire), 3);
		assert_in_range(wire->n_requests, 4, 12);
		/* and when all of them have something new to say at once */
		installed = wire->generation;
		fakebus_clear(wire->router);
		wire->n_requests = 0;
		vtime_run_ms(wire->vt, 300 * 1000);
		assert_true(wire->generation > installed);
		assert_int_equal(fakebus_count(wire->router, MIPM_BUL_REMOVE), 0);
		assert_int_equal(agent_order(wire), 123);
		assert_in_range(wire->n_requests, 6, 18);
		wire_free(wire);
	}
}

static void revoke(struct wire *wire)
{
	const struct mipm_command command = { .verb = { "revoke", 6 }, .target = { "site7", 5 } };

	fakebus_say(wire->agent, "mipctl", "had", MIPM_COMMAND, &command);
}

static void test_a_revoked_router_knows_it_at_once_and_comes_back(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2, 3);
	vtime_run_ms(wire->vt, 2000);
	assert_int_equal(n_entries(wire), 3);
	fakebus_clear(wire->router);
	revoke(wire);
	vtime_run_ms(wire->vt, 61); /* the slowest link */
	assert_int_equal(n_entries(wire), 0);
	assert_int_equal(fakebus_count(wire->router, MIPM_BUL_REMOVE), 3);
	vtime_run_ms(wire->vt, 61);
	assert_true(fakebus_logged(wire->agent, "revocation acknowledged"));
	vtime_run_ms(wire->vt, 5000);
	assert_int_equal(n_entries(wire), 3);
	assert_int_equal(agent_order(wire), 123);
}

static void test_a_revocation_that_is_lost_arrives_later(void **state)
{
	struct wire *wire = *state;

	LINKS(wire, 1, 2);
	vtime_run_ms(wire->vt, 2000);
	assert_int_equal(n_entries(wire), 2);
	wire->is_cut[1] = wire->is_cut[2] = true;
	revoke(wire);
	vtime_run_ms(wire->vt, 500);
	assert_int_equal(n_entries(wire), 2);
	wire->is_cut[1] = wire->is_cut[2] = false;
	vtime_run_ms(wire->vt, 2000);
	assert_int_equal(n_entries(wire), 0);
	vtime_run_ms(wire->vt, 8000);
	assert_int_equal(n_entries(wire), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE(test_all_paths_are_bound_in_the_routers_order),
		WIRE(test_a_handover_reaches_the_agent_after_one_way),
		WIRE(test_a_link_that_goes_leaves_the_binding),
		WIRE(test_a_dead_first_link_costs_a_timeout),
		WIRE(test_bindings_live_for_a_day),
		WIRE(test_behind_a_nat),
		WIRE(test_leaving_ends_the_binding),
		WIRE(test_an_agent_that_starts_anew_without_memory_is_registered_again),
		WIRE(test_a_router_that_starts_anew_keeps_its_paths),
		WIRE(test_a_revoked_router_knows_it_at_once_and_comes_back),
		WIRE(test_a_revocation_that_is_lost_arrives_later),
		cmocka_unit_test(test_requests_that_overtake_each_other_are_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
