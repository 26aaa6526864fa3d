/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked for, and can its care-of address be one? RFC 5944 3.8.2.2, 3.8.2.3.
 *
 * Lifetime 0 is a deregistration; it asks for nothing, so the steps that grant pass it on. A tunnel
 * whose far end lies behind itself is refused: its packets would go round for ever.
 */
#include "had/step.h"
#include "libmip/code.h"

/* RFC 3519 4: the addresses tell, ports play no role. */
static bool sees_nat(const struct reg_ctx *ctx)
{
	return !addr_equal(&ctx->sig.remote.addr, &ctx->request.careof_addr);
}

static bool is_inside(const struct reg_ctx *ctx, const struct mipm_endpoint *remote)
{
	return had_conf_is_inside(ctx->had->conf, ctx->router, &remote->addr) ||
	       endpoint_equal(remote, &ctx->sig.local);
}

/* Said in this request; who leaves need not say it again. */
static uint32_t common_caps(const struct reg_ctx *ctx)
{
	const struct content *content = ctx->binding->content;

	if (ctx->request.ext.caps.present)
		return ctx->request.ext.caps.features & ctx->had->conf->caps;
	return ctx->is_dereg && content ? content->caps : 0;
}

static uint32_t granted_lifetime(const struct reg_ctx *ctx)
{
	const struct had_conf *conf = ctx->had->conf;
	uint32_t lifetime_s = ctx->request.lifetime;

	if (lifetime_s > conf->max_lifetime_s)
		lifetime_s = conf->max_lifetime_s;
	if (ctx->nat && conf->nat_lifetime_s > 0 && lifetime_s > conf->nat_lifetime_s)
		lifetime_s = conf->nat_lifetime_s;
	return lifetime_s;
}

int step_careof(struct reg_ctx *ctx)
{
	const struct mip_request *request = &ctx->request;

	ctx->is_dereg = request->lifetime == 0;
	ctx->nat = sees_nat(ctx);
	ctx->lifetime_s = granted_lifetime(ctx);
	ctx->caps = common_caps(ctx);
	if (ctx->is_dereg)
		return STEP_NEXT;
	if (addr_is_unspecified(&request->careof_addr))
		return MIP_CODE_ZERO_CAREOF_ADDRESS; /* RFC 4857: no gateway is chosen here */
	if (!addr_is_unicast(&request->careof_addr) ||
		addr_equal(&request->careof_addr, &request->home_addr))
		return step_refuse(
			ctx, MIP_CODE_POORLY_FORMED, "that care-of address cannot be one");
	if (is_inside(ctx, &ctx->sig.remote))
		return step_refuse(ctx, MIP_CODE_PROHIBITED, "comes from inside its own tunnel");
	return STEP_NEXT;
}
