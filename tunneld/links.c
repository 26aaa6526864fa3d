/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtnetlink events only say "look again": then interfaces, addresses and default routes are read
 * anew and compared with what was known. That costs a few dumps per event on a router with a few
 * uplinks, and makes an overrun of the socket (ENOBUFS) an event like any other (THREATS T22).
 */
#include <errno.h>
#include <linux/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include "base/addr.h"
#include "base/log.h"
#include "tunneld/kobj.h"
#include "tunneld/links.h"

#define UPLINKS_MAX   64 /* also of a router that names none */
#define BUFFER_OCTETS (1 << 20)

struct links {
	const struct tunneld_conf *conf;
	struct links_events events;
	struct log *log;
	struct nl_sock *listener, *reader;
	uint32_t own_port;
	uint32_t device; /* its index when we looked; 0: there was none */
	bool started, dirty;
	bool robbed, by_hand;
	struct uplink known[UPLINKS_MAX]; /* ifindex 0: free */
};

/* One reading of the kernel's tables. */
struct scan {
	const struct tunneld_conf *conf;
	struct uplink found[UPLINKS_MAX];
	bool has_default[UPLINKS_MAX];
	size_t n;
	uint32_t device; /* index of ours; 0: there is none */
	bool device_up;
};

static struct uplink *scan_find(struct scan *s, uint32_t ifindex)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->found[i].ifindex == ifindex)
			return &s->found[i];
	return NULL;
}

static const struct tunneld_uplink_conf *conf_of(const struct tunneld_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_uplinks; i++)
		if (strcmp(conf->uplinks[i].name, name) == 0)
			return &conf->uplinks[i];
	return NULL;
}

static void scan_link(struct scan *s, struct nlmsghdr *nlh)
{
	const struct ifinfomsg *h = nlmsg_data(nlh);
	const struct tunneld_uplink_conf *c;
	struct rtnl_link_stats64 stats;
	struct nlattr *tb[IFLA_MAX + 1];
	struct uplink *u;
	const char *name;

	if (nlmsg_parse(nlh, sizeof(*h), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_IFNAME])
		return;
	name = nla_get_string(tb[IFLA_IFNAME]);
	if (strcmp(name, s->conf->device) == 0) {
		s->device = (uint32_t)h->ifi_index;
		s->device_up = h->ifi_flags & IFF_UP;
		return;
	}
	c = conf_of(s->conf, name);
	if (!s->conf->mobile_router || (h->ifi_flags & IFF_LOOPBACK) ||
		(s->conf->n_uplinks && !c) || s->n == UPLINKS_MAX)
		return;
	u = &s->found[s->n++];
	memset(u, 0, sizeof(*u));
	u->ifindex = (uint32_t)h->ifi_index;
	strncpy(u->name, name, sizeof(u->name) - 1);
	u->number = c ? c->number : 0;
	u->metric = c ? c->metric : 0;
	u->flags = (h->ifi_flags & IFF_UP ? MIPM_LINK_UP : 0) |
		   (h->ifi_flags & IFF_LOWER_UP ? MIPM_LINK_CARRIER : 0) |
		   (c && c->metered ? MIPM_LINK_METERED : 0);
	u->onlink = h->ifi_flags & IFF_POINTOPOINT;
	u->mtu = tb[IFLA_MTU] ? nla_get_u32(tb[IFLA_MTU]) : 0;
	if (tb[IFLA_STATS64] && nla_len(tb[IFLA_STATS64]) >= (int)sizeof(stats)) {
		memcpy(&stats, nla_data(tb[IFLA_STATS64]), sizeof(stats));
		u->bytes_in = stats.rx_bytes;
		u->bytes_out = stats.tx_bytes;
	}
}

static void scan_addr(struct scan *s, struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *h = nlmsg_data(nlh);
	struct nlattr *tb[IFA_MAX + 1], *a;
	struct uplink *u = scan_find(s, h->ifa_index);
	uint8_t family = h->ifa_family == AF_INET6 ? MIPM_IPV6 : MIPM_IPV4;
	struct mipm_prefix *p;

	if (!u || u->n_addresses == UPLINK_ADDRESSES_MAX || h->ifa_scope >= RT_SCOPE_LINK ||
		nlmsg_parse(nlh, sizeof(*h), tb, IFA_MAX, NULL) < 0)
		return;
	a = tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	if (!a || nla_len(a) < (family == MIPM_IPV6 ? 16 : 4))
		return;
	p = &u->addresses[u->n_addresses++];
	p->addr = addr_from_octets(family, nla_data(a)); /* the host's address, not masked */
	p->len = h->ifa_prefixlen;
}

