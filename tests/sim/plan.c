/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/plan.h"

#include <stdlib.h>

#define SEED_OF_PLANS UINT64_C(0x706c616e73656564)

void plan_init(struct plan *p, uint64_t seed, size_t n_sites, size_t n_uplinks)
{
	*p = (struct plan) { .seed = seed, .n_sites = n_sites, .n_uplinks = n_uplinks };
	p->random = vtime_new(seed ^ SEED_OF_PLANS);
}

void plan_fini(struct plan *p)
{
	vtime_free(p->random);
	free(p->faults);
}

uint64_t plan_pick(struct plan *p, uint64_t n)
{
	return vtime_random_below(p->random, n);
}

uint64_t plan_between(struct plan *p, uint64_t a, uint64_t b)
{
	return a + plan_pick(p, b - a + 1);
}

bool plan_chance(struct plan *p, unsigned percent)
{
	return plan_pick(p, 100) < percent;
}

void plan_wait(struct plan *p, uint64_t ms)
{
	p->at_ms += ms;
}

void plan_add(struct plan *p, struct fault f)
{
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 16;
		p->faults = realloc(p->faults, p->room * sizeof(*p->faults));
		if (!p->faults)
			abort();
	}
	f.at_ms = p->at_ms;
	p->faults[p->n++] = f;
}
