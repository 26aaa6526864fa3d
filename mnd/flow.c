/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The downlink's order of paths: a catch-all flow binding (RFC 7629 4.2) that lists our BIDs, best
 * first; the home agent uses the first one that is alive. It travels in every registration with a
 * BID. When the order changes among registered paths, the best of them says so at once: traffic has
 * turned already, that is tunneld's to do, the request is bookkeeping.
 *
 * Only what a registered path carried counts as told: a request over a link that may be dead tells
 * nobody anything.
 */
#include <string.h>

#include "mnd/state.h"

/* RFC 7629 allows 8 BIDs; `always` (0: none) has to be among them, else code 153. */
size_t flow_order(const struct association *a, uint8_t bids[MIP_MAX_BIDS], uint8_t always)
{
	struct path *path;
	bool has_own = false;
	size_t n = 0;

	list_for_each (path, &a->paths, link_) {
		if (!path_is_usable(path) || n == MIP_MAX_BIDS)
			continue;
		bids[n++] = path->number;
		has_own = has_own || path->number == always;
	}
	if (always && !has_own && n == MIP_MAX_BIDS)
		bids[n - 1] = always;
	else if (always && !has_own)
		bids[n++] = always;
	return n;
}

static bool is_bound(const struct association *a, uint8_t bid)
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		const struct registration *reg = path_registration_get(path, a->agent);

		if (path->number == bid)
			return path_is_usable(path) && reg && reg->is_bound && !reg->is_stale;
	}
	return false;
}

static size_t only_bound(const struct association *a, const uint8_t *bids, size_t n, uint8_t *out)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++)
		if (is_bound(a, bids[i]))
			out[n_out++] = bids[i];
	return n_out;
}

void flow_sent(struct registration *reg)
{
	struct home_agent *agent = reg->agent;

	if (reg->sent.n_order == 0 ||
		(agent->n_order > 0 && !replay_is_later(reg->sent.ident, agent->order_ident)))
		return;
	memcpy(agent->order, reg->sent.order, sizeof(agent->order));
	agent->n_order = reg->sent.n_order;
	agent->order_ident = reg->sent.ident;
}

void flow_forget(struct home_agent *agent)
{
	agent->n_order = 0;
}

/* A binding that the agent keeps is gone here, and nobody could say so: what it has heard names
 * that path, and what is under way does. */
void flow_outdated(const struct association *a)
{
	struct path *path;

	flow_forget(a->agent);
	list_for_each (path, &a->paths, link_) {
		struct registration *reg = path_registration_get(path, a->agent);

		if (reg)
			reg->sent.n_order = 0;
	}
}

static struct registration *best_bound(const struct association *a)
{
	struct path *path;

	list_for_each (path, &a->paths, link_) {
		struct registration *reg = path_registration_get(path, a->agent);

		if (path_is_usable(path) && reg && reg->is_bound && !reg->is_stale)
			return reg;
	}
	return NULL;
}

void flow_settle(struct association *a)
{
	uint8_t bids[MIP_MAX_BIDS], want[MIP_MAX_BIDS], told[MIP_MAX_BIDS];
	struct registration *best = best_bound(a);
	size_t n, n_want, n_told;

	if (a->agent->phase != AGENT_MULTI || !best || best->is_deferred)
		return;
	n = flow_order(a, bids, 0);
	n_want = only_bound(a, bids, n, want);
	n_told = only_bound(a, a->agent->order, a->agent->n_order, told);
	if (n_want == n_told && memcmp(want, told, n_want) == 0)
		return;
	registration_event(best, REG_MOVEMENT, NULL);
}

/* The path that the home agent sends on, as far as we know. */
struct registration *flow_active(const struct association *a)
{
	const struct home_agent *agent = a->agent;
	struct path *path;

	if (agent->phase == AGENT_SINGLE)
		return agent->single && agent->single->is_bound ? agent->single : NULL;
	for (size_t i = 0; i < agent->n_order && agent->phase == AGENT_MULTI; i++) {
		if (!is_bound(a, agent->order[i]))
			continue;
		list_for_each (path, &a->paths, link_)
			if (path->number == agent->order[i])
				return path_registration_get(path, agent);
	}
	return best_bound(a);
}
