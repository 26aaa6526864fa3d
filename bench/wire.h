/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far end of a home agent's port 434, for all care-of addresses of a fleet at once: one socket,
 * whose datagrams leave from whatever address they are told. The caller's namespace has a local
 * route for the block of care-of addresses.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "libmipsock/mipsock_addr.h"

#define WIRE_BATCH     64
#define WIRE_REPLY_MAX 512

struct wire_out {
	struct mipm_addr from;
	const uint8_t *octets;
	size_t len;
};

struct wire_in {
	const uint8_t *octets; /* until the next call */
	size_t len;
	uint64_t at; /* the kernel's stamp, CLOCK_REALTIME */
};

struct wire;

/* To this home agent, 203.0.113.1 in host order. 0 or a negative errno. */
int wire_open(struct wire **out, uint32_t home_agent);
void wire_close(struct wire *w);

/* At most WIRE_BATCH; how many the kernel took, or a negative errno. */
int wire_send(struct wire *w, const struct wire_out *out, size_t n);

/* What is there, at most WIRE_BATCH; 0 after timeout_ms without anything. */
int wire_receive(struct wire *w, struct wire_in in[WIRE_BATCH], int timeout_ms);

uint64_t wire_clock(void); /* CLOCK_REALTIME in ns */

#endif
