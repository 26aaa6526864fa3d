/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

#include <errno.h>

static const char *reach(struct rig *r)
{
	return rig_out(r, "192.0.2.80", "10.7.0.5");
}

static struct mipm_bc site7(uint64_t generation)
{
	struct mipm_bc bc = rig_bc("10.200.0.7", "10.7.0.0/24", "192.0.2.7:434", NULL);

	bc.generation = generation;
	return bc;
}

static void test_late_add_does_not_resurrect(void **state)
{
	struct rig *r = *state;
	struct mipm_bc old = site7(5), new = site7(6);

	rig_say(r, MIPM_BC_ADD, &old);
	rig_say(r, MIPM_BC_REMOVE, &new);
	assert_string_equal(reach(r), "no-entry");
	rig_say(r, MIPM_BC_ADD, &old);
	assert_string_equal(reach(r), "no-entry");
	new.generation = 7;
	rig_say(r, MIPM_BC_ADD, &new);
	assert_string_equal(reach(r), "ok 1");
}

static void test_an_older_word_changes_nothing(void **state)
{
	struct rig *r = *state;
	struct mipm_bc old = site7(5), new = site7(6);

	rig_say(r, MIPM_BC_ADD, &new);
	rig_say(r, MIPM_BC_REMOVE, &old);
	assert_string_equal(reach(r), "ok 1");
	old = rig_bc("10.200.0.7", "10.99.0.0/24", "192.0.2.99:434", NULL);
	old.generation = 5;
	rig_say(r, MIPM_BC_ADD, &old);
	assert_string_equal(reach(r), "ok 1");
}

static void test_generations_begin_anew_with_their_sender(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1000);

	rig_say(r, MIPM_BC_ADD, &bc);
	rig_say(r, MIPM_BC_REMOVE, &bc);
	r->from.boot_id = 2;
	bc = site7(1);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(reach(r), "ok 1");
}

static void test_a_sender_without_generations_is_believed(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(0);

	rig_say(r, MIPM_BC_ADD, &bc);
	rig_say(r, MIPM_BC_REMOVE, &bc);
	assert_string_equal(reach(r), "no-entry");
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(reach(r), "ok 1");
}

static void test_removing_the_unknown_is_fine(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1);
	struct mipm_bul bul = rig_bul("10.200.0.7", "", 1);

	rig_say(r, MIPM_BC_REMOVE, &bc);
	rig_say(r, MIPM_BUL_REMOVE, &bul);
	assert_int_equal(r->n_said, 0);
}

static void test_what_is_remembered_of_removals_is_bounded(void **state)
{
	struct rig *r = *state;
	char home[32];

	for (unsigned i = 0; i < REMOVED_MAX + 500; i++) {
		struct mipm_bc bc;

		snprintf(home, sizeof(home), "10.201.%u.%u", i / 250, i % 250 + 1);
		bc = rig_bc(home, "", NULL, NULL);
		bc.generation = i + 1;
		rig_say(r, MIPM_BC_REMOVE, &bc);
	}
	assert_int_equal(r->f->bindings.removed.by_key.n_links, REMOVED_MAX);
}

static void test_paths_not_named_any_more_go(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.7", "10.7.0.0/24", "192.0.2.7:434", "192.0.2.77:434");

	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.77:434", "10.7.0.5", "192.0.2.80"), "ok 2");
	bc = site7(0);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.77:434", "10.7.0.5", "192.0.2.80"), "stranger");
	assert_string_equal(reach(r), "ok 1");
}

static void test_paths_expire_one_by_one(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.7", "10.7.0.0/24", "192.0.2.7:434", "192.0.2.77:434");
	struct mipm_path *paths = (struct mipm_path *)bc.paths;

	paths[0].expires_at = r->now + 10 * RIG_S;
	paths[1].expires_at = r->now + 20 * RIG_S;
	rig_say(r, MIPM_BC_ADD, &bc);
	rig_run(r, RIG_START + 9 * RIG_S);
	assert_string_equal(reach(r), "ok 1");
	rig_run(r, RIG_START + 10 * RIG_S);
	assert_string_equal(reach(r), "ok 2");
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "stranger");
	rig_run(r, RIG_START + 20 * RIG_S);
	assert_string_equal(reach(r), "no-entry");
	assert_int_equal(r->f->fib.tunnels.n_links, 0);
	assert_int_equal(forwarder_next_wakeup(r->f), CORE_NEVER);
}

