/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/tunneld-rig.h"

/* Two routers at a home agent; site7 has two paths. */
static int setup(void **state)
{
	struct mipm_bc bc = rig_bc(
		"10.200.0.7", "10.7.0.0/24 2001:db8:7::/48", "192.0.2.7:434", "198.51.100.7:6000");
	struct rig *r;

	rig_setup(state);
	r = *state;
	rig_say(r, MIPM_BC_ADD, &bc);
	bc = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.8:434", NULL);
	rig_say(r, MIPM_BC_ADD, &bc);
	return 0;
}

static void test_destination_chooses_the_tunnel(void **state)
{
	struct rig *r = *state;

	assert_string_equal(rig_out(r, "192.0.2.80", "10.200.0.7"), "ok 1");
	assert_string_equal(rig_out(r, "192.0.2.80", "10.7.0.5"), "ok 1");
	assert_string_equal(rig_out(r, "2001:db8::1", "2001:db8:7::5"), "ok 1");
	assert_string_equal(rig_out(r, "10.7.0.5", "10.8.0.5"), "ok 1");
	assert_string_equal(rig_out(r, "192.0.2.80", "10.200.0.9"), "no-entry");
	assert_string_equal(rig_out(r, "192.0.2.80", "10.9.0.1"), "no-entry");
}

static void test_only_ends_of_live_paths_are_admitted(void **state)
{
	struct rig *r = *state;

	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "198.51.100.7:6000", "10.7.0.5", "192.0.2.80"), "ok 2");
	assert_string_equal(rig_in(r, 1, "192.0.2.7:435", "10.7.0.5", "192.0.2.80"), "stranger");
	assert_string_equal(rig_in(r, 1, "192.0.2.9:434", "10.7.0.5", "192.0.2.80"), "stranger");
	assert_string_equal(rig_in(r, 11, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "stranger");
	assert_string_equal(
		rig_in(r, 1, "[2001:db8::7]:434", "10.7.0.5", "192.0.2.80"), "stranger");
}

/* THREATS T7: sources and destinations that never pass, from a path that is admitted. */
static void test_spoofed_packets_stay_outside(void **state)
{
	static const struct {
		const char *src, *dst, *verdict;
	} cases[] = {
		{ "10.8.0.5", "192.0.2.80", "source" },	   /* another router's network */
		{ "10.200.0.8", "192.0.2.80", "source" },  /* another router's home address */
		{ "10.200.0.1", "192.0.2.80", "source" },  /* home network, nobody's */
		{ "203.0.113.1", "192.0.2.80", "source" }, /* the home agent itself */
		{ "192.0.2.7", "192.0.2.80", "source" },   /* its own outer address */
		{ "192.0.2.80", "10.7.0.5", "source" },	   /* somebody in the Internet */
		{ "127.0.0.1", "192.0.2.80", "source" },
		{ "0.0.0.0", "192.0.2.80", "source" },
		{ "224.0.0.5", "192.0.2.80", "source" },
		{ "255.255.255.255", "192.0.2.80", "source" },
		{ "2001:db8:8::1", "2001:db8::1", "source" },
		{ "10.7.0.5", "127.0.0.1", "destination" },
		{ "10.7.0.5", "255.255.255.255", "destination" },
		{ "10.7.0.5", "224.0.0.9", "destination" },
		{ "10.7.0.5", "169.254.1.1", "destination" },
		{ "10.7.0.5", "0.0.0.0", "destination" },
		{ "2001:db8:7::5", "::1", "destination" },
		{ "2001:db8:7::5", "fe80::1", "destination" },
		{ "2001:db8:7::5", "ff02::1", "destination" },
		{ "2001:db8:7::5", "::ffff:10.8.0.1", "destination" },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(rig_in(r, 1, "192.0.2.7:434", cases[i].src, cases[i].dst),
			cases[i].verdict);
}

static void test_ttl_zero_goes_no_further(void **state)
{
	struct rig *r = *state;
	uint8_t packet[128];
	size_t len = rig_packet(packet, "10.7.0.5", "192.0.2.80");

	packet[8] = 0;
	assert_string_equal(rig_in_packet(r, 1, "192.0.2.7:434", packet, len), "ttl");
	packet[8] = 1;
	assert_string_equal(rig_in_packet(r, 1, "192.0.2.7:434", packet, len), "ok 1");
}

static void test_our_own_port_is_not_reached_through_the_tunnel(void **state)
{
	struct rig *r = *state;
	uint8_t packet[128];
	size_t len = rig_packet(packet, "10.7.0.5", "203.0.113.1");

	assert_string_equal(rig_in_packet(r, 1, "192.0.2.7:434", packet, len), "ok 1");
	put16(packet + 22, 434);
	assert_string_equal(rig_in_packet(r, 1, "192.0.2.7:434", packet, len), "loop");
}

static void test_tunnel_data_is_not_put_into_its_own_tunnel(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.9", "10.9.0.0/24", "10.10.0.9:434", NULL);
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	uint8_t packet[128];
	struct inner in;
	size_t len;

	/* its care-of address lies in another one's network: nested, and fine */
	rig_say(r, MIPM_BC_ADD, &bc);
	bc = rig_bc("10.200.0.8", "10.8.0.0/24 10.10.0.0/24", "192.0.2.8:434", NULL);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_out(r, "203.0.113.1", "10.10.0.9"), "ok 1");
	/* but what would go to 192.0.2.8:434 again does not */
	bc = rig_bc("10.200.0.8", "10.8.0.0/24 192.0.2.0/28", "10.8.0.1:434", NULL);
	rig_forget(r);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_int_equal(rig_count(r, MIPM_TUN_STATE), 1); /* refused by itself */
	len = rig_packet(packet, "203.0.113.1", "192.0.2.7");
	put16(packet + 22, 434);
	assert_true(inner_parse(packet, len, &in));
	bc = rig_bc("10.200.0.7", "10.7.0.0/24", "192.0.2.7:434", NULL);
	rig_say(r, MIPM_BC_ADD, &bc);
	bc = rig_bc("192.0.2.7", "", "192.0.2.7:434", NULL); /* home address = outer address */
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_int_equal(fib_route(fib_domain(&r->f->fib, 0), &in, &hop, &tunnel), FIB_LOOP);
}

