/* SPDX-License-Identifier: BSD-2-Clause */
/* See outbox.h. */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "tunneld/ecn.h"
#include "tunneld/outbox.h"
#include "tunneld/worker.h"

#define PARCEL_SEGMENTS 64    /* UDP_MAX_SEGMENTS of older kernels */
#define PARCEL_OCTETS	65000 /* with its headers it has to be an IPv4 packet */

static void add(
	struct outbox *o, const struct fib_hop *hop, uint8_t *data, uint32_t len, struct iovec body)
{
	o->packets[o->n] = (struct encap_packet) { data, len, true };
	o->bodies[o->n] = body;
	o->hops[o->n] = hop;
	o->slips[o->n++] =
		(struct slip) { len + (uint32_t)body.iov_len, ecn_outer(data, hop->caps), false };
}

void outbox_add(struct outbox *o, const struct fib_hop *hop, uint8_t *packet, uint32_t len)
{
	add(o, hop, packet, len, (struct iovec) { NULL, 0 });
}

void outbox_add_segment(
	struct outbox *o, const struct fib_hop *hop, const struct cut *cut, uint32_t i)
{
	uint8_t *header = o->heads[o->n] + ENCAP_HEADROOM;
	struct cut_body body;

	cut_segment(cut, i, header, &body);
	add(o, hop, header, cut->header_len, (struct iovec) { body.octets, body.len });
}

/* Runs of one hop are sealed together; mostly all is one run. */
static void seal(struct outbox *o)
{
	size_t first = 0;

	for (size_t i = 1; i <= o->n; i++) {
		if (i < o->n && o->hops[i] == o->hops[first])
			continue;
		encap_find(o->hops[first]->encap)
			->seal(o->hops[first], &o->packets[first], i - first);
		first = i;
	}
}

/* ---- parcels ------------------------------------------------------------------------------- */

static uint32_t sealed_len(const struct outbox *o, size_t i)
{
	return o->packets[i].len + (uint32_t)o->bodies[i].iov_len;
}

static bool goes_with(const struct parcel *p, const struct outbox *o, size_t i, uint8_t tos)
{
	uint32_t len = sealed_len(o, i);

	return !p->is_full && p->hop == o->hops[i] && tos == o->slips[i].tos && len <= p->size &&
	       p->n < PARCEL_SEGMENTS && p->total + len <= PARCEL_OCTETS;
}

static uint32_t put_iov(struct outbox *o, uint32_t at, size_t i)
{
	o->iovs[at++] = (struct iovec) { o->packets[i].data, o->packets[i].len };
	if (o->bodies[i].iov_len)
		o->iovs[at++] = o->bodies[i];
	return at;
}

static void address(struct parcel *p, struct msghdr *h, const struct udp_group *g, uint8_t tos)
{
	static const struct mipm_addr any;

	memset(h, 0, sizeof(*h));
	h->msg_name = &p->to;
	h->msg_namelen = sockaddr_from(&p->hop->remote, &p->to);
	if (g->ifindex || tos)
		h->msg_controllen = sockaddr_control(
			p->control, g->family, g->ifindex ? &p->hop->local.addr : &any, 0, tos);
	h->msg_control = h->msg_controllen ? p->control : NULL;
}

static void ask_segmentation(const struct parcel *p, struct msghdr *h)
{
	const struct cmsghdr head = { .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
		.cmsg_level = SOL_UDP,
		.cmsg_type = UDP_SEGMENT };
	uint8_t *at = (uint8_t *)p->control + h->msg_controllen;
	uint16_t size = (uint16_t)p->size;

	memset(at, 0, CMSG_SPACE(sizeof(size)));
	memcpy(at, &head, sizeof(head));
	memcpy(at + CMSG_LEN(0), &size, sizeof(size));
	h->msg_control = (void *)p->control;
	h->msg_controllen += CMSG_SPACE(sizeof(size));
}

