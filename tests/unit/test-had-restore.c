/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A home agent that comes back: bindings, lifetimes, pool memory and replay protection after a
 * crash, a reboot, a lost store and a clock that was set. DESIGN section 8, THREATS T3, T19.
 */
#include <unistd.h>

#include "tests/unit/had-kit.h"

static size_t dump(struct kit *k, int *rc)
{
	uint64_t cursor = 0;

	kit_clear(k);
	while ((*rc = had_ops.dump(k->had, k->now, NULL, false, &cursor)) == 1)
		;
	return kit_count(k, MIPM_BC_ADD);
}

static int code_at(struct kit *k, const char *name, uint64_t wall)
{
	struct mip_request request = kit_request(k, name);

	request.ident = replay_timestamp(wall);
	return kit_code(k, &request, name, HERE);
}

static void test_bindings_are_back_before_anything_is_served(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	struct mipm_bc before, after;
	int rc;

	kit_multipath(&request, 5);
	kit_order(&request, 5, 0);
	assert_int_equal(kit_code(k, &request, "site7", "192.0.2.9:40000"), 0);
	before = *kit_bc(k);
	kit_restart(k, 20 * S);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0); /* told by the dump */
	assert_int_equal(dump(k, &rc), 1);
	assert_int_equal(rc, 0);
	after = *kit_bc(k);
	assert_true(addr_equal(&after.home_addr, &before.home_addr));
	assert_true(addr_equal(&after.home_agent, &before.home_agent));
	assert_true(after.stamp == before.stamp);
	assert_true(after.generation > before.generation);
	assert_true(after.expires_at == before.expires_at);
	assert_int_equal(after.lifetime_s, before.lifetime_s);
	assert_int_equal(after.caps, before.caps);
	assert_int_equal(after.n_networks, before.n_networks);
	assert_int_equal(after.n_paths, 1);
	assert_memory_equal(
		&after.paths[0].remote, &before.paths[0].remote, sizeof(after.paths[0].remote));
	assert_memory_equal(
		&after.paths[0].local, &before.paths[0].local, sizeof(after.paths[0].local));
	assert_int_equal(after.paths[0].number, 5);
	assert_int_equal(after.paths[0].nat, 1);
	assert_int_equal(after.paths[0].link, 3);
	kit_pass(k, 290 * S);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
}

static void test_what_expired_meanwhile_is_not_back(void **state)
{
	struct kit *k = *state;
	int rc;

	kit_register(k, "site7");
	kit_restart(k, 301 * S);
	assert_int_equal(dump(k, &rc), 0);
	assert_int_equal(rc, 0);
}

static void test_deregistered_is_not_back(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	int rc;

	kit_register(k, "site7");
	request = kit_request(k, "site7");
	request.lifetime = 0;
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	kit_restart(k, S);
	assert_int_equal(dump(k, &rc), 0);
}

static void test_reboot_counts_lifetimes_by_the_wall_clock(void **state)
{
	struct kit *k = *state;
	uint64_t wall;
	int rc;

	kit_register(k, "site7");
	kit_register(k, "site8");
	wall = k->now + k->env.wall_offset;
	kit_stop(k);
	k->store.status.boot = KIT_BOOT + 1;
	k->now = 10 * S; /* of the new boot */
	k->env.wall_offset = wall + 100 * S - k->now;
	kit_restart(k, 0);
	assert_int_equal(dump(k, &rc), 2);
	assert_in_range(kit_bc(k)->expires_at, k->now + 199 * S, k->now + 201 * S);
	assert_int_equal(kit_bc(k)->paths[0].link, 0); /* interface numbers are of a boot */
	kit_stop(k);
	k->now = 5 * S;
	k->env.wall_offset = wall + 400 * S - k->now;
	kit_restart(k, 0);
	assert_int_equal(dump(k, &rc), 0);
}

static void test_wall_clock_set_back_gives_nobody_more_than_was_granted(void **state)
{
	struct kit *k = *state;
	int rc;

	kit_register(k, "site7");
	kit_stop(k);
	k->store.status.boot = KIT_BOOT + 1;
	k->env.wall_offset -= 86400 * S;
	kit_restart(k, 0);
	assert_int_equal(dump(k, &rc), 1);
	assert_true(kit_bc(k)->expires_at <= k->now + 300 * S);
}

