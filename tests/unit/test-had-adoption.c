/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent that comes back without a usable store: what tunneld tells back of the life before
 * is taken over as far as the configuration still allows it. DESIGN section 3, "state outlives its
 * speaker".
 */
#include "tests/unit/had-kept.h"

static void tell_end(struct kit *k, const char *role, bool complete, bool own)
{
	const struct mipm_dump_end end = { .complete = complete, .own = own };
	const struct mipm_sender from = { .name = role, .role = role };
	const struct mipm_msg msg = { .type = MIPM_DUMP_END, .from = &from, .body = &end };

	had_ops.input(k->had, k->now, &msg);
}

static void test_it_asks_when_it_remembers_nothing(void **state)
{
	struct kit *k = *state;

	kit_restart(k, S);
	assert_int_equal(k->n_events, 1);
	assert_int_equal(kit_last(k, MIPM_DUMP)->type, MIPM_DUMP);
	assert_string_equal(kit_last(k, MIPM_DUMP)->to, "tunneld");
	had_ops.member(k->had, k->now, &TUNNELD, true); /* that one may not have been there */
	assert_int_equal(kit_count(k, MIPM_DUMP), 2);
	kit_told(k);
	had_ops.member(k->had, k->now, &TUNNELD, true);
	assert_int_equal(kit_count(k, MIPM_DUMP), 2);
}

static void test_it_does_not_ask_with_a_store_that_was_closed(void **state)
{
	struct kit *k = *state;

	k->store.status.clean = true;
	kit_restart_untold(k, S);
	had_ops.member(k->had, k->now, &TUNNELD, true);
	assert_int_equal(k->n_events, 0);
	kit_register(k, "site7");
	k->store.status.degraded = true;
	kit_restart_untold(k, S);
	assert_int_equal(kit_count(k, MIPM_DUMP), 1);
	k->store.status = (struct store_status) { .usable = true, .boot = KIT_BOOT };
	kit_restart_untold(k, S);
	assert_int_equal(kit_count(k, MIPM_DUMP), 1);
}

static void test_all_paths_are_taken_over(void **state)
{
	struct kit *k = *state;
	const struct mipm_bc *bc;

	three_paths(k);
	kit_restart(k, S);
	kit_clear(k);
	tell(k, &kept.bc);
	kit_told(k);
	assert_true(kit_logged(k, "1 bindings taken over from tunneld"));
	bc = kit_bc(k);
	assert_int_equal(order(k), 312);
	assert_true(bc->generation > kept.bc.generation);
	assert_true(bc->expires_at == kept.bc.expires_at);
	assert_true(bc->stamp == kept.bc.stamp);
	assert_int_equal(bc->caps, kept.bc.caps);
	assert_int_equal(bc->lifetime_s, 300);
	assert_int_equal(bc->n_networks, 1);
	assert_true(addr_equal(&bc->home_agent, &kept.bc.home_agent));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(bc->paths[i].nat, kept.paths[i].nat);
		assert_int_equal(bc->paths[i].link, 3);
	}
	k->now += S;
	assert_int_equal(register_path(k, "site7", 2), 0);
	assert_int_equal(order(k), 312);
	kit_pass(k, 310 * S);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
}

static void test_a_plain_binding_is_taken_over(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	keep(k);
	kit_restart(k, S);
	tell(k, &kept.bc);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_int_equal(kit_bc(k)->paths[0].number, 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
}

static void test_requests_wait_until_all_is_told(void **state)
{
	struct kit *k = *state;

	three_paths(k);
	kit_restart(k, S);
	k->now += 100 * MS;
	assert_int_equal(register_path(k, "site7", 2), -1);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	tell(k, &kept.bc);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 0);
	kit_told(k);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	assert_int_equal(kit_reply(k, 1007)->code, 0);
	assert_int_equal(order(k), 312);
	assert_int_equal(dump_result(k), 0);
}

static void test_half_a_second_of_silence_ends_the_wait(void **state)
{
	struct kit *k = *state;

	three_paths(k);
	kit_restart(k, S);
	k->now += 100 * MS;
	assert_int_equal(register_path(k, "site7", 2), -1);
	kit_pass(k, 200 * MS);
	tell(k, &kept.bc); /* one more, and the rest is late */
	kit_pass(k, 450 * MS);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 0);
	kit_pass(k, 100 * MS);
	assert_int_equal(kit_count(k, MIPM_SIG_OUT), 1);
	assert_int_equal(dump_result(k), -1);
	kit_told(k);
	assert_int_equal(dump_result(k), 0);
}

