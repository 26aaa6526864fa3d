/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Form, home agent, care-of address, UDP tunnel and encapsulation: the table of mipv4.md section
 * 8.2 row by row, and each code that stands around it.
 */
#include "tests/unit/had-kit.h"

#define NATTED "192.0.2.9:40000"

/* form */

/* A signed request with extensions that the builder never writes. */
static int code_with(struct kit *k, const void *extensions, size_t n)
{
	struct mip_request request = kit_request(k, "site7");
	size_t before = kit_count(k, MIPM_SIG_OUT);
	uint8_t octets[MIP_MESSAGE_MAX];
	struct mip_writer w;

	mip_writer_init(&w, octets, sizeof(octets));
	mip_write_u8(&w, 1);
	mip_write_u8(&w, request.flags);
	mip_write_u16(&w, request.lifetime);
	mip_write_v4(&w, &request.home_addr);
	mip_write_v4(&w, &request.home_agent);
	mip_write_v4(&w, &request.careof_addr);
	mip_write_u64(&w, request.ident);
	mip_write_octets(&w, extensions, n);
	assert_int_equal(mac_seal(k->mac, kit_sa(k, 1007), &w), 0);
	kit_octets(k, octets, w.pos, HERE);
	return kit_count(k, MIPM_SIG_OUT) > before ? kit_reply(k, 1007)->code : -1;
}

#define NAI  "\x83\x05site7"
#define CVSE "\x26\0\0\x06\0\0\0\x09\0\x01"
#define AAA  "\x24\x01\0\x14\0\0\x04\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"

static void test_what_is_wrong_in_the_signed_part(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
		int code;
	} rows[] = {
		{ NAI NAI, sizeof(NAI NAI) - 1, MIP_CODE_POORLY_FORMED },
		{ NAI CVSE, sizeof(NAI CVSE) - 1, MIP_CODE_CVSE_FROM_MN },
		{ NAI AAA, sizeof(NAI AAA) - 1, MIP_CODE_POORLY_FORMED },
	};
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(code_with(k, rows[i].octets, rows[i].n), rows[i].code);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static int code_with_tail(struct kit *k, const uint8_t *tail, size_t n)
{
	const struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	size_t len, before = kit_count(k, MIPM_SIG_OUT);

	assert_int_equal(
		mip_request_build(&request, k->mac, kit_sa(k, 1007), octets, sizeof(octets), &len),
		0);
	memcpy(octets + len, tail, n);
	kit_octets(k, octets, len + n, HERE);
	return kit_count(k, MIPM_SIG_OUT) > before ? kit_reply(k, 1007)->code : -1;
}

