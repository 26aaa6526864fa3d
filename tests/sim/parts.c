/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/parts.h"

#define PPM_PER_MILLE 1000

uint16_t part_site(struct plan *p)
{
	return (uint16_t)plan_pick(p, p->n_sites);
}

uint8_t part_uplink(struct plan *p)
{
	return (uint8_t)plan_between(p, 1, p->n_uplinks);
}

void part_dies(struct plan *p, uint16_t site, uint8_t number)
{
	static const uint8_t ways[] = { WAY_UP, WAY_DOWN, 0, 0 };
	struct fault f = { FAULT_DEAD, site, number, .value = { 1 } };

	if (plan_chance(p, 20))
		f = (struct fault) { FAULT_CARRIER, site, number, .value = { 0 } };
	else
		f.ways = ways[plan_pick(p, 4)];
	plan_add(p, f);
}

void part_returns(struct plan *p, uint16_t site, uint8_t number)
{
	plan_add(p, (struct fault) { FAULT_DEAD, site, number, .value = { 0 } });
	plan_add(p, (struct fault) { FAULT_CARRIER, site, number, .value = { 1 } });
}

void part_weather(struct plan *p, uint16_t site, uint8_t number, unsigned loss)
{
	int64_t most = (int64_t)plan_pick(p, loss * PPM_PER_MILLE + 1);
	int64_t delay = (int64_t)plan_between(p, 5, 150), jitter = (int64_t)plan_pick(p, 40);
	int64_t late = (int64_t)plan_pick(p, 50000), twice = (int64_t)plan_pick(p, 50000);
	const struct fault kinds[] = {
		{ FAULT_LOSS, .value = { most } },
		{ FAULT_BURSTS, .value = { most / 10, 200000, 900000 } },
		{ FAULT_DELAY, .value = { delay, jitter } },
		{ FAULT_REORDER, .value = { late, 30 } },
		{ FAULT_DUPLICATE, .value = { twice } },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct fault f = kinds[i];

		f.site = site;
		f.number = number;
		if (plan_chance(p, 60))
			plan_add(p, f);
	}
}

void part_crashes(struct plan *p, bool at_agent, uint16_t host, const char *role, uint64_t ms)
{
	plan_add(p, (struct fault) { FAULT_CRASH_AT, host, .at_agent = at_agent, .role = role,
			    .value = { 0, (int64_t)ms } });
}

struct part_daemon part_daemon(struct plan *p)
{
	static const struct part_daemon daemons[] = { { "mnd", false }, { "linkmon", false },
		{ "tunneld", false }, { "had", true }, { "tunneld", true } };
	struct part_daemon d = daemons[plan_pick(p, sizeof(daemons) / sizeof(daemons[0]))];

	if (!d.at_agent)
		d.host = part_site(p);
	return d;
}

void part_any_crash(struct plan *p, uint64_t most_ms)
{
	struct part_daemon d = part_daemon(p);
	int64_t event = (int64_t)plan_between(p, 1, 40);

	plan_add(p, (struct fault) { FAULT_CRASH_AT, d.host, .at_agent = d.at_agent, .role = d.role,
			    .value = { event, (int64_t)plan_pick(p, most_ms) } });
}
