/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A family of scenarios: one row. The engine (run.c) makes the world, brings it up, applies the
 * plan's faults at their times, heals what is broken, waits until all is quiet, checks everything,
 * and lets everybody leave: then every table must be empty. The invariants watch all the while.
 */
#ifndef TESTS_SIM_FAMILY_H
#define TESTS_SIM_FAMILY_H

#include "tests/sim/plan.h"
#include "tests/sim/sim.h"

struct family {
	const char *name; /* as --family takes it: "nat-rebinding" */
	const char *what; /* a line for --list */
	unsigned seeds;	  /* 0: 200 */
	struct sim_conf conf;
	bool is_cold;  /* nothing runs before the plan's FAULT_START */
	bool no_flows; /* without users' traffic: reachability is not seen */

	/* The world of this seed differs from conf. May be NULL. */
	void (*set_up)(struct sim_conf *conf, struct plan *p);
	/* The world is there and nothing runs. May be NULL. */
	void (*ready)(struct sim *s, struct plan *p);
	void (*plan)(struct plan *p);

	/* Bounds, ms; 0: those in brackets. */
	uint32_t outage_ms; /* with a working path: longest time without traffic (700) */
	uint32_t heal_ms;   /* from the healing to a quiet network (120000) */

	/* Once all is quiet again, besides the invariants; sim_fail() if it is not well. */
	void (*check)(struct sim *s);
};

/* Ends with a row without a name. */
extern const struct family families[];

const struct family *family_find(const char *name);

#endif
