/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the binding will be: the list of care-of addresses after this request. RFC 5944 3.8.2.4,
 * RFC 7629 5.3, mipv4.md sections 4.6 and 12.
 *
 * Several care-of addresses exist only with binding identifiers. A plain registration replaces all
 * there is; if it asked to keep the others (S) the answer is code 1. With an identifier it replaces
 * the path of that identifier, and all others as well with O. Deregistering what is not there
 * succeeds.
 */
#include "had/step.h"
#include "libmip/code.h"

static void remove_path(struct content *next, unsigned i)
{
	for (next->n_paths--; i < next->n_paths; i++)
		next->paths[i] = next->paths[i + 1];
}

/* The present binding without what is over. */
static void start_from_present(struct reg_ctx *ctx)
{
	const struct content *content = ctx->binding->content;
	struct content *next = &ctx->next;

	*next = (struct content) { 0 };
	if (content)
		*next = *content;
	next->paths = ctx->paths;
	next->n_paths = 0;
	for (unsigned i = 0; content && i < content->n_paths; i++)
		if (content->paths[i].expires_at > ctx->now)
			next->paths[next->n_paths++] = content->paths[i];
}

/* A path without identifier is found by its care-of address as registered; of several behind NATs
 * by where it is seen (mipv4.md 8.2). -1: none. */
static int find_by_careof(const struct reg_ctx *ctx)
{
	const struct content *next = &ctx->next;
	int found = -1;

	for (unsigned i = 0; i < next->n_paths; i++) {
		if (!addr_equal(&next->paths[i].careof_addr, &ctx->request.careof_addr))
			continue;
		if (addr_equal(&next->paths[i].remote.addr, &ctx->sig.remote.addr))
			return (int)i;
		found = found < 0 ? (int)i : found;
	}
	return found;
}

static int find_by_bid(const struct content *next, uint16_t bid)
{
	for (unsigned i = 0; i < next->n_paths; i++)
		if (next->paths[i].bid == bid)
			return (int)i;
	return -1;
}

static void deregister(struct reg_ctx *ctx)
{
	const struct mip_request *request = &ctx->request;
	struct content *next = &ctx->next;
	int i;

	if (addr_equal(&request->careof_addr, &ctx->home_addr) ||
		addr_equal(&request->careof_addr, &request->home_addr) ||
		(ctx->is_multipath && (request->ext.multipath.flags & MIP_MULTIPATH_BULK))) {
		next->n_paths = 0;
		return;
	}
	i = ctx->is_multipath ? find_by_bid(next, request->ext.multipath.bid) : find_by_careof(ctx);
	if (i >= 0)
		remove_path(next, (unsigned)i);
}

/* What stands in the way of the new path: the plain one, all with O or without an identifier, and
 * whoever else claims to be where it is. Its own predecessor, if any, is left alone. */
static void make_room(struct reg_ctx *ctx, const struct path *path)
{
	struct content *next = &ctx->next;
	bool all =
		!ctx->is_multipath || (ctx->request.ext.multipath.flags & MIP_MULTIPATH_OVERWRITE);

	for (unsigned i = next->n_paths; i-- > 0;) {
		const struct path *other = &next->paths[i];

		if (other->bid == path->bid)
			continue;
		if (all || other->bid == 0 ||
			(endpoint_equal(&other->remote, &path->remote) &&
				endpoint_equal(&other->local, &path->local)))
			remove_path(next, i);
	}
}

static uint64_t expiry(const struct reg_ctx *ctx)
{
	if (ctx->lifetime_s == MIP_LIFETIME_INFINITE)
		return CORE_NEVER;
	return ctx->now + ctx->lifetime_s * NSEC_PER_S;
}

static struct path new_path(const struct reg_ctx *ctx)
{
	return (struct path) {
		.bid = ctx->is_multipath ? ctx->request.ext.multipath.bid : 0,
		.encap = ctx->encap,
		.nat = ctx->nat,
		.link = ctx->sig.link,
		.careof_addr = ctx->request.careof_addr,
		.remote = ctx->sig.remote,
		.local = ctx->sig.local,
		.lifetime_s = ctx->lifetime_s,
		.expires_at = expiry(ctx),
	};
}

/* THREATS T9: nobody signed the address a request came from, so it may not jump about. */
static int move(struct reg_ctx *ctx, const struct path *old, struct path *path)
{
	uint64_t pause = ctx->had->conf->limits.path_move_ms * NSEC_PER_MS;

	path->moved_at = old->moved_at;
	if (endpoint_equal(&old->remote, &path->remote))
		return STEP_NEXT;
	if (old->moved_at != 0 && ctx->now < old->moved_at + pause)
		return step_drop(ctx, COUNT_MOVES_TOO_FAST);
	path->moved_at = ctx->now;
	ctx->is_moved = true;
	ctx->was = *old;
	return STEP_NEXT;
}

static void set_all_lifetimes(struct reg_ctx *ctx)
{
	for (unsigned i = 0; i < ctx->next.n_paths; i++) {
		ctx->next.paths[i].lifetime_s = ctx->lifetime_s;
		ctx->next.paths[i].expires_at = expiry(ctx);
	}
}

static int add_path(struct reg_ctx *ctx)
{
	struct content *next = &ctx->next;
	struct path path = new_path(ctx);
	int i, rc;

	make_room(ctx, &path);
	i = find_by_bid(next, path.bid);
	if (i >= 0) {
		rc = move(ctx, &next->paths[i], &path);
		if (rc != STEP_NEXT)
			return rc;
		next->paths[i] = path;
	} else {
		if (next->n_paths >= ctx->had->conf->limits.max_paths)
			return MIP_CODE_TOO_MANY_BINDINGS;
		next->paths[next->n_paths++] = path;
		ctx->is_new_path = true;
	}
	if (ctx->is_multipath && (ctx->request.ext.multipath.flags & MIP_MULTIPATH_BULK))
		set_all_lifetimes(ctx);
	if (!ctx->is_multipath && (ctx->request.flags & MIP_FLAG_S))
		ctx->code = MIP_CODE_ACCEPTED_NO_SIMULTANEOUS;
	return STEP_NEXT;
}

static void set_attributes(struct reg_ctx *ctx)
{
	struct content *next = &ctx->next;

	next->stamp = ctx->request.ident;
	next->spi = ctx->sa->spi;
	if (ctx->has_order) {
		next->n_order = ctx->n_order;
		for (unsigned i = 0; i < ctx->n_order; i++)
			next->order[i] = ctx->order[i];
	}
	if (ctx->is_dereg)
		return;
	next->home_agent = ctx->reply_home_agent;
	next->caps = ctx->caps;
	next->knows_revocation = ctx->request.ext.revocation.present;
	next->networks = ctx->networks;
	next->n_networks = ctx->n_networks;
	if (!ctx->is_multipath)
		next->n_order = 0;
}

int step_binding(struct reg_ctx *ctx)
{
	int rc = STEP_NEXT;

	start_from_present(ctx);
	if (ctx->is_dereg)
		deregister(ctx);
	else
		rc = add_path(ctx);
	if (rc == STEP_NEXT)
		set_attributes(ctx);
	return rc;
}
