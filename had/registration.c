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

#include "had/step.h"
#include "libmip/code.h"

const struct step registration_steps[] = {
	{ "association", step_association },	    /* RFC 5944 3.8.2.1: else silence */
	{ "authenticator", step_authenticator },    /* 131 */
	{ "turn", step_turn },			    /* one request of a router at a time */
	{ "replay", step_replay },		    /* RFC 5944 5.7: 133 */
	{ "form", step_form },			    /* 134, RFC 3115: 140, 141 */
	{ "home agent", step_home_agent },	    /* 136 */
	{ "care-of address", step_careof },	    /* 134, 129 */
	{ "UDP tunnel", step_udp_tunnel },	    /* RFC 3519: 129, 134, 142 */
	{ "encapsulation", step_encapsulation },    /* RFC 3024: 139 */
	{ "multipath", step_multipath },	    /* RFC 7629: 152, 153 */
	{ "mobile networks", step_mobile_network }, /* RFC 5177: 147, 148 */
	{ "home address", step_home_address },	    /* 129, 130 */
	{ "binding", step_binding },		    /* 135 */
	{ "claim", step_claim },		    /* 130 */
	{ NULL, NULL },
};

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
