/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signalling in and out, in batches: a home agent after a provider's outage has tens of thousands
 * of registrations to carry. Nothing in here looks beyond the first octet (DESIGN section 1).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/core.h"
#include "libmip/tunnel_data.h"
#include "tunneld/fib.h"
#include "tunneld/sockaddr.h"
#include "tunneld/udp_parts.h"

#define BATCH	       32
#define QUEUE_MAX      64
#define BATCHES_A_TURN 8

struct incoming {
	union sockaddr_any from;
	_Alignas(struct cmsghdr) uint8_t control[256];
	uint8_t payload[MIPSOCK_SIG_MAX];
};

struct outgoing {
	struct udp_group *group;
	union sockaddr_any to;
	socklen_t to_len;
	uint8_t control[SOCKADDR_CONTROL];
	size_t control_len;
	struct iovec iov;
	uint8_t payload[MIPSOCK_SIG_MAX];
};

struct udp_queue {
	struct incoming in[BATCH];
	struct outgoing out[QUEUE_MAX];
	size_t n_out;
};

/* Touched only where datagrams really were: a large block that costs little. */
int udp_queue_open(struct udp *u)
{
	u->queue = malloc(sizeof(*u->queue));
	if (!u->queue)
		return -ENOMEM;
	u->queue->n_out = 0;
	return 0;
}

void udp_queue_close(struct udp *u)
{
	free(u->queue);
}

/* in */

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t udp_boot_time(const struct timespec *stamp)
{
	uint64_t wall = clock_ns(CLOCK_REALTIME), boot = clock_ns(CLOCK_BOOTTIME);
	uint64_t at = (uint64_t)stamp->tv_sec * NSEC_PER_S + (uint64_t)stamp->tv_nsec;

	/* Within a second, else the wall clock was set in between. */
	if (at > wall || wall - at > NSEC_PER_S)
		return boot;
	return boot - (wall - at);
}

/* Circumstances from the control messages. False: it was sent to many hosts at an address that is
 * not this group's. */
static bool read_control(const struct udp_group *g, struct msghdr *h, struct mipm_sig *sig)
{
	struct timespec stamp;
	bool unicast = false;
	int value;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			sig->received_at = udp_boot_time(&stamp);
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			sig->local.addr = addr_from_octets(MIPM_IPV4, (uint8_t *)&info.ipi_addr);
			unicast = info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			sig->local.addr = addr_from_octets(MIPM_IPV6, (uint8_t *)&info.ipi6_addr);
			unicast = !addr_is_multicast(&sig->local.addr);
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
			   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
			memcpy(&value, CMSG_DATA(c), sizeof(value));
			sig->ttl = (uint8_t)value;
		}
	}
	return unicast || (g->is_broadcast && addr_equal(&sig->local.addr, &g->local.addr));
}

static void take_in(
	struct udp *u, uint64_t now, const struct udp_group *g, struct mmsghdr *m, uint8_t *payload)
{
	struct mipm_sig sig = {
		.kind = MIPM_SIG_UDP434,
		.link = g->ifindex,
		.received_at = now,
		.payload = { payload, m->msg_len },
	};

	u->stats.sig_in++;
	if (m->msg_hdr.msg_flags & MSG_TRUNC) {
		u->stats.sig_too_big++;
		return;
	}
	if (!read_control(g, &m->msg_hdr, &sig) || !m->msg_len || payload[0] == TUNNEL_DATA_TYPE) {
		u->stats.sig_misled++;
		return;
	}
	sig.local.port = g->local.port;
	sig.remote = sockaddr_to(m->msg_hdr.msg_name);
	if (!u->config.signal(u->config.ctx, now, &sig))
		u->stats.sig_unowned++;
}

static int read_batch(struct udp *u, uint64_t now, const struct udp_group *g)
{
	struct mmsghdr m[BATCH];
	struct iovec iov[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		struct incoming *in = &u->queue->in[i];

		iov[i] = (struct iovec) { in->payload, sizeof(in->payload) };
		m[i] = (struct mmsghdr) { .msg_hdr = {
						  .msg_name = &in->from,
						  .msg_namelen = sizeof(in->from),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1,
						  .msg_control = in->control,
						  .msg_controllen = sizeof(in->control),
					  } };
	}
	n = recvmmsg(g->fds[0], m, BATCH, 0, NULL);
	for (int i = 0; i < n; i++)
		take_in(u, now, g, &m[i], u->queue->in[i].payload);
	return n;
}

void udp_ready(void *u_, uint64_t now)
{
	struct udp *u = u_;
	struct epoll_event events[16];
	int n = epoll_wait(u->epoll, events, 16, 0);

	for (int i = 0; i < n; i++) {
		const struct udp_group *g = udp_group_at(u, events[i].data.u32);

		for (int batch = 0; g && batch < BATCHES_A_TURN; batch++)
			if (read_batch(u, now, g) < BATCH)
				break;
	}
}

/* out */

