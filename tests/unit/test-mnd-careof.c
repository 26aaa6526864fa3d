/* SPDX-License-Identifier: BSD-2-Clause */
/* What MD_INFO changes: mnd/careof.c, mnd/flow.c (THREATS T24). */
#include "tests/unit/mnd-world.h"

/* All of 1, 2, 3 registered at our own agent, in that order. */
static struct world *registered(void)
{
	struct world *w = world_new();

	MD(w, GOOD(1), GOOD(2), GOOD(3));
	agent_serve(w, OWN_CAPS);
	world_run(w, 20000);
	request_none(w);
	fakebus_clear(w->bus);
	return w;
}

static uint8_t active_number(struct world *w)
{
	struct registration *reg = flow_active(first_association(w));

	return reg ? reg->path->number : 0;
}

static void test_a_handover_is_one_request_over_the_new_path(void **state)
{
	struct world *w = registered();
	struct request r;

	assert_int_equal(active_number(w), 1);
	MD(w, GOOD(2), GOOD(3), BAD(1));
	r = request_must(w);
	assert_int_equal(r.at, fakebus_now(w->bus)); /* at once */
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.ext.multipath.bid, 2);
	assert_int_equal(r.mip.ext.multipath.flags, 0);
	assert_int_equal(r.mip.ext.flows[0].n_bids, 3);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 2, 3, 1 }), 3);
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0); /* the old path stays */
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	agent_accept(w, &r, OWN_CAPS);
	request_none(w);
	assert_int_equal(active_number(w), 2);
	world_free(w);
}

static void test_the_same_md_info_again_sends_nothing(void **state)
{
	struct world *w = registered();

	for (unsigned i = 0; i < 10; i++)
		MD(w, GOOD(1), GOOD(2), GOOD(3));
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_REG_STATE), 0);
	world_free(w);
}

static void test_there_and_back_are_two_handovers(void **state)
{
	struct world *w = registered();
	struct request r;

	MD(w, GOOD(2), GOOD(1), GOOD(3));
	r = request_must(w);
	assert_int_equal(r.link, 12);
	MD(w, GOOD(1), GOOD(2), GOOD(3)); /* before the answer */
	r = request_must(w);
	assert_int_equal(r.link, 11);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 1, 2, 3 }), 3);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(active_number(w), 1);
	world_free(w);
}

static void test_a_lost_order_is_told_again(void **state)
{
	struct world *w = registered();
	struct request r;

	MD(w, GOOD(2), GOOD(1), GOOD(3));
	request_must(w);
	r = request_wait(w);
	assert_int_equal(r.link, 12);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 2, 1, 3 }), 3);
	world_free(w);
}

static void test_a_refused_order_is_told_over_the_same_path_later(void **state)
{
	struct world *w = registered();
	struct request r;

	MD(w, GOOD(2), GOOD(1), GOOD(3));
	r = request_must(w);
	agent_deny(w, &r, MIP_CODE_UNSPECIFIED);
	r = request_wait(w);
	assert_true(r.at < VTIME_START + 60 * NSEC_PER_S);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 2, 1, 3 }), 3);
	world_free(w);
}

/* A request over a link that may be dead tells nobody the order. */
static void test_a_new_link_does_not_carry_the_order_of_the_others(void **state)
{
	struct world *w = registered();
	struct request r;
	bool over[5] = { false };

	MD(w, GOOD(2), GOOD(1), GOOD(3), UNTRIED(4));
	while (request_take(w, &r))
		over[r.link - 10] = true;
	assert_true(over[2] && over[4]);
	assert_false(over[1] || over[3]);
	world_free(w);
}

static void test_a_link_that_vanishes_is_removed_and_withdrawn_by_another(void **state)
{
	struct world *w = registered();
	const struct mipm_bul *bul;
	struct request r;

	MD(w, GOOD(2), GOOD(3));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	bul = fakebus_last(w->bus, MIPM_BUL_REMOVE);
	assert_int_equal(bul->path.number, 1);
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.lifetime, 0);
	assert_int_equal(r.mip.ext.multipath.bid, 1);
	assert_int_equal(r.mip.ext.multipath.flags, 0);
	assert_true(addr_equal(&r.mip.careof_addr, &(struct mipm_addr) { 4, { 198, 51, 100, 1 } }));
	assert_int_equal(r.mip.ext.n_network_requests, 0);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITD);
	agent_accept(w, &r, OWN_CAPS);
	assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	assert_int_equal(active_number(w), 2);
	request_none(w);
	world_free(w);
}

static void test_an_unheard_withdrawal_ends_and_the_order_is_told(void **state)
{
	struct world *w = registered();
	struct request r;
	unsigned withdrawals = 0;

	MD(w, GOOD(2), GOOD(3));
	for (r = request_must(w); r.mip.lifetime == 0; r = request_wait(w))
		withdrawals++;
	assert_int_equal(withdrawals, 3);
	assert_int_equal(state_of(w, 1), MIPM_REG_IDLE);
	assert_int_equal(r.link, 12);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 2, 3 }), 2);
	world_free(w);
}

