/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a socket to the device: who sent it, is that a path of a live binding, does the inner
 * source belong to it? Only then is it written. A stranger gets no answer, ever (THREATS T6-T8).
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libmip/tunnel_data.h"
#include "tunneld/mtu.h"
#include "tunneld/sockaddr.h"
#include "tunneld/tun.h"
#include "tunneld/worker.h"

struct arrivals {
	struct mmsghdr m[WORKER_BATCH];
	struct iovec iov[WORKER_BATCH];
	union sockaddr_any from[WORKER_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[WORKER_BATCH][64];
};

/* What the last packet's sender was: trains of one sender are the rule. */
struct sender {
	union sockaddr_any from;
	struct mipm_endpoint remote;
	struct admission_walk walk;
	const struct fib_hop *hop;
};

static void lookup(struct worker *w, const struct udp_group *g, const union sockaddr_any *from,
	struct sender *s)
{
	if (memcmp(from, &s->from, sizeof(*from)) == 0)
		return;
	s->from = *from;
	s->remote = sockaddr_to(from);
	s->hop = admission_first(&w->config->fib->admission, g->id, &s->remote, &s->walk);
}

/* Tunnel data that no binding stands behind: perhaps a router was forgotten. */
static void hint(struct worker *w, const struct udp_group *g, const struct sender *s,
	const struct inner *in, uint32_t octets)
{
	struct ring_event *e;

	e = worker_take(&w->hint_budget) ? worker_event(w, RING_STRANGER) : NULL;
	if (!e) {
		worker_add(&w->strangers_missed, 1);
		return;
	}
	e->socket = g->id;
	e->remote = s->remote;
	e->inner = inner_src(in);
	e->octets = octets;
	worker_tell(w);
}

static void stranger(struct worker *w, const struct udp_group *g, const struct sender *s,
	struct mipm_span datagram)
{
	struct tunnel_data data;
	struct mipm_span inner;
	struct inner in;

	worker_drop(w, FIB_STRANGER);
	if (tunnel_data_parse(datagram, &data, &inner) == TUNNEL_DATA_OK &&
		inner_parse(inner.data, inner.len, &in))
		hint(w, g, s, &in, datagram.len);
}

static uint64_t arrived_at(const struct worker *w, struct msghdr *h)
{
	struct timespec stamp;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		return udp_boot_time(&stamp);
	}
	return w->now;
}

/* Back on the path it came by; the packet is its own answer. */
static void answer_probe(struct worker *w, const struct udp_group *g, const struct fib_hop *hop,
	struct encap_packet *p, const struct inner *in)
{
	uint32_t len = in->len;

	probe_answer(p->data, in);
	encap_find(hop->encap)->seal(hop, p, 1);
	if (p->ok && udp_group_send(g, hop, p->data, p->len) == 0)
		fib_count(fib_counters_of(hop, w->number), false, len, true, w->now);
	else
		worker_drop(w, DP_NOT_SENT);
}

/* True: it was a keepalive or an answer to one, and is done with. */
static bool is_probe(struct worker *w, const struct udp_group *g, const struct fib_hop *hop,
	struct encap_packet *p, const struct inner *in, struct msghdr *h)
{
	struct ring_event *e;
	struct probe probe;

	switch (probe_recognise(hop, in, w->config->boot_id, &probe)) {
	case PROBE_NONE:
		return false;
	case PROBE_BROKEN:
		worker_drop(w, DP_BROKEN_PROBE);
		return true;
	case PROBE_REQUEST:
		fib_count(fib_counters_of(hop, w->number), true, in->len, true, w->now);
		answer_probe(w, g, hop, p, in);
		return true;
	case PROBE_ANSWER:
		fib_count(fib_counters_of(hop, w->number), true, in->len, true, w->now);
		e = worker_event(w, RING_ANSWER);
		if (e) {
			e->path = hop->path;
			e->probe = probe;
			e->at = arrived_at(w, h);
			worker_tell(w);
		}
		return true;
	}
	return false;
}

