/* SPDX-License-Identifier: BSD-2-Clause */
/* See bindings.h. Generations and dumps: DESIGN section 3, "state outlives its speaker". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/bc_record.h"
#include "tunneld/bindings_parts.h"
#include "tunneld/bul_record.h"
#include "tunneld/encap.h"
#include "tunneld/mtu.h"
#include "tunneld/reflex.h"

void bindings_init(struct bindings *b, uint64_t seed)
{
	removed_init(&b->removed, seed);
}

void bindings_path_drop(struct bindings *b, struct fib_path *p)
{
	reflex_free(b->timers, p);
	p->bul = bul_record_free(p->bul);
	fib_path_remove(b->fib, p);
}

void bindings_tunnel_drop(struct bindings *b, struct fib_tunnel *t)
{
	struct fib_path *p, *next;

	/* Prefixes first: no packet is to find the tunnel without paths. */
	fib_tunnel_claim(b->fib, t, NULL, 0);
	list_for_each_safe (p, next, &t->paths, in_tunnel)
		bindings_path_drop(b, p);
	mtu_free(b->timers, t);
	timerq_cancel(b->timers, &t->binding->expiry);
	free(t->binding->bc);
	free(t->binding);
	t->binding = NULL;
	b->changed(b->ctx, t, false);
	fib_tunnel_remove(b->fib, t);
}

void bindings_fini(struct bindings *b)
{
	struct fib_tunnel *t, *next;

	table_for_each_safe (t, next, &b->fib->tunnels, by_key)
		bindings_tunnel_drop(b, t);
	removed_fini(&b->removed);
}

struct entry_key entry_key_make(uint16_t type, uint32_t domain, const struct mipm_addr *home_addr,
	const struct mipm_addr *peer, uint16_t number)
{
	struct entry_key key;

	memset(&key, 0, sizeof(key));
	key.type = type;
	key.domain = domain;
	key.number = number;
	key.home_addr = *home_addr;
	if (peer)
		key.peer = *peer;
	return key;
}

void origin_set(struct origin *o, const struct mipm_sender *from, uint64_t generation)
{
	strncpy(o->role, from->role, sizeof(o->role) - 1);
	o->boot_id = from->boot_id;
	o->dump = from->dump;
	o->generation = generation;
}

bool origin_is_of(const struct origin *o, const char *member)
{
	size_t n = strlen(o->role);

	return strncmp(member, o->role, n) == 0 && (member[n] == '\0' || member[n] == '~');
}

/* Generation 0 is no generation: such a sender's order is the bus's. */
bool origin_is_newer(const struct origin *o, const struct mipm_sender *from, uint64_t generation)
{
	return o && generation && o->boot_id == from->boot_id && generation < o->generation;
}

static bool is_named(const struct origin *o, const struct mipm_sender *from)
{
	return strcmp(o->role, from->role) != 0 ||
	       (o->boot_id == from->boot_id && o->dump == from->dump);
}

struct fib_tunnel *bindings_tunnel(struct bindings *b, uint32_t domain,
	const struct mipm_addr *home_addr, const struct mipm_addr *peer, bool is_router)
{
	struct fib_tunnel *t = fib_tunnel_find(b->fib, domain, home_addr, peer);
	struct fib_domain *d = fib_domain(b->fib, domain);

	if (t || !d || fib_tunnel_new(b->fib, d, home_addr, peer, is_router, &t) < 0)
		return t;
	t->binding = calloc(1, sizeof(*t->binding));
	if (!t->binding) {
		fib_tunnel_remove(b->fib, t);
		return NULL;
	}
	t->binding->tunnel = t;
	t->binding->expiry.kind = FORWARDER_EXPIRY;
	return t;
}

/* checks: what an owner says is believed, as far as it can be carried out */

int check_path(const struct mipm_path *p, const char **why)
{
	const struct mipm_addr *remote = &p->remote.addr;

	if (!encap_find(p->encap) || p->protection) {
		*why = "encapsulation not available";
		return -EPROTONOSUPPORT;
	}
	if ((!addr_is_unicast(remote) && !addr_is_loopback(remote)) || !p->remote.port) {
		*why = "no remote address and port";
		return -EINVAL;
	}
	return 0;
}

int check_entry(uint32_t domain, const struct mipm_addr *home_addr, const char **why)
{
	if (domain) {
		*why = "no device for this domain";
		return -ENODEV;
	}
	if (!addr_is_unicast(home_addr)) {
		*why = "no home address";
		return -EINVAL;
	}
	return 0;
}

