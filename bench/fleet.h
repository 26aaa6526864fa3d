/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A made-up fleet: everything about router i follows from i. Home address, one mobile network, two
 * care-of addresses, an association of HMAC-SHA256, and requests as mnd writes them towards our own
 * home agent.
 */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "libmip/mac.h"
#include "libmip/mip.h"

#define FLEET_MAX	 (1U << 17) /* what the address blocks hold */
#define FLEET_PATHS	 2
#define FLEET_HOME_AGENT 0xcb007101U /* 203.0.113.1 */
#define FLEET_LIFETIME	 600

struct fleet {
	uint32_t n;
	struct mac *mac;
	struct mip_sa **sas; /* of router i */
};

/* 0 or a negative errno; fleet_close() in either case. */
int fleet_open(struct fleet *f, uint32_t n);
void fleet_close(struct fleet *f);

/* DIR/routers and DIR/keys, as a home agent reads them. 0 or a negative errno. */
int fleet_write(const struct fleet *f, const char *dir);

/* Path 0 or 1. */
struct mipm_addr fleet_careof(uint32_t router, unsigned path);

/* Registers that path; the octets' number, or a negative errno. */
int fleet_request(
	struct fleet *f, uint32_t router, unsigned path, uint64_t ident, uint8_t *buf, size_t size);

enum fleet_verdict {
	FLEET_ACCEPTED,
	FLEET_REFUSED, /* authentic, another code */
	FLEET_FORGED,  /* not authentic, or no reply to one of our routers */
};

/* *router: whose it is, unless it is forged. */
enum fleet_verdict fleet_judge(struct fleet *f, struct mipm_span reply, uint32_t *router);

#endif
