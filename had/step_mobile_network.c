/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which mobile networks the router may represent. RFC 5177 5.5, 6626 for the codes.
 *
 * Explicit mode: one acknowledgement for each request, in order; what a re-registration does not
 * name is withdrawn. Implicit mode (no request): what is configured. Either way nothing but what
 * the configuration gives this very router, whole or a part of it; had_conf_check() has made sure
 * that it gives no address twice. A deregistration names none (RFC 5177 4.1).
 */
#include "had/step.h"
#include "libmip/code.h"

static bool is_listed(const struct reg_ctx *ctx, const struct mipm_prefix *network)
{
	for (unsigned i = 0; i < ctx->n_networks; i++)
		if (prefix_equal(&ctx->networks[i], network))
			return true;
	return false;
}

static bool overlaps_listed(const struct reg_ctx *ctx, const struct mipm_prefix *network)
{
	for (unsigned i = 0; i < ctx->n_networks; i++)
		if (prefix_overlaps(&ctx->networks[i], network))
			return true;
	return false;
}

static bool is_configured(const struct had_router *router, const struct mipm_prefix *network)
{
	for (size_t i = 0; i < router->n_networks; i++)
		if (prefix_covers(&router->networks[i], network))
			return true;
	return false;
}

static uint8_t judge_network(struct reg_ctx *ctx, const struct mip_network_request *request)
{
	struct mipm_prefix network;

	/* a zero prefix asks for any network, RFC 6626: we give none out */
	if (request->len == 0 || request->len > 32 || addr_is_unspecified(&request->addr))
		return MIP_NETWORK_INVALID_PREFIX_LEN;
	if (prefix_make(&request->addr, request->len, &network) < 0)
		return MIP_NETWORK_INVALID_PREFIX_LEN;
	if (!is_configured(ctx->router, &network))
		return MIP_NETWORK_UNAUTHORIZED;
	if (is_listed(ctx, &network))
		return MIP_NETWORK_SUCCESS;
	if (overlaps_listed(ctx, &network))
		return MIP_NETWORK_UNAUTHORIZED;
	if (ctx->n_networks >= ctx->had->conf->limits.max_networks)
		return MIP_NETWORK_FORWARDING_FAILED;
	ctx->networks[ctx->n_networks++] = network;
	return MIP_NETWORK_SUCCESS;
}

static int judge_explicit(struct reg_ctx *ctx)
{
	const struct mip_exts *exts = &ctx->request.ext;

	for (size_t i = 0; i < exts->n_network_requests; i++) {
		const struct mip_network_request *request = &exts->network_requests[i];

		ctx->acks[ctx->n_acks++] = (struct mip_network_ack) {
			.code = judge_network(ctx, request),
			.addr = request->addr,
			.len = request->len,
		};
	}
	return ctx->n_networks > 0 ? STEP_NEXT : MIP_CODE_MOBILE_NETWORK_ERROR;
}

static int judge_implicit(struct reg_ctx *ctx)
{
	const struct had_router *router = ctx->router;

	for (size_t i = 0; i < router->n_networks; i++) {
		const struct mipm_prefix *network = &router->networks[i];

		if (ctx->n_networks >= ctx->had->conf->limits.max_networks)
			break;
		ctx->networks[ctx->n_networks++] = *network;
		ctx->acks[ctx->n_acks++] = (struct mip_network_ack) {
			.implicit = true,
			.addr = network->addr,
			.len = network->len,
		};
	}
	return STEP_NEXT;
}

int step_mobile_network(struct reg_ctx *ctx)
{
	if (ctx->is_dereg)
		return STEP_NEXT;
	if (ctx->request.ext.n_network_requests == 0)
		return judge_implicit(ctx);
	if (ctx->router->n_networks == 0)
		return MIP_CODE_MOBILE_ROUTER_DISALLOWED;
	return judge_explicit(ctx);
}
