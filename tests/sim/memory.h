/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cores have allocated. Their objects, and those of base/, call the functions here instead
 * of malloc() and its kin: meson.build renames them with objcopy. The world's own memory, OpenSSL's
 * and SQLite's are not counted.
 */
#ifndef TESTS_SIM_MEMORY_H
#define TESTS_SIM_MEMORY_H

#include <stddef.h>

/* Whose cores run from now on. */
enum memory_side {
	MEMORY_AGENTS,
	MEMORY_SITES,
	MEMORY_SIDES,
};
void memory_side(enum memory_side side);

/* Octets, as the allocator rounds them, less what came from elsewhere and was freed by a core: so
 * only a difference says something. */
ptrdiff_t memory_in_use(enum memory_side side);

void *memory_malloc(size_t size);
void *memory_calloc(size_t n, size_t size);
void *memory_realloc(void *old, size_t size);
char *memory_strdup(const char *text);
void memory_free(void *old);

#endif
