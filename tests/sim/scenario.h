/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tried: a world and what happens to it. */
#ifndef TESTS_SIM_SCENARIO_H
#define TESTS_SIM_SCENARIO_H

#include "tests/sim/sim.h"

struct scenario {
	const char *name;
	unsigned seeds;
	void (*run)(struct sim *s); /* fails its sim (sim_fail) or returns */
	struct sim_conf conf;
};
extern const struct scenario scenarios[]; /* name NULL ends it */

#endif
