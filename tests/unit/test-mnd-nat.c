/* SPDX-License-Identifier: BSD-2-Clause */
/* Behind a NAT, RFC 3519 4.9: mappings that change, keepalive intervals. */
#include "tests/unit/mnd-world.h"

/* Takes the next request and accepts it as seen from that port of the NAT; 0: no NAT. */
static struct request accept_from(struct world *w, uint16_t port, uint16_t told_s)
{
	struct request r = request_wait(w);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.mip.ext.udp_tunnel_reply.keepalive = told_s;
	if (port)
		a.mip.ext.observed_addr = (struct mipm_endpoint) { addr("192.0.2.9"), port };
	answer_send(w, &r, &a);
	return r;
}

static struct world *behind_a_nat(uint16_t port, uint16_t told_s)
{
	struct world *w = world_new();

	MD(w, GOOD(1), GOOD(2));
	for (unsigned i = 0; i < 3; i++)
		accept_from(w, port, told_s);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	request_none(w);
	fakebus_clear(w->bus);
	return w;
}

static struct world *one_link(uint16_t told_s)
{
	struct world *w = world_new();

	MD(w, GOOD(1));
	accept_from(w, 40000, told_s);
	accept_from(w, 40000, told_s);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	return w;
}

static uint32_t keepalive_of(struct world *w, unsigned number)
{
	return reg_of(w, number, HA1)->grant.keepalive_s;
}

/* Silence on one of two paths: its mapping may be another one by now. */
static void test_a_path_that_sinks_behind_a_nat_registers_at_once(void **state)
{
	struct world *w = behind_a_nat(40000, 0);
	struct request r, other;

	MD(w, GOOD(2), BAD(1));
	r = request_must(w);
	assert_int_equal(r.link, 11);
	other = request_must(w); /* the order of paths is told over the one that works */
	assert_int_equal(other.link, 12);
	assert_int_equal(other.mip.ext.flows[0].bids[0], 2);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* One that went at the pace of a standby is asked with the others when all are bad. */
static void test_when_the_other_sinks_too_both_are_asked_without_delay(void **state)
{
	struct world *w = behind_a_nat(40000, 0);
	unsigned over[3] = { 0 };
	struct request r;

	MD(w, GOOD(2), BAD(1));
	while (request_take(w, &r))
		if (r.link == 12)
			agent_accept(w, &r, OWN_CAPS);
	world_run(w, 500);
	MD(w, BAD(2), BAD(1));
	for (unsigned i = 0; i < 160; i++) {
		while (request_take(w, &r))
			over[r.link - 10]++;
		world_run(w, 100);
	}
	assert_in_range(over[1], 4, 5);
	assert_in_range(over[2], 4, 5);
	world_free(w);
}

static void test_a_path_that_sinks_without_a_nat_does_not(void **state)
{
	struct world *w = behind_a_nat(0, 0);
	struct request r;

	MD(w, GOOD(2), BAD(1));
	while (request_take(w, &r))
		assert_int_equal(r.link, 12);
	world_free(w);
}

static void test_the_last_path_registers_at_once_too(void **state)
{
	struct world *w = one_link(0);

	MD(w, BAD(1));
	assert_int_equal(request_must(w).link, 11);
	world_free(w);
}

static void test_a_lost_mapping_halves_the_interval_and_a_move_restores_it(void **state)
{
	static const uint32_t expected[] = { 110, 55, 27, 13, 10, 10 };
	struct world *w = one_link(0);

	for (uint16_t i = 0; i < 6; i++) {
		accept_from(w, 40000 + i, 0);
		assert_int_equal(keepalive_of(w, 1), expected[i]);
		assert_int_equal(granted(w)->path.keepalive_s, expected[i]);
	}
	accept_from(w, 40005, 0); /* stays */
	assert_int_equal(keepalive_of(w, 1), 10);
	MD(w, { .number = 1, .verdict = MIPM_GOOD, .address = "198.51.100.77" });
	accept_from(w, 41000, 0);
	assert_int_equal(keepalive_of(w, 1), 110);
	world_free(w);
}

/* The agent's word is the most, RFC 3519 4.2; a shorter interval that we found stays. */
static void test_the_agents_interval_counts_until_the_nat_proves_it_too_long(void **state)
{
	struct world *w = one_link(40);

	assert_int_equal(keepalive_of(w, 1), 40);
	accept_from(w, 40001, 40);
	assert_int_equal(keepalive_of(w, 1), 20);
	accept_from(w, 40001, 40);
	assert_int_equal(keepalive_of(w, 1), 20);
	accept_from(w, 40001, 15);
	assert_int_equal(keepalive_of(w, 1), 15);
	world_free(w);
}

static void test_the_configured_interval_is_the_default(void **state)
{
	struct world *w = world_prepare();

	w->conf.keepalive_s = 25;
	world_start(w);
	MD(w, GOOD(1));
	accept_from(w, 40000, 0);
	assert_int_equal(keepalive_of(w, 1), 25);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_path_that_sinks_behind_a_nat_registers_at_once),
		cmocka_unit_test(test_when_the_other_sinks_too_both_are_asked_without_delay),
		cmocka_unit_test(test_a_path_that_sinks_without_a_nat_does_not),
		cmocka_unit_test(test_the_last_path_registers_at_once_too),
		cmocka_unit_test(test_a_lost_mapping_halves_the_interval_and_a_move_restores_it),
		cmocka_unit_test(test_the_agents_interval_counts_until_the_nat_proves_it_too_long),
		cmocka_unit_test(test_the_configured_interval_is_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