static void test_a_refresh_moves_the_end(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1);

	bc.expires_at = r->now + 10 * RIG_S;
	rig_say(r, MIPM_BC_ADD, &bc);
	r->now += 5 * RIG_S;
	bc.expires_at = r->now + 10 * RIG_S;
	bc.generation = 2;
	rig_say(r, MIPM_BC_ADD, &bc);
	rig_run(r, RIG_START + 12 * RIG_S);
	assert_string_equal(reach(r), "ok 1");
	rig_run(r, RIG_START + 15 * RIG_S);
	assert_string_equal(reach(r), "no-entry");
}

/* dumps */

static void end_dump(struct rig *r, bool complete)
{
	struct mipm_dump_end end = { .complete = complete };

	rig_say(r, MIPM_DUMP_END, &end);
}

static void test_complete_dump_sweeps_what_it_did_not_name(void **state)
{
	struct rig *r = *state;
	struct mipm_bc seven = site7(1),
		       eight = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.8:434", NULL);

	rig_say(r, MIPM_BC_ADD, &seven);
	rig_say(r, MIPM_BC_ADD, &eight);
	r->from.dump++;
	rig_say(r, MIPM_BC_ADD, &eight);
	end_dump(r, false);
	assert_string_equal(reach(r), "ok 1"); /* incomplete: kept */
	end_dump(r, true);
	assert_string_equal(reach(r), "no-entry");
	assert_string_equal(rig_out(r, "192.0.2.80", "10.8.0.5"), "ok 1");
}

static void test_a_restarted_owner_sweeps_what_its_predecessor_said(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1);

	r->from.dump = 9;
	rig_say(r, MIPM_BC_ADD, &bc);
	r->from.boot_id = 2;
	r->from.dump = 1; /* counts anew */
	end_dump(r, true);
	assert_string_equal(reach(r), "no-entry");
}

static void test_a_dump_touches_its_own_role_only(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1);
	struct mipm_bul bul = rig_bul("10.200.0.9", "10.9.0.0/24", 1);

	rig_say(r, MIPM_BC_ADD, &bc);
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	rig_as(r, "linkmon");
	r->from.dump = 5;
	end_dump(r, true);
	rig_as(r, "mnd");
	r->from.dump = 2;
	end_dump(r, true);
	assert_string_equal(reach(r), "ok 1");
	assert_string_equal(rig_out(r, "10.9.0.5", "192.0.2.80"), "no-entry");
}

static void test_sweep_takes_single_paths_of_a_router(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.9", "10.9.0.0/24", 1);

	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	bul = rig_bul("10.200.0.9", "10.9.0.0/24", 2);
	rig_say(r, MIPM_BUL_ADD, &bul);
	r->from.dump++;
	rig_say(r, MIPM_BUL_ADD, &bul);
	end_dump(r, true);
	assert_string_equal(rig_out(r, "10.9.0.5", "192.0.2.80"), "ok 2");
	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "192.0.2.80", "10.9.0.5"), "stranger");
}

