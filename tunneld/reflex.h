/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a path does by itself: keepalives on a schedule and, when linkmon or had armed it, a word
 * as soon as it is silent. It decides nothing beyond that.
 *
 * Without being armed a path sends the NAT keepalive of its registration (RFC 3519 4.7): one when
 * nothing was sent for keepalive_s. Armed (MIPM_PATH_WATCH) it sends one when nothing was sent for
 * fill_ms while there is traffic, for idle_ms else. What was armed holds while whoever armed it is
 * on the bus and lease_ms longer.
 *
 * Times of the last packets are sampled when a deadline comes: traffic costs no timer.
 */
#ifndef TUNNELD_REFLEX_H
#define TUNNELD_REFLEX_H

#include "base/timerq.h"
#include "libmipsock/mipsock.h"
#include "tunneld/fib.h"

struct reflex {
	struct deadline deadline;
	struct fib_path *path;
	uint64_t fill, idle, suspect; /* ns; all 0: not armed */
	uint64_t lease;
	uint64_t lease_until; /* TIMERQ_NEVER while the owner is there */
	uint64_t since;	      /* when this schedule began */
	uint64_t tried_at;    /* last keepalive, whether it could be sent or not */
	uint64_t silent_at;   /* 0: not silent */
	char owner[MIPSOCK_NAME_MAX];
};

/* What is due. */
#define REFLEX_KEEPALIVE 0x01
#define REFLEX_SILENT	 0x02

/* Follows path.keepalive_s, after it may have changed. 0 or -ENOMEM. */
int reflex_update(struct timerq *timers, struct fib_path *path, uint16_t kind, uint64_t now);

/* Arms it; lease_ms 0 disarms. 0 or -ENOMEM. */
int reflex_arm(struct timerq *timers, struct fib_path *path, uint16_t kind, uint64_t now,
	const struct mipm_path_watch *watch, const char *owner);

/* Its deadline came: what is to be done now (REFLEX_*). Sets the next deadline. */
unsigned reflex_fire(
	struct timerq *timers, struct reflex *r, uint64_t now, const struct fib_sums *sums);

/* The member that armed it left the bus, or came back. */
void reflex_owner(
	struct timerq *timers, struct fib_path *path, const char *name, bool here, uint64_t now);

void reflex_free(struct timerq *timers, struct fib_path *path);

#endif
