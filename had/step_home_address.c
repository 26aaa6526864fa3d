/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which home address the router gets. RFC 5944 3.8.2.2 and RFC 2794: a request with home address
 * 0.0.0.0 is given one, its NAI says whose. A configured address is the only one its router gets;
 * the others get theirs from the pool, the same one each time.
 */
#include "had/step.h"
#include "libmip/code.h"

static int take_fixed(struct reg_ctx *ctx, const struct mipm_addr *wish)
{
	const struct mipm_addr *home_addr = &ctx->router->home_addr;

	if (!addr_is_unspecified(wish) && !addr_equal(wish, home_addr))
		return step_refuse(
			ctx, MIP_CODE_PROHIBITED, "that home address is not this router's");
	ctx->home_addr = *home_addr;
	return STEP_NEXT;
}

int step_home_address(struct reg_ctx *ctx)
{
	const struct mipm_addr *wish = &ctx->request.home_addr;
	struct binding *binding = ctx->binding;
	int code;

	if (addr_is_present(&ctx->router->home_addr))
		return take_fixed(ctx, wish);
	/* whoever leaves without an address needs none for that */
	if (!ctx->is_dereg || addr_is_present(&binding->home_addr)) {
		code = pool_take(ctx->had, ctx->now, binding, wish);
		if (code != 0)
			return code;
	}
	ctx->home_addr = binding->home_addr;
	return STEP_NEXT;
}
