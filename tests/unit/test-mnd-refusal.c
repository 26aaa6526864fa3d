/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a refusal, and of code 133: mnd/refusal.c, mnd/reply.c (THREATS T19). */
#include "tests/unit/mnd-world.h"

/* ---- refusals ---- */

static void test_an_unproved_refusal_takes_nothing_down(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a;

	agent_accept(w, &r, 0);
	r = request_wait(w);
	for (unsigned code = 64; code <= 127; code++) {
		a = answer_deny(w, &r, (uint8_t)code);
		a.sa = NULL;
		answer_send(w, &r, &a);
		assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	}
	a = answer_deny(w, &r, MIP_CODE_PROHIBITED);
	a.sa = NULL;
	answer_send(w, &r, &a);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	agent_accept(w, &r, 0); /* the authenticated answer that follows counts */
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* Every code that a home agent may send has one of four ends, and never two requests a second. */
static void test_every_refusal_has_words_and_an_end(void **state)
{
	for (unsigned code = 128; code <= 192; code++) {
		struct request r;
		struct world *w = asked(&r);
		const struct mipm_reg_state_msg *told;
		unsigned n = 0;

		if (code == MIP_CODE_IDENT_MISMATCH) {
			world_free(w);
			continue;
		}
		agent_deny(w, &r, (uint8_t)code);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_int_equal(told->code, code);
		assert_true(says(&told->text, "the home agent refused: "));
		assert_true(says(&told->text, mip_code_sentence((uint8_t)code)));
		assert_false(says(&told->text, "\n"));
		assert_true(told->text.len < REGISTRATION_TEXT_MAX - 1); /* all of it */
		for (unsigned s = 0; s < 300; s++) {
			while (request_take(w, &r)) {
				agent_deny(w, &r, (uint8_t)code);
				n++;
			}
			world_run(w, 1000);
		}
		assert_in_range(n, 3, 12);
		world_free(w);
	}
}

static void test_a_refused_refresh_keeps_the_binding_until_it_expires(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_accept(w, &r, 0);
	r = request_wait(w);
	agent_deny(w, &r, MIP_CODE_POORLY_FORMED);
	assert_int_equal(state_of(w, 1), MIPM_REG_WAITAR);
	assert_int_equal(fakebus_count(w->bus, MIPM_BUL_REMOVE), 0);
	r = request_wait(w);
	assert_true(r.at < VTIME_START + 300 * NSEC_PER_S);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

static void test_a_learnt_home_address_that_is_refused_is_given_up(void **state)
{
	struct request r;
	struct world *w = asked(&r);

	agent_accept(w, &r, 0);
	while (state_of(w, 1) != MIPM_REG_WAITA)
		world_run(w, 1000); /* nobody answers until it has expired */
	request_drain(w);
	r = request_wait(w);
	assert_false(addr_is_unspecified(&r.mip.home_addr));
	agent_deny(w, &r, MIP_CODE_PROHIBITED);
	r = request_must(w);
	assert_true(addr_is_unspecified(&r.mip.home_addr));
	world_free(w);
}

static void test_code_131_tries_the_other_key(void **state)
{
	struct world *w = world_prepare();
	struct request r;

	w->conf.spis[w->conf.n_spis++] = 1008;
	world_add_sa(w, 1008, 0x33);
	world_start(w);
	MD(w, GOOD(1));
	r = request_must(w);
	agent_deny(w, &r, MIP_CODE_MN_FAILED_AUTHENTICATION);
	r = request_must(w);
	assert_int_equal(r.mip.ext.mn_ha.spi, 1008);
	agent_deny(w, &r, MIP_CODE_MN_FAILED_AUTHENTICATION);
	request_none(w);
	assert_int_equal(state_of(w, 1), MIPM_REG_FAILED);
	world_free(w);
}

/* ---- 133 ---- */

static void test_133_with_clocks_apart_learns_the_offset(void **state)
{
	static const int64_t offsets[] = { 7300, -7300, 300, -9 };
	static const char *const words[] = { " 2 h;", " 2 h;", " min;", " s;" };

	for (size_t i = 0; i < 4; i++) {
		struct request r;
		struct world *w = asked(&r);
		const struct mipm_reg_state_msg *told;
		int64_t apart;

		w->agent_offset = offsets[i] * (int64_t)NSEC_PER_S;
		w->resynced = true;
		agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
		told = fakebus_last(w->bus, MIPM_REG_STATE);
		assert_true(says(&told->text, "its clock and ours differ by"));
		assert_true(says(&told->text, words[i]));
		assert_int_equal(told->code, 133);
		assert_in_range(told->skew_ns - w->agent_offset + 2 * (int64_t)NSEC_PER_S, 0,
			4 * NSEC_PER_S);
		r = request_must(w); /* at once */
		apart = replay_difference_ns(r.mip.ident, agent_ident(w));
		assert_true(apart > -2 * (int64_t)NSEC_PER_S && apart < 2 * (int64_t)NSEC_PER_S);
		agent_accept(w, &r, 0);
		assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
		r = request_wait(w); /* and it stays learnt */
		apart = replay_difference_ns(r.mip.ident, agent_ident(w));
		assert_true(apart > -2 * (int64_t)NSEC_PER_S && apart < 2 * (int64_t)NSEC_PER_S);
		world_free(w);
	}
}

/* RFC 5944 5.7.2: each reply carries the high half of the next request. */
static void test_nonces_are_taken_from_every_reply(void **state)
{
	struct world *w = world_prepare();
	struct replay agent;
	struct request r;
	struct answer a;

	sa_find(&w->sas, SPI)->replay = REPLAY_NONCES;
	replay_init(&agent, REPLAY_NONCES);
	world_start(w);
	w->resynced = true;
	MD(w, GOOD(1));
	for (unsigned i = 0; i < 5; i++) {
		r = request_wait(w);
		w->resynced = true;
		if (replay_judge(&agent, r.mip.ident, 0, 0) == REPLAY_FRESH) {
			a = answer_accept(w, &r, 0);
			a.mip.ident = replay_accept(&agent, r.mip.ident, 0x1234567800000000 + i);
		} else {
			assert_int_equal(i, 0);
			a = answer_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
			a.mip.ident = replay_mismatch(&agent, r.mip.ident, 0, 0x77 + i);
		}
		answer_send(w, &r, &a);
		assert_int_equal(state_of(w, 1), i ? MIPM_REG_BOUND : MIPM_REG_WAITA);
	}
	world_free(w);
}

static void test_133_with_equal_clocks_repeats_without_an_offset(void **state)
{
	struct request r, again;
	struct world *w = asked(&r);
	const struct mipm_reg_state_msg *told;

	agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	again = request_must(w);
	assert_true(replay_is_later(again.mip.ident, r.mip.ident));
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_int_equal(told->skew_ns, 0);
	assert_true(says(&told->text, "overtook"));
	agent_accept(w, &again, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

/* T19: after its restart an agent wants more than the newest it had seen, plus two seconds. */
static void test_133_with_equal_clocks_gets_past_a_restarted_agent(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	uint64_t floor = r.mip.ident + (UINT64_C(2) << 32);
	unsigned n = 0;

	while (!replay_is_later(r.mip.ident, floor) && n++ < 10) {
		agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
		r = request_wait(w);
	}
	assert_in_range(n, 1, 4);
	assert_int_equal(first_association(w)->agent->sender.offset, 0);
	world_free(w);
}

static void test_a_forged_133_teaches_nothing(void **state)
{
	struct request r;
	struct world *w = asked(&r);
	struct answer a;

	w->agent_offset = 7200 * (int64_t)NSEC_PER_S;
	a = answer_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
	a.flip = 1;
	answer_send(w, &r, &a);
	expect_nothing(w);
	a.flip = 0;
	a.sa = NULL;
	answer_send(w, &r, &a);
	expect_nothing(w);
	assert_int_equal(first_association(w)->agent->sender.offset, 0);
	world_free(w);
}

static void test_an_agent_that_always_says_133_is_not_flooded(void **state)
{
	const struct mipm_reg_state_msg *told;
	struct request r;
	struct world *w = asked(&r);
	unsigned n = 0;

	for (unsigned i = 0; i < 600; i++) {
		while (request_take(w, &r)) {
			w->resynced = true;
			agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
			n++;
		}
		world_run(w, 100);
	}
	assert_in_range(n, 8, 11); /* five, and after 2, 4, 8, 16, 32 s */
	for (unsigned i = 0; i < 6000; i++) {
		while (request_take(w, &r)) {
			w->resynced = true;
			agent_deny(w, &r, MIP_CODE_IDENT_MISMATCH);
			n++;
		}
		world_run(w, 100);
	}
	assert_in_range(n, 16, 21); /* once a minute */
	told = fakebus_last(w->bus, MIPM_REG_STATE);
	assert_true(says(&told->text, "more slowly"));
	r = request_wait(w);
	agent_accept(w, &r, 0);
	assert_int_equal(state_of(w, 1), MIPM_REG_BOUND);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_unproved_refusal_takes_nothing_down),
		cmocka_unit_test(test_every_refusal_has_words_and_an_end),
		cmocka_unit_test(test_a_refused_refresh_keeps_the_binding_until_it_expires),
		cmocka_unit_test(test_a_learnt_home_address_that_is_refused_is_given_up),
		cmocka_unit_test(test_code_131_tries_the_other_key),
		cmocka_unit_test(test_133_with_clocks_apart_learns_the_offset),
		cmocka_unit_test(test_nonces_are_taken_from_every_reply),
		cmocka_unit_test(test_133_with_equal_clocks_repeats_without_an_offset),
		cmocka_unit_test(test_133_with_equal_clocks_gets_past_a_restarted_agent),
		cmocka_unit_test(test_a_forged_133_teaches_nothing),
		cmocka_unit_test(test_an_agent_that_always_says_133_is_not_flooded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