/* All packets for the group of `first`, in their order; their number of parcels. */
static unsigned pack(struct worker *w, struct outbox *o, const struct udp_group *g, size_t first)
{
	uint32_t socket = o->hops[first]->socket, iov = 0;
	bool plain = g && w->plain[g->id];
	struct parcel *p = NULL;
	uint8_t tos = 0;
	unsigned k = 0;

	for (size_t i = first; i < o->n; i++) {
		if (o->slips[i].sent || o->hops[i]->socket != socket)
			continue;
		o->slips[i].sent = true;
		if (!g || !o->packets[i].ok) {
			worker_drop(w, DP_NOT_SENT);
			continue;
		}
		if (plain || !p || !goes_with(p, o, i, tos)) {
			p = &o->parcels[k];
			*p = (struct parcel) { .hop = o->hops[i], .first_iov = iov };
			p->size = sealed_len(o, i);
			tos = o->slips[i].tos;
			address(p, &o->m[k++].msg_hdr, g, tos);
		}
		p->is_full = sealed_len(o, i) < p->size;
		p->total += sealed_len(o, i);
		p->inner += o->slips[i].len;
		p->n++;
		iov = put_iov(o, iov, i);
		o->m[k - 1].msg_hdr.msg_iov = &o->iovs[p->first_iov];
		o->m[k - 1].msg_hdr.msg_iovlen = iov - p->first_iov;
	}
	for (unsigned i = 0; i < k; i++)
		if (o->parcels[i].n > 1)
			ask_segmentation(&o->parcels[i], &o->m[i].msg_hdr);
	return k;
}

/* ---- sending ------------------------------------------------------------------------------- */

static void sent(struct worker *w, const struct fib_hop *hop, uint32_t n, uint32_t octets)
{
	fib_count(fib_counters_of(hop, w->number), false, n, octets, false, w->now);
	worker_add(&w->packets_out, n);
}

static void not_sent(struct worker *w, const struct fib_hop *hop, int err)
{
	struct ring_event *e;

	worker_drop(w, err == EMSGSIZE ? DP_TOO_BIG : DP_NOT_SENT);
	if (err != EMSGSIZE || !worker_take(&w->hint_budget))
		return;
	e = worker_event(w, RING_TOO_BIG);
	if (!e)
		return;
	e->path = hop->path;
	worker_tell(w);
}

/* One packet after the other: the link, or the way, does not take them together. */
static void send_singly(struct worker *w, int fd, const struct parcel *p, const struct msghdr *m)
{
	struct msghdr one = *m;
	uint32_t len, inner;

	one.msg_controllen -= CMSG_SPACE(sizeof(uint16_t));
	one.msg_control = one.msg_controllen ? one.msg_control : NULL;
	for (size_t at = 0; at < m->msg_iovlen;) {
		one.msg_iov = m->msg_iov + at;
		one.msg_iovlen = 0;
		for (len = 0; at < m->msg_iovlen && len < p->size; at++) {
			len += (uint32_t)m->msg_iov[at].iov_len;
			one.msg_iovlen++;
		}
		inner = len - (p->total - p->inner) / p->n;
		if (sendmsg(fd, &one, 0) < 0)
			not_sent(w, p->hop, errno);
		else
			sent(w, p->hop, 1, inner);
	}
}

static void parcel_refused(
	struct worker *w, const struct udp_group *g, int fd, struct parcel *p, struct msghdr *m)
{
	int err = errno;

	if (p->n == 1) {
		not_sent(w, p->hop, err);
		return;
	}
	if (err == EIO || err == EOPNOTSUPP) /* no checksum offload: never on this link */
		w->plain[g->id] = true;
	send_singly(w, fd, p, m);
}

static void send_group(struct worker *w, struct outbox *o, size_t first)
{
	const struct udp_group *g = udp_group_at(w->config->udp, o->hops[first]->socket);
	unsigned k = pack(w, o, g, first), at = 0;
	int fd = g ? g->fds[1 + w->number] : -1, r;

	while (at < k) {
		r = sendmmsg(fd, o->m + at, k - at, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			parcel_refused(w, g, fd, &o->parcels[at], &o->m[at].msg_hdr);
			at++;
			continue;
		}
		for (unsigned end = at + (unsigned)r; at < end; at++)
			sent(w, o->parcels[at].hop, o->parcels[at].n, o->parcels[at].inner);
	}
}

void outbox_send(struct worker *w)
{
	struct outbox *o = w->outbox;

	if (!o->n)
		return;
	seal(o);
	worker_add(&w->batches_out, 1);
	for (size_t i = 0; i < o->n; i++)
		if (!o->slips[i].sent)
			send_group(w, o, i);
	o->n = 0;
}
