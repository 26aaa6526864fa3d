/* SPDX-License-Identifier: BSD-2-Clause */
/* Who says it, does it answer us, is it a lie: mnd/reply.c (THREATS T26, T27). */
#include "tests/unit/mnd-world.h"

/* ---- who says it ---- */

static void test_a_spoiled_authenticator_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	for (a.flip = 1; a.flip <= 32; a.flip += 31) {
		answer_send(w, &r, &a);
		expect_nothing(w);
	}
	assert_true(fakebus_logged(w->bus, "not authentic"));
	a.flip = 60; /* an octet that is covered */
	answer_send(w, &r, &a);
	expect_nothing(w);
	agent_accept(w, &r, 0); /* the true one still counts */
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_no_authenticator_or_somebody_elses_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.sa = NULL;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.sa = world_add_sa(w, 2000, 0x22); /* in the keys file, but not our home agent's */
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_two_authenticators_change_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);
	static const uint8_t second[38] = { 32, 36, 0, 0, 3, 0xef };

	a.tail = second;
	a.n_tail = sizeof(second);
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

/* T27: the algorithm is the SPI's, the digest has its whole length. */
static void test_another_algorithm_or_a_cut_digest_changes_nothing(void **state)
{
	static const enum mip_algorithm other[] = { MIP_HMAC_MD5, MIP_HMAC_SHA1 };
	uint8_t key[32];

	memset(key, 0x11, sizeof(key));
	for (size_t i = 0; i < 2; i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, OWN_CAPS);

		assert_int_equal(sa_new(SPI, other[i], key, sizeof(key), &a.sa), 0);
		answer_send(w, &r, &a);
		expect_nothing(w);
		sa_free(a.sa);
		world_free(w);
	}
}

static void test_another_spi_of_ours_is_believed_while_keys_roll_over(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.spis[w->conf.n_spis++] = 1008;
	a.sa = world_add_sa(w, 1008, 0x33);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	assert_int_equal(r.mip.ext.mn_ha.spi, SPI);
	w->sa = a.sa;
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_garbage_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct mipm_sig sig = { .local = r.local, .remote = r.remote, .link = r.link };
	uint8_t octets[64] = { 3 };

	for (uint32_t len = 1; len <= sizeof(octets); len++) {
		sig.payload = (struct mipm_span) { octets, len };
		fakebus_say(w->bus, "tunneld", "mnd", MIPM_SIG_IN, &sig);
	}
	world_run(w, 0);
	expect_nothing(w);
	world_free(w);
}

/* ---- whether it answers us ---- */

static void test_another_identification_changes_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, OWN_CAPS);

	a.mip.ident = r.mip.ident ^ 1;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.mip.ident = r.mip.ident ^ (UINT64_C(1) << 32); /* the low half is right */
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_only_the_latest_request_is_answered(void **state)
{
	struct request first, second;
	struct world *w = asked(&first);

	second = request_wait(w);
	agent_accept(w, &first, 0);
	expect_nothing(w);
	agent_accept(w, &second, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	agent_accept(w, &second, 0); /* again: nothing more */
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_ADD), 1);
	world_free(w);
}

static void test_another_home_address_is_no_answer(void **state)
{
	struct world *w = world_prepare();
	struct request r;
	struct answer a;

	w->conf.home_addr = addr(HOME);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	a = answer_accept(w, &r, 0);
	a.mip.home_addr = addr("10.200.0.8");
	answer_send(w, &r, &a);
	expect_nothing(w);
	world_free(w);
}

static void test_paths_have_requests_of_their_own(void **state)
{
	struct world *w = world_new();
	struct request a, b;

	MD(w, GOOD(1));
	agent_serve(w, OWN_CAPS);
	MD(w, GOOD(1), GOOD(2), GOOD(3));
	a = request_must(w);
	b = request_must(w);
	agent_accept(w, &b, OWN_CAPS); /* in the other order */
	agent_accept(w, &a, OWN_CAPS);
	assert_int_equal(state_of(w, 2), MIPM_REG_BOUND);
	assert_int_equal(state_of(w, 3), MIPM_REG_BOUND);
	world_free(w);
}

