/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events from one worker to the main thread: a ring with one writer and one reader, without a
 * lock. A full ring loses the event and counts it; a worker never waits.
 */
#ifndef TUNNELD_RING_H
#define TUNNELD_RING_H

#include <stdatomic.h>

#include "tunneld/probe.h"

enum ring_kind {
	RING_STRANGER,
	RING_ANSWER,
	RING_TOO_BIG,
	RING_DEVICE_GONE,
	RING_DEVICE_DOWN,
};

struct ring_event {
	uint8_t kind;
	uint32_t socket, path;
	struct mipm_endpoint remote;
	struct mipm_addr inner;
	uint32_t octets;
	struct probe probe;
	uint64_t at;
};

#define RING_SIZE 256 /* a power of two */

struct ring {
	_Alignas(64) _Atomic uint32_t head; /* the writer's */
	_Alignas(64) _Atomic uint32_t tail; /* the reader's */
	struct ring_event events[RING_SIZE];
};

/* Where the next event goes; NULL: full. ring_push() gives it to the reader. */
static inline struct ring_event *ring_next(struct ring *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&r->tail, memory_order_acquire) == RING_SIZE)
		return NULL;
	return &r->events[head % RING_SIZE];
}

static inline void ring_push(struct ring *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

static inline bool ring_pop(struct ring *r, struct ring_event *out)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
		return false;
	*out = r->events[tail % RING_SIZE];
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

#endif
