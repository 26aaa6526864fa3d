/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tried. Each function fails its sim (sim_fail) or returns. */
#include "tests/sim/scenario.h"

#include <string.h>

#define FLOW_MS	     20 /* a test packet each way */
#define FLOW_OCTETS  100
#define QUIET_GAP_MS 70 /* two paths differ by 10 ms, jitter is 3, packets come every 20 */

static uint64_t pick(struct sim *s, uint64_t n)
{
	return vtime_random_below(s->vt, n);
}

static void start_flows(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++)
		flows_start(s->sites[i], FLOW_MS, FLOW_OCTETS);
}

static void mark(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++)
		flows_mark(s->sites[i]);
}

static void dead(struct sim *s, uint8_t number, bool is_dead)
{
	uplink_dead(&s->sites[0]->uplinks[number], is_dead, is_dead);
}

static void expect_gap(struct sim *s, const char *what, uint64_t most)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		uint64_t gap = flows_gap_ms(s->sites[i]);

		if (gap > most)
			sim_fail(
				s, "%s: site %zu was without traffic for %d ms", what, i, (int)gap);
	}
}

static void expect_on(struct sim *s, const char *what, uint8_t number)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		uint8_t up = tunneld_way_up(s->sites[i]->host.tunneld);
		uint8_t down = tunneld_way_down(s->agents[0]->host.tunneld, i);

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

		for (uint8_t n = 1; n <= s->conf.n_uplinks; n++)
			if (!tunneld_has_path(site->host.tunneld, n) ||
				!tunneld_admits(s->agents[0]->host.tunneld, &site->uplinks[n]))
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
	start_flows(s);
	sim_run_ms(s, 15000 + pick(s, 1000));
	expect_quiet(s, "start");
	mark(s);
}

/* The three of the router and the two of the home agent, one after the other in any order. */
static void cold_start(struct sim *s)
{
	static const char *const roles[] = { "mnd", "linkmon", "tunneld", NULL };
	uint8_t left = 0xf;

	start_flows(s);
	while (left) {
		uint64_t i = pick(s, 4);

		if (!(left & 1 << i))
			continue;
		left &= (uint8_t) ~(1 << i);
		if (roles[i])
			host_start(&s->sites[0]->host, roles[i]);
		else
			host_start_all(&s->agents[0]->host);
		mark(s);
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
	dead(s, 1, true);
	sim_run_ms(s, 3000);
	expect_gap(s, "outage", 620);
	expect_on(s, "death", 2);
	mark(s);
	sim_run_ms(s, 10000 + pick(s, 10000));
	dead(s, 1, false);
	sim_run_ms(s, 30000);
	expect_gap(s, "failback", QUIET_GAP_MS);
	expect_quiet(s, "failback");
}

static void carrier_loss(struct sim *s)
{
	bring_up(s);
	uplink_carrier(&s->sites[0]->uplinks[1], false);
	sim_run_ms(s, 3000);
	expect_gap(s, "outage", 150);
	expect_on(s, "carrier", 2);
	uplink_carrier(&s->sites[0]->uplinks[1], true);
	sim_run_ms(s, 60000);
	expect_quiet(s, "carrier is back");
}

/* While had is away, and through the next refresh. */
static void crash_of_had(struct sim *s, bool loses_disk)
{
	bring_up(s);
	sim_run_ms(s, pick(s, 100000));
	host_crash(&s->agents[0]->host, "had");
	if (loses_disk)
		agent_lose_disk(s->agents[0]);
	sim_run_ms(s, pick(s, 20000));
	host_start(&s->agents[0]->host, "had");
	sim_run_ms(s, 400000);
	expect_gap(s, "had restarted", QUIET_GAP_MS);
	expect_quiet(s, "had restarted");
}

/* Nobody misses a packet: tunneld tells what it has. */
static void had_crash(struct sim *s)
{
	crash_of_had(s, false);
}

static void had_crash_and_lost_store(struct sim *s)
{
	crash_of_had(s, true);
}

/* Back before anything has expired, and again: what was taken over can be taken over. */
static void had_crashes_again_and_again(struct sim *s)
{
	bring_up(s);
	for (int i = 0; i < 20; i++) {
		host_crash(&s->agents[0]->host, "had");
		sim_run_ms(s, pick(s, 3000));
		host_start(&s->agents[0]->host, "had");
		sim_run_ms(s, pick(s, i % 2 ? 300 : 60000));
	}
	sim_run_ms(s, 400000);
	expect_gap(s, "had restarted", QUIET_GAP_MS);
	expect_quiet(s, "had restarted");
}

/* The move's registration is the first that a new had sees. */
static void had_crash_then_handover(struct sim *s)
{
	bring_up(s);
	host_crash(&s->agents[0]->host, "had");
	sim_run_ms(s, pick(s, 3000));
	host_start(&s->agents[0]->host, "had");
	sim_run_ms(s, pick(s, 100));
	dead(s, 1, true);
	sim_run_ms(s, 10000);
	expect_gap(s, "outage", 620);
	expect_on(s, "death", 2);
}

static void mnd_crash(struct sim *s)
{
	bring_up(s);
	sim_run_ms(s, pick(s, 100000));
	host_crash(&s->sites[0]->host, "mnd");
	sim_run_ms(s, pick(s, 20000));
	host_start(&s->sites[0]->host, "mnd");
	sim_run_ms(s, 400000);
	expect_gap(s, "mnd restarted", QUIET_GAP_MS);
	expect_quiet(s, "mnd restarted");
}

static void linkmon_crash(struct sim *s)
{
	uint64_t lasting = 400000;

	bring_up(s);
	host_crash(&s->sites[0]->host, "linkmon");
	sim_run_ms(s, pick(s, 20000));
	host_start(&s->sites[0]->host, "linkmon");
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
	host_crash(&s->sites[0]->host, "tunneld");
	sim_run_ms(s, pick(s, 100));
	host_start(&s->sites[0]->host, "tunneld");
	sim_run_ms(s, 20000);
	expect_gap(s, "tunneld restarted", 200);
	expect_quiet(s, "tunneld restarted");
}

/* Ten years late or early: 133 teaches the time. */
static void clock_off(struct sim *s)
{
	int64_t years = 10LL * 365 * 86400 * 1000;

	host_clock_jump(&s->sites[0]->host, s->seed % 2 ? years : -years);
	sim_start_all(s);
	start_flows(s);
	mark(s);
	sim_run_ms(s, 5000);
	expect_gap(s, "start", 2500);
	sim_run_ms(s, 20000);
	expect_quiet(s, "start");
}

static void all_dead_then_one_returns(struct sim *s)
{
	uint8_t back = (uint8_t)(1 + pick(s, s->conf.n_uplinks));

	bring_up(s);
	for (uint8_t n = 1; n <= s->conf.n_uplinks; n++)
		dead(s, n, true);
	sim_run_ms(s, 1000 + pick(s, 60000));
	dead(s, back, false);
	mark(s);
	sim_run_ms(s, 5000);
	expect_gap(s, "return", 3000);
	for (uint8_t n = 1; n <= s->conf.n_uplinks; n++)
		dead(s, n, false);
	sim_run_ms(s, 120000);
	expect_quiet(s, "all are back");
}

static void something_happens(struct sim *s)
{
	static const char *const roles[] = { "mnd", "linkmon", "tunneld", "had" };
	size_t i = pick(s, s->n_sites);
	struct site *site = s->sites[i];
	struct uplink *u = &site->uplinks[1 + pick(s, site->n_uplinks)];
	const char *role = roles[pick(s, 4)];
	struct host *host = strcmp(role, "had") == 0 ? &s->agents[0]->host : &site->host;

	switch (pick(s, 8)) {
	case 0:
		u->up.conf.is_dead = pick(s, 2);
		break;
	case 1:
		u->down.conf.is_dead = pick(s, 2);
		break;
	case 2:
		u->up.conf.loss = u->down.conf.loss = (uint32_t)pick(s, 300000);
		break;
	case 3:
		uplink_carrier(u, pick(s, 2));
		break;
	case 4:
		u->up.conf.delay = u->down.conf.delay = (5 + pick(s, 400)) * NSEC_PER_MS;
		break;
	case 5:
		host_crash(host, role);
		break;
	default:
		host_start(host, role);
		break;
	}
}

static void heal(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++)
		for (uint8_t n = 1; n <= s->sites[i]->n_uplinks; n++)
			uplink_heal(&s->sites[i]->uplinks[n]);
	sim_start_all(s);
}

