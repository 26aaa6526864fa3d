/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tried. */
#include "tests/sim/family.h"

/* One uplink after the other goes silent and comes back. */
static void plan_silent_death(struct plan *p)
{
	for (unsigned i = 0; i < 3; i++) {
		uint8_t number = (uint8_t)plan_between(p, 1, p->n_uplinks);

		plan_wait(p, plan_between(p, 1000, 20000));
		plan_add(p, (struct fault) { FAULT_DEAD, .number = number, .value = { true } });
		plan_wait(p, plan_between(p, 5000, 20000));
		plan_add(p, (struct fault) { FAULT_DEAD, .number = number, .value = { false } });
	}
}

const struct family families[] = {
	{ .name = "silent-death",
		.what = "one uplink after the other goes silent and comes back",
		.plan = plan_silent_death,
		.outage_ms = 5000 },
	{ .name = NULL },
};
