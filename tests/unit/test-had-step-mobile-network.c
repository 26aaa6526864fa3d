/* SPDX-License-Identifier: BSD-2-Clause */
/* Which mobile networks a router gets, and all those it does not. RFC 5177, 6626, THREATS T5. */
#include "tests/unit/had-kit.h"

static void ask_raw(struct mip_request *request, const char *addr, uint8_t len)
{
	request->ext.network_requests[request->ext.n_network_requests++] =
		(struct mip_network_request) { .addr = ip(addr), .len = len };
}

static void test_implicit_mode_gives_what_is_configured(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply = kit_send(k, &request, "site7", HERE);
	const struct mipm_prefix first = net("10.7.0.0/24");

	assert_int_equal(reply->ext.n_network_acks, 2);
	assert_true(reply->ext.network_acks[0].implicit);
	assert_int_equal(reply->ext.network_acks[0].code, MIP_NETWORK_SUCCESS);
	assert_int_equal(kit_bc(k)->n_networks, 2);
	assert_true(prefix_equal(&kit_bc(k)->networks[0], &first));
}

static void test_node_without_networks_gets_no_acknowledgement(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "node9");

	assert_int_equal(kit_send(k, &request, "node9", HERE)->ext.n_network_acks, 0);
	assert_int_equal(kit_bc(k)->n_networks, 0);
}

static void test_each_request_is_acknowledged_in_order(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;
	static const uint8_t codes[] = { MIP_NETWORK_UNAUTHORIZED, MIP_NETWORK_SUCCESS,
		MIP_NETWORK_INVALID_PREFIX_LEN, MIP_NETWORK_SUCCESS };

	kit_ask_network(&request, "10.8.0.0/24"); /* site8's */
	kit_ask_network(&request, "10.7.0.0/24");
	ask_raw(&request, "0.0.0.0", 0);
	kit_ask_network(&request, "10.17.64.0/18"); /* a part of its own */
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->code, 0);
	assert_int_equal(reply->ext.n_network_acks, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct mip_network_ack *ack = &reply->ext.network_acks[i];

		assert_false(ack->implicit);
		assert_int_equal(ack->code, codes[i]);
		assert_int_equal(ack->len, request.ext.network_requests[i].len);
		assert_true(addr_equal(&ack->addr, &request.ext.network_requests[i].addr));
	}
	assert_int_equal(kit_bc(k)->n_networks, 2);
}

static void test_network_that_is_not_named_again_is_withdrawn(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mipm_prefix left = net("10.17.0.0/16");

	kit_ask_network(&request, "10.7.0.0/24");
	kit_ask_network(&request, "10.17.0.0/16");
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	assert_int_equal(kit_bc(k)->n_networks, 2);
	request = kit_request(k, "site7");
	kit_ask_network(&request, "10.17.0.0/16");
	assert_int_equal(kit_code(k, &request, "site7", HERE), 0);
	assert_int_equal(kit_bc(k)->n_networks, 1);
	assert_true(prefix_equal(&kit_bc(k)->networks[0], &left));
}

static const struct {
	const char *addr;
	uint8_t len;
	uint8_t code;
} stolen[] = {
	{ "10.8.0.0", 24, MIP_NETWORK_UNAUTHORIZED },	 /* another's */
	{ "10.8.0.128", 25, MIP_NETWORK_UNAUTHORIZED },	 /* a part of it */
	{ "10.0.0.0", 8, MIP_NETWORK_UNAUTHORIZED },	 /* more than its own */
	{ "10.6.0.0", 15, MIP_NETWORK_UNAUTHORIZED },	 /* its own and a neighbour */
	{ "10.200.0.0", 24, MIP_NETWORK_UNAUTHORIZED },	 /* the home network */
	{ "10.200.0.7", 32, MIP_NETWORK_UNAUTHORIZED },	 /* its home address */
	{ "203.0.113.1", 32, MIP_NETWORK_UNAUTHORIZED }, /* the home agent */
	{ "127.0.0.0", 8, MIP_NETWORK_UNAUTHORIZED },
	{ "224.0.0.0", 4, MIP_NETWORK_UNAUTHORIZED },
	{ "255.255.255.255", 32, MIP_NETWORK_UNAUTHORIZED },
	{ "192.0.2.0", 24, MIP_NETWORK_UNAUTHORIZED },
	{ "0.0.0.0", 0, MIP_NETWORK_INVALID_PREFIX_LEN },
	{ "0.0.0.0", 24, MIP_NETWORK_INVALID_PREFIX_LEN }, /* any network, RFC 6626 */
	{ "128.0.0.0", 1, MIP_NETWORK_UNAUTHORIZED },
	{ "10.7.0.0", 0, MIP_NETWORK_INVALID_PREFIX_LEN },
};

