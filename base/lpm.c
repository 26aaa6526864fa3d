/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path-compressed binary trie with one writer and lock-free readers. See lpm.h.
 *
 * Every node has a prefix; its children's prefixes lie in it and differ in the bit after it. A node
 * without a value is a branch and has two children, so there are fewer branches than prefixes.
 * A change prepares its new nodes and then does one store into a slot (a root or a child pointer)
 * or into a value: that store is the change.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/lpm.h"

/* an address as one number, left-aligned: IPv4 in the top 32 bits */
struct bits {
	uint64_t high, low;
};

struct lpm_node {
	void *retired[2]; /* the retirer's */
	struct bits key;
	uint8_t len;
	_Atomic(struct lpm_node *) child[2];
	_Atomic(void *) value;
};

typedef _Atomic(struct lpm_node *) lpm_slot;

static int family_index(uint8_t family)
{
	if (family == MIPM_IPV4)
		return 0;
	return family == MIPM_IPV6 ? 1 : -1;
}

static uint64_t load64(const uint8_t *octets)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | octets[i];
	return value;
}

static struct bits bits_of(uint8_t family, const uint8_t *octets)
{
	struct bits bits = { 0 };

	if (family == MIPM_IPV6) {
		bits.high = load64(octets);
		bits.low = load64(octets + 8);
	} else {
		for (int i = 0; i < 4; i++)
			bits.high = bits.high << 8 | octets[i];
		bits.high <<= 32;
	}
	return bits;
}

static struct mipm_prefix prefix_of_node(const struct lpm_node *node, int index)
{
	struct mipm_prefix prefix = { .len = node->len };

	prefix.addr.family = index == 0 ? MIPM_IPV4 : MIPM_IPV6;
	for (size_t i = 0; i < addr_len(&prefix.addr); i++)
		prefix.addr.octets[i] = (uint8_t)(i < 8 ? node->key.high >> (56 - 8 * i)
							: node->key.low >> (120 - 8 * i));
	return prefix;
}

static unsigned bit_at(const struct bits *bits, unsigned at)
{
	if (at < 64)
		return bits->high >> (63 - at) & 1;
	return at < 128 ? bits->low >> (127 - at) & 1 : 0;
}

/* How many leading bits are equal; 128 if all are. */
static unsigned common_len(const struct bits *a, const struct bits *b)
{
	if (a->high != b->high)
		return (unsigned)__builtin_clzll(a->high ^ b->high);
	if (a->low != b->low)
		return 64 + (unsigned)__builtin_clzll(a->low ^ b->low);
	return 128;
}

static bool node_contains(const struct lpm_node *node, const struct bits *bits)
{
	if (node->len == 0)
		return true;
	if (node->len <= 64)
		return (node->key.high ^ bits->high) >> (64 - node->len) == 0;
	return node->key.high == bits->high &&
	       (node->key.low ^ bits->low) >> (128 - node->len) == 0;
}

static struct lpm_node *slot_load(const lpm_slot *slot)
{
	return atomic_load_explicit(slot, memory_order_acquire);
}

static void slot_store(lpm_slot *slot, struct lpm_node *node)
{
	atomic_store_explicit(slot, node, memory_order_release);
}

static void *node_value(const struct lpm_node *node)
{
	return atomic_load_explicit(&node->value, memory_order_acquire);
}

void lpm_init(struct lpm *lpm, void (*retire)(void *ctx, void *block), void *ctx)
{
	*lpm = (struct lpm) { .retire = retire, .ctx = ctx };
}

/* Recursion is bounded: each step down makes the prefix longer. */
static void free_all(struct lpm_node *node)
{
	while (node) {
		struct lpm_node *left = slot_load(&node->child[0]);
		struct lpm_node *right = slot_load(&node->child[1]);

		if (left && right)
			free_all(left);
		free(node);
		node = left && !right ? left : right;
	}
}

void lpm_fini(struct lpm *lpm)
{
	free_all(slot_load(&lpm->root[0]));
	free_all(slot_load(&lpm->root[1]));
	lpm_init(lpm, NULL, NULL);
}

