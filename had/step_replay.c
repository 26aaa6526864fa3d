/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is it fresh? RFC 5944 5.7.
 *
 * An exact duplicate of a request that was answered lately, from the same address and port, gets
 * the same answer again (the first one may have been lost), at most once a second; from elsewhere
 * it is a replay and gets nothing. Everything else that is not fresh is code 133, whose
 * Identification carries our time, and nothing else is done with the request.
 *
 * The replay state moves on here, for requests that will be refused as well: what is authentic and
 * fresh has been seen, and must not be of use to anybody a second time.
 */
#include "had/step.h"
#include "libmip/code.h"

/* Only nonces are made of it. */
static uint64_t random_u64(const struct had *had, const struct replay *replay)
{
	uint64_t value = 0;

	if (replay->style == REPLAY_NONCES)
		had->env->random(had->env->ctx, &value, sizeof(value));
	return value;
}

static int judge(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;
	struct replay *replay = &ctx->binding->replay;
	uint64_t ident = ctx->request.ident, wall = had_wall(had, ctx->now);
	enum replay_verdict verdict = replay_judge(replay, ident, wall, ctx->sa->tolerance);

	if (verdict == REPLAY_FRESH) {
		ctx->reply_ident = replay_accept(replay, ident, random_u64(had, replay));
		return STEP_NEXT;
	}
	ctx->reply_ident = replay_mismatch(replay, ident, wall, random_u64(had, replay));
	return step_refuse(ctx, MIP_CODE_IDENT_MISMATCH, replay_verdict_name(verdict));
}

int step_replay(struct reg_ctx *ctx)
{
	struct replay *replay = &ctx->binding->replay;

	if (replay->style != ctx->sa->replay) {
		/* configured anew: what was made before now is not fresh */
		replay_init(replay, ctx->sa->replay);
		replay_restore(replay, replay_timestamp(had_wall(ctx->had, ctx->now)));
	}
	switch (repeat_try(ctx->had, ctx->now, ctx->binding, &ctx->sig, ctx->request.ident)) {
	case REPEAT_SENT:
		return step_drop(ctx, COUNT_REPEATED);
	case REPEAT_TOO_SOON:
		return step_drop(ctx, COUNT_DUPLICATE_TOO_SOON);
	case REPEAT_ELSEWHERE:
		return step_drop(ctx, COUNT_DUPLICATE_ELSEWHERE);
	case REPEAT_UNKNOWN:
		break;
	}
	return judge(ctx);
}
