/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages are put together with libnl's core: its rule objects lack suppress_prefixlength, and one
 * way for all three kinds is shorter than three.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include "base/addr.h"
#include "tunneld/kobj.h"

int kobj_errno(int r)
{
	/* clang-format off */
	static const struct { int nl, err; } map[] = {
		{ NLE_NOMEM, ENOBUFS }, /* also what a socket overrun looks like */
		{ NLE_EXIST, EEXIST }, { NLE_OBJ_NOTFOUND, ESRCH }, { NLE_NODEV, ENODEV },
		{ NLE_PERM, EPERM }, { NLE_NOACCESS, EACCES }, { NLE_NOADDR, EADDRNOTAVAIL },
		{ NLE_AGAIN, EAGAIN }, { NLE_INTR, EINTR }, { NLE_DUMP_INTR, EAGAIN },
		{ NLE_BUSY, EBUSY }, { NLE_OPNOTSUPP, EOPNOTSUPP }, { NLE_AF_NOSUPPORT, EAFNOSUPPORT },
		{ NLE_FAILURE, ENETUNREACH },
	};
	/* clang-format on */

	if (r >= 0)
		return 0;
	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (map[i].nl == -r)
			return -map[i].err;
	return -EINVAL;
}

static uint8_t family_os(uint8_t family)
{
	return family == MIPM_IPV6 ? AF_INET6 : AF_INET;
}

static int put_addr(struct nl_msg *m, int type, const struct mipm_addr *a)
{
	return nla_put(m, type, (int)addr_len(a), a->octets);
}

static int put_route(struct nl_msg *m, const struct kobj *o, uint8_t protocol, uint32_t ifindex)
{
	struct rtmsg h = {
		.rtm_family = family_os(o->family),
		.rtm_dst_len = o->prefix.len,
		.rtm_table = o->table < 256 ? (uint8_t)o->table : RT_TABLE_UNSPEC,
		.rtm_protocol = protocol,
		.rtm_scope =
			o->unreachable || addr_is_present(&o->gateway) || o->family == MIPM_IPV6
				? RT_SCOPE_UNIVERSE
				: RT_SCOPE_LINK,
		.rtm_type = o->unreachable ? RTN_UNREACHABLE
			    : o->broadcast ? RTN_BROADCAST
					   : RTN_UNICAST,
	};

	if (addr_is_present(&o->gateway))
		h.rtm_flags = RTNH_F_ONLINK; /* the gateway need not be in the uplink's subnet */
	if (nlmsg_append(m, &h, sizeof(h), NLMSG_ALIGNTO) < 0)
		return -ENOMEM;
	if (o->prefix.len && put_addr(m, RTA_DST, &o->prefix.addr) < 0)
		return -ENOMEM;
	if (addr_is_present(&o->gateway) && put_addr(m, RTA_GATEWAY, &o->gateway) < 0)
		return -ENOMEM;
	if (ifindex && nla_put_u32(m, RTA_OIF, ifindex) < 0)
		return -ENOMEM;
	if (o->priority && nla_put_u32(m, RTA_PRIORITY, o->priority) < 0)
		return -ENOMEM;
	return nla_put_u32(m, RTA_TABLE, o->table);
}

static int put_rule(struct nl_msg *m, const struct kobj *o, uint8_t protocol)
{
	struct fib_rule_hdr h = {
		.family = family_os(o->family),
		.dst_len = o->to.len,
		.src_len = o->prefix.len,
		.table = o->table < 256 ? (uint8_t)o->table : RT_TABLE_UNSPEC,
		.action = FR_ACT_TO_TBL,
	};

	if (nlmsg_append(m, &h, sizeof(h), NLMSG_ALIGNTO) < 0)
		return -ENOMEM;
	if (o->prefix.len && put_addr(m, FRA_SRC, &o->prefix.addr) < 0)
		return -ENOMEM;
	if (o->to.len && put_addr(m, FRA_DST, &o->to.addr) < 0)
		return -ENOMEM;
	if (o->mask && (nla_put_u32(m, FRA_FWMARK, o->mark) < 0 ||
			       nla_put_u32(m, FRA_FWMASK, o->mask) < 0))
		return -ENOMEM;
	if (o->suppress_default && nla_put_u32(m, FRA_SUPPRESS_PREFIXLEN, 0) < 0)
		return -ENOMEM;
	if (nla_put_u32(m, FRA_PRIORITY, o->priority) < 0 ||
		nla_put_u8(m, FRA_PROTOCOL, protocol) < 0)
		return -ENOMEM;
	return nla_put_u32(m, FRA_TABLE, o->table);
}

