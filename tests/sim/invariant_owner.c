/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One live owner per home address and per mobile network: what had says is a binding overlaps no
 * live binding of anybody else, at any home agent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "tests/sim/invariant.h"

#define NETWORKS 8

/* What one home agent says of one router. */
struct claim {
	char identity[32];
	struct mipm_addr home_addr;
	struct mipm_prefix networks[NETWORKS];
	size_t n_networks;
	uint64_t expires_at; /* of the home agent's clock; 0: never */
	bool is_live;
};

struct state {
	struct sim *sim;
	struct claim *claims; /* [agent][site] */
};

static const struct invariant *const self = &invariant_owner;

static struct claim *claims_of(const struct state *st, const struct host *agent)
{
	return &st->claims[agent->index * st->sim->n_sites];
}

static struct claim *claim_of(
	const struct state *st, const struct host *agent, const struct mipm_addr *home_addr)
{
	struct claim *claims = claims_of(st, agent), *unused = NULL;

	for (size_t i = 0; i < st->sim->n_sites; i++) {
		if (claims[i].is_live && addr_equal(&claims[i].home_addr, home_addr))
			return &claims[i];
		if (!claims[i].is_live && !unused)
			unused = &claims[i];
	}
	return unused;
}

static bool is_live(const struct claim *c, const struct host *agent)
{
	return c->is_live && (!c->expires_at || c->expires_at > fakebus_now(agent->bus));
}

static bool overlap(const struct claim *a, const struct claim *b)
{
	if (addr_equal(&a->home_addr, &b->home_addr))
		return true;
	for (size_t i = 0; i < a->n_networks; i++)
		for (size_t k = 0; k < b->n_networks; k++)
			if (prefix_overlaps(&a->networks[i], &b->networks[k]))
				return true;
	return false;
}

static void compare(struct state *st, const struct claim *new)
{
	for (size_t a = 0; a < st->sim->n_agents; a++) {
		const struct host *h = &st->sim->agents[a]->host;
		const struct claim *claims = claims_of(st, h);

		for (size_t i = 0; i < st->sim->n_sites; i++)
			if (is_live(&claims[i], h) &&
				strcmp(claims[i].identity, new->identity) != 0 &&
				overlap(&claims[i], new))
				invariant_violated(st->sim, self, "%s and %s have the same",
					claims[i].identity, new->identity);
	}
}

static bool is_same(const struct claim *a, const struct claim *b)
{
	return a->is_live && strcmp(a->identity, b->identity) == 0 &&
	       a->n_networks == b->n_networks &&
	       memcmp(a->networks, b->networks, sizeof(a->networks)) == 0;
}

static void on_bc_add(struct state *st, const struct host *h, const struct mipm_bc *bc)
{
	struct claim *c = claim_of(st, h, &bc->home_addr), new = { .is_live = true };

	snprintf(new.identity, sizeof(new.identity), "%.*s", bc->identity.len, bc->identity.text);
	new.home_addr = bc->home_addr;
	new.expires_at = bc->expires_at;
	for (size_t i = 0; i < bc->n_networks && i < NETWORKS; i++)
		new.networks[new.n_networks++] = bc->networks[i];
	if (!c) {
		invariant_violated(st->sim, self, "more bindings than routers");
		return;
	}
	if (!is_same(c, &new))
		compare(st, &new);
	*c = new;
}

static void bus(void *state, const struct watch_bus *e)
{
	struct state *st = state;
	const struct mipm_bc *bc = e->msg->body;
	struct claim *c;

	if (!e->host->agent || !e->to || strcmp(e->from, "had") != 0 ||
		strcmp(e->to, "tunneld") != 0)
		return;
	if (e->msg->type == MIPM_BC_ADD)
		on_bc_add(st, e->host, bc);
	if (e->msg->type == MIPM_BC_REMOVE && (c = claim_of(st, e->host, &bc->home_addr)))
		*c = (struct claim) { 0 };
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->claims = calloc(s->n_agents * s->n_sites, sizeof(*st->claims));
	if (!st->claims)
		abort();
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->claims);
	free(state);
}

const struct invariant invariant_owner = {
	.name = "owner",
	.make = make,
	.free = release,
	.bus = bus,
};
