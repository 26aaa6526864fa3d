/* SPDX-License-Identifier: BSD-2-Clause */
/* Home addresses: the configured one, one from the pool, the same one again, none left. */
#include "tests/unit/had-kit.h"

static int code_wishing(struct kit *k, const char *name, const char *wish)
{
	struct mip_request request = kit_request(k, name);

	request.home_addr = ip(wish);
	return kit_code(k, &request, name, HERE);
}

/* A pool of so many bits for n routers p0, p1, ... with SPIs from 2000. */
static struct kit *pool_kit(const char *network, unsigned n)
{
	struct kit *k = kit_new();
	char name[16];

	k->has_store = true;
	k->conf = kit_conf();
	k->conf->home_networks[0] = net(network);
	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		kit_key(k->conf, 2000 + i);
		kit_add(k->conf, name, 2000 + i, NULL);
	}
	kit_checked(k->conf);
	kit_start(k);
	return k;
}

static int join(struct kit *k, unsigned i, struct mipm_addr *given)
{
	char name[16], from[32];
	struct mip_request request;
	int code;

	snprintf(name, sizeof(name), "p%u", i);
	snprintf(from, sizeof(from), "192.0.2.%u:434", i + 1);
	request = kit_request(k, name);
	code = kit_code(k, &request, name, from);
	if (given && code == 0)
		*given = k->reply.home_addr;
	return code;
}

static int leave(struct kit *k, unsigned i)
{
	char name[16];
	struct mip_request request;

	snprintf(name, sizeof(name), "p%u", i);
	request = kit_request(k, name);
	request.lifetime = 0;
	request.careof_addr = ip("0.0.0.0"); /* equal to the home address it does not name: all */
	return kit_code(k, &request, name, HERE);
}

static void test_configured_address_is_given_to_who_asks_for_none(void **state)
{
	struct kit *k = *state;
	const struct mipm_addr configured = ip("10.200.0.7");

	assert_int_equal(code_wishing(k, "site7", "0.0.0.0"), 0);
	assert_true(addr_equal(&k->reply.home_addr, &configured));
}

static void test_other_address_than_the_configured_is_129(void **state)
{
	struct kit *k = *state;

	assert_int_equal(code_wishing(k, "site7", "10.200.0.8"), MIP_CODE_PROHIBITED);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_address_from_the_pool_is_remembered(void **state)
{
	struct kit *k = *state;
	struct mipm_addr first;
	struct mip_request request = kit_request(k, "site8");

	first = kit_send(k, &request, "site8", HERE)->home_addr;
	assert_true(had_conf_is_home_network(k->conf, &first));
	assert_true(addr_equal(&kit_bc(k)->home_addr, &first));
	kit_register(k, "node9");
	assert_false(addr_equal(&k->reply.home_addr, &first));
	kit_pass(k, 400 * S);
	request = kit_request(k, "site8");
	assert_true(addr_equal(&kit_send(k, &request, "site8", HERE)->home_addr, &first));
}

static void test_wish_is_granted_where_it_can_be(void **state)
{
	struct kit *k = *state;

	assert_int_equal(code_wishing(k, "site8", "10.200.0.99"), 0);
	assert_int_equal(code_wishing(k, "node9", "10.200.0.99"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "node9", "10.200.0.7"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "node9", "10.200.0.0"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "node9", "10.200.0.255"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "node9", "10.201.0.5"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "site8", "10.200.0.98"), MIP_CODE_PROHIBITED);
	assert_int_equal(code_wishing(k, "site8", "10.200.0.99"), 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 2);
}

static void test_pool_gives_each_address_once_and_then_130(void **state)
{
	/* six hosts; 10.200.0.7 is the broadcast address here, so nobody's */
	struct kit *k = pool_kit("10.200.0.0/29", 7);
	struct mipm_addr given[7];

	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(join(k, i, &given[i]), 0);
		for (unsigned j = 0; j < i; j++)
			assert_false(addr_equal(&given[i], &given[j]));
	}
	assert_int_equal(join(k, 6, NULL), MIP_CODE_RESOURCES);
	kit_free(k);
}

