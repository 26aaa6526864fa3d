/* SPDX-License-Identifier: BSD-2-Clause */
/* See udp.h: opening and closing of groups. What the signalling member carries: udp_signal.c. */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "base/addr.h"
#include "tunneld/sockaddr.h"
#include "tunneld/udp_parts.h"

#define BUFFER_OCTETS (4 << 20)

int udp_open(struct udp **out, const struct udp_config *config)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->config = *config;
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (u->epoll < 0 || udp_queue_open(u) < 0) {
		udp_close(u);
		return -ENOMEM;
	}
	*out = u;
	return 0;
}

static void group_free(struct udp_group *g)
{
	for (size_t i = 0; i < g->n_fds; i++)
		close(g->fds[i]);
	free(g);
}

void udp_close(struct udp *u)
{
	struct udp_group *g;

	if (!u)
		return;
	for (uint32_t id = 0; id < u->n_ids; id++) {
		g = udp_group_at(u, id);
		if (g)
			group_free(g);
	}
	udp_queue_close(u);
	if (u->epoll >= 0)
		close(u->epoll);
	free(u);
}

/*
 * Which member gets a datagram: 0 if it is no tunnel data (an empty one ends the program with 0 by
 * itself), else one by outer source address and port. With IP options the port is read elsewhere:
 * such a path may change its worker, which is only less neat. SKF_NET_OFF is the outer IP header.
 */
static int attach_selector(int fd, uint8_t family, uint32_t salt, uint32_t n_workers)
{
	uint32_t addr = SKF_NET_OFF + (family == MIPM_IPV6 ? 20 : 12);
	uint32_t port = SKF_NET_OFF + (family == MIPM_IPV6 ? 40 : 20);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, addr),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, port),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, salt),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 0x9e3779b1),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n_workers),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Beyond net.core.*mem_max with CAP_NET_ADMIN, up to it without. */
static void set_buffers(int fd)
{
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_OCTETS) < 0)
		set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_OCTETS);
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_OCTETS) < 0)
		set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_OCTETS);
}

/* Tunnel data never fragments outside; signalling may. */
static int set_role(int fd, uint8_t family, bool is_signalling, bool is_stamped)
{
	bool v6 = family == MIPM_IPV6;
	int r = 0;

	if (v6)
		r |= set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (is_signalling) {
		r |= v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
			: set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		r |= v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
			: set(fd, IPPROTO_IP, IP_RECVTTL, 1);
	} else {
		r |= v6 ? set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO)
			: set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
		r |= v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1)
			: set(fd, IPPROTO_IP, IP_RECVTOS, 1);
		set(fd, SOL_UDP, UDP_GRO, 1); /* without it datagrams come one by one */
	}
	if (is_signalling || is_stamped)
		r |= set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	return r;
}

static int member_open(struct udp *u, struct udp_group *g)
{
	union sockaddr_any name;
	socklen_t len = sockaddr_from(&g->local, &name);
	int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool first = g->n_fds == 0;

	if (fd < 0)
		return -errno;
	g->fds[g->n_fds++] = fd;
	if (set(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0 ||
		set_role(fd, g->family, first, g->is_stamped) < 0 ||
		(g->ifindex && set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)g->ifindex) < 0) ||
		(g->mark && set(fd, SOL_SOCKET, SO_MARK, (int)g->mark) < 0) ||
		(g->is_broadcast && set(fd, IPPROTO_IP, IP_FREEBIND, 1) < 0))
		return -errno;
	set_buffers(fd);
	/* Before the first bind, so that no datagram is ever given out without it. */
	if (first && attach_selector(fd, g->family, g->ifindex, u->config.n_workers) < 0)
		return -errno;
	return bind(fd, &name.any, len) < 0 ? -errno : 0;
}

static uint32_t free_id(const struct udp *u)
{
	for (uint32_t id = 0; id < UDP_GROUPS_MAX; id++)
		if (!udp_group_at(u, id))
			return id;
	return UDP_GROUPS_MAX;
}

static int group_open(struct udp *u, struct udp_group *g, uint32_t n_members)
{
	struct epoll_event event = { .events = EPOLLIN };
	int r = 0;

	g->id = free_id(u);
	if (g->id == UDP_GROUPS_MAX)
		r = -ENOSPC;
	while (r == 0 && g->n_fds < n_members)
		r = member_open(u, g);
	event.data.u32 = g->id;
	if (r == 0 && epoll_ctl(u->epoll, EPOLL_CTL_ADD, g->fds[0], &event) < 0)
		r = -errno;
	if (r < 0) {
		group_free(g);
		return r;
	}
	if (g->id >= u->n_ids)
		u->n_ids = g->id + 1;
	atomic_store_explicit(&u->groups[g->id], g, memory_order_release);
	return 0;
}

int udp_group_open(struct udp *u, const struct mipm_endpoint *local, uint32_t ifindex,
	uint32_t mark, struct udp_group **out)
{
	struct udp_group *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->ifindex = ifindex;
	g->mark = mark;
	g->local = *local;
	g->family = local->addr.family;
	g->is_stamped = ifindex != 0; /* only a mobile router measures paths */
	*out = g;
	return group_open(u, g, 1 + u->config.n_workers);
}

int udp_group_open_broadcast(
	struct udp *u, const struct mipm_endpoint *local, struct udp_group **out)
{
	struct udp_group *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->is_broadcast = true;
	g->local = *local;
	g->family = local->addr.family;
	*out = g;
	return group_open(u, g, 1);
}

static void group_retire(struct rcu_head *head)
{
	group_free((struct udp_group *)(void *)head);
}

/* A worker may be about to read from its member: the descriptors stay until it has looked again,
 * or their numbers might be somebody else's by then. */
void udp_group_close(struct udp *u, struct udp_group *g)
{
	_Static_assert(sizeof(struct rcu_head) <= sizeof(g->retired), "room for the retirer");

	udp_forget_queued(u, g);
	epoll_ctl(u->epoll, EPOLL_CTL_DEL, g->fds[0], NULL);
	atomic_store_explicit(&u->groups[g->id], NULL, memory_order_release);
	urcu_memb_call_rcu((struct rcu_head *)(void *)g->retired, group_retire);
}

void udp_group_addresses(struct udp_group *g, const struct mipm_addr *addresses, size_t n)
{
	g->n_addresses = n < UDP_ADDRESSES_MAX ? n : UDP_ADDRESSES_MAX;
	memcpy(g->addresses, addresses, g->n_addresses * sizeof(*addresses));
}

struct udp_group *udp_group_at(const struct udp *u, uint32_t id)
{
	if (id >= UDP_GROUPS_MAX)
		return NULL;
	return atomic_load_explicit(&u->groups[id], memory_order_acquire);
}

struct udp_group *udp_group_on(const struct udp *u, uint32_t ifindex, uint8_t family)
{
	struct udp_group *g;

	for (uint32_t id = 0; id < u->n_ids; id++) {
		g = udp_group_at(u, id);
		if (g && g->ifindex == ifindex && g->family == family)
			return g;
	}
	return NULL;
}

int udp_fd(const struct udp *u)
{
	return u->epoll;
}

const struct udp_stats *udp_stats(const struct udp *u)
{
	return &u->stats;
}
