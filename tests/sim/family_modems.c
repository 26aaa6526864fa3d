/* SPDX-License-Identifier: BSD-2-Clause */
/* Families about what an uplink hangs on: the modem, and the lease of its address. */
#include "tests/sim/families.h"

static int64_t any_address(struct plan *p)
{
	return (int64_t)plan_pick(p, 7);
}

/* Pulled out for a moment or for long; what is plugged in again is another interface. */
void plan_modems(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		uint8_t n = (uint8_t)plan_between(p, 1, p->n_uplinks);

		plan_wait(p, plan_between(p, 10, 20000));
		plan_add(p, (struct fault) { FAULT_PLUG, 0, n, .value = { false } });
		plan_wait(p, plan_between(p, 1, plan_chance(p, 50) ? 1000 : 60000));
		if (plan_chance(p, 30))
			plan_add(p, (struct fault) {
					    FAULT_ADDRESS, 0, n, .value = { any_address(p) } });
		if (plan_chance(p, 80))
			plan_add(p, (struct fault) { FAULT_PLUG, 0, n, .value = { true } });
	}
}

/* Seeds 452 and 838: the lease of the active uplink ends while the only other one registers. */
void plan_leases(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		uint8_t n = (uint8_t)plan_between(p, 1, p->n_uplinks);

		plan_wait(p, plan_between(p, 10, 20000));
		plan_add(p, (struct fault) { FAULT_LEASE, 0, n });
		plan_wait(p, plan_between(p, 1, plan_chance(p, 50) ? 1000 : 60000));
		if (plan_chance(p, 80))
			plan_add(p, (struct fault) {
					    FAULT_ADDRESS, 0, n, .value = { any_address(p) } });
	}
}
