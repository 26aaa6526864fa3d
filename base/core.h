/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a daemon's core is: state and rules without sockets, clocks, threads or globals.
 *
 * A core is given a bus message or the time, changes its state, emits bus messages and says when
 * it wants to be woken next. Shell, tests and simulation are three implementations of what it
 * needs from outside (struct core_env). All times are nanoseconds since boot.
 */
#ifndef BASE_CORE_H
#define BASE_CORE_H

#include "libmipsock/mipsock.h"

#define CORE_NEVER UINT64_MAX

#define NSEC_PER_MS 1000000ULL
#define NSEC_PER_S  1000000000ULL

struct log;

/* Everything a core may ask of the world. Outlives the core. */
struct core_env {
	void *ctx;

	/* A message to one member, or (to == NULL) to whoever wants its type. The body is
	 * copied before this returns. */
	void (*emit)(void *ctx, const char *to, uint16_t type, const void *body);

	/* What signalling datagrams this core wants from now on; replaces the earlier list. */
	void (*want_sigs)(void *ctx, const struct mipm_sig_want *sigs, size_t n);

	void (*random)(void *ctx, void *octets, size_t len);

	/* Wall clock at start minus boot clock at start, ns since 1970: constant, so that no
	 * clock step ever moves a core (THREATS T19). */
	uint64_t wall_offset;

	struct log *log;
};

/* What the shell calls; c is what the core's own x_new() returned. */
struct core_ops {
	const char *role;
	const uint16_t *types; /* bus messages it wants, ends with 0 */
	void (*input)(void *c, uint64_t now, const struct mipm_msg *msg);
	void (*tick)(void *c, uint64_t now);
	uint64_t (*next_wakeup)(const void *c); /* CORE_NEVER allowed */

	/* As struct mipsock_config.dump. NULL: the core has no state to tell. */
	int (*dump)(void *c, uint64_t now, const char *to, bool own, uint64_t *cursor);

	/* A member came or left. May be NULL. */
	void (*member)(void *c, uint64_t now, const struct mipm_sender *who, bool joined);

	/* Begin to leave (SIGTERM): say what has to be said. Then tick and input go on until
	 * stopped() says true; the shell waits at most 3 s. Both may be NULL. */
	void (*stop)(void *c, uint64_t now);
	bool (*stopped)(const void *c);
};

#endif
