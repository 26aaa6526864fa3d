/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One plain line for each refusal, silence and change. What others can provoke is limited by kind,
 * so that a flood of one hides no other.
 */
#include "had/step.h"
#include "libmip/code.h"

static bool may_log(struct had *had, uint64_t now, struct log_limit *limit, uint32_t *n_held)
{
	return log_limit_pass(limit, now, had->conf->limits.log_per_min, 60 * NSEC_PER_S, n_held);
}

/* What happens without anybody's fault, a few times a day. */
static bool is_usual(enum counter reason)
{
	return reason == COUNT_REPEATED || reason == COUNT_DUPLICATE_TOO_SOON;
}

void registration_log_drop(struct reg_ctx *ctx)
{
	struct had *had = ctx->had;
	char home[ADDR_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];
	uint32_t n_held;

	if (is_usual(ctx->reason) ||
		!may_log(had, ctx->now, &had->counters.limits[ctx->reason], &n_held))
		return;
	log_info(had->env->log, "registration dropped: home %s from %s spi %u: %s (%u more unsaid)",
		addr_print(&ctx->request.home_addr, home), endpoint_print(&ctx->sig.remote, remote),
		ctx->request.ext.mn_ha.spi, counter_name(ctx->reason), n_held);
}

void registration_log_denial(struct reg_ctx *ctx, uint8_t code)
{
	struct had *had = ctx->had;
	char home[ADDR_TEXT_MAX], careof[ADDR_TEXT_MAX];
	uint32_t n_held;

	if (!may_log(had, ctx->now, &had->counters.code_limits[code], &n_held))
		return;
	log_info(had->env->log,
		"registration denied: %s home %s care-of %s: code %u (%s%s%s) (%u more unsaid)",
		ctx->router->name, addr_print(&ctx->request.home_addr, home),
		addr_print(&ctx->request.careof_addr, careof), code, mip_code_sentence(code),
		ctx->why ? ": " : "", ctx->why ? ctx->why : "", n_held);
}

static const char *what_happened(const struct reg_ctx *ctx)
{
	if (ctx->is_dereg)
		return "deregistered";
	if (ctx->is_moved)
		return "moved";
	return ctx->is_new_path ? "registered" : "registered again";
}

/* THREATS T9: a NAT that lost its mapping looks like this, and so does somebody on the way. */
static bool is_rewritten(const struct reg_ctx *ctx)
{
	return ctx->is_moved && addr_equal(&ctx->was.careof_addr, &ctx->request.careof_addr);
}

static void log_rewritten(const struct reg_ctx *ctx)
{
	char careof[ADDR_TEXT_MAX], remote[ENDPOINT_TEXT_MAX], before[ENDPOINT_TEXT_MAX];

	log_info(ctx->had->env->log,
		"%s: outer address is %s and was %s, care-of address %s as before",
		ctx->router->name, endpoint_print(&ctx->sig.remote, remote),
		endpoint_print(&ctx->was.remote, before),
		addr_print(&ctx->request.careof_addr, careof));
}

void registration_log_acceptance(const struct reg_ctx *ctx)
{
	struct log *log = ctx->had->env->log;
	bool is_news = ctx->is_dereg || ctx->is_new_path || ctx->is_moved;
	char home[ADDR_TEXT_MAX], careof[ADDR_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];

	if (is_rewritten(ctx)) {
		log_rewritten(ctx);
		return;
	}
	if (!log_is_on(log, is_news ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG))
		return;
	(is_news ? log_info : log_debug)(log, "%s %s: home %s care-of %s from %s, %u s",
		ctx->router->name, what_happened(ctx), addr_print(&ctx->home_addr, home),
		addr_print(&ctx->request.careof_addr, careof),
		endpoint_print(&ctx->sig.remote, remote), ctx->lifetime_s);
}
