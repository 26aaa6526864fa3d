/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk in memory: writes are done at once, and a crash of had loses nothing but the process. */
#include "tests/sim/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "had/store.h"

struct row {
	bool is_used;
	size_t key_len, len;
	uint8_t key[STORE_KEY_MAX], data[STORE_VALUE_MAX];
};

struct sim_store {
	bool is_new; /* nothing has been there when it was opened */
	struct row rows[SITES_MAX];
};

struct opened {
	struct store store;
	bool was_new;
	struct sim_store *disk;
};

static struct sim_store *disk_of(const struct store *store)
{
	return ((const struct opened *)store)->disk;
}

static int load(struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	for (size_t i = 0; i < SITES_MAX; i++) {
		const struct row *row = &disk_of(store)->rows[i];
		const struct store_item item = { row->key, row->key_len, row->data, row->len };
		int rc = row->is_used ? fn(ctx, &item) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

static struct row *find(struct sim_store *disk, const struct store_item *item)
{
	struct row *unused = NULL;

	for (size_t i = 0; i < SITES_MAX; i++) {
		struct row *row = &disk->rows[i];

		if (row->is_used && row->key_len == item->key_len &&
			memcmp(row->key, item->key, item->key_len) == 0)
			return row;
		if (!row->is_used && !unused)
			unused = row;
	}
	return unused;
}

static int put(struct store *store, const struct store_item *item, unsigned flags, uint64_t ticket)
{
	struct row *row = find(disk_of(store), item);

	if (!row || item->key_len > STORE_KEY_MAX || item->len > STORE_VALUE_MAX)
		return -EINVAL;
	row->is_used = item->data != NULL;
	row->key_len = item->key_len;
	row->len = item->len;
	memcpy(row->key, item->key, item->key_len);
	if (item->data)
		memcpy(row->data, item->data, item->len);
	return 0;
}

static void ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
}

static int flush(struct store *store)
{
	return 0;
}

static void status(const struct store *store, struct store_status *out)
{
	*out = (struct store_status) { .usable = !((const struct opened *)store)->was_new,
		.boot = 1 };
}

static int fd(const struct store *store)
{
	return -1;
}

static void close_store(struct store *store)
{
	free(store);
}

static const struct store_ops ops = {
	.name = "simulated",
	.load = load,
	.put = put,
	.ready = ready,
	.flush = flush,
	.status = status,
	.fd = fd,
	.close = close_store,
};

struct store *sim_store_open(struct sim_store *disk)
{
	struct opened *o = calloc(1, sizeof(*o));

	if (!o)
		abort();
	o->store.ops = &ops;
	o->disk = disk;
	o->was_new = disk->is_new;
	disk->is_new = false;
	return &o->store;
}

void sim_store_lose(struct sim_store *disk)
{
	memset(disk, 0, sizeof(*disk));
	disk->is_new = true;
}

struct sim_store *sim_store_new(void)
{
	struct sim_store *disk = calloc(1, sizeof(*disk));

	if (!disk)
		abort();
	disk->is_new = true;
	return disk;
}

struct sim_store *sim_store_free(struct sim_store *disk)
{
	free(disk);
	return NULL;
}
