/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of bench-load share; each prints one line of JSON. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench/fleet.h"
#include "bench/wire.h"

#define REQUEST_MAX 256
#define PATIENCE_MS 200

struct load {
	uint32_t count, window, offset;
	const char *dir;
	struct fleet fleet;
	struct wire *wire;
};

/* Routers follow each other in no order that helps a cache. */
static inline uint32_t nth_router(const struct load *l, uint32_t k)
{
	return (uint32_t)((uint64_t)k * 7919 % l->fleet.n);
}

/* 0 or a negative errno. */
int load_rate(struct load *l);
int load_latency(struct load *l);
int load_first(struct load *l);
int load_fill(struct load *l);

#endif