static void test_nothing_else_is_given(void **state)
{
	struct kit *k = *state;
	const struct mip_reply *reply;
	struct mip_request request;

	for (size_t i = 0; i < sizeof(stolen) / sizeof(stolen[0]); i++) {
		request = kit_request(k, "site7");
		ask_raw(&request, stolen[i].addr, stolen[i].len);
		reply = kit_send(k, &request, "site7", HERE);
		assert_int_equal(reply->code, MIP_CODE_MOBILE_NETWORK_ERROR);
		assert_int_equal(reply->ext.n_network_acks, 1);
		assert_int_equal(reply->ext.network_acks[0].code, stolen[i].code);
	}
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_too_long_prefix_length_is_code_1(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	uint8_t octets[MIP_MESSAGE_MAX];
	struct mip_writer w;

	mip_writer_init(&w, octets, sizeof(octets));
	mip_write_u8(&w, 1);
	mip_write_u8(&w, request.flags);
	mip_write_u16(&w, 300);
	mip_write_v4(&w, &request.home_addr);
	mip_write_v4(&w, &request.home_agent);
	mip_write_v4(&w, &request.careof_addr);
	mip_write_u64(&w, request.ident);
	mip_write_octets(&w, "\x90\x06\0\0\x80\0\0\0", 8);
	mip_write_octets(&w, "\x94\x06\0\x21\x0a\x07\0\0", 8); /* /33 */
	assert_int_equal(mac_seal(k->mac, kit_sa(k, 1007), &w), 0);
	kit_octets(k, octets, w.pos, HERE);
	assert_int_equal(kit_reply(k, 1007)->code, MIP_CODE_MOBILE_NETWORK_ERROR);
	assert_int_equal(k->reply.ext.network_acks[0].code, MIP_NETWORK_INVALID_PREFIX_LEN);
}

static void test_failure_of_all_keeps_the_binding_that_was(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	kit_clear(k);
	request = kit_request(k, "site7");
	kit_ask_network(&request, "10.8.0.0/24");
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_MOBILE_NETWORK_ERROR);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
	assert_int_equal(k->had->bindings[0]->content->n_networks, 2);
}

static void test_who_may_be_no_router_is_told_148(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "node9");

	kit_ask_network(&request, "10.9.0.0/24");
	assert_int_equal(kit_code(k, &request, "node9", HERE), MIP_CODE_MOBILE_ROUTER_DISALLOWED);
}

static void test_same_network_twice_is_one_and_overlap_is_refused(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	kit_ask_network(&request, "10.17.0.0/16");
	kit_ask_network(&request, "10.17.0.0/16");
	kit_ask_network(&request, "10.17.1.0/24");
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->ext.network_acks[0].code, MIP_NETWORK_SUCCESS);
	assert_int_equal(reply->ext.network_acks[1].code, MIP_NETWORK_SUCCESS);
	assert_int_equal(reply->ext.network_acks[2].code, MIP_NETWORK_UNAUTHORIZED);
	assert_int_equal(kit_bc(k)->n_networks, 1);
}

static void test_more_networks_than_allowed_are_code_3(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;
	char text[24];

	k->conf->limits.max_networks = 3;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "10.17.%u.0/24", i);
		kit_ask_network(&request, text);
	}
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(reply->code, 0);
	assert_int_equal(reply->ext.network_acks[2].code, MIP_NETWORK_SUCCESS);
	assert_int_equal(reply->ext.network_acks[3].code, MIP_NETWORK_FORWARDING_FAILED);
	assert_int_equal(reply->ext.network_acks[4].code, MIP_NETWORK_FORWARDING_FAILED);
	assert_int_equal(kit_bc(k)->n_networks, 3);
}

static void test_deregistration_ignores_networks(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	request = kit_request(k, "site7");
	request.lifetime = 0;
	kit_ask_network(&request, "10.8.0.0/24");
	assert_int_equal(kit_send(k, &request, "site7", HERE)->code, 0);
	assert_int_equal(k->reply.ext.n_network_acks, 0);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_implicit_mode_gives_what_is_configured),
		KIT_TEST(test_node_without_networks_gets_no_acknowledgement),
		KIT_TEST(test_each_request_is_acknowledged_in_order),
		KIT_TEST(test_network_that_is_not_named_again_is_withdrawn),
		KIT_TEST(test_nothing_else_is_given),
		KIT_TEST(test_too_long_prefix_length_is_code_1),
		KIT_TEST(test_failure_of_all_keeps_the_binding_that_was),
		KIT_TEST(test_who_may_be_no_router_is_told_148),
		KIT_TEST(test_same_network_twice_is_one_and_overlap_is_refused),
		KIT_TEST(test_more_networks_than_allowed_are_code_3),
		KIT_TEST(test_deregistration_ignores_networks),
	};

	return cmocka_run_group_tests_name("had-step-mobile-network", tests, NULL, NULL);
}
