/* SPDX-License-Identifier: BSD-2-Clause */
/* See install.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/daemon.h"
#include "tunneld/mtu.h"

#define SWEEP_AFTER  (5 * NSEC_PER_S)
#define SWEEP_ANYHOW (60 * NSEC_PER_S) /* nobody ever told us anything */
#define HOME_LINGERS (60 * NSEC_PER_S) /* connections of the router itself hang on it */

/* home agent */

static bool is_covered(const struct tunneld_conf *conf, const struct mipm_prefix *p)
{
	if (prefix_is_present(&conf->home_network) && prefix_covers(&conf->home_network, p))
		return true;
	for (size_t i = 0; i < conf->n_aggregates; i++)
		if (prefix_covers(&conf->aggregates[i], p))
			return true;
	return false;
}

static bool is_host(const struct mipm_prefix *p)
{
	return p->len == addr_bits(p->addr.family);
}

static void far_apply(struct tunneld *t, const struct mipm_prefix *p, bool on)
{
	bool covered = is_covered(&t->conf, p);

	/* What an aggregate covers is exported on demand: routing daemons redistribute it. */
	if (!covered || (t->conf.export_routes && !is_host(p)))
		routes_into_device(t->routes, p, on);
	if (!covered && t->nat)
		nat_network(t->nat, p, on);
}

void install_claimed(void *t_, const struct fib_claim *claim, bool on)
{
	struct tunneld *t = t_;
	struct install *i = &t->install;
	size_t room = i->far_room ? i->far_room * 2 : 64;
	struct install_far *far;

	i->dirty = true;
	if (claim->kind != FIB_CLAIM_FAR || !t->conf.home_agent || !t->routes ||
		(is_covered(&t->conf, &claim->prefix) &&
			(!t->conf.export_routes || is_host(&claim->prefix))))
		return;
	if (i->n_far == i->far_room) {
		far = realloc(i->far, room * sizeof(*far));
		if (!far) {
			far_apply(t, &claim->prefix, on); /* late is better than never */
			return;
		}
		i->far = far;
		i->far_room = room;
	}
	i->far[i->n_far++] = (struct install_far) { claim->prefix, on };
}

/* mobile router */

static struct install_own *own_get(struct install *i, const struct mipm_prefix *p, bool is_home)
{
	struct install_own *own;

	for (size_t k = 0; k < i->n_own; k++)
		if (i->own[k].is_home == is_home && prefix_equal(&i->own[k].prefix, p))
			return &i->own[k];
	own = realloc(i->own, (i->n_own + 1) * sizeof(*own));
	if (!own)
		return NULL;
	i->own = own;
	own = &i->own[i->n_own++];
	*own = (struct install_own) { .prefix = *p, .is_home = is_home, .state = -1 };
	return own;
}

static void name_own(struct tunneld *t, const struct fib_tunnel *tunnel)
{
	struct mipm_prefix home = prefix_of_host(&tunnel->home_addr);
	struct install_own *own;

	for (size_t k = 0; k < tunnel->n_claims; k++) {
		const struct fib_claim *c = &tunnel->claims[k];

		if (c->kind != FIB_CLAIM_OWN)
			continue;
		own = own_get(&t->install, &c->prefix, prefix_equal(&c->prefix, &home));
		if (!own)
			continue;
		own->named = true;
		own->open |= tunnel->chosen != NULL;
	}
}

static void home_apply(struct tunneld *t, struct install_own *own, uint64_t now)
{
	if (own->named) {
		own->gone_at = 0;
		if (own->state != 1 && routes_home_address(t->routes, &own->prefix.addr, true) == 0)
			own->state = 1;
		return;
	}
	if (own->state != 1)
		return;
	if (!own->gone_at)
		own->gone_at = now;
	if (now < own->gone_at + HOME_LINGERS) {
		t->install.look_at = own->gone_at + HOME_LINGERS;
		return;
	}
	routes_home_address(t->routes, &own->prefix.addr, false);
	own->state = -1;
}

static void site_apply(struct tunneld *t, struct install_own *own)
{
	int want = own->open;

	if (!own->named && !own->configured) {
		if (own->state >= 0)
			routes_site_gone(t->routes, &own->prefix);
		own->state = -1;
		return;
	}
	/* A predecessor's way through the tunnel stays open until its owner had time to speak. */
	if (own->state == want || (want == 0 && own->state == -1 && t->install.patient))
		return;
	routes_site(t->routes, &own->prefix, want);
	own->state = want;
}

