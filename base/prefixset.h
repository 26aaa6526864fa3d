/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of prefixes of which no two overlap: the mobile networks of a router, the networks that a
 * configuration grants. Adding is refused when it would make two members overlap, which is the
 * check itself ("two routers can never own overlapping prefixes"). Kept as one sorted array.
 * Values hang on prefixes in lpm.h; a set has members only.
 */
#ifndef BASE_PREFIXSET_H
#define BASE_PREFIXSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

struct prefixset {
	struct mipm_prefix *members; /* sorted by prefix_cmp() */
	size_t n_members;
	size_t capacity;
};

/* A zeroed set is an empty one as well. */
void prefixset_init(struct prefixset *set);
void prefixset_fini(struct prefixset *set); /* frees the members; the set is empty again */

#define PREFIXSET_PRESENT  1 /* this very prefix is a member already */
#define PREFIXSET_OVERLAPS 2 /* another member covers it or lies in it */

/* 0, one of the two above (the set is unchanged), -EINVAL for no prefix, -ENOMEM. */
int prefixset_add(struct prefixset *set, const struct mipm_prefix *prefix);

/* Takes out exactly this prefix; false if it was no member. */
bool prefixset_remove(struct prefixset *set, const struct mipm_prefix *prefix);

bool prefixset_has(const struct prefixset *set, const struct mipm_prefix *prefix);

/* The member that contains the address, or NULL. Valid until the set changes. */
const struct mipm_prefix *prefixset_find(const struct prefixset *set, const struct mipm_addr *addr);

/* A member that overlaps the prefix (equal counts), or NULL. Valid until the set changes. */
const struct mipm_prefix *prefixset_overlap(
	const struct prefixset *set, const struct mipm_prefix *prefix);

bool prefixset_equal(const struct prefixset *a, const struct prefixset *b);

#endif
