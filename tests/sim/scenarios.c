/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tried. Each function fails its sim (sim_fail) or returns. */
#include "tests/sim/sim.h"

#include <string.h>

#define QUIET_GAP_MS 70 /* two paths differ by 10 ms, jitter is 3, packets come every 20 */

static uint64_t pick(struct sim *s, uint64_t n)
{
	return vtime_random_below(s->vt, n);
}

static void expect_gap(struct sim *s, const char *what, uint64_t most)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		uint64_t gap = flows_gap_ms(s->sites[i]);

		s->worst_ms = gap > s->worst_ms ? gap : s->worst_ms;
		if (gap > most)
			sim_fail(
				s, "%s: site %zu was without traffic for %d ms", what, i, (int)gap);
	}
}

static void expect_on(struct sim *s, const char *what, uint8_t number)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		uint8_t up = tunneld_uplink(&s->sites[i]->tunneld);
		uint8_t down = tunneld_downlink(&s->agent_tunneld, i);

		if (up != number || down != number)
			sim_fail(s, "%s: site %zu uses %d up and %d down, not %d", what, i, up,
				down, number);
	}
}

/* Both ends know the same paths, in the same order, and packets pass. */
static void expect_quiet(struct sim *s, const char *what)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		struct site *site = s->sites[i];

		for (uint8_t n = 1; n <= UPLINKS; n++)
			if (!tunneld_has_path(&site->tunneld, n) ||
				!tunneld_admits(&s->agent_tunneld, i, n))
				sim_fail(
					s, "%s: path %d of site %zu is not registered", what, n, i);
		if (!flows_are_alive(site))
			sim_fail(s, "%s: no traffic of site %zu", what, i);
	}
	expect_on(s, what, 1);
}

static void bring_up(struct sim *s)
{
	sim_start_all(s);
	flows_start(s);
	sim_run_ms(s, 15000 + pick(s, 1000));
	expect_quiet(s, "start");
	flows_mark(s);
}

/* The three of the router and the two of the home agent, one after the other in any order. */
static void cold_start(struct sim *s)
{
	static const char *const roles[] = { "mnd", "linkmon", "tunneld", NULL };
	uint8_t left = 0xf;

	flows_start(s);
	while (left) {
		uint64_t i = pick(s, 4);

		if (!(left & 1 << i))
			continue;
		left &= (uint8_t) ~(1 << i);
		if (roles[i])
			sim_start(s, roles[i], 0);
		else
			sim_start_agent(s);
		flows_mark(s);
		sim_run_ms(s, pick(s, 1500));
	}
	sim_run_ms(s, 6000);
	if (!flows_are_alive(s->sites[0]))
		sim_fail(s, "no traffic 6 s after the last daemon started");
	expect_gap(s, "cold start", 5500);
	sim_run_ms(s, 20000);
	expect_quiet(s, "cold start");
}

static void silent_death(struct sim *s)
{
	bring_up(s);
	net_hole(s->sites[0], 1, true);
	sim_run_ms(s, 3000);
	expect_gap(s, "outage", 620);
	expect_on(s, "death", 2);
	flows_mark(s);
	sim_run_ms(s, 10000 + pick(s, 10000));
	net_hole(s->sites[0], 1, false);
	sim_run_ms(s, 30000);
	expect_gap(s, "failback", QUIET_GAP_MS);
	expect_quiet(s, "failback");
}

static void carrier_loss(struct sim *s)
{
	bring_up(s);
	net_carrier(s->sites[0], 1, false);
	sim_run_ms(s, 3000);
	expect_gap(s, "outage", 150);
	expect_on(s, "carrier", 2);
	net_carrier(s->sites[0], 1, true);
	sim_run_ms(s, 60000);
	expect_quiet(s, "carrier is back");
}