static void test_wall_clock_step_within_one_boot_changes_no_lifetime(void **state)
{
	struct kit *k = *state;
	uint64_t expires_at;
	int rc;

	kit_register(k, "site7");
	expires_at = kit_bc(k)->expires_at;
	kit_stop(k);
	k->env.wall_offset += 86400 * S;
	kit_restart(k, S);
	assert_int_equal(dump(k, &rc), 1);
	assert_true(kit_bc(k)->expires_at == expires_at);
}

/* replay */

static void test_stored_stamp_plus_two_seconds_is_the_floor_after_a_crash(void **state)
{
	struct kit *k = *state;
	uint64_t wall;

	kit_register(k, "site7");
	wall = k->now + k->env.wall_offset;
	kit_restart(k, 100 * MS);
	k->now += 5 * S;
	assert_int_equal(code_at(k, "site7", wall), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site7", wall + 1900 * MS), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site7", wall + 2100 * MS), 0);
}

static void test_after_a_proper_close_the_stamp_itself_is_the_floor(void **state)
{
	struct kit *k = *state;
	uint64_t wall;

	kit_register(k, "site7");
	wall = k->now + k->env.wall_offset;
	k->store.status.clean = true;
	kit_restart(k, 100 * MS);
	assert_int_equal(code_at(k, "site7", wall), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site7", wall + 50 * MS), 0);
}

static void test_lost_store_refuses_what_was_stamped_before_the_start(void **state)
{
	struct kit *k = *state;
	uint64_t wall;
	int rc;

	kit_register(k, "site7");
	k->store.n_items = 0;
	k->store.status.usable = false;
	kit_restart(k, S);
	wall = k->now + k->env.wall_offset;
	kit_pass(k, 501 * MS); /* tunneld may know of more, but says nothing */
	assert_int_equal(code_at(k, "site7", wall - 500 * MS), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site7", wall), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site7", wall + MS), 0);
	assert_int_equal(dump(k, &rc), 1);
	assert_int_equal(rc, -1);
	k->now += 600 * S;
	dump(k, &rc);
	assert_int_equal(rc, 0);
}

static void test_router_without_record_starts_at_our_start(void **state)
{
	struct kit *k = *state;
	uint64_t wall;

	kit_register(k, "site7");
	kit_restart(k, S);
	wall = k->now + k->env.wall_offset;
	assert_int_equal(code_at(k, "site8", wall - MS), MIP_CODE_IDENT_MISMATCH);
	assert_int_equal(code_at(k, "site8", wall + MS), 0);
}

static void test_clock_set_back_locks_nobody_out(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	uint64_t told;

	kit_register(k, "site7");
	kit_stop(k);
	k->env.wall_offset -= 3600 * S; /* of the agent, not of the routers */
	kit_restart(k, 5 * S);
	assert_true(kit_logged(k, "behind the newest accepted Identification"));
	assert_int_equal(code_at(k, "site7", k->now + KIT_WALL), 0);
	/* and who asks for the time is told one that is accepted */
	request = kit_request(k, "site8");
	request.ident = 0x99;
	assert_int_equal(kit_code(k, &request, "site8", HERE), MIP_CODE_IDENT_MISMATCH);
	told = (k->reply.ident >> 32) + 1;
	request.ident = told << 32 | 0x9a;
	assert_int_equal(kit_code(k, &request, "site8", HERE), 0);
}

static void test_clock_a_little_back_is_left_alone(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	kit_stop(k);
	k->env.wall_offset -= 3 * S;
	kit_restart(k, S);
	assert_true(k->had->wall_offset == k->env.wall_offset);
}

/* home addresses, configuration */

static void test_pool_address_is_remembered_over_restarts(void **state)
{
	struct kit *k = *state;
	struct mipm_addr first;
	struct mip_request request;

	kit_register(k, "node9");
	kit_register(k, "site8");
	first = k->reply.home_addr;
	kit_restart(k, 1000 * S);
	kit_register(k, "site8");
	assert_true(addr_equal(&k->reply.home_addr, &first));
	request = kit_request(k, "node9");
	request.home_addr = first;
	assert_int_equal(kit_code(k, &request, "node9", HERE), MIP_CODE_PROHIBITED);
}

