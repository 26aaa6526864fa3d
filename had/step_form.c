/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the message itself, now that it is known to be authentic. RFC 5944 3.8.2.3
 * (poorly formed, code 134), RFC 3115 (critical vendor extension that we do not know, code 140).
 *
 * A Foreign-Home authentication extension without an association with that foreign agent is a
 * reason for silence (RFC 5944 3.8.2.1); we have none. MN-AAA authentication (RFC 4721) stands
 * behind Mobile-Home authentication and is for others: here it proves nothing and is not looked at.
 */
#include "had/step.h"
#include "libmip/code.h"

int step_form(struct reg_ctx *ctx)
{
	const struct mip_exts *exts = &ctx->request.ext;
	const struct mip_ext *vendor = mip_ext_find(exts, MIP_EXT_CVSE, 0);
	const struct mip_ext *aaa = mip_ext_find(exts, MIP_EXT_GENERAL_AUTH, 1);

	if (mip_ext_find(exts, MIP_EXT_FA_HA_AUTH, 0))
		return step_drop(ctx, COUNT_FOREIGN_AGENT_AUTHENTICATION);
	if (ctx->verdict != MIP_VERDICT_OK)
		return step_refuse(ctx, MIP_CODE_POORLY_FORMED, mip_verdict_name(ctx->verdict));
	if (aaa && !aaa->after_auth)
		return step_refuse(ctx, MIP_CODE_POORLY_FORMED,
			"AAA authentication in front of that of the home agent");
	if (vendor)
		return vendor->after_auth ? MIP_CODE_CVSE_FROM_FA : MIP_CODE_CVSE_FROM_MN;
	return STEP_NEXT;
}
