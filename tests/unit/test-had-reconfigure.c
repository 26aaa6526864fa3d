/* SPDX-License-Identifier: BSD-2-Clause */
/* A new configuration while bindings live: what ends, what shrinks, what does not notice. */
#include "tests/unit/had-kit.h"

static void apply(struct kit *k, struct had_conf *conf)
{
	struct had_conf *old = k->conf;

	kit_checked(conf);
	kit_clear(k);
	k->conf = conf;
	assert_int_equal(had_reconfigure(k->had, k->now, conf), 0);
	had_conf_free(old);
}

static int setup(void **state)
{
	struct kit *k = kit_new();

	k->has_store = true;
	kit_start(k);
	kit_register(k, "site7");
	kit_register(k, "site8");
	kit_register(k, "node9");
	*state = k;
	return 0;
}

static void rename_to(struct had_conf *conf, unsigned i, const char *name)
{
	free(conf->routers[i].name);
	conf->routers[i].name = strdup(name);
}

static void test_same_configuration_changes_nothing(void **state)
{
	struct kit *k = *state;
	size_t n_puts = k->store.n_puts;

	apply(k, kit_conf());
	assert_int_equal(k->n_events, 0);
	assert_int_equal(k->store.n_puts, n_puts);
	kit_register(k, "site7");
	kit_register(k, "site8");
}

static void test_router_that_is_gone_ends(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	rename_to(conf, 0, "new7");
	conf->routers[0].home_addr = ip("10.200.0.70");
	apply(k, conf);
	assert_int_equal(k->n_events, 1);
	assert_int_equal(kit_last(k, MIPM_BC_REMOVE)->bc.home_addr.octets[3], 7);
	assert_int_equal(k->store.n_items, 2);
	kit_register(k, "new7");
	kit_register(k, "site8");
}

static void test_router_that_moved_in_the_file_does_not_notice(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();
	struct had_router first = conf->routers[0];

	conf->routers[0] = conf->routers[2];
	conf->routers[2] = first;
	apply(k, conf);
	assert_int_equal(k->n_events, 0);
	assert_string_equal(k->had->bindings[0]->router->name, "node9");
	kit_register(k, "site7");
	assert_int_equal(kit_bc(k)->n_networks, 2);
}

static void test_network_that_is_taken_away_is_withdrawn(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	conf->routers[0].n_networks = 1;
	apply(k, conf);
	assert_int_equal(k->n_events, 1);
	assert_int_equal(kit_bc(k)->n_networks, 1);
	assert_int_equal(kit_bc(k)->n_paths, 1);
}

static void test_network_that_went_to_another_is_not_kept(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	conf->routers[0].n_networks = 1;
	kit_grant(&conf->routers[1], "10.17.0.0/16");
	apply(k, conf);
	kit_register(k, "site8");
	assert_int_equal(kit_bc(k)->n_networks, 2);
	assert_int_equal(k->had->bindings[0]->content->n_networks, 1);
}

static void test_other_key_ends(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	sa_find(&conf->sas, 1007)->key[0] ^= 1;
	apply(k, conf);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	kit_restart(k, S); /* also in the store */
	assert_null(k->had->bindings[0]->content);
}

static void test_second_key_beside_the_first_changes_nothing(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();
	struct mip_request request;

	kit_key(conf, 1077);
	conf->routers[0].spis[conf->routers[0].n_spis++] = 1077;
	apply(k, conf);
	assert_int_equal(k->n_events, 0);
	request = kit_request(k, "site7");
	assert_int_equal(kit_send_as(k, &request, 1077, HERE)->code, 0);
}

static void test_other_home_address_ends_and_is_given_from_now_on(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	conf->routers[0].home_addr = ip("10.200.0.70");
	apply(k, conf);
	assert_int_equal(kit_last(k, MIPM_BC_REMOVE)->bc.home_addr.octets[3], 7);
	kit_register(k, "site7");
	assert_int_equal(kit_bc(k)->home_addr.octets[3], 70);
}

static void test_pool_address_that_is_somebodys_now_is_given_up(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();
	struct mipm_addr taken = k->had->bindings[1]->home_addr;

	conf->routers[0].home_addr = taken;
	apply(k, conf);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 2);
	kit_register(k, "site7");
	assert_true(addr_equal(&kit_bc(k)->home_addr, &taken));
	kit_register(k, "site8");
	assert_false(addr_equal(&kit_bc(k)->home_addr, &taken));
}

static void test_other_pool_gives_other_addresses(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	conf->home_networks[0] = net("10.201.0.0/24");
	apply(k, conf);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 2); /* site7's is its own */
	kit_register(k, "site8");
	assert_int_equal(kit_bc(k)->home_addr.octets[1], 201);
}

static void test_signalling_is_wanted_at_the_new_addresses(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();
	const struct mipm_addr addr = ip("10.0.0.4");

	conf->listen = calloc(1, sizeof(*conf->listen));
	conf->listen[conf->n_listen++] = addr;
	apply(k, conf);
	assert_int_equal(k->n_wants, 3);
	assert_true(addr_equal(&k->wants[0].local, &addr));
}

static void test_replay_protection_survives(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_request early = request;

	request = kit_request(k, "site7");
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	apply(k, kit_conf());
	assert_int_equal(kit_code(k, &early, "site7", HERE), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_IDENT_MISMATCH);
}

static void test_who_waits_is_dropped_and_may_repeat(void **state)
{
	struct kit *k = kit_new();
	struct mip_request request;

	k->conf = kit_conf();
	k->conf->durability = HAD_DURABILITY_BEFORE_REPLY;
	kit_checked(k->conf);
	k->has_store = k->store.slow = true;
	kit_start(k);
	request = kit_request(k, "site7");
	assert_int_equal(kit_code(k, &request, "site7", HERE), -1);
	apply(k, kit_conf());
	kit_store_finish(k, 0);
	assert_int_equal(k->n_events, 0);
	kit_register(k, "site7");
	kit_free(k);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, kit_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_configuration_changes_nothing),
		TEST(test_router_that_is_gone_ends),
		TEST(test_router_that_moved_in_the_file_does_not_notice),
		TEST(test_network_that_is_taken_away_is_withdrawn),
		TEST(test_network_that_went_to_another_is_not_kept),
		TEST(test_other_key_ends),
		TEST(test_second_key_beside_the_first_changes_nothing),
		TEST(test_other_home_address_ends_and_is_given_from_now_on),
		TEST(test_pool_address_that_is_somebodys_now_is_given_up),
		TEST(test_other_pool_gives_other_addresses),
		TEST(test_signalling_is_wanted_at_the_new_addresses),
		TEST(test_replay_protection_survives),
		cmocka_unit_test(test_who_waits_is_dropped_and_may_repeat),
	};

	return cmocka_run_group_tests_name("had-reconfigure", tests, NULL, NULL);
}
