/* SPDX-License-Identifier: BSD-2-Clause */
/* Revocation: who is told, when again, what counts as an acknowledgment. RFC 3543, mipv4.md 10. */
#include "tests/unit/had-kit.h"

#include "libmip/revocation.h"

#define THERE "192.0.2.9:40000" /* behind a NAT */

static struct mip_revocation revocation;

static const struct mip_reply *register_knowing(struct kit *k, uint8_t bid, const char *from)
{
	struct mip_request request = kit_request(k, "site7");
	const struct mip_reply *reply;

	if (bid)
		kit_multipath(&request, bid);
	request.ext.revocation = (struct mip_revocation_support) { .present = true };
	reply = kit_send(k, &request, "site7", from);
	assert_non_null(reply);
	assert_int_equal(reply->code, 0);
	return reply;
}

static uint16_t command(struct kit *k, const char *verb, const char *target)
{
	const struct mipm_sender from = { .name = "mipctl.1", .role = "mipctl" };
	const struct mipm_command body = {
		.verb = { .text = verb, .len = (uint16_t)strlen(verb) },
		.target = { .text = target, .len = (uint16_t)strlen(target) },
	};
	const struct mipm_msg msg = { .type = MIPM_COMMAND, .from = &from, .body = &body };

	had_ops.input(k->had, k->now, &msg);
	return kit_last(k, MIPM_ANSWER)->answer.code;
}

/* The n-th datagram since the last kit_clear(): a revocation, signed; where it went. */
static const struct mipm_sig *told(struct kit *k, size_t n, uint32_t spi)
{
	for (size_t i = 0; i < k->n_events; i++) {
		struct kit_event *event = &k->events[i % KIT_EVENTS];

		if (event->type != MIPM_SIG_OUT || n-- > 0)
			continue;
		assert_int_equal(
			mip_revocation_parse(event->sig.payload, &revocation), MIP_VERDICT_OK);
		assert_int_equal(mac_verify(k->mac, kit_sa(k, spi), event->sig.payload,
					 &revocation.ext.mn_ha),
			0);
		return &event->sig;
	}
	return NULL;
}

static void ack(struct kit *k, uint32_t ident, uint32_t spi, const char *from)
{
	const struct mip_revocation_ack message = {
		.home_addr = ip("10.200.0.7"),
		.ident = ident,
	};
	uint8_t octets[128];
	size_t len;

	assert_int_equal(mip_revocation_ack_build(
				 &message, k->mac, kit_sa(k, spi), octets, sizeof(octets), &len),
		0);
	kit_octets(k, octets, len, from);
}

static size_t n_told(const struct kit *k)
{
	return kit_count(k, MIPM_SIG_OUT);
}

static void test_support_is_answered_when_asked(void **state)
{
	struct kit *k = *state;
	const struct mip_reply *reply;

	kit_register(k, "site7");
	assert_false(k->reply.ext.revocation.present);
	reply = register_knowing(k, 0, HERE);
	assert_true(reply->ext.revocation.present);
	assert_false(reply->ext.revocation.inform);
	assert_int_equal(reply->ext.revocation.timestamp, kit_stamp(k) >> 32);
}

static void test_refusal_says_nothing_of_it(void **state)
{
	struct kit *k = *state;
	struct mip_request request = kit_request(k, "site7");

	request.ext.revocation.present = true;
	request.home_agent = ip("203.0.113.99");
	assert_int_equal(kit_code(k, &request, "site7", HERE), MIP_CODE_UNKNOWN_HOME_AGENT);
	assert_false(k->reply.ext.revocation.present);
}

static void test_revoked_router_is_told_where_its_tunnel_ends(void **state)
{
	struct kit *k = *state;
	const struct mipm_endpoint there = at(THERE), here = at("203.0.113.1:434");
	const struct mipm_addr careof = ip("198.51.100.7"), agent = ip("203.0.113.1");
	const struct mipm_sig *sig;

	register_knowing(k, 0, THERE);
	kit_clear(k);
	assert_int_equal(command(k, "revoke", "site7"), 0);
	assert_int_equal(k->events[0].type, MIPM_BC_REMOVE); /* at once, then the word */
	sig = told(k, 0, 1007);
	assert_true(endpoint_equal(&sig->remote, &there));
	assert_true(endpoint_equal(&sig->local, &here));
	assert_true(revocation.from_home_agent);
	assert_false(revocation.inform);
	assert_int_equal(addr_to_v4(&revocation.home_addr), 0x0ac80007);
	assert_true(addr_equal(&revocation.home_agent, &agent));
	assert_true(addr_equal(&revocation.careof_addr, &careof));
	assert_int_equal(kit_counter(k, COUNT_REVOKED), 1);
	assert_true(kit_logged(k, "binding revoked: site7 home 10.200.0.7: 1 paths ended, 1 told"));
	assert_null(k->had->bindings[0]->content);
}

