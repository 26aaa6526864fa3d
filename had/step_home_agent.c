/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is it for us? RFC 5944 3.8.2.2: a request to a broadcast address, or whose Home Agent field is
 * none of our addresses, is answered with code 136 and our address in that field (that is how a
 * home agent is discovered).
 */
#include "had/step.h"
#include "libmip/code.h"

int step_home_agent(struct reg_ctx *ctx)
{
	const struct had_conf *conf = ctx->had->conf;

	if (!had_conf_is_listening(conf, &ctx->sig.local.addr))
		return step_refuse(ctx, MIP_CODE_UNKNOWN_HOME_AGENT, "asked of all hosts");
	if (!had_conf_is_home_agent(conf, &ctx->request.home_agent))
		return MIP_CODE_UNKNOWN_HOME_AGENT;
	ctx->reply_home_agent = ctx->request.home_agent;
	return STEP_NEXT;
}
