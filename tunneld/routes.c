/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of wanted objects. Each belongs to a group (an uplink, a site's network, ...); setting a
 * group compares it with what the group had, installs all of it again and removes the rest.
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
#include "base/table.h"
#include "tunneld/kobj.h"
#include "tunneld/routes.h"

#define TABLE_MAIN	   254
#define METRIC_UNREACHABLE 4278198272U
#define GROUP_OBJECTS_MAX  32

/* What the uplink's default route has as metric: 10 + the reverse-path filter that was found. So
 * the value survives a crash in the kernel itself, and the successor restores it. */
#define METRIC_UPLINK 10

enum group_kind {
	GROUP_BASE,
	GROUP_UPLINK,
	GROUP_HOME,
	GROUP_SITE,
	GROUP_INTO
};

struct group_key {
	uint8_t kind;
	uint32_t ifindex;
	struct mipm_prefix prefix;
};

struct group {
	struct table_link link; /* routes.groups */
	struct list objects;
	struct group_key key;
	bool on; /* GROUP_SITE, GROUP_HOME: traffic may use the tunnel */
};

struct object {
	struct table_link link; /* routes.objects */
	struct list in_group;	/* group.objects; unlinked: left by a predecessor */
	bool fresh;		/* named by the group_set() under way */
	struct kobj o;
};

struct routes {
	const struct tunneld_conf *conf;
	struct log *log;
	struct kobj_kernel kernel;
	struct table objects; /* by value */
	struct table groups;  /* by key */
};

static bool object_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct object, link)->o, key, sizeof(struct kobj)) == 0;
}

static bool group_matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct group, link)->key, key,
		       sizeof(struct group_key)) == 0;
}

static struct object *object_get(struct routes *r, const struct kobj *o, bool make)
{
	uint64_t hash = table_hash(o, sizeof(*o), 0);
	struct table_link *link = table_find(&r->objects, hash, object_matches, o);
	struct object *obj;

	if (link || !make)
		return container_of(link, struct object, link);
	obj = calloc(1, sizeof(*obj));
	if (!obj)
		return NULL;
	obj->o = *o;
	table_add(&r->objects, &obj->link, hash);
	return obj;
}

static void object_drop(struct routes *r, struct object *obj)
{
	table_remove(&r->objects, &obj->link);
	list_remove(&obj->in_group);
	free(obj);
}

static int object_remove(struct routes *r, struct object *obj)
{
	char text[160];
	int rc = kobj_remove(&r->kernel, &obj->o);

	if (rc < 0)
		log_warn(r->log, rc, "cannot remove %s", kobj_print(&obj->o, text, sizeof(text)));
	object_drop(r, obj);
	return rc;
}

/* key is zeroed padding and all: it is compared by octets. */
static void group_key_make(
	struct group_key *key, uint8_t kind, uint32_t ifindex, const struct mipm_prefix *prefix)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	key->ifindex = ifindex;
	if (prefix)
		key->prefix = *prefix;
}

static struct group *group_get(struct routes *r, uint8_t kind, uint32_t ifindex,
	const struct mipm_prefix *prefix, bool make)
{
	struct group_key key;
	uint64_t hash;
	struct table_link *link;
	struct group *g;

	group_key_make(&key, kind, ifindex, prefix);
	hash = table_hash(&key, sizeof(key), 0);
	link = table_find(&r->groups, hash, group_matches, &key);
	if (link || !make)
		return container_of(link, struct group, link);
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->key = key;
	list_init(&g->objects);
	table_add(&r->groups, &g->link, hash);
	return g;
}

/* Makes os the objects of the group. The first error is returned; the rest is tried all the same.
 */
static int group_set(struct routes *r, struct group *g, const struct kobj *os, size_t n)
{
	struct object *obj, *spare;
	char text[160];
	int rc = 0, one;

	for (size_t i = 0; i < n; i++) {
		obj = object_get(r, &os[i], true);
		if (!obj)
			return -ENOMEM;
		if (!list_is_linked(&obj->in_group))
			list_add_tail(&g->objects, &obj->in_group);
		obj->fresh = true;
		one = kobj_install(&r->kernel, &os[i]);
		/* A link that is down takes no routes; it is set again when it comes up. */
		if (one < 0 && one != -ENETUNREACH && one != -ENODEV)
			log_warn(r->log, one, "cannot install %s",
				kobj_print(&os[i], text, sizeof(text)));
		rc = rc ? rc : one;
	}
	list_for_each_safe (obj, spare, &g->objects, in_group) {
		if (!obj->fresh)
			object_remove(r, obj);
		else
			obj->fresh = false;
	}
	return rc;
}

static void group_drop(struct routes *r, struct group *g)
{
	if (!g)
		return;
	group_set(r, g, NULL, 0);
	table_remove(&r->groups, &g->link);
	free(g);
}

