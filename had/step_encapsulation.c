/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there a tunnel that both ends can do? RFC 5944 3.8.2.2, RFC 3024 3.4: code 139. IP-in-IP and
 * GRE without UDP are refused until they exist; so whoever was granted no UDP tunnel has none.
 */
#include "had/step.h"
#include "libmip/code.h"

int step_encapsulation(struct reg_ctx *ctx)
{
	if (ctx->is_dereg || ctx->encap != 0)
		return STEP_NEXT;
	return step_refuse(ctx, MIP_CODE_ENCAPSULATION_UNAVAILABLE,
		"only tunnels in UDP are available, and none was granted");
}
