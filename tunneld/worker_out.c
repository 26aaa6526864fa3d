/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the device to the sockets: read a batch, look up, seal, one sendmmsg for each socket. What
 * cannot go is answered by ICMP into the device, or counted.
 */
#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <unistd.h>

#include "tunneld/icmp.h"
#include "tunneld/mtu.h"
#include "tunneld/sockaddr.h"
#include "tunneld/tun.h"
#include "tunneld/worker.h"

/* What has to be known of a packet once its header lies behind others. */
struct slip {
	uint32_t len;
	uint8_t tos; /* outer */
	bool sent;
};

/* A packet as it leaves. */
struct parcel {
	union sockaddr_any to;
	uint8_t control[SOCKADDR_CONTROL];
	struct iovec iov;
};

static void write_device(struct worker *w, uint8_t *packet, size_t len)
{
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);

	memset(packet - TUN_VNET_HEADER, 0, TUN_VNET_HEADER);
	(void)!write(tun, packet - TUN_VNET_HEADER, len + TUN_VNET_HEADER);
}

static void answer(struct worker *w, const struct inner *in, enum icmp_error error,
	const struct fib_tunnel *tunnel, uint32_t mtu)
{
	uint8_t out[TUN_VNET_HEADER + ICMP_ERROR_MAX];
	const struct mipm_addr *from = NULL;
	size_t len;

	if (!icmp_may_answer(in) || !worker_take(&w->icmp_budget))
		return;
	if (tunnel) /* the far end's inner address: never one of this host */
		from = &tunnel->far;
	len = icmp_build(out + TUN_VNET_HEADER, in, error, from, mtu);
	write_device(w, out + TUN_VNET_HEADER, len);
}

static void refuse(struct worker *w, const struct inner *in, enum fib_verdict verdict,
	const struct fib_tunnel *tunnel)
{
	worker_drop(w, verdict);
	if (verdict == FIB_NO_ENTRY || verdict == FIB_NO_PATH)
		answer(w, in, ICMP_NO_HOST, tunnel, 0);
	else if (verdict == FIB_SOURCE)
		answer(w, in, ICMP_FORBIDDEN, NULL, 0);
}

/* RFC 3519 4.8: fragment before encapsulation. What may be fragmented and is too long for this
 * tunnel only (the device's MTU has done the rest) goes out in outer fragments instead, and so does
 * an IPv6 packet that every link has to carry. */
static bool may_fragment(const struct inner *in)
{
	return !in->dont_fragment || (in->family == MIPM_IPV6 && in->len <= MTU_IPV6_MIN);
}

static void send_fragmented(struct worker *w, const struct fib_hop *hop, struct encap_packet *p)
{
	const struct udp_group *g = udp_group_at(w->config->udp, hop->socket);
	uint32_t len = p->len;

	encap_find(hop->encap)->seal(hop, p, 1);
	if (!g || !p->ok || udp_group_send(g, hop, p->data, p->len) < 0)
		worker_drop(w, DP_NOT_SENT);
	else
		fib_count(fib_counters_of(hop, w->number), false, len, false, w->now);
}

/* What is read becomes a packet for some hop, or is dropped: false. */
static bool classify(struct worker *w, struct encap_packet *p, const struct fib_hop **hop)
{
	const struct fib_tunnel *tunnel;
	enum fib_verdict verdict;
	struct inner in;
	uint32_t mtu;

	if (!inner_parse(p->data, p->len, &in)) {
		worker_drop(w, FIB_MALFORMED);
		return false;
	}
	p->len = in.len;
	verdict = fib_route(w->config->domain, &in, hop, &tunnel);
	if (verdict != FIB_OK) {
		refuse(w, &in, verdict, tunnel);
		return false;
	}
	mtu = mtu_of(tunnel);
	if (in.len > mtu && may_fragment(&in)) {
		send_fragmented(w, *hop, p);
		return false;
	}
	if (in.len > mtu) {
		worker_drop(w, DP_TOO_BIG);
		answer(w, &in, ICMP_TOO_BIG, tunnel, mtu);
		return false;
	}
	if (in.protocol == INNER_TCP)
		mtu_clamp_mss(p->data, &in, mtu);
	return true;
}

