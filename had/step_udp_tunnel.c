/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is tunnelling in UDP asked for, needed, granted, and with what inside? RFC 3519 4.6 (mipv4.md
 * section 8.2 is the table). R (half bound) is for foreign agents and means nothing here.
 */
#include "had/step.h"
#include "libmip/code.h"
#include "libmip/tunnel_data.h"

/* RFC 3519 3.1: a non-zero encapsulation overrides the flags of the request. 0: none of ours. */
static uint8_t wanted_encap(const struct mip_request *request)
{
	switch (request->ext.udp_tunnel_request.encapsulation) {
	case TUNNEL_DATA_IPV4:
		return MIPM_ENCAP_UDP;
	case TUNNEL_DATA_GRE:
		return MIPM_ENCAP_UDP_GRE;
	case 0:
		break;
	default:
		return 0;
	}
	if (request->flags & MIP_FLAG_G)
		return MIPM_ENCAP_UDP_GRE;
	return request->flags & MIP_FLAG_M ? 0 : MIPM_ENCAP_UDP;
}

static int grant(struct reg_ctx *ctx)
{
	ctx->encap = wanted_encap(&ctx->request);
	if (ctx->encap == 0)
		return MIP_CODE_UDP_ENCAPSULATION_UNAVAILABLE;
	ctx->udp_tunnel.code = MIP_UDP_TUNNEL_GRANTED;
	ctx->udp_tunnel.keepalive = ctx->had->conf->nat_keepalive_s;
	return STEP_NEXT;
}

static int judge(struct reg_ctx *ctx)
{
	bool force = ctx->request.ext.udp_tunnel_request.force;

	ctx->udp_tunnel = (struct mip_udp_tunnel_reply) {
		.present = true,
		.force = force,
		.code = MIP_UDP_TUNNEL_DECLINED,
	};
	switch (ctx->router->udp_tunnel) {
	case HAD_UDP_TUNNEL_FORCE:
		return grant(ctx);
	case HAD_UDP_TUNNEL_NATTED:
		return force || ctx->nat ? grant(ctx) : STEP_NEXT;
	case HAD_UDP_TUNNEL_NO:
		break;
	}
	if (force || ctx->nat)
		return step_refuse(ctx, MIP_CODE_PROHIBITED, "UDP tunnelling is not allowed here");
	return STEP_NEXT;
}

int step_udp_tunnel(struct reg_ctx *ctx)
{
	const struct mip_udp_tunnel_request *request = &ctx->request.ext.udp_tunnel_request;
	bool is_colocated = ctx->request.flags & MIP_FLAG_D;

	if (ctx->is_dereg)
		return STEP_NEXT;
	if (request->after_auth && is_colocated)
		return step_refuse(
			ctx, MIP_CODE_POORLY_FORMED, "UDP Tunnel Request behind the authenticator");
	if (request->present && !is_colocated)
		return step_refuse(ctx, MIP_CODE_POORLY_FORMED,
			"UDP Tunnel Request without a co-located care-of address");
	if (request->present)
		return judge(ctx);
	if (ctx->nat)
		return step_refuse(
			ctx, MIP_CODE_PROHIBITED, "behind a NAT without a UDP Tunnel Request");
	return STEP_NEXT;
}
