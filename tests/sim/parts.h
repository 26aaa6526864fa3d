/* SPDX-License-Identifier: BSD-2-Clause */
/* What several families do to a network, put where the plan stands. */
#ifndef TESTS_SIM_PARTS_H
#define TESTS_SIM_PARTS_H

#include <stdbool.h>

#include "tests/sim/plan.h"

uint16_t part_site(struct plan *p);  /* any of them */
uint8_t part_uplink(struct plan *p); /* any of a site */

/* In silence, in one direction or both, or with a word from the kernel. */
void part_dies(struct plan *p, uint16_t site, uint8_t number);
void part_returns(struct plan *p, uint16_t site, uint8_t number);

/* Loss, bursts, jitter, what overtakes and what comes twice; at most so many lost of 1,000. */
void part_weather(struct plan *p, uint16_t site, uint8_t number, unsigned loss);

/* It dies, and is back after so many ms. */
void part_crashes(struct plan *p, bool at_agent, uint16_t host, const char *role, uint64_t ms);

struct part_daemon {
	const char *role;
	bool at_agent;
	uint16_t host;
};

struct part_daemon part_daemon(struct plan *p); /* any of a site or of the home agent */

/* Any daemon of a site or of the home agent dies at any of its next events. */
void part_any_crash(struct plan *p, uint64_t most_ms);

#endif
