/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Registration Request from the wire to its reply: judge, claim, answer. RFC 5944 3.8.
 *
 * Judge: the steps below, in this order; the first refusal is the reply code. Claim: the last step;
 * the outcome is with the store. Answer: the binding is set, tunneld hears of it (MIPM_BC_ADD), and
 * then the reply goes out, in this order to one receiver.
 *
 * A step may have to wait. Then the request is kept, with its octets as they were on the wire
 * (RESERVED R4), in bounded number and for a bounded time; the same step runs again when its reason
 * to wait is gone. A store that does not answer in time is a store in trouble: the request goes on.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "had/revocation.h"
#include "had/step.h"
#include "libmip/code.h"

/* clang-format off */
const struct step registration_steps[] = {
	/* RFC 5944 3.8.2.1: else silence */
	{ "association", step_association, { 0 } },
	{ "authenticator", step_authenticator, { MIP_CODE_MN_FAILED_AUTHENTICATION } },
	/* one request of a router at a time */
	{ "turn", step_turn, { 0 } },
	/* RFC 5944 5.7 */
	{ "replay", step_replay, { MIP_CODE_IDENT_MISMATCH } },
	/* RFC 5944 3.8.2.3, RFC 3115 */
	{ "form", step_form,
		{ MIP_CODE_POORLY_FORMED, MIP_CODE_CVSE_FROM_MN, MIP_CODE_CVSE_FROM_FA } },
	{ "home agent", step_home_agent, { MIP_CODE_UNKNOWN_HOME_AGENT } },
	{ "care-of address", step_careof,
		{ MIP_CODE_POORLY_FORMED, MIP_CODE_PROHIBITED, MIP_CODE_ZERO_CAREOF_ADDRESS } },
	/* RFC 3519 */
	{ "UDP tunnel", step_udp_tunnel,
		{ MIP_CODE_PROHIBITED, MIP_CODE_POORLY_FORMED,
			MIP_CODE_UDP_ENCAPSULATION_UNAVAILABLE } },
	/* RFC 3024 */
	{ "encapsulation", step_encapsulation, { MIP_CODE_ENCAPSULATION_UNAVAILABLE } },
	/* RFC 7629 */
	{ "multipath", step_multipath,
		{ MIP_CODE_MULTIPATH_NOT_ALLOWED, MIP_CODE_INVALID_FLOW_BINDING,
			MIP_CODE_POORLY_FORMED } },
	/* RFC 5177 */
	{ "mobile networks", step_mobile_network,
		{ MIP_CODE_MOBILE_NETWORK_ERROR, MIP_CODE_MOBILE_ROUTER_DISALLOWED } },
	{ "home address", step_home_address, { MIP_CODE_PROHIBITED, MIP_CODE_RESOURCES } },
	{ "binding", step_binding, { MIP_CODE_TOO_MANY_BINDINGS } },
	{ "claim", step_claim, { MIP_CODE_RESOURCES } },
	{ NULL, NULL, { 0 } },
};
/* clang-format on */

static bool refuses_with(const struct step *step, uint8_t code)
{
	for (size_t i = 0; i < STEP_CODES_MAX && step->codes[i]; i++)
		if (step->codes[i] == code)
			return true;
	return false;
}

bool registration_may_say(uint8_t code)
{
	if (code == MIP_CODE_ACCEPTED || code == MIP_CODE_ACCEPTED_NO_SIMULTANEOUS)
		return true;
	for (const struct step *step = registration_steps; step->run; step++)
		if (refuses_with(step, code))
			return true;
	return false;
}

static void walk(struct reg_ctx *ctx);

/* waiting */

/* The message it came in is about to go: own what has to stay. */
static bool own_octets(struct reg_ctx *ctx)
{
	if (ctx->octets)
		return true;
	ctx->octets = malloc(ctx->sig.payload.len);
	if (!ctx->octets)
		return false;
	memcpy(ctx->octets, ctx->sig.payload.data, ctx->sig.payload.len);
	ctx->sig.payload.data = ctx->octets;
	ctx->sig.link_layer = (struct mipm_span) { 0 };
	mip_request_parse(ctx->sig.payload, &ctx->request);
	return true;
}

static void release(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;

	list_remove(&ctx->link);
	timerq_cancel(&had->timers, &ctx->deadline);
	if (ctx->is_waiting)
		had->n_waiting--;
	if (ctx->binding && ctx->binding->claiming == ctx)
		ctx->binding->claiming = NULL;
	free(ctx->octets);
	free(ctx->fresh);
	if (had->scratch)
		free(ctx);
	else
		had->scratch = ctx;
}

static int keep(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;
	struct binding *binding = ctx->binding;

	if (!ctx->is_waiting) {
		if (had->n_waiting >= had->conf->limits.max_waiting)
			return step_drop(ctx, COUNT_TOO_MANY_WAITING);
		if (!own_octets(ctx))
			return step_drop(ctx, COUNT_OUT_OF_MEMORY);
		ctx->is_waiting = true;
		had->n_waiting++;
		ctx->deadline.kind = HAD_DEADLINE_WAIT;
		timerq_set(&had->timers, &ctx->deadline,
			ctx->now + had->conf->limits.wait_ms * NSEC_PER_MS);
	}
	list_add_tail(binding->claiming == ctx ? &had->claims : &binding->queue, &ctx->link);
	return STEP_WAIT;
}