/* One next hop of a default route. The lowest metric wins; main before other people's tables. */
static void scan_hop(struct scan *s, uint32_t ifindex, uint8_t family, struct nlattr *gateway)
{
	struct uplink *u = scan_find(s, ifindex);
	struct mipm_addr *to;

	if (!u)
		return;
	s->has_default[u - s->found] = true;
	to = family == MIPM_IPV6 ? &u->gateway6 : &u->gateway;
	if (!gateway)
		u->onlink = true;
	else if (!addr_is_present(to) && nla_len(gateway) >= (family == MIPM_IPV6 ? 16 : 4))
		*to = addr_from_octets(family, nla_data(gateway));
}

static void scan_route(struct scan *s, struct nlmsghdr *nlh)
{
	const struct rtmsg *h = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1], *in[RTA_MAX + 1];
	uint8_t family = h->rtm_family == AF_INET6 ? MIPM_IPV6 : MIPM_IPV4;
	struct rtnexthop *hop;
	int left;

	if (h->rtm_dst_len || h->rtm_type != RTN_UNICAST || h->rtm_protocol == s->conf->protocol ||
		nlmsg_parse(nlh, sizeof(*h), tb, RTA_MAX, NULL) < 0)
		return;
	if (tb[RTA_OIF])
		scan_hop(s, nla_get_u32(tb[RTA_OIF]), family, tb[RTA_GATEWAY]);
	if (!tb[RTA_MULTIPATH])
		return;
	hop = nla_data(tb[RTA_MULTIPATH]);
	for (left = nla_len(tb[RTA_MULTIPATH]); RTNH_OK(hop, left); hop = RTNH_NEXT(hop)) {
		if (nla_parse(in, RTA_MAX, (struct nlattr *)RTNH_DATA(hop),
			    hop->rtnh_len - (int)sizeof(*hop), NULL) == 0)
			scan_hop(s, (uint32_t)hop->rtnh_ifindex, family, in[RTA_GATEWAY]);
		left -= RTNH_ALIGN(hop->rtnh_len);
	}
}

static void scan_neighbour(struct scan *s, struct nlmsghdr *nlh)
{
	const struct ndmsg *h = nlmsg_data(nlh);
	struct uplink *u = scan_find(s, (uint32_t)h->ndm_ifindex);
	struct nlattr *tb[NDA_MAX + 1];
	size_t len;

	if (!u || h->ndm_family != AF_INET || nlmsg_parse(nlh, sizeof(*h), tb, NDA_MAX, NULL) < 0 ||
		!tb[NDA_DST] || !tb[NDA_LLADDR] || nla_len(tb[NDA_DST]) < 4 ||
		memcmp(nla_data(tb[NDA_DST]), u->gateway.octets, 4) != 0)
		return;
	len = (size_t)nla_len(tb[NDA_LLADDR]);
	if (len > sizeof(u->gateway_link_layer))
		return;
	memcpy(u->gateway_link_layer, nla_data(tb[NDA_LLADDR]), len);
	u->gateway_link_layer_len = (uint8_t)len;
}

static int scan_one(struct nl_msg *m, void *ctx)
{
	struct nlmsghdr *nlh = nlmsg_hdr(m);

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		scan_link(ctx, nlh);
		break;
	case RTM_NEWADDR:
		scan_addr(ctx, nlh);
		break;
	case RTM_NEWROUTE:
		scan_route(ctx, nlh);
		break;
	case RTM_NEWNEIGH:
		scan_neighbour(ctx, nlh);
		break;
	}
	return NL_OK;
}

static int scan_dump(struct links *l, int type, uint8_t family, size_t header)
{
	uint8_t octets[sizeof(struct ifinfomsg)] = { family };
	int r = nl_send_simple(l->reader, type, NLM_F_DUMP, octets, header);

	return r < 0 ? kobj_errno(r) : kobj_errno(nl_recvmsgs_default(l->reader));
}

