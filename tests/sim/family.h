/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A family of scenarios: one row. The engine (run.c) brings the network up, applies the plan's
 * faults at their times, heals what is broken, waits until all is quiet, checks everything, and
 * lets everybody leave: then every table must be empty. The invariants watch all the while.
 */
#ifndef TESTS_SIM_FAMILY_H
#define TESTS_SIM_FAMILY_H

#include "tests/sim/plan.h"
#include "tests/sim/sim.h"

struct family {
	const char *name;   /* as --family takes it: "nat-rebinding" */
	const char *what;   /* a line for --list */
	unsigned seeds;	    /* 0: 200 */
	size_t n_sites;	    /* 0: 1 */
	const char *preset; /* NULL: "normal" */
	bool cold;	    /* nothing runs before the plan's FAULT_START */
	bool no_flows;	    /* no test packets: reachability is seen by the tables alone */

	/* Changes the world before anything runs; may be NULL. Chances come from the plan. */
	void (*set_up)(struct sim *s, struct plan *p);
	void (*plan)(struct plan *p);

	/* Bounds; 0: the engine's own (run.c). */
	uint32_t outage_ms; /* a router with a working path: longest time without traffic */
	uint32_t heal_ms;   /* from the healing to a quiet network */

	/* Once all is quiet again, besides the invariants; sim_fail() if it is not well. */
	void (*check)(struct sim *s);
};

extern const struct family families[]; /* name NULL ends it */

#endif
