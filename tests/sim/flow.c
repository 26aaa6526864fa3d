/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/flow.h"

#include <string.h>

#include "base/addr.h"
#include "tests/sim/sim.h"
#include "tunneld/checksum.h"

#define HEADERS	   28 /* IPv4 and UDP */
#define OCTETS_MIN (HEADERS + 12)
#define OCTETS_MAX 1500
#define FLOW_PORT  5000

/* The host behind the home agent: 192.0.2.10; in the mobile network: the tenth. */
static uint32_t correspondent(void)
{
	return 0xc000020a;
}

static uint32_t inside(const struct site *site)
{
	struct mipm_prefix network = net_network(site->host.index);

	return addr_to_v4(&network.addr) + 10;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* Without a UDP checksum. */
static void build(const struct site *site, bool up, uint64_t number, uint8_t *out)
{
	uint32_t octets = site->flows.octets;

	memset(out, 0, OCTETS_MIN);
	out[0] = 0x45;
	put16(out + 2, (uint16_t)octets);
	out[8] = 64;
	out[9] = INNER_UDP;
	put32(out + 12, up ? inside(site) : correspondent());
	put32(out + 16, up ? correspondent() : inside(site));
	put16(out + 10, checksum_fold(checksum_add(0, out, 20)));
	put16(out + 20, FLOW_PORT);
	put16(out + 22, FLOW_PORT);
	put16(out + 24, (uint16_t)(octets - 20));
	put32(out + HEADERS, (uint32_t)site->host.index);
	put32(out + HEADERS + 4, (uint32_t)(number >> 32));
	put32(out + HEADERS + 8, (uint32_t)number);
}

/* Where the site's network is reached: the agent that has a way to it. */
static struct agent *agent_of(const struct site *site)
{
	struct sim *s = site->host.sim;

	for (size_t i = 0; i < s->n_agents; i++) {
		const struct tunneld *t = s->agents[i]->host.tunneld;

		if (t && tunneld_way_down(t, site->host.index))
			return s->agents[i];
	}
	return s->agents[0];
}

static void send(struct site *site, bool up)
{
	struct flow *f = up ? &site->flows.up : &site->flows.down;
	struct host *from = up ? &site->host : &agent_of(site)->host;
	uint8_t packet[OCTETS_MAX] = { 0 };

	f->sent++;
	build(site, up, ++f->last_number, packet);
	if (from->tunneld)
		tunneld_packet(from->tunneld, packet, site->flows.octets);
}

static void tick(void *ctx)
{
	struct flows *f = ctx;
	struct vtime *vt = f->site->host.sim->vt;

	f->is_due = false;
	if (!f->is_on || f->site->host.sim->is_ending)
		return;
	send(f->site, true);
	send(f->site, false);
	f->is_due = true;
	vtime_at(vt, vtime_now(vt) + f->interval, tick, f);
}

void flows_start(struct site *site, uint64_t interval_ms, uint32_t octets)
{
	struct flows *f = &site->flows;

	f->is_on = true;
	f->interval = interval_ms * NSEC_PER_MS;
	f->octets = octets < OCTETS_MIN ? OCTETS_MIN : octets > OCTETS_MAX ? OCTETS_MAX : octets;
	if (!f->is_due)
		vtime_in_ms(site->host.sim->vt, 0, tick, f);
	f->is_due = true;
}

void flows_stop(struct site *site)
{
	site->flows.is_on = false;
}

static struct flow marked(const struct flow *f, uint64_t now)
{
	return (struct flow) { .last_at = now, .last_number = f->last_number, .newest = f->newest };
}

void flows_mark(struct site *site)
{
	uint64_t now = vtime_now(site->host.sim->vt);

	site->flows.up = marked(&site->flows.up, now);
	site->flows.down = marked(&site->flows.down, now);
}

/* ---- what arrives -------------------------------------------------------------------------- */

static void count(struct flow *f, uint64_t now, uint64_t number)
{
	if (f->last_at && now - f->last_at > f->worst_gap)
		f->worst_gap = now - f->last_at;
	f->last_at = now;
	f->received++;
	if (number == f->newest)
		f->duplicates++;
	else if (number < f->newest)
		f->late++;
	else
		f->newest = number;
}

void flows_arrived(struct host *h, const uint8_t *packet, size_t len)
{
	struct sim *s = h->sim;
	struct flows *f;
	uint64_t number;
	uint32_t site;

	if (len < OCTETS_MIN || packet[9] != INNER_UDP || get16(packet + 22) != FLOW_PORT)
		return;
	site = get32(packet + HEADERS);
	number = (uint64_t)get32(packet + HEADERS + 4) << 32 | get32(packet + HEADERS + 8);
	if (site >= s->n_sites || (h->site && h->site != s->sites[site]))
		return;
	f = &s->sites[site]->flows;
	count(h->site ? &f->down : &f->up, vtime_now(s->vt), number);
}

static uint64_t gap(const struct flow *f, uint64_t now)
{
	uint64_t open = now - f->last_at;

	return (open > f->worst_gap ? open : f->worst_gap) / NSEC_PER_MS;
}

uint64_t flows_gap_ms(const struct site *site)
{
	uint64_t now = vtime_now(site->host.sim->vt);
	uint64_t up = gap(&site->flows.up, now), down = gap(&site->flows.down, now);

	return up > down ? up : down;
}

bool flows_are_alive(const struct site *site)
{
	uint64_t now = vtime_now(site->host.sim->vt);
	const struct flows *f = &site->flows;

	return now - f->up.last_at < NSEC_PER_S && now - f->down.last_at < NSEC_PER_S &&
	       f->up.received && f->down.received;
}
