/* SPDX-License-Identifier: BSD-2-Clause */
/* A registration from the wire to the reply: what is said, in which order, and what is not. */
#include "tests/unit/had-kit.h"

static void test_binding_is_told_before_the_reply(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	assert_int_equal(kit_take(k)->type, MIPM_BC_ADD);
	assert_int_equal(kit_take(k)->type, MIPM_SIG_OUT);
	assert_null(kit_take(k));
}

static void test_reply_repeats_what_was_asked(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply = kit_send(k, &request, "site7", HERE);

	assert_non_null(reply);
	assert_int_equal(reply->code, 0);
	assert_int_equal(reply->lifetime, 300);
	assert_true(reply->ident == request.ident);
	assert_true(addr_equal(&reply->home_addr, &request.home_addr));
	assert_true(addr_equal(&reply->home_agent, &request.home_agent));
	assert_int_equal(reply->ext.nai.len, 5);
	assert_memory_equal(reply->ext.nai.text, "site7", 5);
	assert_true(reply->ext.udp_tunnel_reply.present);
	assert_true(reply->ext.udp_tunnel_reply.force);
	assert_int_equal(reply->ext.udp_tunnel_reply.code, MIP_UDP_TUNNEL_GRANTED);
}

static void test_binding_says_where_tunnel_data_goes(void **state)
{
	struct kit *k = *state;
	const struct mip_request request = kit_request(k, "site7");
	const struct mipm_endpoint remote = at("192.0.2.9:40000"), local = at("203.0.113.1:434");
	const struct mipm_bc *bc;

	assert_int_equal(kit_code(k, &request, "site7", "192.0.2.9:40000"), 0);
	bc = kit_bc(k);
	assert_true(addr_equal(&bc->home_addr, &request.home_addr));
	assert_true(addr_equal(&bc->home_agent, &request.home_agent));
	assert_int_equal(bc->identity.len, 5);
	assert_true(bc->stamp == request.ident);
	assert_int_equal(bc->lifetime_s, 300);
	assert_true(bc->expires_at == k->now + 300 * S);
	assert_int_equal(bc->caps, 0);
	assert_int_equal(bc->n_paths, 1);
	assert_int_equal(bc->paths[0].number, 0);
	assert_int_equal(bc->paths[0].encap, MIPM_ENCAP_UDP);
	assert_int_equal(bc->paths[0].nat, 1);
	assert_int_equal(bc->paths[0].link, 3);
	assert_true(endpoint_equal(&bc->paths[0].remote, &remote));
	assert_true(endpoint_equal(&bc->paths[0].local, &local));
	assert_true(addr_equal(&bc->paths[0].careof_addr, &request.careof_addr));
}

static void test_lifetime_is_the_lower_of_asked_and_allowed(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	request.lifetime = 3600;
	assert_int_equal(kit_send(k, &request, "site7", HERE)->lifetime, 600);
	assert_true(kit_bc(k)->expires_at == k->now + 600 * S);
	request = kit_request(k, "site7");
	request.lifetime = MIP_LIFETIME_INFINITE;
	assert_int_equal(kit_send(k, &request, "site7", HERE)->lifetime, 600);
}

static void test_infinite_lifetime_never_expires_where_it_is_allowed(void **state)
{
	struct kit *k = kit_new();
	struct mip_request request;

	k->conf = kit_conf();
	k->conf->max_lifetime_s = MIP_LIFETIME_INFINITE;
	kit_checked(k->conf);
	kit_start(k);
	request = kit_request(k, "site7");
	request.lifetime = MIP_LIFETIME_INFINITE;
	assert_int_equal(kit_send(k, &request, "site7", HERE)->lifetime, MIP_LIFETIME_INFINITE);
	assert_true(kit_bc(k)->expires_at == 0);
	kit_pass(k, 200000 * S);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 0);
	kit_free(k);
}

static void test_natted_router_gets_the_shorter_lifetime_of_the_configuration(void **state)
{
	struct kit *k = kit_new();
	struct mip_request request;

	k->conf = kit_conf();
	k->conf->nat_lifetime_s = 60;
	kit_checked(k->conf);
	kit_start(k);
	request = kit_request(k, "site7");
	assert_int_equal(kit_send(k, &request, "site7", HERE)->lifetime, 300);
	request = kit_request(k, "site7");
	assert_int_equal(kit_send(k, &request, "site7", "192.0.2.9:4000")->lifetime, 60);
	kit_free(k);
}

