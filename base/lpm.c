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

typedef _Atomic(struct lpm_node *) lpm_slot;

/* Which words a node has, in this order. Most nodes are leaves or branches: a hundred thousand
 * routers are four times as many nodes. */
enum shape {
	SHAPE_VALUE = 1,
	SHAPE_CHILDREN = 2, /* two words */
	SHAPE_LONG = 4,	    /* two words: the whole key of IPv6 */
};

union word {
	_Atomic(void *) value;
	lpm_slot child;
	uint64_t key;
};

struct lpm_node {
	void *retired[2]; /* the retirer's */
	uint8_t len;
	uint8_t shape; /* enum shape */
	uint32_t top;  /* the first 32 bits of the key */
	union word words[];
};

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

static unsigned n_words(unsigned shape)
{
	return (shape & SHAPE_VALUE) + (shape & SHAPE_CHILDREN) + (shape & SHAPE_LONG) / 2;
}

static struct bits key_of(const struct lpm_node *node)
{
	const union word *key = node->words + n_words(node->shape & ~SHAPE_LONG);

	if (!(node->shape & SHAPE_LONG))
		return (struct bits) { .high = (uint64_t)node->top << 32 };
	return (struct bits) { key[0].key, key[1].key };
}

/* NULL: such a node has no children. */
static lpm_slot *child_slot(const struct lpm_node *node, unsigned i)
{
	const union word *words = node->words + (node->shape & SHAPE_VALUE);

	return node->shape & SHAPE_CHILDREN ? (lpm_slot *)&words[i].child : NULL;
}

static struct mipm_prefix prefix_of_node(const struct lpm_node *node, int index)
{
	struct mipm_prefix prefix = { .len = node->len };
	struct bits key = key_of(node);

	prefix.addr.family = index == 0 ? MIPM_IPV4 : MIPM_IPV6;
	for (size_t i = 0; i < addr_len(&prefix.addr); i++)
		prefix.addr.octets[i] =
			(uint8_t)(i < 8 ? key.high >> (56 - 8 * i) : key.low >> (120 - 8 * i));
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
	struct bits key;

	if (node->len == 0)
		return true;
	if (node->len <= 32)
		return (node->top ^ (uint32_t)(bits->high >> 32)) >> (32 - node->len) == 0;
	key = key_of(node);
	if (node->len <= 64)
		return (key.high ^ bits->high) >> (64 - node->len) == 0;
	return key.high == bits->high && (key.low ^ bits->low) >> (128 - node->len) == 0;
}

static struct lpm_node *slot_load(const lpm_slot *slot)
{
	return atomic_load_explicit(slot, memory_order_acquire);
}

static void slot_store(lpm_slot *slot, struct lpm_node *node)
{
	atomic_store_explicit(slot, node, memory_order_release);
}

static struct lpm_node *child_of(const struct lpm_node *node, unsigned i)
{
	const lpm_slot *slot = child_slot(node, i);

	return slot ? slot_load(slot) : NULL;
}

static void *node_value(const struct lpm_node *node)
{
	if (!(node->shape & SHAPE_VALUE))
		return NULL;
	return atomic_load_explicit(&node->words[0].value, memory_order_acquire);
}

void lpm_init(struct lpm *lpm, void (*retire)(void *ctx, void *block), void *ctx)
{
	*lpm = (struct lpm) { .retire = retire, .ctx = ctx };
}

