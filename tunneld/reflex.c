/* SPDX-License-Identifier: BSD-2-Clause */
/* See reflex.h. Pure: (time, counters) -> what is due. Hedging on suspicion comes here later. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/core.h"
#include "tunneld/reflex.h"

#define PACE_MIN     (10 * NSEC_PER_MS) /* nobody arms us to a flood */
#define NAT_PACE_MIN (10 * NSEC_PER_S)	/* RFC 3519 4.7 */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool is_armed(const struct reflex *r)
{
	return r->fill || r->idle || r->suspect;
}

/* How long nothing may be sent; 0 = for ever. */
static uint64_t pace(const struct reflex *r, const struct fib_sums *sums, uint64_t now)
{
	uint64_t nat = r->path->keepalive_s * NSEC_PER_S, armed = 0;
	bool traffic = sums->data_at && now - sums->data_at < later(r->idle, r->fill);

	if (nat)
		nat = later(nat, NAT_PACE_MIN);
	if (is_armed(r))
		armed = traffic && r->fill ? r->fill : r->idle;
	return armed ? armed : nat;
}

/* The schedule from what was seen: the earliest time at which something may be due. */
static void schedule(
	struct timerq *timers, struct reflex *r, uint64_t now, const struct fib_sums *sums)
{
	uint64_t every = pace(r, sums, now), at = r->lease_until;

	if (every)
		at = sooner(at, later(later(sums->last_out_at, r->tried_at), r->since) + every);
	if (r->suspect && r->silent_at)
		at = sooner(at, now + r->suspect);
	else if (r->suspect)
		at = sooner(at, later(sums->last_in_at, r->since) + r->suspect);
	timerq_set(timers, &r->deadline, at);
}

static struct reflex *reflex_get(struct fib_path *path, uint16_t kind, uint64_t now)
{
	struct reflex *r = path->reflex;

	if (r)
		return r;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->path = path;
	r->deadline.kind = kind;
	r->lease_until = TIMERQ_NEVER;
	r->since = now;
	path->reflex = r;
	return r;
}

void reflex_free(struct timerq *timers, struct fib_path *path)
{
	if (!path->reflex)
		return;
	timerq_cancel(timers, &path->reflex->deadline);
	free(path->reflex);
	path->reflex = NULL;
}

static void disarm(struct reflex *r, uint64_t now)
{
	r->fill = r->idle = r->suspect = 0;
	r->silent_at = 0;
	r->lease_until = TIMERQ_NEVER;
	r->owner[0] = '\0';
	r->since = now;
}

int reflex_update(struct timerq *timers, struct fib_path *path, uint16_t kind, uint64_t now)
{
	struct reflex *r = path->reflex;

	if (!path->keepalive_s && (!r || !is_armed(r))) {
		reflex_free(timers, path);
		return 0;
	}
	if (!r)
		r = reflex_get(path, kind, now);
	if (!r)
		return -ENOMEM;
	/* Look at the counters at once: the deadline that was set may be too late now. */
	timerq_set(timers, &r->deadline, now);
	return 0;
}

static uint64_t bounded(uint32_t ms)
{
	return ms ? later(ms * NSEC_PER_MS, PACE_MIN) : 0;
}

int reflex_arm(struct timerq *timers, struct fib_path *path, uint16_t kind, uint64_t now,
	const struct mipm_path_watch *watch, const char *owner)
{
	struct reflex *r = path->reflex;
	bool same;

	if (!watch->lease_ms) {
		if (r)
			disarm(r, now);
		return reflex_update(timers, path, kind, now);
	}
	r = reflex_get(path, kind, now);
	if (!r)
		return -ENOMEM;
	same = r->fill == bounded(watch->fill_ms) && r->idle == bounded(watch->idle_ms) &&
	       r->suspect == bounded(watch->suspect_ms);
	r->fill = bounded(watch->fill_ms);
	r->idle = bounded(watch->idle_ms);
	r->suspect = bounded(watch->suspect_ms);
	r->lease = watch->lease_ms * NSEC_PER_MS;
	r->lease_until = TIMERQ_NEVER;
	strncpy(r->owner, owner, sizeof(r->owner) - 1);
	if (!same) {
		r->since = now;
		r->silent_at = 0;
	}
	timerq_set(timers, &r->deadline, now);
	return 0;
}

void reflex_owner(
	struct timerq *timers, struct fib_path *path, const char *name, bool here, uint64_t now)
{
	struct reflex *r = path->reflex;

	if (!r || !is_armed(r) || strcmp(r->owner, name) != 0)
		return;
	/* Coming back is not renewing: the lease runs until the watch is said again. */
	if (!here && r->lease_until == TIMERQ_NEVER)
		r->lease_until = now + r->lease;
	timerq_set(timers, &r->deadline, now);
}

unsigned reflex_fire(
	struct timerq *timers, struct reflex *r, uint64_t now, const struct fib_sums *sums)
{
	uint64_t every, out = later(later(sums->last_out_at, r->tried_at), r->since);
	uint64_t in = later(sums->last_in_at, r->since);
	unsigned due = 0;

	if (now >= r->lease_until)
		disarm(r, now);
	if (r->silent_at && sums->last_in_at > r->silent_at)
		r->silent_at = 0;
	if (r->suspect && !r->silent_at && now >= in + r->suspect) {
		r->silent_at = now;
		due |= REFLEX_SILENT;
	}
	every = pace(r, sums, now);
	if (every && now >= out + every) {
		r->tried_at = now;
		due |= REFLEX_KEEPALIVE;
	}
	schedule(timers, r, now, sums);
	return due;
}