static void test_two_homes_behind_one_end_are_told_apart(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.17", "10.17.0.0/24", "192.0.2.7:434", NULL);

	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.17.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "192.0.2.8:434", "10.17.0.5", "192.0.2.80"), "source");
	rig_say(r, MIPM_BC_REMOVE, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.17.0.5", "192.0.2.80"), "source");
}

static void test_a_network_follows_the_later_claim(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24 10.7.0.0/24", "192.0.2.8:434", NULL);

	rig_forget(r);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.8:434", "10.7.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "source");
	/* its earlier owner's leaving takes nothing from the new one */
	bc = rig_bc("10.200.0.7", "", "192.0.2.7:434", NULL);
	rig_say(r, MIPM_BC_REMOVE, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.8:434", "10.7.0.5", "192.0.2.80"), "ok 1");
	for (size_t i = 0; i < r->n_claimed; i++)
		assert_string_not_equal(r->claimed[i], "-10.7.0.0/24");
}

static void test_claims_are_told_once(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24 10.18.0.0/24", "192.0.2.8:434", NULL);

	rig_forget(r);
	rig_say(r, MIPM_BC_ADD, &bc);
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_int_equal(r->n_claimed, 1);
	assert_string_equal(r->claimed[0], "+10.18.0.0/24");
	rig_say(r, MIPM_BC_REMOVE, &bc);
	assert_int_equal(r->n_claimed, 4);
}