/* ---- lies of an authentic agent ---- */

static void lie_home_agent(struct answer *a)
{
	a->mip.home_agent = addr(HA2);
}

static void lie_no_time(struct answer *a)
{
	a->mip.lifetime = 0;
}

static void lie_no_home_addr(struct answer *a)
{
	a->mip.home_addr = addr("0.0.0.0");
}

static void lie_home_addr_multicast(struct answer *a)
{
	a->mip.home_addr = addr("224.0.0.1");
}

static void lie_home_addr_loopback(struct answer *a)
{
	a->mip.home_addr = addr("127.0.0.1");
}

static void lie_home_addr_is_agent(struct answer *a)
{
	a->mip.home_addr = addr(HA1);
}

static void lie_home_addr_is_careof(struct answer *a)
{
	a->mip.home_addr = careof(1);
}

static void lie_code_2(struct answer *a)
{
	a->mip.code = MIP_CODE_CONCURRENT_REGISTRATION;
}

static void lie_code_7(struct answer *a)
{
	a->mip.code = 7;
}

static void lie_code_201(struct answer *a)
{
	a->mip.code = MIP_CODE_HOME_NONCE_EXPIRED;
}

static void lie_unknown_extension(struct answer *a)
{
	static const uint8_t unknown[] = { 99, 2, 0, 0 }; /* below 128 */

	a->tail = unknown;
	a->n_tail = sizeof(unknown);
}

static void lie_cut_extension(struct answer *a)
{
	static const uint8_t cut[] = { 200, 77, 0 };

	a->tail = cut;
	a->n_tail = sizeof(cut);
}

static void test_lies_are_dropped_and_the_node_stays_up(void **state)
{
	static void (*const lies[])(struct answer *) = {
		lie_home_agent,
		lie_no_time,
		lie_no_home_addr,
		lie_home_addr_multicast,
		lie_home_addr_loopback,
		lie_home_addr_is_agent,
		lie_home_addr_is_careof,
		lie_code_2,
		lie_code_7,
		lie_code_201,
		lie_unknown_extension,
		lie_cut_extension,
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct request r;
		struct world *w = asked(&r);
		struct answer a = answer_accept(w, &r, OWN_CAPS);

		lies[i](&a);
		answer_send(w, &r, &a);
		if (state_of(w, 1) != MIPM_REG_WAITA)
			fail_msg("lie %zu is believed", i);
		expect_nothing(w);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		world_free(w);
	}
}

static void test_an_unknown_skippable_extension_is_skipped(void **state)
{
	static const uint8_t unknown[] = { 200, 2, 0, 0 };
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.tail = unknown;
	a.n_tail = sizeof(unknown);
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_somebody_elses_identity_is_refused(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a = answer_accept(w, &r, 0);

	a.mip.ext.nai = (struct mipm_str) { "site8", 5 };
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_spoiled_authenticator_changes_nothing),
		cmocka_unit_test(test_no_authenticator_or_somebody_elses_changes_nothing),
		cmocka_unit_test(test_two_authenticators_change_nothing),
		cmocka_unit_test(test_another_algorithm_or_a_cut_digest_changes_nothing),
		cmocka_unit_test(test_another_spi_of_ours_is_believed_while_keys_roll_over),
		cmocka_unit_test(test_garbage_changes_nothing),
		cmocka_unit_test(test_another_identification_changes_nothing),
		cmocka_unit_test(test_only_the_latest_request_is_answered),
		cmocka_unit_test(test_another_home_address_is_no_answer),
		cmocka_unit_test(test_paths_have_requests_of_their_own),
		cmocka_unit_test(test_lies_are_dropped_and_the_node_stays_up),
		cmocka_unit_test(test_an_unknown_skippable_extension_is_skipped),
		cmocka_unit_test(test_somebody_elses_identity_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