static void test_caps_are_answered_with_ours_and_only_when_asked(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;
	const struct mipm_endpoint here = at(HERE);
	uint32_t boot_id;

	assert_false(kit_send(k, &request, "site7", HERE)->ext.caps.present);
	request = kit_request(k, "site7");
	kit_multipath(&request, 1);
	reply = kit_send(k, &request, "site7", HERE);
	assert_true(reply->ext.caps.present);
	assert_int_equal(reply->ext.caps.role, MIP_CAPS_HOME_AGENT);
	assert_int_equal(reply->ext.caps.features,
		MIP_FEATURE_MULTIPATH | MIP_FEATURE_OBSERVED_ADDRESS); /* what there is */
	assert_int_equal(kit_bc(k)->caps, k->conf->caps);
	assert_true(endpoint_equal(&reply->ext.observed_addr, &here));
	boot_id = reply->ext.caps.boot_id;
	request = kit_request(k, "site7");
	kit_multipath(&request, 1);
	assert_int_equal(kit_send(k, &request, "site7", HERE)->ext.caps.boot_id, boot_id);
}

static struct mip_watch good_watch(void)
{
	return (struct mip_watch) { .present = true,
		.theta_0 = 65,
		.theta_min = 48,
		.theta_max = 150,
		.fill = 30,
		.idle = 500,
		.report_calm = 1000,
		.report_alert = 50,
		.width = 2 };
}

static void test_watch_is_confirmed_by_who_can(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	kit_multipath(&request, 1);
	request.ext.watch = good_watch();
	reply = kit_send(k, &request, "site7", HERE);
	assert_false(reply->ext.caps.features & MIP_FEATURE_WATCH);
	assert_false(reply->ext.watch.present);
	k->conf->caps |= MIP_FEATURE_WATCH;
	request = kit_request(k, "site7");
	kit_multipath(&request, 1);
	request.ext.watch = good_watch();
	reply = kit_send(k, &request, "site7", HERE);
	assert_true(reply->ext.caps.features & MIP_FEATURE_WATCH);
	assert_true(reply->ext.watch.present);
	assert_int_equal(reply->ext.watch.theta_0, 65);
}

static void test_watch_out_of_bounds_is_not_confirmed(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	k->conf->caps |= MIP_FEATURE_WATCH;
	kit_multipath(&request, 1);
	request.ext.watch = (struct mip_watch) { .present = true, .theta_0 = 10, .theta_min = 48 };
	assert_false(kit_send(k, &request, "site7", HERE)->ext.watch.present);
}

static void test_feature_that_one_end_lacks_is_not_used(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	kit_multipath(&request, 1);
	request.ext.caps.features = MIP_FEATURE_MULTIPATH | MIP_FEATURE_ESP;
	reply = kit_send(k, &request, "site7", HERE);
	assert_int_equal(kit_bc(k)->caps, MIP_FEATURE_MULTIPATH);
	assert_false(reply->ext.watch.present);
	assert_int_equal(reply->ext.observed_addr.addr.family, MIPM_NONE);
}

static void test_reregistration_moves_the_port_and_the_lifetime(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	kit_pass(k, 100 * S);
	request = kit_request(k, "site7");
	assert_int_equal(kit_code(k, &request, "site7", "198.51.100.7:5555"), 0);
	assert_int_equal(kit_bc(k)->paths[0].remote.port, 5555);
	assert_true(kit_bc(k)->expires_at == k->now + 300 * S);
	assert_int_equal(kit_bc(k)->n_paths, 1);
	assert_true(kit_logged(k, "site7: outer address is"));
}

static void test_generation_rises_with_every_word(void **state)
{
	struct kit *k = *state;
	uint64_t first;

	kit_register(k, "site7");
	first = kit_bc(k)->generation;
	kit_register(k, "site7");
	assert_true(kit_bc(k)->generation > first);
}

static void test_what_tunneld_cannot_install_is_logged(void **state)
{
	struct kit *k = *state;
	const struct mipm_tun_state tun = {
		.message_type = MIPM_BC_ADD,
		.home_addr = ip("10.200.0.7"),
		.code = ENOSPC,
		.text = { .text = "no room", .len = 7 },
	};
	const struct mipm_msg msg = { .type = MIPM_TUN_STATE, .body = &tun };

	had_ops.input(k->had, k->now, &msg);
	assert_true(kit_logged(k, "binding not installed: home 10.200.0.7"));
	assert_int_equal(kit_counter(k, COUNT_TUN_STATE), 1);
}