static void write_device(struct worker *w, const struct fib_hop *hop, const struct encap_packet *p)
{
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);
	uint8_t *at = p->data - TUN_VNET_HEADER;

	memset(at, 0, TUN_VNET_HEADER);
	if (write(tun, at, p->len + TUN_VNET_HEADER) < 0) {
		worker_drop(w, DP_NOT_WRITTEN);
		worker_device_failed(w, tun, errno);
		return;
	}
	fib_count(fib_counters_of(hop, w->number), true, p->len, false, w->now);
}

/* Of several paths with this far end the one whose tunnel owns the inner source. */
static enum fib_verdict admit(struct sender *s, const struct inner *in, const struct fib_hop **hop)
{
	enum fib_verdict verdict = fib_receive(s->hop, in);
	struct admission_walk walk = s->walk;

	*hop = s->hop;
	while (verdict == FIB_SOURCE && (*hop = admission_next(&walk)))
		verdict = fib_receive(*hop, in);
	return verdict;
}

static void take(struct worker *w, const struct udp_group *g, struct sender *s,
	struct encap_packet *p, struct msghdr *h)
{
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	struct inner in;

	if ((h->msg_flags & MSG_TRUNC) || p->len < TUNNEL_DATA_LEN ||
		p->data[0] != TUNNEL_DATA_TYPE) {
		worker_drop(w, DP_MISLED);
		return;
	}
	lookup(w, g, h->msg_name, s);
	if (!s->hop) {
		stranger(w, g, s, (struct mipm_span) { p->data, p->len });
		return;
	}
	encap_find(s->hop->encap)->open(s->hop, p, 1);
	if (!p->ok || !inner_parse(p->data, p->len, &in)) {
		worker_drop(w, p->ok ? FIB_MALFORMED : FIB_ENCAPSULATION);
		return;
	}
	p->len = in.len;
	verdict = admit(s, &in, &hop);
	if (verdict != FIB_OK) {
		worker_drop(w, verdict);
		if (verdict == FIB_SOURCE && !s->hop->tunnel->is_router)
			hint(w, g, s, &in, TUNNEL_DATA_LEN + (uint32_t)in.len);
		return;
	}
	if (is_probe(w, g, hop, p, &in, h))
		return;
	if (in.protocol == INNER_TCP)
		mtu_clamp_mss(p->data, &in, mtu_of(hop->tunnel));
	write_device(w, hop, p);
}

static void prepare(struct worker *w, const struct udp_group *g, struct arrivals *a)
{
	for (size_t i = 0; i < WORKER_BATCH; i++) {
		a->iov[i] = (struct iovec) { w->batch->buffers[i] + ENCAP_HEADROOM,
			WORKER_BUFFER - ENCAP_HEADROOM - ENCAP_TAILROOM };
		a->m[i].msg_hdr = (struct msghdr) {
			.msg_name = &a->from[i],
			.msg_namelen = sizeof(a->from[i]),
			.msg_iov = &a->iov[i],
			.msg_iovlen = 1,
			.msg_control = g->is_stamped ? a->control[i] : NULL,
			.msg_controllen = g->is_stamped ? sizeof(a->control[i]) : 0,
		};
	}
}

bool worker_in(struct worker *w, const struct udp_group *g)
{
	struct sender sender = { 0 };
	struct encap_packet p;
	struct arrivals a;
	int n;

	memset(a.from, 0, sizeof(a.from)); /* senders are compared by octets */
	prepare(w, g, &a);
	n = recvmmsg(g->fds[1 + w->number], a.m, WORKER_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		p = (struct encap_packet) { a.iov[i].iov_base, a.m[i].msg_len, true };
		take(w, g, &sender, &p, &a.m[i].msg_hdr);
	}
	if (n > 0) {
		worker_add(&w->packets_in, (uint64_t)n);
		worker_add(&w->batches_in, 1);
	}
	return n == WORKER_BATCH;
}
