/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorted array of prefixes that do not overlap. Because they do not, the only members that can
 * overlap a prefix are its neighbours in the order: the one before may cover it, the one at its
 * place may lie in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefixset.h"

void prefixset_init(struct prefixset *set)
{
	*set = (struct prefixset) { 0 };
}

void prefixset_fini(struct prefixset *set)
{
	free(set->members);
	prefixset_init(set);
}

/* Index of the first member that is not before the prefix. */
static size_t lower_bound(const struct prefixset *set, const struct mipm_prefix *prefix)
{
	size_t low = 0, high = set->n_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (prefix_cmp(&set->members[middle], prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct mipm_prefix *prefixset_overlap(
	const struct prefixset *set, const struct mipm_prefix *prefix)
{
	size_t at = lower_bound(set, prefix);

	if (at < set->n_members && prefix_overlaps(&set->members[at], prefix))
		return &set->members[at];
	if (at > 0 && prefix_overlaps(&set->members[at - 1], prefix))
		return &set->members[at - 1];
	return NULL;
}

const struct mipm_prefix *prefixset_find(const struct prefixset *set, const struct mipm_addr *addr)
{
	struct mipm_prefix host = prefix_of_host(addr);

	return addr_is_present(addr) ? prefixset_overlap(set, &host) : NULL;
}

bool prefixset_has(const struct prefixset *set, const struct mipm_prefix *prefix)
{
	size_t at = lower_bound(set, prefix);

	return at < set->n_members && prefix_equal(&set->members[at], prefix);
}

static int grow(struct prefixset *set)
{
	size_t capacity = set->capacity ? set->capacity * 2 : 4;
	struct mipm_prefix *members;

	if (set->n_members < set->capacity)
		return 0;
	members = reallocarray(set->members, capacity, sizeof(*members));
	if (!members)
		return -ENOMEM;
	set->members = members;
	set->capacity = capacity;
	return 0;
}

int prefixset_add(struct prefixset *set, const struct mipm_prefix *prefix)
{
	const struct mipm_prefix *other;
	size_t at;

	if (!prefix_is_present(prefix))
		return -EINVAL;
	other = prefixset_overlap(set, prefix);
	if (other)
		return prefix_equal(other, prefix) ? PREFIXSET_PRESENT : PREFIXSET_OVERLAPS;
	if (grow(set) < 0)
		return -ENOMEM;
	at = lower_bound(set, prefix);
	memmove(set->members + at + 1, set->members + at,
		(set->n_members - at) * sizeof(*set->members));
	set->members[at] = *prefix;
	set->n_members++;
	return 0;
}

bool prefixset_remove(struct prefixset *set, const struct mipm_prefix *prefix)
{
	size_t at = lower_bound(set, prefix);

	if (!prefixset_has(set, prefix))
		return false;
	set->n_members--;
	memmove(set->members + at, set->members + at + 1,
		(set->n_members - at) * sizeof(*set->members));
	return true;
}

bool prefixset_equal(const struct prefixset *a, const struct prefixset *b)
{
	if (a->n_members != b->n_members)
		return false;
	for (size_t i = 0; i < a->n_members; i++)
		if (!prefix_equal(&a->members[i], &b->members[i]))
			return false;
	return true;
}