static void test_a_moved_end_is_the_only_one(void **state)
{
	struct rig *r = *state;
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.8:7000", NULL);

	rig_say(r, MIPM_BC_ADD, &bc);
	assert_string_equal(rig_in(r, 1, "192.0.2.8:7000", "10.8.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_in(r, 1, "192.0.2.8:434", "10.8.0.5", "192.0.2.80"), "stranger");
}

static void test_counters_survive_a_refresh_and_not_an_index(void **state)
{
	struct rig *r = *state;
	struct mipm_addr home = A("10.200.0.8"), none = { 0 };
	struct fib_path *p = fib_path_find(fib_tunnel_find(&r->f->fib, 0, &home, &none), 1);
	struct mipm_bc bc = rig_bc("10.200.0.8", "10.8.0.0/24", "192.0.2.8:7000", NULL);
	struct fib_sums sums;
	uint32_t index = p->index;

	rig_traffic(r, p, true, false);
	rig_traffic(r, p, true, true);
	rig_traffic(r, p, false, false);
	rig_say(r, MIPM_BC_ADD, &bc);
	fib_path_sums(&r->f->fib, p, &sums);
	assert_int_equal(sums.packets_in, 2);
	assert_int_equal(sums.octets_in, 200);
	assert_int_equal(sums.packets_out, 1);
	assert_int_equal(sums.last_in_at, r->now);
	/* Its index is used again, but late: a worker may still count for it. */
	rig_say(r, MIPM_BC_REMOVE, &bc);
	assert_null(fib_path_at(&r->f->fib, index));
	rig_say(r, MIPM_BC_ADD, &bc);
	assert_null(fib_path_at(&r->f->fib, index));
	for (int i = 0; i < 2 * FIB_CHUNK && !fib_path_at(&r->f->fib, index); i++) {
		r->n_claimed = 0;
		rig_say(r, MIPM_BC_REMOVE, &bc);
		rig_say(r, MIPM_BC_ADD, &bc);
	}
	p = fib_path_at(&r->f->fib, index);
	assert_non_null(p);
	fib_path_sums(&r->f->fib, p, &sums);
	assert_int_equal(sums.packets_in, 0);
	assert_int_equal(sums.last_in_at, 0);
}

static void test_many_tunnels_come_and_go(void **state)
{
	struct rig *r = *state;
	char home[32], network[32], remote[32];
	struct mipm_bc bc;

	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3000; i++) {
			snprintf(home, sizeof(home), "10.201.%u.%u", i / 250, i % 250 + 1);
			snprintf(network, sizeof(network), "10.%u.%u.0/24", 100 + i / 250, i % 250);
			snprintf(remote, sizeof(remote), "198.18.%u.%u:434", i / 250, i % 250 + 1);
			bc = rig_bc(home, network, remote, NULL);
			r->n_claimed = 0;
			rig_say(r, MIPM_BC_ADD, &bc);
		}
		assert_string_equal(
			rig_in(r, 1, "198.18.11.250:434", "10.111.249.9", "192.0.2.80"), "ok 1");
		assert_string_equal(
			rig_in(r, 1, "198.18.11.250:434", "10.111.248.9", "192.0.2.80"), "source");
		for (unsigned i = 0; i < 3000; i++) {
			snprintf(home, sizeof(home), "10.201.%u.%u", i / 250, i % 250 + 1);
			bc = rig_bc(home, "", NULL, NULL);
			r->n_claimed = 0;
			rig_say(r, MIPM_BC_REMOVE, &bc);
		}
	}
	assert_int_equal(r->f->fib.tunnels.n_links, 2);
	assert_int_equal(r->f->fib.n_live_paths, 3);
	assert_true(r->f->fib.n_paths < 3000 + 2 * FIB_CHUNK);
	assert_string_equal(rig_in(r, 1, "192.0.2.7:434", "10.7.0.5", "192.0.2.80"), "ok 1");
}

/* a mobile router */

static int setup_router(void **state)
{
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	struct rig *r;

	rig_setup(state);
	r = *state;
	rig_as(r, "mnd");
	rig_say(r, MIPM_BUL_ADD, &bul);
	bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);
	rig_say(r, MIPM_BUL_ADD, &bul);
	return 0;
}

static void test_router_sends_its_own_sources_only(void **state)
{
	struct rig *r = *state;

	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_out(r, "10.200.0.7", "192.0.2.80"), "ok 1");
	assert_string_equal(rig_out(r, "10.8.0.5", "192.0.2.80"), "source");
	assert_string_equal(rig_out(r, "192.168.1.2", "192.0.2.80"), "source");
	assert_string_equal(rig_out(r, "10.7.0.5", "10.7.0.6"), "no-entry"); /* it is here */
	assert_string_equal(rig_out(r, "2001:db8:7::5", "2001:db8::1"), "no-entry");
}

static void test_router_takes_its_own_destinations_only(void **state)
{
	struct rig *r = *state;

	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "192.0.2.80", "10.7.0.5"), "ok 1");
	assert_string_equal(rig_in(r, 12, "203.0.113.1:434", "192.0.2.80", "10.200.0.7"), "ok 2");
	assert_string_equal(
		rig_in(r, 11, "203.0.113.1:434", "192.0.2.80", "192.168.1.2"), "destination");
	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "10.7.0.6", "10.7.0.5"), "source");
	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "10.200.0.7", "10.7.0.5"), "source");
	assert_string_equal(rig_in(r, 11, "203.0.113.2:434", "192.0.2.80", "10.7.0.5"), "stranger");
}

static void test_a_direct_tunnel_takes_the_correspondents_networks(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);
	struct mipm_prefix remote = P("10.8.0.0/24");

	bul.peer = A("192.0.2.8");
	bul.path.remote = E("192.0.2.8:434");
	bul.route = 1;
	bul.networks_remote = &remote;
	bul.n_networks_remote = 1;
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_string_equal(rig_in(r, 11, "192.0.2.8:434", "10.8.0.5", "10.7.0.5"), "ok 1");
	assert_string_equal(rig_in(r, 11, "192.0.2.8:434", "192.0.2.80", "10.7.0.5"), "source");
	/* what falls back to the home agent's tunnel is taken there as well */
	assert_string_equal(rig_in(r, 12, "203.0.113.1:434", "10.8.0.5", "10.7.0.5"), "ok 2");
	assert_string_equal(rig_out(r, "10.7.0.5", "10.8.0.5"), "ok 1");
	rig_say(r, MIPM_BUL_REMOVE, &bul);
	assert_string_equal(rig_in(r, 11, "192.0.2.8:434", "10.8.0.5", "10.7.0.5"), "stranger");
	assert_string_equal(rig_out(r, "10.7.0.5", "10.8.0.5"), "ok 1"); /* by the home agent */
	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "192.0.2.80", "10.7.0.5"), "ok 1");
}

