/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bindings told on the bus: MIPM_BC_ADD is always the whole binding, MIPM_BC_REMOVE its key.
 *
 * The order in which the router wants its paths used is in their priorities: those that its
 * catch-all flow binding lists come first (RFC 7629 4.2), the others after them as they came.
 */
#include <string.h>

#include "had/state.h"

static uint16_t priority(const struct content *content, unsigned i)
{
	for (unsigned k = 0; k < content->n_order; k++)
		if (content->order[k] == content->paths[i].bid)
			return (uint16_t)k;
	return (uint16_t)(content->n_order + i);
}

static uint64_t told_expiry(uint64_t at)
{
	return at == CORE_NEVER ? 0 : at; /* on the bus 0 is never */
}

static void fill_paths(const struct content *content, struct mipm_path *paths)
{
	for (unsigned i = 0; i < content->n_paths; i++) {
		const struct path *path = &content->paths[i];

		paths[i] = (struct mipm_path) {
			.number = path->bid,
			.kind = MIPM_PATH_UPLINK,
			.encap = path->encap,
			.nat = path->nat,
			.priority = priority(content, i),
			.careof_addr = path->careof_addr,
			.remote = path->remote,
			.local = path->local,
			.link = path->link,
			.expires_at = told_expiry(path->expires_at),
		};
	}
}

static struct mipm_bc key_of(struct had *had, const struct binding *binding)
{
	return (struct mipm_bc) {
		.home_addr = binding->home_addr,
		.stamp = binding->stamp,
		.generation = ++had->generation,
		.protocol = MIPM_MIP4,
		.identity = { .text = binding->router->name,
			.len = (uint16_t)strlen(binding->router->name) },
	};
}

static const struct path *last_path(const struct content *content)
{
	const struct path *last = &content->paths[0];

	for (unsigned i = 1; i < content->n_paths; i++)
		if (content->paths[i].expires_at > last->expires_at)
			last = &content->paths[i];
	return last;
}

void announce_add(struct had *had, const struct binding *binding, const char *to)
{
	const struct content *content = binding->content;
	struct mipm_path paths[HAD_PATHS_MAX];
	struct mipm_bc bc;

	if (had->is_quiet)
		return;
	bc = key_of(had, binding);
	fill_paths(content, paths);
	bc.stamp = content->stamp;
	bc.home_agent = content->home_agent;
	bc.networks = content->networks;
	bc.n_networks = content->n_networks;
	bc.paths = paths;
	bc.n_paths = content->n_paths;
	bc.lifetime_s = last_path(content)->lifetime_s;
	bc.expires_at = told_expiry(last_path(content)->expires_at);
	bc.caps = content->caps;
	had->env->emit(had->env->ctx, to, MIPM_BC_ADD, &bc);
}

void announce_remove(struct had *had, const struct binding *binding)
{
	struct mipm_bc bc;

	if (had->is_quiet)
		return;
	bc = key_of(had, binding);
	had->env->emit(had->env->ctx, NULL, MIPM_BC_REMOVE, &bc);
}

void announce_remove_entry(struct had *had, const struct mipm_bc *entry)
{
	const struct mipm_bc bc = {
		.domain = entry->domain,
		.home_addr = entry->home_addr,
		.stamp = entry->stamp,
		.generation = ++had->generation,
		.protocol = entry->protocol,
		.identity = entry->identity,
	};

	had->env->emit(had->env->ctx, NULL, MIPM_BC_REMOVE, &bc);
}

#define DUMP_AT_ONCE 32

/* Bindings that lived when we started and are not known to us may still be good: incomplete. */
int announce_dump(struct had *had, uint64_t now, const char *to, uint64_t *cursor)
{
	unsigned n = 0;

	if (had->is_adopting)
		return MIPSOCK_LATER;
	for (; *cursor < had->conf->n_routers; ++*cursor) {
		const struct binding *binding = had->bindings[*cursor];

		if (!binding || !binding->content)
			continue;
		if (n++ == DUMP_AT_ONCE)
			return 1;
		announce_add(had, binding, to);
	}
	if (had->is_forgetful && now < had->started_at + had->conf->max_lifetime_s * NSEC_PER_S)
		return -1;
	return 0;
}
