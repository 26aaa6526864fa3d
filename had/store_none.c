/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store that remembers nothing, and the choice among stores.
 */
#include <errno.h>
#include <stdlib.h>

#include "had/store.h"

static int none_load(
	struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	return 0;
}

static int none_put(
	struct store *store, const struct store_item *item, unsigned flags, uint64_t ticket)
{
	return 0;
}

static void none_ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
}

static int none_flush(struct store *store)
{
	return 0;
}

/* Not degraded: that nothing is kept is what was configured. */
static void none_status(const struct store *store, struct store_status *out)
{
	*out = (struct store_status) { 0 };
}

static int none_fd(const struct store *store)
{
	return -1;
}

static void none_close(struct store *store)
{
	free(store);
}

static const struct store_ops none_ops = {
	.name = "none",
	.load = none_load,
	.put = none_put,
	.ready = none_ready,
	.flush = none_flush,
	.status = none_status,
	.fd = none_fd,
	.close = none_close,
};

int store_none_open(struct store **out)
{
	struct store *store = malloc(sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->ops = &none_ops;
	*out = store;
	return 0;
}

int store_open(struct store **out, const char *path, struct log *log)
{
	const struct store_embedded_conf conf = { .path = path, .log = log };

	if (!path || path[0] == '\0')
		return store_none_open(out);
	return store_embedded_open(out, &conf);
}

struct store *store_close(struct store *store)
{
	if (store)
		store->ops->close(store);
	return NULL;
}