static void reconfigured(struct kit *k, void (*change)(struct had_conf *conf))
{
	kit_stop(k);
	had_conf_free(k->conf);
	k->conf = kit_conf();
	change(k->conf);
	kit_checked(k->conf);
	kit_restart(k, S);
}

static void other_home_address(struct had_conf *conf)
{
	conf->routers[0].home_addr = ip("10.200.0.70");
}

static void fewer_networks(struct had_conf *conf)
{
	conf->routers[0].n_networks = 1;
}

static void other_spi(struct had_conf *conf)
{
	conf->routers[0].spis[0] = 1009;
	conf->routers[2].spis[0] = 1007;
}

static void no_site7(struct had_conf *conf)
{
	free(conf->routers[0].name);
	conf->routers[0].name = strdup("new7");
}

static void test_binding_that_the_configuration_no_longer_allows_is_not_back(void **state)
{
	struct kit *k = *state;
	int rc;

	kit_register(k, "site7");
	reconfigured(k, other_home_address);
	assert_int_equal(dump(k, &rc), 0);
	reconfigured(k, other_spi);
	assert_int_equal(dump(k, &rc), 0);
	reconfigured(k, no_site7);
	assert_int_equal(dump(k, &rc), 0);
	assert_int_equal(k->store.n_items, 1); /* kept, in case that was a mistake */
	reconfigured(k, fewer_networks);
	assert_int_equal(dump(k, &rc), 1);
	assert_int_equal(kit_bc(k)->n_networks, 1);
}

static void test_records_of_nobody_are_forgotten_after_a_week(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	reconfigured(k, no_site7);
	kit_restart(k, 8 * 86400 * S);
	assert_int_equal(k->store.n_items, 0);
}

/* a store that lost what it had */

static void lose_items(struct kit *k)
{
	k->store.n_items = 0;
	k->store.status.n_reopened++;
	had_store_ready(k->had, k->now);
}

static void test_what_the_store_lost_is_put_again(void **state)
{
	struct kit *k = *state;
	struct mip_request request;
	struct mipm_addr given;
	int rc;

	kit_register(k, "site7");
	kit_register(k, "site8");
	given = k->reply.home_addr;
	request = kit_request(k, "site8");
	request.lifetime = 0;
	assert_int_equal(kit_code(k, &request, "site8", HERE), 0);
	lose_items(k);
	assert_true(kit_logged(k, "everything is written"));
	assert_int_equal(k->store.n_items, 2); /* who left is remembered as well */
	had_store_ready(k->had, k->now);
	assert_int_equal(k->store.n_puts, 5); /* once */
	kit_restart(k, 100 * MS);
	assert_int_equal(dump(k, &rc), 1);
	k->now += 5 * S;
	kit_register(k, "site8");
	assert_true(addr_equal(&k->reply.home_addr, &given));
}

static void test_what_waits_for_the_store_is_put_again(void **state)
{
	struct kit *k = kit_new();
	struct mip_request request;
	int rc;

	k->conf = kit_conf();
	k->conf->durability = HAD_DURABILITY_BEFORE_REPLY;
	kit_checked(k->conf);
	k->has_store = k->store.slow = true;
	kit_start(k);
	request = kit_request(k, "site7");
	assert_int_equal(kit_code(k, &request, "site7", HERE), -1);
	lose_items(k);
	assert_int_equal(k->store.n_items, 1);
	kit_store_finish(k, 0);
	kit_restart(k, 100 * MS);
	assert_int_equal(dump(k, &rc), 1);
	kit_free(k);
}

/* records that are not what we wrote */

static void test_each_octet_of_a_record_counts(void **state)
{
	struct kit *k = *state;
	struct kit_item *item = &k->store.items[0];
	int rc;

	kit_register(k, "site7");
	for (size_t i = 0; i < item->len; i++) {
		item->data[i] ^= (uint8_t)(1 << i % 8);
		kit_restart(k, MS);
		assert_true(kit_logged(k, "left out"));
		assert_int_equal(dump(k, &rc), 0);
		assert_int_equal(rc, 0);
		item->data[i] ^= (uint8_t)(1 << i % 8);
	}
	kit_restart(k, MS);
	assert_int_equal(dump(k, &rc), 1);
}

