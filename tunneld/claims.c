/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A claim becomes the value of its prefix in the longest-prefix table of the domain. Two
 * tunnels may claim one prefix: two home agents' defaults while a router changes from one to the
 * other, its own networks towards several peers. The later claim stands in the table; when it is
 * withdrawn, the others of the few router tunnels are asked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tunneld/fib_parts.h"

static struct fib_entry *value_of(struct fib_tunnel *t, const struct fib_claim *c)
{
	switch (c->kind) {
	case FIB_CLAIM_FAR:
		return &t->entry;
	case FIB_CLAIM_OWN:
		return &t->domain->local;
	case FIB_CLAIM_TO:
		return &t->default_entry;
	}
	return NULL;
}

static int put(struct fib_tunnel *t, const struct fib_claim *c)
{
	struct fib_entry *value = value_of(t, c);

	if (lpm_get(&t->domain->prefixes, &c->prefix) == value)
		return 0;
	return lpm_insert(&t->domain->prefixes, &c->prefix, value, NULL);
}

/* Another tunnel that wants this prefix; the youngest, as it would hold it now. */
static struct fib_entry *heir(struct fib *fib, struct fib_tunnel *t, const struct fib_claim *c)
{
	struct fib_entry *found = NULL;
	struct fib_tunnel *other;

	list_for_each (other, &fib->routers, router_link) {
		if (other == t || other->domain != t->domain)
			continue;
		for (size_t i = 0; i < other->n_claims; i++)
			if (prefix_equal(&other->claims[i].prefix, &c->prefix))
				found = value_of(other, &other->claims[i]);
	}
	return found;
}

static void take(struct fib *fib, struct fib_tunnel *t, const struct fib_claim *c)
{
	struct lpm *lpm = &t->domain->prefixes;
	struct fib_entry *next;

	if (lpm_get(lpm, &c->prefix) != value_of(t, c))
		return;
	next = heir(fib, t, c);
	/* Replacing leaves no moment without an entry, and needs no memory. */
	if (!next || lpm_insert(lpm, &c->prefix, next, NULL) < 0)
		lpm_remove(lpm, &c->prefix);
}

static bool is_in(const struct fib_claim *claim, const struct fib_claim *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == claim->kind && prefix_equal(&list[i].prefix, &claim->prefix))
			return true;
	return false;
}

static void tell(struct fib *fib, struct fib_tunnel *t, const struct fib_claim *c, bool on)
{
	if (!fib->config.claimed || (!on && lpm_get(&t->domain->prefixes, &c->prefix)))
		return;
	fib->config.claimed(fib->config.ctx, c, on);
}

/* New claims before old ones go: what is in both lists is never out of the table. */
static int replace(struct fib *fib, struct fib_tunnel *t, struct fib_claim *claims, size_t n)
{
	struct fib_claim *old = t->claims;
	size_t n_old = t->n_claims;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = put(t, &claims[i]);
		if (r == 0 && !is_in(&claims[i], old, n_old))
			tell(fib, t, &claims[i], true);
	}
	t->claims = claims;
	t->n_claims = n;
	for (size_t i = 0; i < n_old; i++) {
		if (is_in(&old[i], claims, n))
			continue;
		take(fib, t, &old[i]);
		tell(fib, t, &old[i], false);
	}
	free(old);
	return r;
}

int fib_tunnel_claim(
	struct fib *fib, struct fib_tunnel *tunnel, const struct fib_claim *claims, size_t n)
{
	struct fib_claim *copy = NULL;

	if (n == tunnel->n_claims &&
		(n == 0 || memcmp(claims, tunnel->claims, n * sizeof(*claims)) == 0))
		return 0;
	if (n) {
		copy = malloc(n * sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		memcpy(copy, claims, n * sizeof(*copy));
	}
	return replace(fib, tunnel, copy, n);
}

void claims_withdraw_all(struct fib *fib, struct fib_tunnel *tunnel)
{
	replace(fib, tunnel, NULL, 0);
}