/* The next request of this router, if one waited for its turn. */
static void next_turn(struct had *had, uint64_t now, struct binding *binding)
{
	struct reg_ctx *next;

	while (!had->is_adopting && !binding->claiming && !list_is_empty(&binding->queue)) {
		next = list_first(&binding->queue, struct reg_ctx, link);
		list_remove(&next->link);
		next->now = now;
		walk(next);
	}
}

void registration_go_on(struct had *had, uint64_t now)
{
	for (size_t i = 0; i < had->conf->n_routers; i++)
		if (had->bindings[i])
			next_turn(had, now, had->bindings[i]);
}

static void resume_claim(struct had *had, uint64_t now, struct reg_ctx *ctx)
{
	struct binding *binding = ctx->binding;

	list_remove(&ctx->link);
	binding->claiming = NULL;
	ctx->now = now;
	walk(ctx);
	next_turn(had, now, binding);
}

static void on_ticket(void *arg, uint64_t ticket, int result)
{
	struct had *had = ((struct reg_ctx *)arg)->had;
	uint64_t now = ((struct reg_ctx *)arg)->now;
	struct reg_ctx *ctx;

	if (result < 0)
		had->counters.counts[COUNT_STORE_FAILED]++;
	/* in the order of their tickets; one that waited too long is not there any more */
	ctx = list_first(&had->claims, struct reg_ctx, link);
	if (ctx && ctx->ticket == ticket)
		resume_claim(had, now, ctx);
}

void registration_store_ready(struct had *had, uint64_t now)
{
	struct reg_ctx when = { .had = had, .now = now };

	had->store->ops->ready(had->store, on_ticket, &when);
}

void registration_timeout(struct had *had, uint64_t now, struct reg_ctx *ctx)
{
	had->counters.counts[COUNT_WAIT_TIMEOUT]++;
	if (ctx->binding->claiming == ctx) {
		resume_claim(had, now, ctx);
		return;
	}
	release(ctx);
}

static void drop_list(struct list *waiting)
{
	struct reg_ctx *ctx, *spare;

	list_for_each_safe (ctx, spare, waiting, link)
		release(ctx);
}

void registration_drop_waiting(struct had *had)
{
	drop_list(&had->claims);
	for (size_t i = 0; i < had->conf->n_routers; i++)
		if (had->bindings[i])
			drop_list(&had->bindings[i]->queue);
}

/* judge, answer */

static void accept(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;

	had->counters.counts[ctx->is_dereg ? COUNT_DEREGISTERED : COUNT_ACCEPTED]++;
	had->counters.counts[COUNT_MOVED] += ctx->is_moved;
	registration_log_acceptance(ctx);
	ctx->binding->stamp = ctx->request.ident;
	if (!ctx->is_dereg)
		revocation_settle(had, &ctx->home_addr, &ctx->sig.remote);
	binding_set(had, ctx->now, ctx->binding, ctx->fresh);
	ctx->fresh = NULL;
	reply_send(ctx, ctx->code);
}

static void drop(struct reg_ctx *ctx)
{
	/* step_authenticator() has counted it, for its refusals as well */
	if (ctx->reason != COUNT_AUTHENTICATION_FAILED)
		ctx->had->counters.counts[ctx->reason]++;
	registration_log_drop(ctx);
}

static void deny(struct reg_ctx *ctx, uint8_t code)
{
	assert(refuses_with(&registration_steps[ctx->step], code));
	ctx->had->counters.counts[COUNT_DENIED]++;
	registration_log_denial(ctx, code);
	reply_send(ctx, code);
}

static void walk(struct reg_ctx *ctx)
{
	int result = STEP_NEXT;

	for (; registration_steps[ctx->step].run; ctx->step++) {
		result = registration_steps[ctx->step].run(ctx);
		if (result != STEP_NEXT)
			break;
	}
	if (result == STEP_WAIT)
		result = keep(ctx);
	if (result == STEP_WAIT)
		return;
	if (result == STEP_DROP && ctx->is_claimed)
		result = STEP_NEXT; /* the store has it, only there was no room to wait */
	if (result == STEP_DROP)
		drop(ctx);
	else if (result == STEP_NEXT)
		accept(ctx);
	else
		deny(ctx, (uint8_t)result);
	release(ctx);
}

static struct reg_ctx *begin(struct had *had, uint64_t now, const struct mipm_sig *sig)
{
	struct reg_ctx *ctx = had->scratch ? had->scratch : malloc(sizeof(*ctx));

	had->scratch = NULL;
	if (!ctx)
		return NULL;
	memset(ctx, 0, sizeof(*ctx));
	ctx->had = had;
	ctx->now = now;
	ctx->sig = *sig;
	return ctx;
}

void registration_input(struct had *had, uint64_t now, const struct mipm_sig *sig)
{
	struct reg_ctx *ctx = begin(had, now, sig);

	if (!ctx) {
		had->counters.counts[COUNT_OUT_OF_MEMORY]++;
		return;
	}
	had->counters.counts[COUNT_REQUESTS]++;
	ctx->verdict = (enum mip_verdict)mip_request_parse(sig->payload, &ctx->request);
	walk(ctx);
}
