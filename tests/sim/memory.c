/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static enum memory_side side_now;
static ptrdiff_t in_use[MEMORY_SIDES];

void memory_side(enum memory_side side)
{
	side_now = side;
}

ptrdiff_t memory_in_use(enum memory_side side)
{
	return in_use[side];
}

static void *counted(void *new)
{
	in_use[side_now] += (ptrdiff_t)malloc_usable_size(new);
	return new;
}

void *memory_malloc(size_t size)
{
	return counted(malloc(size));
}

void *memory_calloc(size_t n, size_t size)
{
	return counted(calloc(n, size));
}

void *memory_realloc(void *old, size_t size)
{
	ptrdiff_t before = (ptrdiff_t)malloc_usable_size(old);
	void *new = realloc(old, size);

	if (new || size == 0)
		in_use[side_now] -= before;
	return counted(new);
}

char *memory_strdup(const char *text)
{
	return counted(strdup(text));
}

void memory_free(void *old)
{
	in_use[side_now] -= (ptrdiff_t)malloc_usable_size(old);
	free(old);
}
