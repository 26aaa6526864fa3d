/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies of any message type, filled at random by the rows that the codec itself walks. Same seed,
 * same body on every machine. Shared by the codec's tests, its fuzz target and the corpus.
 */
#ifndef TESTS_MIPSOCK_RANDOM_H
#define TESTS_MIPSOCK_RANDOM_H

#include <string.h>

#include "libmipsock/rows.h"

struct rnd {
	uint64_t state;
	bool sparse; /* only what is required */
	uint8_t pool[8192];
	_Alignas(16) uint8_t lists[65536];
	size_t used;
};

static inline uint32_t rnd_next(struct rnd *r)
{
	r->state += 0x9e3779b97f4a7c15ULL;
	uint64_t z = r->state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)(z ^ z >> 31);
}

static inline uint64_t rnd_integer(struct rnd *r, const struct row *row)
{
	uint64_t value = rnd_next(r) | (uint64_t)rnd_next(r) << 32;
	unsigned int n = 0;

	if (row->names && !(row->flags & ROW_BITS)) {
		while (row->names[n])
			n++;
		for (value %= n; !row->names[value][0];)
			value = (value + 1) % n;
	} else if (row->max) {
		value = row->min + value % ((uint64_t)row->max - row->min + 1);
	}
	return value;
}

static inline void rnd_addr(struct rnd *r, struct mipm_addr *addr)
{
	addr->family = rnd_next(r) & 1 ? MIPM_IPV6 : MIPM_IPV4;
	for (int i = 0; i < (addr->family == MIPM_IPV4 ? 4 : 16); i++)
		addr->octets[i] = (uint8_t)rnd_next(r);
}

static inline void rnd_prefix(struct rnd *r, const struct row *row, struct mipm_prefix *prefix)
{
	unsigned int bits;

	rnd_addr(r, &prefix->addr);
	bits = prefix->addr.family == MIPM_IPV4 ? 32 : 128;
	prefix->len = (uint8_t)(rnd_next(r) % (bits + 1));
	for (unsigned int i = prefix->len; i < bits && !(row->flags & ROW_HOST); i++)
		prefix->addr.octets[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

static inline uint32_t rnd_len(struct rnd *r, const struct row *row)
{
	uint32_t most = row->max && row->max < 300 ? row->max : 300;

	return 1 + rnd_next(r) % most;
}

static inline void rnd_table(struct rnd *r, const struct row_table *table, uint8_t *base);

static inline void rnd_value(struct rnd *r, const struct row *row, uint8_t *field)
{
	uint64_t integer;

	switch (row->kind) {
	case KIND_STR:
		*(struct mipm_str *)field =
			(struct mipm_str) { (const char *)r->pool, (uint16_t)rnd_len(r, row) };
		break;
	case KIND_SPAN:
		*(struct mipm_span *)field = (struct mipm_span) { r->pool, rnd_len(r, row) };
		break;
	case KIND_ADDR:
		rnd_addr(r, (struct mipm_addr *)field);
		break;
	case KIND_PREFIX:
		rnd_prefix(r, row, (struct mipm_prefix *)field);
		break;
	case KIND_ENDPOINT:
		rnd_addr(r, &((struct mipm_endpoint *)field)->addr);
		((struct mipm_endpoint *)field)->port = (uint16_t)rnd_next(r);
		break;
	case KIND_NEST:
		rnd_table(r, row->table, field);
		break;
	default:
		integer = rnd_integer(r, row);
		memcpy(field, &integer, row->size);
	}
}

static inline void rnd_list(struct rnd *r, const struct row *row, uint8_t *base)
{
	uint16_t n = (uint16_t)(rnd_next(r) % 5);
	uint8_t *list = r->lists + r->used;

	r->used += ((size_t)row->size * n + 15) & ~(size_t)15;
	memset(list, 0, (size_t)row->size * n);
	for (uint16_t i = 0; i < n; i++)
		rnd_value(r, row, list + (size_t)i * row->size);
	memcpy(base + row->offset, &list, sizeof(list));
	memcpy(base + row->n_offset, &n, sizeof(n));
}

/* base is zeroed. */
static inline void rnd_table(struct rnd *r, const struct row_table *table, uint8_t *base)
{
	for (unsigned int i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];

		if (!(row->flags & ROW_REQUIRED) && (r->sparse || rnd_next(r) % 4 == 0))
			continue;
		if (row->list)
			rnd_list(r, row, base);
		else
			rnd_value(r, row, base + row->offset);
	}
}

/* A body of the type; it lives in r and the given memory of MIPM_BODY_MAX octets. */
static inline void rnd_body(struct rnd *r, uint64_t seed, uint16_t type, void *body)
{
	r->state = seed * 131 + type;
	r->used = 0;
	for (size_t i = 0; i < sizeof(r->pool); i++)
		r->pool[i] = (uint8_t)rnd_next(r);
	memset(body, 0, MIPM_BODY_MAX);
	rnd_table(r, msg_row(type)->table, body);
}

#endif