static int put_address(struct nl_msg *m, const struct kobj *o, uint32_t ifindex)
{
	struct ifaddrmsg h = {
		.ifa_family = family_os(o->family),
		.ifa_prefixlen = o->prefix.len,
		.ifa_flags = o->family == MIPM_IPV6 ? IFA_F_NODAD : 0,
		.ifa_index = ifindex,
	};

	if (nlmsg_append(m, &h, sizeof(h), NLMSG_ALIGNTO) < 0 ||
		put_addr(m, IFA_LOCAL, &o->prefix.addr) < 0)
		return -ENOMEM;
	return put_addr(m, IFA_ADDRESS, &o->prefix.addr);
}

static int request(const struct kobj_kernel *k, const struct kobj *o, bool add)
{
	static const int types[][2] = {
		[KOBJ_ROUTE] = { RTM_DELROUTE, RTM_NEWROUTE },
		[KOBJ_RULE] = { RTM_DELRULE, RTM_NEWRULE },
		[KOBJ_ADDRESS] = { RTM_DELADDR, RTM_NEWADDR },
	};
	/* The kernel refuses NLM_F_REPLACE for rules; an equal one is EEXIST with NLM_F_EXCL. */
	int flags = !add ? 0 : NLM_F_CREATE | (o->kind == KOBJ_RULE ? NLM_F_EXCL : NLM_F_REPLACE);
	struct nl_msg *m = nlmsg_alloc_simple(types[o->kind][add], flags);
	uint32_t ifindex = o->ifindex == KOBJ_DEVICE ? k->device : o->ifindex;
	int r;

	if (!m)
		return -ENOMEM;
	if (o->kind == KOBJ_ROUTE)
		r = put_route(m, o, k->protocol, ifindex);
	else if (o->kind == KOBJ_RULE)
		r = put_rule(m, o, k->protocol);
	else
		r = put_address(m, o, ifindex);
	if (r < 0) {
		nlmsg_free(m);
		return -ENOMEM;
	}
	return kobj_errno(nl_send_sync(k->sock, m)); /* frees m */
}

int kobj_install(const struct kobj_kernel *k, const struct kobj *o)
{
	int r = request(k, o, true);

	return r == -EEXIST ? 0 : r;
}

int kobj_remove(const struct kobj_kernel *k, const struct kobj *o)
{
	int r = request(k, o, false);

	return r == -ESRCH || r == -ENODEV || r == -EADDRNOTAVAIL ? 0 : r;
}

struct dump {
	const struct kobj_kernel *k;
	void (*fn)(void *ctx, const struct kobj *o);
	void *ctx;
};

static struct mipm_addr get_addr(const struct nlattr *a, uint8_t family)
{
	struct mipm_addr none = { 0 };

	if (!a || nla_len(a) < (family == MIPM_IPV6 ? 16 : 4))
		return none;
	return addr_from_octets(family, nla_data(a));
}

static uint32_t get_u32(const struct nlattr *a)
{
	return a && nla_len(a) >= 4 ? nla_get_u32(a) : 0;
}

static void get_prefix(struct mipm_prefix *out, const struct nlattr *a, uint8_t family, uint8_t len)
{
	struct mipm_addr addr = get_addr(a, family);

	if (len && addr_is_present(&addr))
		prefix_make(&addr, len, out);
}

static bool get_route(struct nlmsghdr *nlh, const struct dump *d, struct kobj *o)
{
	struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *h = nlmsg_data(nlh);

	if (nlmsg_parse(nlh, sizeof(*h), tb, RTA_MAX, NULL) < 0 ||
		h->rtm_protocol != d->k->protocol || (h->rtm_flags & RTM_F_CLONED))
		return false;
	o->family = h->rtm_family == AF_INET6 ? MIPM_IPV6 : MIPM_IPV4;
	o->unreachable = h->rtm_type == RTN_UNREACHABLE;
	o->broadcast = h->rtm_type == RTN_BROADCAST;
	get_prefix(&o->prefix, tb[RTA_DST], o->family, h->rtm_dst_len);
	o->gateway = get_addr(tb[RTA_GATEWAY], o->family);
	o->ifindex = o->unreachable ? 0 : get_u32(tb[RTA_OIF]);
	if (o->ifindex && o->ifindex == d->k->device)
		o->ifindex = KOBJ_DEVICE;
	o->table = tb[RTA_TABLE] ? get_u32(tb[RTA_TABLE]) : h->rtm_table;
	o->priority = get_u32(tb[RTA_PRIORITY]);
	return true;
}