static void test_only_a_complete_answer_of_tunneld_counts(void **state)
{
	struct kit *k = *state;

	kit_restart(k, S);
	tell_end(k, "tunneld", false, true);
	tell_end(k, "tunneld", true, false);
	tell_end(k, "linkmon", true, true);
	assert_int_equal(dump_result(k), MIPSOCK_LATER);
	tell_end(k, "tunneld", true, true);
	assert_int_equal(dump_result(k), 0);
}

/* replay */

static int code_at(struct kit *k, uint64_t wall)
{
	struct mip_request request = kit_request(k, "site7");

	request.ident = replay_timestamp(wall);
	return kit_code(k, &request, "site7", HERE);
}

static void test_what_was_stamped_before_the_start_is_not_fresh(void **state)
{
	struct kit *k = *state;
	uint64_t start;

	kit_register(k, "site7");
	keep(k);
	kit_restart(k, 3 * S);
	start = k->now + k->env.wall_offset;
	tell(k, &kept.bc);
	kit_told(k);
	k->now += S;
	assert_int_equal(code_at(k, start - 500 * MS), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, start), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, start + MS), 0);
}

static void test_nor_is_what_was_accepted_under_a_clock_that_was_ahead(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	keep(k);
	kit_stop(k);
	k->env.wall_offset -= 5 * S;
	kit_restart(k, S);
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(code_at(k, k->now + KIT_WALL - 2 * S), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, k->now + KIT_WALL), 0);
}

static void test_a_clock_set_back_locks_nobody_out(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	keep(k);
	kit_stop(k);
	k->env.wall_offset -= 3600 * S;
	kit_restart(k, S);
	tell(k, &kept.bc);
	kit_told(k);
	assert_true(kit_logged(k, "behind the newest accepted Identification"));
	assert_int_equal(code_at(k, k->now + KIT_WALL), 0);
}

static void test_a_stamp_that_is_a_nonce_moves_no_clock(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	keep(k)->stamp = UINT64_C(0xfedcba9876543210);
	sa_find(&k->conf->sas, 1007)->replay = REPLAY_NONCES;
	kit_restart(k, S);
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
	assert_true(k->had->wall_offset == k->env.wall_offset);
}

/* home addresses of the pool */

static void test_an_address_of_the_pool_is_its_owners_again(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site8");
	keep(k);
	kit_restart(k, S);
	tell(k, &kept.bc);
	kit_told(k);
	k->now += S;
	request = kit_request(k, "node9");
	request.home_addr = kept.bc.home_addr;
	assert_int_equal(kit_code(k, &request, "node9", HERE), MIP_CODE_PROHIBITED);
	kit_register(k, "site8");
	assert_true(addr_equal(&k->reply.home_addr, &kept.bc.home_addr));
}

/* Told late, when the address has another owner: his binding has the same key. */
static void test_a_late_entry_takes_nobodys_binding_away(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site8");
	keep(k);
	kit_restart(k, S);
	kit_pass(k, S);
	kit_register(k, "node9");
	assert_true(addr_equal(&k->reply.home_addr, &kept.bc.home_addr));
	tell(k, &kept.bc);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
}

static void test_what_this_life_said_is_the_newer_word(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	three_paths(k);
	kit_restart(k, S);
	kit_pass(k, S);
	request = kit_request(k, "site7");
	request.lifetime = 0;
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	tell(k, &kept.bc);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
}

/* a store of which something could be read */

static void test_the_newer_of_store_and_tunneld_wins(void **state)
{
	struct kit *k = *state;
	struct kit_store before;

	assert_int_equal(register_path(k, "site7", 1), 0);
	before = k->store;
	assert_int_equal(register_path(k, "site7", 2), 0);
	keep(k);
	k->store = before;
	k->store.status.usable = false;
	kit_restart(k, MS);
	tell(k, &kept.bc);
	assert_int_equal(order(k), 12);
	kept.bc.stamp -= UINT64_C(100) << 32;
	kept.bc.n_paths = 1;
	tell(k, &kept.bc); /* an older one */
	assert_int_equal(order(k), 12);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
}