bool udp_group_has(const struct udp_group *g, const struct mipm_addr *addr)
{
	if (!g->ifindex)
		return addr_equal(&g->local.addr, addr);
	for (size_t i = 0; i < g->n_addresses; i++)
		if (addr_equal(&g->addresses[i], addr))
			return true;
	return false;
}

/* The socket that the request came to, or the link's; NULL if the local address is not ours. */
static struct udp_group *group_for(const struct udp *u, const struct mipm_sig *sig)
{
	struct udp_group *g;

	for (uint32_t id = 0; id < u->n_ids; id++) {
		g = udp_group_at(u, id);
		if (!g || g->is_broadcast || g->family != sig->remote.addr.family ||
			(sig->link && g->ifindex != sig->link))
			continue;
		if (!g->ifindex && sig->local.port && sig->local.port != g->local.port)
			continue;
		if (udp_group_has(g, &sig->local.addr) ||
			(sig->link && !addr_is_present(&sig->local.addr)))
			return g;
	}
	return NULL;
}

/* One host, this one included. */
static bool is_host(const struct mipm_addr *addr)
{
	return addr_is_unicast(addr) || addr_is_loopback(addr);
}

void udp_signal(struct udp *u, const struct mipm_sig *sig)
{
	struct udp_group *g = group_for(u, sig);
	struct outgoing *out;

	if (!g || sig->kind != MIPM_SIG_UDP434 || !sig->payload.len ||
		sig->payload.len > MIPSOCK_SIG_MAX || !is_host(&sig->remote.addr) ||
		!sig->remote.port) {
		u->stats.sig_not_ours++;
		return;
	}
	if (u->queue->n_out == QUEUE_MAX)
		udp_flush(u);
	out = &u->queue->out[u->queue->n_out++];
	out->group = g;
	out->to_len = sockaddr_from(&sig->remote, &out->to);
	out->control_len = sockaddr_control(out->control, g->family, &sig->local.addr, sig->ttl, 0);
	memcpy(out->payload, sig->payload.data, sig->payload.len);
	out->iov = (struct iovec) { out->payload, sig->payload.len };
}

bool udp_has_queued(const struct udp *u)
{
	return u->queue->n_out > 0;
}

/* A run for one socket. What the kernel refuses (no route, a full queue) is skipped: whoever
 * signals repeats. */
static void send_run(struct udp *u, struct outgoing *out, size_t n)
{
	struct mmsghdr m[QUEUE_MAX];
	size_t at = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		m[i] = (struct mmsghdr) { .msg_hdr = {
						  .msg_name = &out[i].to,
						  .msg_namelen = out[i].to_len,
						  .msg_iov = &out[i].iov,
						  .msg_iovlen = 1,
						  .msg_control = out[i].control_len ? out[i].control
										    : NULL,
						  .msg_controllen = out[i].control_len,
					  } };
	while (at < n) {
		r = sendmmsg(out->group->fds[0], m + at, (unsigned)(n - at), 0);
		if (r > 0) {
			at += (size_t)r;
			u->stats.sig_out += (uint64_t)r;
		} else if (errno != EINTR) {
			at++;
			u->stats.sig_failed++;
		}
	}
}

void udp_flush(struct udp *u)
{
	struct udp_queue *q = u->queue;
	size_t first = 0;

	for (size_t i = 1; i <= q->n_out; i++) {
		if (i < q->n_out && q->out[i].group == q->out[first].group)
			continue;
		send_run(u, &q->out[first], i - first);
		first = i;
	}
	q->n_out = 0;
}

void udp_forget_queued(struct udp *u, struct udp_group *g)
{
	udp_flush(u);
}

int udp_group_send(
	const struct udp_group *g, const struct fib_hop *hop, const uint8_t *payload, size_t len)
{
	struct iovec iov = { (uint8_t *)payload, len };
	uint8_t control[SOCKADDR_CONTROL];
	union sockaddr_any to;
	struct msghdr h = {
		.msg_name = &to,
		.msg_namelen = sockaddr_from(&hop->remote, &to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	if (g->ifindex)
		h.msg_controllen = sockaddr_control(control, g->family, &hop->local.addr, 0, 0);
	h.msg_control = h.msg_controllen ? control : NULL;
	return sendmsg(g->fds[0], &h, 0) < 0 ? -errno : 0;
}

/* What the kernel knows of the way: the smaller of the device's MTU and what routers told. */
uint32_t udp_path_mtu(const struct udp_group *g, const struct mipm_endpoint *remote)
{
	bool v6 = g->family == MIPM_IPV6;
	union sockaddr_any to;
	socklen_t to_len = sockaddr_from(remote, &to), len = sizeof(int);
	int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), mtu = 0;

	if (fd < 0)
		return 0;
	if ((g->ifindex && setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &g->ifindex,
				   sizeof(g->ifindex))) ||
		(g->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &g->mark, sizeof(g->mark))) ||
		connect(fd, &to.any, to_len) < 0 ||
		getsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &len))
		mtu = 0;
	close(fd);
	return mtu > 0 ? (uint32_t)mtu : 0;
}
