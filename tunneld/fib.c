/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels and paths: life and publishing. Their indexes and counters are in fib_index.c, what
 * prefixes lead to them in claims.c, what a packet meets in verdict.c.
 *
 * Order of a removal: nothing leads there any more (claims, admission, active path), then retire.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/fib_parts.h"

struct tunnel_key {
	uint32_t domain;
	const struct mipm_addr *home_addr;
	const struct mipm_addr *peer;
};

int fib_init(struct fib *fib, const struct fib_config *config)
{
	*fib = (struct fib) { .config = *config };
	list_init(&fib->domains);
	list_init(&fib->routers);
	table_init(&fib->tunnels);
	lpm_init(&fib->outer, config->retire, config->ctx);
	return admission_init(&fib->admission, config->seed, config->retire, config->ctx);
}

static void retire(struct fib *fib, void *block)
{
	if (fib->config.retire && block)
		fib->config.retire(fib->config.ctx, block);
	else
		free(block);
}

static void domain_free(struct fib_domain *d)
{
	list_remove(&d->link);
	lpm_fini(&d->prefixes);
	free(d);
}

void fib_fini(struct fib *fib)
{
	struct fib_tunnel *t, *next_tunnel;
	struct fib_domain *d, *next_domain;

	fib->config.retire = NULL;
	fib->config.claimed = NULL;
	fib->admission.retire = NULL;
	fib->outer.retire = NULL;
	list_for_each (d, &fib->domains, link)
		d->prefixes.retire = NULL;
	table_for_each_safe (t, next_tunnel, &fib->tunnels, by_key)
		fib_tunnel_remove(fib, t);
	list_for_each_safe (d, next_domain, &fib->domains, link)
		domain_free(d);
	fib_index_fini(fib);
	table_fini(&fib->tunnels);
	lpm_fini(&fib->outer);
	admission_fini(&fib->admission);
}

int fib_outer(struct fib *fib, const struct mipm_addr *addr, bool on)
{
	struct mipm_prefix host = prefix_of_host(addr);

	if (on)
		return lpm_insert(&fib->outer, &host, fib, NULL); /* any value: it is a set */
	lpm_remove(&fib->outer, &host);
	return 0;
}

struct fib_domain *fib_domain(struct fib *fib, uint32_t id)
{
	struct fib_domain *d;

	list_for_each (d, &fib->domains, link)
		if (d->id == id)
			return d;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->id = id;
	d->fib = fib;
	d->local.to = d->local.from = FIB_LOCAL;
	lpm_init(&d->prefixes, fib->config.retire, fib->config.ctx);
	list_add_tail(&fib->domains, &d->link);
	return d;
}

/* tunnels */

static uint64_t tunnel_hash(const struct fib *fib, const struct tunnel_key *key)
{
	uint64_t hash = addr_hash(key->home_addr, fib->config.seed + key->domain);

	return addr_is_present(key->peer) ? addr_hash(key->peer, hash) : hash;
}

static bool tunnel_matches(const struct table_link *link, const void *key_)
{
	const struct fib_tunnel *t = container_of(link, struct fib_tunnel, by_key);
	const struct tunnel_key *key = key_;

	return t->domain->id == key->domain && addr_equal(&t->home_addr, key->home_addr) &&
	       addr_equal(&t->peer, key->peer);
}

struct fib_tunnel *fib_tunnel_find(const struct fib *fib, uint32_t domain,
	const struct mipm_addr *home_addr, const struct mipm_addr *peer)
{
	struct tunnel_key key = { domain, home_addr, peer };
	struct table_link *link;

	link = table_find(&fib->tunnels, tunnel_hash(fib, &key), tunnel_matches, &key);
	return container_of(link, struct fib_tunnel, by_key);
}