/* While had is away, and through the next refresh. */
static void crash_of_had(struct sim *s, bool loses_disk)
{
	bring_up(s);
	sim_run_ms(s, pick(s, 100000));
	sim_crash(s, "had", 0);
	if (loses_disk)
		sim_store_lose(s->disk);
	sim_run_ms(s, pick(s, 20000));
	sim_start(s, "had", 0);
	sim_run_ms(s, 400000);
	expect_gap(s, "had restarted", QUIET_GAP_MS);
	expect_quiet(s, "had restarted");
}

/* Nobody misses a packet: tunneld tells what it has. */
static void had_crash_without_store(struct sim *s)
{
	crash_of_had(s, false);
}

static void had_crash_and_lost_store(struct sim *s)
{
	s->disk = sim_store_new();
	crash_of_had(s, true);
}

static void had_crash_with_store(struct sim *s)
{
	s->disk = sim_store_new();
	crash_of_had(s, false);
}

/* Back before anything has expired, and again: what was taken over can be taken over. */
static void had_crashes_again_and_again(struct sim *s)
{
	bring_up(s);
	for (int i = 0; i < 20; i++) {
		sim_crash(s, "had", 0);
		sim_run_ms(s, pick(s, 3000));
		sim_start(s, "had", 0);
		sim_run_ms(s, pick(s, i % 2 ? 300 : 60000));
	}
	sim_run_ms(s, 400000);
	expect_gap(s, "had restarted", QUIET_GAP_MS);
	expect_quiet(s, "had restarted");
}

/* The move's registration is the first that a new had sees. */
static void had_crash_then_handover(struct sim *s)
{
	if (s->seed % 2)
		s->disk = sim_store_new();
	bring_up(s);
	sim_crash(s, "had", 0);
	sim_run_ms(s, pick(s, 3000));
	sim_start(s, "had", 0);
	sim_run_ms(s, pick(s, 100));
	net_hole(s->sites[0], 1, true);
	sim_run_ms(s, 10000);
	expect_gap(s, "outage", 620);
	expect_on(s, "death", 2);
}

static void mnd_crash(struct sim *s)
{
	bring_up(s);
	sim_run_ms(s, pick(s, 100000));
	sim_crash(s, "mnd", 0);
	sim_run_ms(s, pick(s, 20000));
	sim_start(s, "mnd", 0);
	sim_run_ms(s, 400000);
	expect_gap(s, "mnd restarted", QUIET_GAP_MS);
	expect_quiet(s, "mnd restarted");
}

static void linkmon_crash(struct sim *s)
{
	uint64_t lasting = 400000;

	bring_up(s);
	sim_crash(s, "linkmon", 0);
	sim_run_ms(s, pick(s, 20000));
	sim_start(s, "linkmon", 0);
	for (uint64_t ms = 0; ms < lasting; ms += 1000) {
		sim_run_ms(s, 1000);
		expect_on(s, "linkmon restarted", 1);
	}
	expect_gap(s, "linkmon restarted", QUIET_GAP_MS);
	expect_quiet(s, "linkmon restarted");
}

static void tunneld_crash(struct sim *s)
{
	bring_up(s);
	sim_crash(s, "tunneld", 0);
	sim_run_ms(s, pick(s, 100));
	sim_start(s, "tunneld", 0);
	sim_run_ms(s, 20000);
	expect_gap(s, "tunneld restarted", 200);
	expect_quiet(s, "tunneld restarted");
}

/* Ten years late or early: 133 teaches the time. */
static void clock_off(struct sim *s)
{
	uint64_t years = 10ULL * 365 * 86400 * NSEC_PER_S;
	const struct core_env *env = fakebus_env(s->agent_bus, "had");

	fakebus_set_wall_offset(s->sites[0]->bus,
		s->seed % 2 ? env->wall_offset + years : env->wall_offset - years);
	sim_start_all(s);
	flows_start(s);
	flows_mark(s);
	sim_run_ms(s, 5000);
	expect_gap(s, "start", 2500);
	sim_run_ms(s, 20000);
	expect_quiet(s, "start");
}