/* Whatever happened: when it is over, all is as it should be. */
static void chaos(struct sim *s)
{
	sim_start_all(s);
	start_flows(s);
	for (int i = 0; i < 100; i++) {
		sim_run_ms(s, pick(s, 4000));
		something_happens(s);
	}
	heal(s);
	sim_run_ms(s, 400000);
	mark(s);
	sim_run_ms(s, 10000);
	expect_gap(s, "after chaos", QUIET_GAP_MS);
	expect_quiet(s, "after chaos");
}

#define THESIS .preset = "thesis", .set_site = set_thesis

static void set_thesis(struct site *site, struct mnd_conf *mnd, struct linkmon_conf *linkmon)
{
	linkmon->interval_ms = 150;
	linkmon->threshold = 2;
}

const struct scenario scenarios[] = {
	{ "cold start", 100, cold_start, { THESIS } },
	{ "silent death and failback", 100, silent_death, { THESIS } },
	{ "carrier loss", 100, carrier_loss, { THESIS } },
	{ "had crash without store", 30, had_crash, { THESIS } },
	{ "had crash with store", 30, had_crash, { THESIS, .has_disk = true } },
	{ "had crash and lost store", 30, had_crash_and_lost_store, { THESIS, .has_disk = true } },
	{ "had crashes again and again", 30, had_crashes_again_and_again, { THESIS } },
	{ "had crash then handover", 50, had_crash_then_handover, { THESIS } },
	{ "had crash with store then handover", 50, had_crash_then_handover,
		{ THESIS, .has_disk = true } },
	{ "mnd crash and adoption", 30, mnd_crash, { THESIS } },
	{ "linkmon crash", 30, linkmon_crash, { THESIS } },
	{ "tunneld crash", 100, tunneld_crash, { THESIS } },
	{ "clock ten years off", 100, clock_off, { THESIS } },
	{ "all dead then one returns", 100, all_dead_then_one_returns, { THESIS } },
	{ "twenty sites and a had crash", 2, had_crash,
		{ THESIS, .n_sites = 20, .has_disk = true } },
	{ "twenty sites, no store", 2, had_crash, { THESIS, .n_sites = 20 } },
	{ "chaos", 50, chaos, { THESIS, .n_sites = 2 } },
	{ "chaos with store", 50, chaos, { THESIS, .n_sites = 2, .has_disk = true } },
	{ NULL, 0, NULL, { 0 } },
};