static void test_the_default_goes_back_to_the_other_home_agent(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 2);
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	uint8_t packet[128];
	struct inner in;

	assert_true(inner_parse(packet, rig_packet(packet, "10.7.0.5", "192.0.2.80"), &in));
	bul.peer = A("203.0.113.2");
	bul.path.remote = E("203.0.113.2:434");
	rig_say(r, MIPM_BUL_ADD, &bul);
	fib_route(fib_domain(&r->f->fib, 0), &in, &hop, &tunnel);
	assert_true(addr_equal(&tunnel->peer, &bul.peer));
	rig_say(r, MIPM_BUL_REMOVE, &bul);
	assert_int_equal(fib_route(fib_domain(&r->f->fib, 0), &in, &hop, &tunnel), FIB_OK);
	assert_false(addr_equal(&tunnel->peer, &bul.peer));
	assert_string_equal(rig_in(r, 11, "203.0.113.1:434", "192.0.2.80", "10.7.0.5"), "ok 1");
}

static void test_ipv6_goes_into_the_tunnel_when_the_site_has_it(void **state)
{
	struct rig *r = *state;
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24 2001:db8:7::/48", 1);

	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_string_equal(rig_out(r, "2001:db8:7::5", "2001:db8::1"), "ok 1");
	assert_string_equal(
		rig_in(r, 11, "203.0.113.1:434", "2001:db8::1", "2001:db8:7::5"), "ok 1");
	assert_string_equal(
		rig_in(r, 11, "203.0.113.1:434", "2001:db8:7::6", "2001:db8:7::5"), "source");
}

static void test_outer_ipv6(void **state)
{
	struct rig *r = *state;
	struct mipm_endpoint v6 = E("[::]:434");
	struct mipm_bul bul = rig_bul("10.200.0.7", "10.7.0.0/24", 1);

	bul.path.remote = E("[2001:db8::1]:434");
	rig_forget(r);
	rig_say(r, MIPM_BUL_ADD, &bul);
	assert_int_equal(rig_said(r, MIPM_TUN_STATE, 0)->tun_state.code, 19); /* ENODEV */
	assert_int_equal(forwarder_socket(r->f, r->now, 21, 11, &v6, 1500), 0);
	assert_string_equal(rig_in(r, 21, "[2001:db8::1]:434", "192.0.2.80", "10.7.0.5"), "ok 1");
	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "ok 1");
}

static void test_path_waits_for_its_socket(void **state)
{
	struct rig *r = *state;
	struct mipm_endpoint v4 = E("0.0.0.0:434");

	forwarder_socket_gone(r->f, r->now, 11);
	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "ok 2");
	forwarder_socket_gone(r->f, r->now, 12);
	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "no-path");
	forwarder_socket(r->f, r->now, 33, 12, &v4, 1500);
	assert_string_equal(rig_out(r, "10.7.0.5", "192.0.2.80"), "ok 2");
	assert_string_equal(rig_in(r, 33, "203.0.113.1:434", "192.0.2.80", "10.7.0.5"), "ok 2");
}

int main(void)
{
#define HOME(name)   cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
#define ROUTER(name) cmocka_unit_test_setup_teardown(name, setup_router, rig_teardown)
	const struct CMUnitTest tests[] = {
		HOME(test_destination_chooses_the_tunnel),
		HOME(test_only_ends_of_live_paths_are_admitted),
		HOME(test_spoofed_packets_stay_outside),
		HOME(test_ttl_zero_goes_no_further),
		HOME(test_our_own_port_is_not_reached_through_the_tunnel),
		HOME(test_tunnel_data_is_not_put_into_its_own_tunnel),
		HOME(test_two_homes_behind_one_end_are_told_apart),
		HOME(test_a_network_follows_the_later_claim),
		HOME(test_claims_are_told_once),
		HOME(test_a_moved_end_is_the_only_one),
		HOME(test_counters_survive_a_refresh_and_not_an_index),
		HOME(test_many_tunnels_come_and_go),
		ROUTER(test_router_sends_its_own_sources_only),
		ROUTER(test_router_takes_its_own_destinations_only),
		ROUTER(test_a_direct_tunnel_takes_the_correspondents_networks),
		ROUTER(test_the_default_goes_back_to_the_other_home_agent),
		ROUTER(test_ipv6_goes_into_the_tunnel_when_the_site_has_it),
		ROUTER(test_outer_ipv6),
		ROUTER(test_path_waits_for_its_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
