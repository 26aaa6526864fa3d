/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks, and is it true? RFC 5944 3.8.2.1, 3.5.1, 5.1.
 *
 * The mobility security association is looked up by SPI together with home address or NAI, and the
 * lookup comes before any digest: who is not configured costs two hash lookups and gets no answer.
 * A known router with a wrong authenticator gets code 131, a few times a second at most, and never
 * more octets than it sent (reply.c). Nothing remembers it.
 */
#include <string.h>

#include "had/step.h"
#include "libmip/code.h"
#include "libmip/mac.h"

static bool is_named(const struct had_router *router, const struct mipm_str *nai)
{
	return strlen(router->name) == nai->len && memcmp(router->name, nai->text, nai->len) == 0;
}

/* Does what the request says of its sender fit the router to whom the SPI belongs? An address that
 * another router holds is judged later for who gave the right NAI (step_home_address.c). */
static bool is_identified(const struct reg_ctx *ctx, const struct had_router *router)
{
	const struct mip_request *request = &ctx->request;
	struct binding *const *slot;

	if (request->ext.nai.len > 0)
		return is_named(router, &request->ext.nai);
	if (addr_is_unspecified(&request->home_addr))
		return false;
	if (addr_is_present(&router->home_addr))
		return addr_equal(&router->home_addr, &request->home_addr);
	slot = binding_slot(ctx->had, router);
	return *slot && addr_equal(&(*slot)->home_addr, &request->home_addr);
}

int step_association(struct reg_ctx *ctx)
{
	const struct mip_request *request = &ctx->request;
	const struct had_spi *row;

	if (ctx->verdict == MIP_VERDICT_UNKNOWN_EXT)
		return step_drop(ctx, COUNT_UNKNOWN_EXTENSION);
	if (ctx->verdict != MIP_VERDICT_OK && !mip_verdict_is_deniable(ctx->verdict))
		return step_drop(ctx, COUNT_MALFORMED);
	if (!request->ext.mn_ha.present)
		return step_drop(ctx,
			ctx->verdict == MIP_VERDICT_OK ? COUNT_NO_AUTHENTICATION : COUNT_MALFORMED);
	row = had_conf_spi(ctx->had->conf, request->ext.mn_ha.spi);
	if (!row)
		return step_drop(ctx, COUNT_UNKNOWN_SPI);
	if (!is_identified(ctx, row->router))
		return step_drop(ctx, COUNT_UNKNOWN_IDENTITY);
	ctx->router = row->router;
	ctx->sa = row->sa;
	return STEP_NEXT;
}

int step_authenticator(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;
	uint32_t n_held;
	int rc = mac_verify(had->mac, ctx->sa, ctx->sig.payload, &ctx->request.ext.mn_ha);

	if (rc < 0)
		return step_drop(ctx, COUNT_OUT_OF_MEMORY);
	if (rc == 0) {
		ctx->binding = binding_of(had, ctx->router);
		return ctx->binding ? STEP_NEXT : step_drop(ctx, COUNT_OUT_OF_MEMORY);
	}
	had->counters.counts[COUNT_AUTHENTICATION_FAILED]++;
	if (!log_limit_pass(&had->auth_failures, ctx->now, had->conf->limits.auth_failures_s,
		    NSEC_PER_S, &n_held))
		return step_drop(ctx, COUNT_AUTHENTICATION_FAILED);
	return MIP_CODE_MN_FAILED_AUTHENTICATION;
}

/* One request of a router at a time: later ones wait until the store knows the earlier one; and all
 * of them until we know what tunneld still has of an earlier life (adoption.c). */
int step_turn(struct reg_ctx *ctx)
{
	return ctx->binding->claiming || ctx->had->is_adopting ? STEP_WAIT : STEP_NEXT;
}
