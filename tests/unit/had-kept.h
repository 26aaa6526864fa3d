/* SPDX-License-Identifier: BSD-2-Clause */
/* The kit of a home agent, and a tunneld that tells back what the life before said. */
#ifndef TESTS_UNIT_HAD_KEPT_H
#define TESTS_UNIT_HAD_KEPT_H

#include "tests/unit/had-kit.h"

#define TUNNELD ((const struct mipm_sender) { .name = "tunneld", .role = "tunneld" })

/* What the first life said last, and tunneld tells back; a test may change it. */
static struct kit_event kept;

static inline struct mipm_bc *keep(struct kit *k)
{
	kept = *kit_last(k, MIPM_BC_ADD);
	kept.bc.paths = kept.paths;
	kept.bc.networks = kept.networks;
	return &kept.bc;
}

static inline void tell(struct kit *k, const struct mipm_bc *bc)
{
	const struct mipm_sender from = TUNNELD;
	const struct mipm_msg msg = {
		.type = MIPM_BC_ADD, .flags = MIPM_F_DUMP | MIPM_F_OWN, .from = &from, .body = bc
	};

	had_ops.input(k->had, k->now, &msg);
}

static inline int dump_result(struct kit *k)
{
	uint64_t cursor = 0;
	int rc;

	while ((rc = had_ops.dump(k->had, k->now, "tunneld", false, &cursor)) == 1)
		;
	return rc;
}

static inline int register_path(struct kit *k, const char *name, uint8_t bid)
{
	struct mip_request request = kit_request(k, name);
	char from[32];

	snprintf(from, sizeof(from), "198.51.100.%u:434", bid);
	kit_multipath(&request, bid);
	return kit_code(k, &request, name, from);
}

/* site7 with the paths 1, 2 and 3, of which 3 is preferred, then 1. */
static inline void three_paths(struct kit *k)
{
	struct mip_request request;

	assert_int_equal(register_path(k, "site7", 1), 0);
	assert_int_equal(register_path(k, "site7", 2), 0);
	request = kit_request(k, "site7");
	kit_multipath(&request, 3);
	kit_order(&request, 3, 1);
	kit_ask_network(&request, "10.7.0.0/24");
	assert_int_equal(kit_code(k, &request, "site7", "198.51.100.3:434"), 0);
	keep(k);
}

/* Numbers of the paths that were said last, by priority, as digits. */
static inline unsigned order(struct kit *k)
{
	const struct mipm_bc *bc = kit_bc(k);
	unsigned digits = 0;

	for (unsigned priority = 0; bc && priority < HAD_PATHS_MAX; priority++)
		for (unsigned i = 0; i < bc->n_paths; i++)
			if (bc->paths[i].priority == priority)
				digits = digits * 10 + bc->paths[i].number;
	return digits;
}

#endif
