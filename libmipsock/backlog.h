/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits for one receiver that does not keep up: encoded messages in the order they were said.
 *
 * A newer state message takes the older one of the same entry out of the queue and stands at the
 * end: what is delivered is a subsequence of what was said, so no two entries ever change places.
 * Each addition, replacement and removal is O(1) on average. Memory is one block that grows, is
 * compacted when half of it is dead, and is given back when the queue is empty.
 */
#ifndef MIPSOCK_BACKLOG_H
#define MIPSOCK_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKLOG_DUMP 0x1 /* of a dump: not counted against the limit */
#define BACKLOG_GAP  0x2 /* something was dropped just before this */

struct backlog {
	uint8_t *mem;
	size_t size;
	size_t head, tail; /* records in mem */
	size_t dead;	   /* octets of records between them that were replaced */
	size_t counted;	   /* octets of messages that are not of a dump */
	size_t total;	   /* octets of all messages */
	uint32_t n;	   /* records that are not dead */
	uint32_t *buckets; /* offset + 1 of the newest record, by hash of the key */
	uint32_t n_buckets;
	uint32_t n_indexed;
	uint32_t epoch; /* only messages of one epoch replace each other */
	uint64_t seed;
};

/* One message of the queue. */
struct backlog_item {
	const uint8_t *msg;
	size_t len; /* 0: nothing but the mark of a gap */
	bool gap;
	size_t next; /* offset of what follows */
};

void backlog_init(struct backlog *b, uint64_t seed);
void backlog_fini(struct backlog *b);

/* Forgets all of it. */
void backlog_clear(struct backlog *b);

/*
 * Queues a copy (msg NULL and len 0: a mark only). 0; 1: an older message of the entry was taken
 * out; -ENOBUFS: more than limit octets would be waiting; -ENOMEM.
 */
int backlog_add(
	struct backlog *b, const uint8_t *msg, size_t len, unsigned int flags, size_t limit);

/* Reads the queue without taking from it: at is 0 for the first, then item->next. */
bool backlog_read(const struct backlog *b, size_t at, struct backlog_item *item);

/* Takes out everything before the offset `next` of an item that was read. */
void backlog_pop(struct backlog *b, size_t next);

#endif
