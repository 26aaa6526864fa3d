/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold in every run. An invariant is told each event and looks only at what the event
 * touched; in full it looks when the network is quiet, and once more when everybody has left. What
 * each of them means stands at its row, at the end of its file, and in docs/SIMULATION.md.
 */
#ifndef TESTS_SIM_INVARIANT_H
#define TESTS_SIM_INVARIANT_H

#include "tests/sim/sim.h"
#include "tests/sim/watch.h"

struct invariant {
	const char *name;

	/* Each may be NULL. */
	void *(*make)(struct sim *s);
	void (*free)(void *state);
	void (*bus)(void *state, const struct watch_bus *e);
	void (*packet)(void *state, const struct watch_packet *e);
	void (*daemon)(void *state, const struct host *host, const char *role,
		enum watch_daemon_what what);
	void (*look)(void *state);  /* every 100 ms, and after each fault */
	void (*quiet)(void *state); /* the network has been quiet */
	void (*left)(void *state);  /* everybody has left */
};

/* A file each. */
extern const struct invariant invariant_owner, invariant_authentic, invariant_tables,
	invariant_reach, invariant_source, invariant_secret, invariant_counters, invariant_timer,
	invariant_keepalive, invariant_memory, invariant_kept, invariant_empty;

extern const struct invariant *const invariants[]; /* NULL ends it */

/* Fails the run, in the name of the invariant. Only the first violation counts. */
void invariant_violated(struct sim *s, const struct invariant *i, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
