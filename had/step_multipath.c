/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several care-of addresses, told apart by binding identifier; the order in which the router wants
 * them used. RFC 7629 4, 5.3; mipv4.md sections 12 and 24.
 *
 * Only between ends that both said so in CAPS. Flow bindings that select some traffic are read over
 * until classes of traffic exist; a catch-all one is the order of preference.
 */
#include "had/step.h"
#include "libmip/code.h"

#define BID_MAX 254

static bool knows_bid(const struct reg_ctx *ctx, uint8_t bid)
{
	const struct content *content = ctx->binding->content;
	const struct mip_multipath *multipath = &ctx->request.ext.multipath;

	if (multipath->present && bid == multipath->bid)
		return !ctx->is_dereg;
	if (multipath->present && (multipath->flags & MIP_MULTIPATH_OVERWRITE))
		return false;
	return content && content_path(content, bid);
}

static void take_order(struct reg_ctx *ctx, const struct mip_flow *flow)
{
	ctx->has_order = true;
	ctx->n_order = flow->n_bids < HAD_PATHS_MAX ? flow->n_bids : HAD_PATHS_MAX;
	for (unsigned i = 0; i < ctx->n_order; i++)
		ctx->order[i] = flow->bids[i];
}

static int judge_flow(struct reg_ctx *ctx, const struct mip_flow *flow)
{
	bool is_known = false;

	if (flow->action == MIP_FLOW_DROP)
		return STEP_NEXT;
	for (unsigned i = 0; i < flow->n_bids; i++)
		is_known |= knows_bid(ctx, flow->bids[i]);
	if (!is_known) /* no reason to keep whoever leaves */
		return ctx->is_dereg ? STEP_NEXT : MIP_CODE_INVALID_FLOW_BINDING;
	if (flow->catch_all)
		take_order(ctx, flow);
	return STEP_NEXT;
}

static int judge_multipath(struct reg_ctx *ctx, const struct mip_multipath *multipath)
{
	bool is_bulk = multipath->flags & MIP_MULTIPATH_BULK;
	bool is_overwrite = multipath->flags & MIP_MULTIPATH_OVERWRITE;

	if (multipath->bid == 0 || multipath->bid > BID_MAX)
		return step_refuse(ctx, MIP_CODE_POORLY_FORMED, "binding identifier out of range");
	if (is_overwrite && (is_bulk || ctx->is_dereg))
		return step_refuse(ctx, MIP_CODE_POORLY_FORMED, "overwrite flag out of place");
	ctx->is_multipath = true;
	return STEP_NEXT;
}

int step_multipath(struct reg_ctx *ctx)
{
	const struct mip_exts *exts = &ctx->request.ext;
	int rc = STEP_NEXT;

	if (!exts->multipath.present && exts->n_flows == 0)
		return STEP_NEXT;
	if (!(ctx->caps & MIP_FEATURE_MULTIPATH))
		return MIP_CODE_MULTIPATH_NOT_ALLOWED;
	if (exts->multipath.present)
		rc = judge_multipath(ctx, &exts->multipath);
	for (size_t i = 0; i < exts->n_flows && rc == STEP_NEXT; i++)
		rc = judge_flow(ctx, &exts->flows[i]);
	return rc;
}
