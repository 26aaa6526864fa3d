/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/attacker.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "libmip/mac.h"
#include "libmip/mip.h"
#include "libmip/replay.h"
#include "libmip/tunnel_data.h"
#include "tunneld/checksum.h"

#define KEPT	      64 /* of each site */
#define IDENT_REQUEST 16 /* offsets of the Identification */
#define IDENT_REPLY   12
#define CORRESPONDENT 0xc000020au
#define HIS_ADDRESS   0xcb007163u /* 203.0.113.99 */
#define INNER_LEN     32

struct seen {
	struct mipm_endpoint source, target;
	bool up;
	size_t len;
	uint8_t octets[512];
};

struct victim {
	struct attacker *attacker;
	struct seen kept[KEPT];
	uint64_t n_kept; /* ever */
	uint64_t echoes, echo_ms;
	enum attack_source echo_source;
};

struct attacker {
	struct sim *sim;
	struct mac *mac;
	struct victim *victims; /* by site */
};

struct attacker *attacker_new(struct sim *s)
{
	struct attacker *a = calloc(1, sizeof(*a));

	if (!a || mac_new(1, &a->mac) < 0)
		abort();
	a->sim = s;
	a->victims = calloc(s->n_sites, sizeof(*a->victims));
	if (!a->victims)
		abort();
	for (size_t i = 0; i < s->n_sites; i++)
		a->victims[i].attacker = a;
	return a;
}

struct attacker *attacker_free(struct attacker *a)
{
	if (!a)
		return NULL;
	mac_free(a->mac);
	free(a->victims);
	free(a);
	return NULL;
}

static struct mipm_endpoint from(const struct seen *seen, enum attack_source source)
{
	struct mipm_endpoint e = seen->source;

	if (source == ATTACK_PORT)
		e.port = (uint16_t)(e.port + ATTACKER_PORT);
	if (source == ATTACK_OTHER)
		e.addr = addr_from_v4(HIS_ADDRESS);
	return e;
}

static void say(struct attacker *a, const struct seen *seen, enum attack_source source)
{
	const struct mipm_endpoint e = from(seen, source);

	net_inject(a->sim, &e, &seen->target, seen->octets, seen->len);
}

/* ---- what passes by ------------------------------------------------------------------------ */

struct echo {
	struct attacker *attacker;
	struct seen seen;
	enum attack_source source;
};

static void echo(void *ctx)
{
	struct echo *e = ctx;

	if (!e->attacker->sim->is_ending)
		say(e->attacker, &e->seen, e->source);
	free(e);
}

static void schedule_echo(struct victim *v, const struct seen *seen)
{
	struct echo *e;

	if (v->echoes == 0)
		return;
	v->echoes--;
	e = malloc(sizeof(*e));
	if (!e)
		abort();
	*e = (struct echo) { v->attacker, *seen, v->echo_source };
	vtime_in_ms(v->attacker->sim->vt, v->echo_ms, echo, e);
}

void attacker_saw(struct attacker *a, const struct datagram *d)
{
	struct victim *v;
	struct seen *seen;

	if (!d->uplink || d->len == 0 || d->len > sizeof(seen->octets) ||
		d->data[0] == TUNNEL_DATA_TYPE)
		return;
	v = &a->victims[d->uplink->site->host.index];
	seen = &v->kept[v->n_kept++ % KEPT];
	*seen = (struct seen) { d->source, d->target, d->up, d->len };
	memcpy(seen->octets, d->data, d->len);
	schedule_echo(v, seen);
}

static const struct seen *nth_newest(const struct attacker *a, size_t site, uint64_t nth)
{
	const struct victim *v = &a->victims[site];
	uint64_t n = v->n_kept < KEPT ? v->n_kept : KEPT;

	return n ? &v->kept[(v->n_kept - 1 - nth % n) % KEPT] : NULL;
}

/* ---- what he says -------------------------------------------------------------------------- */

void attacker_replay(struct attacker *a, size_t site, uint64_t nth, enum attack_source source)
{
	const struct seen *seen = nth_newest(a, site, nth);

	if (seen)
		say(a, seen, source);
}

void attacker_echo(
	struct attacker *a, size_t site, uint64_t n, uint64_t ms, enum attack_source source)
{
	a->victims[site].echoes = n;
	a->victims[site].echo_ms = ms;
	a->victims[site].echo_source = source;
}

static uint64_t fresh(const struct attacker *a)
{
	const struct fakebus *bus = a->sim->agents[0]->host.bus;

	return replay_timestamp(fakebus_now(bus) + fakebus_wall_offset(bus));
}

static void append_network(struct attacker *a, size_t site, struct seen *seen)
{
	struct mipm_prefix theirs = net_network(site + 1);
	uint32_t v4 = addr_to_v4(&theirs.addr);
	const uint8_t octets[] = { 148, 6, 0, theirs.len, (uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16),
		(uint8_t)(v4 >> 8), (uint8_t)v4 };

	if (seen->len + sizeof(octets) > sizeof(seen->octets))
		return;
	memcpy(seen->octets + seen->len, octets, sizeof(octets));
	seen->len += sizeof(octets);
}

