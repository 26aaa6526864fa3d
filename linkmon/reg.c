/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registrations as mnd tells them: with whom a path is registered, hence whom echoes are sent to.
 * The first home agent of the configuration that holds a binding counts; a refresh that is on its
 * way leaves the binding alive.
 */
#include "linkmon/detector.h"

#include "base/addr.h"

static bool is_bound(const struct path *p, const struct reg *reg)
{
	if (reg->state != MIPM_REG_BOUND && reg->state != MIPM_REG_WAITAR)
		return false;
	return !addr_is_present(&reg->careof_addr) || !path_has_address(p) ||
	       addr_equal(&reg->careof_addr, &p->careof_addr);
}

static size_t agent_rank(const struct linkmon *l, const struct reg *reg)
{
	for (size_t i = 0; i < l->conf.n_agents; i++)
		if (addr_equal(&l->conf.agents[i], &reg->peer))
			return i;
	return LINKMON_AGENTS_MAX;
}

static const struct reg *best_reg(const struct linkmon *l, const struct path *p)
{
	const struct reg *best = NULL;

	for (size_t i = 0; i < p->n_regs; i++) {
		if (!is_bound(p, &p->regs[i]))
			continue;
		if (!best || agent_rank(l, &p->regs[i]) < agent_rank(l, best))
			best = &p->regs[i];
	}
	return best;
}

bool reg_is_refused(const struct path *p)
{
	bool refused = false;

	for (size_t i = 0; i < p->n_regs; i++) {
		if (p->regs[i].state == MIPM_REG_BOUND || p->regs[i].state == MIPM_REG_WAITAR)
			return false;
		refused |= p->regs[i].state == MIPM_REG_FAILED;
	}
	return refused;
}

static void lost(struct linkmon *l, struct path *p, uint64_t now)
{
	if (!p->bound)
		return;
	p->bound = false;
	p->unbound_at = now;
	detectors_link(l, p, now, false);
}

void reg_choose(struct linkmon *l, struct path *p, uint64_t now)
{
	const struct reg *best = best_reg(l, p);
	bool same_peer, fresh;

	if (!best) {
		lost(l, p, now);
		return;
	}
	same_peer = addr_equal(&p->peer, &best->peer);
	fresh = addr_is_present(&p->peer) && !same_peer;
	p->home_addr = best->home_addr;
	p->peer = best->peer;
	p->unbound_at = 0;
	if (p->bound && same_peer)
		return;
	p->bound = true;
	detectors_link(l, p, now, fresh);
}

/* For a while mnd may be starting anew, and the binding live on at the home agent. */
void reg_tick(struct linkmon *l, struct path *p, uint64_t now)
{
	if (!p->unbound_at || p->bound)
		return;
	if (!reg_is_refused(p) && now < p->unbound_at + UNBOUND_GRACE_MS * NSEC_PER_MS)
		return;
	p->unbound_at = 0;
	if (p->verdict != MIPM_BAD)
		detectors_link(l, p, now, true);
}

static struct reg *reg_of(struct path *p, const struct mipm_reg_state_msg *msg)
{
	for (size_t i = 0; i < p->n_regs; i++)
		if (addr_equal(&p->regs[i].peer, &msg->peer) &&
			addr_equal(&p->regs[i].home_addr, &msg->home_addr))
			return &p->regs[i];
	return p->n_regs < REGS_MAX ? &p->regs[p->n_regs++] : NULL;
}

/* It may come before the MIPM_LINK of its uplink: two dumps, no order. */
static struct path *path_for(struct linkmon *l, const struct mipm_reg_state_msg *msg)
{
	struct path *p = path_by_number(l, msg->number);

	if (p || msg->number == 0 || msg->state == MIPM_REG_IDLE)
		return p;
	p = path_add(l, msg->number);
	if (p)
		p->link = msg->link;
	return p;
}

void reg_told(struct linkmon *l, const struct mipm_reg_state_msg *msg, uint64_t dump, uint64_t now)
{
	struct path *p = path_for(l, msg);
	struct reg *reg = p ? reg_of(p, msg) : NULL;

	if (!reg)
		return;
	*reg = (struct reg) { msg->home_addr, msg->peer, msg->careof_addr, msg->state, msg->active,
		dump };
	reg_choose(l, p, now);
	path_judge(l, p, now);
	/* Who starts anew does not disturb what works. */
	if (msg->active && p->bound && !l->heard_good && p->verdict != MIPM_BAD)
		l->current = p;
}

static void sweep_path(struct linkmon *l, struct path *p, uint64_t dump, uint64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_regs; i++)
		if (p->regs[i].dump == dump)
			p->regs[n++] = p->regs[i];
	if (n == p->n_regs)
		return;
	p->n_regs = n;
	reg_choose(l, p, now);
}

void reg_sweep(struct linkmon *l, uint64_t dump, uint64_t now)
{
	struct path *p;

	list_for_each (p, &l->paths, link_of)
		sweep_path(l, p, dump, now);
}