static bool get_rule(struct nlmsghdr *nlh, const struct dump *d, struct kobj *o)
{
	struct nlattr *tb[FRA_MAX + 1];
	const struct fib_rule_hdr *h = nlmsg_data(nlh);

	if (nlmsg_parse(nlh, sizeof(*h), tb, FRA_MAX, NULL) < 0 || !tb[FRA_PROTOCOL] ||
		nla_get_u8(tb[FRA_PROTOCOL]) != d->k->protocol)
		return false;
	o->family = h->family == AF_INET6 ? MIPM_IPV6 : MIPM_IPV4;
	get_prefix(&o->prefix, tb[FRA_SRC], o->family, h->src_len);
	get_prefix(&o->to, tb[FRA_DST], o->family, h->dst_len);
	o->table = tb[FRA_TABLE] ? get_u32(tb[FRA_TABLE]) : h->table;
	o->priority = get_u32(tb[FRA_PRIORITY]);
	o->mark = get_u32(tb[FRA_FWMARK]);
	o->mask = o->mark ? get_u32(tb[FRA_FWMASK]) : 0;
	o->suppress_default =
		tb[FRA_SUPPRESS_PREFIXLEN] && get_u32(tb[FRA_SUPPRESS_PREFIXLEN]) == 0;
	return true;
}

static bool get_address(struct nlmsghdr *nlh, const struct dump *d, struct kobj *o)
{
	struct nlattr *tb[IFA_MAX + 1];
	const struct ifaddrmsg *h = nlmsg_data(nlh);
	struct mipm_addr addr;

	if (nlmsg_parse(nlh, sizeof(*h), tb, IFA_MAX, NULL) < 0 || h->ifa_index != d->k->device)
		return false;
	o->family = h->ifa_family == AF_INET6 ? MIPM_IPV6 : MIPM_IPV4;
	addr = get_addr(tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS], o->family);
	prefix_make(&addr, h->ifa_prefixlen, &o->prefix);
	o->ifindex = KOBJ_DEVICE;
	return true;
}

static int dump_one(struct nl_msg *m, void *ctx)
{
	struct nlmsghdr *nlh = nlmsg_hdr(m);
	const struct dump *d = ctx;
	struct kobj o;
	bool ours = false;

	memset(&o, 0, sizeof(o));
	if (nlh->nlmsg_type == RTM_NEWROUTE) {
		o.kind = KOBJ_ROUTE;
		ours = get_route(nlh, d, &o);
	} else if (nlh->nlmsg_type == RTM_NEWRULE) {
		o.kind = KOBJ_RULE;
		ours = get_rule(nlh, d, &o);
	} else if (nlh->nlmsg_type == RTM_NEWADDR) {
		o.kind = KOBJ_ADDRESS;
		ours = get_address(nlh, d, &o);
	}
	if (ours)
		d->fn(d->ctx, &o);
	return NL_OK;
}

int kobj_dump(const struct kobj_kernel *k, void (*fn)(void *ctx, const struct kobj *o), void *ctx)
{
	/* clang-format off */
	static const struct { int type; size_t header; } dumps[] = {
		{ RTM_GETROUTE, sizeof(struct rtmsg) },
		{ RTM_GETRULE, sizeof(struct fib_rule_hdr) },
		{ RTM_GETADDR, sizeof(struct ifaddrmsg) },
	};
	/* clang-format on */
	struct dump d = { k, fn, ctx };
	int r = 0;

	nl_socket_modify_cb(k->sock, NL_CB_VALID, NL_CB_CUSTOM, dump_one, &d);
	for (size_t i = 0; r >= 0 && i < sizeof(dumps) / sizeof(*dumps); i++) {
		for (int f = 0; r >= 0 && f < 2; f++) {
			uint8_t header[sizeof(struct rtmsg)] = { f ? AF_INET6 : AF_INET };

			if (dumps[i].type == RTM_GETADDR && !k->device)
				continue;
			r = nl_send_simple(
				k->sock, dumps[i].type, NLM_F_DUMP, header, dumps[i].header);
			if (r >= 0)
				r = nl_recvmsgs_default(k->sock);
		}
	}
	nl_socket_modify_cb(k->sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	return kobj_errno(r);
}

const char *kobj_print(const struct kobj *o, char *buf, size_t size)
{
	char p[PREFIX_TEXT_MAX], t[PREFIX_TEXT_MAX], g[ADDR_TEXT_MAX];

	if (o->kind == KOBJ_ADDRESS)
		snprintf(buf, size, "address %s on link %u", prefix_print(&o->prefix, p),
			o->ifindex);
	else if (o->kind == KOBJ_RULE)
		snprintf(buf, size, "rule %u: from %s to %s mark 0x%x lookup %u", o->priority,
			o->prefix.len ? prefix_print(&o->prefix, p) : "all",
			o->to.len ? prefix_print(&o->to, t) : "all", o->mark, o->table);
	else
		snprintf(buf, size, "%sroute %s via %s link %u table %u",
			o->unreachable ? "unreachable "
			: o->broadcast ? "broadcast "
				       : "",
			o->prefix.len ? prefix_print(&o->prefix, p) : "default",
			addr_is_present(&o->gateway) ? addr_print(&o->gateway, g) : "-", o->ifindex,
			o->table);
	return buf;
}
