/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/core.h"
#include "base/table.h"
#include "tests/support/vtime.h"

#define COMMIT_EVERY (20 * NSEC_PER_MS)

struct value {
	bool is_there;
	size_t len;
	uint8_t data[STORE_VALUE_MAX];
};

struct row {
	struct table_link by_key;
	struct list in_order;
	size_t key_len;
	uint8_t key[STORE_KEY_MAX];
	bool is_changed; /* since it was written */
	struct value now, written;
};

struct tickets {
	uint64_t *numbers;
	size_t n, room;
};

struct disk {
	struct store store; /* as opened */
	struct vtime *vt;
	void (*done)(void *ctx);
	void *ctx;
	bool is_new, was_new; /* nothing was there when it was opened */
	bool commit_due;
	struct tickets waiting, through;
	struct table by_key;
	struct list in_order;
};

static struct disk *disk_of(const struct store *store)
{
	return container_of(store, struct disk, store);
}

static void value_copy(struct value *to, const struct value *from)
{
	memcpy(to, from, offsetof(struct value, data) + from->len);
}

static void commit(struct disk *d)
{
	struct row *row;

	list_for_each (row, &d->in_order, in_order) {
		if (row->is_changed)
			value_copy(&row->written, &row->now);
		row->is_changed = false;
	}
}

static void ticket_add(struct tickets *t, uint64_t number)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 16;
		t->numbers = realloc(t->numbers, t->room * sizeof(*t->numbers));
		if (!t->numbers)
			abort();
	}
	t->numbers[t->n++] = number;
}

static void commit_group(void *d_)
{
	struct disk *d = d_;

	d->commit_due = false;
	commit(d);
	for (size_t i = 0; i < d->waiting.n; i++)
		ticket_add(&d->through, d->waiting.numbers[i]);
	d->waiting.n = 0;
	if (d->through.n)
		d->done(d->ctx);
}

static int load(struct store *store, int (*fn)(void *ctx, const struct store_item *item), void *ctx)
{
	struct row *row;
	int rc = 0;

	list_for_each (row, &disk_of(store)->in_order, in_order) {
		const struct store_item item = { row->key, row->key_len, row->now.data,
			row->now.len };

		if (row->now.is_there && rc == 0)
			rc = fn(ctx, &item);
	}
	return rc;
}

static bool is_key(const struct table_link *link, const void *item_)
{
	const struct row *row = container_of(link, struct row, by_key);
	const struct store_item *item = item_;

	return row->key_len == item->key_len && memcmp(row->key, item->key, item->key_len) == 0;
}

static struct row *row_get(struct disk *d, const struct store_item *item)
{
	uint64_t hash = table_hash(item->key, item->key_len, 0);
	struct table_link *link = table_find(&d->by_key, hash, is_key, item);
	struct row *row = container_of(link, struct row, by_key);

	if (row)
		return row;
	row = calloc(1, sizeof(*row));
	if (!row)
		abort();
	row->key_len = item->key_len;
	memcpy(row->key, item->key, item->key_len);
	table_add(&d->by_key, &row->by_key, hash);
	list_add_tail(&d->in_order, &row->in_order);
	return row;
}

static int put(struct store *store, const struct store_item *item, unsigned flags, uint64_t ticket)
{
	struct disk *d = disk_of(store);
	struct row *row;

	if (item->key_len > STORE_KEY_MAX || item->len > STORE_VALUE_MAX)
		return -EINVAL;
	row = row_get(d, item);
	row->is_changed = true;
	row->now.is_there = item->data != NULL;
	row->now.len = item->len;
	if (item->data)
		memcpy(row->now.data, item->data, item->len);
	if (!d->commit_due)
		vtime_at(d->vt, vtime_now(d->vt) + COMMIT_EVERY, commit_group, d);
	d->commit_due = true;
	if (!(flags & STORE_DURABLE))
		return 0;
	ticket_add(&d->waiting, ticket);
	return STORE_WAIT;
}

static void ready(
	struct store *store, void (*done)(void *ctx, uint64_t ticket, int result), void *ctx)
{
	struct tickets *through = &disk_of(store)->through;

	for (size_t i = 0; i < through->n; i++)
		done(ctx, through->numbers[i], 0);
	through->n = 0;
}

static int flush(struct store *store)
{
	commit(disk_of(store));
	return 0;
}

static void status(const struct store *store, struct store_status *out)
{
	*out = (struct store_status) { .usable = !disk_of(store)->was_new, .boot = 1 };
}

static int fd(const struct store *store)
{
	return -1;
}

static void close_store(struct store *store)
{
	flush(store);
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

struct store *disk_open(struct disk *d)
{
	d->was_new = d->is_new;
	d->is_new = false;
	return &d->store;
}

void disk_crash(struct disk *d)
{
	struct row *row;

	d->waiting.n = d->through.n = 0;
	list_for_each (row, &d->in_order, in_order) {
		if (row->is_changed)
			value_copy(&row->now, &row->written);
		row->is_changed = false;
	}
}

void disk_lose(struct disk *d)
{
	struct row *row, *next;

	list_for_each_safe (row, next, &d->in_order, in_order) {
		table_remove(&d->by_key, &row->by_key);
		list_remove(&row->in_order);
		free(row);
	}
	d->is_new = true;
}

struct disk *disk_new(struct vtime *vt, void (*done)(void *ctx), void *ctx)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->store.ops = &ops;
	d->vt = vt;
	d->done = done;
	d->ctx = ctx;
	d->is_new = true;
	table_init(&d->by_key);
	list_init(&d->in_order);
	return d;
}

struct disk *disk_free(struct disk *d)
{
	if (!d)
		return NULL;
	disk_lose(d);
	table_fini(&d->by_key);
	free(d->waiting.numbers);
	free(d->through.numbers);
	free(d);
	return NULL;
}
