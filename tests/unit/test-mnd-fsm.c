/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole matrix of mnd/registration_fsm.c: what each pair leads to, what is ignored. */
#include "tests/unit/mnd-world.h"

#define N_STATES 6

/* One letter per state; '.' is ignored. */
static const char letters[] = "IARDBF"; /* IDLE WAITA WAITAR WAITD BOUND FAILED */

static const struct {
	enum registration_event event;
	const char *next; /* by state */
} expected[] = {
	{ REG_START, "A..A.." },
	{ REG_ADOPT, "B....." },
	{ REG_ACCEPTED, ".BBI.." },
	{ REG_REPEAT, ".ARD.." },
	{ REG_LATER, ".ARI.." },
	{ REG_REFUSED, ".FRI.." },
	{ REG_REVOKED, "..F.F." },
	{ REG_DECLINED, ".DD..." },
	{ REG_RETRANS, ".ARD.A" },
	{ REG_REFRESH, "....R." },
	{ REG_MOVEMENT, ".AR.RA" },
	{ REG_HOLD, ".IB..I" },
	{ REG_GONE, ".IIIII" },
	{ REG_WITHDRAW, "..D.D." },
	{ REG_LEAVE, ".DD.D." },
	{ REG_ABANDON, "..D.D." },
	{ REG_GIVE_UP, "...I.." },
	{ REG_EXPIRE, "..AII." },
	{ REG_UNFIT, "FFF.FF" },
};

static void test_every_pair_leads_where_the_table_says(void **state)
{
	assert_int_equal(sizeof(expected) / sizeof(*expected), REG_EVENTS);
	for (size_t i = 0; i < REG_EVENTS; i++) {
		for (int s = 0; s < N_STATES; s++) {
			const struct fsm_row *row =
				fsm_find(&registration_fsm, s, (int)expected[i].event);
			char next = row ? letters[row->next] : '.';

			if (next != expected[i].next[s])
				fail_msg("%s in %s leads to %c",
					fsm_event_name(&registration_fsm, (int)expected[i].event),
					fsm_state_name(&registration_fsm, s), next);
		}
	}
}

static void test_every_state_and_event_has_a_name(void **state)
{
	assert_int_equal(registration_fsm.n_states, N_STATES);
	assert_int_equal(registration_fsm.n_events, REG_EVENTS);
	for (size_t i = 0; i < registration_fsm.n_states; i++)
		assert_non_null(registration_fsm.states[i]);
	for (size_t i = 0; i < registration_fsm.n_events; i++)
		assert_non_null(registration_fsm.events[i]);
}

/* Brings path 1 into a state by what the world does, as far as it can. */
static struct registration *in_state(struct world *w, int state)
{
	struct request r;

	MD(w, GOOD(1));
	r = request_must(w);
	if (state == MIPM_REG_FAILED)
		agent_deny(w, &r, MIP_CODE_POORLY_FORMED);
	if (state == MIPM_REG_WAITA || state == MIPM_REG_FAILED)
		return reg_of(w, 1, HA1);
	agent_accept(w, &r, 0);
	if (state == MIPM_REG_WAITAR)
		world_run(w, 151000);
	if (state == MIPM_REG_WAITD)
		registration_event(reg_of(w, 1, HA1), REG_LEAVE, reg_of(w, 1, HA1)->path);
	if (state == MIPM_REG_IDLE)
		world_md(w, NULL, 0);
	request_drain(w);
	return reg_of(w, 1, HA1);
}

/* In tunneld's table in BOUND and WAITAR, and until the answer in WAITD; never elsewhere. */
static void test_the_forwarding_entry_follows_the_state(void **state)
{
	static const int states[] = { MIPM_REG_IDLE, MIPM_REG_WAITA, MIPM_REG_WAITAR,
		MIPM_REG_WAITD, MIPM_REG_BOUND, MIPM_REG_FAILED };

	for (size_t i = 0; i < N_STATES; i++) {
		for (int e = 0; e < REG_EVENTS; e++) {
			struct world *w = world_new();
			struct registration *reg = in_state(w, states[i]);
			struct judged judged = { .event = e, .grant.lifetime_s = 60 };
			struct grant grant = { .home_addr = addr(HOME), .lifetime_s = 60 };
			void *arg = &judged;

			judged.grant.home_addr = addr(HOME);
			judged.grant.expires_at = grant.expires_at =
				fakebus_now(w->bus) + 60 * NSEC_PER_S;
			if (e == REG_ADOPT)
				arg = &grant;
			if (e == REG_WITHDRAW || e == REG_LEAVE || e == REG_ABANDON)
				arg = reg->path;
			if (e == REG_START || e == REG_MOVEMENT || e == REG_GIVE_UP ||
				e == REG_EXPIRE || e == REG_UNFIT || e == REG_RETRANS)
				arg = NULL;
			assert_int_equal(reg->fsm.state, states[i]);
			registration_event(reg, (enum registration_event)e, arg);
			if (!registration_is_in(reg, FSM_IN(MIPM_REG_WAITD)) &&
				reg->is_bound !=
					registration_is_in(reg,
						FSM_IN(MIPM_REG_BOUND) | FSM_IN(MIPM_REG_WAITAR)))
				fail_msg("%s in %s", fsm_event_name(&registration_fsm, e),
					fsm_state_name(&registration_fsm, states[i]));
			assert_true(reg->is_bound == deadline_is_armed(&reg->expiry));
			world_free(w);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair_leads_where_the_table_says),
		cmocka_unit_test(test_every_state_and_event_has_a_name),
		cmocka_unit_test(test_the_forwarding_entry_follows_the_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