static void test_each_path_is_told(void **state)
{
	struct kit *k = *state;
	const struct mipm_endpoint there = at(THERE), here = at(HERE);

	register_knowing(k, 1, HERE);
	register_knowing(k, 2, THERE);
	kit_clear(k);
	command(k, "revoke", "10.200.0.7"); /* the home address names it as well */
	assert_int_equal(n_told(k), 2);
	assert_true(endpoint_equal(&told(k, 0, 1007)->remote, &here));
	assert_true(endpoint_equal(&told(k, 1, 1007)->remote, &there));
}

static void test_who_does_not_know_revocation_is_not_told(void **state)
{
	struct kit *k = *state;

	kit_register(k, "site7");
	kit_clear(k);
	assert_int_equal(command(k, "revoke", "site7"), 0);
	assert_non_null(strstr(kit_last(k, MIPM_ANSWER)->text, "does not know revocation"));
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	assert_int_equal(n_told(k), 0);
	kit_pass(k, 700 * S);
	assert_int_equal(n_told(k), 0);
}

static void test_nobody_and_nothing_are_refused(void **state)
{
	struct kit *k = *state;
	char home[ADDR_TEXT_MAX]; /* of the pool */

	assert_int_equal(command(k, "revoke", "site7"), ENOENT);
	assert_string_equal(kit_last(k, MIPM_ANSWER)->text, "site7 has no binding");
	assert_int_equal(command(k, "revoke", "site99"), ENOENT);
	assert_int_equal(command(k, "revoke", ""), ENOENT);
	assert_int_equal(command(k, "revoke", "10.200.0.250"), ENOENT);
	kit_register(k, "site8");
	assert_int_equal(command(k, "revoke", addr_print(&k->reply.home_addr, home)), 0);
}

static void test_repeated_with_growing_pauses_until_the_binding_would_have_ended(void **state)
{
	static const unsigned after[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	struct kit *k = *state;
	uint32_t ident;

	register_knowing(k, 0, HERE); /* 300 s */
	kit_clear(k);
	command(k, "revoke", "site7");
	told(k, 0, 1007);
	ident = revocation.ident;
	for (size_t i = 0; i < 8; i++) {
		kit_pass(k, after[i] * S - 1);
		assert_int_equal(n_told(k), i + 1);
		kit_pass(k, 1);
		assert_int_equal(n_told(k), i + 2);
		told(k, i + 1, 1007);
		assert_true(mip_revocation_is_newer(revocation.ident, ident));
		ident = revocation.ident;
	}
	kit_pass(k, 3600 * S);
	assert_int_equal(n_told(k), 9);
	assert_int_equal(k->had->revocations.n_links, 0);
}

static void test_acknowledged_is_done(void **state)
{
	struct kit *k = *state;

	register_knowing(k, 1, HERE);
	register_knowing(k, 2, THERE);
	kit_clear(k);
	command(k, "revoke", "site7");
	told(k, 1, 1007);
	ack(k, revocation.ident, 1007, THERE);
	assert_int_equal(kit_counter(k, COUNT_REVOCATIONS_ACKNOWLEDGED), 1);
	kit_clear(k);
	kit_pass(k, S);
	assert_int_equal(n_told(k), 1); /* the other path only */
	told(k, 0, 1007);
	ack(k, revocation.ident - 1, 1007, HERE); /* of the first transmission */
	assert_int_equal(k->had->revocations.n_links, 0);
	kit_pass(k, 700 * S);
	assert_int_equal(n_told(k), 1);
}

static void test_acknowledgments_that_are_none(void **state)
{
	static const struct {
		int ident;
		uint32_t spi;
		const char *from;
		enum counter counter;
	} rows[] = {
		{ -1, 1007, HERE, COUNT_NOT_REVOKED }, /* of something earlier */
		{ 1, 1007, HERE, COUNT_NOT_REVOKED },
		{ 0, 1007, THERE, COUNT_NOT_REVOKED },
		{ 0, 1008, HERE, COUNT_AUTHENTICATION_FAILED },
	};
	struct kit *k = *state;
	uint64_t before;

	register_knowing(k, 0, HERE);
	kit_clear(k);
	command(k, "revoke", "site7");
	told(k, 0, 1007);
	kit_clear(k);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		before = kit_counter(k, rows[i].counter);
		ack(k, revocation.ident + (uint32_t)rows[i].ident, rows[i].spi, rows[i].from);
		assert_int_equal(kit_counter(k, rows[i].counter), before + 1);
	}
	assert_int_equal(k->n_events, 0); /* silence */
	assert_int_equal(k->had->revocations.n_links, 1);
	kit_octets(k, "\x0f\0\0\0\x0a\xc8", 6, HERE);
	assert_int_equal(kit_counter(k, COUNT_MALFORMED), 1);
	kit_octets(k, "\x0f\0\0\0\x0a\xc8\0\x07\0\0\0\0\x64\0", 14, HERE);
	assert_int_equal(kit_counter(k, COUNT_UNKNOWN_EXTENSION), 1);
	ack(k, revocation.ident, 1007, HERE);
	assert_int_equal(k->had->revocations.n_links, 0);
	ack(k, revocation.ident, 1007, HERE); /* twice */
	assert_int_equal(kit_counter(k, COUNT_NOT_REVOKED), 4);
}