static int scan_run(struct links *l, struct scan *s)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->conf = l->conf;
	nl_socket_modify_cb(l->reader, NL_CB_VALID, NL_CB_CUSTOM, scan_one, s);
	r = scan_dump(l, RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg));
	if (!l->conf->mobile_router)
		return r;
	for (int f = 0; r == 0 && f < 2; f++) {
		uint8_t family = f ? AF_INET6 : AF_INET;

		r = scan_dump(l, RTM_GETADDR, family, sizeof(struct ifaddrmsg));
		if (r == 0)
			r = scan_dump(l, RTM_GETROUTE, family, sizeof(struct rtmsg));
	}
	if (r == 0)
		r = scan_dump(l, RTM_GETNEIGH, AF_INET, sizeof(struct ndmsg));
	return r;
}

/* Without configured uplinks those without a default route are none, and numbers are given here:
 * an interface keeps the one it has. */
static void scan_choose(struct links *l, struct scan *s)
{
	size_t n = 0;
	uint8_t number;

	if (l->conf->n_uplinks)
		return;
	for (size_t i = 0; i < s->n; i++) {
		bool known = false;

		for (size_t k = 0; k < UPLINKS_MAX; k++)
			known |= l->known[k].ifindex == s->found[i].ifindex;
		/* One that was an uplink stays one while it exists: losing the route is news
		 * about it, not its end. */
		if (s->has_default[i] || known)
			s->found[n++] = s->found[i];
	}
	s->n = n;
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < UPLINKS_MAX; k++)
			if (l->known[k].ifindex == s->found[i].ifindex)
				s->found[i].number = l->known[k].number;
	for (size_t i = 0; i < s->n; i++) {
		for (number = 1; !s->found[i].number; number++) {
			bool taken = false;

			for (size_t k = 0; k < s->n; k++)
				taken |= s->found[k].number == number;
			if (!taken)
				s->found[i].number = number;
		}
	}
}

/* Counters move all the time and are no news. */
static bool is_news(const struct uplink *old, const struct uplink *new)
{
	struct uplink a = *old;

	a.bytes_in = new->bytes_in;
	a.bytes_out = new->bytes_out;
	return memcmp(&a, new, sizeof(a)) != 0;
}

static void look(struct links *l, uint64_t now)
{
	struct scan *s = malloc(sizeof(*s));
	int r = s ? scan_run(l, s) : -ENOMEM;

	if (r < 0) {
		l->dirty = true; /* interrupted or overrun: again at the next turn */
		free(s);
		return;
	}
	scan_choose(l, s);
	for (size_t k = 0; k < UPLINKS_MAX; k++) {
		struct uplink gone = l->known[k];

		if (!gone.ifindex || scan_find(s, gone.ifindex))
			continue;
		l->known[k].ifindex = 0;
		gone.flags = MIPM_LINK_GONE;
		l->events.gone(l->events.ctx, now, &gone);
	}
	for (size_t i = 0; i < s->n; i++) {
		struct uplink *slot = NULL;
		bool news = true;

		for (size_t k = 0; k < UPLINKS_MAX; k++) {
			if (l->known[k].ifindex == s->found[i].ifindex)
				slot = &l->known[k];
			else if (!slot && !l->known[k].ifindex)
				slot = &l->known[k];
			if (slot && slot->ifindex)
				break;
		}
		if (!slot)
			continue;
		news = !slot->ifindex || is_news(slot, &s->found[i]);
		*slot = s->found[i];
		if (news)
			l->events.changed(l->events.ctx, now, slot);
	}
	/* Whoever sets it up again makes the next event, so a device that is down is always news.
	 */
	if (l->events.device_failed && (s->device ? !s->device_up : l->device))
		l->events.device_failed(l->events.ctx, now, !s->device);
	l->device = s->device;
	free(s);
}

/* What an event makes us do. Deletions by ourselves carry our own port and are no robbery; the
 * kernel's, when a device goes down, carry none. */
static int listen_one(struct nl_msg *m, void *ctx)
{
	struct nlmsghdr *nlh = nlmsg_hdr(m);
	struct links *l = ctx;
	uint8_t protocol = 0;
	bool ours = false;

	if (nlh->nlmsg_type == RTM_DELRULE) {
		struct nlattr *tb[FRA_MAX + 1];

		if (nlmsg_parse(nlh, sizeof(struct fib_rule_hdr), tb, FRA_MAX, NULL) == 0 &&
			tb[FRA_PROTOCOL])
			protocol = nla_get_u8(tb[FRA_PROTOCOL]);
	} else if (nlh->nlmsg_type == RTM_DELROUTE) {
		protocol = ((const struct rtmsg *)nlmsg_data(nlh))->rtm_protocol;
	} else if (nlh->nlmsg_type == RTM_DELADDR) {
		ours = ((const struct ifaddrmsg *)nlmsg_data(nlh))->ifa_index == l->device;
	}
	if (ours || protocol == l->conf->protocol) {
		l->robbed |= nlh->nlmsg_pid != l->own_port;
		l->by_hand |= nlh->nlmsg_pid && nlh->nlmsg_pid != l->own_port;
	} else if (nlh->nlmsg_type != RTM_NEWRULE) {
		l->dirty = true;
	}
	return NL_OK;
}

