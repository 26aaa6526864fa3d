/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was removed, and under which generation: an ADD that was overtaken by its REMOVE must not
 * bring the entry back. The newest few are remembered; an older ADD than those does not exist on a
 * bus that keeps each sender's order.
 */
#ifndef TUNNELD_REMOVED_H
#define TUNNELD_REMOVED_H

#include "base/table.h"
#include "libmipsock/mipsock_addr.h"

#define REMOVED_MAX 4096

/* Which entry; zeroed before it is filled in, as it is compared by octets. */
struct entry_key {
	uint32_t domain;
	uint16_t type;	 /* MIPM_BC_ADD or MIPM_BUL_ADD */
	uint16_t number; /* MIPM_BUL_ADD */
	struct mipm_addr home_addr;
	struct mipm_addr peer;
};

struct removed {
	struct table by_key;
	struct list by_age; /* oldest first */
	uint64_t seed;
};

void removed_init(struct removed *r, uint64_t seed);
void removed_fini(struct removed *r);

/* Without memory it is not remembered, which only costs the protection. */
void removed_note(
	struct removed *r, const struct entry_key *key, uint64_t boot_id, uint64_t generation);

/* Would an ADD of this generation resurrect it? */
bool removed_forbids(const struct removed *r, const struct entry_key *key, uint64_t boot_id,
	uint64_t generation);

/* A newer ADD has been accepted: nothing is to be remembered any more. */
void removed_forget(struct removed *r, const struct entry_key *key);

#endif
