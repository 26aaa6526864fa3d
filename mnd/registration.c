/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rows of registration_fsm.c do: send, store, arm. Retransmission and lifetimes by RFC
 * 5944 3.6.3 and 3.6.2.1: the first time-out covers twice the known round trip and is never below
 * one second, each later one is at least twice as long up to a cap; a lifetime counts from when its
 * request was sent; a new request is made well before it ends.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

#define TIMEOUT_MIN   NSEC_PER_S
#define TIMEOUT_MAX   (30 * NSEC_PER_S) /* also the pace of a standby */
#define TIMEOUT_LEAVE (NSEC_PER_S)
#define TRIES_LEAVE   3
#define LATE	      (60 * NSEC_PER_S)

static struct mnd *mnd_of(const struct registration *reg)
{
	return reg->path->association->mnd;
}

int registration_new(struct path *path, struct home_agent *agent, struct registration **out)
{
	struct mnd *mnd = path->association->mnd;
	struct registration *reg = calloc(1, sizeof(*reg));

	if (!reg)
		return -ENOMEM;
	reg->path = path;
	reg->agent = agent;
	reg->serial = ++mnd->serial;
	reg->send.kind = DEADLINE_SEND;
	reg->expiry.kind = DEADLINE_EXPIRY;
	fsm_init(&reg->fsm, &registration_fsm, MIPM_REG_IDLE, mnd->env->log, reg);
	list_add_tail(&path->registrations, &reg->by_path);
	*out = reg;
	return 0;
}

struct registration *registration_free(struct registration *reg)
{
	struct home_agent *agent;

	if (!reg)
		return NULL;
	agent = reg->agent;
	if (agent->single == reg)
		agent->single = NULL;
	timerq_cancel(&mnd_of(reg)->timers, &reg->send);
	timerq_cancel(&mnd_of(reg)->timers, &reg->expiry);
	request_forget(reg);
	list_remove(&reg->by_path);
	free(reg);
	return NULL;
}

bool registration_event(struct registration *reg, enum registration_event event, void *arg)
{
	return fsm_event(&reg->fsm, event, arg);
}

bool registration_is_in(const struct registration *reg, uint32_t states)
{
	return fsm_is_in(&reg->fsm, states);
}

void registration_say(struct registration *reg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reg->text, sizeof(reg->text), fmt, ap);
	va_end(ap);
}

/* ---- schedule ---- */

static uint64_t with_jitter(const struct registration *reg, uint64_t t)
{
	return t + mnd_random_below(mnd_of(reg), t / 8);
}

static uint64_t timeout_cap(const struct registration *reg)
{
	uint64_t lifetime = association_conf(reg->path->association)->lifetime_s * NSEC_PER_S;

	return lifetime < TIMEOUT_MAX ? lifetime : TIMEOUT_MAX;
}

static uint64_t first_timeout(const struct registration *reg)
{
	uint64_t by_rtt = 2 * reg->path->rtt + 100 * NSEC_PER_MS;

	return with_jitter(reg, by_rtt > TIMEOUT_MIN ? by_rtt : TIMEOUT_MIN);
}

void registration_reset_backoff(struct registration *reg)
{
	reg->timeout = 0;
	reg->tries = 0;
}

void registration_grow_backoff(struct registration *reg)
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

void registration_arm_refresh(struct registration *reg)
{
	uint64_t now = mnd_of(reg)->now;

	if (!reg->is_wanted)
		timerq_cancel(&mnd_of(reg)->timers, &reg->send);
	else
		arm(reg, reg->refresh_at > now ? reg->refresh_at : now, false);
}

void registration_arm_late(struct registration *reg)
{
	arm(reg, reg->path->unfit ? TIMERQ_NEVER : mnd_of(reg)->now + with_jitter(reg, LATE),
		false);
}

void registration_due(struct registration *reg)
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
			agent_timeout(reg->path->association, reg);
		break;
	default:
		break;
	}
}

/* ---- actions ---- */

