/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of a link: who is dropped, who waits how long. Without sockets and clocks; times
 * are ns. A packet that arrives passes direction_admits(), then direction_hold(), and comes out of
 * direction_take() when its time has come.
 */
#ifndef WANEM_DIRECTION_H
#define WANEM_DIRECTION_H

#include "base/timerq.h"
#include "tests/wanem/impairments.h"
#include "tests/wanem/loss.h"
#include "tests/wanem/random.h"

#define HELD_OCTETS_MAX (64u << 20)

struct frame;

struct packet {
	struct deadline leave; /* in direction.held */
	size_t len;
	uint8_t octets[];
};

/* Packets, unless the name says octets. */
struct counters {
	uint64_t in, octets_in, out, octets_out;
	uint64_t filtered, lost, refused; /* refused: by address translation */
	uint64_t overflow;		  /* the queue of the rate, or HELD_OCTETS_MAX */
	uint64_t corrupted, duplicated;
	uint64_t oversize; /* an offloaded one that no wire would carry */
	uint64_t overrun;  /* the kernel had no room before we read it */
	uint64_t unsent;   /* nor for what we sent */
};

struct direction {
	struct impairments how;
	struct loss loss;
	struct random random;
	struct timerq held;
	size_t held_octets;
	uint64_t busy_until; /* when the last octet of what waits for the rate is sent */
	uint64_t last_leave; /* of those that keep the order */
	uint64_t stalled_until;
	struct counters counters;
};

void direction_init(struct direction *direction, uint64_t seed);
void direction_fini(struct direction *direction); /* frees what it holds */

/* New impairments hold for packets that arrive from now on. */
void direction_set(struct direction *direction, const struct impairments *how);

/* False: the packet is to be dropped; counted. */
bool direction_admits(struct direction *direction, const struct frame *frame, uint64_t now);

/* Copies the octets, with what happens to them; counts what does not fit. */
void direction_hold(struct direction *direction, const uint8_t *octets, size_t len, uint64_t now);

/* Nothing comes out before then; after it everything in its order. */
void direction_stall(struct direction *direction, uint64_t until);

/* When direction_take() has something; TIMERQ_NEVER if nothing is held. */
uint64_t direction_next(const struct direction *direction);

/* The next packet whose time has come; the caller frees it. NULL if there is none. */
struct packet *direction_take(struct direction *direction, uint64_t now);

#endif
