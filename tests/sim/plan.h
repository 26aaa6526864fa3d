/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plan: all faults of a run, made from its seed before it begins. Faults are data, so a run can
 * be cut after the first n of them, and a failing one can say what it takes to fail.
 *
 *	plan_add(p, (struct fault) { FAULT_LOSS, .number = 1, .value = { 50000 } });
 *	plan_wait(p, 1000 + plan_pick(p, 5000));
 *	plan_add(p, (struct fault) { FAULT_DEAD, .number = 1, .ways = WAY_UP, .value = { true } });
 */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

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

/* What happens, and its values. Chances are parts per million. Healing takes back what is marked
 * with a star. */
enum fault_kind {
	/* an uplink (number 0: each of the site) in these ways (0: both) */
	FAULT_DEAD,	  /* 1 silent, 0 not * */
	FAULT_CARRIER,	  /* 1 there, 0 lost * */
	FAULT_PLUG,	  /* the modem: 0 pulled out, 1 there (again, as another interface) * */
	FAULT_LOSS,	  /* lost * */
	FAULT_BURSTS,	  /* a burst begins, ends; lost within one * */
	FAULT_DELAY,	  /* ms; jitter, ms * */
	FAULT_REORDER,	  /* held back; for ms * */
	FAULT_DUPLICATE,  /* comes twice * */
	FAULT_RATE,	  /* bits per second; octets of its queue * */
	FAULT_LONGEST,	  /* octets that still pass * */
	FAULT_FILTER,	  /* 1 no data; 1 no signalling; loses every nth * */
	FAULT_ADDRESS,	  /* the DHCP server gives its nth address */
	FAULT_LEASE,	  /* ends: there is no address * */
	FAULT_NAT,	  /* 1 there, 0 not; enum nat_kind of mapping, of filtering; time-out, ms */
	FAULT_NAT_REBIND, /* it forgets */

	/* a daemon: role, at the site or (at_agent, or role "had") the home agent */
	FAULT_START,
	FAULT_STOP,	/* as by SIGTERM * */
	FAULT_CRASH,	/* * */
	FAULT_CRASH_AT, /* at its nth event from now on, 0: now; is back after ms * */
	FAULT_DEAF,	/* does not read its socket for ms */
	FAULT_NEWER,	/* 1 speaks a later version of the bus, 0 not * */

	/* a host: the site, or (at_agent) the home agent */
	FAULT_DISK_LOST,   /* had's next life opens an empty one */
	FAULT_CLOCK_JUMP,  /* by ms, for daemons that start from now on */
	FAULT_CLOCK_DRIFT, /* fast by parts per million * */
	FAULT_BUS_DELAY,   /* messages wait for up to ms before they are read * */

	/* an attacker at the site; values as attacker.h names them */
	FAULT_REPLAY,  /* nth newest; enum attack_source */
	FAULT_ECHO,    /* the next n; so many ms later; enum attack_source */
	FAULT_FORGE,   /* nth newest; enum attack_change; where */
	FAULT_INTRUDE, /* enum attack_data */
	FAULT_KINDS,
};

struct fault {
	enum fault_kind kind;
	uint16_t site; /* EVERY_SITE: all; at_agent: the home agent's number */
	uint8_t number;
	uint8_t ways;
	bool at_agent;
	const char *role;
	int64_t value[PLAN_VALUES];
	uint64_t at_ms; /* since the network was up; set by plan_add() */
};

struct plan {
	uint64_t seed;
	struct vtime *random;
	size_t n_sites;
	size_t n_uplinks; /* of each */
	uint64_t at_ms;	  /* where plan_wait() stands */
	struct fault *faults;
	size_t n, room;
};

/* Random numbers of the plan's own: the network's chances do not shift when a plan changes. One
 * call in an expression at most: compilers differ in which argument they evaluate first. */
void plan_init(struct plan *p, uint64_t seed, size_t n_sites, size_t n_uplinks);
void plan_fini(struct plan *p);
uint64_t plan_pick(struct plan *p, uint64_t n);		       /* 0 .. n-1; n = 0 gives 0 */
uint64_t plan_between(struct plan *p, uint64_t a, uint64_t b); /* a .. b */
bool plan_chance(struct plan *p, unsigned percent);

void plan_wait(struct plan *p, uint64_t ms);
/* At the time that plan_wait() has come to. */
void plan_add(struct plan *p, struct fault f);

/* fault.c */
void fault_apply(struct sim *s, const struct fault *f);
void fault_heal(struct sim *s); /* takes back what healing takes back; starts what does not run */
/* One line: "  12.345 s  site 0 uplink 2 up: dead 1". */
void fault_print(FILE *to, const struct fault *f);

#endif