/* A request goes out now, or when this path's budget allows; the latest one alone counts. */
static void send(struct registration *reg, enum request_kind kind, struct path *via)
{
	uint64_t at = path_budget(via, 0);

	request_forget(reg);
	if (at > mnd_of(reg)->now) {
		arm(reg, at, true);
		return;
	}
	if (request_send(reg, kind, via) == 0)
		path_spend(via);
	reg->tries++;
	if (reg->is_bound && kind == REQUEST_REGISTER)
		flow_sent(reg);
	arm(reg, mnd_of(reg)->now + (kind == REQUEST_REGISTER ? timeout(reg) : TIMEOUT_LEAVE),
		false);
}

void registration_send(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	if (judged)
		registration_note(ctx, arg);
	send(reg, REQUEST_REGISTER, reg->path);
}

/* The link came back while its binding was being withdrawn: what is said now is newer. */
void registration_return(void *ctx, void *arg)
{
	registration_drop(ctx, NULL);
	registration_send(ctx, NULL);
}

/* As registration_send(), but nobody answered it: its back-off has grown. */
void registration_resend(void *ctx, void *arg)
{
	registration_send(ctx, arg);
}

void registration_install(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;
	uint64_t half, jitter;

	registration_note(reg, arg);
	if (reg->is_bound && !addr_equal(&reg->grant.home_addr, &judged->grant.home_addr))
		bus_bul_remove(reg);
	reg->grant = judged->grant;
	reg->is_bound = true;
	reg->is_stale = false;
	half = reg->grant.lifetime_s * NSEC_PER_S / 2;
	jitter = mnd_random_below(mnd_of(reg), half / 8);
	reg->refresh_at = reg->grant.expires_at - half - jitter;
	if (reg->refresh_at < mnd_of(reg)->now + NSEC_PER_S)
		reg->refresh_at = mnd_of(reg)->now + NSEC_PER_S;
	flow_sent(reg);
	request_forget(reg);
	registration_reset_backoff(reg);
	timerq_set(&mnd_of(reg)->timers, &reg->expiry, reg->grant.expires_at);
	bus_bul_add(reg);
}

/* Registered in an earlier life, and to be renewed at once. */
void registration_adopt(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	reg->grant = *(const struct grant *)arg;
	reg->is_bound = true;
	reg->refresh_at = mnd_of(reg)->now;
	timerq_set(&mnd_of(reg)->timers, &reg->expiry, reg->grant.expires_at);
}

void registration_shorten(struct registration *reg, uint64_t expires_at)
{
	if (expires_at >= reg->grant.expires_at)
		return;
	reg->grant.expires_at = expires_at;
	timerq_set(&mnd_of(reg)->timers, &reg->expiry, expires_at);
	bus_bul_add(reg);
}

void registration_note(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	if (!judged) {
		if (reg->path->unfit)
			registration_say(reg, "%s", reg->path->unfit);
		return;
	}
	reg->code = judged->code;
	registration_say(reg, "%s", judged->text);
}

/* Refused: the same again, after the delay that the reply's code has (FAILED's without one). */
void registration_delay(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	registration_note(ctx, arg);
	request_forget(reg);
	arm(reg, mnd_of(reg)->now + with_jitter(reg, judged->delay ? judged->delay : LATE), true);
}

void registration_forget(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	request_forget(reg);
	reg->is_deferred = false;
	timerq_cancel(&mnd_of(reg)->timers, &reg->send);
}

void registration_drop(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	if (reg->path->unfit)
		registration_note(reg, NULL);
	timerq_cancel(&mnd_of(reg)->timers, &reg->expiry);
	if (!reg->is_bound)
		return;
	reg->is_bound = false;
	if (reg->agent->single == reg)
		reg->agent->single = NULL;
	bus_bul_remove(reg);
}

void registration_withdraw(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	registration_drop(reg, NULL);
	reg->via = arg;
	reg->leaving = REQUEST_WITHDRAW;
	reg->tries = 0;
	send(reg, reg->leaving, reg->via);
}

/* The path stays in tunneld's table until the agent has heard it, or time is up. */
void registration_leave(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	reg->via = arg;
	reg->leaving = REQUEST_LEAVE;
	reg->tries = 0;
	send(reg, reg->leaving, reg->via);
}

void registration_repeat_leave(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	send(reg, reg->leaving, reg->via);
}