static void test_revocation_is_newer_than_the_registration_and_it_than_the_one_before(void **state)
{
	struct kit *k = *state;
	uint32_t timestamp, ident = 0;

	for (unsigned i = 0; i < 5; i++) { /* all within one second */
		timestamp = register_knowing(k, 0, HERE)->ext.revocation.timestamp;
		if (i > 0) /* no replay of the last one ends this */
			assert_false(mip_revocation_is_newer(ident, timestamp));
		kit_clear(k);
		command(k, "revoke", "site7");
		told(k, 0, 1007);
		ident = revocation.ident;
		assert_true(mip_revocation_is_newer(ident, timestamp));
	}
}

static void test_who_comes_back_is_let_alone(void **state)
{
	struct kit *k = *state;

	register_knowing(k, 0, HERE);
	command(k, "revoke", "site7");
	register_knowing(k, 0, HERE);
	kit_clear(k);
	kit_pass(k, 100 * S);
	assert_int_equal(n_told(k), 0);
	assert_non_null(k->had->bindings[0]->content);
}

static void apply(struct kit *k, struct had_conf *conf)
{
	struct had_conf *old = k->conf;

	kit_checked(conf);
	k->n_events = 0;
	assert_int_equal(had_reconfigure(k->had, k->now, conf), 0);
	k->conf = conf;
	had_conf_free(old);
}

static void test_router_that_is_taken_out_of_the_configuration_is_told(void **state)
{
	struct kit *k = *state;
	struct had_conf *conf = kit_conf();

	free(conf->routers[0].name);
	conf->routers[0].name = strdup("new7");
	conf->routers[0].spis[0] = 1077;
	kit_key(conf, 1077);
	kit_sa(k, 1007);
	register_knowing(k, 0, HERE);
	kit_clear(k);
	apply(k, conf);
	assert_int_equal(kit_count(k, MIPM_BC_REMOVE), 1);
	assert_non_null(told(k, 0, 1007)); /* signed with the key that is gone */
	kit_clear(k);
	kit_pass(k, S);
	assert_non_null(told(k, 0, 1007));
	ack(k, revocation.ident, 1007, HERE);
	assert_int_equal(k->had->revocations.n_links, 0);
}

static void test_knowledge_survives_a_restart(void **state)
{
	struct kit *k = *state;

	register_knowing(k, 0, HERE);
	kit_restart(k, 5 * S);
	kit_clear(k);
	assert_int_equal(command(k, "revoke", "site7"), 0);
	assert_non_null(told(k, 0, 1007));
	kit_restart(k, 5 * S);
	assert_null(k->had->bindings[0]->content); /* the store knows that it ended */
}