static void test_full_pool_takes_from_who_is_away_longest(void **state)
{
	struct kit *k = pool_kit("10.200.0.0/29", 8);
	struct mipm_addr given[8], again;

	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(join(k, i, &given[i]), 0);
	assert_int_equal(leave(k, 4), 0);
	assert_int_equal(leave(k, 2), 0);
	assert_int_equal(join(k, 6, &given[6]), 0);
	assert_true(addr_equal(&given[6], &given[4]));
	assert_int_equal(join(k, 2, &again), 0); /* still its own */
	assert_true(addr_equal(&again, &given[2]));
	assert_int_equal(join(k, 4, NULL), MIP_CODE_RESOURCES);
	kit_free(k);
}

static void test_the_store_gives_a_taken_address_to_its_new_owner(void **state)
{
	struct kit *k = pool_kit("10.200.0.0/29", 8);
	struct mipm_addr given[8], again;

	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(join(k, i, &given[i]), 0);
	assert_int_equal(leave(k, 4), 0);
	assert_int_equal(join(k, 6, &given[6]), 0);
	assert_true(addr_equal(&given[6], &given[4]));
	kit_restart(k, 100 * MS);
	assert_non_null(pool_holder(k->had, &given[6]));
	assert_string_equal(pool_holder(k->had, &given[6])->router->name, "p6");
	assert_non_null(pool_holder(k->had, &given[6])->content);
	k->now += 5 * S;
	assert_int_equal(join(k, 4, NULL), MIP_CODE_RESOURCES);
	assert_int_equal(join(k, 6, &again), 0);
	assert_true(addr_equal(&again, &given[6]));
	kit_free(k);
}

/* As when a router was not configured for a while, and somebody else got its address. */
static void test_of_two_records_of_an_address_the_one_in_use_counts(void **state)
{
	struct kit *k = pool_kit("10.200.0.0/29", 2);
	struct mipm_addr given[2];
	struct kit_item old;

	assert_int_equal(join(k, 0, &given[0]), 0);
	assert_int_equal(leave(k, 0), 0);
	old = k->store.items[0];
	k->store.n_items = 0;
	kit_restart(k, S);
	k->now += S;
	assert_int_equal(join(k, 1, &given[1]), 0);
	assert_true(addr_equal(&given[1], &given[0]));
	k->store.items[k->store.n_items++] = k->store.items[0];
	k->store.items[0] = old;
	kit_restart(k, S);
	assert_string_equal(pool_holder(k->had, &given[1])->router->name, "p1");
	assert_non_null(pool_holder(k->had, &given[1])->content);
	kit_free(k);
}

static void test_who_leaves_without_an_address_takes_none(void **state)
{
	struct kit *k = pool_kit("10.200.0.0/30", 3);

	assert_int_equal(leave(k, 0), 0);
	assert_int_equal(k->had->pool.n_links, 0);
	assert_int_equal(join(k, 1, NULL), 0);
	assert_int_equal(join(k, 2, NULL), 0);
	assert_int_equal(join(k, 0, NULL), MIP_CODE_RESOURCES);
	kit_free(k);
}

static void test_without_nai_and_address_nobody_takes_one(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site8");

	request.ext.nai.len = 0;
	assert_int_equal(kit_code(k, &request, "site8", HERE), -1);
	assert_int_equal(k->had->pool.n_links, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_configured_address_is_given_to_who_asks_for_none),
		KIT_TEST(test_other_address_than_the_configured_is_129),
		KIT_TEST(test_address_from_the_pool_is_remembered),
		KIT_TEST(test_wish_is_granted_where_it_can_be),
		cmocka_unit_test(test_pool_gives_each_address_once_and_then_130),
		cmocka_unit_test(test_full_pool_takes_from_who_is_away_longest),
		cmocka_unit_test(test_the_store_gives_a_taken_address_to_its_new_owner),
		cmocka_unit_test(test_of_two_records_of_an_address_the_one_in_use_counts),
		cmocka_unit_test(test_who_leaves_without_an_address_takes_none),
		KIT_TEST(test_without_nai_and_address_nobody_takes_one),
	};

	return cmocka_run_group_tests_name("had-home-pool", tests, NULL, NULL);
}