static void test_each_truncation_of_a_record_is_left_out(void **state)
{
	struct kit *k = *state;
	size_t len;
	int rc;

	kit_register(k, "site7");
	len = k->store.items[0].len;
	for (size_t n = 0; n < len; n++) {
		k->store.items[0].len = n;
		kit_restart(k, MS);
		assert_int_equal(dump(k, &rc), 0);
	}
	assert_true(kit_logged(k, "") && kit_counter(k, COUNT_ACCEPTED) == 0);
}

static void test_record_under_another_name_is_left_out(void **state)
{
	struct kit *k = *state;
	int rc;

	kit_register(k, "site7");
	strcpy(k->store.items[0].key, "site8");
	kit_restart(k, MS);
	assert_int_equal(dump(k, &rc), 0);
}

static void test_no_key_is_in_any_record(void **state)
{
	struct kit *k = *state;
	const struct mip_sa *sa = sa_find(&k->conf->sas, 1007);

	kit_register(k, "site7");
	assert_null(memmem(k->store.items[0].data, k->store.items[0].len, sa->key, 8));
}

/* with the real store */

static void test_restart_on_the_embedded_store(void **state)
{
	struct kit *k = kit_new();
	char dir[] = "/tmp/raiic-had-XXXXXX", path[64], command[80];
	struct store *store;
	int rc;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/had.db", dir);
	k->conf = kit_conf();
	kit_checked(k->conf);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(store_open(&store, path, &k->log), 0);
		assert_int_equal(had_new(&k->had, &k->env, k->conf, store, k->now), 0);
		assert_int_equal(dump(k, &rc), round == 0 ? 0 : 2);
		assert_int_equal(rc, round == 0 ? MIPSOCK_LATER : 0);
		kit_told(k);
		k->now += S;
		kit_register(k, "site7");
		kit_register(k, "site8");
		kit_stop(k);
		store_close(store);
		k->now += S;
	}
	kit_free(k);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_STORE_TEST(test_bindings_are_back_before_anything_is_served),
		KIT_STORE_TEST(test_what_expired_meanwhile_is_not_back),
		KIT_STORE_TEST(test_deregistered_is_not_back),
		KIT_STORE_TEST(test_reboot_counts_lifetimes_by_the_wall_clock),
		KIT_STORE_TEST(test_wall_clock_set_back_gives_nobody_more_than_was_granted),
		KIT_STORE_TEST(test_wall_clock_step_within_one_boot_changes_no_lifetime),
		KIT_STORE_TEST(test_stored_stamp_plus_two_seconds_is_the_floor_after_a_crash),
		KIT_STORE_TEST(test_after_a_proper_close_the_stamp_itself_is_the_floor),
		KIT_STORE_TEST(test_lost_store_refuses_what_was_stamped_before_the_start),
		KIT_STORE_TEST(test_router_without_record_starts_at_our_start),
		KIT_STORE_TEST(test_clock_set_back_locks_nobody_out),
		KIT_STORE_TEST(test_clock_a_little_back_is_left_alone),
		KIT_STORE_TEST(test_pool_address_is_remembered_over_restarts),
		KIT_STORE_TEST(test_binding_that_the_configuration_no_longer_allows_is_not_back),
		KIT_STORE_TEST(test_records_of_nobody_are_forgotten_after_a_week),
		KIT_STORE_TEST(test_what_the_store_lost_is_put_again),
		cmocka_unit_test(test_what_waits_for_the_store_is_put_again),
		KIT_STORE_TEST(test_each_octet_of_a_record_counts),
		KIT_STORE_TEST(test_each_truncation_of_a_record_is_left_out),
		KIT_STORE_TEST(test_record_under_another_name_is_left_out),
		KIT_STORE_TEST(test_no_key_is_in_any_record),
		cmocka_unit_test(test_restart_on_the_embedded_store),
	};

	return cmocka_run_group_tests_name("had-restore", tests, NULL, NULL);
}
