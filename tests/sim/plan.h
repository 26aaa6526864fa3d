/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plan: all faults of a run, made from its seed before it begins. Faults are data, so a run can
 * be cut after the first n of them, and a failing one can say what it takes to fail.
 *
 *	plan_add(p, (struct fault) { FAULT_LOSS, .number = 1, .value = { 50 } });
 *	plan_wait(p, 1000 + plan_pick(p, 5000));
 *	plan_add(p, (struct fault) { FAULT_HOLE, .number = 1, .value = { WAY_UP | WAY_DOWN } });
 */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/support/vtime.h"

struct sim;

#define PLAN_VALUES 4
#define EVERY_SITE  UINT16_MAX

/* Directions, as bits. */
enum way {
	WAY_UP = 1, /* from the router to the home agent */
	WAY_DOWN = 2,
};

/* The values of each kind stand in its row in fault.c. Healing takes them back. */
enum fault_kind {
	/* uplink number of the site; number 0: each of them */
	FAULT_HOLE,	  /* silent in these directions (enum way); 0: open again */
	FAULT_CARRIER,	  /* 1 up, 0 lost */
	FAULT_LOSS,	  /* lost of 1,000 */
	FAULT_BURSTS,	  /* of 1,000 packets: begins a burst, ends one, is lost within one */
	FAULT_DELAY,	  /* each way, ms; jitter, ms */
	FAULT_REORDER,	  /* overtaken of 1,000 */
	FAULT_DUPLICATE,  /* doubled of 1,000 */
	FAULT_RATE,	  /* kbit/s; queue, octets */
	FAULT_FILTER,	  /* lets nothing through that is longer than so many octets; 0: off */
	FAULT_ADDRESS,	  /* another care-of address: its number, 0 the first one */
	FAULT_NAT,	  /* 1: behind a NAT, mappings live so many ms; 0: not */
	FAULT_NAT_REBIND, /* every mapping moves to another port */

	/* role of the site, or the home agent's when at_agent */
	FAULT_CRASH,
	FAULT_START,
	FAULT_CRASH_AT, /* at its nth event from now on; back after so many ms */
	FAULT_STORE_LOST,
	FAULT_CLOCK_JUMP,  /* the wall clock moves by so many seconds */
	FAULT_CLOCK_DRIFT, /* parts per million */
	FAULT_BUS_DELAY,   /* ms at most for a message of this host's bus */
	FAULT_BUS_DEAF,	   /* the role does not read its socket for so many ms */

	/* what nobody may fall for */
	FAULT_REPLAY, /* an old request of the site, seen before: how far back; from elsewhere 1 */
	FAULT_FORGE,  /* a seen request with this bit turned over */
	FAULT_DATA,   /* tunnel data with the site's inner addresses from an unbound outer source */
	FAULT_NEWER,  /* a daemon speaks a newer bus: unknown types and attributes */

	/* what an operator does; not taken back */
	FAULT_LEAVE, /* mnd of the site is told to stop */
	FAULT_KINDS,
};

struct fault {
	enum fault_kind kind;
	uint16_t site;	  /* EVERY_SITE: all of them */
	uint8_t number;	  /* uplink */
	bool at_agent;	  /* the home agent's host instead of the site's */
	const char *role; /* a daemon's */
	int64_t value[PLAN_VALUES];
	uint64_t at_ms; /* since the network was up; set by plan_add() */
};

struct plan {
	uint64_t seed;
	struct vtime *random;
	size_t n_sites;
	uint64_t at_ms; /* where plan_wait() stands */
	struct fault *faults;
	size_t n, room;
};

/* Random numbers of the plan's own: the network's chances do not shift when a plan changes. */
void plan_init(struct plan *p, uint64_t seed, size_t n_sites);
void plan_fini(struct plan *p);
uint64_t plan_pick(struct plan *p, uint64_t n); /* 0 .. n-1; n = 0 gives 0 */

void plan_wait(struct plan *p, uint64_t ms);
/* At the time that plan_wait() has come to. */
void plan_add(struct plan *p, struct fault f);

/* fault.c */
void fault_apply(struct sim *s, const struct fault *f);
/* One line, without its end: "12.345 s  uplink 2 of site 0 is silent up and down". */
void fault_print(FILE *to, const struct fault *f);

#endif
