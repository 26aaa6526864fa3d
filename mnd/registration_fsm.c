/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of one registration as one table: SHISA's machine for Mobile IPv4 (RFC 5944 3.6;
 * protocol/mipsock.md section 13). The path is in tunneld's table in BOUND and WAITAR only, and
 * nothing but expiry, the loss of its link or a better agreement takes it out: not a movement, not
 * a refusal. An unlisted pair (a reply in IDLE, an order to wait in BOUND) changes nothing.
 */
#include <stdio.h>

#include "base/addr.h"
#include "mnd/state.h"

#define IDLE   FSM_IN(MIPM_REG_IDLE)
#define WAITA  FSM_IN(MIPM_REG_WAITA)
#define WAITAR FSM_IN(MIPM_REG_WAITAR)
#define WAITD  FSM_IN(MIPM_REG_WAITD)
#define BOUND  FSM_IN(MIPM_REG_BOUND)
#define FAILED FSM_IN(MIPM_REG_FAILED)

static const struct fsm_row rows[] = {
	/* a path to register, RFC 5944 3.6.1 */
	{ IDLE, REG_START, registration_send, MIPM_REG_WAITA },
	{ WAITD, REG_START, registration_return, MIPM_REG_WAITA },
	{ IDLE, REG_ADOPT, registration_adopt, MIPM_REG_BOUND },
	{ IDLE | WAITA | FAILED, REG_UNFIT, registration_note, MIPM_REG_FAILED },

	/* request out, no binding: RFC 5944 3.6.2, 3.6.3 */
	{ WAITA, REG_ACCEPTED, registration_install, MIPM_REG_BOUND },
	{ WAITA, REG_REPEAT, registration_send, MIPM_REG_WAITA },
	{ WAITA, REG_LATER, registration_delay, MIPM_REG_WAITA },
	{ WAITA, REG_REFUSED, registration_note, MIPM_REG_FAILED },
	{ WAITA | WAITAR, REG_DECLINED, registration_decline, MIPM_REG_WAITD },
	{ WAITA, REG_RETRANS, registration_send, MIPM_REG_WAITA },
	{ WAITA, REG_MOVEMENT, registration_send, MIPM_REG_WAITA },
	{ WAITA | FAILED, REG_HOLD, registration_forget, MIPM_REG_IDLE },
	{ WAITA | FAILED, REG_GONE, registration_forget, MIPM_REG_IDLE },

	/* refresh out, binding alive */
	{ WAITAR, REG_ACCEPTED, registration_install, MIPM_REG_BOUND },
	{ WAITAR, REG_REPEAT, registration_send, MIPM_REG_WAITAR },
	{ WAITAR, REG_LATER, registration_delay, MIPM_REG_WAITAR },
	{ WAITAR, REG_REFUSED, registration_delay, MIPM_REG_WAITAR },
	{ WAITAR, REG_RETRANS, registration_send, MIPM_REG_WAITAR },
	{ WAITAR, REG_MOVEMENT, registration_send, MIPM_REG_WAITAR },
	{ WAITAR, REG_HOLD, registration_forget, MIPM_REG_BOUND },
	{ WAITAR, REG_EXPIRE, registration_drop, MIPM_REG_WAITA },

	/* registered */
	{ BOUND, REG_REFRESH, registration_send, MIPM_REG_WAITAR },
	{ BOUND, REG_MOVEMENT, registration_send, MIPM_REG_WAITAR },
	{ BOUND, REG_EXPIRE, registration_drop, MIPM_REG_IDLE },

	/* the link is gone, or its address is one that cannot be */
	{ BOUND | WAITAR, REG_GONE, registration_drop, MIPM_REG_IDLE },
	{ BOUND | WAITAR, REG_WITHDRAW, registration_withdraw, MIPM_REG_WAITD },
	{ BOUND | WAITAR, REG_UNFIT, registration_drop, MIPM_REG_FAILED },

	/* the agent ended it, RFC 3543 */
	{ BOUND | WAITAR, REG_REVOKED, registration_revoke, MIPM_REG_FAILED },

	/* deregistration out, RFC 5944 3.6.1.2 */
	{ WAITA | WAITAR | BOUND, REG_LEAVE, registration_leave, MIPM_REG_WAITD },
	{ WAITAR | BOUND, REG_ABANDON, registration_abandon, MIPM_REG_WAITD },
	{ WAITD, REG_ACCEPTED, registration_drop, MIPM_REG_IDLE },
	{ WAITD, REG_REPEAT, registration_repeat_leave, MIPM_REG_WAITD },
	{ WAITD, REG_RETRANS, registration_repeat_leave, MIPM_REG_WAITD },
	{ WAITD, REG_LATER, registration_drop, MIPM_REG_IDLE },
	{ WAITD, REG_REFUSED, registration_drop, MIPM_REG_IDLE },
	{ WAITD, REG_GONE, registration_drop, MIPM_REG_IDLE },
	{ WAITD, REG_GIVE_UP, registration_drop, MIPM_REG_IDLE },
	{ WAITD, REG_EXPIRE, registration_drop, MIPM_REG_IDLE },

	/* refused: once in a while, or when something changed (by way of IDLE) */
	{ FAILED, REG_RETRANS, registration_send, MIPM_REG_WAITA },
	{ FAILED, REG_MOVEMENT, registration_send, MIPM_REG_WAITA },
};

