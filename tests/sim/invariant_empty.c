/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every table returns to empty after everybody has left: no binding in force, no tunnel and no path
 * in any forwarding table, nothing that waits. What had remembers of a router that it has seen once
 * (address and replay state) is meant to stay.
 */
#include "tests/sim/had_inside.h"
#include "tests/sim/invariant.h"

static const struct invariant *const self = &invariant_empty;

static void check_tunneld(struct sim *s, const struct host *h)
{
	const struct fib *fib = &h->tunneld->forwarder->fib;

	if (fib->tunnels.n_links || fib->n_live_paths || fib->admission.n_live)
		invariant_violated(s, self, "tunneld of %s has %zu tunnels, %u paths, %zu ends",
			h->name, fib->tunnels.n_links, fib->n_live_paths, fib->admission.n_live);
}

static void check_had(struct sim *s, const struct agent *a)
{
	const char *owner = had_inside_binding(a->had, a->conf);
	size_t n = had_inside_waiting(a->had);

	if (owner)
		invariant_violated(s, self, "had of %s has a binding of %s", a->host.name, owner);
	if (n)
		invariant_violated(s, self, "%zu requests wait in had of %s", n, a->host.name);
}

static void left(void *s_)
{
	struct sim *s = s_;

	for (size_t i = 0; i < s->n_agents; i++) {
		check_tunneld(s, &s->agents[i]->host);
		check_had(s, s->agents[i]);
	}
	for (size_t i = 0; i < s->n_sites; i++)
		check_tunneld(s, &s->sites[i]->host);
}

const struct invariant invariant_empty = {
	.name = "empty",
	.left = left,
};
