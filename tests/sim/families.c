/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All families. Bounds come from the timers of the protocol and of the preset:
 *
 * DETECT: preset normal asks the path in use every 200 ms and believes the third silence: the first
 *	   that is lost is asked up to 200 ms after the death, the last 400 ms later, and awaited
 *	   for 220 ms; then the other end has to hear of it: less than 100 ms.
 *
 * SLOW:   the same with round trips up to 380 ms, which vary by 40: silence is awaited for 560 ms
 *	   and the other end hears of it 190 ms later, if the first word of it is not lost.
 *
 * RETURN: when all paths are lost, linkmon asks each every second; then mnd says which is first,
 *	   and it has one request a second at most.
 *
 * ABSENT: a daemon is away for 5 s at most: mnd repeats what nobody answers after 1 s, then after
 *	   more than the double each time, so not later than 12 s.
 *
 * RETRY:  mnd repeats what nobody answers every 30 s at most; then there are up to three requests.
 */
#include "tests/sim/families.h"

#define DETECT 920
#define SLOW   1800
#define RETURN 2500
#define ABSENT 12000
#define RETRY  31000

const struct family families[] = {
	{
		.name = "cold-start",
		.what = "daemons of both ends start in any order",
		.set_up = set_any_size,
		.is_cold = true,
		.plan = plan_cold_start,
		.outage_ms = RETRY,
	},
	{
		.name = "silent-death",
		.what = "one uplink after the other goes silent and comes back",
		.plan = plan_silent_death,
		.outage_ms = DETECT,
	},
	{
		.name = "handover-loss",
		.what = "uplinks die while all of them lose, delay, reorder and double",
		.plan = plan_handover_under_loss,
		.outage_ms = SLOW,
	},
	{
		.name = "carrier",
		.what = "uplinks lose their carrier, and may come back with another address",
		.plan = plan_carrier_loss,
	},
	{
		.name = "modems",
		.what = "modems are pulled out and plugged in, for a moment or for long",
		.plan = plan_modems,
		.outage_ms = ABSENT,
	},
	{
		.name = "leases",
		.what = "leases of addresses end, others begin",
		.plan = plan_leases,
		.outage_ms = ABSENT,
	},
	{
		.name = "flapping",
		.what = "an uplink, its carrier or its address changes up to ten times a second",
		.plan = plan_flapping,
		.outage_ms = DETECT,
	},
	{
		.name = "all-dead",
		.what = "all uplinks die, any one returns",
		.plan = plan_all_dead,
		.outage_ms = RETURN,
	},
	{
		.name = "all-dead-long",
		.what = "all uplinks are dead for longer than registrations live",
		.plan = plan_all_dead_long,
		.outage_ms = RETRY,
	},
	{
		.name = "had-crash",
		.what = "had crashes, with and without a store; nobody misses a packet",
		.conf = { .n_sites = 2 },
		.set_up = set_any_disk,
		.plan = plan_had_crash,
		.outage_ms = DETECT,
		.check = check_no_gap,
	},
	{
		.name = "agent-crash",
		.what = "had and its tunneld crash and uplinks die meanwhile",
		.conf = { .n_sites = 2 },
		.set_up = set_any_disk,
		.plan = plan_agent_crash,
		.outage_ms = RETRY,
	},
	{
		.name = "clocks",
		.what = "clocks ten years off at boot, jumping, fast or slow",
		.conf = { .n_sites = 2, .n_uplinks = 2 },
		.set_up = set_any_disk,
		.is_cold = true,
		.plan = plan_clocks,
	},
	{
		.name = "nat-rebinding",
		.what = "NATs forget in mid-flow, addresses change",
		.plan = plan_nat_rebinding,
		.outage_ms = RETURN,
	},
	{
		.name = "stampede",
		.what = "300 routers register at once",
		.conf = { .n_sites = 300, .n_uplinks = 2, .preset = "economy" },
		.set_up = set_any_disk,
		.no_flows = true,
		.plan = plan_stampede,
	},
	{
		.name = "claims",
		.what = "routers ask for each other's networks",
		.conf = { .n_sites = 4, .n_uplinks = 2 },
		.set_up = set_claims,
		.plan = plan_claims,
	},
	{
		.name = "attack",
		.what = "replayed and forged messages, tunnel data from elsewhere",
		.conf = { .n_sites = 2, .n_uplinks = 2 },
		.set_up = set_any_disk,
		.ready = ready_attack,
		.plan = plan_attack,
		.outage_ms = ABSENT,
	},
	{
		.name = "bus-overflow",
		.what = "daemons do not read what others say, and miss some of it",
		.conf = { .n_uplinks = 2 },
		.set_up = set_any_disk,
		.ready = ready_bus_overflow,
		.plan = plan_bus_overflow,
		.outage_ms = RETRY,
	},
	{
		.name = "upgrade",
		.what = "daemons speak a later version of the bus",
		.conf = { .n_uplinks = 2 },
		.set_up = set_any_disk,
		.plan = plan_upgrade,
		.outage_ms = ABSENT,
	},
	{
		.name = "crash-steps",
		.what = "each daemon crashes at each step of a registration",
		.conf = { .n_uplinks = 2 },
		.set_up = set_any_disk,
		.plan = plan_crash_at_each_step,
		.outage_ms = ABSENT,
	},
	{
		.name = "monitor-crash",
		.what = "linkmon crashes; nobody moves for that",
		.plan = plan_monitor_crash,
		.outage_ms = DETECT,
		.check = check_no_gap,
	},
	{
		.name = "adoption",
		.what = "mnd and tunneld crash and take over what was",
		.plan = plan_adoption,
		.outage_ms = ABSENT,
	},
	{
		.name = "chaos",
		.what = "anything, anywhere",
		.conf = { .n_sites = 2 },
		.set_up = set_any_disk,
		.plan = plan_chaos,
		.outage_ms = RETRY,
	},
	{ .name = NULL },
};
