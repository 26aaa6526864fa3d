/* SPDX-License-Identifier: BSD-2-Clause */
/* See policy.h. A path that can carry nothing (no socket just now) is never chosen. */
#include <errno.h>
#include <stdlib.h>

#include "tunneld/policy.h"

#define ENTRIES_MAX   4096
#define ORDER_UNNAMED 0x10000 /* behind all that are named */

void policy_init(struct policy *policy)
{
	*policy = (struct policy) { 0 };
}

void policy_fini(struct policy *policy)
{
	free(policy->entries);
	policy_init(policy);
}

int policy_tell(struct policy *policy, const struct mipm_md_info *info, uint64_t boot_id)
{
	struct policy_entry *entries = NULL;
	size_t n = 0;

	if (policy->told && policy->boot_id == boot_id && info->generation < policy->generation)
		return 0;
	if (info->n_entries > ENTRIES_MAX)
		return -ENOMEM;
	if (info->n_entries) {
		entries = calloc(info->n_entries, sizeof(*entries));
		if (!entries)
			return -ENOMEM;
	}
	for (size_t i = 0; i < info->n_entries; i++) {
		const struct mipm_md_entry *e = &info->entries[i];

		if (e->class != 0) /* other classes come with flow rules */
			continue;
		entries[n++] = (struct policy_entry) {
			.scope = e->scope,
			.number = e->number,
			.link = e->link,
			.order = e->order,
			.peer = e->peer,
			.home_addr = e->home_addr,
		};
	}
	free(policy->entries);
	policy->entries = entries;
	policy->n_entries = n;
	policy->told = true;
	policy->boot_id = boot_id;
	policy->generation = info->generation;
	return 1;
}

static bool is_about(
	const struct policy_entry *e, const struct fib_tunnel *t, const struct fib_path *p)
{
	if (e->number ? e->number != p->number : e->link != p->link)
		return false;
	if (e->scope == MIPM_SCOPE_ALL)
		return true;
	if (!addr_equal(&e->peer, &t->peer))
		return false;
	return e->scope == MIPM_SCOPE_PEER || addr_equal(&e->home_addr, &t->home_addr);
}

/* What is said about the tunnel counts more than about its peer, and that more than about all. */
static uint32_t order_of(
	const struct policy *policy, const struct fib_tunnel *t, const struct fib_path *p)
{
	const struct policy_entry *best = NULL;

	for (size_t i = 0; i < policy->n_entries; i++) {
		const struct policy_entry *e = &policy->entries[i];

		if (is_about(e, t, p) && (!best || e->scope > best->scope))
			best = e;
	}
	return best ? best->order : ORDER_UNNAMED;
}

uint64_t policy_rank(
	const struct policy *policy, const struct fib_tunnel *tunnel, const struct fib_path *path)
{
	uint64_t rank = (uint64_t)path->priority << 16 | path->number;

	if (addr_is_present(&tunnel->peer))
		rank |= (uint64_t)order_of(policy, tunnel, path) << 32;
	return rank;
}

bool policy_choose(const struct policy *policy, struct fib_tunnel *tunnel)
{
	struct fib_path *p, *best = NULL, *before = tunnel->chosen;
	uint64_t rank, best_rank = UINT64_MAX;

	list_for_each (p, &tunnel->paths, in_tunnel) {
		rank = policy_rank(policy, tunnel, p);
		if (p->hop && rank < best_rank) {
			best = p;
			best_rank = rank;
		}
	}
	if (best == before)
		return false;
	fib_tunnel_choose(tunnel, best);
	return true;
}