static void test_a_link_that_returns_registers_at_once(void **state)
{
	struct world *w = registered();
	struct request r;

	MD(w, GOOD(2), GOOD(3));
	request_must(w);
	MD(w, GOOD(2), GOOD(3), UNTRIED(1));
	r = request_must(w);
	assert_int_equal(r.link, 11);
	assert_int_equal(r.mip.lifetime, 300);
	assert_int_equal(r.mip.ext.multipath.bid, 1);
	world_free(w);
}

/* What is under way when it vanishes names it first: the agent would go on sending there. */
static void test_a_link_that_vanishes_unsaid_is_told_by_the_next_that_registers(void **state)
{
	struct world *w = world_new();
	struct request late, r;

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(1), UNTRIED(2));
	late = request_must(w);
	assert_int_equal(late.link, 12);
	MD(w, UNTRIED(2));
	request_none(w); /* nobody can say so */
	agent_accept(w, &late, OWN_CAPS);
	r = request_must(w);
	assert_int_equal(r.link, 12);
	assert_int_equal(r.mip.ext.flows[0].n_bids, 1);
	assert_int_equal(r.mip.ext.flows[0].bids[0], 2);
	agent_accept(w, &r, OWN_CAPS);
	request_none(w);
	world_free(w);
}

static void test_the_last_link_vanishes_without_a_word(void **state)
{
	struct world *w = registered();

	world_md(w, NULL, 0);
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 3);
	world_run(w, 400000);
	request_none(w);
	MD(w, UNTRIED(1));
	assert_int_equal(request_must(w).mip.ext.multipath.bid, 1);
	world_free(w);
}

static void test_a_new_care_of_address_registers_at_once(void **state)
{
	struct world *w = registered();
	const struct mipm_bul *bul;
	struct mipm_addr now;
	struct request r;

	MD(w, { .number = 1, .verdict = MIPM_UNTRIED, .address = "192.0.2.77" }, GOOD(2), GOOD(3));
	r = request_must(w);
	now = addr("192.0.2.77");
	assert_true(addr_equal(&r.local.addr, &now));
	assert_true(addr_equal(&r.mip.careof_addr, &now));
	assert_int_equal(r.mip.ext.multipath.bid, 1);
	assert_int_equal(r.mip.ext.multipath.flags, 0); /* same BID: no O needed */
	request_none(w);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	assert_true(fakebus_wants_sig(w->bus, "mnd", 3, &now));
	agent_accept(w, &r, OWN_CAPS);
	bul = fakebus_last(w->bus, MIPM_BUL_ADD);
	assert_true(addr_equal(&bul->path.careof_addr, &now));
	world_free(w);
}

static void test_care_of_addresses_that_clash_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *address, *why;
	} rows[] = {
		{ "10.7.0.9", "mobile network of ours" },
		{ HA1, "home agent's" },
		{ "224.0.0.9", "not that of a host" },
		{ "2001:db8::1", "later version" },
		{ HOME, "home address" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world *w = world_prepare();
		const struct mipm_reg_state_msg *told;

		w->conf.home_addr = addr(HOME);
		world_start(w);
		MD(w, { .number = 1, .verdict = MIPM_GOOD, .address = rows[i].address });
		request_none(w);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_non_null(told);
		assert_int_equal(told->state, MIPM_REG_FAILED);
		assert_true(says(&told->text, rows[i].why));
		fakebus_clear(w->bus);
		MD(w, { .number = 1, .verdict = MIPM_GOOD, .address = rows[i].address });
		assert_int_equal(fakebus_count(w->bus, MIPM_REG_STATE), 0); /* said once */
		world_run(w, 200000);
		request_none(w);
		MD(w, GOOD(1)); /* another address: another try */
		assert_int_equal(request_must(w).link, 11);
		world_free(w);
	}
}

static void say_link(struct world *w, const char *network)
{
	struct mipm_prefix address;
	struct mipm_link link = { .link = 11,
		.number = 1,
		.name = { "dsl0", 4 },
		.flags = MIPM_LINK_UP | MIPM_LINK_CARRIER,
		.addresses = &address };

	if (network) {
		address = prefix(network);
		link.n_addresses = 1;
	}
	fakebus_say(w->bus, "tunneld", NULL, MIPM_LINK, &link);
	world_run(w, 0);
}

/* T24: known before or learnt by the first reply; heard before MD_INFO or after. */
static void test_a_home_address_in_the_links_network_is_refused_with_a_reason(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		struct world *w = world_prepare();
		const struct mipm_reg_state_msg *told;
		bool configured = i & 1, early = i & 2;
		struct request r;

		if (configured)
			w->conf.home_addr = addr(HOME);
		world_start(w);
		if (early)
			say_link(w, "10.200.0.0/24");
		MD(w, GOOD(1));
		if (!configured || !early) {
			r = request_must(w);
			agent_accept(w, &r, 0);
		}
		if (!early)
			say_link(w, "10.200.0.0/24");
		request_none(w);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_int_equal(told->state, MIPM_REG_FAILED);
		assert_true(says(&told->text, "the home address lies in this link's network"));
		assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD),
			fakebus_count(w->bus, MIPM_BUL_REMOVE)); /* nothing may loop */
		world_run(w, 100000);
		request_none(w);
		say_link(w, "198.51.100.0/24"); /* another network: another try */
		assert_int_equal(request_must(w).link, 11);
		world_free(w);
	}
}

