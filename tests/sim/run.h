/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: a family, a seed, and how many of its plan's faults. */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/family.h"

#define EVERY_FAULT SIZE_MAX

struct run_result {
	char failure[256]; /* empty: all was well */
	size_t n_faults;   /* applied, or all of the plan */
	uint64_t hash;
	uint64_t ms;	       /* simulated */
	uint64_t worst_gap_ms; /* of users' traffic while faults came and healed */
};

/* log: every bus message and what daemons log, or NULL. last: when it failed, the last bus
 * messages, or NULL. */
void run(const struct family *f, uint64_t seed, size_t n_faults, FILE *log, FILE *last,
	struct run_result *out);

/* What a failing run needs: the fewest first faults with which the same is still violated. */
size_t run_shrink(const struct family *f, uint64_t seed, const struct run_result *failed);

/* The first n faults of the plan of this seed, a line each behind prefix. */
void run_print_plan(const struct family *f, uint64_t seed, size_t n, const char *prefix);

#endif
