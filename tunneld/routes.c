/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wanted, as groups of kernel objects (kset.h): one for each uplink, site, home address.
 *
 * Rule preferences, from conf->priority (4340):
 *	+0  our mark -> the uplink's own table	      our sockets leave by their uplink
 *	+2  from a site's network -> main, defaults do not count    neighbours stay neighbours
 *	+3  from a site's network -> our table	      everything else goes through the tunnel
 *	+5  to a home agent -> main
 *	+6  to a home agent -> the uplink's table     only so that the reverse-path check of a
 *						      router without default route finds an answer
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet.h>
#include <netlink/route/link/inet6.h>
#include "base/addr.h"
#include "base/log.h"
#include "tunneld/kset.h"
#include "tunneld/routes.h"

#define TABLE_MAIN	   254
#define TABLE_LOCAL	   255
#define METRIC_UNREACHABLE 4278198272U

/* What the uplink's default route has as metric: 10 + the reverse-path filter that was found. So
 * the value survives a crash in the kernel itself, and the successor restores it. */
#define METRIC_UPLINK 10

struct routes {
	const struct tunneld_conf *conf;
	struct log *log;
	struct kset set;
};

int routes_open(struct routes **out, const struct tunneld_conf *conf, struct log *log)
{
	struct routes *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->conf = conf;
	r->log = log;
	rc = kset_init(&r->set, conf->protocol, log);
	if (rc < 0) {
		routes_close(r, true);
		return rc;
	}
	*out = r;
	return 0;
}

static int link_change(struct routes *r, uint32_t ifindex,
	void (*fill)(struct rtnl_link *l, uint32_t v), uint32_t value)
{
	struct rtnl_link *change = rtnl_link_alloc(), *orig = rtnl_link_alloc();
	int rc = -NLE_NOMEM;

	if (change && orig) {
		rtnl_link_set_ifindex(orig, (int)ifindex);
		fill(change, value);
		rc = rtnl_link_change(r->set.kernel.sock, orig, change, 0);
	}
	rtnl_link_put(change);
	rtnl_link_put(orig);
	return kobj_errno(rc);
}

static void fill_no_addrgen(struct rtnl_link *l, uint32_t value)
{
	rtnl_link_inet6_set_addr_gen_mode(l, (uint8_t)value);
}

static void fill_up(struct rtnl_link *l, uint32_t mtu)
{
	rtnl_link_set_mtu(l, mtu);
	rtnl_link_set_flags(l, IFF_UP);
}

static void fill_rp_filter(struct rtnl_link *l, uint32_t value)
{
	rtnl_link_inet_set_conf(l, IPV4_DEVCONF_RP_FILTER, value);
}

static void fill_forwarding(struct rtnl_link *l, uint32_t value)
{
	rtnl_link_inet_set_conf(l, IPV4_DEVCONF_FORWARDING, value);
}

static void rule(
	struct kobj *o, const struct routes *r, uint8_t family, uint32_t offset, uint32_t table)
{
	memset(o, 0, sizeof(*o));
	o->kind = KOBJ_RULE;
	o->family = family;
	o->priority = r->conf->priority + offset;
	o->table = table;
}

/* Table conf->table: a default into the device while some site may use it, a refusal behind. */
static size_t table_objects(const struct routes *r, bool on, struct kobj *os)
{
	size_t n = 0;

	for (int v6 = 0; v6 < 2; v6++) {
		for (int unreachable = !on; unreachable < 2; unreachable++) {
			memset(&os[n], 0, sizeof(os[n]));
			os[n].kind = KOBJ_ROUTE;
			os[n].family = v6 ? MIPM_IPV6 : MIPM_IPV4;
			os[n].table = r->conf->table;
			os[n].unreachable = unreachable;
			os[n].ifindex = unreachable ? 0 : KOBJ_DEVICE;
			os[n++].priority = unreachable ? METRIC_UNREACHABLE : 1024;
		}
	}
	return n;
}

/* What all sites and uplinks share. */
static int base_set(struct routes *r)
{
	struct kset_group *g = kset_group(&r->set, KSET_BASE, 0, NULL, true), *one;
	struct kobj os[KSET_GROUP_MAX];
	bool on = false, site = false, uplink = false;
	size_t n = 0;

	if (!g)
		return -ENOMEM;
	table_for_each (one, &r->set.groups, link) {
		site |= one->key.kind == KSET_SITE || one->key.kind == KSET_HOME;
		uplink |= one->key.kind == KSET_UPLINK;
		on |= one->on;
	}
	if (site)
		n = table_objects(r, on, os);
	for (size_t i = 0; uplink && i < r->conf->n_home_agents && n < KSET_GROUP_MAX; i++) {
		rule(&os[n], r, r->conf->home_agents[i].family, 5, TABLE_MAIN);
		os[n++].to = prefix_of_host(&r->conf->home_agents[i]);
	}
	return kset_put(&r->set, g, os, n);
}