static void test_foreign_agent_authentication_without_association_is_silence(void **state)
{
	struct kit *k = *state;
	const uint8_t fa_ha[] = { 34, 20, 0, 0, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16 };

	assert_int_equal(code_with_tail(k, fa_ha, sizeof(fa_ha)), -1);
	assert_int_equal(kit_counter(k, COUNT_FOREIGN_AGENT_AUTHENTICATION), 1);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_what_stands_behind_the_authenticator_grants_nothing(void **state)
{
	struct kit *k = *state;
	const uint8_t network[] = { 148, 6, 0, 16, 10, 99, 0, 0 };
	const uint8_t udp[] = { 144, 6, 0, 0, 0x80, 0, 0, 0 };

	assert_int_equal(code_with_tail(k, network, sizeof(network)), 0);
	assert_int_equal(kit_bc(k)->n_networks, 2); /* implicit: it asked for none */
	assert_int_equal(code_with_tail(k, udp, sizeof(udp)), MIP_CODE_POORLY_FORMED);
}

static void test_critical_vendor_extension_is_141_behind(void **state)
{
	struct kit *k = *state;
	const uint8_t cvse[] = { 38, 0, 0, 6, 0, 0, 0, 9, 0, 1 };

	assert_int_equal(code_with_tail(k, cvse, sizeof(cvse)), MIP_CODE_CVSE_FROM_FA);
}

static void test_challenge_goes_back_behind_the_authenticator(void **state)
{
	const uint8_t tail[] = { 132, 4, 0xc1, 0xc2, 0xc3, 0xc4, 36, 1, 0, 5, 0, 0, 4, 0, 99 };
	struct kit *k = *state;
	const struct kit_event *event;
	const struct mip_ext *ext;

	assert_int_equal(code_with_tail(k, tail, sizeof(tail)), 0);
	ext = mip_ext_find(&k->reply.ext, MIP_EXT_CHALLENGE, 0);
	assert_non_null(ext);
	assert_true(ext->after_auth);
	event = kit_last(k, MIPM_SIG_OUT);
	assert_memory_equal(event->payload + event->sig.payload.len - 6, tail, 6);
	assert_null(mip_ext_find(&k->reply.ext, MIP_EXT_GENERAL_AUTH, 1)); /* RFC 4721: never */
	assert_int_equal(code_with_tail(k, tail, 0), 0);
	assert_null(mip_ext_find(&k->reply.ext, MIP_EXT_CHALLENGE, 0));
}

/* home agent */

static void test_home_agent_that_is_not_ours_is_136_with_our_address(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	request.home_agent = ip("203.0.113.255");
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->code, MIP_CODE_UNKNOWN_HOME_AGENT);
	assert_true(addr_equal(&reply->home_agent, &k->conf->home_agents[0]));
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_request_to_all_hosts_of_the_home_network_finds_us(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mipm_addr all = ip("10.200.0.255"), us = ip("203.0.113.1");
	struct mipm_msg msg = { .type = MIPM_SIG_IN, .body = &k->sent_sig };
	const struct kit_event *event;

	assert_true(addr_equal(&k->wants[k->n_wants - 1].local, &all));
	request.home_agent = all;
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_UNKNOWN_HOME_AGENT);
	request = kit_request(k, "site7"); /* even with the right field */
	assert_int_equal(mip_request_build(&request, k->mac, kit_sa(k, 1007), k->sent,
				 sizeof(k->sent), &k->sent_len),
		0);
	k->sent_sig.local.addr = all;
	k->sent_sig.payload.len = (uint32_t)k->sent_len;
	had_ops.input(k->had, k->now, &msg);
	event = kit_last(k, MIPM_SIG_OUT);
	assert_true(addr_equal(&event->sig.local.addr, &us)); /* from our own address */
	assert_int_equal(mip_reply_parse(event->sig.payload, &k->reply), MIP_VERDICT_OK);
	assert_int_equal(k->reply.code, MIP_CODE_UNKNOWN_HOME_AGENT);
	assert_true(addr_equal(&k->reply.home_agent, &us));
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

/* care-of address */

static int code_careof(struct kit *k, const char *careof, const char *from)
{
	struct mip_request request = kit_request(k, "site7");

	request.careof_addr = ip(careof);
	return kit_code(k, &request, "site7", from);
}

static void test_care_of_addresses_that_cannot_be_one(void **state)
{
	static const char *const bad[] = { "127.0.0.1", "224.0.0.1", "255.255.255.255",
		"10.200.0.7" /* its home address */ };
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(code_careof(k, bad[i], HERE), MIP_CODE_POORLY_FORMED);
	assert_int_equal(code_careof(k, "0.0.0.0", HERE), MIP_CODE_ZERO_CAREOF_ADDRESS);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_tunnel_may_not_end_behind_itself(void **state)
{
	static const char *const loops[] = { "10.7.0.9:434", "10.17.3.3:434", "10.200.0.9:434",
		"203.0.113.1:434" };
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++)
		assert_int_equal(code_careof(k, "192.168.1.2", loops[i]), MIP_CODE_PROHIBITED);
	assert_int_equal(code_careof(k, "10.7.0.9", HERE), 0); /* a private one behind a NAT */
}

/* UDP tunnel */

struct row {
	enum had_udp_tunnel policy;
	bool asked, force, nat;
	uint8_t encap;
	uint8_t flags;
	int code; /* of the reply */
	int told; /* enum mipm_encap in BC_ADD */
};

#define D MIP_FLAG_D
#define G MIP_FLAG_G
#define M MIP_FLAG_M

static const struct row rows[] = {
	/* policy, asked, F, NAT, encapsulation, flags -> code, told */
	{ HAD_UDP_TUNNEL_NATTED, true, false, true, 0, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 0, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NATTED, true, true, true, 0, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NATTED, true, false, false, 0, D, 139, 0 }, /* 44 would say 64 */
	{ HAD_UDP_TUNNEL_FORCE, true, false, false, 0, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_FORCE, true, true, false, 0, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NO, true, true, false, 0, D, 129, 0 },
	{ HAD_UDP_TUNNEL_NO, true, true, true, 0, D, 129, 0 },
	{ HAD_UDP_TUNNEL_NO, true, false, true, 0, D, 129, 0 },
	{ HAD_UDP_TUNNEL_NO, true, false, false, 0, D, 139, 0 },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 0, 0, 134, 0 }, /* not co-located */
	{ HAD_UDP_TUNNEL_NATTED, false, false, true, 0, D, 129, 0 },
	{ HAD_UDP_TUNNEL_NATTED, false, false, false, 0, D, 139, 0 },
	{ HAD_UDP_TUNNEL_NATTED, false, false, false, 0, 0, 139, 0 },
	{ HAD_UDP_TUNNEL_FORCE, false, false, false, 0, D | G, 139, 0 },
	/* what is inside */
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 4, D, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 4, D | G, 0, MIPM_ENCAP_UDP },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 47, D, 0, MIPM_ENCAP_UDP_GRE },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 0, D | G, 0, MIPM_ENCAP_UDP_GRE },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 0, D | G | M, 0, MIPM_ENCAP_UDP_GRE },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 0, D | M, 142, 0 },
	{ HAD_UDP_TUNNEL_NATTED, true, true, false, 55, D, 142, 0 },
};

