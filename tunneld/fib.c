/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnels and paths: life, indexes, counters, publishing. What prefixes lead to them stands in
 * claims.c, what a packet meets in verdict.c.
 *
 * Order of a removal: nothing leads there any more (claims, admission, active path), then retire.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/claims.h"
#include "tunneld/fib.h"

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
	for (uint32_t i = 0; i * FIB_CHUNK < fib->n_paths; i++)
		free(fib->chunks[i].block);
	free(fib->chunks);
	free(fib->paths);
	free(fib->free_paths);
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

struct fib_path *fib_path_at(const struct fib *fib, uint32_t index)
{
	return index < fib->n_paths ? fib->paths[index] : NULL;
}

static int grow_to(void *array_, size_t n, size_t size)
{
	void **array = array_, *new = realloc(*array, n * size);

	if (!new)
		return -ENOMEM;
	*array = new;
	return 0;
}

static struct fib_counters *counters_at(const struct fib *fib, uint32_t index)
{
	const struct fib_chunk *chunk = &fib->chunks[index / FIB_CHUNK];

	return chunk->counters + index % FIB_CHUNK;
}

/* All slots of FIB_CHUNK more paths: one block, so that a path needs one pointer to them. Fresh
 * memory is not touched: bindings without traffic have no counters in memory. */
static int chunk_new(struct fib *fib)
{
	size_t n = fib->paths_size ? (size_t)fib->paths_size * 2 : FIB_CHUNK;
	size_t align = _Alignof(struct fib_counters);
	struct fib_chunk *chunk;

	if (fib->n_paths == fib->paths_size) {
		if (n > UINT32_MAX || grow_to(&fib->paths, n, sizeof(*fib->paths)) ||
			grow_to(&fib->free_paths, n, sizeof(*fib->free_paths)) ||
			grow_to(&fib->chunks, n / FIB_CHUNK, sizeof(*fib->chunks)))
			return -ENOMEM;
		/* The ring of free indexes may go round the old end: straighten it out. */
		for (uint32_t i = 0; i < fib->free_first; i++)
			fib->free_paths[fib->paths_size + i] = fib->free_paths[i];
		fib->paths_size = (uint32_t)n;
	}
	chunk = &fib->chunks[fib->n_paths / FIB_CHUNK];
	chunk->block =
		calloc(1, sizeof(struct fib_counters) * FIB_CHUNK * fib->config.n_slots + align);
	if (!chunk->block)
		return -ENOMEM;
	chunk->counters = (void *)(((uintptr_t)chunk->block + align - 1) & ~(uintptr_t)(align - 1));
	return 0;
}

static void clear_count(struct fib_count *c)
{
	atomic_store_explicit(&c->packets, 0, memory_order_relaxed);
	atomic_store_explicit(&c->octets, 0, memory_order_relaxed);
	atomic_store_explicit(&c->last_at, 0, memory_order_relaxed);
}

static void clear_counters(const struct fib *fib, uint32_t index)
{
	struct fib_counters *c = counters_at(fib, index);

	for (uint32_t slot = 0; slot < fib->config.n_slots; slot++, c += FIB_CHUNK) {
		clear_count(&c->in);
		clear_count(&c->out);
		atomic_store_explicit(&c->data_at, 0, memory_order_relaxed);
	}
}

/* The index that was given back longest ago, or a new one. A worker may still count for a path
 * that has just gone: so many others come between that it has long finished when its index is
 * used again. FIB_NONE without memory. */
static uint32_t index_take(struct fib *fib)
{
	uint32_t index;

	if (fib->n_free > FIB_CHUNK) {
		index = fib->free_paths[fib->free_first];
		fib->free_first = (fib->free_first + 1) % fib->paths_size;
		fib->n_free--;
		clear_counters(fib, index);
		return index;
	}
	if (fib->n_paths % FIB_CHUNK == 0 && chunk_new(fib) < 0)
		return FIB_NONE;
	return fib->n_paths++;
}

static void index_give_back(struct fib *fib, uint32_t index)
{
	fib->paths[index] = NULL;
	fib->free_paths[(fib->free_first + fib->n_free++) % fib->paths_size] = index;
}

void fib_path_sums(const struct fib *fib, const struct fib_path *path, struct fib_sums *out)
{
	const struct fib_counters *c = counters_at(fib, path->index);
	uint64_t at;

	*out = (struct fib_sums) { 0 };
	for (uint32_t slot = 0; slot < fib->config.n_slots; slot++, c += FIB_CHUNK) {
		out->packets_in += atomic_load_explicit(&c->in.packets, memory_order_relaxed);
		out->octets_in += atomic_load_explicit(&c->in.octets, memory_order_relaxed);
		out->packets_out += atomic_load_explicit(&c->out.packets, memory_order_relaxed);
		out->octets_out += atomic_load_explicit(&c->out.octets, memory_order_relaxed);
		at = atomic_load_explicit(&c->in.last_at, memory_order_relaxed);
		out->last_in_at = at > out->last_in_at ? at : out->last_in_at;
		at = atomic_load_explicit(&c->out.last_at, memory_order_relaxed);
		out->last_out_at = at > out->last_out_at ? at : out->last_out_at;
		at = atomic_load_explicit(&c->data_at, memory_order_relaxed);
		out->data_at = at > out->data_at ? at : out->data_at;
	}
}

int fib_path_new(struct fib *fib, struct fib_tunnel *tunnel, uint16_t number, struct fib_path **out)
{
	struct fib_path *p = calloc(1, sizeof(*p));
	uint32_t index = p ? index_take(fib) : FIB_NONE;

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
	index_give_back(fib, path->index);
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
	hop->counters = counters_at(fib, path->index);
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
