/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of a bus that speak a later version of it. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

static void to_daemon(struct plan *p, enum fault_kind kind, struct part_daemon d, uint64_t value)
{
	plan_add(p, (struct fault) { kind, d.host, .at_agent = d.at_agent, .role = d.role,
			    .value = { (int64_t)value } });
}

/* One daemon after the other is stopped, and a newer one started in its place. */
void plan_upgrade(struct plan *p)
{
	for (uint64_t left = plan_between(p, 2, 8); left > 0; left--) {
		to_daemon(p, FAULT_NEWER, part_daemon(p), plan_chance(p, 80));
		if (plan_chance(p, 50))
			part_any_crash(p, 3000);
		if (plan_chance(p, 30))
			part_dies(p, 0, part_uplink(p));
		plan_wait(p, plan_between(p, 100, 20000));
		if (plan_chance(p, 50))
			part_returns(p, 0, part_uplink(p));
	}
}
