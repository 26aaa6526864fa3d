/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounded reader and writer over octets, with a sticky error.
 *
 * All fields are read, then one check decides: a read past the end yields zeros, sets `failed` and
 * leaves nothing to read. A write past the end writes nothing and sets `failed`. A length field
 * opens a sub-reader that cannot read past it; what is left over in it is the caller's to judge
 * (mip_read_is_done()). Integers are in network order on the wire, in host order here.
 *
 *	mip_reader_init(&r, datagram);
 *	type = mip_read_u8(&r);
 *	lifetime = mip_read_u16(&r);
 *	if (r.failed)
 *		return MIP_VERDICT_TOO_SHORT;
 */
#ifndef LIBMIP_CURSOR_H
#define LIBMIP_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libmipsock/mipsock_addr.h"

struct mip_reader {
	const uint8_t *data;
	size_t len;
	size_t pos; /* offset of the next octet, from `data` */
	bool failed;
};

static inline void mip_reader_init(struct mip_reader *r, struct mipm_span span)
{
	*r = (struct mip_reader) { .data = span.data, .len = span.len };
}

static inline size_t mip_read_left(const struct mip_reader *r)
{
	return r->failed ? 0 : r->len - r->pos;
}

/* Everything was read and nothing failed. */
static inline bool mip_read_is_done(const struct mip_reader *r)
{
	return !r->failed && r->pos == r->len;
}

/* The next n octets, or NULL; the step that all reads below take. */
static inline const uint8_t *mip_read_take(struct mip_reader *r, size_t n)
{
	const uint8_t *at;

	if (r->failed || n > r->len - r->pos) {
		r->failed = true;
		return NULL;
	}
	at = r->data + r->pos;
	r->pos += n;
	return at;
}

static inline uint64_t mip_read_uint(struct mip_reader *r, size_t n)
{
	const uint8_t *at = mip_read_take(r, n);
	uint64_t value = 0;

	for (size_t i = 0; at && i < n; i++)
		value = value << 8 | at[i];
	return value;
}

static inline uint8_t mip_read_u8(struct mip_reader *r)
{
	return (uint8_t)mip_read_uint(r, 1);
}

static inline uint16_t mip_read_u16(struct mip_reader *r)
{
	return (uint16_t)mip_read_uint(r, 2);
}

static inline uint32_t mip_read_u32(struct mip_reader *r)
{
	return (uint32_t)mip_read_uint(r, 4);
}

static inline uint64_t mip_read_u64(struct mip_reader *r)
{
	return mip_read_uint(r, 8);
}

static inline void mip_read_skip(struct mip_reader *r, size_t n)
{
	mip_read_take(r, n);
}

/* Four octets as an address; 0.0.0.0 is one. The absent address on failure. */
static inline struct mipm_addr mip_read_v4(struct mip_reader *r)
{
	const uint8_t *at = mip_read_take(r, 4);
	struct mipm_addr addr = { 0 };

	if (!at)
		return addr;
	addr.family = MIPM_IPV4;
	memcpy(addr.octets, at, 4);
	return addr;
}

/* A view of the next n octets; an empty one on failure. */
static inline struct mipm_span mip_read_span(struct mip_reader *r, size_t n)
{
	const uint8_t *at = mip_read_take(r, n);

	return (struct mipm_span) { .data = at, .len = at ? (uint32_t)n : 0 };
}

/* Everything that is left. */
static inline struct mipm_span mip_read_rest(struct mip_reader *r)
{
	return mip_read_span(r, mip_read_left(r));
}

/* A reader of the next n octets only; r goes on after them. Failed from the start if too few. */
static inline struct mip_reader mip_read_sub(struct mip_reader *r, size_t n)
{
	struct mip_reader sub = { 0 };

	sub.data = mip_read_take(r, n);
	if (sub.data)
		sub.len = n;
	else
		sub.failed = true;
	return sub;
}

struct mip_writer {
	uint8_t *data;
	size_t size;
	size_t pos; /* octets written so far */
	bool failed;
};

static inline void mip_writer_init(struct mip_writer *w, uint8_t *data, size_t size)
{
	*w = (struct mip_writer) { .data = data, .size = size };
}

/* Room for n octets, counted as written; NULL if there is none. The step all writes below take. */
static inline uint8_t *mip_write_take(struct mip_writer *w, size_t n)
{
	uint8_t *at;

	if (w->failed || n > w->size - w->pos) {
		w->failed = true;
		return NULL;
	}
	at = w->data + w->pos;
	w->pos += n;
	return at;
}

static inline void mip_write_uint(struct mip_writer *w, uint64_t value, size_t n)
{
	uint8_t *at = mip_write_take(w, n);

	for (size_t i = n; at && i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

static inline void mip_write_u8(struct mip_writer *w, uint8_t value)
{
	mip_write_uint(w, value, 1);
}

static inline void mip_write_u16(struct mip_writer *w, uint16_t value)
{
	mip_write_uint(w, value, 2);
}

static inline void mip_write_u32(struct mip_writer *w, uint32_t value)
{
	mip_write_uint(w, value, 4);
}

static inline void mip_write_u64(struct mip_writer *w, uint64_t value)
{
	mip_write_uint(w, value, 8);
}

static inline void mip_write_octets(struct mip_writer *w, const void *data, size_t n)
{
	uint8_t *at = mip_write_take(w, n);

	if (at && n > 0)
		memcpy(at, data, n);
}

/* The absent address is written as 0.0.0.0; IPv6 does not fit and fails. */
static inline void mip_write_v4(struct mip_writer *w, const struct mipm_addr *addr)
{
	if (addr->family == MIPM_IPV6)
		w->failed = true;
	mip_write_octets(w, addr->octets, 4);
}

/* Puts a value into octets written before: a length that is known only now. */
static inline void mip_write_back(struct mip_writer *w, size_t at, uint64_t value, size_t n)
{
	if (w->failed || at > w->pos || n > w->pos - at) {
		w->failed = true;
		return;
	}
	for (size_t i = n; i-- > 0; value >>= 8)
		w->data[at + i] = (uint8_t)value;
}

#endif
