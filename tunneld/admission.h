/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may send us tunnel data: (socket, remote address, port) -> the paths with that far end.
 * Usually that is one; two home addresses behind one address and port are two. One writer, readers
 * without lock; see fib.h.
 */
#ifndef TUNNELD_ADMISSION_H
#define TUNNELD_ADMISSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

struct fib_hop;
struct admission_slots;

struct admission {
	_Atomic(struct admission_slots *) slots;
	size_t n_used; /* with what was removed and still stands in the way */
	size_t n_live;
	uint64_t seed;
	void (*retire)(void *ctx, void *block);
	void *ctx;
};

int admission_init(
	struct admission *a, uint64_t seed, void (*retire)(void *ctx, void *block), void *ctx);
void admission_fini(struct admission *a);

/* By hop.socket and hop.remote, which never change. 0 or -ENOMEM. */
int admission_add(struct admission *a, struct fib_hop *hop);
void admission_remove(struct admission *a, struct fib_hop *hop);

/* Readers: the first hop with that far end, then the next one of the same; NULL ends it. */
struct admission_walk {
	const struct admission_slots *slots;
	size_t at;
	uint32_t socket;
	const struct mipm_endpoint *remote;
};
struct fib_hop *admission_first(const struct admission *a, uint32_t socket,
	const struct mipm_endpoint *remote, struct admission_walk *walk);
struct fib_hop *admission_next(struct admission_walk *walk);

#endif
