/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which path of a tunnel carries its traffic. A home agent takes the living path of the lowest
 * priority. A mobile router obeys the order that MIPM_MD_INFO gives to path numbers, whatever the
 * verdicts: judging is linkmon's. Without a word about a path it is used when no other is left.
 */
#ifndef TUNNELD_POLICY_H
#define TUNNELD_POLICY_H

#include "libmipsock/mipsock.h"
#include "tunneld/fib.h"

struct policy_entry {
	uint8_t scope; /* enum mipm_scope */
	uint8_t number;
	uint32_t link;
	uint16_t order;
	struct mipm_addr peer, home_addr;
};

struct policy {
	struct policy_entry *entries;
	size_t n_entries;
	bool told; /* there was a MIPM_MD_INFO */
	uint64_t boot_id, generation;
};

void policy_init(struct policy *policy);
void policy_fini(struct policy *policy);

/* 1: it holds now; 0: older than what is known, ignored; -ENOMEM: the old one still holds. */
int policy_tell(struct policy *policy, const struct mipm_md_info *info, uint64_t boot_id);

/* Lower is used first; of one tunnel's paths no two have the same. */
uint64_t policy_rank(
	const struct policy *policy, const struct fib_tunnel *tunnel, const struct fib_path *path);

/* Chooses anew; true if traffic goes another way now. */
bool policy_choose(const struct policy *policy, struct fib_tunnel *tunnel);

#endif