int routes_device(struct routes *r, uint32_t ifindex, uint32_t mtu)
{
	bool first = !r->set.kernel.device, anew = r->set.kernel.device != ifindex;
	int rc;

	r->set.kernel.device = ifindex;
	if (first)
		kset_adopt(&r->set);
	if (anew && link_change(r, ifindex, fill_no_addrgen, 1 /* IN6_ADDR_GEN_MODE_NONE */) < 0)
		log_debug(r->log, "%s keeps its address generation", r->conf->device);
	rc = link_change(r, ifindex, fill_up, mtu);
	if (rc < 0 || !anew)
		return rc;
	link_change(r, ifindex, fill_forwarding, 1);
	if (!first)
		kset_repair(&r->set);
	return 0;
}

static void uplink_route(struct kobj *o, const struct routes *r, const struct uplink *u, bool v6)
{
	memset(o, 0, sizeof(*o));
	o->kind = KOBJ_ROUTE;
	o->family = v6 ? MIPM_IPV6 : MIPM_IPV4;
	o->gateway = v6 ? u->gateway6 : u->gateway;
	o->ifindex = u->ifindex;
	o->table = r->conf->table * 100 + u->number;
}

/* The metric of this uplink's route now, ours or a predecessor's: it remembers the filter found. */
static uint32_t uplink_metric(struct routes *r, const struct uplink *u)
{
	uint32_t table = r->conf->table * 100 + u->number, found = 0;
	struct rtnl_link *l = NULL;
	struct kset_object *obj;

	table_for_each (obj, &r->set.objects, link)
		if (obj->o.kind == KOBJ_ROUTE && obj->o.table == table &&
			obj->o.ifindex == u->ifindex && obj->o.family == MIPM_IPV4)
			return obj->o.priority;
	if (rtnl_link_get_kernel(r->set.kernel.sock, (int)u->ifindex, NULL, &l) == 0) {
		rtnl_link_inet_get_conf(l, IPV4_DEVCONF_RP_FILTER, &found);
		rtnl_link_put(l);
	}
	return METRIC_UPLINK + found;
}

static bool has_family(const struct uplink *u, uint8_t family)
{
	for (size_t i = 0; i < u->n_addresses; i++)
		if (u->addresses[i].addr.family == family)
			return true;
	return false;
}

static bool usable(const struct uplink *u, uint8_t family)
{
	return has_family(u, family) &&
	       (u->onlink || addr_is_present(family == MIPM_IPV6 ? &u->gateway6 : &u->gateway));
}

int routes_uplink(struct routes *r, const struct uplink *u)
{
	struct kobj os[KSET_GROUP_MAX];
	uint32_t metric, table = r->conf->table * 100 + u->number;
	struct kset_group *g;
	size_t n = 0;

	if (!usable(u, MIPM_IPV4) && !usable(u, MIPM_IPV6)) {
		routes_uplink_gone(r, u);
		return 0;
	}
	g = kset_group(&r->set, KSET_UPLINK, u->ifindex, NULL, true);
	if (!g)
		return -ENOMEM;
	metric = uplink_metric(r, u);
	for (uint8_t family = MIPM_IPV4; family <= MIPM_IPV6; family += MIPM_IPV6 - MIPM_IPV4) {
		if (!usable(u, family))
			continue;
		uplink_route(&os[n], r, u, family == MIPM_IPV6);
		os[n++].priority = metric;
		rule(&os[n], r, family, 0, table);
		os[n].mark = r->conf->mark + u->number;
		os[n++].mask = UINT32_MAX;
		for (size_t i = 0; i < r->conf->n_home_agents && n + 3 < KSET_GROUP_MAX; i++) {
			if (r->conf->home_agents[i].family != family)
				continue;
			rule(&os[n], r, family, 6, table);
			os[n++].to = prefix_of_host(&r->conf->home_agents[i]);
		}
	}
	if (metric < METRIC_UPLINK + 2)
		link_change(r, u->ifindex, fill_rp_filter, 2);
	base_set(r);
	return kset_put(&r->set, g, os, n);
}

void routes_uplink_gone(struct routes *r, const struct uplink *u)
{
	struct kset_group *g = kset_group(&r->set, KSET_UPLINK, u->ifindex, NULL, false);
	uint32_t metric;

	if (!g)
		return;
	metric = uplink_metric(r, u);
	if (metric < METRIC_UPLINK + 2)
		link_change(r, u->ifindex, fill_rp_filter, metric - METRIC_UPLINK);
	kset_drop(&r->set, g);
	base_set(r);
}

