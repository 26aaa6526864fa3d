/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes that are not on disk yet, by key: a newer one replaces an older one of the same key, so
 * a queue never holds more than there are keys. No locks; whoever shares one has its own.
 */
#ifndef HAD_STORE_QUEUE_H
#define HAD_STORE_QUEUE_H

#include "base/table.h"
#include "had/store.h"

struct store_change {
	struct table_link by_key; /* of the queue */
	struct store_item item;	  /* points into octets */
	uint8_t octets[];
};

struct store_change *store_change_new(const struct store_item *item); /* NULL: out of memory */

/* Takes the change over. */
void store_queue_replace(struct table *queue, struct store_change *change);

/* What could not be written goes back, below what came since; batch is finished. */
void store_queue_give_back(struct table *queue, struct table *batch);

void store_queue_free(struct table *queue); /* its changes and the table's own memory */

#endif
