/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of a bus that do not read, and those that speak a later version of it. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

#define BACKLOG 1500 /* octets: a few messages */

/* So little is kept for who does not read that nearly everybody misses something. */
void ready_bus_overflow(struct sim *s, struct plan *p)
{
	for (size_t i = 0; i < s->n_agents; i++)
		fakebus_set_backlog(s->agents[i]->host.bus, BACKLOG);
	for (size_t i = 0; i < s->n_sites; i++)
		fakebus_set_backlog(s->sites[i]->host.bus, BACKLOG);
}

static void to_daemon(struct plan *p, enum fault_kind kind, struct part_daemon d, uint64_t value)
{
	plan_add(p, (struct fault) { kind, d.host, .at_agent = d.at_agent, .role = d.role,
			    .value = { (int64_t)value } });
}

/* tunneld and mnd read always, and the home agent's bus is not slow: what is lost before tunneld
 * has heard it would look as if had had never said it. */
static struct part_daemon any_deaf(struct plan *p)
{
	if (plan_chance(p, 50))
		return (struct part_daemon) { "had", true, 0 };
	return (struct part_daemon) { "linkmon", false, part_site(p) };
}

void plan_bus_overflow(struct plan *p)
{
	for (uint64_t left = plan_between(p, 3, 15); left > 0; left--) {
		struct part_daemon deaf = any_deaf(p);

		to_daemon(p, FAULT_DEAF, deaf, plan_between(p, 10, 5000));
		if (plan_chance(p, 20))
			plan_add(p, (struct fault) { FAULT_BUS_DELAY,
					    .value = { (int64_t)plan_pick(p, 50) } });
		plan_wait(p, plan_pick(p, 1000));
		if (plan_chance(p, 40))
			part_dies(p, 0, part_uplink(p));
		if (plan_chance(p, 30))
			part_any_crash(p, 3000);
		plan_wait(p, plan_pick(p, 8000));
		if (plan_chance(p, 50))
			part_returns(p, 0, part_uplink(p));
	}
}

/* One daemon after the other is stopped, and a newer one started in its place. */
void plan_upgrade(struct plan *p)
{
	for (uint64_t left = plan_between(p, 2, 8); left > 0; left--) {
		struct part_daemon newer = part_daemon(p);

		to_daemon(p, FAULT_NEWER, newer, plan_chance(p, 80));
		if (plan_chance(p, 50))
			part_any_crash(p, 3000);
		if (plan_chance(p, 30))
			part_dies(p, 0, part_uplink(p));
		plan_wait(p, plan_between(p, 100, 20000));
		if (plan_chance(p, 50))
			part_returns(p, 0, part_uplink(p));
	}
}
