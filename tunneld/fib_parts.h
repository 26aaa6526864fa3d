/* SPDX-License-Identifier: BSD-2-Clause */
/* What fib.c, fib_index.c and claims.c share. */
#ifndef TUNNELD_FIB_PARTS_H
#define TUNNELD_FIB_PARTS_H

#include "tunneld/fib.h"

/* The index that was given back longest ago, or a new one; FIB_NONE without memory. */
uint32_t fib_index_take(struct fib *fib);
void fib_index_give_back(struct fib *fib, uint32_t index);
void fib_index_fini(struct fib *fib);

/* Of slot 0. */
struct fib_counters *fib_counters_at(const struct fib *fib, uint32_t index);

void claims_withdraw_all(struct fib *fib, struct fib_tunnel *tunnel);

#endif