static void left_behind(void *ctx, const struct kobj *o)
{
	object_get(ctx, o, true); /* in no group until somebody claims it */
}

int routes_open(struct routes **out, const struct tunneld_conf *conf, struct log *log)
{
	struct routes *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return -ENOMEM;
	r->conf = conf;
	r->log = log;
	table_init(&r->objects);
	table_init(&r->groups);
	r->kernel.protocol = conf->protocol;
	r->kernel.sock = nl_socket_alloc();
	rc = r->kernel.sock ? kobj_errno(nl_connect(r->kernel.sock, NETLINK_ROUTE)) : -ENOMEM;
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
		rc = rtnl_link_change(r->kernel.sock, orig, change, 0);
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
	struct group *g = group_get(r, GROUP_BASE, 0, NULL, true), *one;
	struct kobj os[GROUP_OBJECTS_MAX];
	bool on = false, site = false, uplink = false;
	size_t n = 0;

	if (!g)
		return -ENOMEM;
	table_for_each (one, &r->groups, link) {
		site |= one->key.kind == GROUP_SITE || one->key.kind == GROUP_HOME;
		uplink |= one->key.kind == GROUP_UPLINK;
		on |= one->on;
	}
	if (site)
		n = table_objects(r, on, os);
	for (size_t i = 0; uplink && i < r->conf->n_home_agents && n < GROUP_OBJECTS_MAX; i++) {
		rule(&os[n], r, r->conf->home_agents[i].family, 5, TABLE_MAIN);
		os[n++].to = prefix_of_host(&r->conf->home_agents[i]);
	}
	return group_set(r, g, os, n);
}

int routes_device(struct routes *r, uint32_t ifindex, uint32_t mtu)
{
	bool first = !r->kernel.device, anew = r->kernel.device != ifindex;
	int rc;

	r->kernel.device = ifindex;
	if (first)
		kobj_dump(&r->kernel, left_behind, r);
	if (anew && link_change(r, ifindex, fill_no_addrgen, 1 /* IN6_ADDR_GEN_MODE_NONE */) < 0)
		log_debug(r->log, "%s keeps its address generation", r->conf->device);
	rc = link_change(r, ifindex, fill_up, mtu);
	if (rc < 0 || !anew)
		return rc;
	link_change(r, ifindex, fill_forwarding, 1);
	if (!first)
		routes_repair(r);
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
	struct object *obj;

	table_for_each (obj, &r->objects, link)
		if (obj->o.kind == KOBJ_ROUTE && obj->o.table == table &&
			obj->o.ifindex == u->ifindex && obj->o.family == MIPM_IPV4)
			return obj->o.priority;
	if (rtnl_link_get_kernel(r->kernel.sock, (int)u->ifindex, NULL, &l) == 0) {
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
	struct kobj os[GROUP_OBJECTS_MAX];
	uint32_t metric, table = r->conf->table * 100 + u->number;
	struct group *g;
	size_t n = 0;

	if (!usable(u, MIPM_IPV4) && !usable(u, MIPM_IPV6)) {
		routes_uplink_gone(r, u);
		return 0;
	}
	g = group_get(r, GROUP_UPLINK, u->ifindex, NULL, true);
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
		for (size_t i = 0; i < r->conf->n_home_agents && n + 3 < GROUP_OBJECTS_MAX; i++) {
			if (r->conf->home_agents[i].family != family)
				continue;
			rule(&os[n], r, family, 6, table);
			os[n++].to = prefix_of_host(&r->conf->home_agents[i]);
		}
	}
	if (metric < METRIC_UPLINK + 2)
		link_change(r, u->ifindex, fill_rp_filter, 2);
	base_set(r);
	return group_set(r, g, os, n);
}

void routes_uplink_gone(struct routes *r, const struct uplink *u)
{
	struct group *g = group_get(r, GROUP_UPLINK, u->ifindex, NULL, false);
	uint32_t metric;

	if (!g)
		return;
	metric = uplink_metric(r, u);
	if (metric < METRIC_UPLINK + 2)
		link_change(r, u->ifindex, fill_rp_filter, metric - METRIC_UPLINK);
	group_drop(r, g);
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
	struct group *g = group_get(r, GROUP_HOME, 0, &host, on);
	struct kobj os[3];
	size_t n;
	int rc = 0;

	if (!on) {
		group_drop(r, g);
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
		rc = group_set(r, g, os, n);
	}
	return base_set(r) < 0 ? -EIO : rc;
}

int routes_site(struct routes *r, const struct mipm_prefix *network, bool on)
{
	struct group *g = group_get(r, GROUP_SITE, 0, network, true);
	struct kobj os[2];
	int rc;

	if (!g)
		return -ENOMEM;
	g->on = on;
	rc = base_set(r); /* the table before the rules that lead to it */
	from_rules(r, network, os);
	return rc < 0 ? rc : group_set(r, g, os, 2);
}

