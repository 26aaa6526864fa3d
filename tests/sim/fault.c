/* SPDX-License-Identifier: BSD-2-Clause */
/* What each kind of fault does to the world, and how it reads. */
#include <inttypes.h>
#include <string.h>

#include "tests/sim/attacker.h"
#include "tests/sim/plan.h"
#include "tests/sim/sim.h"

struct kind {
	const char *text; /* of the values */
	void (*uplink)(struct uplink *u, const struct fault *f);
	void (*lane)(struct lane_conf *lane, const int64_t *value);
	void (*daemon)(struct host *h, const char *role, const int64_t *value);
	void (*host)(struct host *h, const int64_t *value);
	void (*attack)(struct attacker *a, size_t site, const int64_t *value);
};

/* uplinks */

static void dead(struct uplink *u, const struct fault *f)
{
	bool up = u->up.conf.is_dead, down = u->down.conf.is_dead;

	up = f->ways & WAY_DOWN && !(f->ways & WAY_UP) ? up : f->value[0] != 0;
	down = f->ways & WAY_UP && !(f->ways & WAY_DOWN) ? down : f->value[0] != 0;
	uplink_dead(u, up, down);
}

static void carrier(struct uplink *u, const struct fault *f)
{
	uplink_carrier(u, f->value[0]);
}

static void plug(struct uplink *u, const struct fault *f)
{
	uplink_plug(u, f->value[0]);
}

static void lease(struct uplink *u, const struct fault *f)
{
	uplink_lose_address(u);
}

static void address(struct uplink *u, const struct fault *f)
{
	uplink_renumber(u, (uint32_t)f->value[0]);
}

static void nat(struct uplink *u, const struct fault *f)
{
	const struct nat_conf conf = {
		.mapping = (enum nat_kind)f->value[1],
		.filtering = (enum nat_kind)f->value[2],
		.timeout = (uint64_t)f->value[3] * NSEC_PER_MS,
	};

	uplink_nat(u, f->value[0] ? &conf : NULL);
}

static void nat_rebind(struct uplink *u, const struct fault *f)
{
	uplink_rebind(u);
}

/* lanes */

static void loss(struct lane_conf *lane, const int64_t *value)
{
	lane->loss = (uint32_t)value[0];
}

static void bursts(struct lane_conf *lane, const int64_t *value)
{
	lane->burst_begin = (uint32_t)value[0];
	lane->burst_end = (uint32_t)value[1];
	lane->burst_loss = (uint32_t)value[2];
}

static void delay(struct lane_conf *lane, const int64_t *value)
{
	lane->delay = (uint64_t)value[0] * NSEC_PER_MS;
	lane->jitter = (uint64_t)value[1] * NSEC_PER_MS;
}

static void reorder(struct lane_conf *lane, const int64_t *value)
{
	lane->reorder = (uint32_t)value[0];
	lane->reorder_by = (uint64_t)value[1] * NSEC_PER_MS;
}

static void duplicate(struct lane_conf *lane, const int64_t *value)
{
	lane->duplicate = (uint32_t)value[0];
}

static void rate(struct lane_conf *lane, const int64_t *value)
{
	lane->rate = (uint64_t)value[0];
	lane->queue = (uint32_t)value[1];
}

static void longest(struct lane_conf *lane, const int64_t *value)
{
	lane->longest = (uint32_t)value[0];
}

static void filter(struct lane_conf *lane, const int64_t *value)
{
	lane->no_data = value[0];
	lane->no_signalling = value[1];
	lane->every = (uint32_t)value[2];
}

/* daemons */

static void start(struct host *h, const char *role, const int64_t *value)
{
	host_start(h, role);
}

static void stop(struct host *h, const char *role, const int64_t *value)
{
	host_stop(h, role);
}

static void crash(struct host *h, const char *role, const int64_t *value)
{
	host_crash(h, role);
}

static void crash_at(struct host *h, const char *role, const int64_t *value)
{
	host_crash_at(h, role, (uint64_t)value[0], (uint64_t)value[1]);
}

static void deaf(struct host *h, const char *role, const int64_t *value)
{
	host_bus_deaf(h, role, (uint64_t)value[0]);
}

static void newer(struct host *h, const char *role, const int64_t *value)
{
	host_bus_newer(h, role, value[0]);
}

/* hosts */

static void disk_lost(struct host *h, const int64_t *value)
{
	agent_lose_disk(h->agent);
}

static void clock_jump(struct host *h, const int64_t *value)
{
	host_clock_jump(h, value[0]);
}

static void clock_drift(struct host *h, const int64_t *value)
{
	host_clock_drift(h, (int32_t)value[0]);
}

static void bus_delay(struct host *h, const int64_t *value)
{
	host_bus_delay(h, (uint64_t)value[0]);
}

/* the attacker */

static void replay(struct attacker *a, size_t site, const int64_t *value)
{
	attacker_replay(a, site, (uint64_t)value[0], (enum attack_source)value[1]);
}

static void echo(struct attacker *a, size_t site, const int64_t *value)
{
	attacker_echo(
		a, site, (uint64_t)value[0], (uint64_t)value[1], (enum attack_source)value[2]);
}

static void forge(struct attacker *a, size_t site, const int64_t *value)
{
	attacker_forge(
		a, site, (uint64_t)value[0], (enum attack_change)value[1], (uint64_t)value[2]);
}

static void intrude(struct attacker *a, size_t site, const int64_t *value)
{
	attacker_send_data(a, site, (enum attack_data)value[0]);
}

#define N "%" PRId64

