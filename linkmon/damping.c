/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calm: a path that failed stays suspect after it answers again, until its hold is over and it has
 * answered everything for proof_ms. The hold doubles when the path fails again soon after.
 */
#include "linkmon/internal.h"

static uint64_t next_hold(const struct linkmon *l, const struct damping *d, uint64_t now)
{
	uint64_t first = l->conf.hold_ms * NSEC_PER_MS, most = l->conf.hold_max_ms * NSEC_PER_MS;
	uint64_t hold = d->hold ? 2 * d->hold : first;

	if (now - d->good_at > most)
		hold = first; /* good for so long: forgiven */
	return hold < most ? hold : most;
}

/* It goes bad. A path that never was good has nothing to be held for. */
void damping_fault(const struct linkmon *l, struct damping *d, uint64_t now)
{
	if (!d->good_at)
		return;
	if (!d->returning) {
		d->hold = next_hold(l, d, now);
		d->hold_until = now + d->hold;
	}
	d->returning = true;
}

/* An unanswered echo of a path that had begun to answer again: the hold starts anew. */
void damping_miss(const struct path *p, struct damping *d, uint64_t now)
{
	if (d->returning && p->verdict == MIPM_SUSPECT)
		d->hold_until = now + d->hold;
}

uint8_t damping_filter(struct linkmon *l, struct path *p, uint64_t now, uint8_t verdict)
{
	struct damping *d = &p->damping;

	if (verdict == MIPM_GOOD && d->returning) {
		if (now < d->hold_until || !path_is_proven(l, p, now))
			return MIPM_SUSPECT;
		d->returning = false;
		d->good_at = now;
	}
	if (verdict == MIPM_GOOD && !d->good_at)
		d->good_at = now;
	return verdict;
}
