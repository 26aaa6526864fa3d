/* SPDX-License-Identifier: BSD-2-Clause */
/* What tunneld tells back of the life before, and the configuration does not allow any more. */
#include "tests/unit/had-kept.h"

static void another_router(struct kit *k)
{
	kept.bc.identity = (struct mipm_str) { "site6", 5 };
}

static void nobody_there(struct kit *k)
{
	kept.bc.identity = (struct mipm_str) { 0 };
	kept.bc.home_addr = ip("10.200.0.6");
}

static void another_home_address(struct kit *k)
{
	kept.bc.home_addr = ip("10.200.0.6");
}

static void another_domain(struct kit *k)
{
	kept.bc.domain = 3;
}

static void another_home_agent(struct kit *k)
{
	kept.bc.home_agent = ip("203.0.113.9");
}

static void another_socket(struct kit *k)
{
	kept.paths[0].local = at("203.0.113.2:434");
}

static void another_port(struct kit *k)
{
	kept.paths[0].local = at("203.0.113.1:435");
}

static void another_encapsulation(struct kit *k)
{
	kept.paths[0].encap = MIPM_ENCAP_IPIP;
}

static void comes_from_inside(struct kit *k)
{
	kept.paths[0].remote = at("10.200.0.99:434");
}

static void no_udp(struct kit *k)
{
	((struct had_router *)had_conf_router(k->conf, "site7", 5))->udp_tunnel = HAD_UDP_TUNNEL_NO;
}

static void numbered_without_multipath(struct kit *k)
{
	kept.paths[0].number = 1;
}

static void over(struct kit *k)
{
	k->now += 300 * S;
}

static void test_what_is_not_allowed_any_more_is_taken_out(void **state)
{
	static void (*const changes[])(struct kit * k) = { another_router, nobody_there,
		another_home_address, another_domain, another_home_agent, another_socket,
		another_port, another_encapsulation, comes_from_inside, numbered_without_multipath,
		no_udp, over };
	struct kit *k = *state;
	struct kit_event as_said;

	kit_register(k, "site7");
	keep(k);
	as_said = kept;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		kept = as_said;
		kept.bc.paths = kept.paths;
		kept.bc.networks = kept.networks;
		kit_restart(k, MS);
		changes[i](k);
		tell(k, &kept.bc);
		if (kit_count(k, MIPM_BC_ADD) != 0 || kit_count(k, MIPM_BC_REMOVE) != 1)
			fail_msg("change %zu was adopted", i);
		assert_true(kit_last(k, MIPM_BC_REMOVE)->bc.generation > kept.bc.generation);
		assert_true(
			addr_equal(&kit_last(k, MIPM_BC_REMOVE)->bc.home_addr, &kept.bc.home_addr));
	}
}

static void test_networks_and_paths_shrink(void **state)
{
	struct kit *k = *state;

	three_paths(k);
	kit_restart(k, S);
	kept.networks[1] = net("10.99.0.0/24"); /* never this router's */
	kept.bc.n_networks = 2;
	kept.paths[0].local = at("203.0.113.2:434");
	k->conf->limits.max_paths = 1;
	tell(k, &kept.bc);
	assert_int_equal(kit_bc(k)->n_networks, 1);
	assert_int_equal(order(k), 3);
}

static void test_generations_rise_above_those_told(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	keep(k)->generation = UINT64_MAX - 1000;
	kit_restart(k, S);
	tell(k, &kept.bc);
	assert_true(kit_bc(k)->generation > UINT64_MAX - 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_what_is_not_allowed_any_more_is_taken_out),
		KIT_TEST(test_networks_and_paths_shrink),
		KIT_TEST(test_generations_rise_above_those_told),
	};

	return cmocka_run_group_tests_name("had-adoption-allowed", tests, NULL, NULL);
}
