/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the device to the sockets: read a batch, look up, cut what is large, send. What cannot go is
 * answered by ICMP into the device, or counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tunneld/icmp.h"
#include "tunneld/mtu.h"
#include "tunneld/outbox.h"
#include "tunneld/tun.h"
#include "tunneld/worker.h"

#define PACKET_MAX 65535
#define ROOM_MAX   (ENCAP_HEADROOM + PACKET_MAX + ENCAP_TAILROOM)

/* A batch as read. Large packets and small ones share it, so what is touched stays small. */
struct worker_reads {
	size_t used;
	size_t n;
	uint8_t octets[WORKER_BATCH * 2048 + ROOM_MAX];
};

int worker_out_open(struct worker *w)
{
	w->reads = malloc(sizeof(*w->reads));
	w->outbox = malloc(sizeof(*w->outbox));
	if (!w->reads || !w->outbox)
		return -ENOMEM;
	w->outbox->n = 0;
	return 0;
}

void worker_out_close(struct worker *w)
{
	free(w->reads);
	free(w->outbox);
	w->reads = NULL;
	w->outbox = NULL;
}

static void answer(struct worker *w, const struct inner *in, enum icmp_error error,
	const struct fib_tunnel *tunnel, uint32_t mtu)
{
	uint8_t out[TUN_VNET_HEADER + ICMP_ERROR_MAX] = { 0 };
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);
	const struct mipm_addr *from = NULL;
	size_t len;

	if (!icmp_may_answer(in) || !worker_take(&w->icmp_budget))
		return;
	if (tunnel) /* the far end's inner address: never one of this host */
		from = &tunnel->far;
	len = icmp_build(out + TUN_VNET_HEADER, in, error, from, mtu);
	(void)!write(tun, out, TUN_VNET_HEADER + len);
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
static bool may_fragment(const struct inner *in, uint32_t len)
{
	return !in->dont_fragment || (in->family == MIPM_IPV6 && len <= MTU_IPV6_MIN);
}

static void send_fragmented(
	struct worker *w, const struct fib_hop *hop, uint8_t *packet, uint32_t len)
{
	const struct udp_group *g = udp_group_at(w->config->udp, hop->socket);
	struct encap_packet p = { packet, len, true };

	encap_find(hop->encap)->seal(hop, &p, 1);
	if (!g || !p.ok || udp_group_send(g, hop, p.data, p.len) < 0)
		worker_drop(w, DP_NOT_SENT);
	else
		fib_count(fib_counters_of(hop, w->number), false, 1, len, false, w->now);
}

static void send_each_fragmented(struct worker *w, const struct fib_hop *hop, const struct cut *cut)
{
	uint8_t room[WORKER_BUFFER], *packet = room + ENCAP_HEADROOM;
	struct cut_body body;

	if (cut->n == 1) {
		send_fragmented(w, hop, cut->packet, cut->in.len);
		return;
	}
	if (ENCAP_HEADROOM + cut_len(cut) > sizeof(room)) {
		worker_drop(w, DP_TOO_BIG);
		return;
	}
	for (uint32_t i = 0; i < cut->n; i++) {
		cut_segment(cut, i, packet, &body);
		memcpy(packet + cut->header_len, body.octets, body.len);
		send_fragmented(w, hop, packet, cut->header_len + body.len);
	}
}

static void send_cut(struct worker *w, const struct fib_hop *hop, const struct cut *cut)
{
	for (uint32_t i = 0; i < cut->n; i++) {
		if (!outbox_has_room(w->outbox))
			outbox_send(w);
		if (cut->n == 1)
			outbox_add(w->outbox, hop, cut->packet, cut->in.len);
		else
			outbox_add_segment(w->outbox, hop, cut, i);
	}
}

/* What is read goes to the outbox, or is dropped. */
static void take(struct worker *w, const struct virtio_net_hdr *how, uint8_t *packet, uint32_t len)
{
	const struct fib_tunnel *tunnel;
	const struct fib_hop *hop;
	enum fib_verdict verdict;
	struct inner in;
	struct cut cut;
	uint32_t mtu;

	if (!inner_parse(packet, len, &in) || !cut_begin(&cut, how, packet, &in)) {
		worker_drop(w, FIB_MALFORMED);
		return;
	}
	verdict = fib_route(w->config->domain, &in, &hop, &tunnel);
	if (verdict != FIB_OK) {
		refuse(w, &in, verdict, tunnel);
		return;
	}
	mtu = mtu_of(tunnel);
	if (cut_len(&cut) > mtu && may_fragment(&in, cut_len(&cut))) {
		send_each_fragmented(w, hop, &cut);
		return;
	}
	if (cut_len(&cut) > mtu) {
		worker_drop(w, DP_TOO_BIG);
		answer(w, &in, ICMP_TOO_BIG, tunnel, mtu);
		return;
	}
	if (in.protocol == INNER_TCP)
		mtu_clamp_mss(packet, &in, mtu);
	send_cut(w, hop, &cut);
}

/* Reads one packet and takes it; false: there is none. */
static bool read_one(struct worker *w, int tun)
{
	struct worker_reads *reads = w->reads;
	uint8_t *packet = reads->octets + reads->used + ENCAP_HEADROOM;
	uint8_t *at = packet - TUN_VNET_HEADER;
	struct virtio_net_hdr how;
	ssize_t len = read(tun, at, TUN_VNET_HEADER + PACKET_MAX);

	_Static_assert(sizeof(how) == TUN_VNET_HEADER, "virtio header");
	if (len < 0) {
		if (errno != EAGAIN)
			worker_device_failed(w, tun, errno);
		return false;
	}
	reads->n++;
	if (len <= TUN_VNET_HEADER)
		return true;
	memcpy(&how, at, sizeof(how));
	len -= TUN_VNET_HEADER;
	reads->used += (ENCAP_HEADROOM + (size_t)len + ENCAP_TAILROOM + 63) & ~(size_t)63;
	take(w, &how, packet, (uint32_t)len);
	return true;
}

bool worker_out(struct worker *w)
{
	int tun = atomic_load_explicit(&w->tun, memory_order_relaxed);
	struct worker_reads *reads = w->reads;
	bool more = tun >= 0;

	reads->used = reads->n = 0;
	while (more && reads->n < WORKER_BATCH && reads->used + ROOM_MAX <= sizeof(reads->octets))
		more = read_one(w, tun);
	outbox_send(w);
	return more;
}
