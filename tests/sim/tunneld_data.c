/* SPDX-License-Identifier: BSD-2-Clause */
/* The packet path, as tunneld/worker_in.c and worker_out.c go it: one packet at a time. */
#include <string.h>

#include "libmip/tunnel_data.h"
#include "tests/sim/sim.h"
#include "tests/sim/watch.h"
#include "tunneld/mtu.h"

static void tell(const struct tunneld *t, const struct datagram *d, enum watch_packet_what what,
	struct mipm_span data, const char *reason)
{
	struct sim *s = t->host->sim;

	if (s->watch)
		watch_packet(s, &(struct watch_packet) { .what = what,
					.host = t->host,
					.uplink = d->uplink,
					.up = d->up,
					.source = d->source,
					.target = d->target,
					.data = data.data,
					.len = data.len,
					.reason = reason });
}

static void drop(struct tunneld *t, enum fib_verdict verdict, const struct datagram *d)
{
	t->counts.dropped[verdict]++;
	if (d)
		tell(t, d, PACKET_DROPPED, (struct mipm_span) { d->data, d->len },
			fib_verdict_name(verdict));
}

/* ---- out ----------------------------------------------------------------------------------- */

/* Like the kernel: not without an address, and what is too long is told (EMSGSIZE). */
static bool can_carry(
	struct tunneld *t, const struct fib_hop *hop, const struct uplink *u, uint32_t octets)
{
	if (!u)
		return true;
	if (octets > u->mtu) {
		forwarder_path_mtu(t->forwarder, fakebus_now(t->host->bus), hop->path, u->mtu);
		fakebus_touch(t->host->bus, "tunneld");
		return false;
	}
	return u->is_there && u->has_address;
}

/* Takes a packet whose octets stand in d->data. */
static void seal_and_send(
	struct tunneld *t, const struct fib_hop *hop, struct datagram *d, bool is_probe)
{
	struct encap_packet p = { d->data, d->len, true };
	struct site *site = t->host->site;
	uint32_t octets = d->len;
	struct uplink *u = site ? &site->uplinks[UPLINK_NUMBER(hop->socket)] : NULL;

	encap_find(hop->encap)->seal(hop, &p, 1);
	if (!p.ok || !can_carry(t, hop, u, p.len + NET_UDP_HEAD)) {
		t->counts.not_sent++;
		datagram_drop(t->host->sim, d);
		return;
	}
	d->data = p.data;
	d->len = p.len;
	d->target = hop->remote;
	fib_count(fib_counters_of(hop, 0), false, 1, octets, is_probe, fakebus_now(t->host->bus));
	d->source.port = NET_PORT;
	d->source.addr = u ? uplink_address(u) : t->host->agent->addr;
	if (u)
		net_leave(u, d);
	else
		net_reply(t->host->agent, d);
}

void tunneld_send_probe(
	void *t_, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len)
{
	struct tunneld *t = t_;
	struct datagram *d = datagram_new(t->host->sim);

	memcpy(d->data, packet, len);
	d->len = (uint32_t)len;
	seal_and_send(t, path->hop, d, true);
}

void tunneld_packet(struct tunneld *t, const uint8_t *packet, size_t len)
{
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	struct datagram *d;
	struct inner in;

	t->counts.out++;
	if (!inner_parse(packet, len, &in)) {
		drop(t, FIB_MALFORMED, NULL);
		return;
	}
	verdict = fib_route(t->domain, &in, &hop, &tunnel);
	if (verdict != FIB_OK) {
		drop(t, verdict, NULL);
		return;
	}
	if (in.len > mtu_of(tunnel) && in.dont_fragment) {
		t->counts.too_big++;
		return;
	}
	d = datagram_new(t->host->sim);
	d->len = in.len;
	memcpy(d->data, packet, in.len);
	seal_and_send(t, hop, d, false);
}

/* ---- in ------------------------------------------------------------------------------------ */

