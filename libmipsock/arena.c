/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#define ARENA_CHUNK 4096

/* A chunk never moves: what was handed out stays where it is while the message is built. */
struct chunk {
	struct chunk *next;
	size_t size;
	alignas(max_align_t) uint8_t octets[];
};

struct mipm_arena {
	struct chunk *first;
	struct chunk *current;
	size_t used; /* of current */
};

static struct chunk *chunk_new(size_t size)
{
	struct chunk *c = malloc(sizeof(*c) + size);

	if (c) {
		c->next = NULL;
		c->size = size;
	}
	return c;
}

struct mipm_arena *mipm_arena_new(void)
{
	struct mipm_arena *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->first = a->current = chunk_new(ARENA_CHUNK);
	if (!a->first) {
		free(a);
		return NULL;
	}
	return a;
}

struct mipm_arena *mipm_arena_free(struct mipm_arena *a)
{
	struct chunk *next;

	for (struct chunk *c = a ? a->first : NULL; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
	return NULL;
}

void arena_reset(struct mipm_arena *a)
{
	a->current = a->first;
	a->used = 0;
}

void *arena_take(struct mipm_arena *a, size_t size)
{
	void *p;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	while (a->current->size - a->used < size) {
		struct chunk *next = a->current->next;

		if (!next) {
			next = chunk_new(size > ARENA_CHUNK ? size : ARENA_CHUNK);
			if (!next)
				return NULL;
			a->current->next = next;
		}
		a->current = next;
		a->used = 0;
	}
	p = a->current->octets + a->used;
	a->used += size;
	return memset(p, 0, size);
}
