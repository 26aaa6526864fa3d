/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known about a home agent, and who leads towards it. An unknown one is asked by a plain
 * request plus CAPS; since a second plain registration replaces the first (RFC 5944 3.8.2.1) only
 * one is out at a time, over the best link, and each time-out moves the lead to the next link. One
 * of our own answers with CAPS: then the lead registers again with its BID and O (RFC 7629 4.1),
 * and when that was accepted all other paths follow with their own. A stranger keeps one binding.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define TRIES_MAX   4			/* without any answer: the next home agent */
#define TRIES_BOUND 3			/* of a stranger's refresh, before the lead moves */
#define GRACE	    (2 * NSEC_PER_S)	/* for packets under way to the old address */
#define REFUSED_FOR (3600 * NSEC_PER_S) /* networks are asked for again, once */

const char *agent_phase_name(enum agent_phase phase)
{
	static const char *const names[] = { "contact", "replace", "multipath", "single" };

	return names[phase];
}

static bool may_multipath(const struct association *a, const struct home_agent *agent)
{
	return association_conf(a)->multipath != MND_MULTIPATH_NO && !agent->no_multipath;
}

static void set_phase(struct association *a, struct home_agent *agent, enum agent_phase phase)
{
	char buf[ADDR_TEXT_MAX];

	if (agent->phase == phase)
		return;
	log_debug(a->mnd->env->log, "home agent %s: %s -> %s", addr_print(&agent->addr, buf),
		agent_phase_name(agent->phase), agent_phase_name(phase));
	agent->phase = phase;
}

void agent_reset(struct association *a, struct home_agent *agent)
{
	bool assume = association_conf(a)->multipath == MND_MULTIPATH_YES;

	agent->no_multipath = false;
	set_phase(a, agent, assume ? AGENT_REPLACE : AGENT_CONTACT);
	agent->lead = NULL;
	agent->single = NULL;
	agent->unanswered = 0;
	agent->caps = 0;
	agent->n_refused = 0;
	flow_forget(agent);
}

static bool may_lead(const struct path *path)
{
	return path_is_usable(path) && !path_is_standby(path);
}

/* The best path; after: the next one in turn behind that. NULL: no (other) one. */
static struct path *pick_lead(const struct association *a, const struct path *after)
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
		if (sunk && reg && reg->is_wanted &&
			registration_is_in(reg, FSM_IN(MIPM_REG_BOUND)))
			registration_event(reg, REG_MOVEMENT, NULL);
	}
}

void agent_links_changed(struct association *a)
{
	struct home_agent *agent = a->agent;
	struct path *best = pick_lead(a, NULL);

	if (!best || a->mnd->is_adopting || a->mnd->is_stopping)
		return;
	if (!agent->lead || !may_lead(agent->lead) || agent->phase == AGENT_SINGLE)
		agent->lead = best;
	ask_all(a);
}

