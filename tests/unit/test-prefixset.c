/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/unit.h"

#include <errno.h>

#include "base/prefixset.h"

static struct mipm_prefix P(const char *text) {
	struct mipm_prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static int
add(struct prefixset *set, const char *text)
{
	struct mipm_prefix prefix = P(text);

	return prefixset_add(set, &prefix);
}

static int setup(void **state)
{
	static struct prefixset set;

	prefixset_init(&set);
	add(&set, "10.1.0.0/16");
	add(&set, "10.3.0.0/16");
	add(&set, "192.0.2.64/26");
	add(&set, "2001:db8:1::/48");
	*state = &set;
	return 0;
}

static int teardown(void **state)
{
	prefixset_fini(*state);
	return 0;
}

static void test_members_stay_sorted(void **state)
{
	struct prefixset *set = *state;

	add(set, "10.2.0.0/16");
	add(set, "9.0.0.0/8");
	assert_int_equal(set->n_members, 6);
	for (size_t i = 1; i < set->n_members; i++)
		assert_true(prefix_cmp(&set->members[i - 1], &set->members[i]) < 0);
}

static void test_no_two_members_overlap(void **state)
{
	struct prefixset *set = *state;

	assert_int_equal(add(set, "10.0.0.0/8"), PREFIXSET_OVERLAPS);
	assert_int_equal(add(set, "10.1.2.0/24"), PREFIXSET_OVERLAPS);
	assert_int_equal(add(set, "10.3.255.255/32"), PREFIXSET_OVERLAPS);
	assert_int_equal(add(set, "192.0.2.0/24"), PREFIXSET_OVERLAPS);
	assert_int_equal(add(set, "0.0.0.0/0"), PREFIXSET_OVERLAPS);
	assert_int_equal(add(set, "2001:db8::/32"), PREFIXSET_OVERLAPS);
	assert_int_equal(set->n_members, 4);
	assert_int_equal(add(set, "192.0.2.128/26"), 0);
}

static void test_the_same_prefix_twice_is_told_apart(void **state)
{
	assert_int_equal(add(*state, "10.1.0.0/16"), PREFIXSET_PRESENT);
}

static void test_no_prefix_is_refused(void **state)
{
	struct mipm_prefix absent = { 0 };

	assert_int_equal(prefixset_add(*state, &absent), -EINVAL);
	assert_null(prefixset_overlap(*state, &absent));
}

static void test_find_gives_the_member_around_an_address(void **state)
{
	struct mipm_addr inside, beside, absent = { 0 };
	const struct mipm_prefix *found;
	struct mipm_prefix expected = P("192.0.2.64/26");

	addr_parse("192.0.2.100", &inside);
	addr_parse("192.0.2.128", &beside);
	found = prefixset_find(*state, &inside);
	assert_non_null(found);
	assert_true(prefix_equal(found, &expected));
	assert_null(prefixset_find(*state, &beside));
	assert_null(prefixset_find(*state, &absent));
}

static void test_remove_takes_exactly_this_prefix(void **state)
{
	struct prefixset *set = *state;
	struct mipm_prefix narrow = P("10.1.0.0/17"), member = P("10.1.0.0/16");

	assert_false(prefixset_remove(set, &narrow));
	assert_true(prefixset_remove(set, &member));
	assert_false(prefixset_remove(set, &member));
	assert_false(prefixset_has(set, &member));
	assert_int_equal(set->n_members, 3);
	assert_int_equal(prefixset_add(set, &narrow), 0);
}

static void test_equal_sets_have_equal_members(void **state)
{
	struct prefixset other;

	prefixset_init(&other);
	assert_false(prefixset_equal(*state, &other));
	add(&other, "2001:db8:1::/48");
	add(&other, "192.0.2.64/26");
	add(&other, "10.3.0.0/16");
	add(&other, "10.1.0.0/16");
	assert_true(prefixset_equal(*state, &other));
	prefixset_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_members_stay_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_two_members_overlap, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_same_prefix_twice_is_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_prefix_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_find_gives_the_member_around_an_address, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_remove_takes_exactly_this_prefix, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_equal_sets_have_equal_members, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
