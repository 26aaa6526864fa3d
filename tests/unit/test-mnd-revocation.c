/* SPDX-License-Identifier: BSD-2-Clause */
/* Revoked by the home agent, RFC 3543: mnd/revocation.c. */
#include "libmip/revocation.h"
#include "tests/unit/mnd-world.h"

#define STAMP 0xeeac0000u

static struct request first_request(struct world *w)
{
	MD(w, GOOD(1));
	return request_must(w);
}

/* Bound over path 1 at an agent that knows revocation, or does not. */
static struct world *bound(bool knows)
{
	struct world *w = world_new();
	struct request r = first_request(w);
	struct answer a = answer_accept(w, &r, 0);

	assert_true(r.mip.ext.revocation.present);
	a.mip.ext.revocation.present = knows;
	a.mip.ext.revocation.timestamp = STAMP;
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	fakebus_clear(w->bus);
	return w;
}

static struct mip_revocation honest(uint32_t ident)
{
	return (struct mip_revocation) {
		.from_home_agent = true,
		.home_addr = addr(HOME),
		.home_agent = addr(HA1),
		.careof_addr = careof(1),
		.ident = ident,
	};
}

static void say(struct world *w, const struct mip_revocation *revocation, struct mip_sa *sa,
	unsigned flip, size_t cut)
{
	struct mipm_sig sig = {
		.local = { careof(1), 434 },
		.remote = { addr(HA1), 434 },
		.link = 11,
	};
	uint8_t buf[256];
	size_t len;

	assert_int_equal(mip_revocation_build(revocation, w->mac, sa, buf, sizeof(buf), &len), 0);
	if (flip)
		buf[len - flip] ^= 1;
	sig.payload = (struct mipm_span) { buf, (uint32_t)(len - cut) };
	fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
	world_run(w, 0);
}

static void revoke(struct world *w, uint32_t ident)
{
	struct mip_revocation revocation = honest(ident);

	say(w, &revocation, w->sa, 0, 0);
}

/* The acknowledgment that went out, or none. */
static bool ack_take(struct world *w, uint32_t ident)
{
	const struct mipm_msg *msg = fakebus_take_msg(w->bus, "mnd", MIPM_SIG_OUT, NULL, NULL);
	struct mipm_addr coa = careof(1), ha = addr(HA1), home = addr(HOME);
	const struct mipm_sig *sig;
	struct mip_revocation_ack ack;

	if (!msg)
		return false;
	sig = msg->body;
	assert_int_equal(mip_revocation_ack_parse(sig->payload, &ack), MIP_VERDICT_OK);
	assert_int_equal(mac_verify(w->mac, w->sa, sig->payload, &ack.ext.mn_ha), 0);
	assert_int_equal(ack.ident, ident);
	assert_true(addr_equal(&ack.home_addr, &home));
	assert_true(addr_equal(&sig->local.addr, &coa) && addr_equal(&sig->remote.addr, &ha));
	assert_int_equal(sig->local.port, 434);
	assert_int_equal(sig->link, 11);
	return true;
}

static void test_a_revocation_ends_the_registration_and_is_acknowledged(void **state)
{
	struct world *w = bound(true);
	const struct mipm_reg_state_msg *told;
	uint64_t since;
	struct request r;

	revoke(w, STAMP + 1);
	since = fakebus_now(w->bus);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "the home agent revoked the registration"));
	assert_true(ack_take(w, STAMP + 1));
	request_none(w);
	r = request_wait(w);
	assert_in_range(r.at - since, 2 * NSEC_PER_S, 2300 * NSEC_PER_MS);
	assert_int_equal(r.mip.lifetime, 300);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_a_repeated_revocation_is_acknowledged_again_and_changes_nothing(void **state)
{
	struct world *w = bound(true);

	revoke(w, STAMP + 1);
	assert_true(ack_take(w, STAMP + 1));
	revoke(w, STAMP + 2); /* too soon for another answer */
	assert_false(ack_take(w, 0));
	world_run(w, 1000);
	revoke(w, STAMP + 3);
	assert_true(ack_take(w, STAMP + 3));
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 1);
	world_free(w);
}

static void test_an_agent_that_revokes_again_and_again_is_asked_ever_less_often(void **state)
{
	struct world *w = bound(true);
	uint64_t before = 0;

	for (uint32_t i = 1; i < 14; i++) {
		struct request r;
		struct answer a;
		uint64_t since = fakebus_now(w->bus);

		revoke(w, STAMP + 10 * i);
		while (fakebus_take_msg(w->bus, "mnd", MIPM_SIG_OUT, NULL, NULL))
			;
		r = request_wait(w);
		assert_true(r.at - since >= before);
		assert_true(r.at - since <= 680 * NSEC_PER_S);
		before = (r.at - since) * 7 / 4 < 600 * NSEC_PER_S ? (r.at - since) * 7 / 4
								   : 600 * NSEC_PER_S;
		a = answer_accept(w, &r, 0);
		a.mip.ext.revocation.present = true;
		a.mip.ext.revocation.timestamp = STAMP + 10 * i + 1;
		answer_send(w, &r, &a);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	}
	assert_true(before >= 600 * NSEC_PER_S);
	world_free(w);
}

