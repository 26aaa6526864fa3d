/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which packets get lost: each by itself, in bursts of packets (Gilbert-Elliott: a bad state that
 * is entered and left by chance at each packet), in bursts of time (bad periods).
 */
#ifndef WANEM_LOSS_H
#define WANEM_LOSS_H

#include <stdbool.h>
#include <stdint.h>

struct impairments;
struct random;

/* Zeroed, it starts good, at a random place before the first bad period. */
struct loss {
	bool in_burst;
	bool in_bad_time;
	uint64_t period_ends; /* 0: periods have not begun */
};

bool loss_hits(
	struct loss *loss, const struct impairments *how, struct random *random, uint64_t now);

#endif
