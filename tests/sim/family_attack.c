/* SPDX-License-Identifier: BSD-2-Clause */
/* Replayed and forged messages, while the network has troubles of its own. */
#include "tests/sim/attacker.h"
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

void ready_attack(struct sim *s, struct plan *p)
{
	s->attacker = attacker_new(s);
}

static void trouble(struct plan *p)
{
	switch (plan_pick(p, 4)) {
	case 0:
		part_dies(p, 0, part_uplink(p));
		break;
	case 1:
		part_crashes(p, true, 0, "had", plan_pick(p, 2000));
		break;
	case 2:
		part_crashes(p, false, 0, "mnd", plan_pick(p, 2000));
		break;
	default:
		part_returns(p, 0, part_uplink(p));
		break;
	}
}

static void attack(struct plan *p)
{
	int64_t nth = (int64_t)plan_pick(p, plan_chance(p, 50) ? 4 : 64);
	int64_t source = (int64_t)plan_pick(p, ATTACK_SOURCES);
	int64_t times, change;

	switch (plan_pick(p, 5)) {
	case 0:
		plan_add(p, (struct fault) { FAULT_REPLAY, .value = { nth, source } });
		break;
	case 1:
		times = (int64_t)plan_between(p, 1, 20);
		plan_add(p, (struct fault) { FAULT_ECHO,
				    .value = { times, (int64_t)plan_pick(p, 3000), source } });
		break;
	case 2:
		plan_add(p, (struct fault) { FAULT_INTRUDE,
				    .value = { (int64_t)plan_pick(p, ATTACK_DATA_KINDS) } });
		break;
	default:
		change = (int64_t)plan_pick(p, ATTACK_CHANGES);
		plan_add(p, (struct fault) { FAULT_FORGE,
				    .value = { nth, change, (int64_t)plan_pick(p, 4096) } });
		break;
	}
}

void plan_attack(struct plan *p)
{
	for (uint64_t left = plan_between(p, 20, 60); left > 0; left--) {
		if (plan_chance(p, 15))
			trouble(p);
		attack(p);
		plan_wait(p, plan_pick(p, plan_chance(p, 80) ? 1000 : 30000));
	}
}