/* Rules for what comes from this prefix; the same for a network and for a home address. */
static size_t from_rules(const struct routes *r, const struct mipm_prefix *from, struct kobj *os)
{
	rule(&os[0], r, from->addr.family, 2, TABLE_MAIN);
	os[0].prefix = *from;
	os[0].suppress_default = true;
	rule(&os[1], r, from->addr.family, 3, r->conf->table);
	os[1].prefix = *from;
	return 2;
}

int routes_home_address(struct routes *r, const struct mipm_addr *home_addr, bool on)
{
	struct mipm_prefix host = prefix_of_host(home_addr);
	struct kset_group *g = kset_group(&r->set, KSET_HOME, 0, &host, on);
	struct kobj os[3];
	size_t n;
	int rc = 0;

	if (!on) {
		kset_drop(&r->set, g);
	} else if (!g) {
		return -ENOMEM;
	} else {
		g->on = true;
		n = from_rules(r, &host, os);
		memset(&os[n], 0, sizeof(os[n]));
		os[n].kind = KOBJ_ADDRESS;
		os[n].family = host.addr.family;
		os[n].prefix = host;
		os[n++].ifindex = KOBJ_DEVICE;
		rc = kset_put(&r->set, g, os, n);
	}
	return base_set(r) < 0 ? -EIO : rc;
}

int routes_site(struct routes *r, const struct mipm_prefix *network, bool on)
{
	struct kset_group *g = kset_group(&r->set, KSET_SITE, 0, network, true);
	struct kobj os[2];
	int rc;

	if (!g)
		return -ENOMEM;
	g->on = on;
	rc = base_set(r); /* the table before the rules that lead to it */
	from_rules(r, network, os);
	return rc < 0 ? rc : kset_put(&r->set, g, os, 2);
}

void routes_site_gone(struct routes *r, const struct mipm_prefix *network)
{
	kset_drop(&r->set, kset_group(&r->set, KSET_SITE, 0, network, false));
	base_set(r);
}

/* A request to all hosts of the home network is for the home agent (RFC 5944 3.6.1.2). */
static bool with_broadcast(
	const struct mipm_prefix *prefix, const struct routes *r, struct kobj os[2])
{
	struct mipm_addr all;

	if (!prefix_equal(prefix, &r->conf->home_network) || !prefix_broadcast(prefix, &all))
		return false;
	os[1] = os[0];
	os[1].broadcast = true;
	os[1].prefix = prefix_of_host(&all);
	os[1].table = TABLE_LOCAL;
	return true;
}

int routes_into_device(struct routes *r, const struct mipm_prefix *prefix, bool on)
{
	struct kset_group *g;
	struct kobj os[2];

	for (size_t i = 0; i < r->conf->n_listen; i++)
		if (on && prefix_contains(prefix, &r->conf->listen[i].addr))
			return -EINVAL;
	g = kset_group(&r->set, KSET_INTO, 0, prefix, on);
	if (!on) {
		kset_drop(&r->set, g);
		return 0;
	}
	if (!g)
		return -ENOMEM;
	memset(os, 0, sizeof(os));
	os[0].kind = KOBJ_ROUTE;
	os[0].family = prefix->addr.family;
	os[0].prefix = *prefix;
	os[0].ifindex = KOBJ_DEVICE;
	os[0].table = TABLE_MAIN;
	os[0].priority = os[0].family == MIPM_IPV6 ? 1024 : 0; /* what the kernel would choose */
	return kset_put(&r->set, g, os, with_broadcast(prefix, r, os) ? 2 : 1);
}

uint32_t routes_port(const struct routes *r)
{
	return nl_socket_get_local_port(r->set.kernel.sock);
}

void routes_repair(struct routes *r)
{
	kset_repair(&r->set);
}

void routes_sweep(struct routes *r)
{
	kset_sweep(&r->set, false);
}

/* Filters back to what was found; the routes that remember it are still there. */
static void restore_filters(struct routes *r)
{
	struct kset_object *obj;

	table_for_each (obj, &r->set.objects, link)
		if (obj->o.kind == KOBJ_ROUTE && obj->o.family == MIPM_IPV4 &&
			obj->o.table > r->conf->table * 100 && obj->o.priority < METRIC_UPLINK + 2)
			link_change(
				r, obj->o.ifindex, fill_rp_filter, obj->o.priority - METRIC_UPLINK);
}

void routes_close(struct routes *r, bool keep)
{
	if (!r)
		return;
	if (!keep) {
		restore_filters(r);
		kset_sweep(&r->set, true);
	}
	kset_fini(&r->set);
	free(r);
}
