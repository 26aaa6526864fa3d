/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a socket to the device: who sent it, is that a path of a live binding, does the inner
 * source belong to it? Only then is it written, joined with others of its flow where that shows
 * nowhere. A stranger gets no answer, ever (THREATS T6-T8).
 *
 * The kernel may hand over datagrams of one sender in one piece (UDP_GRO): each of them is judged
 * by itself.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libmip/tunnel_data.h"
#include "tunneld/ecn.h"
#include "tunneld/join.h"
#include "tunneld/mtu.h"
#include "tunneld/sockaddr.h"
#include "tunneld/worker.h"

#define TRAINS	   32
#define TRAIN_MAX  65535
#define JOIN_PAUSE 64 /* batches in which nobody looks for what could be joined */
#define JOIN_VAIN  8  /* batches that joined nothing, before such a pause */

struct worker_arrivals {
	struct mmsghdr m[TRAINS];
	struct iovec iov[TRAINS];
	union sockaddr_any from[TRAINS];
	_Alignas(struct cmsghdr) uint8_t control[TRAINS][128];
	struct join join;
	uint32_t vain, pause; /* batches */
	uint8_t octets[TRAINS][ENCAP_HEADROOM + TRAIN_MAX + ENCAP_TAILROOM];
};

int worker_in_open(struct worker *w)
{
	w->arrivals = malloc(sizeof(*w->arrivals)); /* touched only as far as packets are long */
	if (!w->arrivals)
		return -ENOMEM;
	w->arrivals->vain = w->arrivals->pause = 0;
	w->arrivals->join.tcp = true;
	w->arrivals->join.udp = false;
	join_reset(&w->arrivals->join);
	return 0;
}

void worker_in_close(struct worker *w)
{
	free(w->arrivals);
	w->arrivals = NULL;
}

void worker_in_device(struct worker *w, bool joins_udp)
{
	w->arrivals->join.udp = joins_udp;
}

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

/* What came with a train. */
struct ticket {
	uint64_t at;   /* arrival */
	uint32_t size; /* of each of its datagrams; 0: there is one */
	uint8_t tos;   /* outer */
};

static struct ticket ticket_of(const struct worker *w, struct msghdr *h)
{
	struct ticket t = { .at = w->now };
	struct timespec stamp;
	int size;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			t.at = udp_boot_time(&stamp);
		} else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
			memcpy(&size, CMSG_DATA(c), sizeof(size));
			t.size = size > 0 ? (uint32_t)size : 0;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
			t.tos = *CMSG_DATA(c);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
			memcpy(&size, CMSG_DATA(c), sizeof(size));
			t.tos = (uint8_t)size;
		}
	}
	return t;
}

/* Back on the path it came by; the packet is its own answer. Elsewhere, as its headers grow into
 * what stands before it. */
static void answer_probe(struct worker *w, const struct udp_group *g, const struct fib_hop *hop,
	const struct inner *in)
{
	uint8_t room[WORKER_BUFFER];
	struct encap_packet p = { room + ENCAP_HEADROOM, in->len, true };

	if (in->len > sizeof(room) - ENCAP_HEADROOM - ENCAP_TAILROOM) {
		worker_drop(w, DP_BROKEN_PROBE);
		return;
	}
	memcpy(p.data, in->data, in->len);
	probe_answer(p.data, in);
	encap_find(hop->encap)->seal(hop, &p, 1);
	if (p.ok && udp_group_send(g, hop, p.data, p.len) == 0)
		fib_count(fib_counters_of(hop, w->number), false, 1, in->len, true, w->now);
	else
		worker_drop(w, DP_NOT_SENT);
}

/* True: it was a keepalive or an answer to one, and is done with. */
static bool is_probe(struct worker *w, const struct udp_group *g, const struct fib_hop *hop,
	const struct inner *in, uint64_t arrived_at)
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
		fib_count(fib_counters_of(hop, w->number), true, 1, in->len, true, w->now);
		answer_probe(w, g, hop, in);
		return true;
	case PROBE_ANSWER:
		fib_count(fib_counters_of(hop, w->number), true, 1, in->len, true, w->now);
		e = worker_event(w, RING_ANSWER);
		if (e) {
			e->path = hop->path;
			e->probe = probe;
			e->at = arrived_at;
			worker_tell(w);
		}
		return true;
	}
	return false;
}

/* Writes what was collected. */
static void flush(struct worker *w)
{
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);
	struct join *join = &w->arrivals->join;

	join_finish(join);
	for (uint32_t i = 0; i < join->n; i++) {
		struct join_item *item = &join->items[i];

		if (writev(tun, item->iov, (int)item->n_iov) >= 0)
			continue;
		for (uint32_t k = 0; k < item->n; k++)
			worker_drop(w, DP_NOT_WRITTEN);
		worker_device_failed(w, tun, errno);
	}
	join_reset(join);
}

