/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open addressing: an array of atomic pointers, so that a reader's walk is a few loads. What is
 * removed leaves a mark behind unless its neighbour is free; a fuller array is replaced as a whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "tunneld/fib.h"

struct admission_slots {
	void *retired[2];
	size_t mask;
	_Atomic(struct fib_hop *) at[];
};

static struct fib_hop removed;

static uint64_t load64(const uint8_t *octets)
{
	uint64_t value;

	memcpy(&value, octets, sizeof(value));
	return value;
}

static uint64_t hash_of(const struct admission *a, uint32_t socket, const struct mipm_endpoint *e)
{
	uint64_t low = (uint64_t)socket << 24 | (uint64_t)e->port << 8 | e->addr.family;

	low = table_mix(low ^ a->seed) + load64(e->addr.octets);
	if (e->addr.family == MIPM_IPV6)
		low = table_mix(low) + load64(e->addr.octets + 8);
	return table_mix(low ^ a->seed);
}

static struct admission_slots *slots_new(size_t n)
{
	struct admission_slots *s = calloc(1, sizeof(*s) + n * sizeof(s->at[0]));

	if (s)
		s->mask = n - 1;
	return s;
}

int admission_init(
	struct admission *a, uint64_t seed, void (*retire)(void *ctx, void *block), void *ctx)
{
	*a = (struct admission) { .seed = seed, .retire = retire, .ctx = ctx };
	a->slots = slots_new(16);
	return a->slots ? 0 : -ENOMEM;
}

void admission_fini(struct admission *a)
{
	free(atomic_load(&a->slots));
	*a = (struct admission) { .seed = 0 };
}

/* There is a free slot. */
static void put(const struct admission *a, struct admission_slots *s, struct fib_hop *hop)
{
	size_t at = hash_of(a, hop->socket, &hop->remote) & s->mask;

	while (atomic_load_explicit(&s->at[at], memory_order_relaxed))
		at = (at + 1) & s->mask;
	atomic_store_explicit(&s->at[at], hop, memory_order_release);
}

/* At most half of the slots stay in use, so that walks are short and always end. */
static int make_room(struct admission *a)
{
	struct admission_slots *old = atomic_load_explicit(&a->slots, memory_order_relaxed), *new;
	struct fib_hop *hop;
	size_t n = 16;

	if ((a->n_used + 1) * 2 <= old->mask + 1)
		return 0;
	while (n < (a->n_live + 1) * 3)
		n *= 2;
	new = slots_new(n);
	if (!new)
		return a->n_used < old->mask ? 0 : -ENOMEM;
	for (size_t i = 0; i <= old->mask; i++) {
		hop = atomic_load_explicit(&old->at[i], memory_order_relaxed);
		if (hop && hop != &removed)
			put(a, new, hop);
	}
	a->n_used = a->n_live;
	atomic_store_explicit(&a->slots, new, memory_order_release);
	if (a->retire)
		a->retire(a->ctx, old);
	else
		free(old);
	return 0;
}

int admission_add(struct admission *a, struct fib_hop *hop)
{
	int r = make_room(a);

	if (r < 0)
		return r;
	put(a, atomic_load_explicit(&a->slots, memory_order_relaxed), hop);
	a->n_used++;
	a->n_live++;
	return 0;
}

void admission_remove(struct admission *a, struct fib_hop *hop)
{
	struct admission_slots *s = atomic_load_explicit(&a->slots, memory_order_relaxed);
	size_t at = hash_of(a, hop->socket, &hop->remote) & s->mask;
	struct fib_hop *here;

	while ((here = atomic_load_explicit(&s->at[at], memory_order_relaxed)) != hop) {
		if (!here)
			return;
		at = (at + 1) & s->mask;
	}
	a->n_live--;
	if (atomic_load_explicit(&s->at[(at + 1) & s->mask], memory_order_relaxed)) {
		atomic_store_explicit(&s->at[at], &removed, memory_order_release);
		return;
	}
	/* The walk ends here anyway: this slot and the marks before it become free. */
	do {
		atomic_store_explicit(&s->at[at], NULL, memory_order_release);
		a->n_used--;
		at = (at - 1) & s->mask;
	} while (atomic_load_explicit(&s->at[at], memory_order_relaxed) == &removed);
}

struct fib_hop *admission_next(struct admission_walk *walk)
{
	const struct admission_slots *s = walk->slots;
	struct fib_hop *hop;

	while ((hop = atomic_load_explicit(&s->at[walk->at], memory_order_acquire))) {
		walk->at = (walk->at + 1) & s->mask;
		if (hop != &removed && hop->socket == walk->socket &&
			endpoint_equal(&hop->remote, walk->remote))
			return hop;
	}
	return NULL;
}

struct fib_hop *admission_first(const struct admission *a, uint32_t socket,
	const struct mipm_endpoint *remote, struct admission_walk *walk)
{
	walk->slots = atomic_load_explicit(&a->slots, memory_order_acquire);
	walk->at = hash_of(a, socket, remote) & walk->slots->mask;
	walk->socket = socket;
	walk->remote = remote;
	return admission_next(walk);
}
