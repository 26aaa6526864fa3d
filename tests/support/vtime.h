/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual time: a queue of what happens when, and random numbers from a seed. Equal times run in
 * the order in which they were asked for, so a run is the same run every time.
 */
#ifndef TESTS_SUPPORT_VTIME_H
#define TESTS_SUPPORT_VTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VTIME_START 1000000000000ULL /* boot was 1,000 s ago when a test begins */

struct vtime;

struct vtime *vtime_new(uint64_t seed);
struct vtime *vtime_free(struct vtime *vt); /* what has not happened yet never will */

uint64_t vtime_now(const struct vtime *vt);

/* Calls fn at that time (the past: now, after what is due already). The result cancels it. */
uint64_t vtime_at(struct vtime *vt, uint64_t at, void (*fn)(void *ctx), void *ctx);
uint64_t vtime_in_ms(struct vtime *vt, uint64_t ms, void (*fn)(void *ctx), void *ctx);
void vtime_cancel(struct vtime *vt, uint64_t id); /* fine for one that has happened, and for 0 */

/* Runs all that is due up to that time; then it is that time. */
void vtime_run_until(struct vtime *vt, uint64_t at);
void vtime_run_ms(struct vtime *vt, uint64_t ms);
/* Until nothing is left to happen. */
void vtime_finish(struct vtime *vt);

/* Time passes while nobody runs: a stopped process. Late things run at the next vtime_run_*. */
void vtime_stall_ms(struct vtime *vt, uint64_t ms);

uint64_t vtime_random(struct vtime *vt);
uint64_t vtime_next(uint64_t *state); /* the same for who has a state of his own: any number */
uint64_t vtime_random_below(struct vtime *vt, uint64_t n); /* 0 .. n-1; n = 0 gives 0 */
void vtime_random_octets(struct vtime *vt, void *octets, size_t len);

#endif