static size_t read_batch(struct worker *w)
{
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);
	struct worker_batch *b = w->batch;
	struct virtio_net_hdr header;
	uint8_t *at;
	ssize_t len;
	size_t n = 0;

	_Static_assert(sizeof(header) == TUN_VNET_HEADER, "virtio header");
	for (size_t i = 0; i < WORKER_BATCH && tun >= 0; i++) {
		at = b->buffers[n] + ENCAP_HEADROOM - TUN_VNET_HEADER;
		len = read(tun, at, WORKER_BUFFER - ENCAP_HEADROOM - ENCAP_TAILROOM);
		if (len < 0) {
			if (errno != EAGAIN)
				worker_device_failed(w, tun, errno);
			break;
		}
		memcpy(&header, at, sizeof(header));
		if (len <= TUN_VNET_HEADER || header.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
			worker_drop(w, DP_TOO_BIG);
			continue;
		}
		b->packets[n].data = at + TUN_VNET_HEADER;
		b->packets[n++].len = (uint32_t)len - TUN_VNET_HEADER;
	}
	return n;
}

/* RFC 2003 3.1: the type of service goes outside, so that uplinks and providers can see it. Without
 * congestion bits: the other end does not bring them back in (RFC 6040 4.3, compatibility mode). */
static uint8_t outer_tos(const uint8_t *packet)
{
	uint8_t tos = packet[0] >> 4 == MIPM_IPV6 ? (uint8_t)(get16(packet) >> 4) : packet[1];

	return tos & 0xfc;
}

/* Runs of one hop are sealed together; mostly the whole batch is one run. */
static void seal(struct worker *w, struct slip *slips, size_t n)
{
	struct worker_batch *b = w->batch;
	size_t first = 0;

	for (size_t i = 0; i < n; i++)
		slips[i] =
			(struct slip) { b->packets[i].len, outer_tos(b->packets[i].data), false };
	for (size_t i = 1; i <= n; i++) {
		if (i < n && b->hops[i] == b->hops[first])
			continue;
		encap_find(b->hops[first]->encap)
			->seal(b->hops[first], &b->packets[first], i - first);
		first = i;
	}
}

static void fill(struct parcel *parcel, struct mmsghdr *m, const struct udp_group *g,
	const struct fib_hop *hop, const struct encap_packet *p, uint8_t tos)
{
	static const struct mipm_addr any;

	memset(m, 0, sizeof(*m));
	parcel->iov = (struct iovec) { p->data, p->len };
	m->msg_hdr.msg_name = &parcel->to;
	m->msg_hdr.msg_namelen = sockaddr_from(&hop->remote, &parcel->to);
	m->msg_hdr.msg_iov = &parcel->iov;
	m->msg_hdr.msg_iovlen = 1;
	if (!g->ifindex && !tos)
		return;
	m->msg_hdr.msg_controllen = sockaddr_control(
		parcel->control, g->family, g->ifindex ? &hop->local.addr : &any, 0, tos);
	m->msg_hdr.msg_control = m->msg_hdr.msg_controllen ? parcel->control : NULL;
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

/* All packets of the batch for the group of `first`, in their order. */
static void send_group(struct worker *w, size_t n, size_t first, struct slip *slips)
{
	struct worker_batch *b = w->batch;
	uint32_t socket = b->hops[first]->socket;
	const struct udp_group *g = udp_group_at(w->config->udp, socket);
	struct parcel parcels[WORKER_BATCH];
	struct mmsghdr m[WORKER_BATCH];
	uint8_t which[WORKER_BATCH];
	unsigned k = 0, at = 0;
	int r;

	for (size_t i = first; i < n; i++) {
		if (slips[i].sent || b->hops[i]->socket != socket)
			continue;
		slips[i].sent = true;
		if (!g || !b->packets[i].ok) {
			worker_drop(w, DP_NOT_SENT);
			continue;
		}
		fill(&parcels[k], &m[k], g, b->hops[i], &b->packets[i], slips[i].tos);
		which[k++] = (uint8_t)i;
	}
	while (at < k) {
		r = sendmmsg(g->fds[1 + w->number], m + at, k - at, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			not_sent(w, b->hops[which[at++]], errno);
			continue;
		}
		for (unsigned end = at + (unsigned)r; at < end; at++) {
			const struct fib_hop *hop = b->hops[which[at]];

			fib_count(fib_counters_of(hop, w->number), false, slips[which[at]].len,
				false, w->now);
		}
		worker_add(&w->packets_out, (uint64_t)r);
	}
}

bool worker_out(struct worker *w)
{
	struct worker_batch *b = w->batch;
	struct slip slips[WORKER_BATCH];
	size_t n_read = read_batch(w), n = 0;

	for (size_t i = 0; i < n_read; i++) {
		if (!classify(w, &b->packets[i], &b->hops[n]))
			continue;
		b->packets[n++] = b->packets[i];
	}
	if (n) {
		seal(w, slips, n);
		worker_add(&w->batches_out, 1);
	}
	for (size_t i = 0; i < n; i++)
		if (!slips[i].sent)
			send_group(w, n, i, slips);
	return n_read == WORKER_BATCH;
}