static void hint(struct tunneld *t, const struct datagram *d, const struct inner *in)
{
	const struct mipm_addr source = inner_src(in);

	forwarder_stranger(t->forwarder, fakebus_now(t->host->bus), tunneld_socket(t, d),
		&d->source, &source, (uint32_t)d->len);
}

static void stranger(struct tunneld *t, const struct datagram *d)
{
	struct mipm_span inner;
	struct tunnel_data data;
	struct inner in;

	drop(t, FIB_STRANGER, d);
	if (tunnel_data_parse((struct mipm_span) { d->data, d->len }, &data, &inner) ==
			TUNNEL_DATA_OK &&
		inner_parse(inner.data, inner.len, &in))
		hint(t, d, &in);
}

/* True: it was a keepalive or an answer to one, and d is gone. */
static bool is_probe(
	struct tunneld *t, const struct fib_hop *hop, struct datagram *d, const struct inner *in)
{
	uint64_t now = fakebus_now(t->host->bus);
	struct probe probe;

	switch (probe_recognise(hop, in, t->forwarder->boot_id, &probe)) {
	case PROBE_NONE:
		return false;
	case PROBE_BROKEN:
		break;
	case PROBE_REQUEST:
		t->counts.probes++;
		fib_count(fib_counters_of(hop, 0), true, 1, in->len, true, now);
		probe_answer(d->data, in);
		d->len = in->len;
		seal_and_send(t, hop, d, true);
		return true;
	case PROBE_ANSWER:
		fib_count(fib_counters_of(hop, 0), true, 1, in->len, true, now);
		forwarder_answer(t->forwarder, hop->path, &probe, now);
		break;
	}
	t->counts.probes++;
	datagram_drop(t->host->sim, d);
	return true;
}

/* Of several paths with this far end the one whose tunnel owns the inner source. */
static enum fib_verdict admit(
	struct admission_walk walk, const struct inner *in, const struct fib_hop **hop)
{
	const struct fib_hop *first = *hop;
	enum fib_verdict verdict = fib_receive(first, in);

	while (verdict == FIB_SOURCE && (*hop = admission_next(&walk)))
		verdict = fib_receive(*hop, in);
	if (verdict != FIB_OK)
		*hop = first;
	return verdict;
}

static void data_in(struct tunneld *t, struct datagram *d)
{
	struct encap_packet p = { d->data, d->len, true };
	struct admission_walk walk;
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	struct inner in;

	hop = admission_first(
		&t->forwarder->fib.admission, tunneld_socket(t, d), &d->source, &walk);
	if (!hop) {
		stranger(t, d);
		datagram_drop(t->host->sim, d);
		return;
	}
	encap_find(hop->encap)->open(hop, &p, 1);
	d->data = p.data;
	d->len = p.len;
	if (!p.ok || !inner_parse(d->data, d->len, &in)) {
		drop(t, p.ok ? FIB_MALFORMED : FIB_ENCAPSULATION, d);
		datagram_drop(t->host->sim, d);
		return;
	}
	verdict = admit(walk, &in, &hop);
	if (verdict != FIB_OK) {
		drop(t, verdict, d);
		if (verdict == FIB_SOURCE && !hop->tunnel->is_router)
			hint(t, d, &in);
	} else if (is_probe(t, hop, d, &in)) {
		return;
	} else {
		t->counts.in++;
		fib_count(
			fib_counters_of(hop, 0), true, 1, in.len, false, fakebus_now(t->host->bus));
		tell(t, d, PACKET_OUT, (struct mipm_span) { in.data, in.len }, NULL);
		flows_arrived(t->host, in.data, in.len);
	}
	datagram_drop(t->host->sim, d);
}

void tunneld_datagram(struct tunneld *t, struct datagram *d)
{
	if (d->len > 0 && d->data[0] == TUNNEL_DATA_TYPE) {
		data_in(t, d);
	} else {
		if (d->len > 0)
			tunneld_signal_in(t, d);
		else
			drop(t, FIB_MALFORMED, d);
		datagram_drop(t->host->sim, d);
	}
}
