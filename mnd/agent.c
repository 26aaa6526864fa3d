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
	agent->udp = AGENT_UDP_AS_CONFIGURED;
	set_phase(a, agent, assume ? AGENT_REPLACE : AGENT_CONTACT);
	agent->lead = NULL;
	agent->single = NULL;
	agent->unanswered = 0;
	agent->caps = 0;
	agent->n_refused = 0;
	flow_forget(agent);
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

/* Whoever answered last holds our home address now; the others are told, once each, and in vain
 * if they are dead. */
static void leave_other_agents(struct association *a, const struct registration *accepted)
{
	const struct home_agent *told = accepted->agent;
	struct registration *reg;
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		list_for_each (reg, &path->registrations, by_path) {
			if (reg->agent == accepted->agent || !reg->is_bound)
				continue;
			registration_event(
				reg, reg->agent == told ? REG_GONE : REG_ABANDON, accepted->path);
			told = reg->agent;
		}
	}
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
	agent->not_before = 0;
	set_phase(a, agent, next_phase(agent, is_own, overwrote));
	if (agent->phase != AGENT_MULTI)
		agent->lead = reg->path;
	if (agent->phase == AGENT_SINGLE)
		agent->single = reg;
	if (overwrote || !reg->grant.has_bid)
		others_are_gone(a, reg);
	leave_other_agents(a, reg);
}

bool agent_forces_udp(const struct association *a, const struct home_agent *agent)
{
	if (agent->udp != AGENT_UDP_AS_CONFIGURED)
		return agent->udp == AGENT_UDP_FORCED;
	return association_conf(a)->udp_tunnel == MND_UDP_TUNNEL_FORCE;
}

void agent_no_multipath(struct association *a, struct home_agent *agent)
{
	agent->no_multipath = true;
	set_phase(a, agent, AGENT_SINGLE);
	agent->single = NULL;
	agent->lead = lead_pick(a, NULL);
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
