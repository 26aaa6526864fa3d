/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table of changes by key. */
#include <stdlib.h>
#include <string.h>

#include "had/store_queue.h"

static uint64_t key_hash(const struct store_item *item)
{
	return table_hash(item->key, item->key_len, 0);
}

static bool key_matches(const struct table_link *link, const void *key)
{
	const struct store_change *change = container_of(link, struct store_change, by_key);
	const struct store_item *item = key;

	return change->item.key_len == item->key_len &&
	       memcmp(change->item.key, item->key, item->key_len) == 0;
}

static struct store_change *find(const struct table *table, const struct store_item *item)
{
	return container_of(
		table_find(table, key_hash(item), key_matches, item), struct store_change, by_key);
}

struct store_change *store_change_new(const struct store_item *item)
{
	struct store_change *change = calloc(1, sizeof(*change) + item->key_len + item->len);

	if (!change)
		return NULL;
	memcpy(change->octets, item->key, item->key_len);
	change->item.key = change->octets;
	change->item.key_len = item->key_len;
	if (item->data) {
		memcpy(change->octets + item->key_len, item->data, item->len);
		change->item.data = change->octets + item->key_len;
		change->item.len = item->len;
	}
	return change;
}

void store_queue_replace(struct table *queue, struct store_change *change)
{
	struct store_change *old = find(queue, &change->item);

	if (old) {
		table_remove(queue, &old->by_key);
		free(old);
	}
	table_add(queue, &change->by_key, key_hash(&change->item));
}

void store_queue_free(struct table *queue)
{
	struct store_change *change, *spare;

	table_for_each_safe (change, spare, queue, by_key) {
		table_remove(queue, &change->by_key);
		free(change);
	}
	table_fini(queue);
}

void store_queue_give_back(struct table *queue, struct table *batch)
{
	struct store_change *change, *spare;

	table_for_each_safe (change, spare, batch, by_key) {
		table_remove(batch, &change->by_key);
		if (find(queue, &change->item))
			free(change);
		else
			table_add(queue, &change->by_key, key_hash(&change->item));
	}
	table_fini(batch);
}
