/* SPDX-License-Identifier: BSD-2-Clause */
/* Families about daemons: they start in any order, crash anywhere and come back. */
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

struct place {
	bool at_agent;
	uint16_t host;
	const char *role;
};

static const char *const site_roles[] = { "mnd", "linkmon", "tunneld" };
static const char *const agent_roles[] = { "had", "tunneld" };

#define JITTER_MS     70 /* two paths differ by up to 20 ms, jitter is 3, packets come every 20 */
#define N_SITE_ROLES  3
#define N_AGENT_ROLES 2

void set_any_disk(struct sim_conf *conf, struct plan *p)
{
	conf->has_disk = plan_chance(p, 50);
}

void set_any_size(struct sim_conf *conf, struct plan *p)
{
	conf->n_sites = plan_between(p, 1, 3);
	conf->n_uplinks = plan_between(p, 1, 4);
	p->n_sites = conf->n_sites;
	p->n_uplinks = conf->n_uplinks;
	set_any_disk(conf, p);
}

static size_t all_places(const struct plan *p, struct place *places)
{
	size_t n = 0;

	for (size_t i = 0; i < N_AGENT_ROLES; i++)
		places[n++] = (struct place) { true, 0, agent_roles[i] };
	for (uint16_t site = 0; site < p->n_sites; site++)
		for (size_t i = 0; i < N_SITE_ROLES; i++)
			places[n++] = (struct place) { false, site, site_roles[i] };
	return n;
}

/* One after the other, in any order, some over uplinks that are not there yet. */
void plan_cold_start(struct plan *p)
{
	struct place places[N_AGENT_ROLES + 3 * N_SITE_ROLES];
	size_t n = all_places(p, places);
	uint64_t pause = plan_chance(p, 25) ? 15000 : 1500;

	for (uint8_t number = 2; number <= p->n_uplinks; number++)
		if (plan_chance(p, 30))
			part_dies(p, EVERY_SITE, number);
	while (n > 0) {
		struct place *which = &places[plan_pick(p, n)];

		plan_add(p, (struct fault) { FAULT_START, which->host, .at_agent = which->at_agent,
				    .role = which->role });
		plan_wait(p, plan_pick(p, pause));
		*which = places[--n];
	}
	plan_wait(p, 10000);
}

void check_no_gap(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++)
		if (flows_gap_ms(s->sites[i]) > JITTER_MS)
			sim_fail(s, "site %zu was without traffic for %d ms", i,
				(int)flows_gap_ms(s->sites[i]));
}

/* Away for less than half of a lifetime in all. Now and then the disk is another one. */
void plan_had_crash(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		uint64_t down = plan_pick(p, plan_chance(p, 50) ? 300 : 20000);

		plan_wait(p, plan_pick(p, plan_chance(p, 50) ? 3000 : 100000));
		part_crashes(p, true, 0, "had", down);
		if (plan_chance(p, 20))
			plan_add(p, (struct fault) { FAULT_DISK_LOST, .at_agent = true });
		plan_wait(p, down + 20);
	}
}

/* had, its tunneld or both, and uplinks die meanwhile. */
void plan_agent_crash(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		uint64_t down = plan_pick(p, plan_chance(p, 80) ? 20000 : 400000);

		plan_wait(p, plan_pick(p, plan_chance(p, 50) ? 3000 : 100000));
		if (plan_chance(p, 20))
			part_crashes(p, true, 0, "tunneld", plan_pick(p, 3000));
		if (plan_chance(p, 80))
			part_crashes(p, true, 0, "had", down);
		plan_wait(p, plan_pick(p, down + 500));
		if (plan_chance(p, 20))
			plan_add(p, (struct fault) { FAULT_DISK_LOST, .at_agent = true });
		if (plan_chance(p, 30)) {
			uint16_t site = part_site(p);

			part_dies(p, site, part_uplink(p));
		}
		plan_wait(p, plan_pick(p, 10000));
	}
}

/* A router without its linkmon stays where it is; and who starts anew does not disturb it. */
void plan_monitor_crash(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 4); left > 0; left--) {
		part_crashes(p, false, 0, "linkmon", plan_pick(p, 20000));
		if (plan_chance(p, 30)) {
			plan_wait(p, plan_pick(p, 1000));
			part_dies(p, 0, (uint8_t)plan_between(p, 2, p->n_uplinks));
		}
		plan_wait(p, plan_between(p, 1000, 60000));
	}
}

/* mnd and tunneld take over from their lives before. */
void plan_adoption(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 6); left > 0; left--) {
		bool both = plan_chance(p, 20);

		if (both || plan_chance(p, 60))
			part_crashes(p, false, 0, "mnd", plan_pick(p, 20000));
		plan_wait(p, plan_pick(p, 200));
		if (both || plan_chance(p, 40))
			part_crashes(p, false, 0, "tunneld", plan_pick(p, 100));
		plan_wait(p, plan_between(p, 200, 100000));
	}
}

/* The first registration, a refresh, a move, the last word: each daemon at its nth event. */
void plan_crash_at_each_step(struct plan *p)
{
	static const struct place places[] = { { false, 0, "mnd" }, { true, 0, "had" },
		{ false, 0, "tunneld" }, { true, 0, "tunneld" }, { false, 0, "linkmon" } };
	const struct place *place = &places[p->seed % 5];
	uint64_t nth = 1 + p->seed / 5 % 40,
		 back = plan_chance(p, 50) ? plan_pick(p, 100) : plan_pick(p, 5000);

	switch (plan_pick(p, 4)) {
	case 0: /* as after a power failure: the first one */
		plan_add(p, (struct fault) { FAULT_CRASH, .role = "tunneld" });
		plan_add(p, (struct fault) { FAULT_CRASH, .role = "mnd" });
		plan_wait(p, plan_pick(p, 2000));
		break;
	case 1: /* somewhere in the refreshes */
		plan_wait(p, plan_between(p, 120000, 150000));
		break;
	case 2:
		part_dies(p, 0, 1);
		plan_wait(p, plan_pick(p, 1200));
		break;
	default:
		plan_add(p, (struct fault) { FAULT_STOP, .role = "mnd" });
		break;
	}
	plan_add(p, (struct fault) { FAULT_CRASH_AT, place->host, .at_agent = place->at_agent,
			    .role = place->role, .value = { (int64_t)nth, (int64_t)back } });
	plan_add(p, (struct fault) { FAULT_START, .role = "tunneld" });
	plan_add(p, (struct fault) { FAULT_START, .role = "mnd" });
	plan_wait(p, plan_between(p, 1000, 60000));
}

static void something_happens(struct plan *p)
{
	uint16_t site = part_site(p);
	uint8_t number = part_uplink(p);

	switch (plan_pick(p, 6)) {
	case 0:
		part_dies(p, site, number);
		break;
	case 1:
		part_weather(p, site, number, 300);
		break;
	case 2:
		part_any_crash(p, 20000);
		break;
	case 3:
		plan_add(p, (struct fault) { FAULT_ADDRESS, site, number,
				    .value = { (int64_t)plan_pick(p, 7) } });
		break;
	default:
		part_returns(p, site, number);
		break;
	}
}

/* Whatever happens: when it is over, all is as it should be. */
void plan_chaos(struct plan *p)
{
	for (uint64_t left = plan_between(p, 10, 80); left > 0; left--) {
		something_happens(p);
		plan_wait(p, plan_pick(p, 4000));
	}
}
