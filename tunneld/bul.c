/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mobile router's entries: each is one path, those of one (home address, peer) make one tunnel.
 * See bindings.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "tunneld/bindings_parts.h"
#include "tunneld/bul_record.h"

static struct fib_path *bul_find(
	struct bindings *b, const struct mipm_bul *bul, struct fib_tunnel **tunnel)
{
	*tunnel = addr_is_present(&bul->peer)
			  ? fib_tunnel_find(b->fib, bul->domain, &bul->home_addr, &bul->peer)
			  : NULL;
	return *tunnel ? fib_path_find(*tunnel, bul->path.number) : NULL;
}

static int bul_check(struct bindings *b, const struct mipm_bul *bul, const char **why)
{
	const struct mipm_addr *remote = &bul->path.remote.addr;
	int r = check_entry(bul->domain, &bul->home_addr, why);

	if (r == 0 && !addr_is_unicast(&bul->peer)) {
		*why = "no peer";
		r = -EINVAL;
	}
	if (r == 0)
		r = check_path(&bul->path, why);
	if (r == 0)
		r = check_networks(bul->networks, bul->n_networks, remote, why);
	if (r == 0)
		r = check_networks(bul->networks, bul->n_networks, &bul->peer, why);
	if (r == 0)
		r = check_own(b, bul->networks, bul->n_networks, why);
	if (r == 0 && bul->route)
		r = check_networks(bul->networks_remote, bul->n_networks_remote, remote, why);
	return r;
}

/* The tunnel's prefixes are those of all its entries together. */
int bul_claim(struct bindings *b, struct fib_tunnel *t)
{
	struct fib_claim *claims = NULL;
	struct fib_path *p;
	size_t n = 0, room = 0;
	bool far_only = true;
	int r;

	list_for_each (p, &t->paths, in_tunnel)
		room += p->bul ? bul_claims_max(&p->bul->msg) : 0;
	if (room) {
		claims = calloc(room, sizeof(*claims));
		if (!claims)
			return -ENOMEM;
	}
	list_for_each (p, &t->paths, in_tunnel) {
		if (!p->bul)
			continue;
		far_only &= p->bul->msg.route != 0;
		n = bul_claims(&p->bul->msg, claims, n);
	}
	atomic_store_explicit(&t->far_only, far_only, memory_order_relaxed);
	r = fib_tunnel_claim(b->fib, t, claims, n);
	free(claims);
	return r;
}

int bindings_bul_add(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bul *bul, const char **why)
{
	struct entry_key key = entry_key_make(
		MIPM_BUL_ADD, bul->domain, &bul->home_addr, &bul->peer, bul->path.number);
	struct bul_record *record;
	struct fib_tunnel *t;
	struct fib_path *p = bul_find(b, bul, &t);
	int r;

	if (origin_is_newer(p ? &p->bul->origin : NULL, from, bul->generation) ||
		removed_forbids(&b->removed, &key, from->boot_id, bul->generation))
		return 0;
	r = bul_check(b, bul, why);
	if (r < 0)
		return r;
	*why = "out of memory";
	record = bul_record_new(bul);
	if (!record)
		return -ENOMEM;
	origin_set(&record->origin, from, bul->generation);
	t = bindings_tunnel(b, bul->domain, &bul->home_addr, &bul->peer, true);
	r = -ENOMEM;
	if (t) {
		t->binding->caps = bul->caps;
		t->near = bul->home_addr;
		t->far = bul->peer;
		r = bindings_path_set(b, t, &bul->path, 0, now);
		p = fib_path_find(t, bul->path.number);
	}
	if (!t || !p) {
		bul_record_free(record);
		if (t && list_is_empty(&t->paths))
			bindings_tunnel_drop(b, t);
		return -ENOMEM;
	}
	bul_record_free(p->bul);
	p->bul = record;
	removed_forget(&b->removed, &key);
	if (bul_claim(b, t) < 0)
		r = -ENOMEM;
	bindings_settle(b, now, t);
	if (r > 0)
		*why = "no socket on this link";
	return r;
}

static void bul_path_drop(struct bindings *b, uint64_t now, struct fib_path *p)
{
	struct fib_tunnel *t = p->tunnel;

	if (t->paths.next == t->paths.prev) {
		bindings_tunnel_drop(b, t);
		return;
	}
	bindings_path_drop(b, p);
	bul_claim(b, t);
	bindings_settle(b, now, t);
}

void bindings_bul_remove(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bul *bul)
{
	struct entry_key key = entry_key_make(
		MIPM_BUL_ADD, bul->domain, &bul->home_addr, &bul->peer, bul->path.number);
	struct fib_tunnel *t;
	struct fib_path *p = bul_find(b, bul, &t);

	if (origin_is_newer(p ? &p->bul->origin : NULL, from, bul->generation))
		return;
	if (bul->generation)
		removed_note(&b->removed, &key, from->boot_id, bul->generation);
	if (p)
		bul_path_drop(b, now, p);
}
