/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backlog.h"
#include "rows.h"

#define FIRST_SIZE    65536
#define FIRST_BUCKETS 256

#define RECORD_DEAD    0x10
#define RECORD_INDEXED 0x20

struct record {
	uint32_t size; /* with the message, a multiple of 8 */
	uint32_t len;
	uint32_t hash;
	uint32_t next; /* offset + 1 of the next one in the bucket */
	uint32_t epoch;
	uint32_t flags; /* BACKLOG_*, RECORD_* */
	uint8_t msg[];
};

static struct record *record_at(const struct backlog *b, size_t offset)
{
	return (struct record *)(void *)(b->mem + offset);
}

void backlog_init(struct backlog *b, uint64_t seed)
{
	*b = (struct backlog) { .seed = seed };
}

void backlog_fini(struct backlog *b)
{
	free(b->mem);
	free(b->buckets);
	*b = (struct backlog) { .seed = b->seed, .epoch = b->epoch };
}

void backlog_clear(struct backlog *b)
{
	backlog_fini(b);
}

static uint32_t key_hash(const struct backlog *b, const uint8_t *key, size_t len)
{
	uint64_t h = b->seed ^ b->epoch;

	while (len) {
		size_t n = len < 8 ? len : 8;
		uint64_t word = 0;

		memcpy(&word, key, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
		key += n;
		len -= n;
	}
	h *= 0xbf58476d1ce4e5b9ULL;
	return (uint32_t)(h >> 32);
}

static uint32_t *bucket_of(const struct backlog *b, uint32_t hash)
{
	return &b->buckets[hash & (b->n_buckets - 1)];
}

static void index_insert(struct backlog *b, size_t offset)
{
	struct record *r = record_at(b, offset);
	uint32_t *bucket = bucket_of(b, r->hash);

	r->next = *bucket;
	*bucket = (uint32_t)offset + 1;
}

static void index_remove(struct backlog *b, size_t offset)
{
	struct record *r = record_at(b, offset);
	uint32_t *p = bucket_of(b, r->hash);

	while (*p != offset + 1)
		p = &record_at(b, *p - 1)->next;
	*p = r->next;
	r->flags &= ~(uint32_t)RECORD_INDEXED;
	b->n_indexed--;
}

static void index_rebuild(struct backlog *b)
{
	if (!b->buckets)
		return;
	memset(b->buckets, 0, b->n_buckets * sizeof(*b->buckets));
	for (size_t at = b->head; at < b->tail; at += record_at(b, at)->size) {
		if (record_at(b, at)->flags & RECORD_INDEXED)
			index_insert(b, at);
	}
}

static int index_reserve(struct backlog *b)
{
	uint32_t n = b->n_buckets ? b->n_buckets * 2 : FIRST_BUCKETS;
	uint32_t *buckets;

	if (b->n_indexed < b->n_buckets)
		return 0;
	buckets = realloc(b->buckets, n * sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	b->buckets = buckets;
	b->n_buckets = n;
	index_rebuild(b);
	return 0;
}

/* The record of the same entry and epoch; SIZE_MAX: none. */
static size_t index_find(const struct backlog *b, uint32_t hash, const uint8_t *key, size_t len)
{
	uint8_t other[MSG_KEY_MAX];

	if (!b->n_buckets)
		return SIZE_MAX;
	for (uint32_t p = *bucket_of(b, hash); p; p = record_at(b, p - 1)->next) {
		const struct record *r = record_at(b, p - 1);

		if (r->hash == hash && r->epoch == b->epoch &&
			msg_key(r->msg, r->len, other) == len && !memcmp(key, other, len))
			return p - 1;
	}
	return SIZE_MAX;
}

static void compact(struct backlog *b)
{
	size_t to = 0;
	size_t at = b->head;

	while (at < b->tail) {
		struct record *r = record_at(b, at);
		size_t size = r->size;

		if (!(r->flags & RECORD_DEAD)) {
			memmove(b->mem + to, r, size);
			to += size;
		}
		at += size;
	}
	b->head = 0;
	b->tail = to;
	b->dead = 0;
	index_rebuild(b);
}

static int reserve(struct backlog *b, size_t need)
{
	size_t used = b->tail - b->head - b->dead + need;
	size_t size = b->size ? b->size : FIRST_SIZE / 2;
	uint8_t *mem;

	if (b->tail + need <= b->size)
		return 0;
	if (used <= b->size / 2) {
		compact(b);
		return 0;
	}
	do
		size *= 2;
	while (b->tail + need > size);
	mem = realloc(b->mem, size);
	if (!mem)
		return -ENOMEM;
	b->mem = mem;
	b->size = size;
	return 0;
}

static void forget(struct backlog *b, struct record *r)
{
	b->total -= r->len;
	if (!(r->flags & BACKLOG_DUMP))
		b->counted -= r->len;
	b->n--;
}

/* A gap before the replaced message is still a gap before the next one. */
static void replace(struct backlog *b, size_t offset)
{
	struct record *r = record_at(b, offset);

	index_remove(b, offset);
	if (r->flags & BACKLOG_GAP) {
		b->total -= r->len;
		if (!(r->flags & BACKLOG_DUMP))
			b->counted -= r->len;
		r->len = 0;
		return;
	}
	forget(b, r);
	r->flags |= RECORD_DEAD;
	b->dead += r->size;
}

static int refuse(struct backlog *b, int error)
{
	if (!b->n)
		backlog_clear(b);
	return error;
}

int backlog_add(struct backlog *b, const uint8_t *msg, size_t len, unsigned int flags, size_t limit)
{
	size_t size = (sizeof(struct record) + len + 7) & ~(size_t)7;
	uint8_t key[MSG_KEY_MAX];
	size_t key_len = len ? msg_key(msg, len, key) : 0;
	uint32_t hash = key_len ? key_hash(b, key, key_len) : 0;
	size_t older = key_len ? index_find(b, hash, key, key_len) : SIZE_MAX;
	struct record *r;

	if (older != SIZE_MAX)
		replace(b, older);
	if (!(flags & BACKLOG_DUMP) && b->counted + len > limit)
		return refuse(b, -ENOBUFS);
	if (reserve(b, size) < 0 || (key_len && index_reserve(b) < 0))
		return refuse(b, -ENOMEM);
	r = record_at(b, b->tail);
	*r = (struct record) { .size = (uint32_t)size,
		.len = (uint32_t)len,
		.hash = hash,
		.epoch = b->epoch,
		.flags = flags | (key_len ? RECORD_INDEXED : 0) };
	if (len)
		memcpy(r->msg, msg, len);
	if (key_len) {
		index_insert(b, b->tail);
		b->n_indexed++;
	}
	b->tail += size;
	b->n++;
	b->total += len;
	if (!(flags & BACKLOG_DUMP))
		b->counted += len;
	return older != SIZE_MAX;
}

bool backlog_read(const struct backlog *b, size_t at, struct backlog_item *item)
{
	const struct record *r;

	for (at = at < b->head ? b->head : at; at < b->tail; at += r->size) {
		r = record_at(b, at);
		if (r->flags & RECORD_DEAD)
			continue;
		*item = (struct backlog_item) { .msg = r->msg,
			.len = r->len,
			.gap = r->flags & BACKLOG_GAP,
			.next = at + r->size };
		return true;
	}
	return false;
}

void backlog_pop(struct backlog *b, size_t next)
{
	while (b->head < next) {
		struct record *r = record_at(b, b->head);

		if (r->flags & RECORD_INDEXED)
			index_remove(b, b->head);
		if (r->flags & RECORD_DEAD)
			b->dead -= r->size;
		else
			forget(b, r);
		b->head += r->size;
	}
	if (!b->n)
		backlog_clear(b);
}