static const char *const states[] = {
	[MIPM_REG_IDLE] = "IDLE",
	[MIPM_REG_WAITA] = "WAITA",
	[MIPM_REG_WAITAR] = "WAITAR",
	[MIPM_REG_WAITD] = "WAITD",
	[MIPM_REG_BOUND] = "BOUND",
	[MIPM_REG_FAILED] = "FAILED",
};

static const char *const events[] = {
	[REG_START] = "START",
	[REG_ADOPT] = "ADOPT",
	[REG_ACCEPTED] = "ACCEPTED",
	[REG_REPEAT] = "REPEAT",
	[REG_LATER] = "LATER",
	[REG_REFUSED] = "REFUSED",
	[REG_REVOKED] = "REVOKED",
	[REG_DECLINED] = "DECLINED",
	[REG_RETRANS] = "RETRANS",
	[REG_REFRESH] = "REFRESH",
	[REG_MOVEMENT] = "MOVEMENT",
	[REG_HOLD] = "HOLD",
	[REG_GONE] = "GONE",
	[REG_WITHDRAW] = "WITHDRAW",
	[REG_LEAVE] = "LEAVE",
	[REG_ABANDON] = "ABANDON",
	[REG_GIVE_UP] = "GIVE_UP",
	[REG_EXPIRE] = "EXPIRE",
	[REG_UNFIT] = "UNFIT",
};

static const char *who(const void *ctx, char *buf, size_t size)
{
	const struct registration *reg = ctx;
	char addr[ADDR_TEXT_MAX];

	snprintf(buf, size, "over %s (%u) to %s", reg->path->name, reg->path->number,
		addr_print(&reg->agent->addr, addr));
	return buf;
}

/* A request that should have told the downlink's order will never be answered. */
static bool is_order_lost(int old_state, int event)
{
	if (old_state == MIPM_REG_WAITD)
		return event != REG_ACCEPTED && event != REG_REPEAT && event != REG_RETRANS;
	return old_state == MIPM_REG_WAITAR && event != REG_ACCEPTED && event != REG_REPEAT &&
	       event != REG_RETRANS && event != REG_MOVEMENT;
}

static void entered(void *ctx, int old_state, int event)
{
	struct registration *reg = ctx;

	switch (reg->fsm.state) {
	case MIPM_REG_BOUND:
		schedule_refresh(reg);
		break;
	case MIPM_REG_IDLE:
		registration_forget(reg, NULL);
		break;
	case MIPM_REG_FAILED:
		registration_forget(reg, NULL);
		schedule_late(reg);
		break;
	default:
		break; /* armed by what was sent */
	}
	if (is_order_lost(old_state, event))
		flow_forget(reg->agent);
	say_reg_state(reg, NULL);
}

const struct fsm_table registration_fsm = {
	.name = "registration",
	.rows = rows,
	.n_rows = sizeof(rows) / sizeof(*rows),
	.states = states,
	.n_states = sizeof(states) / sizeof(*states),
	.events = events,
	.n_events = sizeof(events) / sizeof(*events),
	.entered = entered,
	.who = who,
};
