/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/plan.h"

#include <stdlib.h>

void plan_init(struct plan *p, uint64_t seed, size_t n_sites)
{
	*p = (struct plan) { .seed = seed, .n_sites = n_sites };
	p->random = vtime_new(seed ^ UINT64_C(0x706c616e73656564));
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
