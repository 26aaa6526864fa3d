/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Registration Reply. RFC 5944 3.4, 3.8.3; RFC 2794 (NAI back), 3519 (UDP Tunnel Reply), 3543
 * (Revocation Support), 5177 (acknowledgements); what our own ends add stands in mipv4.md
 * section 24. libmip writes the extensions in their order, the Mobile-Home authentication extension
 * last.
 *
 * Code 131 is said to somebody who has proved nothing: bare, and only if it is not longer than what
 * it answers (THREATS T10).
 */
#include "had/revocation.h"
#include "had/step.h"
#include "libmip/code.h"
#include "libmip/mac.h"

static const struct mipm_addr *home_addr(const struct reg_ctx *ctx)
{
	return addr_is_present(&ctx->home_addr) ? &ctx->home_addr : &ctx->request.home_addr;
}

static struct mip_reply basics(const struct reg_ctx *ctx, uint8_t code)
{
	const struct had_conf *conf = ctx->had->conf;

	return (struct mip_reply) {
		.code = code,
		.home_addr = *home_addr(ctx),
		.home_agent = had_conf_is_home_agent(conf, &ctx->request.home_agent)
				      ? ctx->request.home_agent
				      : conf->home_agents[0],
		.ident = ctx->reply_ident,
		.ext.nai = ctx->request.ext.nai,
	};
}

static void add_acks(const struct reg_ctx *ctx, struct mip_exts *exts)
{
	exts->n_network_acks = ctx->n_acks;
	for (size_t i = 0; i < ctx->n_acks; i++)
		exts->network_acks[i] = ctx->acks[i];
}

/* What a router may ask of our end; anything else is not confirmed and so not used. */
static bool is_sane(const struct mip_watch *watch)
{
	return watch->present && watch->theta_min > 0 && watch->theta_min <= watch->theta_0 &&
	       watch->theta_0 <= watch->theta_max && watch->fill > 0 &&
	       watch->fill <= watch->idle && watch->report_alert > 0 &&
	       watch->report_alert <= watch->report_calm && watch->width <= HAD_PATHS_MAX;
}

static void add_own(const struct reg_ctx *ctx, struct mip_exts *exts)
{
	const struct mip_exts *asked = &ctx->request.ext;

	if (!asked->caps.present)
		return;
	exts->caps = (struct mip_caps) {
		.present = true,
		.version = MIP_CAPS_VERSION,
		.role = MIP_CAPS_HOME_AGENT,
		.features = ctx->had->conf->caps,
		.boot_id = ctx->had->boot_id,
	};
	if ((ctx->caps & MIP_FEATURE_WATCH) && is_sane(&asked->watch))
		exts->watch = asked->watch;
	if (ctx->caps & MIP_FEATURE_OBSERVED_ADDRESS)
		exts->observed_addr = ctx->sig.remote;
}

static void add_grants(const struct reg_ctx *ctx, struct mip_reply *reply)
{
	if (!ctx->is_dereg) {
		reply->lifetime = (uint16_t)ctx->lifetime_s;
		reply->ext.udp_tunnel_reply = ctx->udp_tunnel;
		if (ctx->request.ext.revocation.present)
			reply->ext.revocation = revocation_support(ctx->had, ctx->now);
		add_acks(ctx, &reply->ext);
	}
	add_own(ctx, &reply->ext);
}

/* RFC 4721 3.3: the foreign agent's challenge goes back to it; to nobody who has proved nothing. */
static struct mipm_span challenge(const struct reg_ctx *ctx, uint8_t code)
{
	const struct mip_ext *ext = mip_ext_find(&ctx->request.ext, MIP_EXT_CHALLENGE, 0);

	if (!ext || !ext->after_auth || code == MIP_CODE_MN_FAILED_AUTHENTICATION)
		return (struct mipm_span) { 0 };
	return ext->data;
}

static int build(struct reg_ctx *ctx, uint8_t code, uint8_t *octets, size_t size, size_t *len)
{
	struct mip_reply reply = basics(ctx, code);

	reply.challenge = challenge(ctx, code);
	if (mip_code_is_accepted(code))
		add_grants(ctx, &reply);
	if (code == MIP_CODE_MOBILE_NETWORK_ERROR)
		add_acks(ctx, &reply.ext);
	return mip_reply_build(&reply, ctx->had->mac, ctx->sa, octets, size, len);
}

void reply_send(struct reg_ctx *ctx, uint8_t code)
{
	struct had *had = ctx->had;
	uint8_t octets[MIP_MESSAGE_MAX];
	struct mipm_span reply = { .data = octets };
	size_t len = 0;

	if (code == MIP_CODE_MN_FAILED_AUTHENTICATION)
		ctx->reply_ident = ctx->request.ident;
	if (build(ctx, code, octets, sizeof(octets), &len) < 0 ||
		(code == MIP_CODE_MN_FAILED_AUTHENTICATION && len > ctx->sig.payload.len)) {
		had->counters.counts[COUNT_NO_REPLY_BUILT]++;
		return;
	}
	reply.len = (uint32_t)len;
	had->counters.codes[code]++;
	bus_send(had, &ctx->sig, reply);
	if (code != MIP_CODE_MN_FAILED_AUTHENTICATION && code != MIP_CODE_IDENT_MISMATCH)
		repeat_remember(had, ctx->now, ctx->binding, &ctx->sig, ctx->request.ident, reply);
}
