/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core's life: made, given messages and time, stopped. Every call ends in the same place: the
 * associations settle what the news has changed, once.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define MAC_CONTEXTS 16

uint64_t mnd_wall(const struct mnd *mnd)
{
	return mnd->now + mnd->env->wall_offset;
}

uint64_t mnd_random(const struct mnd *mnd)
{
	uint64_t value;

	mnd->env->random(mnd->env->ctx, &value, sizeof(value));
	return value;
}

uint64_t mnd_random_below(const struct mnd *mnd, uint64_t n)
{
	return n ? mnd_random(mnd) % n : 0;
}

/* Registrations are few, and dumps rare: no index. */
struct registration *mnd_registration_after(const struct mnd *mnd, uint64_t serial)
{
	struct registration *reg, *next = NULL;
	struct association *a;
	struct path *path;

	list_for_each (a, &mnd->associations, link_)
		list_for_each (path, &a->paths, link_)
			list_for_each (reg, &path->registrations, by_path)
				if (reg->serial > serial && (!next || reg->serial < next->serial))
					next = reg;
	return next;
}

void mnd_settle(struct mnd *mnd)
{
	struct association *a;

	list_for_each (a, &mnd->associations, link_)
		association_settle(a);
	if (mnd->sigs_changed)
		say_want_sigs(mnd);
}

int mnd_new(struct mnd **out, const struct core_env *env, const struct mnd_conf *conf, uint64_t now)
{
	struct association *a;
	struct mnd *mnd;
	int error;

	if (mnd_conf_check(conf, NULL, 0) != 0)
		return -EINVAL;
	mnd = calloc(1, sizeof(*mnd));
	if (!mnd)
		return -ENOMEM;
	mnd->env = env;
	mnd->conf = conf;
	mnd->now = mnd->generation = now;
	mnd->boot_id = (uint32_t)mnd_random(mnd) | 1;
	timerq_init(&mnd->timers);
	list_init(&mnd->associations);
	error = mac_new(MAC_CONTEXTS, &mnd->mac);
	if (!error)
		error = association_new(mnd, &a);
	if (error) {
		mnd_free(mnd);
		return error;
	}
	say_want_sigs(mnd);
	adopt_begin(mnd);
	*out = mnd;
	return 0;
}

struct mnd *mnd_free(struct mnd *mnd)
{
	struct association *a, *spare;

	if (!mnd)
		return NULL;
	list_for_each_safe (a, spare, &mnd->associations, link_)
		association_free(a);
	timerq_cancel(&mnd->timers, &mnd->adoption);
	timerq_cancel(&mnd->timers, &mnd->leaving);
	timerq_fini(&mnd->timers);
	mac_free(mnd->mac);
	free(mnd);
	return NULL;
}

static void expired(struct registration *reg)
{
	struct association *a = reg->path->association;

	registration_event(reg, REG_EXPIRE, NULL);
	if (reg->agent == a->agent && association_bound(a, reg->agent) == 0)
		agent_reset(a, reg->agent); /* who knows who answers there next */
}

static void due(struct mnd *mnd, struct deadline *deadline)
{
	switch ((enum mnd_deadline)deadline->kind) {
	case DEADLINE_SEND:
		schedule_due(container_of(deadline, struct registration, send));
		break;
	case DEADLINE_EXPIRY:
		expired(container_of(deadline, struct registration, expiry));
		break;
	case DEADLINE_ADOPTION:
		adopt_end(mnd);
		break;
	case DEADLINE_LEAVING:
		leave_end(mnd);
		break;
	case DEADLINE_RESOLVER:
		resolver_due(container_of(deadline, struct resolver, deadline));
		break;
	case DEADLINE_PREFERENCE:
		preference_due(container_of(deadline, struct association, preference));
		break;
	}
}

static void core_tick(void *core, uint64_t now)
{
	struct mnd *mnd = core;
	struct deadline *deadline;

	mnd->now = now;
	while ((deadline = timerq_pop(&mnd->timers, now)))
		due(mnd, deadline);
	mnd_settle(mnd);
}

static uint64_t core_next_wakeup(const void *core)
{
	const struct mnd *mnd = core;

	return timerq_next(&mnd->timers);
}

/* Nobody is left who might still confirm. */
static bool has_left(const struct mnd *mnd)
{
	struct registration *reg = mnd_registration_after(mnd, 0);
	bool left = true;

	for (; reg; reg = mnd_registration_after(mnd, reg->serial))
		left = left && !registration_is_in(reg, FSM_IN(MIPM_REG_WAITD));
	return left;
}

static void core_input(void *core, uint64_t now, const struct mipm_msg *msg)
{
	struct mnd *mnd = core;

	mnd->now = now;
	mnd_hear(mnd, msg);
	mnd_settle(mnd);
	if (mnd->is_stopping && !mnd->is_stopped && has_left(mnd))
		leave_end(mnd);
}

static void core_member(void *core, uint64_t now, const struct mipm_sender *who, bool joined)
{
	struct mnd *mnd = core;

	mnd->now = now;
	if (joined && mnd->is_adopting && strcmp(who->role, "tunneld") == 0)
		adopt_ask(mnd);
}

static void core_stop(void *core, uint64_t now)
{
	struct mnd *mnd = core;

	mnd->now = now;
	leave_begin(mnd);
}

static bool core_stopped(const void *core)
{
	const struct mnd *mnd = core;

	return mnd->is_stopped;
}

const struct core_ops mnd_ops = {
	.role = "mnd",
	.types = mnd_types,
	.input = core_input,
	.tick = core_tick,
	.next_wakeup = core_next_wakeup,
	.dump = say_dump,
	.member = core_member,
	.stop = core_stop,
	.stopped = core_stopped,
};
