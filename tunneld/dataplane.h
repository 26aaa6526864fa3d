/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A data plane moves packets between our device and the sockets, by the forwarding table. It is
 * told what changes and never asked about packets; what it notices comes back as events on the
 * main thread.
 *
 * dp_tun reads the table itself (under RCU), so changed() is nothing to it. A plane inside the
 * kernel will stand in front of dp_tun: it exports tunnels and paths by their indexes on
 * changed(), and what it counted is to be read through stats() before anybody sums up.
 */
#ifndef TUNNELD_DATAPLANE_H
#define TUNNELD_DATAPLANE_H

#include "tunneld/fib.h"
#include "tunneld/probe.h"
#include "tunneld/tunneld.h"
#include "tunneld/udp.h"

/* Why packets went nowhere, beside the verdicts of fib.h. */
enum dp_drop {
	DP_MISLED = FIB_VERDICTS, /* no tunnel data at a data member */
	DP_TOO_BIG,		  /* answered by ICMP, or more than a buffer */
	DP_BROKEN_PROBE,
	DP_CONGESTION, /* marked on the way, and its ends know no marks (RFC 6040 4.2) */
	DP_NOT_SENT,   /* the kernel would not */
	DP_NOT_WRITTEN,
	DP_EVENTS_LOST, /* the main thread was too slow to be told */
	DP_DROPS,
};

const char *dp_drop_name(unsigned reason);

struct dp_stats {
	uint64_t dropped[DP_DROPS];
	uint64_t packets_in, packets_out; /* through the device, from the outside and to it */
	uint64_t batches_in, batches_out;
};

/* Called on the main thread, from ready(). */
struct dp_events {
	void *ctx;
	void (*stranger)(void *ctx, uint64_t now, uint32_t socket,
		const struct mipm_endpoint *remote, const struct mipm_addr *inner_src,
		uint32_t octets);
	void (*missed)(void *ctx, uint64_t n); /* strangers that were not looked at */
	void (*answer)(void *ctx, uint64_t now, uint32_t path, const struct probe *probe,
		uint64_t received_at);
	void (*too_big)(void *ctx, uint64_t now, uint32_t path); /* for the outer path */
	void (*device)(void *ctx, uint64_t now, bool gone);	 /* it vanished, or is down */
};

struct dp_config {
	const char *device;
	uint32_t n_workers;
	uint32_t boot_id; /* that our keepalives carry */
	const struct fib *fib;
	const struct fib_domain *domain;
	const struct udp *udp;
	struct dp_events events;
	struct log *log;
};

struct dataplane {
	const char *name;

	/* Makes or adopts the device. On failure text says what is missing. */
	int (*open)(void **dp, const struct dp_config *config, char *text, size_t size);
	bool (*adopted)(const void *dp); /* a predecessor's device was there */
	int (*start)(void *dp);		 /* threads */

	/* The device once more, after it vanished. */
	int (*reopen)(void *dp, char *text, size_t size);

	/* A group of sockets is published, or will be closed after this. */
	int (*socket)(void *dp, const struct udp_group *group, bool on);
	void (*changed)(void *dp, const struct fib_tunnel *tunnel);
	void (*stats)(void *dp, struct dp_stats *out);

	int (*fd)(const void *dp); /* readable: call ready(); -1: none */
	void (*ready)(void *dp, uint64_t now);
	void (*close)(void *dp, bool keep);
};

/* The list; ends with NULL. The first one is the default. */
extern const struct dataplane *const dataplanes[];
extern const struct dataplane dp_tun;
extern const struct dataplane dp_null;

#endif
