/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration may not say, and what is told to whoever wrote it. */
#include "tests/unit/had-kit.h"

static int setup(void **state)
{
	*state = kit_conf();
	return 0;
}

static int teardown(void **state)
{
	*state = had_conf_free(*state);
	return 0;
}

static void expect(struct had_conf *conf, const char *text)
{
	char error[HAD_CONF_ERROR_MAX];

	assert_int_equal(had_conf_check(conf, error), -EINVAL);
	if (!strstr(error, text))
		fail_msg("\"%s\" is not in \"%s\"", text, error);
}

/* Another router, written in line 9 of the routers file. */
static struct had_router *other(struct had_conf *conf)
{
	struct had_router *router;

	kit_key(conf, 1010);
	router = kit_add(conf, "other", 1010, NULL);
	router->place = (struct had_place) { .file = "routers", .line = 9 };
	return router;
}

static void test_good_one_is_good_and_finds_things(void **state)
{
	struct had_conf *conf = *state;
	const struct mipm_addr home = ip("10.200.0.7");
	const struct mipm_prefix part = net("10.17.3.0/24"), free_net = net("10.18.0.0/16");
	struct mipm_prefix which;

	kit_checked(conf);
	assert_ptr_equal(had_conf_spi(conf, 1007)->router, &conf->routers[0]);
	assert_int_equal(had_conf_spi(conf, 1007)->sa->spi, 1007);
	assert_null(had_conf_spi(conf, 1));
	assert_ptr_equal(had_conf_router(conf, "site8", 5), &conf->routers[1]);
	assert_null(had_conf_router(conf, "site8", 4));
	assert_ptr_equal(had_conf_router_at(conf, &home), &conf->routers[0]);
	assert_ptr_equal(had_conf_network(conf, &part, &which), &conf->routers[0]);
	assert_int_equal(which.len, 16);
	assert_null(had_conf_network(conf, &free_net, NULL));
}

static void test_place_is_said_where_it_is_known(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->home_addr = ip("10.200.0.7");
	expect(conf, "routers:9: home-address 10.200.0.7 of other is also that of site7");
}

static void test_no_address(void **state)
{
	struct had_conf *conf = *state;

	conf->n_home_agents = 0;
	expect(conf, "needs an address");
}

static void test_address_that_is_none_of_a_host(void **state)
{
	struct had_conf *conf = *state;

	conf->home_agents[0] = ip("224.0.0.11");
	expect(conf, "address 224.0.0.11 is no unicast IPv4 address");
}

static void test_address_twice(void **state)
{
	struct had_conf *conf = *state;

	conf->home_agents[conf->n_home_agents++] = ip("203.0.113.1");
	expect(conf, "given twice");
}

static void test_home_network_everything(void **state)
{
	struct had_conf *conf = *state;

	conf->home_networks[0] = net("0.0.0.0/0");
	expect(conf, "home-network 0.0.0.0/0 is everything");
}

static void test_home_networks_overlapping(void **state)
{
	struct had_conf *conf = *state;

	conf->home_networks[conf->n_home_networks++] = net("10.200.0.128/25");
	expect(conf, "overlaps another");
}

static void test_limits(void **state)
{
	struct had_conf *conf = *state;

	conf->limits.max_paths = 17;
	expect(conf, "paths per binding must be 1 to 16");
	conf->limits.max_paths = 8;
	conf->max_lifetime_s = 0;
	expect(conf, "max-lifetime");
	conf->max_lifetime_s = 600;
	conf->port = 0;
	expect(conf, "port");
}

static void test_router_without_name(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->name[0] = '\0';
	expect(conf, "name has 1 to 255 octets");
}

static void test_router_twice(void **state)
{
	struct had_conf *conf = *state;
	struct had_router *router = other(conf);

	free(router->name);
	router->name = strdup("site8");
	expect(conf, "site8 is configured twice");
}

static void test_router_without_spi(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->n_spis = 0;
	expect(conf, "other has no spi");
}

static void test_spi_without_key(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->spis[0] = 4711;
	expect(conf, "spi 4711 of mobile router other is not in the keys file");
}

static void test_spi_of_another(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->spis[0] = 1008;
	expect(conf, "spi 1008 of mobile router other is also that of site8");
}

static void test_spi_twice_at_one_router(void **state)
{
	struct had_conf *conf = *state;
	struct had_router *router = other(conf);

	router->spis[router->n_spis++] = 1010;
	expect(conf, "spi 1010");
}

static void test_spis_of_two_replay_styles(void **state)
{
	struct had_conf *conf = *state;
	struct had_router *router = other(conf);

	kit_key(conf, 1011);
	sa_find(&conf->sas, 1011)->replay = REPLAY_NONCES;
	router->spis[router->n_spis++] = 1011;
	expect(conf, "differ in replay protection");
}