static void check_row(struct kit *k, const struct row *row)
{
	struct mip_request request = kit_request(k, "site7");
	size_t n = kit_count(k, MIPM_BC_ADD);

	k->conf->routers[0].udp_tunnel = row->policy;
	request.flags = row->flags;
	request.ext.udp_tunnel_request = (struct mip_udp_tunnel_request) {
		.present = row->asked,
		.force = row->force,
		.encapsulation = row->encap,
	};
	assert_int_equal(kit_code(k, &request, "site7", row->nat ? NATTED : HERE), row->code);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), n + (row->code == 0));
	if (row->code != 0)
		return;
	assert_int_equal(kit_bc(k)->paths[0].encap, row->told);
	assert_int_equal(kit_bc(k)->paths[0].nat, row->nat);
	assert_true(k->reply.ext.udp_tunnel_reply.present);
	assert_int_equal(k->reply.ext.udp_tunnel_reply.code, MIP_UDP_TUNNEL_GRANTED);
	assert_int_equal(k->reply.ext.udp_tunnel_reply.force, row->force);
}

static void test_each_row_of_the_table(void **state)
{
	struct kit *k = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(k, &rows[i]);
		k->now += 2 * S;
	}
}

static void test_ports_play_no_role_in_seeing_a_nat(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");

	assert_int_equal(kit_code(k, &request, "site7", "198.51.100.7:1025"), 0);
	assert_int_equal(kit_bc(k)->paths[0].nat, 0);
	assert_int_equal(kit_bc(k)->paths[0].remote.port, 1025);
}

static void test_keepalive_of_the_configuration_is_told(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");

	k->conf->nat_keepalive_s = 25;
	assert_int_equal(kit_send(k, &request, "site7", HERE)->ext.udp_tunnel_reply.keepalive, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_what_is_wrong_in_the_signed_part),
		KIT_TEST(test_challenge_goes_back_behind_the_authenticator),
		KIT_TEST(test_foreign_agent_authentication_without_association_is_silence),
		KIT_TEST(test_what_stands_behind_the_authenticator_grants_nothing),
		KIT_TEST(test_critical_vendor_extension_is_141_behind),
		KIT_TEST(test_home_agent_that_is_not_ours_is_136_with_our_address),
		KIT_TEST(test_request_to_all_hosts_of_the_home_network_finds_us),
		KIT_TEST(test_care_of_addresses_that_cannot_be_one),
		KIT_TEST(test_tunnel_may_not_end_behind_itself),
		KIT_TEST(test_each_row_of_the_table),
		KIT_TEST(test_ports_play_no_role_in_seeing_a_nat),
		KIT_TEST(test_keepalive_of_the_configuration_is_told),
	};

	return cmocka_run_group_tests_name("had-step-udp-tunnel", tests, NULL, NULL);
}