static void collect(struct worker *w, uint8_t *packet, const struct inner *in)
{
	struct worker_arrivals *a = w->arrivals;

	if (!join_has_room(&a->join))
		flush(w);
	if (a->pause)
		join_add_alone(&a->join, packet, in);
	else
		join_add(&a->join, packet, in);
}

/* Many small flows have nothing to join: then looking for it is left alone for a while. */
static void learn(struct worker_arrivals *a, uint32_t n_joined)
{
	if (a->pause) {
		a->pause--;
		return;
	}
	a->vain = n_joined ? 0 : a->vain + 1;
	if (a->vain < JOIN_VAIN)
		return;
	a->vain = 0;
	a->pause = JOIN_PAUSE;
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
	struct encap_packet *p, const struct ticket *ticket)
{
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	struct inner in;

	if (p->len < TUNNEL_DATA_LEN || p->data[0] != TUNNEL_DATA_TYPE) {
		worker_drop(w, DP_MISLED);
		return;
	}
	if (!s->hop) {
		stranger(w, g, s, (struct mipm_span) { p->data, p->len });
		return;
	}
	encap_find(s->hop->encap)->open(s->hop, p, 1);
	if (!p->ok || !inner_parse(p->data, p->len, &in)) {
		worker_drop(w, p->ok ? FIB_MALFORMED : FIB_ENCAPSULATION);
		return;
	}
	verdict = admit(s, &in, &hop);
	if (verdict != FIB_OK) {
		worker_drop(w, verdict);
		if (verdict == FIB_SOURCE && !s->hop->tunnel->is_router)
			hint(w, g, s, &in, TUNNEL_DATA_LEN + (uint32_t)in.len);
		return;
	}
	if (is_probe(w, g, hop, &in, ticket->at))
		return;
	if (!ecn_bring_in(p->data, &in, ticket->tos)) {
		worker_drop(w, DP_CONGESTION);
		return;
	}
	if (in.protocol == INNER_TCP)
		mtu_clamp_mss(p->data, &in, mtu_of(hop->tunnel));
	fib_count(fib_counters_of(hop, w->number), true, 1, in.len, false, w->now);
	collect(w, p->data, &in);
}

/* Each datagram of it. Returns their number. */
static uint32_t take_train(
	struct worker *w, const struct udp_group *g, struct sender *s, struct mmsghdr *m)
{
	uint8_t *data = m->msg_hdr.msg_iov->iov_base;
	struct ticket ticket = ticket_of(w, &m->msg_hdr);
	uint32_t left = m->msg_len, n = 0;
	struct encap_packet p;

	if (m->msg_hdr.msg_flags & MSG_TRUNC) {
		worker_drop(w, DP_MISLED);
		return 1;
	}
	lookup(w, g, m->msg_hdr.msg_name, s);
	do {
		p = (struct encap_packet) { data, left, true };
		if (ticket.size && ticket.size < left)
			p.len = ticket.size;
		data += p.len;
		left -= p.len;
		take(w, g, s, &p, &ticket);
		n++;
	} while (left);
	return n;
}

static void prepare(struct worker_arrivals *a)
{
	for (size_t i = 0; i < TRAINS; i++) {
		a->iov[i] = (struct iovec) { a->octets[i] + ENCAP_HEADROOM, TRAIN_MAX };
		a->m[i].msg_hdr = (struct msghdr) {
			.msg_name = &a->from[i],
			.msg_namelen = sizeof(a->from[i]),
			.msg_iov = &a->iov[i],
			.msg_iovlen = 1,
			.msg_control = a->control[i],
			.msg_controllen = sizeof(a->control[i]),
		};
	}
}

bool worker_in(struct worker *w, const struct udp_group *g)
{
	struct worker_arrivals *a = w->arrivals;
	struct sender sender = { 0 };
	uint32_t n_packets = 0;
	int n;

	memset(a->from, 0, sizeof(a->from)); /* senders are compared by octets */
	prepare(a);
	a->join.n_joined = 0;
	n = recvmmsg(g->fds[1 + w->number], a->m, TRAINS, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		n_packets += take_train(w, g, &sender, &a->m[i]);
	learn(a, a->join.n_joined);
	flush(w);
	if (n > 0) {
		worker_add(&w->packets_in, n_packets);
		worker_add(&w->batches_in, 1);
	}
	return n == TRAINS;
}