static void test_another_home_agent_is_asked_at_once(void **state)
{
	struct mipm_addr second = addr(HA2);
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.home_agents[w->conf.n_home_agents++] = second;
	world_start(w);
	r = first_request(w);
	a = answer_accept(w, &r, 0);
	a.mip.ext.revocation.present = true;
	a.mip.ext.revocation.timestamp = STAMP;
	answer_send(w, &r, &a);
	revoke(w, STAMP + 1);
	assert_true(ack_take(w, STAMP + 1));
	r = request_must(w);
	assert_true(addr_equal(&r.mip.home_agent, &second));
	world_free(w);
}

/* RFC 3543 5: unauthenticated, replayed, reflected, not negotiated, about somebody else. */
static void test_what_may_not_revoke_changes_nothing_and_is_not_answered(void **state)
{
	static const struct {
		const char *name;
		enum mnd_counter counter;
	} rows[] = {
		{ "wrong authenticator", COUNT_NOT_AUTHENTIC },
		{ "cut authenticator", COUNT_MALFORMED },
		{ "somebody else's key", COUNT_NOT_AUTHENTIC },
		{ "unknown SPI", COUNT_NOT_AUTHENTIC },
		{ "older than the registration", COUNT_OLD_REVOCATION },
		{ "as old as the registration", COUNT_OLD_REVOCATION },
		{ "reflected: A is clear", COUNT_REFLECTED },
		{ "another home address", COUNT_NOT_REVOCABLE },
		{ "another home agent", COUNT_NOT_REVOCABLE },
		{ "another care-of address", COUNT_NOT_REVOCABLE },
		{ "not negotiated", COUNT_NOT_REVOCABLE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world *w = bound(i != 10);
		struct mip_revocation revocation = honest(STAMP + 1);
		struct mip_sa *other = world_add_sa(w, 2000, 0x77), *sa = w->sa;
		uint8_t key[32] = { 0x42 };
		struct mip_sa *forged;

		assert_int_equal(sa_new(SPI, MIP_HMAC_SHA256, key, sizeof(key), &forged), 0);
		sa = i == 2 ? forged : i == 3 ? other : sa;
		if (i == 4)
			revocation.ident = STAMP - 1;
		if (i == 5)
			revocation.ident = STAMP;
		if (i == 6)
			revocation.from_home_agent = false;
		if (i == 7)
			revocation.home_addr = addr("10.200.0.8");
		if (i == 8)
			revocation.home_agent = addr(HA2);
		if (i == 9)
			revocation.careof_addr = careof(2);
		say(w, &revocation, sa, i == 0, i == 1);
		if (w->mnd->counters.counts[rows[i].counter] != 1)
			fail_msg("%s is not counted", rows[i].name);
		if (state_of(w, 1) != MIPM_REG_BOUND || ack_take(w, 0) ||
			fakebus_count(w->bus, MIPM_BUL_REMOVE))
			fail_msg("%s had an effect", rows[i].name);
		sa_free(forged);
		world_free(w);
	}
}

static void test_a_revocation_cannot_be_played_again_after_the_next_registration(void **state)
{
	struct world *w = bound(true);
	struct request r;
	struct answer a;

	revoke(w, STAMP + 1);
	assert_true(ack_take(w, STAMP + 1));
	r = request_wait(w);
	a = answer_accept(w, &r, 0);
	a.mip.ext.revocation.present = true;
	a.mip.ext.revocation.timestamp = STAMP + 2;
	answer_send(w, &r, &a);
	revoke(w, STAMP + 1);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	assert_int_equal(w->mnd->counters.counts[COUNT_OLD_REVOCATION], 1);
	world_free(w);
}

/* Behind a NAT the agent may know only what it saw. */
static void test_behind_a_nat_the_care_of_address_may_be_the_observed_one(void **state)
{
	struct world *w = world_new();
	struct request r = first_request(w);
	struct answer a = answer_accept(w, &r, MIP_FEATURE_OBSERVED_ADDRESS);
	struct mip_revocation revocation = honest(STAMP + 1);

	a.mip.ext.observed_addr = (struct mipm_endpoint) { addr("192.0.2.9"), 40000 };
	a.mip.ext.revocation.present = true;
	a.mip.ext.revocation.timestamp = STAMP;
	answer_send(w, &r, &a);
	revocation.careof_addr = addr("192.0.2.9");
	say(w, &revocation, w->sa, 0, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	assert_true(ack_take(w, STAMP + 1));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_revocation_ends_the_registration_and_is_acknowledged),
		cmocka_unit_test(
			test_a_repeated_revocation_is_acknowledged_again_and_changes_nothing),
		cmocka_unit_test(
			test_an_agent_that_revokes_again_and_again_is_asked_ever_less_often),
		cmocka_unit_test(test_another_home_agent_is_asked_at_once),
		cmocka_unit_test(test_what_may_not_revoke_changes_nothing_and_is_not_answered),
		cmocka_unit_test(
			test_a_revocation_cannot_be_played_again_after_the_next_registration),
		cmocka_unit_test(test_behind_a_nat_the_care_of_address_may_be_the_observed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
