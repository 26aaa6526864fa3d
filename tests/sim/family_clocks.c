/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks that are years off at boot, jump while daemons restart, and run fast or slow. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

#define S_MS	(INT64_C(1000))
#define DAY_MS	(86400 * S_MS)
#define YEAR_MS (365 * DAY_MS)

static void jump(struct plan *p, bool at_agent, uint16_t host)
{
	static const int64_t by[] = { -10 * YEAR_MS, 10 * YEAR_MS, -3600 * S_MS, 3600 * S_MS,
		-8 * S_MS, 8 * S_MS, -2 * S_MS, 500 };

	plan_add(p, (struct fault) { FAULT_CLOCK_JUMP, host, .at_agent = at_agent,
			    .value = { by[plan_pick(p, sizeof(by) / sizeof(by[0]))] } });
}

static void drift(struct plan *p, bool at_agent, uint16_t host)
{
	plan_add(p, (struct fault) { FAULT_CLOCK_DRIFT, host, .at_agent = at_agent,
			    .value = { (int64_t)plan_pick(p, 1001) - 500 } });
}

/* Half of the routers boot in 2016: the battery is empty. */
static void boot(struct plan *p)
{
	for (uint16_t site = 0; site < p->n_sites; site++)
		if (plan_chance(p, 50))
			plan_add(p, (struct fault) {
					    FAULT_CLOCK_JUMP, site, .value = { -10 * YEAR_MS } });
		else
			jump(p, false, site);
	plan_add(p, (struct fault) { FAULT_START, .at_agent = true, .role = "tunneld" });
	plan_add(p, (struct fault) { FAULT_START, .role = "had" });
	for (uint16_t site = 0; site < p->n_sites; site++) {
		plan_add(p, (struct fault) { FAULT_START, site, .role = "tunneld" });
		plan_add(p, (struct fault) { FAULT_START, site, .role = "linkmon" });
		plan_add(p, (struct fault) { FAULT_START, site, .role = "mnd" });
	}
}

void plan_clocks(struct plan *p)
{
	boot(p);
	for (uint64_t left = plan_between(p, 0, 4); left > 0; left--) {
		bool at_agent = plan_chance(p, 40);
		uint16_t host = at_agent ? 0 : part_site(p);

		plan_wait(p, plan_between(p, 3000, 60000));
		if (plan_chance(p, 40))
			drift(p, at_agent, host);
		jump(p, at_agent, host);
		if (plan_chance(p, 70))
			part_crashes(
				p, at_agent, host, at_agent ? "had" : "mnd", plan_pick(p, 3000));
	}
	plan_wait(p, 10000);
}