static const struct kind kinds[FAULT_KINDS] = {
	[FAULT_DEAD] = { "dead " N, .uplink = dead },
	[FAULT_CARRIER] = { "carrier " N, .uplink = carrier },
	[FAULT_PLUG] = { "plugged in " N, .uplink = plug },
	[FAULT_LEASE] = { "its lease ends", .uplink = lease },
	[FAULT_ADDRESS] = { "address " N, .uplink = address },
	[FAULT_NAT] = { "NAT " N " mapping " N " filtering " N " time-out " N " ms",
		.uplink = nat },
	[FAULT_NAT_REBIND] = { "the NAT forgets", .uplink = nat_rebind },
	[FAULT_LOSS] = { "loss " N " ppm", .lane = loss },
	[FAULT_BURSTS] = { "bursts begin " N " end " N " lose " N " ppm", .lane = bursts },
	[FAULT_DELAY] = { "delay " N " ms jitter " N " ms", .lane = delay },
	[FAULT_REORDER] = { "holds back " N " ppm for " N " ms", .lane = reorder },
	[FAULT_DUPLICATE] = { "doubles " N " ppm", .lane = duplicate },
	[FAULT_RATE] = { "rate " N " bit/s queue " N " octets", .lane = rate },
	[FAULT_LONGEST] = { "nothing longer than " N " octets", .lane = longest },
	[FAULT_FILTER] = { "filters data " N " signalling " N " every " N, .lane = filter },
	[FAULT_START] = { "starts", .daemon = start },
	[FAULT_STOP] = { "is stopped", .daemon = stop },
	[FAULT_CRASH] = { "crashes", .daemon = crash },
	[FAULT_CRASH_AT] = { "crashes at event " N " from now on, back after " N " ms",
		.daemon = crash_at },
	[FAULT_DEAF] = { "does not listen for " N " ms", .daemon = deaf },
	[FAULT_NEWER] = { "speaks a newer bus: " N, .daemon = newer },
	[FAULT_DISK_LOST] = { "its disk is lost", .host = disk_lost },
	[FAULT_CLOCK_JUMP] = { "clock jumps " N " ms", .host = clock_jump },
	[FAULT_CLOCK_DRIFT] = { "clock fast by " N " ppm", .host = clock_drift },
	[FAULT_BUS_DELAY] = { "messages wait up to " N " ms", .host = bus_delay },
	[FAULT_REPLAY] = { "replays its " N ". newest from " N, .attack = replay },
	[FAULT_ECHO] = { "echoes " N " after " N " ms from " N, .attack = echo },
	[FAULT_FORGE] = { "forges its " N ". newest by " N " at " N, .attack = forge },
	[FAULT_INTRUDE] = { "sends data of kind " N, .attack = intrude },
};

static bool is_at_agent(const struct fault *f)
{
	return f->at_agent || (f->role && strcmp(f->role, "had") == 0);
}

static void apply_to_uplink(struct uplink *u, const struct fault *f)
{
	const struct kind *kind = &kinds[f->kind];

	if (kind->uplink)
		kind->uplink(u, f);
	if (kind->lane && f->ways != WAY_DOWN)
		kind->lane(&u->up.conf, f->value);
	if (kind->lane && f->ways != WAY_UP)
		kind->lane(&u->down.conf, f->value);
}

static void apply_to_host(struct host *h, const struct fault *f)
{
	const struct kind *kind = &kinds[f->kind];

	if (kind->daemon)
		kind->daemon(h, f->role, f->value);
	if (kind->host)
		kind->host(h, f->value);
}

static void apply_to_site(struct site *site, const struct fault *f)
{
	apply_to_host(&site->host, f);
	if (kinds[f->kind].attack)
		kinds[f->kind].attack(site->host.sim->attacker, site->host.index, f->value);
	for (uint8_t n = 1; n <= site->n_uplinks; n++)
		if (f->number == 0 || f->number == n)
			apply_to_uplink(&site->uplinks[n], f);
}

void fault_apply(struct sim *s, const struct fault *f)
{
	if (is_at_agent(f)) {
		apply_to_host(&s->agents[f->site]->host, f);
		return;
	}
	for (size_t i = 0; i < s->n_sites; i++)
		if (f->site == i || f->site == EVERY_SITE)
			apply_to_site(s->sites[i], f);
}

void fault_heal(struct sim *s)
{
	for (size_t i = 0; i < s->n_agents; i++)
		host_heal(&s->agents[i]->host);
	for (size_t i = 0; i < s->n_sites; i++) {
		for (uint8_t n = 1; n <= s->sites[i]->n_uplinks; n++)
			uplink_heal(&s->sites[i]->uplinks[n]);
		host_heal(&s->sites[i]->host);
	}
}

static void print_place(FILE *to, const struct fault *f)
{
	static const char *const ways[] = { "", " up", " down", " up and down" };
	const struct kind *kind = &kinds[f->kind];

	if (is_at_agent(f))
		fprintf(to, "home agent %u", f->site);
	else if (f->site == EVERY_SITE)
		fprintf(to, "every site");
	else
		fprintf(to, "site %u", f->site);
	if (f->role)
		fprintf(to, " %s", f->role);
	if ((kind->uplink || kind->lane) && f->number)
		fprintf(to, " uplink %u", f->number);
	else if (kind->uplink || kind->lane)
		fprintf(to, " each uplink");
	fprintf(to, "%s: ", ways[f->ways & 3]);
}

void fault_print(FILE *to, const struct fault *f)
{
	fprintf(to, "%5" PRIu64 ".%03" PRIu64 " s  ", f->at_ms / 1000, f->at_ms % 1000);
	print_place(to, f);
	fprintf(to, kinds[f->kind].text, f->value[0], f->value[1], f->value[2], f->value[3]);
	putc('\n', to);
}