static struct lpm_node *node_new(const struct bits *bits, uint8_t len, void *value)
{
	struct lpm_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->key = *bits;
	if (len <= 64) {
		node->key.low = 0;
		node->key.high &= len ? ~UINT64_C(0) << (64 - len) : 0;
	} else if (len < 128) {
		node->key.low &= ~UINT64_C(0) << (128 - len);
	}
	node->len = len;
	atomic_init(&node->value, value);
	return node;
}

static void retire(struct lpm *lpm, struct lpm_node *node)
{
	if (lpm->retire)
		lpm->retire(lpm->ctx, node);
	else
		free(node);
}

/* Goes down to where the prefix stands or would stand; parents of the slot on request. */
struct place {
	lpm_slot *slot;	  /* holds the node below, or NULL */
	lpm_slot *parent; /* the slot whose node owns `slot`; NULL at the root */
};

static struct place find_place(struct lpm *lpm, int index, const struct bits *bits, uint8_t len)
{
	struct place place = { .slot = &lpm->root[index] };
	struct lpm_node *node;

	while ((node = slot_load(place.slot)) && node->len < len && node_contains(node, bits)) {
		place.parent = place.slot;
		place.slot = &node->child[bit_at(bits, node->len)];
	}
	return place;
}

/* A new node between the slot and what it holds: above it, or beside it below a branch. */
static int insert_above(
	lpm_slot *slot, struct lpm_node *below, const struct bits *bits, uint8_t len, void *value)
{
	struct lpm_node *node = node_new(bits, len, value), *branch;
	unsigned shared = common_len(bits, &below->key);

	if (!node)
		return -ENOMEM;
	if (shared >= len) {
		slot_store(&node->child[bit_at(&below->key, len)], below);
		slot_store(slot, node);
		return 0;
	}
	branch = node_new(bits, (uint8_t)shared, NULL);
	if (!branch) {
		free(node);
		return -ENOMEM;
	}
	slot_store(&branch->child[bit_at(bits, shared)], node);
	slot_store(&branch->child[bit_at(&below->key, shared)], below);
	slot_store(slot, branch);
	return 0;
}

int lpm_insert(struct lpm *lpm, const struct mipm_prefix *prefix, void *value, void **old)
{
	int index = family_index(prefix->addr.family), err = 0;
	struct bits bits;
	struct place place;
	struct lpm_node *node;
	void *displaced = NULL;

	if (index < 0 || !value || prefix->len > addr_bits(prefix->addr.family))
		return -EINVAL;
	bits = bits_of(prefix->addr.family, prefix->addr.octets);
	place = find_place(lpm, index, &bits, prefix->len);
	node = slot_load(place.slot);
	if (node && node->len == prefix->len && node_contains(node, &bits)) {
		displaced = atomic_exchange_explicit(&node->value, value, memory_order_acq_rel);
	} else if (node) {
		err = insert_above(place.slot, node, &bits, prefix->len, value);
	} else {
		node = node_new(&bits, prefix->len, value);
		if (!node)
			return -ENOMEM;
		slot_store(place.slot, node);
	}
	if (err < 0)
		return err;
	lpm->n_prefixes += displaced == NULL;
	if (old)
		*old = displaced;
	return 0;
}

/* Takes the slot's node out if it neither has a value nor separates two children. */
static bool collapse(struct lpm *lpm, lpm_slot *slot)
{
	struct lpm_node *node = slot_load(slot);
	struct lpm_node *left = slot_load(&node->child[0]), *right = slot_load(&node->child[1]);

	if (node_value(node) || (left && right))
		return false;
	slot_store(slot, left ? left : right);
	retire(lpm, node);
	return true;
}

void *lpm_remove(struct lpm *lpm, const struct mipm_prefix *prefix)
{
	int index = family_index(prefix->addr.family);
	struct bits bits;
	struct place place;
	struct lpm_node *node;
	void *value;

	if (index < 0)
		return NULL;
	bits = bits_of(prefix->addr.family, prefix->addr.octets);
	place = find_place(lpm, index, &bits, prefix->len);
	node = slot_load(place.slot);
	if (!node || node->len != prefix->len || !node_contains(node, &bits))
		return NULL;
	value = atomic_exchange_explicit(&node->value, NULL, memory_order_acq_rel);
	if (value)
		lpm->n_prefixes--;
	if (collapse(lpm, place.slot) && place.parent)
		collapse(lpm, place.parent);
	return value;
}