/* A tunnel may come and go within a turn: only what is so at its end reaches the kernel. */
static void own_run(struct tunneld *t, uint64_t now)
{
	struct install *i = &t->install;
	struct fib_tunnel *tunnel;

	i->look_at = CORE_NEVER;
	for (size_t k = 0; k < i->n_own; k++)
		i->own[k].named = i->own[k].open = false;
	list_for_each (tunnel, &t->forwarder->fib.routers, router_link)
		if (addr_is_present(&tunnel->peer))
			name_own(t, tunnel);
	/* Addresses before sites: the host's own answers need them. */
	for (size_t k = 0; k < i->n_own; k++)
		if (i->own[k].is_home)
			home_apply(t, &i->own[k], now);
	for (size_t k = 0; k < i->n_own; k++)
		if (!i->own[k].is_home)
			site_apply(t, &i->own[k]);
}

uint32_t install_mtu(const struct tunneld *t)
{
	uint32_t mtu = mtu_default(t->conf.mtu), smallest = UINT32_MAX;
	const struct fib_tunnel *tunnel;

	if (!t->conf.mobile_router)
		return mtu;
	list_for_each (tunnel, &t->forwarder->fib.routers, router_link)
		if (mtu_of(tunnel) && mtu_of(tunnel) < smallest)
			smallest = mtu_of(tunnel);
	if (smallest == UINT32_MAX)
		return mtu;
	/* Below that the kernel takes IPv6 off the device, routes and all. */
	return smallest < MTU_IPV6_MIN ? MTU_IPV6_MIN : smallest;
}

/* both */

void install_configured(struct tunneld *t)
{
	struct install *i = &t->install;
	struct install_own *own;

	for (size_t k = 0; k < i->n_own; k++)
		i->own[k].configured = false;
	for (size_t k = 0; k < t->conf.n_networks; k++) {
		own = own_get(i, &t->conf.networks[k], false);
		if (own)
			own->configured = true;
	}
	i->dirty = true;
	if (!t->conf.home_agent || !t->routes)
		return;
	if (prefix_is_present(&t->conf.home_network))
		routes_into_device(t->routes, &t->conf.home_network, true);
	for (size_t k = 0; k < t->conf.n_aggregates; k++)
		routes_into_device(t->routes, &t->conf.aggregates[k], true);
}

void install_begin(struct tunneld *t, uint64_t now, bool adopted)
{
	struct install *i = &t->install;

	i->patient = adopted;
	i->look_at = CORE_NEVER;
	i->sweep_at = now + SWEEP_ANYHOW;
	i->device_mtu = install_mtu(t);
	install_configured(t);
	install_run(t, now);
}

void install_changed(void *t_, struct fib_tunnel *tunnel)
{
	struct tunneld *t = t_;

	t->install.dirty |= tunnel->is_router;
	t->plane->changed(t->dp, tunnel);
}

void install_told(struct tunneld *t, uint64_t now)
{
	if (!t->install.swept && now + SWEEP_AFTER < t->install.sweep_at)
		t->install.sweep_at = now + SWEEP_AFTER;
}

static void sweep(struct tunneld *t)
{
	t->install.swept = true;
	t->install.sweep_at = CORE_NEVER;
	t->install.patient = false;
	t->install.dirty = true;
}

void install_run(struct tunneld *t, uint64_t now)
{
	struct install *i = &t->install;
	bool sweeps = now >= i->sweep_at;

	if (!t->routes) {
		i->dirty = false;
		i->sweep_at = i->look_at = CORE_NEVER;
		return;
	}
	if (sweeps)
		sweep(t);
	if (!i->dirty && now < i->look_at)
		return;
	i->dirty = false;
	if (t->conf.mobile_router)
		own_run(t, now);
	for (size_t k = 0; k < i->n_far; k++)
		far_apply(t, &i->far[k].prefix, i->far[k].on);
	i->n_far = 0;
	if (install_mtu(t) != i->device_mtu && t->conf.mobile_router) {
		i->device_mtu = install_mtu(t);
		routes_device(t->routes, t->device_index, i->device_mtu);
	}
	if (sweeps)
		routes_sweep(t->routes);
}

uint64_t install_next(const struct tunneld *t)
{
	const struct install *i = &t->install;

	if (i->dirty)
		return 0;
	return i->look_at < i->sweep_at ? i->look_at : i->sweep_at;
}

void install_fini(struct install *i)
{
	free(i->own);
	free(i->far);
}