int fib_tunnel_new(struct fib *fib, struct fib_domain *domain, const struct mipm_addr *home_addr,
	const struct mipm_addr *peer, bool is_router, struct fib_tunnel **out)
{
	struct tunnel_key key = { domain->id, home_addr, peer };
	struct fib_tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->entry = (struct fib_entry) { FIB_TUNNEL, FIB_TUNNEL, t };
	t->default_entry = (struct fib_entry) { FIB_TUNNEL, FIB_FREE, t };
	t->index = fib->next_tunnel++;
	t->domain = domain;
	t->home_addr = *home_addr;
	t->peer = *peer;
	t->is_router = is_router;
	list_init(&t->paths);
	table_add(&fib->tunnels, &t->by_key, tunnel_hash(fib, &key));
	if (is_router)
		list_add_tail(&fib->routers, &t->router_link);
	*out = t;
	return 0;
}

void fib_tunnel_remove(struct fib *fib, struct fib_tunnel *tunnel)
{
	struct fib_path *p, *next;

	list_remove(&tunnel->router_link);
	claims_withdraw_all(fib, tunnel);
	fib_tunnel_choose(tunnel, NULL);
	list_for_each_safe (p, next, &tunnel->paths, in_tunnel)
		fib_path_remove(fib, p);
	table_remove(&fib->tunnels, &tunnel->by_key);
	retire(fib, tunnel);
}

void fib_tunnel_choose(struct fib_tunnel *tunnel, struct fib_path *path)
{
	tunnel->chosen = path;
	atomic_store_explicit(&tunnel->active, path ? path->hop : NULL, memory_order_release);
}

/* paths */

struct fib_path *fib_path_find(const struct fib_tunnel *tunnel, uint16_t number)
{
	struct fib_path *p;

	list_for_each (p, &tunnel->paths, in_tunnel)
		if (p->number == number)
			return p;
	return NULL;
}

int fib_path_new(struct fib *fib, struct fib_tunnel *tunnel, uint16_t number, struct fib_path **out)
{
	struct fib_path *p = calloc(1, sizeof(*p));
	uint32_t index = p ? fib_index_take(fib) : FIB_NONE;

	if (index == FIB_NONE) {
		free(p);
		return -ENOMEM;
	}
	fib->paths[index] = p;
	fib->n_live_paths++;
	p->tunnel = tunnel;
	p->index = index;
	p->number = number;
	list_add_tail(&tunnel->paths, &p->in_tunnel);
	*out = p;
	return 0;
}

static void hop_replace(struct fib *fib, struct fib_path *path, struct fib_hop *hop)
{
	struct fib_hop *old = path->hop;

	path->hop = hop;
	if (path->tunnel->chosen == path)
		fib_tunnel_choose(path->tunnel, hop ? path : NULL);
	if (!old)
		return;
	admission_remove(&fib->admission, old);
	retire(fib, old);
}

void fib_path_remove(struct fib *fib, struct fib_path *path)
{
	hop_replace(fib, path, NULL);
	list_remove(&path->in_tunnel);
	fib_index_give_back(fib, path->index);
	fib->n_live_paths--;
	free(path);
}

int fib_path_publish(struct fib *fib, struct fib_path *path, uint32_t socket, uint32_t caps)
{
	struct fib_hop *hop = path->hop;

	if (socket == FIB_NONE) {
		hop_replace(fib, path, NULL);
		return 0;
	}
	if (hop && hop->socket == socket && hop->caps == caps && hop->encap == path->encap &&
		endpoint_equal(&hop->remote, &path->remote) &&
		endpoint_equal(&hop->local, &path->local))
		return 0;
	hop = calloc(1, sizeof(*hop));
	if (!hop)
		return -ENOMEM;
	hop->tunnel = path->tunnel;
	hop->counters = fib_counters_at(fib, path->index);
	hop->path = path->index;
	hop->socket = socket;
	hop->caps = caps;
	hop->remote = path->remote;
	hop->local = path->local;
	hop->number = path->number;
	hop->encap = path->encap;
	if (admission_add(&fib->admission, hop) < 0) {
		free(hop);
		return -ENOMEM;
	}
	hop_replace(fib, path, hop);
	return 0;
}
