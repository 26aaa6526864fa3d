/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tunnel data from somebody without a binding: worth a MIPM_BE_HINT, as a router may have been
 * forgotten, but a stranger can repeat it at line rate. So: few a second in all, one a second for
 * each inner source, and each hint says how many were held back. A stranger never gets an answer.
 */
#ifndef TUNNELD_HINTS_H
#define TUNNELD_HINTS_H

#include "base/log.h"
#include "libmipsock/mipsock.h"

#define HINTS_RECENT 64

struct hints {
	struct log_limit limit;
	struct {
		struct mipm_addr inner;
		uint64_t at;
	} recent[HINTS_RECENT];
	uint64_t seed;
	uint64_t suppressed;
};

void hints_init(struct hints *hints, uint64_t seed);

/* Strangers' packets that were not even looked at. */
void hints_missed(struct hints *hints, uint64_t n);

/* May this one be said? Then hint.suppressed is filled in. */
bool hints_pass(struct hints *hints, uint64_t now, struct mipm_be_hint *hint);

#endif
