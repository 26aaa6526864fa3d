/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Longest-prefix match for IPv4 and IPv6: a path-compressed binary trie, prefix -> pointer.
 *
 * Readers need no lock. A node's prefix never changes after it was published; child pointers and
 * values are C11 atomics, stored with release and loaded with acquire, and each change of the trie
 * becomes visible by one such store. So any number of threads may call the reading functions while
 * ONE writer inserts and removes: a lookup sees the trie before or after a change, never between.
 *
 * What a removal unlinks goes to retire(), which must let every reader that may still walk it
 * finish before it frees the block. The first two pointers of a retired block are the retirer's to
 * use (a struct rcu_head fits). Without a retire function blocks are freed at once, which is right
 * for single-threaded users.
 *
 * Values belong to the caller and are never freed here: lpm_insert() and lpm_remove() hand out the
 * value they displaced, which readers may still hold, so it too has to be retired. NULL is no
 * value.
 */
#ifndef BASE_LPM_H
#define BASE_LPM_H

#include <stddef.h>

#include "base/addr.h"

struct lpm_node;

struct lpm {
	_Atomic(struct lpm_node *) root[2]; /* IPv4, IPv6 */
	size_t n_prefixes;		    /* the writer's */
	void (*retire)(void *ctx, void *block);
	void *ctx;
};

void lpm_init(struct lpm *lpm, void (*retire)(void *ctx, void *block), void *ctx);

/* Frees all nodes at once; no reader may be left. Prefixes may still be in it. */
void lpm_fini(struct lpm *lpm);

/* writer */

/*
 * Gives the prefix this value. *old, if old is not NULL, gets the value it had, else NULL.
 * 0, -EINVAL (no prefix, or no value) or -ENOMEM; nothing has changed then.
 */
int lpm_insert(struct lpm *lpm, const struct mipm_prefix *prefix, void *value, void **old);

/* Takes exactly this prefix out and returns its value; NULL if it was not there. */
void *lpm_remove(struct lpm *lpm, const struct mipm_prefix *prefix);

/* readers */

/* The value of the longest prefix that contains the address, or NULL. */
void *lpm_lookup(const struct lpm *lpm, const struct mipm_addr *addr);

/* The same from octets as they stand in a packet header: 4 or 16 by family. */
void *lpm_lookup_octets(const struct lpm *lpm, uint8_t family, const uint8_t *octets);

/* The same, and which prefix it was. */
void *lpm_lookup_prefix(
	const struct lpm *lpm, const struct mipm_addr *addr, struct mipm_prefix *matched);

/* The value of exactly this prefix, or NULL. */
void *lpm_get(const struct lpm *lpm, const struct mipm_prefix *prefix);

/*
 * The value of some prefix that overlaps this one (covers it, equals it, or lies in it), or NULL.
 * The shortest one that covers comes first. *which may be NULL.
 */
void *lpm_overlap(
	const struct lpm *lpm, const struct mipm_prefix *prefix, struct mipm_prefix *which);

/*
 * Calls fn for each prefix, IPv4 first, each before those that lie in it, in address order. Stops
 * when fn returns non-zero and returns that. fn must not change the table.
 */
int lpm_walk(const struct lpm *lpm,
	int (*fn)(void *ctx, const struct mipm_prefix *prefix, void *value), void *ctx);

#endif