static void test_home_address_of_the_home_agent(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->home_addr = ip("203.0.113.1");
	expect(conf, "is the home agent's own");
}

static void test_home_address_in_a_network_of_another(void **state)
{
	struct had_conf *conf = *state;

	other(conf)->home_addr = ip("10.8.0.9");
	expect(conf, "home-address 10.8.0.9 of other lies in a network of site8");
}

static void test_pool_router_without_pool(void **state)
{
	struct had_conf *conf = *state;

	conf->n_home_networks = 0;
	expect(conf, "no home-network to take one from");
}

static void test_networks_that_nobody_may_have(void **state)
{
	static const struct {
		const char *network, *text;
	} bad[] = {
		{ "10.8.0.0/24", "overlaps 10.8.0.0/24 of site8" },
		{ "10.8.0.64/26", "overlaps 10.8.0.0/24 of site8" },
		{ "10.0.0.0/8", "overlaps" },
		{ "10.200.0.0/25", "overlaps home-network 10.200.0.0/24" },
		{ "0.0.0.0/0", "is everything" },
		{ "127.1.0.0/16", "loopback" },
		{ "126.0.0.0/7", "loopback" },
		{ "224.0.0.0/8", "multicast" },
		{ "128.0.0.0/1", "multicast" },
		{ "255.255.255.255/32", "broadcast" },
		{ "203.0.113.0/24", "the home agent's own address" },
		{ "2001:db8::/32", "not IPv4" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct had_conf *conf = kit_conf();

		kit_grant(other(conf), bad[i].network);
		expect(conf, bad[i].text);
		had_conf_free(conf);
	}
}

static void test_network_twice_at_one_router(void **state)
{
	struct had_conf *conf = *state;
	struct had_router *router = other(conf);

	kit_grant(router, "10.9.0.0/24");
	kit_grant(router, "10.9.0.0/25");
	expect(conf, "network 10.9.0.0/25 of other overlaps 10.9.0.0/24 of other");
}

static void test_home_address_in_its_own_network_is_fine(void **state)
{
	struct had_conf *conf = *state;
	struct had_router *router = other(conf);

	kit_grant(router, "10.9.0.0/24");
	router->home_addr = ip("10.9.0.1");
	kit_checked(conf);
}

static void test_many_routers_are_no_matter(void **state)
{
	enum {
		N = 20000
	};
	struct had_conf *conf = *state;
	struct had_router *routers = calloc(N, sizeof(*routers));
	char text[32];

	for (unsigned i = 0; i < conf->n_routers; i++) {
		free(conf->routers[i].name);
		free(conf->routers[i].spis);
		free(conf->routers[i].networks);
	}
	free(conf->routers);
	conf->routers = routers;
	conf->n_routers = N;
	for (unsigned i = 0; i < N; i++) {
		uint8_t key[16] = { (uint8_t)i, (uint8_t)(i >> 8), 1 };
		struct mip_sa *sa;

		assert_int_equal(sa_new(100000 + i, MIP_HMAC_SHA256, key, sizeof(key), &sa), 0);
		assert_int_equal(sa_set_add(&conf->sas, sa), 0);
		snprintf(text, sizeof(text), "router%u", i);
		routers[i].name = strdup(text);
		routers[i].spis = calloc(1, sizeof(uint32_t));
		routers[i].spis[routers[i].n_spis++] = 100000 + i;
		routers[i].networks = calloc(1, sizeof(struct mipm_prefix));
		snprintf(text, sizeof(text), "20.%u.%u.0/24", i >> 8, i & 255);
		kit_grant(&routers[i], text);
		routers[i].home_addr = addr_from_v4(UINT32_C(0x1e000000) + i);
	}
	kit_checked(conf);
	assert_ptr_equal(had_conf_spi(conf, 100000 + N - 1)->router, &routers[N - 1]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_one_is_good_and_finds_things),
		TEST(test_place_is_said_where_it_is_known),
		TEST(test_no_address),
		TEST(test_address_that_is_none_of_a_host),
		TEST(test_address_twice),
		TEST(test_home_network_everything),
		TEST(test_home_networks_overlapping),
		TEST(test_limits),
		TEST(test_router_without_name),
		TEST(test_router_twice),
		TEST(test_router_without_spi),
		TEST(test_spi_without_key),
		TEST(test_spi_of_another),
		TEST(test_spi_twice_at_one_router),
		TEST(test_spis_of_two_replay_styles),
		TEST(test_home_address_of_the_home_agent),
		TEST(test_home_address_in_a_network_of_another),
		TEST(test_pool_router_without_pool),
		TEST(test_networks_that_nobody_may_have),
		TEST(test_network_twice_at_one_router),
		TEST(test_home_address_in_its_own_network_is_fine),
		TEST(test_many_routers_are_no_matter),
	};

	return cmocka_run_group_tests_name("had-conf", tests, NULL, NULL);
}