static void test_owner_is_told_its_entries(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.9", "10.9.0.0/24 10.19.0.0/24", 1);
	struct mipm_prefix first = P("10.9.0.0/24");
	const struct rig_said *said;
	uint64_t cursor = 0;

	rig_as(r, "mnd");
	bul.generation = 77;
	bul.identity = (struct mipm_str) { "site9", 5 };
	bul.caps = 3;
	bul.lifetime_s = 300;
	rig_say(r, MIPM_BUL_ADD, &bul);
	memset((struct mipm_prefix *)bul.networks, 0, sizeof(struct mipm_prefix));
	rig_forget(r);
	while (forwarder_dump_own(r->f, "mnd", &cursor))
		;
	assert_int_equal(rig_count(r, MIPM_BUL_ADD), 1);
	said = rig_said(r, MIPM_BUL_ADD, 0);
	assert_string_equal(said->to, "mnd");
	assert_int_equal(said->bul.generation, 77);
	assert_int_equal(said->bul.path.link, 11);
	assert_int_equal(said->bul.n_networks, 2);
	assert_true(prefix_equal(&said->bul.networks[0], &first));
	assert_memory_equal(said->bul.identity.text, "site9", 5);
	cursor = 0;
	rig_forget(r);
	forwarder_dump_own(r->f, "crd", &cursor);
	assert_int_equal(r->n_said, 0);
}

/* Names what had is told back: the numbers of its paths as digits. */
static unsigned told_back(struct rig *r, const char *to)
{
	uint64_t cursor = 0;
	unsigned numbers = 0;
	const struct rig_said *said;

	rig_forget(r);
	while (forwarder_dump_own(r->f, to, &cursor))
		;
	for (size_t n = 0; (said = rig_said(r, MIPM_BC_ADD, n)); n++)
		for (uint16_t i = 0; i < said->bc.n_paths; i++)
			numbers = numbers * 10 + said->bc.paths[i].number;
	return numbers;
}

static void test_a_home_agent_is_told_its_bindings(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc =
		rig_bc("10.200.0.7", "10.7.0.0/24 10.17.0.0/16", "192.0.2.7:434", "192.0.2.8:434");
	struct mipm_prefix first = P("10.7.0.0/24");
	const struct mipm_bc *told;

	bc.generation = 5;
	bc.stamp = 99;
	bc.identity = (struct mipm_str) { "site7", 5 };
	bc.lifetime_s = 300;
	((struct mipm_path *)bc.paths)[1].expires_at = RIG_START + 50 * RIG_S;
	rig_say(r, MIPM_BC_ADD, &bc);
	memset((struct mipm_path *)bc.paths, 0, 2 * sizeof(*bc.paths));
	memset((struct mipm_prefix *)bc.networks, 0, sizeof(*bc.networks));
	assert_int_equal(told_back(r, "had"), 12);
	assert_int_equal(rig_count(r, MIPM_BC_ADD), 1);
	told = &rig_said(r, MIPM_BC_ADD, 0)->bc;
	assert_string_equal(rig_said(r, MIPM_BC_ADD, 0)->to, "had");
	assert_int_equal(told->generation, 5);
	assert_int_equal(told->stamp, 99);
	assert_int_equal(told->lifetime_s, 300);
	assert_int_equal(told->n_networks, 2);
	assert_true(prefix_equal(&told->networks[0], &first));
	assert_memory_equal(told->identity.text, "site7", 5);
	assert_int_equal(told->paths[1].priority, 1);
	assert_int_equal(told_back(r, "crd"), 0);
	assert_int_equal(told_back(r, "mnd"), 0);
	rig_run(r, RIG_START + 51 * RIG_S);
	assert_int_equal(told_back(r, "had"), 1); /* the other one has expired */
	rig_say(r, MIPM_BC_REMOVE, &(struct mipm_bc) { .home_addr = A("10.200.0.7") });
	assert_int_equal(told_back(r, "had"), 0);
}

/* The path by whose index the binding is told goes between two steps of the dump. */
static void test_a_binding_is_told_though_its_first_path_goes(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.7", "", "192.0.2.7:434", "192.0.2.8:434");
	uint64_t cursor = 0;
	char home[16];

	for (unsigned i = 100; i < 132; i++) {
		snprintf(home, sizeof(home), "10.200.0.%u", i);
		bc = rig_bc(home, "", "192.0.2.100:1", NULL);
		((struct mipm_path *)bc.paths)[0].remote.port = (uint16_t)i;
		rig_say(r, MIPM_BC_ADD, &bc);
	}
	bc = rig_bc("10.200.0.7", "", "192.0.2.7:434", "192.0.2.8:434");
	rig_say(r, MIPM_BC_ADD, &bc);
	rig_forget(r);
	assert_int_equal(forwarder_dump_own(r->f, "had", &cursor), 1);
	assert_int_equal(rig_count(r, MIPM_BC_ADD), 32);
	bc.paths++;
	bc.n_paths = 1;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_int_equal(forwarder_dump_own(r->f, "had", &cursor), 0);
	assert_int_equal(rig_count(r, MIPM_BC_ADD), 33);
	assert_int_equal(rig_said(r, MIPM_BC_ADD, 32)->bc.n_paths, 1);
	assert_int_equal(rig_said(r, MIPM_BC_ADD, 32)->bc.paths[0].number, 2);
}