static void refresh(struct attacker *a, struct seen *seen)
{
	size_t at = seen->up ? IDENT_REQUEST : IDENT_REPLY;
	uint64_t ident = fresh(a);

	for (size_t i = 0; i < sizeof(ident) && at + i < seen->len; i++)
		seen->octets[at + i] = (uint8_t)(ident >> (56 - 8 * i));
}

/* The next router's association over this router's request. */
static void sign_as_insider(struct attacker *a, size_t site, struct seen *seen)
{
	const struct site *insider = a->sim->sites[(site + 1) % a->sim->n_sites];
	struct mip_sa *sa = sa_find(&insider->sas, insider->mnd_conf.spis[0]);
	const struct seen original = *seen;
	struct mip_request request;

	if (!seen->up || mip_request_parse((struct mipm_span) { original.octets, original.len },
				 &request) != MIP_VERDICT_OK)
		return;
	request.ident = fresh(a);
	if (mip_request_build(
		    &request, a->mac, sa, seen->octets, sizeof(seen->octets), &seen->len) < 0)
		abort();
}

static void change(struct attacker *a, size_t site, struct seen *seen, enum attack_change change,
	uint64_t where)
{
	switch (change) {
	case ATTACK_BIT:
		seen->octets[where / 8 % seen->len] ^= (uint8_t)(1 << where % 8);
		break;
	case ATTACK_OCTET:
		seen->octets[where % seen->len] ^= 0xff;
		break;
	case ATTACK_SHORT:
		seen->len = where % seen->len;
		break;
	case ATTACK_BEHIND:
		append_network(a, site, seen);
		break;
	case ATTACK_NOW:
		refresh(a, seen);
		break;
	case ATTACK_INSIDER:
		sign_as_insider(a, site, seen);
		break;
	case ATTACK_CHANGES:
		break;
	}
}

void attacker_forge(
	struct attacker *a, size_t site, uint64_t nth, enum attack_change how, uint64_t where)
{
	const struct seen *seen = nth_newest(a, site, nth);
	struct seen forged;

	if (!seen)
		return;
	forged = *seen;
	change(a, site, &forged, how, where);
	say(a, &forged, ATTACK_SAME);
}

/* ---- tunnel data --------------------------------------------------------------------------- */

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static size_t build(uint32_t source, uint32_t target, uint16_t port, uint8_t *out)
{
	const struct tunnel_data header = { .next_header = TUNNEL_DATA_IPV4, .family = MIPM_IPV4 };
	size_t at = tunnel_data_build(&header, out);
	uint8_t *inner = out + at;

	memset(inner, 0, INNER_LEN);
	inner[0] = 0x45;
	inner[3] = INNER_LEN;
	inner[8] = 64;
	inner[9] = INNER_UDP;
	put32(inner + 12, source);
	put32(inner + 16, target);
	put16(inner + 10, checksum_fold(checksum_add(0, inner, 20)));
	put16(inner + 20, ATTACKER_PORT);
	put16(inner + 22, port);
	put16(inner + 24, INNER_LEN - 20);
	return at + INNER_LEN;
}

/* A host in the site's mobile network. */
static uint32_t inside(const struct attacker *a, size_t site)
{
	struct mipm_prefix network = net_network(site % a->sim->n_sites);

	return addr_to_v4(&network.addr) + 10;
}

static const struct seen *last_request(const struct attacker *a, size_t site)
{
	for (uint64_t i = 0; i < KEPT; i++) {
		const struct seen *seen = nth_newest(a, site, i);

		if (seen && seen->up)
			return seen;
	}
	return NULL;
}

void attacker_send_data(struct attacker *a, size_t site, enum attack_data kind)
{
	const struct seen *seen = last_request(a, site);
	uint32_t source = inside(a, site + (kind == ATTACK_NEIGHBOUR));
	uint8_t octets[TUNNEL_DATA_HEADER_MAX + INNER_LEN];
	struct mipm_endpoint outer, target;
	size_t len;

	if (!seen)
		return;
	outer = from(seen, kind == ATTACK_STRANGER ? ATTACK_OTHER : ATTACK_SAME);
	target = seen->target;
	len = build(source, CORRESPONDENT, ATTACKER_PORT, octets);
	if (kind == ATTACK_LOOP)
		len = build(source, addr_to_v4(&target.addr), NET_PORT, octets);
	if (kind == ATTACK_ROUTER) {
		len = build(CORRESPONDENT, source, ATTACKER_PORT, octets);
		target = outer;
		outer = (struct mipm_endpoint) { addr_from_v4(HIS_ADDRESS), NET_PORT };
	}
	net_inject(a->sim, &outer, &target, octets, len);
}
