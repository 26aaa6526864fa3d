/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who leads towards a home agent that gets one request at a time, and what silence means: of one
 * path, that another shall lead; of all of them, that the agent is the one who is down (RFC 5944
 * 3.6.3, 3.6.1.1).
 */
#include <stdio.h>

#include "mnd/state.h"

#define TRIES_MAX   4 /* without any answer: the next home agent */
#define TRIES_BOUND 3 /* of a stranger's refresh, before the lead moves */

static bool may_lead(const struct path *path)
{
	return path_is_usable(path) && !path_is_standby(path);
}

/* The best path; after: the next one in turn behind that. NULL: no (other) one. */
struct path *lead_pick(const struct association *a, const struct path *after)
{
	struct path *path, *first = NULL;
	bool behind = false;

	list_for_each (path, &a->paths, link_) {
		if (path == after)
			behind = true;
		else if (!may_lead(path))
			continue;
		else if (behind)
			return path;
		else if (!first)
			first = path;
	}
	return first;
}

static bool is_led(const struct home_agent *agent)
{
	return agent->phase != AGENT_MULTI;
}

/* When the last link turns bad: is it the links, or the agent? Asked at once, not as standby. */
static void ask_all(struct association *a)
{
	struct registration *reg;
	struct path *path;
	bool sunk = false;

	list_for_each (path, &a->paths, link_) {
		if (path_is_usable(path) && path->verdict != MIPM_BAD)
			return;
		sunk = sunk || path->has_sunk;
	}
	list_for_each (path, &a->paths, link_) {
		reg = path_registration_get(path, a->agent);
		if (!sunk || !reg || !reg->is_wanted ||
			!registration_is_in(reg, FSM_IN(MIPM_REG_BOUND) | REG_WAITING))
			continue;
		schedule_reset(reg); /* it may have gone at the pace of a standby */
		registration_event(reg, REG_MOVEMENT, NULL);
	}
}

void lead_links_changed(struct association *a)
{
	struct home_agent *agent = a->agent;
	struct path *best = lead_pick(a, NULL);

	if (!best || a->mnd->is_adopting || a->mnd->is_stopping)
		return;
	if (!agent->lead || !may_lead(agent->lead) || agent->phase == AGENT_SINGLE)
		agent->lead = best;
	ask_all(a);
}

void lead_settle(struct association *a)
{
	struct home_agent *agent = a->agent;

	if (agent->refused_until <= a->mnd->now)
		agent->n_refused = 0;
	if (!agent->lead || !path_is_usable(agent->lead))
		agent->lead = lead_pick(a, NULL);
}

/* True if every path that could be answered was asked often enough. */
static bool all_silent(const struct association *a)
{
	const struct registration *reg;
	struct path *path;
	bool asked = false;

	list_for_each (path, &a->paths, link_) {
		reg = path_is_usable(path) ? path_registration_get(path, a->agent) : NULL;
		if (!reg || registration_is_in(reg, FSM_IN(MIPM_REG_FAILED)))
			continue;
		if (path_is_standby(path))
			continue;
		if (!registration_is_in(reg, REG_WAITING) || reg->tries < TRIES_MAX)
			return false;
		asked = true;
	}
	return asked;
}

static unsigned n_usable(const struct association *a)
{
	struct path *path;
	unsigned n = 0;

	list_for_each (path, &a->paths, link_)
		n += path_is_usable(path);
	return n;
}

unsigned lead_turns(const struct association *a, const struct home_agent *agent)
{
	unsigned n = is_led(agent) ? n_usable(a) : 1;

	return n > 0 ? n : 1;
}

static bool is_silent(const struct association *a)
{
	unsigned rounds = 2 * n_usable(a);

	if (!is_led(a->agent))
		return all_silent(a);
	return a->agent->unanswered >= (rounds > TRIES_MAX ? rounds : TRIES_MAX);
}

static void pass_lead(struct association *a, struct registration *reg)
{
	struct path *next = lead_pick(a, reg->path);

	if (registration_is_in(reg, FSM_IN(MIPM_REG_WAITAR)) && reg->tries < TRIES_BOUND)
		next = NULL;
	schedule_grow(reg);
	if (!next) {
		registration_event(reg, REG_RETRANS, NULL);
		return;
	}
	reg->is_wanted = false;
	registration_event(reg, REG_HOLD, NULL);
	a->agent->lead = next;
}

/* The latest request of a path was not answered in time. */
void lead_timeout(struct association *a, struct registration *reg)
{
	char text[64];

	registration_say(
		reg, "no answer to %u %s", reg->tries, reg->tries == 1 ? "request" : "requests");
	if (reg->agent != a->agent) {
		preference_timeout(reg);
		return;
	}
	a->agent->unanswered++;
	if (is_silent(a)) {
		snprintf(text, sizeof(text), "no answer over any of %u links", n_usable(a));
		if (a->n_agents == 1 && a->agent->unanswered == TRIES_MAX)
			log_warnx(a->mnd->env->log, "home agent: %s", text);
		association_next_agent(a, text);
		if (reg->agent != a->agent)
			return;
	}
	if (is_led(a->agent)) {
		pass_lead(a, reg);
		return;
	}
	schedule_grow(reg);
	registration_event(reg, REG_RETRANS, NULL);
}
