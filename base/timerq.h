/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines as data: a heap ordered by time, without callbacks and without a clock.
 *
 * The core embeds a struct deadline in whatever waits, says with `kind` what the deadline means
 * there, and at each tick takes out what is due:
 *
 *	while ((d = timerq_pop(&core->timers, now)))
 *		... container_of(d, struct binding, expiry) ...
 *
 * Arming allocates nothing and so cannot fail (a pairing heap through the deadlines themselves).
 * Equal times come out in the order in which they were armed, so a run can be repeated exactly.
 * Set, cancel and pop take O(log n), amortized.
 */
#ifndef BASE_TIMERQ_H
#define BASE_TIMERQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMERQ_NEVER UINT64_MAX

/* Zeroed, it is not armed. Must not move in memory while it is armed. */
struct deadline {
	uint64_t at;		/* ns; means something while armed */
	struct deadline *child; /* first of those that are due later */
	struct deadline *next;	/* next sibling */
	struct deadline *prev;	/* previous sibling, or the parent for a first child */
	uint32_t order;		/* of arming, modulo 2^32 */
	uint16_t kind;		/* the owner's: which of its deadlines this is */
	bool armed;
};

struct timerq {
	struct deadline *root;
	uint32_t order;
	size_t n_armed;
};

void timerq_init(struct timerq *timerq);
void timerq_fini(struct timerq *timerq); /* asserts that nothing is armed */

/* Arms it for `at`; moves it if it was armed already. TIMERQ_NEVER is the same as cancel. */
void timerq_set(struct timerq *timerq, struct deadline *deadline, uint64_t at);

/* Fine for one that is not armed. */
void timerq_cancel(struct timerq *timerq, struct deadline *deadline);

/* When the next one is due; TIMERQ_NEVER if there is none. */
uint64_t timerq_next(const struct timerq *timerq);

/* Takes out the earliest one with at <= now; NULL if none is due. */
struct deadline *timerq_pop(struct timerq *timerq, uint64_t now);

bool deadline_is_armed(const struct deadline *deadline);

#endif