/* A life before could not write any more, and was killed: sound, and behind. */
static void test_a_sound_store_that_is_behind_is_not_the_last_word(void **state)
{
	struct kit *k = *state;
	struct kit_store before;

	assert_int_equal(register_path(k, "site7", 1), 0);
	before = k->store;
	k->now += 100 * S;
	assert_int_equal(register_path(k, "site7", 2), 0);
	keep(k);
	k->store = before;
	kit_restart_untold(k, MS);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(dump_result(k), MIPSOCK_LATER); /* nothing old is told meanwhile */
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(order(k), 12);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	assert_int_equal(dump_result(k), 0);
	kit_restart(k, MS); /* from the store alone */
	dump_result(k);
	assert_int_equal(order(k), 12);
}

static void test_an_older_word_of_tunneld_changes_nothing(void **state)
{
	struct kit *k = *state;

	assert_int_equal(register_path(k, "site7", 1), 0);
	keep(k);
	assert_int_equal(register_path(k, "site7", 2), 0);
	kit_restart_untold(k, MS);
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	assert_false(kit_logged(k, "taken over"));
	dump_result(k);
	assert_int_equal(order(k), 12);
}

/* Its owner had left when it was given away; the store does not know of either. */
static void test_an_address_of_the_pool_is_whose_tunneld_says(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	struct kit_store before;

	kit_register(k, "site8");
	request = kit_request(k, "site8");
	request.lifetime = 0;
	assert_int_equal(kit_code(k, &request, "site8", HERE), 0);
	before = k->store;
	kit_register(k, "node9");
	keep(k);
	kept.bc.home_addr = k->had->bindings[1]->home_addr;
	k->store = before;
	kit_restart_untold(k, MS);
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 1);
	assert_string_equal(pool_holder(k->had, &kept.bc.home_addr)->router->name, "node9");
	k->now += 5 * S;
	kit_register(k, "site8");
	assert_false(addr_equal(&k->reply.home_addr, &kept.bc.home_addr));
}

static void test_what_is_taken_over_is_stored(void **state)
{
	struct kit *k = *state;

	three_paths(k);
	k->store.n_items = 0;
	k->store.status.usable = false;
	kit_restart(k, MS);
	tell(k, &kept.bc);
	kit_told(k);
	assert_int_equal(k->store.n_items, 1);
	k->store.status.usable = true;
	kit_restart(k, MS);
	dump_result(k);
	assert_int_equal(order(k), 312);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_it_asks_when_it_remembers_nothing),
		KIT_STORE_TEST(test_it_does_not_ask_with_a_store_that_was_closed),
		KIT_TEST(test_all_paths_are_taken_over),
		KIT_TEST(test_a_plain_binding_is_taken_over),
		KIT_TEST(test_requests_wait_until_all_is_told),
		KIT_TEST(test_half_a_second_of_silence_ends_the_wait),
		KIT_TEST(test_only_a_complete_answer_of_tunneld_counts),
		KIT_TEST(test_what_was_stamped_before_the_start_is_not_fresh),
		KIT_TEST(test_nor_is_what_was_accepted_under_a_clock_that_was_ahead),
		KIT_TEST(test_a_clock_set_back_locks_nobody_out),
		KIT_TEST(test_a_stamp_that_is_a_nonce_moves_no_clock),
		KIT_TEST(test_an_address_of_the_pool_is_its_owners_again),
		KIT_TEST(test_a_late_entry_takes_nobodys_binding_away),
		KIT_TEST(test_what_this_life_said_is_the_newer_word),
		KIT_STORE_TEST(test_the_newer_of_store_and_tunneld_wins),
		KIT_STORE_TEST(test_a_sound_store_that_is_behind_is_not_the_last_word),
		KIT_STORE_TEST(test_an_older_word_of_tunneld_changes_nothing),
		KIT_STORE_TEST(test_an_address_of_the_pool_is_whose_tunneld_says),
		KIT_STORE_TEST(test_what_is_taken_over_is_stored),
	};

	return cmocka_run_group_tests_name("had-adoption", tests, NULL, NULL);
}