void routes_site_gone(struct routes *r, const struct mipm_prefix *network)
{
	group_drop(r, group_get(r, GROUP_SITE, 0, network, false));
	base_set(r);
}

int routes_into_device(struct routes *r, const struct mipm_prefix *prefix, bool on)
{
	struct group *g;
	struct kobj o;

	for (size_t i = 0; i < r->conf->n_listen; i++)
		if (on && prefix_contains(prefix, &r->conf->listen[i].addr))
			return -EINVAL;
	g = group_get(r, GROUP_INTO, 0, prefix, on);
	if (!on) {
		group_drop(r, g);
		return 0;
	}
	if (!g)
		return -ENOMEM;
	memset(&o, 0, sizeof(o));
	o.kind = KOBJ_ROUTE;
	o.family = prefix->addr.family;
	o.prefix = *prefix;
	o.ifindex = KOBJ_DEVICE;
	o.table = TABLE_MAIN;
	o.priority = o.family == MIPM_IPV6 ? 1024 : 0; /* what the kernel would choose */
	return group_set(r, g, &o, 1);
}

static int path_mtu(struct nl_msg *m, void *ctx)
{
	struct nlattr *tb[RTA_MAX + 1], *metrics[RTAX_MAX + 1];

	if (nlmsg_parse(nlmsg_hdr(m), sizeof(struct rtmsg), tb, RTA_MAX, NULL) == 0 &&
		tb[RTA_METRICS] &&
		nla_parse_nested(metrics, RTAX_MAX, tb[RTA_METRICS], NULL) == 0 &&
		metrics[RTAX_MTU])
		*(uint32_t *)ctx = nla_get_u32(metrics[RTAX_MTU]);
	return NL_OK;
}

uint32_t routes_path_mtu(struct routes *r, const struct mipm_addr *remote, const struct uplink *u)
{
	struct rtmsg h = { .rtm_family = remote->family == MIPM_IPV6 ? AF_INET6 : AF_INET,
		.rtm_dst_len = (unsigned char)(addr_len(remote) * 8) };
	struct nl_msg *m = nlmsg_alloc_simple(RTM_GETROUTE, 0);
	uint32_t mtu = 0;

	if (!m)
		return 0;
	if (nlmsg_append(m, &h, sizeof(h), NLMSG_ALIGNTO) == 0 &&
		nla_put(m, RTA_DST, (int)addr_len(remote), remote->octets) == 0 &&
		(!u || (nla_put_u32(m, RTA_OIF, u->ifindex) == 0 &&
			       nla_put_u32(m, RTA_MARK, r->conf->mark + u->number) == 0))) {
		nl_socket_modify_cb(r->kernel.sock, NL_CB_VALID, NL_CB_CUSTOM, path_mtu, &mtu);
		nl_send_sync(r->kernel.sock, m);
		nl_socket_modify_cb(r->kernel.sock, NL_CB_VALID, NL_CB_DEFAULT, NULL, NULL);
	} else {
		nlmsg_free(m);
	}
	return mtu;
}

void routes_repair(struct routes *r)
{
	struct object *obj;

	table_for_each (obj, &r->objects, link)
		if (list_is_linked(&obj->in_group))
			kobj_install(&r->kernel, &obj->o);
}

static void remove_objects(struct routes *r, bool claimed)
{
	struct object *obj, *spare;

	table_for_each_safe (obj, spare, &r->objects, link)
		if (claimed || !list_is_linked(&obj->in_group))
			object_remove(r, obj);
}

void routes_sweep(struct routes *r)
{
	remove_objects(r, false);
}

/* Filters back to what was found; the routes that remember it are still there. */
static void restore_filters(struct routes *r)
{
	struct object *obj;

	table_for_each (obj, &r->objects, link)
		if (obj->o.kind == KOBJ_ROUTE && obj->o.family == MIPM_IPV4 &&
			obj->o.table > r->conf->table * 100 && obj->o.priority < METRIC_UPLINK + 2)
			link_change(
				r, obj->o.ifindex, fill_rp_filter, obj->o.priority - METRIC_UPLINK);
}

void routes_close(struct routes *r, bool keep)
{
	struct object *obj, *spare;
	struct group *g, *next;

	if (!r)
		return;
	if (!keep) {
		restore_filters(r);
		remove_objects(r, true);
	}
	table_for_each_safe (obj, spare, &r->objects, link)
		object_drop(r, obj);
	table_for_each_safe (g, next, &r->groups, link) {
		table_remove(&r->groups, &g->link);
		free(g);
	}
	table_fini(&r->objects);
	table_fini(&r->groups);
	nl_socket_free(r->kernel.sock);
	free(r);
}
