/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uplinks come and go: a group of sockets for each (and each family), its addresses, its own table
 * in the kernel, the news on the bus. Sockets are bound to the device and not to an address, so a
 * changed address needs no new one; a device that was made anew does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tunneld/daemon.h"

/* Another link may have the same address: two modems of one make. */
static bool is_elsewhere(
	const struct tunneld *t, const struct udp_group *but, const struct mipm_addr *addr)
{
	const struct udp_group *g;

	for (uint32_t id = 0; id < UDP_GROUPS_MAX; id++) {
		g = udp_group_at(t->udp, id);
		for (size_t i = 0; g && g != but && i < g->n_addresses; i++)
			if (addr_equal(&g->addresses[i], addr))
				return true;
	}
	return false;
}

/* The group's addresses, and with them the table's set of what is ours outside. */
static void set_addresses(
	struct tunneld *t, struct udp_group *g, const struct mipm_addr *addresses, size_t n)
{
	for (size_t i = 0; i < g->n_addresses; i++)
		if (!is_elsewhere(t, g, &g->addresses[i]))
			fib_outer(&t->forwarder->fib, &g->addresses[i], false);
	udp_group_addresses(g, addresses, n);
	for (size_t i = 0; i < g->n_addresses; i++)
		fib_outer(&t->forwarder->fib, &g->addresses[i], true);
}

static struct udp_group *group_get(struct tunneld *t, const struct uplink *u, uint8_t family)
{
	struct mipm_endpoint local = { .addr.family = family, .port = t->conf.local_port };
	struct udp_group *g = udp_group_on(t->udp, u->ifindex, family);
	int r;

	if (g)
		return g;
	r = udp_group_open(t->udp, &local, u->ifindex, t->conf.mark + u->number, &g);
	if (r < 0) {
		log_warn(t->env->log, r, "uplink %s: port %u", u->name, local.port);
		return NULL;
	}
	r = t->plane->socket(t->dp, g, true);
	if (r < 0)
		log_warn(t->env->log, r, "uplink %s: data plane", u->name);
	return g;
}

static void group_update(struct tunneld *t, uint64_t now, const struct uplink *u, uint8_t family)
{
	struct mipm_addr addresses[UPLINK_ADDRESSES_MAX];
	struct udp_group *g;
	size_t n = 0;

	for (size_t i = 0; i < u->n_addresses; i++)
		if (u->addresses[i].addr.family == family)
			addresses[n++] = u->addresses[i].addr;
	/* Without an address nothing can be sent; a group that is there waits for the next. */
	g = n ? group_get(t, u, family) : udp_group_on(t->udp, u->ifindex, family);
	if (!g)
		return;
	set_addresses(t, g, addresses, n);
	forwarder_socket(t->forwarder, now, g->id, g->ifindex, &g->local, u->mtu);
}

static void tell(struct tunneld *t, const struct uplink *u)
{
	struct mipm_link link;

	links_message(u, &link);
	t->env->emit(t->env->ctx, NULL, MIPM_LINK, &link);
}

/* Routes and sockets before the news: mnd answers it with a request. */
static void on_changed(void *t_, uint64_t now, const struct uplink *u)
{
	struct tunneld *t = t_;
	int r = t->routes ? routes_uplink(t->routes, u) : 0;

	if (r < 0 && r != -ENETUNREACH && r != -ENODEV && r != -ENETDOWN)
		log_warn(t->env->log, r, "uplink %s: routes", u->name);
	group_update(t, now, u, MIPM_IPV4);
	group_update(t, now, u, MIPM_IPV6);
	tell(t, u);
}

static void on_gone(void *t_, uint64_t now, const struct uplink *u)
{
	static const uint8_t families[] = { MIPM_IPV4, MIPM_IPV6 };
	struct tunneld *t = t_;
	struct udp_group *g;

	for (size_t i = 0; i < sizeof(families); i++) {
		g = udp_group_on(t->udp, u->ifindex, families[i]);
		if (!g)
			continue;
		set_addresses(t, g, NULL, 0);
		forwarder_socket_gone(t->forwarder, now, g->id);
		t->plane->socket(t->dp, g, false);
		udp_group_close(t->udp, g);
	}
	if (t->routes)
		routes_uplink_gone(t->routes, u);
	tell(t, u);
}

static void on_robbed(void *t_, uint64_t now, bool by_hand)
{
	struct tunneld *t = t_;
	uint32_t held;

	if (by_hand && log_limit_pass(&t->robbed_log, now, 3, 60 * NSEC_PER_S, &held))
		log_warnx(t->env->log,
			"somebody removed routes or rules of ours: they are put back "
			"(systemd-networkd? ManageForeignRoutes=no) (%u more like it)",
			held);
	routes_repair(t->routes);
}

static void on_device_failed(void *t, uint64_t now, bool gone)
{
	tunneld_device_failed(t, now, gone);
}

const struct links_events uplinks_events = {
	.changed = on_changed,
	.gone = on_gone,
	.robbed = on_robbed,
	.device_failed = on_device_failed,
};

/* Where a router asks that knows its home network but no home agent; not there, nobody asks. */
static void listen_to_all(struct tunneld *t)
{
	struct mipm_endpoint all = { .port = t->listen[0].port };
	struct udp_group *g;

	if (prefix_broadcast(&t->conf.home_network, &all.addr) &&
		udp_group_open_broadcast(t->udp, &all, &g) < 0)
		log_debug(t->env->log, "no home agent discovery: the broadcast address is taken");
}

/* A home agent's sockets: one group for each address it listens on. */
int uplinks_listen(struct tunneld *t, uint64_t now, char *text, size_t size)
{
	char name[ENDPOINT_TEXT_MAX];
	struct udp_group *g;
	int r = 0;

	for (size_t i = 0; i < t->conf.n_listen && r == 0; i++) {
		r = udp_group_open(t->udp, &t->listen[i], 0, 0, &g);
		if (r < 0) {
			endpoint_print(&t->listen[i], name);
			if (r == -EACCES)
				snprintf(text, size,
					"%s: CAP_NET_BIND_SERVICE is missing: " TUNNELD_PERMISSION,
					name);
			else if (r == -EADDRINUSE)
				snprintf(text, size, "%s is used by another program", name);
			else
				snprintf(text, size, "cannot listen on %s: %s", name, strerror(-r));
			return r;
		}
		r = fib_outer(&t->forwarder->fib, &t->listen[i].addr, true);
		if (r == 0)
			r = t->plane->socket(t->dp, g, true);
		if (r == 0)
			r = forwarder_socket(t->forwarder, now, g->id, 0, &g->local, 0);
		if (r < 0)
			snprintf(text, size, "listening: %s", strerror(-r));
	}
	if (r == 0)
		listen_to_all(t);
	return r;
}