static void *lookup(
	const struct lpm *lpm, int index, const struct bits *bits, const struct lpm_node **matched)
{
	unsigned last = index == 0 ? 32 : 128;
	const struct lpm_node *node = slot_load(&lpm->root[index]);
	void *best = NULL, *value;

	while (node && node_contains(node, bits)) {
		value = node_value(node);
		if (value) {
			best = value;
			*matched = node;
		}
		if (node->len >= last)
			break;
		node = slot_load(&node->child[bit_at(bits, node->len)]);
	}
	return best;
}

void *lpm_lookup_octets(const struct lpm *lpm, uint8_t family, const uint8_t *octets)
{
	int index = family_index(family);
	const struct lpm_node *matched;
	struct bits bits;

	if (index < 0)
		return NULL;
	bits = bits_of(family, octets);
	return lookup(lpm, index, &bits, &matched);
}

void *lpm_lookup(const struct lpm *lpm, const struct mipm_addr *addr)
{
	return lpm_lookup_octets(lpm, addr->family, addr->octets);
}

void *lpm_lookup_prefix(
	const struct lpm *lpm, const struct mipm_addr *addr, struct mipm_prefix *matched)
{
	int index = family_index(addr->family);
	const struct lpm_node *node = NULL;
	struct bits bits;
	void *value;

	if (index < 0)
		return NULL;
	bits = bits_of(addr->family, addr->octets);
	value = lookup(lpm, index, &bits, &node);
	if (value)
		*matched = prefix_of_node(node, index);
	return value;
}

/* The topmost node that lies in the prefix; *covering gets a value met on the way down. */
static const struct lpm_node *descend(const struct lpm *lpm, const struct mipm_prefix *prefix,
	int index, const struct lpm_node **covering)
{
	struct bits bits = bits_of(prefix->addr.family, prefix->addr.octets);
	const struct lpm_node *node = slot_load(&lpm->root[index]);

	while (node && node->len < prefix->len) {
		if (!node_contains(node, &bits))
			return NULL;
		if (!*covering && node_value(node))
			*covering = node;
		node = slot_load(&node->child[bit_at(&bits, node->len)]);
	}
	if (node && common_len(&bits, &node->key) < prefix->len)
		return NULL;
	return node;
}

void *lpm_get(const struct lpm *lpm, const struct mipm_prefix *prefix)
{
	int index = family_index(prefix->addr.family);
	const struct lpm_node *node, *covering = NULL;

	if (index < 0)
		return NULL;
	node = descend(lpm, prefix, index, &covering);
	return node && node->len == prefix->len ? node_value(node) : NULL;
}

void *lpm_overlap(
	const struct lpm *lpm, const struct mipm_prefix *prefix, struct mipm_prefix *which)
{
	int index = family_index(prefix->addr.family);
	const struct lpm_node *node, *covering = NULL, *child;
	void *value;

	if (index < 0)
		return NULL;
	node = descend(lpm, prefix, index, &covering);
	if (covering)
		node = covering;
	while (node && !node_value(node)) {
		child = slot_load(&node->child[0]);
		node = child ? child : slot_load(&node->child[1]);
	}
	if (!node)
		return NULL;
	value = node_value(node);
	if (which)
		*which = prefix_of_node(node, index);
	return value;
}

static int walk(const struct lpm_node *node, int index,
	int (*fn)(void *ctx, const struct mipm_prefix *prefix, void *value), void *ctx)
{
	struct mipm_prefix prefix;
	void *value;
	int stop = 0;

	if (!node)
		return 0;
	prefix = prefix_of_node(node, index);
	value = node_value(node);
	if (value)
		stop = fn(ctx, &prefix, value);
	if (stop == 0)
		stop = walk(slot_load(&node->child[0]), index, fn, ctx);
	if (stop == 0)
		stop = walk(slot_load(&node->child[1]), index, fn, ctx);
	return stop;
}

int lpm_walk(const struct lpm *lpm,
	int (*fn)(void *ctx, const struct mipm_prefix *prefix, void *value), void *ctx)
{
	int stop = walk(slot_load(&lpm->root[0]), 0, fn, ctx);

	return stop ? stop : walk(slot_load(&lpm->root[1]), 1, fn, ctx);
}
