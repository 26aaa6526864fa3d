/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a registration sends next. RFC 5944 3.6.3: the first time-out covers twice the known round
 * trip and is never below one second, each later one is at least twice as long, up to a cap. A bad
 * link goes at the cap's pace from the start. Links that take turns with an agent share it: each is
 * asked as often as if it were alone.
 */
#include "mnd/state.h"

#define TIMEOUT_LEAVE NSEC_PER_S
#define TRIES_LEAVE   3
#define TIMEOUT_MIN   NSEC_PER_S
#define TIMEOUT_MAX   (30 * NSEC_PER_S) /* also the pace of a standby */
#define LATE	      (60 * NSEC_PER_S)

static struct mnd *mnd_of(const struct registration *reg)
{
	return reg->path->association->mnd;
}

static uint64_t with_jitter(const struct registration *reg, uint64_t t)
{
	return t + mnd_random_below(mnd_of(reg), t / 8);
}

static uint64_t timeout_cap(const struct registration *reg)
{
	uint64_t lifetime = association_conf(reg->path->association)->lifetime_s * NSEC_PER_S;
	uint64_t most = TIMEOUT_MAX / lead_turns(reg->path->association, reg->agent);

	return lifetime < most ? lifetime : most;
}

static uint64_t first_timeout(const struct registration *reg)
{
	uint64_t by_rtt = 2 * reg->path->rtt + 100 * NSEC_PER_MS;

	return with_jitter(reg, by_rtt > TIMEOUT_MIN ? by_rtt : TIMEOUT_MIN);
}

void schedule_reset(struct registration *reg)
{
	reg->timeout = 0;
	reg->tries = 0;
}

void schedule_grow(struct registration *reg)
{
	uint64_t cap = timeout_cap(reg);
	uint64_t t = reg->timeout ? with_jitter(reg, 2 * reg->timeout) : first_timeout(reg);

	reg->timeout = t < cap ? t : cap;
}

static uint64_t timeout(struct registration *reg)
{
	uint64_t cap = timeout_cap(reg);

	if (path_is_standby(reg->path))
		return cap;
	if (!reg->timeout)
		reg->timeout = first_timeout(reg);
	return reg->timeout < cap ? reg->timeout : cap;
}

static void arm(struct registration *reg, uint64_t at, bool deferred)
{
	reg->is_deferred = deferred;
	timerq_set(&mnd_of(reg)->timers, &reg->send, at);
}

void schedule_timeout(struct registration *reg, enum request_kind kind)
{
	uint64_t wait = kind == REQUEST_REGISTER ? timeout(reg) : TIMEOUT_LEAVE;

	arm(reg, mnd_of(reg)->now + wait, false);
}

void schedule_request(struct registration *reg, uint64_t at)
{
	arm(reg, at, true);
}

void schedule_repeat(struct registration *reg, uint64_t delay)
{
	arm(reg, mnd_of(reg)->now + with_jitter(reg, delay ? delay : LATE), true);
}

uint64_t schedule_mismatch_delay(unsigned times)
{
	uint64_t delay = NSEC_PER_S << (times < 6 ? times : 6);

	return delay < LATE ? delay : LATE;
}

void schedule_refresh(struct registration *reg)
{
	uint64_t now = mnd_of(reg)->now;

	if (reg->is_wanted)
		arm(reg, reg->refresh_at > now ? reg->refresh_at : now, false);
	else
		schedule_nothing(reg);
}

void schedule_late(struct registration *reg)
{
	if (reg->path->unfit || !association_knows_agent(reg->path->association))
		schedule_nothing(reg);
	else
		arm(reg, mnd_of(reg)->now + with_jitter(reg, reg->pause ? reg->pause : LATE),
			false);
	reg->pause = 0;
}

void schedule_nothing(struct registration *reg)
{
	reg->is_deferred = false;
	timerq_cancel(&mnd_of(reg)->timers, &reg->send);
}

/* Half of the lifetime, or a little less: routers do not walk in step. */
void schedule_lifetime(struct registration *reg)
{
	uint64_t now = mnd_of(reg)->now, half = reg->grant.lifetime_s * NSEC_PER_S / 2;

	reg->refresh_at = reg->grant.expires_at - half - mnd_random_below(mnd_of(reg), half / 8);
	if (reg->refresh_at < now + NSEC_PER_S)
		reg->refresh_at = now + NSEC_PER_S;
	timerq_set(&mnd_of(reg)->timers, &reg->expiry, reg->grant.expires_at);
}

void schedule_due(struct registration *reg)
{
	switch (reg->fsm.state) {
	case MIPM_REG_BOUND:
		registration_event(reg, REG_REFRESH, NULL);
		break;
	case MIPM_REG_FAILED:
		registration_event(reg, REG_RETRANS, NULL);
		break;
	case MIPM_REG_WAITD:
		registration_event(reg, reg->tries < TRIES_LEAVE ? REG_RETRANS : REG_GIVE_UP, NULL);
		break;
	case MIPM_REG_WAITA:
	case MIPM_REG_WAITAR:
		if (reg->is_deferred)
			registration_event(reg, REG_MOVEMENT, NULL);
		else
			lead_timeout(reg->path->association, reg);
		break;
	default:
		break;
	}
}
