/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, and the way of a datagram. */
#include "tests/sim/net.h"

#include <stdlib.h>
#include <string.h>

#include "libmip/tunnel_data.h"
#include "tests/sim/attacker.h"
#include "tests/sim/lane.h"
#include "tests/sim/sim.h"
#include "tests/sim/watch.h"

#define HOPS 4

struct mipm_addr net_agent(size_t agent)
{
	return addr_from_v4(0xcb007101u + (uint32_t)agent);
}

struct mipm_addr net_home(size_t agent, size_t site)
{
	return addr_from_v4(0x0ac80001u + (uint32_t)site);
}

struct mipm_prefix net_network(size_t site)
{
	return (struct mipm_prefix) { addr_from_v4(0x0a400000u + ((uint32_t)site << 8)), 24 };
}

struct mipm_prefix net_home_network(size_t agent)
{
	return (struct mipm_prefix) { addr_from_v4(0x0ac80000u), 16 };
}

struct uplink *net_uplink(struct sim *s, const struct mipm_addr *public)
{
	uint32_t v4 = addr_to_v4(public) - 0xc6120000u;
	uint32_t site = v4 >> 4 & 0x3ff, number = v4 & 0xf;
	struct uplink *u;

	if (v4 >> 17 || site >= s->n_sites || number < 1 || number > s->sites[site]->n_uplinks)
		return NULL;
	u = &s->sites[site]->uplinks[number];
	return u->has_address && u->address == v4 >> 14 ? u : NULL;
}

/* ---- datagrams ----------------------------------------------------------------------------- */

struct datagram *datagram_new(struct sim *s)
{
	struct datagram *d = s->unused;

	if (d)
		s->unused = d->next;
	else
		d = malloc(sizeof(*d));
	if (!d)
		abort();
	d->uplink = NULL;
	d->ttl = 64;
	d->data = d->room + ENCAP_HEADROOM;
	d->len = 0;
	return d;
}

void datagram_drop(struct sim *s, struct datagram *d)
{
	d->next = s->unused;
	s->unused = d;
}

static void tell(struct sim *s, const struct host *h, const struct datagram *d,
	enum watch_packet_what what, const char *reason)
{
	if (s->watch)
		watch_packet(s, &(struct watch_packet) { .what = what,
					.host = h,
					.uplink = d->uplink,
					.up = d->up,
					.source = d->source,
					.target = d->target,
					.data = d->data,
					.len = d->len,
					.reason = reason });
}

static void lose(struct sim *s, struct datagram *d, const char *reason)
{
	tell(s, NULL, d, PACKET_LOST, reason);
	datagram_drop(s, d);
}

/* ---- its way ------------------------------------------------------------------------------- */

static struct agent *agent_at(struct sim *s, const struct mipm_addr *addr)
{
	for (size_t i = 0; i < s->n_agents; i++)
		if (addr_equal(&s->agents[i]->addr, addr))
			return s->agents[i];
	return NULL;
}

static void deliver(struct sim *s, struct host *h, struct datagram *d)
{
	d->ttl -= HOPS;
	if (!h->tunneld || d->target.port != NET_PORT) {
		lose(s, d, "port unreachable");
		return;
	}
	tell(s, h, d, PACKET_DELIVERED, NULL);
	tunneld_datagram(h->tunneld, d);
}

static bool translate_in(struct sim *s, struct datagram *d)
{
	struct nat *n = &d->uplink->nat;
	const struct mipm_endpoint *inside;

	if (!n->is_there)
		return true;
	inside = nat_in(n, vtime_now(s->vt), d->target.port, &d->source);
	if (inside)
		d->target = *inside;
	return inside != NULL;
}

static void into_lane(struct sim *s, struct datagram *d);

/* From here the Internet finds the way by itself. */
static void route(struct sim *s, struct datagram *d)
{
	struct agent *a = agent_at(s, &d->target.addr);
	struct uplink *u = a ? NULL : net_uplink(s, &d->target.addr);

	if (s->attacker)
		attacker_saw(s->attacker, d);
	if (a) {
		deliver(s, &a->host, d);
		return;
	}
	if (!u) {
		lose(s, d, "host unreachable");
		return;
	}
	d->uplink = u;
	d->up = false;
	into_lane(s, d);
}

static void left_lane(void *d_)
{
	struct datagram *d = d_;
	struct uplink *u = d->uplink;
	struct sim *s = u->site->host.sim;
	struct lane *l = d->up ? &u->up : &u->down;

	l->under_way--;
	/* A hole is in the middle: what is under way when it opens is lost as well. */
	if (!uplink_is_usable(u) || l->conf.is_dead || s->is_ending ||
		(!d->up && net_uplink(s, &d->target.addr) != u)) {
		lose(s, d, "dead");
		return;
	}
	l->delivered++;
	if (d->up)
		route(s, d);
	else if (translate_in(s, d))
		deliver(s, &u->site->host, d);
	else
		lose(s, d, "NAT");
}

static struct datagram *twin(struct sim *s, const struct datagram *d)
{
	struct datagram *copy = datagram_new(s);
	uint8_t *data = copy->data;

	memcpy(copy, d, offsetof(struct datagram, room));
	copy->data = data;
	memcpy(data, d->data, d->len);
	return copy;
}

static void into_lane(struct sim *s, struct datagram *d)
{
	struct lane *l = d->up ? &d->uplink->up : &d->uplink->down;
	bool is_data = d->len > 0 && d->data[0] == TUNNEL_DATA_TYPE;
	uint64_t now = vtime_now(s->vt), at;

	if (!uplink_is_usable(d->uplink) ||
		!lane_takes(l, now, d->len + NET_UDP_HEAD, is_data, &at)) {
		lose(s, d, "lane");
		return;
	}
	if (lane_doubles(l)) {
		tell(s, NULL, d, PACKET_SENT, "doubled");
		vtime_at(s->vt, at, left_lane, twin(s, d));
		l->under_way++;
	}
	vtime_at(s->vt, at, left_lane, d);
	l->under_way++;
}

void net_leave(struct uplink *u, struct datagram *d)
{
	struct sim *s = u->site->host.sim;

	d->uplink = u;
	d->up = true;
	if (u->nat.is_there) {
		d->source.port = nat_out(&u->nat, vtime_now(s->vt), &d->source, &d->target);
		d->source.addr = uplink_public(u);
	}
	tell(s, &u->site->host, d, PACKET_SENT, NULL);
	into_lane(s, d);
}

void net_reply(struct agent *a, struct datagram *d)
{
	struct sim *s = a->host.sim;

	d->uplink = net_uplink(s, &d->target.addr);
	d->up = false;
	tell(s, &a->host, d, PACKET_SENT, NULL);
	route(s, d);
}

void net_inject(struct sim *s, const struct mipm_endpoint *source,
	const struct mipm_endpoint *target, const void *payload, size_t len)
{
	struct datagram *d = datagram_new(s);

	if (len > NET_DATA_MAX)
		abort();
	d->source = *source;
	d->target = *target;
	d->len = (uint32_t)len;
	d->up = true;
	memcpy(d->data, payload, len);
	tell(s, NULL, d, PACKET_SENT, NULL);
	route(s, d);
}