void agent_settle(struct association *a)
{
	struct home_agent *agent = a->agent;

	if (agent->refused_until <= a->mnd->now)
		agent->n_refused = 0;
	if (!agent->lead || !path_is_usable(agent->lead))
		agent->lead = pick_lead(a, NULL);
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

static bool is_silent(const struct association *a)
{
	unsigned rounds = 2 * n_usable(a);

	if (!is_led(a->agent))
		return all_silent(a);
	return a->agent->unanswered >= (rounds > TRIES_MAX ? rounds : TRIES_MAX);
}

static void pass_lead(struct association *a, struct registration *reg)
{
	struct path *next = pick_lead(a, reg->path);

	if (registration_is_in(reg, FSM_IN(MIPM_REG_WAITAR)) && reg->tries < TRIES_BOUND)
		next = NULL;
	registration_grow_backoff(reg);
	if (!next) {
		registration_event(reg, REG_RETRANS, NULL);
		return;
	}
	reg->is_wanted = false;
	registration_event(reg, REG_HOLD, NULL);
	a->agent->lead = next;
}

/* The latest request of a path was not answered in time. */
void agent_timeout(struct association *a, struct registration *reg)
{
	char text[64];

	a->agent->unanswered++;
	registration_say(
		reg, "no answer to %u %s", reg->tries, reg->tries == 1 ? "request" : "requests");
	if (reg->agent == a->agent && is_silent(a)) {
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
	registration_grow_backoff(reg);
	registration_event(reg, REG_RETRANS, NULL);
}

/* O wiped them there; the stranger's last word wiped them too, but packets are under way. */
static void others_are_gone(struct association *a, const struct registration *accepted)
{
	struct registration *reg;
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		reg = path_registration_get(path, accepted->agent);
		if (!reg || reg == accepted || !reg->is_bound)
			continue;
		if (accepted->agent->phase == AGENT_MULTI)
			reg->is_stale = true;
		else
			registration_shorten(reg, a->mnd->now + GRACE);
	}
}

/* Whoever answered last holds our home address now. */
static void drop_other_agents(struct association *a, const struct home_agent *agent)
{
	struct registration *reg;
	struct path *path;

	list_for_each (path, &a->paths, link_)
		list_for_each (reg, &path->registrations, by_path)
			if (reg->agent != agent && reg->is_bound)
				registration_event(reg, REG_GONE, NULL);
}

static enum agent_phase next_phase(const struct home_agent *agent, bool is_own, bool overwrote)
{
	if (!is_own)
		return AGENT_SINGLE;
	return agent->phase == AGENT_MULTI || overwrote ? AGENT_MULTI : AGENT_REPLACE;
}

static bool shows_multipath(const struct mip_caps *caps)
{
	return caps->present && caps->role == MIP_CAPS_HOME_AGENT &&
	       (caps->features & MIP_FEATURE_MULTIPATH);
}

/* The registration is BOUND by now, and tunneld knows: make before break. */
void agent_accepted(struct registration *reg, const struct mip_caps *caps, bool overwrote)
{
	struct association *a = reg->path->association;
	struct home_agent *agent = reg->agent;
	bool is_own =
		may_multipath(a, agent) &&
		(shows_multipath(caps) || association_conf(a)->multipath == MND_MULTIPATH_YES);

	agent->caps = caps->present ? caps->features : 0;
	set_phase(a, agent, next_phase(agent, is_own, overwrote));
	if (agent->phase != AGENT_MULTI)
		agent->lead = reg->path;
	if (agent->phase == AGENT_SINGLE)
		agent->single = reg;
	if (overwrote || !reg->grant.has_bid)
		others_are_gone(a, reg);
	drop_other_agents(a, agent);
}

void agent_no_multipath(struct association *a, struct home_agent *agent)
{
	agent->no_multipath = true;
	set_phase(a, agent, AGENT_SINGLE);
	agent->single = NULL;
	agent->lead = pick_lead(a, NULL);
}

void agent_replace(struct association *a, struct home_agent *agent, struct path *lead)
{
	set_phase(a, agent, AGENT_REPLACE);
	agent->lead = lead;
}

void agent_refuse_networks(struct association *a, struct home_agent *agent,
	const struct mipm_prefix *networks, size_t n)
{
	for (size_t i = 0; i < n && agent->n_refused < MND_NETWORKS_MAX; i++)
		if (agent_is_asked_for(agent, &networks[i], a->mnd->now))
			agent->refused[agent->n_refused++] = networks[i];
	agent->refused_until = a->mnd->now + REFUSED_FOR;
}

bool agent_is_asked_for(
	const struct home_agent *agent, const struct mipm_prefix *network, uint64_t now)
{
	if (agent->refused_until <= now)
		return true;
	for (size_t i = 0; i < agent->n_refused; i++)
		if (prefix_equal(&agent->refused[i], network))
			return false;
	return true;
}
