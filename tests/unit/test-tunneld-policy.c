/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

static int setup(void **state)
{
	struct mipm_bul bul;
	struct rig *r;

	rig_setup(state);
	r = *state;
	rig_as(r, "mnd");
	bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	rig_say(r, MIPM_BUL_ADD, &bul);
	bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);
	rig_say(r, MIPM_BUL_ADD, &bul);
	rig_as(r, "linkmon");
	return 0;
}

static const char *way(struct rig *r)
{
	return rig_out(r, "10.7.0.5", "192.0.2.80");
}

static void tell(
	struct rig *r, uint64_t generation, const struct mipm_md_entry *entries, uint16_t n)
{
	struct mipm_md_info info = {
		.command = MIPM_MD_REREG,
		.generation = generation,
		.entries = entries,
		.n_entries = n,
	};

	rig_say(r, MIPM_MD_INFO, &info);
}

static void test_without_a_word_the_first_path_is_used(void **state)
{
	assert_string_equal(way(*state), "ok 1");
}

static void test_the_given_order_is_obeyed_whatever_the_verdict(void **state)
{
	const struct mipm_md_entry entries[] = {
		{ .number = 1, .verdict = MIPM_GOOD, .order = 1 },
		{ .number = 2, .verdict = MIPM_BAD, .order = 0 },
	};

	tell(*state, 1, entries, 2);
	assert_string_equal(way(*state), "ok 2");
}

static void test_the_turn_takes_one_message(void **state)
{
	struct rig *r = *state;
	struct mipm_md_entry entries[] = {
		{ .number = 1, .verdict = MIPM_GOOD, .order = 0 },
		{ .number = 2, .verdict = MIPM_GOOD, .order = 1 },
	};

	tell(r, 1, entries, 2);
	assert_string_equal(way(r), "ok 1");
	entries[0].order = 2;
	tell(r, 2, entries, 2);
	assert_string_equal(way(r), "ok 2"); /* without a tick */
}

static void test_a_path_that_is_not_named_comes_last(void **state)
{
	const struct mipm_md_entry entry = { .number = 2, .verdict = MIPM_BAD, .order = 7 };
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);

	tell(r, 1, &entry, 1);
	assert_string_equal(way(r), "ok 2");
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_REMOVE, &bul);
	assert_string_equal(way(r), "ok 1");
}

static void test_narrower_scope_counts_more(void **state)
{
	const struct mipm_md_entry entries[] = {
		{ .number = 1, .order = 0 },
		{ .number = 2, .order = 1 },
		{ .scope = MIPM_SCOPE_PEER, .peer = A("203.0.113.1"), .number = 1, .order = 5 },
		{ .scope = MIPM_SCOPE_PEER, .peer = A("203.0.113.9"), .number = 2, .order = 9 },
	};
	const struct mipm_md_entry tunnel[] = {
		{ .number = 1, .order = 5 },
		{ .number = 2, .order = 1 },
		{ .scope = MIPM_SCOPE_TUNNEL,
			.peer = A("203.0.113.1"),
			.home_addr = A("10.200.0.7"),
			.number = 1,
			.order = 0 },
	};
	struct rig *r = *state;

	tell(r, 1, entries, 4);
	assert_string_equal(way(r), "ok 2");
	tell(r, 2, tunnel, 3);
	assert_string_equal(way(r), "ok 1");
}

static void test_an_older_order_is_ignored(void **state)
{
	struct mipm_md_entry entries[] = {
		{ .number = 1, .order = 1 },
		{ .number = 2, .order = 0 },
	};
	struct rig *r = *state;

	tell(r, 5, entries, 2);
	entries[1].order = 2;
	tell(r, 4, entries, 2);
	assert_string_equal(way(r), "ok 2");
	r->from.boot_id = 2; /* linkmon started anew */
	tell(r, 1, entries, 2);
	assert_string_equal(way(r), "ok 1");
}

static void test_the_order_waits_for_paths(void **state)
{
	const struct mipm_md_entry entries[] = {
		{ .number = 1, .order = 1 },
		{ .number = 2, .order = 0 },
	};
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);

	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_REMOVE, &bul);
	rig_as(r, "linkmon");
	tell(r, 1, entries, 2);
	assert_string_equal(way(r), "ok 1");
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_string_equal(way(r), "ok 2");
}

static void test_home_agent_goes_by_priority(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.7:434", "192.0.2.8:434");
	struct mipm_path *paths = (struct mipm_path *)bc.paths;
	const struct mipm_md_entry entry = { .number = 1, .order = 0 };

	paths[0].priority = 2;
	rig_as(r, "had");
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_out(r, "192.0.2.80", "10.8.0.5"), "ok 2");
	rig_as(r, "linkmon");
	tell(r, 1, &entry, 1); /* not linkmon's business */
	assert_string_equal(rig_out(r, "192.0.2.80", "10.8.0.5"), "ok 2");
	paths[1].priority = 3;
	rig_as(r, "had");
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_out(r, "192.0.2.80", "10.8.0.5"), "ok 1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_without_a_word_the_first_path_is_used),
		TEST(test_the_given_order_is_obeyed_whatever_the_verdict),
		TEST(test_the_turn_takes_one_message),
		TEST(test_a_path_that_is_not_named_comes_last),
		TEST(test_narrower_scope_counts_more),
		TEST(test_an_older_order_is_ignored),
		TEST(test_the_order_waits_for_paths),
		TEST(test_home_agent_goes_by_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
