/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for one decoded message: taken piece by piece, given back all at once, kept for the next.
 */
#ifndef MIPSOCK_ARENA_H
#define MIPSOCK_ARENA_H

#include "mipsock.h"

void arena_reset(struct mipm_arena *a);

/* Zeroed memory, good until the next reset; NULL when there is no more. */
void *arena_take(struct mipm_arena *a, size_t size);

#endif
