/* SPDX-License-Identifier: BSD-2-Clause */
/* The uplinks between a site and the home agent, and test packets through the tunnel. */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

/* Uplink n of site i is 198.18.i.n, its home address 10.200.0.(i + 1). */
struct mipm_addr net_careof(size_t site, uint8_t number)
{
	return addr_from_v4(0xc6120000u + ((uint32_t)site << 8) + number);
}

struct mipm_addr net_home(size_t site)
{
	return addr_from_v4(0x0ac80001u + (uint32_t)site);
}

struct mipm_addr net_agent(void)
{
	return addr_from_v4(0xcb007101u); /* 203.0.113.1 */
}

struct site *net_site(struct sim *s, const struct mipm_addr *careof, uint8_t *number)
{
	uint32_t v4 = addr_to_v4(careof) - 0xc6120000u;

	*number = (uint8_t)v4;
	if (v4 >> 8 >= s->n_sites || *number < 1 || *number > UPLINKS)
		return NULL;
	return s->sites[v4 >> 8];
}

static bool is_lost(const struct uplink *u, bool up, struct vtime *vt)
{
	return u->no_carrier || (up ? u->hole_up : u->hole_down) ||
	       vtime_random_below(vt, 1000) < u->loss_permille;
}

struct transit {
	struct packet packet;
	void (*arrived)(struct packet *packet);
};

/* What is on its way when a hole opens is lost as well: the hole is in the middle. */
static void arrive(void *ctx)
{
	struct transit *t = ctx;
	const struct uplink *u = &t->packet.site->uplinks[t->packet.number];

	if (!u->no_carrier && !(t->packet.up ? u->hole_up : u->hole_down))
		t->arrived(&t->packet);
	free(t);
}

void net_send(struct site *site, uint8_t number, bool up, const void *data, size_t len,
	void (*arrived)(struct packet *packet))
{
	struct vtime *vt = site->sim->vt;
	const struct uplink *u = &site->uplinks[number];
	uint64_t jitter = vtime_random_below(vt, u->jitter_ms * NSEC_PER_MS + 1);
	struct transit *t;

	if (is_lost(u, up, vt))
		return;
	t = calloc(1, sizeof(*t));
	if (!t || len > sizeof(t->packet.data))
		abort();
	t->packet = (struct packet) { .site = site, .number = number, .up = up, .len = len };
	if (len > 0)
		memcpy(t->packet.data, data, len);
	t->arrived = arrived;
	vtime_at(vt, vtime_now(vt) + u->delay_ms * NSEC_PER_MS + jitter, arrive, t);
}

void net_hole(struct site *site, uint8_t number, bool hole)
{
	site->uplinks[number].hole_up = site->uplinks[number].hole_down = hole;
}

void net_carrier(struct site *site, uint8_t number, bool carrier)
{
	site->uplinks[number].no_carrier = !carrier;
	if (site->tunneld.is_up)
		tunneld_say_link(&site->tunneld, NULL, number);
}

/* ---- test packets -------------------------------------------------------------------------- */

static void heard(struct flow *f, uint64_t now)
{
	if (f->last_at && now - f->last_at > f->worst_gap)
		f->worst_gap = now - f->last_at;
	f->last_at = now;
	f->received++;
}

/* Each end takes a packet only from a path that it knows: admission. */
static void flow_arrived(struct packet *p)
{
	struct sim *s = p->site->sim;

	if (p->up && tunneld_admits(&s->agent_tunneld, p->site->index, p->number))
		heard(&p->site->up, vtime_now(s->vt));
	if (!p->up && tunneld_has_path(&p->site->tunneld, p->number))
		heard(&p->site->down, vtime_now(s->vt));
}

static void flow_send(struct site *site)
{
	uint8_t up = tunneld_uplink(&site->tunneld);
	uint8_t down = tunneld_downlink(&site->sim->agent_tunneld, site->index);

	site->up.sent++;
	site->down.sent++;
	if (up)
		net_send(site, up, true, NULL, 0, flow_arrived);
	if (down)
		net_send(site, down, false, NULL, 0, flow_arrived);
}

static void flows_tick(void *ctx)
{
	struct sim *s = ctx;

	for (size_t i = 0; i < s->n_sites && s->flowing; i++)
		flow_send(s->sites[i]);
	if (s->flowing)
		vtime_in_ms(s->vt, FLOW_MS, flows_tick, s);
}

void flows_start(struct sim *s)
{
	if (!s->flowing)
		vtime_in_ms(s->vt, 0, flows_tick, s);
	s->flowing = true;
}

void flows_mark(struct sim *s)
{
	for (size_t i = 0; i < s->n_sites; i++) {
		s->sites[i]->up = (struct flow) { .last_at = vtime_now(s->vt) };
		s->sites[i]->down = (struct flow) { .last_at = vtime_now(s->vt) };
	}
}

static uint64_t gap(const struct flow *f, uint64_t now)
{
	uint64_t open = now - f->last_at;

	return (open > f->worst_gap ? open : f->worst_gap) / NSEC_PER_MS;
}

uint64_t flows_gap_ms(struct site *site)
{
	uint64_t now = vtime_now(site->sim->vt);
	uint64_t up = gap(&site->up, now), down = gap(&site->down, now);

	return up > down ? up : down;
}

bool flows_are_alive(struct site *site)
{
	uint64_t now = vtime_now(site->sim->vt), recent = 1000 * NSEC_PER_MS;

	return now - site->up.last_at < recent && now - site->down.last_at < recent &&
	       site->up.received && site->down.received;
}
