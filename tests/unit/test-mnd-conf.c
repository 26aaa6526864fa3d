/* SPDX-License-Identifier: BSD-2-Clause */
/* mnd/conf.c: what is refused, and in which words. */
#include <errno.h>

#include "tests/unit/mnd-world.h"

static int setup(void **state)
{
	*state = world_prepare();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void expect_refused(const struct mnd_conf *conf, const char *words)
{
	char why[160] = "";

	assert_int_equal(mnd_conf_check(conf, why, sizeof(why)), -EINVAL);
	if (!strstr(why, words))
		fail_msg("\"%s\" lacks \"%s\"", why, words);
}

static void test_six_lines_are_enough(void **state)
{
	struct world *w = *state;
	char why[160];

	assert_int_equal(mnd_conf_check(&w->conf, why, sizeof(why)), 0);
	assert_int_equal(w->conf.port, 434);
	assert_int_equal(w->conf.local_port, 434);
	assert_int_equal(w->conf.lifetime_s, 300);
	assert_int_equal(w->conf.udp_tunnel, MND_UDP_TUNNEL_FORCE);
	assert_int_equal(w->conf.multipath, MND_MULTIPATH_AUTO);
	assert_int_equal(w->conf.route, MND_ROUTE_ALL);
}

static void test_home_agents_are_addresses_of_hosts(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "DNS name" },
		{ "ha_1.example.net", "DNS name" },
		{ "ha..example.net", "DNS name" },
		{ "2001:db8::1", "IPv6" },
		{ "224.0.0.1", "not the address of a host" },
		{ "0.0.0.0", "not the address of a host" },
		{ HA1, "twice" },
	};
	struct world *w = *state;
	char why[160];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
			mnd_conf_add_home_agent(&w->conf, rows[i].text, why, sizeof(why)), -EINVAL);
		assert_non_null(strstr(why, rows[i].words));
		assert_int_equal(w->conf.n_home_agents, 1);
	}
	assert_int_equal(mnd_conf_add_home_agent(&w->conf, HA2, why, sizeof(why)), 0);
	assert_int_equal(w->conf.n_home_agents, 2);
	assert_int_equal(mnd_conf_add_home_agent(&w->conf, "ha.example.net", why, sizeof(why)), 0);
	assert_string_equal(w->conf.home_agent_names[2], "ha.example.net");
	assert_int_equal(
		mnd_conf_add_home_agent(&w->conf, "HA.example.net", why, sizeof(why)), -EINVAL);
	assert_int_equal(mnd_conf_check(&w->conf, why, sizeof(why)), 0);
	w->conf.n_home_agents = MND_HOME_AGENTS_MAX;
	assert_int_equal(
		mnd_conf_add_home_agent(&w->conf, "203.0.113.9", why, sizeof(why)), -EINVAL);
	w->conf.n_home_agents = 0;
	expect_refused(&w->conf, "no home agent");
}

static void test_somebody_has_to_ask(void **state)
{
	struct world *w = *state;

	w->conf.identity[0] = '\0';
	expect_refused(&w->conf, "neither identity nor home-address");
	w->conf.home_addr = addr(HA1);
	expect_refused(&w->conf, "home agent's own");
	w->conf.home_addr = addr("255.255.255.255");
	expect_refused(&w->conf, "not the IPv4 address");
	memset(w->conf.identity, 'a', sizeof(w->conf.identity));
	expect_refused(&w->conf, "letters");
	w->conf.identity[0] = '\0';
	w->conf.home_addr = addr(HOME);
	assert_int_equal(mnd_conf_check(&w->conf, NULL, 0), 0);
}

static void test_each_spi_has_its_key(void **state)
{
	struct world *w = *state;

	w->conf.spis[w->conf.n_spis++] = 4711;
	expect_refused(&w->conf, "spi 4711");
	w->conf.n_spis = 0;
	expect_refused(&w->conf, "no spi");
	w->conf.n_spis = 1;
	w->conf.sas = NULL;
	expect_refused(&w->conf, "keys file");
}

static void test_networks_are_apart_and_do_not_hold_the_agent(void **state)
{
	struct world *w = *state;
	struct mipm_prefix *next = &w->conf.networks[w->conf.n_networks++];

	*next = prefix("10.7.0.128/25");
	expect_refused(&w->conf, "overlap");
	*next = prefix("203.0.113.0/24");
	expect_refused(&w->conf, "home agent's address");
	*next = prefix("0.0.0.0/0");
	expect_refused(&w->conf, "length");
	*next = prefix("127.0.0.0/8");
	expect_refused(&w->conf, "cannot be");
	*next = prefix("2001:db8::/64");
	expect_refused(&w->conf, "only IPv4");
	*next = prefix("10.8.0.0/24");
	assert_int_equal(mnd_conf_check(&w->conf, NULL, 0), 0);
}

static void test_route_home_needs_to_know_where_home_is(void **state)
{
	struct world *w = *state;
	char why[160];

	w->conf.route = MND_ROUTE_HOME;
	expect_refused(&w->conf, "route = home without home-networks");
	w->conf.home_networks[w->conf.n_home_networks++] = prefix("10.200.0.0/16");
	assert_int_equal(mnd_conf_check(&w->conf, why, sizeof(why)), 0);
}

static void test_numbers_have_ranges(void **state)
{
	struct world *w = *state;

	w->conf.lifetime_s = MND_LIFETIME_MIN - 1;
	expect_refused(&w->conf, "lifetime");
	w->conf.lifetime_s = MND_LIFETIME_MAX + 1;
	expect_refused(&w->conf, "lifetime");
	w->conf.lifetime_s = MND_LIFETIME_MAX;
	w->conf.local_port = 0;
	expect_refused(&w->conf, "port");
	w->conf.local_port = 434;
	w->conf.udp_tunnel = MND_UDP_TUNNEL_NO;
	expect_refused(&w->conf, "later version");
}

static void test_a_core_with_a_bad_configuration_is_not_made(void **state)
{
	struct world *w = *state;

	w->conf.n_spis = 0;
	assert_int_equal(
		mnd_new(&w->mnd, fakebus_env(w->bus, "mnd"), &w->conf, VTIME_START), -EINVAL);
	assert_null(w->mnd);
}

#define CONF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONF(test_six_lines_are_enough),
		CONF(test_home_agents_are_addresses_of_hosts),
		CONF(test_somebody_has_to_ask),
		CONF(test_each_spi_has_its_key),
		CONF(test_networks_are_apart_and_do_not_hold_the_agent),
		CONF(test_route_home_needs_to_know_where_home_is),
		CONF(test_numbers_have_ranges),
		CONF(test_a_core_with_a_bad_configuration_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
