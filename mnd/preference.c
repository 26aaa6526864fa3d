/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several home agents stand in the operator's order. While one further down is in use, those before
 * it are tried from time to time by a registration over the best path: when one accepts, it is in
 * use again, and only then the other one is left (make before break). Who has to be left again soon
 * is returned to later each time, so that an agent that comes and goes moves nobody.
 */
#include "base/addr.h"
#include "mnd/state.h"

#define HOLD_MIN    (30 * NSEC_PER_S)
#define HOLD_MAX    (1800 * NSEC_PER_S)
#define TRIAL_TRIES 3

static size_t place_of(const struct association *a, const struct home_agent *agent)
{
	size_t i = 0;

	while (a->agents[i] != agent)
		i++;
	return i;
}

static bool is_trying(const struct association *a)
{
	const struct registration *reg;
	struct path *path;

	list_for_each (path, &a->paths, link_)
		list_for_each (reg, &path->registrations, by_path)
			if (reg->agent != a->agent && registration_is_in(reg, REG_WAITING))
				return true;
	return false;
}

void preference_settle(struct association *a)
{
	struct timerq *timers = &a->mnd->timers;
	uint64_t hold = a->hold ? a->hold : HOLD_MIN;

	if (place_of(a, a->agent) == 0 || association_bound(a, a->agent) == 0)
		timerq_cancel(timers, &a->preference);
	else if (!deadline_is_armed(&a->preference))
		timerq_set(timers, &a->preference,
			a->mnd->now + hold + mnd_random_below(a->mnd, hold / 8));
}

static void try(struct association *a, struct home_agent *agent, struct path *path)
{
	struct registration *reg = path_registration(path, agent);

	if (!reg)
		return;
	agent_reset(a, agent);
	schedule_reset(reg);
	if (registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)))
		registration_event(reg, REG_HOLD, NULL);
	registration_event(reg, REG_START, NULL);
}

/* One of them a time. */
void preference_due(struct association *a)
{
	struct path *best = lead_pick(a, NULL);
	size_t place = place_of(a, a->agent);

	if (!best || is_trying(a))
		return;
	for (size_t n = 0; n < place; n++) {
		struct home_agent *agent = a->agents[a->next_trial++ % place];

		if (agent->not_before > a->mnd->now)
			continue;
		try(a, agent, best);
		return;
	}
}

void preference_timeout(struct registration *reg)
{
	schedule_grow(reg);
	registration_event(reg, reg->tries < TRIAL_TRIES ? REG_RETRANS : REG_HOLD, NULL);
}

void preference_take(struct registration *reg)
{
	struct association *a = reg->path->association;
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];

	log_info(a->mnd->env->log, "home agent %s answers again: back from %s",
		addr_print(&reg->agent->addr, to), addr_print(&a->agent->addr, from));
	a->agent = reg->agent;
	a->agent->returned_at = a->mnd->now;
}

void preference_refused(struct registration *reg)
{
	registration_event(reg, REG_HOLD, NULL);
}

void preference_left(struct association *a, struct home_agent *agent)
{
	uint64_t hold = a->hold ? a->hold : HOLD_MIN;
	bool soon = agent->returned_at && a->mnd->now - agent->returned_at < 10 * hold;

	a->hold = soon && 2 * hold < HOLD_MAX ? 2 * hold : soon ? HOLD_MAX : HOLD_MIN;
}
