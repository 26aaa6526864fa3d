/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory per binding is within its bound: what the cores of the home agents have allocated since
 * the world was made, by the number of routers; and of each router's cores what they have, by the
 * number of its uplinks.
 */
#include <stdlib.h>

#include "tests/sim/invariant.h"
#include "tests/sim/memory.h"

/* Octets: whatever is there, and for each router that is bound or uplink that is used. */
static const struct bound {
	const char *who;
	size_t fixed, each;
} bounds[MEMORY_SIDES] = {
	[MEMORY_AGENTS] = { "home agents", 128 << 10, 3000 },
	[MEMORY_SITES] = { "routers", 128 << 10, 64 << 10 },
};

struct state {
	struct sim *sim;
	ptrdiff_t before[MEMORY_SIDES];
};

static void bus(void *state, const struct watch_bus *e)
{
	memory_side(e->host->agent ? MEMORY_AGENTS : MEMORY_SITES);
}

static void daemon(void *state, const struct host *h, const char *role, enum watch_daemon_what what)
{
	memory_side(h->agent ? MEMORY_AGENTS : MEMORY_SITES);
}

static void check(const struct state *st, enum memory_side side, size_t hosts, size_t each)
{
	const struct bound *b = &bounds[side];
	ptrdiff_t used = memory_in_use(side) - st->before[side];

	if (used > (ptrdiff_t)(hosts * b->fixed + each * b->each))
		invariant_violated(st->sim, &invariant_memory, "%s have %td octets", b->who, used);
}

static void quiet(void *state)
{
	const struct state *st = state;
	const struct sim *s = st->sim;

	check(st, MEMORY_AGENTS, s->n_agents, s->n_agents * s->n_sites);
	check(st, MEMORY_SITES, s->n_sites, s->n_sites * s->conf.n_uplinks);
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	for (int side = 0; side < MEMORY_SIDES; side++)
		st->before[side] = memory_in_use(side);
	return st;
}

const struct invariant invariant_memory = {
	.name = "memory",
	.make = make,
	.free = free,
	.bus = bus,
	.daemon = daemon,
	.quiet = quiet,
};
