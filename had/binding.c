/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobility bindings: home address -> care-of addresses, with their lifetimes. RFC 5944 3.8.2.4.
 *
 * What a binding says (struct content) is replaced as a whole by binding_set(), which alone arms
 * the expiry and tells tunneld. An expired path goes silently, as the RFC has it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "had/record.h"
#include "had/state.h"

struct binding **binding_slot(struct had *had, const struct had_router *router)
{
	assert(router >= had->conf->routers && router < had->conf->routers + had->conf->n_routers);
	return &had->bindings[router - had->conf->routers];
}

struct binding *binding_new(struct had *had, const struct had_router *router)
{
	struct binding *binding = calloc(1, sizeof(*binding));

	if (!binding)
		return NULL;
	binding->router = router;
	binding->home_addr = router->home_addr;
	binding->expiry.kind = HAD_DEADLINE_EXPIRY;
	list_init(&binding->queue);
	replay_init(&binding->replay, REPLAY_TIMESTAMPS);
	replay_restore(&binding->replay, had->start_stamp);
	return binding;
}

struct binding *binding_of(struct had *had, const struct had_router *router)
{
	struct binding **slot = binding_slot(had, router);

	if (!*slot)
		*slot = binding_new(had, router);
	return *slot;
}

void binding_free(struct had *had, struct binding *binding)
{
	if (!binding)
		return;
	assert(list_is_empty(&binding->queue));
	timerq_cancel(&had->timers, &binding->expiry);
	pool_release(had, binding);
	free(binding->content);
	free(binding);
}

/* Room for pairs of paths: what a router's first path gives back to the heap then fits the next
 * router's second one. */
struct content *content_copy(const struct content *content)
{
	size_t paths_len = content->n_paths * sizeof(*content->paths);
	size_t networks_len = content->n_networks * sizeof(*content->networks);
	size_t spare = content->n_paths % 2 * sizeof(*content->paths);
	struct content *copy = malloc(sizeof(*copy) + paths_len + networks_len + spare);

	if (!copy)
		return NULL;
	*copy = *content;
	copy->paths = (struct path *)(copy + 1);
	copy->networks = (struct mipm_prefix *)(copy->paths + content->n_paths);
	if (paths_len > 0)
		memcpy(copy->paths, content->paths, paths_len);
	if (networks_len > 0)
		memcpy(copy->networks, content->networks, networks_len);
	return copy;
}

struct path *content_path(const struct content *content, uint16_t bid)
{
	for (unsigned i = 0; i < content->n_paths; i++)
		if (content->paths[i].bid == bid)
			return &content->paths[i];
	return NULL;
}

static uint64_t first_expiry(const struct content *content)
{
	uint64_t at = CORE_NEVER;

	for (unsigned i = 0; i < content->n_paths; i++)
		if (content->paths[i].expires_at < at)
			at = content->paths[i].expires_at;
	return at;
}

/* A content that waited for the store may have grown old meanwhile. */
static void drop_expired(struct had *had, uint64_t now, struct content *content)
{
	unsigned n = 0;

	for (unsigned i = 0; i < content->n_paths; i++)
		if (content->paths[i].expires_at > now)
			content->paths[n++] = content->paths[i];
	had->counters.counts[COUNT_EXPIRED] += content->n_paths - n;
	content->n_paths = (uint8_t)n;
}

void binding_set(struct had *had, uint64_t now, struct binding *binding, struct content *content)
{
	struct content *old = binding->content;

	if (content)
		drop_expired(had, now, content);
	if (old != content)
		free(old);
	binding->content = content;
	if (content && content->n_paths == 0) {
		free(content);
		binding->content = NULL;
	}
	content = binding->content;
	pool_note_use(had, binding);
	timerq_set(&had->timers, &binding->expiry, content ? first_expiry(content) : TIMERQ_NEVER);
	if (content)
		announce_add(had, binding, NULL);
	else if (old)
		announce_remove(had, binding);
}

void binding_expire(struct had *had, uint64_t now, struct binding *binding)
{
	char home[ADDR_TEXT_MAX];

	binding_set(had, now, binding, binding->content);
	binding_store(had, now, binding, binding->content, 0, 0);
	if (!binding->content)
		log_info(had->env->log, "binding expired: %s home %s", binding->router->name,
			addr_print(&binding->home_addr, home));
}

int binding_store(struct had *had, uint64_t now, struct binding *binding,
	const struct content *content, unsigned flags, uint64_t ticket)
{
	const char *name = binding->router->name;
	uint8_t octets[STORE_VALUE_MAX];
	struct store_item item = { .key = name, .key_len = strlen(name), .data = octets };
	const struct record record = {
		.home_addr = binding->home_addr,
		.stamp = content ? content->stamp : binding->stamp,
		.is_timestamp = binding->replay.style == REPLAY_TIMESTAMPS,
		.content = content,
		.boot = had->store_status.boot,
		.now = now,
		.wall_offset = had->env->wall_offset,
	};
	int rc;

	if (!had->store)
		return 0;
	had_look_at_store(had, now);
	item.len = record_encode(&record, name, octets, sizeof(octets));
	assert(item.len > 0);
	rc = had->store->ops->put(had->store, &item, flags, ticket);
	if (rc < 0)
		had->counters.counts[COUNT_STORE_FAILED]++;
	return rc == STORE_WAIT ? rc : 0;
}