static void test_a_registered_link_with_a_clash_is_taken_out(void **state)
{
	struct world *w = registered();

	MD(w, GOOD(2), GOOD(3), { .number = 1, .verdict = MIPM_GOOD, .address = "10.7.0.9" });
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	world_free(w);
}

static void test_all_links_bad_asks_over_all_at_once(void **state)
{
	struct world *w = registered();

	MD(w, BAD(1), BAD(2), BAD(3));
	assert_int_equal(request_drain(w), 3);
	MD(w, BAD(1), BAD(2), BAD(3));
	request_none(w);
	world_free(w);
}

/* What was said over it while it was dead told nobody anything. */
static void test_the_first_bad_link_that_answers_tells_the_order(void **state)
{
	struct world *w = registered();

	MD(w, BAD(3), BAD(1), BAD(2));
	world_run(w, 100000);
	request_drain(w);
	MD(w, { .number = 3, .verdict = MIPM_SUSPECT }, BAD(1), BAD(2));
	assert_int_equal(request_must(w).link, 13);
	world_free(w);
}

static void test_an_entry_about_the_agent_counts_more(void **state)
{
	struct mipm_md_entry entries[4] = { 0 };
	struct mipm_md_info info = { MIPM_MD_REREG, 1, entries, 4 };
	struct world *w = registered();
	struct request r;

	for (unsigned i = 0; i < 4; i++) {
		uint8_t number = (uint8_t)(i < 3 ? i + 1 : 3);

		entries[i] = (struct mipm_md_entry) {
			.link = 10u + number,
			.number = number,
			.careof_addr = careof(number),
			.verdict = MIPM_GOOD,
			.order = (uint16_t)(i + 1),
			.name = { "x", 1 },
		};
	}
	entries[3].scope = MIPM_SCOPE_PEER;
	entries[3].peer = addr(HA2);
	entries[3].order = 0;
	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
	request_none(w); /* that one is about somebody else */
	entries[3].peer = addr(HA1);
	fakebus_say(w->bus, "linkmon", NULL, MIPM_MD_INFO, &info);
	world_run(w, 0);
	r = request_must(w);
	assert_int_equal(r.link, 13);
	assert_memory_equal(r.mip.ext.flows[0].bids, ((uint8_t[]) { 3, 1, 2 }), 3);
	world_free(w);
}

static void test_more_than_eight_paths_fit_the_flow_binding(void **state)
{
	struct uplink uplinks[12];
	struct world *w = world_new();
	struct request r;

	for (uint8_t i = 0; i < 12; i++)
		uplinks[i] = (struct uplink) { .number = (uint8_t)(i + 1), .verdict = MIPM_GOOD };
	world_md(w, uplinks, 12);
	while (request_take(w, &r)) {
		if (r.mip.ext.n_flows)
			assert_int_equal(r.mip.ext.flows[0].n_bids, 8);
		agent_accept(w, &r, OWN_CAPS);
	}
	for (unsigned i = 1; i <= 12; i++)
		assert_int_equal(state_of(w, i), MIPM_REG_BOUND);
	world_run(w, 100000);
	request_none(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_handover_is_one_request_over_the_new_path),
		cmocka_unit_test(test_the_same_md_info_again_sends_nothing),
		cmocka_unit_test(test_there_and_back_are_two_handovers),
		cmocka_unit_test(test_a_lost_order_is_told_again),
		cmocka_unit_test(test_a_refused_order_is_told_over_the_same_path_later),
		cmocka_unit_test(test_a_new_link_does_not_carry_the_order_of_the_others),
		cmocka_unit_test(test_a_link_that_vanishes_is_removed_and_withdrawn_by_another),
		cmocka_unit_test(test_an_unheard_withdrawal_ends_and_the_order_is_told),
		cmocka_unit_test(test_a_link_that_returns_registers_at_once),
		cmocka_unit_test(
			test_a_link_that_vanishes_unsaid_is_told_by_the_next_that_registers),
		cmocka_unit_test(test_the_last_link_vanishes_without_a_word),
		cmocka_unit_test(test_a_new_care_of_address_registers_at_once),
		cmocka_unit_test(test_care_of_addresses_that_clash_are_refused_with_a_reason),
		cmocka_unit_test(test_a_home_address_in_the_links_network_is_refused_with_a_reason),
		cmocka_unit_test(test_a_registered_link_with_a_clash_is_taken_out),
		cmocka_unit_test(test_all_links_bad_asks_over_all_at_once),
		cmocka_unit_test(test_the_first_bad_link_that_answers_tells_the_order),
		cmocka_unit_test(test_an_entry_about_the_agent_counts_more),
		cmocka_unit_test(test_more_than_eight_paths_fit_the_flow_binding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
