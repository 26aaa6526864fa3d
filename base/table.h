/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive lists and hash tables. The link is a field of the element, commented there with the
 * container it belongs to; containers own nothing and never allocate for an element.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The struct around a member; NULL stays NULL. */
#define container_of(ptr, type, member)                                                            \
	({                                                                                         \
		const __typeof__(((type *)0)->member) *member_ = (ptr);                            \
		member_ ? (type *)(void *)((char *)member_ - offsetof(type, member)) : NULL;       \
	})

/* Doubly linked ring; the head is a link as well. A zeroed link is in no list. */

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline bool list_is_linked(const struct list *link)
{
	return link->next != NULL;
}

static inline void list_insert(struct list *link, struct list *prev, struct list *next)
{
	link->prev = prev;
	link->next = next;
	prev->next = link;
	next->prev = link;
}

static inline void list_add_head(struct list *head, struct list *link)
{
	list_insert(link, head, head->next);
}

static inline void list_add_tail(struct list *head, struct list *link)
{
	list_insert(link, head->prev, head);
}

/* Fine for a link that is in no list. */
static inline void list_remove(struct list *link)
{
	if (!list_is_linked(link))
		return;
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->next = link->prev = NULL;
}

#define list_first(head, type, member)                                                             \
	(list_is_empty(head) ? NULL : container_of((head)->next, type, member))
#define list_last(head, type, member)                                                              \
	(list_is_empty(head) ? NULL : container_of((head)->prev, type, member))

#define list_entry_(link, item, member)                                                            \
	((__typeof__(item))(void *)((char *)(link)-offsetof(__typeof__(*(item)), member)))

#define list_for_each(item, head, member)                                                          \
	for ((item) = list_entry_((head)->next, item, member); &(item)->member != (head);          \
		(item) = list_entry_((item)->member.next, item, member))

/* The body may remove item; spare is of item's type. */
#define list_for_each_safe(item, spare, head, member)                                              \
	for ((item) = list_entry_((head)->next, item, member),                                     \
	    (spare) = list_entry_((item)->member.next, item, member);                              \
		&(item)->member != (head);                                                         \
		(item) = (spare), (spare) = list_entry_((spare)->member.next, item, member))

/*
 * Hash table with chains. The caller computes the hash (addr_hash(), table_hash(), ... with a seed
 * of its own where strangers choose the keys) and compares the keys:
 *
 *	static bool binding_matches(const struct table_link *link, const void *key)
 *
 *	link = table_find(&had->bindings, addr_hash(&addr, had->seed), binding_matches, &addr);
 *	binding = container_of(link, struct binding, by_home_addr);
 *
 * Adding cannot fail: without memory for more chains the chains become longer.
 * Walks go by chain: same content added in the same order, same walk.
 */

struct table_link {
	struct table_link *next;
	uint32_t hash; /* the lower half: which chain, and unlike keys seldom look alike */
	bool linked;
};

struct table {
	struct table_link **chains; /* NULL: the single chain below */
	struct table_link *single;
	size_t n_chains; /* a power of two */
	size_t n_links;
};

static inline void table_init(struct table *table)
{
	*table = (struct table) { .n_chains = 1 };
}

static inline void table_fini(struct table *table)
{
	assert(table->n_links == 0);
	free(table->chains);
	*table = (struct table) { .n_chains = 1 };
}

static inline struct table_link **table_chain(const struct table *table, uint64_t hash)
{
	struct table_link *const *chains = table->chains ? table->chains : &table->single;

	return (struct table_link **)&chains[hash & (table->n_chains - 1)];
}

static inline void table_grow_(struct table *table)
{
	struct table_link **old = table->chains, *link, *next;
	struct table_link *first = table->single;
	size_t n_old = table->n_chains, n_new = n_old < 8 ? 8 : n_old * 2;
	struct table_link **chains = calloc(n_new, sizeof(*chains));

	if (!chains)
		return;
	table->chains = chains;
	table->single = NULL;
	table->n_chains = n_new;
	for (size_t i = 0; i < n_old; i++) {
		for (link = old ? old[i] : first; link; link = next) {
			next = link->next;
			link->next = *table_chain(table, link->hash);
			*table_chain(table, link->hash) = link;
		}
	}
	free(old);
}

static inline void table_add(struct table *table, struct table_link *link, uint64_t hash)
{
	struct table_link **chain;

	assert(!link->linked);
	if (table->n_links >= table->n_chains)
		table_grow_(table);
	chain = table_chain(table, hash);
	link->hash = (uint32_t)hash;
	link->next = *chain;
	link->linked = true;
	*chain = link;
	table->n_links++;
}

/* Fine for a link that is in no table. */
static inline void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at;

	if (!link->linked)
		return;
	for (at = table_chain(table, link->hash); *at != link; at = &(*at)->next)
		assert(*at);
	*at = link->next;
	link->next = NULL;
	link->linked = false;
	table->n_links--;
}

/* The link whose hash is this one and for which matches() says yes; NULL if there is none. */
static inline struct table_link *table_find(const struct table *table, uint64_t hash,
	bool (*matches)(const struct table_link *link, const void *key), const void *key)
{
	struct table_link *link;

	for (link = *table_chain(table, hash); link; link = link->next)
		if (link->hash == (uint32_t)hash && matches(link, key))
			return link;
	return NULL;
}

/* Walking by link: table_first(), then table_next(); NULL is the end. */
static inline struct table_link *table_from_(const struct table *table, size_t chain)
{
	for (; chain < table->n_chains; chain++)
		if (*table_chain(table, chain))
			return *table_chain(table, chain);
	return NULL;
}

static inline struct table_link *table_first(const struct table *table)
{
	return table_from_(table, 0);
}

static inline struct table_link *table_next(
	const struct table *table, const struct table_link *link)
{
	if (link->next)
		return link->next;
	return table_from_(table, (link->hash & (table->n_chains - 1)) + 1);
}

/* The body must neither add nor remove. */
#define table_for_each(item, table, member)                                                        \
	for ((item) = container_of(table_first(table), __typeof__(*(item)), member); (item);       \
		(item) = container_of(                                                             \
			table_next((table), &(item)->member), __typeof__(*(item)), member))

/* The body may remove item. */
#define table_for_each_safe(item, spare, table, member)                                            \
	for ((item) = container_of(table_first(table), __typeof__(*(item)), member),               \
	    (spare) = NULL;                                                                        \
		(item) && ((spare) = container_of(table_next((table), &(item)->member),            \
				   __typeof__(*(item)), member),                                   \
			  true);                                                                   \
		(item) = (spare))

static inline uint64_t table_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* The same result on every machine. With a random seed strangers cannot aim at one chain. */
static inline uint64_t table_hash(const void *data, size_t len, uint64_t seed)
{
	const uint8_t *octets = data;
	uint64_t hash = seed ^ table_mix(len + UINT64_C(0x9e3779b97f4a7c15)), word = 0;

	for (size_t i = 0; i < len; i++) {
		word = word << 8 | octets[i];
		if (i % 8 == 7 || i + 1 == len) {
			hash = table_mix(hash ^ word) + seed;
			word = 0;
		}
	}
	return table_mix(hash);
}

#endif
