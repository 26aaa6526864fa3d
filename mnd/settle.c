/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares what is with what should be, once per call of the core, and raises what is missing:
 * which paths have to be registered, which have to wait, which must be told something new. RFC
 * 5944 3.6.3 for when, RFC 7629 4 for several at once.
 */
#include <string.h>

#include "mnd/state.h"

static bool is_wanted(const struct association *a, const struct path *path)
{
	if (!path_is_usable(path))
		return false;
	return a->agent->phase == AGENT_MULTI || a->agent->lead == path;
}

/* BOUND is not enough where the agent has to hear something else first. */
static bool must_move(const struct association *a, const struct registration *reg)
{
	switch (a->agent->phase) {
	case AGENT_CONTACT:
	case AGENT_REPLACE:
		return true;
	case AGENT_SINGLE:
		return a->agent->single != reg;
	case AGENT_MULTI:
		return reg->is_stale;
	}
	return false;
}

/* No request can be made before the home agent's name has an address. */
static void settle_unresolved(struct association *a, struct registration *reg)
{
	char text[REGISTRATION_TEXT_MAX];

	resolver_explain(a, text, sizeof(text));
	if (registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)) && strcmp(reg->text, text) == 0)
		return;
	registration_say(reg, "%s", text);
	registration_event(reg, REG_UNFIT, NULL);
}

static void settle_wanted(struct association *a, struct registration *reg)
{
	reg->is_wanted = true;
	if (!association_knows_agent(a)) {
		settle_unresolved(a, reg);
		return;
	}
	if (reg->is_declined) {
		reg->is_declined = !registration_is_in(reg, FSM_IN(MIPM_REG_IDLE));
		if (!reg->is_declined)
			registration_event(reg, REG_UNFIT, NULL);
		return;
	}
	if (registration_is_in(reg, FSM_IN(MIPM_REG_IDLE) | FSM_IN(MIPM_REG_WAITD)))
		registration_event(reg, REG_START, NULL);
	else if (registration_is_in(reg, FSM_IN(MIPM_REG_BOUND)) && must_move(a, reg))
		registration_event(reg, REG_MOVEMENT, NULL);
	else if (registration_is_in(reg, FSM_IN(MIPM_REG_BOUND)))
		schedule_refresh(reg);
}

static void settle_path(struct association *a, struct path *path)
{
	bool wanted = is_wanted(a, path);
	struct registration *reg = wanted || path->unfit ? path_registration(path, a->agent)
							 : path_registration_get(path, a->agent);

	if (!reg)
		return;
	if (path->is_present && path->unfit) {
		reg->is_wanted = false;
		if (!registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)) ||
			strcmp(reg->text, path->unfit) != 0)
			registration_event(reg, REG_UNFIT, NULL);
	} else if (wanted) {
		settle_wanted(a, reg);
	} else {
		reg->is_wanted = false;
		if (registration_is_in(reg, REG_WAITING))
			registration_event(reg, REG_HOLD, NULL);
	}
}

/* Two states change when another path becomes the first one in the downlink's order. */
static void settle_active(struct association *a)
{
	struct registration *before = a->active;

	a->active = flow_active(a);
	if (a->active == before)
		return;
	if (before)
		say_reg_state(before, NULL);
	if (a->active)
		say_reg_state(a->active, NULL);
}

void association_settle(struct association *a)
{
	struct path *path;

	if (a->mnd->is_adopting || a->mnd->is_stopping)
		return;
	resolver_settle(a);
	lead_settle(a);
	preference_settle(a);
	list_for_each (path, &a->paths, link_)
		settle_path(a, path);
	flow_settle(a);
	settle_active(a);
}