static int any_sequence(struct nl_msg *m, void *ctx)
{
	return NL_OK;
}

static int subscribe(struct links *l)
{
	if (!l->conf->mobile_router)
		return nl_socket_add_memberships(l->listener, RTNLGRP_LINK, 0);
	return nl_socket_add_memberships(l->listener, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE, 0);
}

/* Beyond net.core.rmem_max with CAP_NET_ADMIN, up to it without. */
static void set_buffer(struct nl_sock *sock)
{
	int octets = BUFFER_OCTETS;

	if (setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUFFORCE, &octets,
		    sizeof(octets)) < 0)
		nl_socket_set_buffer_size(sock, octets, 0);
}

static int listener_open(struct links *l)
{
	int r;

	l->listener = nl_socket_alloc();
	if (!l->listener)
		return -ENOMEM;
	nl_socket_modify_cb(l->listener, NL_CB_VALID, NL_CB_CUSTOM, listen_one, l);
	nl_socket_modify_cb(l->listener, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	r = nl_connect(l->listener, NETLINK_ROUTE);
	if (r == 0)
		r = subscribe(l);
	if (r == 0)
		r = nl_socket_set_nonblocking(l->listener);
	if (r == 0)
		set_buffer(l->listener);
	return kobj_errno(r);
}

int links_open(struct links **out, const struct tunneld_conf *conf,
	const struct links_events *events, uint32_t own_port, struct log *log)
{
	struct links *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->conf = conf;
	l->events = *events;
	l->own_port = own_port;
	l->log = log;
	l->reader = nl_socket_alloc();
	r = l->reader ? kobj_errno(nl_connect(l->reader, NETLINK_ROUTE)) : -ENOMEM;
	if (r == 0)
		r = listener_open(l);
	if (r < 0) {
		links_close(l);
		return r;
	}
	*out = l;
	return 0;
}

void links_start(struct links *l, uint64_t now)
{
	l->started = true;
	look(l, now);
}

int links_fd(const struct links *l)
{
	return nl_socket_get_fd(l->listener);
}

void links_ready(void *ctx, uint64_t now)
{
	struct links *l = ctx;
	int r;

	do
		r = nl_recvmsgs_default(l->listener);
	while (r >= 0);
	if (r != -NLE_AGAIN) /* -NLE_NOMEM is ENOBUFS: messages were lost */
		l->dirty = l->robbed = true;
	for (int tries = 0; l->started && l->dirty && tries < 5; tries++) {
		l->dirty = false;
		look(l, now);
	}
	if (l->robbed && l->events.robbed)
		l->events.robbed(l->events.ctx, now, l->by_hand);
	l->robbed = l->by_hand = false;
}

void links_reconfigure(struct links *l, uint64_t now, const struct tunneld_conf *conf)
{
	l->conf = conf;
	look(l, now);
}

void links_walk(const struct links *l, void (*fn)(void *ctx, const struct uplink *u), void *ctx)
{
	for (size_t k = 0; k < UPLINKS_MAX; k++)
		if (l->known[k].ifindex)
			fn(ctx, &l->known[k]);
}

void links_message(const struct uplink *u, struct mipm_link *out)
{
	*out = (struct mipm_link) {
		.link = u->ifindex,
		.name = { u->name, (uint16_t)strlen(u->name) },
		.number = u->number,
		.flags = u->flags,
		.onlink = u->onlink,
		.metric = u->metric,
		.mtu = u->mtu,
		.addresses = u->addresses,
		.n_addresses = (uint16_t)u->n_addresses,
		.gateway = addr_is_present(&u->gateway) ? u->gateway : u->gateway6,
		.gateway_link_layer = { u->gateway_link_layer, u->gateway_link_layer_len },
		.bytes_in = u->bytes_in,
		.bytes_out = u->bytes_out,
	};
}

void links_close(struct links *l)
{
	if (!l)
		return;
	nl_socket_free(l->listener);
	nl_socket_free(l->reader);
	free(l);
}
