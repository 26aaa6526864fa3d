/* SPDX-License-Identifier: BSD-2-Clause */
/* Families about uplinks: they lose, die, flap and come back. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

void plan_silent_death(struct plan *p)
{
	for (unsigned i = 0; i < 3; i++) {
		uint8_t number = part_uplink(p);

		plan_wait(p, plan_between(p, 1000, 20000));
		plan_add(p, (struct fault) { FAULT_DEAD, .number = number, .value = { true } });
		plan_wait(p, plan_between(p, 5000, 20000));
		plan_add(p, (struct fault) { FAULT_DEAD, .number = number, .value = { false } });
	}
}

/* All uplinks are bad ones, and the better of them die besides. */
void plan_handover_under_loss(struct plan *p)
{
	for (uint8_t n = 1; n <= p->n_uplinks; n++)
		part_weather(p, 0, n, 150);
	for (uint64_t left = plan_between(p, 2, 4); left > 0; left--) {
		uint8_t number = plan_chance(p, 70) ? 1 : part_uplink(p);

		plan_wait(p, plan_between(p, 1000, 40000));
		part_dies(p, 0, number);
		plan_wait(p, plan_between(p, 2000, 60000));
		part_returns(p, 0, number);
	}
}

void plan_carrier_loss(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 4); left > 0; left--) {
		uint8_t number = part_uplink(p);

		plan_add(p, (struct fault) { FAULT_CARRIER, 0, number, .value = { 0 } });
		plan_wait(p, plan_between(p, 10, 60000));
		if (plan_chance(p, 30))
			plan_add(p, (struct fault) { FAULT_ADDRESS, 0, number,
					    .value = { (int64_t)plan_pick(p, 7) } });
		plan_add(p, (struct fault) { FAULT_CARRIER, 0, number, .value = { 1 } });
		plan_wait(p, plan_between(p, 10, 60000));
	}
}

/* THREATS T23: an uplink or its address changes up to ten times a second. */
void plan_flapping(struct plan *p)
{
	static const enum fault_kind kinds[] = { FAULT_DEAD, FAULT_CARRIER, FAULT_ADDRESS };
	enum fault_kind kind = kinds[plan_pick(p, 3)];
	uint64_t period = plan_between(p, 50, plan_chance(p, 50) ? 500 : 8000);
	uint64_t times = plan_between(p, 5, 60000 / period < 200 ? 60000 / period + 5 : 200);
	uint8_t number = part_uplink(p);

	for (uint64_t i = 1; i <= times; i++) {
		plan_add(p, (struct fault) { kind, 0, number, .value = { (int64_t)(i % 2) } });
		plan_wait(p, period / 2 + plan_pick(p, period));
	}
}

/* One of them is back long before the others. */
static void all_dead(struct plan *p, uint64_t ms)
{
	for (uint8_t n = 1; n <= p->n_uplinks; n++) {
		part_dies(p, 0, n);
		plan_wait(p, plan_pick(p, 300));
	}
	plan_wait(p, ms);
	part_returns(p, 0, part_uplink(p));
	plan_wait(p, plan_between(p, 45000, 90000));
}

/* Registrations are refreshed when half of their 300 s are over: none runs out meanwhile. */
void plan_all_dead(struct plan *p)
{
	all_dead(p, plan_between(p, 100, plan_chance(p, 50) ? 5000 : 120000));
}

/* And the last waiting of a refresh is over. */
void plan_all_dead_long(struct plan *p)
{
	all_dead(p, plan_between(p, 340000, 1200000));
}