/* Recursion is bounded: each step down makes the prefix longer. */
static void free_all(struct lpm_node *node)
{
	while (node) {
		struct lpm_node *left = child_of(node, 0), *right = child_of(node, 1);

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

/* The first len bits of these. */
static struct bits cut(const struct bits *bits, uint8_t len)
{
	struct bits key = *bits;

	if (len <= 64) {
		key.low = 0;
		key.high &= len ? ~UINT64_C(0) << (64 - len) : 0;
	} else if (len < 128) {
		key.low &= ~UINT64_C(0) << (128 - len);
	}
	return key;
}

/* Keys of up to 32 bits stand in the node itself. */
static struct lpm_node *node_new(const struct bits *bits, uint8_t len, unsigned shape)
{
	struct bits key = cut(bits, len);
	struct lpm_node *node;
	union word *rest;

	shape |= len > 32 ? SHAPE_LONG : 0;
	node = calloc(1, sizeof(*node) + n_words(shape) * sizeof(union word));
	if (!node)
		return NULL;
	node->len = len;
	node->shape = (uint8_t)shape;
	node->top = (uint32_t)(key.high >> 32);
	rest = node->words + n_words(shape & ~(unsigned)SHAPE_LONG);
	if (shape & SHAPE_LONG) {
		rest[0].key = key.high;
		rest[1].key = key.low;
	}
	return node;
}

static struct lpm_node *leaf_new(const struct bits *bits, uint8_t len, void *value)
{
	struct lpm_node *node = node_new(bits, len, SHAPE_VALUE);

	if (node)
		atomic_init(&node->words[0].value, value);
	return node;
}

/* A copy that has room for both; NULL without memory. */
static struct lpm_node *node_whole(const struct lpm_node *node)
{
	struct bits key = key_of(node);
	struct lpm_node *whole = node_new(&key, node->len, SHAPE_VALUE | SHAPE_CHILDREN);

	if (!whole)
		return NULL;
	atomic_init(&whole->words[0].value, node_value(node));
	for (unsigned i = 0; i < 2; i++)
		slot_store(child_slot(whole, i), child_of(node, i));
	return whole;
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

	while ((node = slot_load(place.slot)) && node->len < len && node->shape & SHAPE_CHILDREN &&
		node_contains(node, bits)) {
		place.parent = place.slot;
		place.slot = child_slot(node, bit_at(bits, node->len));
	}
	return place;
}

/* The slot's node gives way to one with room for a value and children. */
static int widen(struct lpm *lpm, lpm_slot *slot)
{
	struct lpm_node *node = slot_load(slot), *whole = node_whole(node);

	if (!whole)
		return -ENOMEM;
	slot_store(slot, whole);
	retire(lpm, node);
	return 0;
}

/* A new node between the slot and what it holds: above it, or beside it below a branch. */
static int insert_above(
	lpm_slot *slot, struct lpm_node *below, const struct bits *bits, uint8_t len, void *value)
{
	struct bits key = key_of(below);
	unsigned shared = common_len(bits, &key);
	struct lpm_node *node, *branch;

	if (shared >= len) {
		node = node_new(bits, len, SHAPE_VALUE | SHAPE_CHILDREN);
		if (!node)
			return -ENOMEM;
		atomic_init(&node->words[0].value, value);
		slot_store(child_slot(node, bit_at(&key, len)), below);
		slot_store(slot, node);
		return 0;
	}
	node = leaf_new(bits, len, value);
	branch = node_new(bits, (uint8_t)shared, SHAPE_CHILDREN);
	if (!node || !branch) {
		free(node);
		free(branch);
		return -ENOMEM;
	}
	slot_store(child_slot(branch, bit_at(bits, shared)), node);
	slot_store(child_slot(branch, bit_at(&key, shared)), below);
	slot_store(slot, branch);
	return 0;
}

/* To where nothing stands yet. */
static int insert_leaf(lpm_slot *slot, const struct bits *bits, uint8_t len, void *value)
{
	struct lpm_node *node = leaf_new(bits, len, value);

	if (!node)
		return -ENOMEM;
	slot_store(slot, node);
	return 0;
}

/* Gives a node of this very prefix the value. */
static int set_value(struct lpm *lpm, lpm_slot *slot, void *value, void **displaced)
{
	struct lpm_node *node = slot_load(slot);
	int err = node->shape & SHAPE_VALUE ? 0 : widen(lpm, slot);

	if (err < 0)
		return err;
	node = slot_load(slot);
	*displaced = atomic_exchange_explicit(&node->words[0].value, value, memory_order_acq_rel);
	return 0;
}

/* Below a leaf, which has no room for children. */
static int insert_below(
	struct lpm *lpm, lpm_slot *slot, const struct bits *bits, uint8_t len, void *value)
{
	int err = widen(lpm, slot);
	struct lpm_node *node = slot_load(slot);

	if (err < 0)
		return err;
	return insert_leaf(child_slot(node, bit_at(bits, node->len)), bits, len, value);
}

int lpm_insert(struct lpm *lpm, const struct mipm_prefix *prefix, void *value, void **old)
{
	int index = family_index(prefix->addr.family), err;
	struct bits bits;
	lpm_slot *slot;
	struct lpm_node *node;
	void *displaced = NULL;

	if (index < 0 || !value || prefix->len > addr_bits(prefix->addr.family))
		return -EINVAL;
	bits = bits_of(prefix->addr.family, prefix->addr.octets);
	slot = find_place(lpm, index, &bits, prefix->len).slot;
	node = slot_load(slot);
	if (!node)
		err = insert_leaf(slot, &bits, prefix->len, value);
	else if (node->len > prefix->len || !node_contains(node, &bits))
		err = insert_above(slot, node, &bits, prefix->len, value);
	else if (node->len == prefix->len)
		err = set_value(lpm, slot, value, &displaced);
	else
		err = insert_below(lpm, slot, &bits, prefix->len, value);
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
	struct lpm_node *left = child_of(node, 0), *right = child_of(node, 1);

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
	if (!node || node->len != prefix->len || !node_contains(node, &bits) ||
		!(node->shape & SHAPE_VALUE))
		return NULL;
	value = atomic_exchange_explicit(&node->words[0].value, NULL, memory_order_acq_rel);
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
		node = child_of(node, bit_at(bits, node->len));
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
	struct bits key;

	while (node && node->len < prefix->len) {
		if (!node_contains(node, &bits))
			return NULL;
		if (!*covering && node_value(node))
			*covering = node;
		node = child_of(node, bit_at(&bits, node->len));
	}
	key = node ? key_of(node) : bits;
	return node && common_len(&bits, &key) >= prefix->len ? node : NULL;
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
		child = child_of(node, 0);
		node = child ? child : child_of(node, 1);
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
		stop = walk(child_of(node, 0), index, fn, ctx);
	if (stop == 0)
		stop = walk(child_of(node, 1), index, fn, ctx);
	return stop;
}

int lpm_walk(const struct lpm *lpm,
	int (*fn)(void *ctx, const struct mipm_prefix *prefix, void *value), void *ctx)
{
	int stop = walk(slot_load(&lpm->root[0]), 0, fn, ctx);

	return stop ? stop : walk(slot_load(&lpm->root[1]), 1, fn, ctx);
}
