/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rows of registration_fsm.c do: send, store, arm. A lifetime counts from when its request
 * was sent (RFC 5944 3.6.2.1); what is out is the latest request only, and it alone is answered.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

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
	if (reg->path->association->active == reg)
		reg->path->association->active = NULL;
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

/* A request goes out now, or when this path's budget allows; the latest one alone counts. Who
 * leaves asks for nothing any more: behind the farewell it would be a binding again. */
static void send(struct registration *reg, enum request_kind kind, struct path *via)
{
	uint64_t at = path_budget(via, 0);

	if (kind == REQUEST_REGISTER && mnd_of(reg)->is_stopping) {
		schedule_nothing(reg);
		return;
	}
	request_forget(reg);
	if (at > mnd_of(reg)->now) {
		schedule_request(reg, at);
		return;
	}
	if (request_send(reg, kind, via) == 0)
		path_spend(via);
	reg->tries++;
	if (reg->is_bound && kind == REQUEST_REGISTER && !path_is_standby(reg->path))
		flow_sent(reg); /* what a standby carries may tell nobody */
	schedule_timeout(reg, kind);
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

void registration_install(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	registration_note(reg, arg);
	if (reg->is_bound && !addr_equal(&reg->grant.home_addr, &judged->grant.home_addr))
		say_no_entry(reg);
	reg->grant = judged->grant;
	reg->is_bound = true;
	reg->is_stale = false;
	schedule_lifetime(reg);
	flow_sent(reg);
	request_forget(reg);
	schedule_reset(reg);
	say_entry(reg);
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
	say_entry(reg);
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
	schedule_repeat(reg, judged->delay);
}

void registration_forget(void *ctx, void *arg)
{
	struct registration *reg = ctx;

	request_forget(reg);
	schedule_nothing(reg);
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
	say_no_entry(reg);
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

void registration_revoke(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	registration_note(reg, arg);
	registration_drop(reg, NULL);
	reg->pause = judged->delay;
}

/* The agent has a binding now that is of no use: it shall not keep it until it expires. */
void registration_decline(void *ctx, void *arg)
{
	struct registration *reg = ctx;
	const struct judged *judged = arg;

	registration_note(reg, arg);
	registration_drop(reg, NULL);
	reg->grant = judged->grant;
	reg->is_declined = true;
	reg->via = reg->path;
	reg->leaving = REQUEST_WITHDRAW;
	reg->tries = 0;
	send(reg, reg->leaving, reg->via);
}

void registration_abandon(void *ctx, void *arg)
{
	registration_drop(ctx, NULL);
	registration_leave(ctx, arg);
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
