/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claim: what was judged goes to the store before it is said to anybody. With `durability =
 * before-reply` (or a store that others share) the request waits here for the store's word; with
 * group commit it goes on at once. A store in trouble is no reason for a refusal.
 */
#include "had/step.h"
#include "libmip/code.h"

static unsigned flags(const struct had *had)
{
	return had->conf->durability == HAD_DURABILITY_BEFORE_REPLY ? STORE_DURABLE : 0;
}

int step_claim(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;
	struct binding *binding = ctx->binding;

	if (ctx->is_claimed)
		return STEP_NEXT;
	ctx->fresh = content_copy(&ctx->next);
	if (!ctx->fresh)
		return step_refuse(ctx, MIP_CODE_RESOURCES, "out of memory");
	ctx->is_claimed = true;
	ctx->ticket = ++had->ticket;
	if (binding_store(had, ctx->now, binding, ctx->fresh, flags(had), ctx->ticket) !=
		STORE_WAIT)
		return STEP_NEXT;
	had->counters.counts[COUNT_WAITED]++;
	binding->claiming = ctx;
	return STEP_WAIT;
}
