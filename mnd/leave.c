/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving (SIGTERM): all bindings are deregistered by one message, care-of address = home address
 * and lifetime 0 (RFC 5944 3.6.1.2), sent over the two best paths since one of them may be dead.
 * tunneld is told when a home agent has confirmed it, or after a good moment: traffic runs until
 * then.
 */
#include "mnd/state.h"

#define PATIENCE (900 * NSEC_PER_MS) /* before a request would be repeated */
#define CARRIERS 2

static unsigned say(struct association *a)
{
	struct path *path;
	unsigned n = 0;

	list_for_each (path, &a->paths, link_) {
		struct registration *reg = path_registration_get(path, a->agent);

		if (n == CARRIERS || !reg || !path_is_usable(path) ||
			!association_knows_home_addr(a))
			continue;
		if (path_budget(path, 0) == a->mnd->now && registration_event(reg, REG_LEAVE, path))
			n++;
	}
	return n;
}

void leave_begin(struct mnd *mnd)
{
	struct association *a;
	unsigned n = 0;

	if (mnd->is_stopping)
		return;
	mnd->is_stopping = true;
	list_for_each (a, &mnd->associations, link_)
		n += say(a);
	if (n == 0) {
		leave_end(mnd);
		return;
	}
	mnd->leaving.kind = DEADLINE_LEAVING;
	timerq_set(&mnd->timers, &mnd->leaving, mnd->now + PATIENCE);
}

/* Confirmed, or nobody answers: nothing of ours stays. */
void leave_end(struct mnd *mnd)
{
	struct registration *reg;

	timerq_cancel(&mnd->timers, &mnd->leaving);
	for (reg = mnd_registration_after(mnd, 0); reg;
		reg = mnd_registration_after(mnd, reg->serial))
		registration_event(reg, REG_GONE, NULL);
	mnd->is_stopped = true;
}