static void all_dead_then_one_returns(struct sim *s)
{
	uint8_t back = (uint8_t)(1 + pick(s, UPLINKS));

	bring_up(s);
	for (uint8_t n = 1; n <= UPLINKS; n++)
		net_hole(s->sites[0], n, true);
	sim_run_ms(s, 1000 + pick(s, 60000));
	net_hole(s->sites[0], back, false);
	flows_mark(s);
	sim_run_ms(s, 5000);
	expect_gap(s, "return", 3000);
	for (uint8_t n = 1; n <= UPLINKS; n++)
		net_hole(s->sites[0], n, false);
	sim_run_ms(s, 120000);
	expect_quiet(s, "all are back");
}

static void something_happens(struct sim *s)
{
	static const char *const roles[] = { "mnd", "linkmon", "tunneld", "had" };
	size_t i = pick(s, s->n_sites);
	struct site *site = s->sites[i];
	uint8_t number = (uint8_t)(1 + pick(s, UPLINKS));
	const char *role = roles[pick(s, 4)];

	switch (pick(s, 8)) {
	case 0:
		site->uplinks[number].hole_up = pick(s, 2);
		break;
	case 1:
		site->uplinks[number].hole_down = pick(s, 2);
		break;
	case 2:
		site->uplinks[number].loss_permille = (uint32_t)pick(s, 300);
		break;
	case 3:
		net_carrier(site, number, pick(s, 2));
		break;
	case 4:
		site->uplinks[number].delay_ms = 5 + (uint32_t)pick(s, 400);
		break;
	case 5:
		sim_crash(s, role, i);
		break;
	default:
		sim_start(s, role, i);
		break;
	}
}

static void heal(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		for (uint8_t n = 1; n <= UPLINKS; n++) {
			s->sites[i]->uplinks[n] =
				(struct uplink) { .delay_ms = 15 + 10u * n, .jitter_ms = 3 };
			net_carrier(s->sites[i], n, true);
		}
	}
	sim_start_all(s);
}

/* Whatever happened: when it is over, all is as it should be. */
static void chaos(struct sim *s)
{
	if (s->seed % 2)
		s->disk = sim_store_new();
	sim_start_all(s);
	flows_start(s);
	for (int i = 0; i < 100; i++) {
		sim_run_ms(s, pick(s, 4000));
		something_happens(s);
	}
	heal(s);
	sim_run_ms(s, 400000);
	flows_mark(s);
	sim_run_ms(s, 10000);
	expect_gap(s, "after chaos", QUIET_GAP_MS);
	expect_quiet(s, "after chaos");
}

const struct scenario scenarios[] = {
	{ "cold start", 100, cold_start, 1 },
	{ "silent death and failback", 100, silent_death, 1 },
	{ "carrier loss", 100, carrier_loss, 1 },
	{ "had crash without store", 30, had_crash_without_store, 1 },
	{ "had crash with store", 30, had_crash_with_store, 1 },
	{ "had crash and lost store", 30, had_crash_and_lost_store, 1 },
	{ "had crashes again and again", 30, had_crashes_again_and_again, 1 },
	{ "had crash then handover", 100, had_crash_then_handover, 1 },
	{ "mnd crash and adoption", 30, mnd_crash, 1 },
	{ "linkmon crash", 30, linkmon_crash, 1 },
	{ "tunneld crash", 100, tunneld_crash, 1 },
	{ "clock ten years off", 100, clock_off, 1 },
	{ "all dead then one returns", 100, all_dead_then_one_returns, 1 },
	{ "twenty sites and a had crash", 2, had_crash_with_store, 20 },
	{ "twenty sites, no store", 2, had_crash_without_store, 20 },
	{ "chaos", 100, chaos, 2 },
	{ NULL, 0, NULL, 0 },
};
