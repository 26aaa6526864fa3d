/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A router with one working path is reachable within its bound (the family's outage_ms): where
 * daemons have run at both ends for 10 s, and one uplink has lost nothing for so long, users'
 * packets have come through both ways within that time.
 */
#include <stdlib.h>

#include "tests/sim/invariant.h"

#define BOUND_MS 10000
#define START	 (10 * NSEC_PER_S) /* who starts anew has so long at least */

struct reach {
	uint64_t up_since; /* of all daemons at both ends */
	uint64_t fair_since[UPLINKS_MAX + 1];
};

struct state {
	struct sim *sim;
	uint64_t bound;
	struct reach *sites;
};

static const struct invariant *const self = &invariant_reach;

static bool host_is_up(const struct host *h)
{
	return host_runs(h, "tunneld") && (h->site || host_runs(h, "had")) &&
	       (h->agent || (host_runs(h, "mnd") && host_runs(h, "linkmon")));
}

static bool lane_is_fair(const struct lane_conf *lane)
{
	return !lane->is_dead && !lane->loss && !lane->burst_begin && !lane->rate &&
	       !lane->longest && !lane->no_data && !lane->no_signalling && !lane->every;
}

static bool is_fair(const struct uplink *u)
{
	return uplink_is_usable(u) && lane_is_fair(&u->up.conf) && lane_is_fair(&u->down.conf);
}

static bool is_up(const struct sim *s, const struct site *site)
{
	for (size_t i = 0; i < s->n_agents; i++)
		if (host_is_up(&s->agents[i]->host))
			return host_is_up(&site->host);
	return false;
}

static bool is_since(uint64_t since, uint64_t now, uint64_t how_long)
{
	return since <= now && now - since > how_long;
}

static bool is_reachable(
	const struct state *st, const struct reach *r, const struct site *site, uint64_t now)
{
	uint64_t start = st->bound > START ? st->bound : START;

	if (!is_since(r->up_since, now, start))
		return false;
	for (uint8_t n = 1; n <= site->n_uplinks; n++)
		if (is_since(r->fair_since[n], now, st->bound))
			return true;
	return false;
}

static void observe(struct reach *r, const struct sim *s, const struct site *site, uint64_t now)
{
	if (!is_up(s, site))
		r->up_since = UINT64_MAX;
	else if (r->up_since == UINT64_MAX)
		r->up_since = now;
	for (uint8_t n = 1; n <= site->n_uplinks; n++) {
		if (!is_fair(&site->uplinks[n]))
			r->fair_since[n] = UINT64_MAX;
		else if (r->fair_since[n] == UINT64_MAX)
			r->fair_since[n] = now;
	}
}

static void check(struct state *st, const struct site *site, uint64_t now)
{
	struct reach *r = &st->sites[site->host.index];

	observe(r, st->sim, site, now);
	if (!is_reachable(st, r, site, now))
		return;
	if (now - site->flows.up.last_at > st->bound || now - site->flows.down.last_at > st->bound)
		invariant_violated(st->sim, self,
			"site %zu has a working path, and no traffic for %d ms", site->host.index,
			(int)(st->bound / NSEC_PER_MS));
}

static void look(void *state)
{
	struct state *st = state;
	uint64_t now = vtime_now(st->sim->vt);

	for (size_t i = 0; i < st->sim->n_sites; i++)
		if (st->sim->sites[i]->flows.is_on)
			check(st, st->sim->sites[i], now);
}

/* Shorter than the time between two looks: a daemon that dies and is back. */
static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	struct state *st = state;

	if (what == DAEMON_WOKEN)
		return;
	for (size_t i = 0; i < st->sim->n_sites; i++)
		if (h->agent || h->index == i)
			st->sites[i].up_since = UINT64_MAX;
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->bound = (s->outage_ms ? s->outage_ms : BOUND_MS) * NSEC_PER_MS;
	st->sites = calloc(s->n_sites, sizeof(*st->sites));
	if (!st->sites)
		abort();
	for (size_t i = 0; i < s->n_sites; i++)
		st->sites[i].up_since = UINT64_MAX;
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->sites);
	free(state);
}

const struct invariant invariant_reach = {
	.name = "reach",
	.make = make,
	.free = release,
	.daemon = daemon,
	.look = look,
};