/* A network that contains the far end's outer address would swallow the tunnel itself. */
int check_networks(const struct mipm_prefix *networks, size_t n, const struct mipm_addr *outer,
	const char **why)
{
	for (size_t i = 0; i < n; i++) {
		if (!addr_is_present(outer) || !prefix_contains(&networks[i], outer))
			continue;
		*why = "a network contains the other end's address";
		return -EINVAL;
	}
	return 0;
}

int check_own(struct bindings *b, const struct mipm_prefix *networks, size_t n, const char **why)
{
	for (size_t i = 0; i < n; i++) {
		if (!lpm_overlap(&b->fib->outer, &networks[i], NULL))
			continue;
		*why = "a network contains an outer address of this node";
		return -EINVAL;
	}
	return 0;
}

/* paths */

static int path_publish(struct bindings *b, struct fib_path *p, uint32_t caps)
{
	uint32_t mtu = 0, socket = b->socket_of(b->ctx, p, &mtu);

	if (!p->outer_mtu)
		p->outer_mtu = mtu;
	if (fib_path_publish(b->fib, p, socket, caps) < 0)
		return -ENOMEM;
	return socket == FIB_NONE ? ENODEV : 0;
}

int bindings_path_set(struct bindings *b, struct fib_tunnel *t, const struct mipm_path *m,
	uint64_t expires_at, uint64_t now)
{
	struct fib_path *p = fib_path_find(t, m->number);
	int r;

	if (!p && fib_path_new(b->fib, t, m->number, &p) < 0)
		return -ENOMEM;
	p->priority = m->priority;
	if (p->link != m->link)
		p->outer_mtu = 0;
	p->link = m->link;
	p->remote = m->remote;
	p->local = m->local;
	p->encap = m->encap;
	p->keepalive_s = m->keepalive_s;
	p->expires_at = m->expires_at ? m->expires_at : expires_at;
	r = path_publish(b, p, t->binding->caps);
	return reflex_update(b->timers, p, FORWARDER_REFLEX, now) < 0 ? -ENOMEM : r;
}

void bindings_settle(struct bindings *b, uint64_t now, struct fib_tunnel *t)
{
	uint64_t first = TIMERQ_NEVER;
	struct fib_path *p;
	bool other;

	list_for_each (p, &t->paths, in_tunnel)
		if (p->expires_at && p->expires_at < first)
			first = p->expires_at;
	timerq_set(b->timers, &t->binding->expiry, first);
	mtu_update(b->timers, t, FORWARDER_MTU, b->fixed_mtu, now);
	other = policy_choose(b->policy, t);
	b->changed(b->ctx, t, other);
}

void bindings_resolve(struct bindings *b, uint64_t now)
{
	struct fib_tunnel *t;
	struct fib_path *p;

	table_for_each (t, &b->fib->tunnels, by_key) {
		list_for_each (p, &t->paths, in_tunnel)
			path_publish(b, p, t->binding->caps);
		bindings_settle(b, now, t);
	}
}

/* time and dumps */

void bindings_expire(struct bindings *b, uint64_t now, struct binding *binding)
{
	struct fib_tunnel *t = binding->tunnel;
	struct fib_path *p, *next;
	size_t left = 0;

	list_for_each (p, &t->paths, in_tunnel)
		left += !p->expires_at || p->expires_at > now;
	if (!left) {
		bindings_tunnel_drop(b, t);
		return;
	}
	list_for_each_safe (p, next, &t->paths, in_tunnel) {
		if (!p->expires_at || p->expires_at > now)
			continue;
		if (binding->bc)
			binding->bc = bc_record_drop_path(binding->bc, p->number);
		bindings_path_drop(b, p);
	}
	if (addr_is_present(&t->peer))
		bul_claim(b, t);
	bindings_settle(b, now, t);
}

static void sweep_router(
	struct bindings *b, uint64_t now, struct fib_tunnel *t, const struct mipm_sender *from)
{
	struct fib_path *p, *next;
	size_t left = 0, n = 0;

	list_for_each (p, &t->paths, in_tunnel) {
		left += is_named(&p->bul->origin, from);
		n++;
	}
	if (!left) {
		bindings_tunnel_drop(b, t);
		return;
	}
	if (left == n)
		return;
	list_for_each_safe (p, next, &t->paths, in_tunnel)
		if (!is_named(&p->bul->origin, from))
			bindings_path_drop(b, p);
	bul_claim(b, t);
	bindings_settle(b, now, t);
}

void bindings_sweep(struct bindings *b, uint64_t now, const struct mipm_sender *from)
{
	struct fib_tunnel *t, *next;

	table_for_each_safe (t, next, &b->fib->tunnels, by_key) {
		if (addr_is_present(&t->peer))
			sweep_router(b, now, t, from);
		else if (!is_named(&t->binding->origin, from))
			bindings_tunnel_drop(b, t);
	}
}