/* tunnel data of somebody forgotten */

static void hint(struct kit *k, const char *inner, uint32_t octets)
{
	const struct mipm_sender tunneld = { .name = "tunneld", .role = "tunneld" };
	const struct mipm_be_hint body = {
		.local = at("203.0.113.1:434"),
		.remote = at(THERE),
		.inner = ip(inner),
		.octets = octets,
	};
	const struct mipm_msg msg = { .type = MIPM_BE_HINT, .from = &tunneld, .body = &body };

	had_ops.input(k->had, k->now, &msg);
}

static void test_forgotten_router_is_told_once_in_ten_seconds(void **state)
{
	struct kit *k = *state;
	const struct mipm_endpoint there = at(THERE);

	hint(k, "10.200.0.7", 84);
	assert_true(endpoint_equal(&told(k, 0, 1007)->remote, &there));
	assert_true(addr_equal(&revocation.careof_addr, &there.addr));
	assert_int_equal(n_told(k), 1);
	for (unsigned i = 0; i < 100; i++) {
		hint(k, i % 2 ? "10.7.0.5" : "10.200.0.7", 84);
		kit_pass(k, 99 * MS);
	}
	assert_int_equal(n_told(k), 1);
	kit_pass(k, 100 * MS);
	hint(k, "10.7.0.5", 84); /* out of its network */
	assert_int_equal(n_told(k), 2);
	kit_pass(k, 60 * S);
	assert_int_equal(n_told(k), 2); /* nobody is told by himself */
	assert_int_equal(k->had->revocations.n_links, 0);
	assert_null(k->had->bindings[0]);
}

static void test_hint_is_answered_with_no_more_than_its_cause(void **state)
{
	struct kit *k = *state;

	for (uint32_t octets = 0; octets < 58; octets++)
		hint(k, "10.200.0.7", octets);
	assert_int_equal(n_told(k), 0);
	hint(k, "10.200.0.7", 58);
	assert_int_equal(told(k, 0, 1007)->payload.len, 58);
}

static void test_hints_that_tell_nobody_anything(void **state)
{
	struct kit *k = *state;

	hint(k, "192.0.2.77", 84);   /* not ours */
	hint(k, "10.200.0.200", 84); /* of the pool, nobody's */
	assert_int_equal(n_told(k), 0);
	kit_register(k, "site7");
	kit_clear(k);
	hint(k, "10.200.0.7", 84); /* has a binding: whoever that was, it is no news to it */
	assert_int_equal(n_told(k), 0);
}

static void test_what_a_hint_gave_away_ends_no_registration(void **state)
{
	struct kit *k = *state;

	hint(k, "10.200.0.7", 84);
	told(k, 0, 1007);
	assert_false(mip_revocation_is_newer(
		revocation.ident, register_knowing(k, 0, HERE)->ext.revocation.timestamp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KIT_TEST(test_support_is_answered_when_asked),
		KIT_TEST(test_refusal_says_nothing_of_it),
		KIT_TEST(test_revoked_router_is_told_where_its_tunnel_ends),
		KIT_TEST(test_each_path_is_told),
		KIT_TEST(test_who_does_not_know_revocation_is_not_told),
		KIT_TEST(test_nobody_and_nothing_are_refused),
		KIT_TEST(test_repeated_with_growing_pauses_until_the_binding_would_have_ended),
		KIT_TEST(test_acknowledged_is_done),
		KIT_TEST(test_acknowledgments_that_are_none),
		KIT_TEST(test_revocation_is_newer_than_the_registration_and_it_than_the_one_before),
		KIT_TEST(test_who_comes_back_is_let_alone),
		KIT_TEST(test_router_that_is_taken_out_of_the_configuration_is_told),
		KIT_STORE_TEST(test_knowledge_survives_a_restart),
		KIT_TEST(test_forgotten_router_is_told_once_in_ten_seconds),
		KIT_TEST(test_hint_is_answered_with_no_more_than_its_cause),
		KIT_TEST(test_hints_that_tell_nobody_anything),
		KIT_TEST(test_what_a_hint_gave_away_ends_no_registration),
	};

	return cmocka_run_group_tests_name("had-revocation", tests, NULL, NULL);
}
