/* SPDX-License-Identifier: BSD-2-Clause */
/* Routers behind NATs that forget in mid-flow, or that move to another address. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"
#include "tests/sim/nat.h"

/* RFC 4787 wants two minutes; those that people have forget after 20 s. */
static void put_nat(struct plan *p, uint8_t number)
{
	int64_t mapping = (int64_t)plan_pick(p, NAT_ADDRESS_AND_PORT + 1);
	int64_t filtering = (int64_t)plan_pick(p, NAT_ADDRESS_AND_PORT + 1);

	plan_add(p, (struct fault) { FAULT_NAT, 0, number,
			    .value = { 1, mapping, filtering,
				    (int64_t)plan_between(p, 20000, 180000) } });
}

void plan_nat_rebinding(struct plan *p)
{
	for (uint8_t n = 1; n <= p->n_uplinks; n++)
		if (n == 1 || plan_chance(p, 60))
			put_nat(p, n);
	plan_wait(p, plan_between(p, 5000, 40000));
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		uint8_t number = plan_chance(p, 20) ? 0 : part_uplink(p);

		plan_add(p, (struct fault) { FAULT_NAT_REBIND, 0, number });
		if (plan_chance(p, 20))
			plan_add(p, (struct fault) { FAULT_ADDRESS, 0, part_uplink(p),
					    .value = { (int64_t)plan_pick(p, 7) } });
		plan_wait(p, plan_between(p, 1000, 60000));
	}
}
