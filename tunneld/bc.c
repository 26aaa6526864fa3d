/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility bindings: what a home agent (or a correspondent) says is one tunnel with all its paths.
 * See bindings.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/bc_record.h"
#include "tunneld/bindings_parts.h"

static bool bc_names(const struct mipm_bc *bc, uint16_t number)
{
	for (uint16_t i = 0; i < bc->n_paths; i++)
		if (bc->paths[i].number == number)
			return true;
	return false;
}

static int bc_claim(struct bindings *b, struct fib_tunnel *t, const struct mipm_bc *bc)
{
	struct fib_claim *claims = calloc((size_t)bc->n_networks + 1, sizeof(*claims));
	int r;

	if (!claims)
		return -ENOMEM;
	claims[0] = (struct fib_claim) { prefix_of_host(&bc->home_addr), FIB_CLAIM_FAR };
	for (uint16_t i = 0; i < bc->n_networks; i++)
		claims[i + 1] = (struct fib_claim) { bc->networks[i], FIB_CLAIM_FAR };
	r = fib_tunnel_claim(b->fib, t, claims, (size_t)bc->n_networks + 1);
	free(claims);
	return r;
}

static int bc_check(struct bindings *b, const struct mipm_bc *bc, const char **why)
{
	int r = check_entry(bc->domain, &bc->home_addr, why);

	if (r == 0 && !bc->n_paths) {
		*why = "no path";
		r = -EINVAL;
	}
	if (r == 0)
		r = check_own(b, bc->networks, bc->n_networks, why);
	for (uint16_t i = 0; r == 0 && i < bc->n_paths; i++) {
		r = check_path(&bc->paths[i], why);
		if (r == 0)
			r = check_networks(
				bc->networks, bc->n_networks, &bc->paths[i].remote.addr, why);
	}
	return r;
}

/* The tunnel with all that is no path; NULL without memory. */
static struct fib_tunnel *bc_tunnel(
	struct bindings *b, const struct mipm_sender *from, const struct mipm_bc *bc)
{
	struct bc_record *record = bc_record_new(bc);
	struct mipm_addr none = { 0 };
	struct fib_tunnel *t = NULL;

	if (record)
		t = bindings_tunnel(
			b, bc->domain, &bc->home_addr, &none, strcmp(from->role, "had") != 0);
	if (!t) {
		free(record);
		return NULL;
	}
	free(t->binding->bc);
	t->binding->bc = record;
	t->binding->caps = bc->caps;
	t->far = bc->home_addr;
	t->near = bc->home_agent;
	atomic_store_explicit(&t->far_only, t->is_router, memory_order_relaxed);
	origin_set(&t->binding->origin, from, bc->generation);
	return t;
}

int bindings_bc_add(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bc *bc, const char **why)
{
	struct entry_key key = entry_key_make(MIPM_BC_ADD, bc->domain, &bc->home_addr, NULL, 0);
	struct mipm_addr none = { 0 };
	struct fib_tunnel *t = fib_tunnel_find(b->fib, bc->domain, &bc->home_addr, &none);
	struct fib_path *p, *next;
	int r, worst = 0, usable = 0;

	if (origin_is_newer(t ? &t->binding->origin : NULL, from, bc->generation) ||
		removed_forbids(&b->removed, &key, from->boot_id, bc->generation))
		return 0;
	r = bc_check(b, bc, why);
	if (r < 0)
		return r;
	*why = "out of memory";
	t = bc_tunnel(b, from, bc);
	if (!t)
		return -ENOMEM;
	removed_forget(&b->removed, &key);
	for (uint16_t i = 0; i < bc->n_paths; i++) {
		r = bindings_path_set(b, t, &bc->paths[i], bc->expires_at, now);
		worst = r < 0 ? r : worst;
		usable += r == 0;
	}
	list_for_each_safe (p, next, &t->paths, in_tunnel)
		if (!bc_names(bc, p->number))
			bindings_path_drop(b, p);
	r = bc_claim(b, t, bc);
	bindings_settle(b, now, t);
	if (r < 0 || worst < 0)
		return -ENOMEM;
	*why = "no socket with this local address";
	return usable ? 0 : EADDRNOTAVAIL;
}

void bindings_bc_remove(
	struct bindings *b, uint64_t now, const struct mipm_sender *from, const struct mipm_bc *bc)
{
	struct entry_key key = entry_key_make(MIPM_BC_ADD, bc->domain, &bc->home_addr, NULL, 0);
	struct mipm_addr none = { 0 };
	struct fib_tunnel *t = fib_tunnel_find(b->fib, bc->domain, &bc->home_addr, &none);

	if (origin_is_newer(t ? &t->binding->origin : NULL, from, bc->generation))
		return;
	if (bc->generation)
		removed_note(&b->removed, &key, from->boot_id, bc->generation);
	if (t)
		bindings_tunnel_drop(b, t);
}