static void test_signalling_is_wanted_where_it_is_bound(void **state)
{
	struct kit *k = *state;
	const struct mipm_addr addr = ip("203.0.113.1");

	assert_int_equal(k->n_wants, 3);
	assert_int_equal(k->wants[0].type, MIP_REGISTRATION_REQUEST);
	assert_true(addr_equal(&k->wants[0].local, &addr));
}

static void test_dump_names_each_live_binding_once(void **state)
{
	struct kit *k = *state;
	uint64_t cursor = 0;
	int rc;

	kit_register(k, "site7");
	kit_register(k, "site8");
	kit_clear(k);
	while ((rc = had_ops.dump(k->had, k->now, "tunneld", false, &cursor)) == 1)
		;
	assert_int_equal(rc, 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 2);
	assert_string_equal(kit_last(k, MIPM_BC_ADD)->to, "tunneld");
	kit_clear(k);
	kit_pass(k, 700 * S);
	cursor = 0;
	kit_clear(k);
	assert_int_equal(had_ops.dump(k->had, k->now, "tunneld", false, &cursor), 0);
	assert_int_equal(kit_count(k, MIPM_BC_ADD), 0);
}

static void test_stop_removes_the_tunnels(void **state)
{
	struct kit *k = *state;
	struct mip_request request;

	kit_register(k, "site7");
	had_ops.stop(k->had, k->now);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	assert_true(had_ops.stopped(k->had));
	request = kit_request(k, "site7");
	assert_int_equal(kit_code(k, &request, "site7", HERE), -1);
}

static void command(struct kit *k, const char *verb, const char *value)
{
	const struct mipm_command body = {
		.verb = { .text = verb, .len = (uint16_t)strlen(verb) },
		.value = { .text = value, .len = (uint16_t)strlen(value) },
	};
	const struct mipm_sender from = { .name = "mipctl.12" };
	const struct mipm_msg msg = { .type = MIPM_COMMAND, .id = 9, .from = &from, .body = &body };

	had_ops.input(k->had, k->now, &msg);
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.message_id, 9);
	assert_string_equal(kit_last(k, MIPM_ANSWER)->to, "mipctl.12");
}

static void test_commands(void **state)
{
	struct kit *k = *state;

	command(k, "log", "warn");
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.code, 0);
	assert_int_equal(k->log.level, LOG_LEVEL_WARN);
	command(k, "log", "loud");
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.code, EINVAL);
	command(k, "log", "");
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.code, EINVAL);
	command(k, "move", "dsl0");
	assert_int_equal(kit_last(k, MIPM_ANSWER)->answer.code, EOPNOTSUPP);
	kit_register(k, "site7");
	command(k, "counters", "");
	assert_memory_equal(kit_last(k, MIPM_ANSWER)->text,
		"requests 1\naccepted 1\ncode-0 1\ncode-1 0\ncode-129 0\n", 51);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_binding_is_told_before_the_reply),
		KIT_TEST(test_reply_repeats_what_was_asked),
		KIT_TEST(test_binding_says_where_tunnel_data_goes),
		KIT_TEST(test_lifetime_is_the_lower_of_asked_and_allowed),
		cmocka_unit_test(test_infinite_lifetime_never_expires_where_it_is_allowed),
		cmocka_unit_test(test_natted_router_gets_the_shorter_lifetime_of_the_configuration),
		KIT_TEST(test_caps_are_answered_with_ours_and_only_when_asked),
		KIT_TEST(test_watch_is_confirmed_by_who_can),
		KIT_TEST(test_watch_out_of_bounds_is_not_confirmed),
		KIT_TEST(test_feature_that_one_end_lacks_is_not_used),
		KIT_TEST(test_reregistration_moves_the_port_and_the_lifetime),
		KIT_TEST(test_generation_rises_with_every_word),
		KIT_TEST(test_what_tunneld_cannot_install_is_logged),
		KIT_TEST(test_signalling_is_wanted_where_it_is_bound),
		KIT_TEST(test_dump_names_each_live_binding_once),
		KIT_TEST(test_stop_removes_the_tunnels),
		KIT_TEST(test_commands),
	};

	return cmocka_run_group_tests_name("had-registration", tests, NULL, NULL);
}