/* refusals: a word to the owner, nothing in the table */

static void assert_refused(struct rig *r, int code)
{
	const struct rig_said *said = rig_said(r, MIPM_TUN_STATE, 0);

	assert_int_equal(rig_count(r, MIPM_TUN_STATE), 1);
	assert_int_equal(said->tun_state.code, code);
	assert_string_equal(said->to, r->from.name);
	assert_true(said->tun_state.text.len > 0);
	assert_int_equal(r->f->fib.tunnels.n_links, 0);
	rig_forget(r);
}

static void test_what_cannot_be_carried_out_is_refused(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = site7(1);
	struct mipm_path *path = (struct mipm_path *)bc.paths;

	path->encap = MIPM_ENCAP_IPIP;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EPROTONOSUPPORT);
	path->encap = MIPM_ENCAP_UDP;
	path->protection = 1;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EPROTONOSUPPORT);
	path->protection = 0;
	path->remote.port = 0;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EINVAL);
	path->remote = E("224.0.0.1:434");
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EINVAL);
	bc = site7(1);
	bc.n_paths = 0;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EINVAL);
	bc = site7(1);
	bc.domain = 4;
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, ENODEV);
}

static void test_networks_that_would_swallow_the_tunnel_are_refused(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.7", "192.0.2.0/24", "192.0.2.7:434", NULL);
	struct mipm_bul bul = rig_bul("10.200.0.7", "203.0.113.0/24", 1);
	struct mipm_prefix remote = P("203.0.112.0/23");

	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EINVAL);
	bc = rig_bc("10.200.0.7", "203.0.113.0/30", "192.0.2.7:434", NULL); /* ours */
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_refused(r, EINVAL);
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_refused(r, EINVAL);
	bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	bul.route = 1;
	bul.networks_remote = &remote;
	bul.n_networks_remote = 1;
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_refused(r, EINVAL);
}

static void test_entry_without_socket_is_told_and_kept(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 3);

	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_int_equal(rig_said(r, MIPM_TUN_STATE, 0)->tun_state.code, ENODEV);
	assert_int_equal(rig_said(r, MIPM_TUN_STATE, 0)->tun_state.number, 3);
	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "no-path");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_late_add_does_not_resurrect),
		TEST(test_an_older_word_changes_nothing),
		TEST(test_generations_begin_anew_with_their_sender),
		TEST(test_a_sender_without_generations_is_believed),
		TEST(test_removing_the_unknown_is_fine),
		TEST(test_what_is_remembered_of_removals_is_bounded),
		TEST(test_paths_not_named_any_more_go),
		TEST(test_paths_expire_one_by_one),
		TEST(test_a_refresh_moves_the_end),
		TEST(test_complete_dump_sweeps_what_it_did_not_name),
		TEST(test_a_restarted_owner_sweeps_what_its_predecessor_said),
		TEST(test_a_dump_touches_its_own_role_only),
		TEST(test_sweep_takes_single_paths_of_a_router),
		TEST(test_owner_is_told_its_entries),
		TEST(test_a_home_agent_is_told_its_bindings),
		TEST(test_a_binding_is_told_though_its_first_path_goes),
		TEST(test_what_cannot_be_carried_out_is_refused),
		TEST(test_networks_that_would_swallow_the_tunnel_are_refused),
		TEST(test_entry_without_socket_is_told_and_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
