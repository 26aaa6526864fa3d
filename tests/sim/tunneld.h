/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunneld without a kernel: its real core (table, path choice, admission, reflexes, hints, probes,
 * adoption) in a shell of modelled sockets and a modelled device.
 */
#ifndef TESTS_SIM_TUNNELD_H
#define TESTS_SIM_TUNNELD_H

#include "tests/sim/net.h"
#include "tests/sim/uplink.h"
#include "tunneld/forwarder.h"

struct host;

struct tunneld_counts {
	uint64_t in, out; /* inner packets through the device */
	uint64_t dropped[FIB_VERDICTS];
	uint64_t too_big, not_sent, probes;
	uint64_t sig_in, sig_out, sig_unowned, sig_refused;
};

struct tunneld {
	struct host *host;
	const struct core_env *env;
	struct forwarder *forwarder;
	struct fib_domain *domain;
	/* By number of uplink: address and socket, as the table knows them. */
	struct mipm_addr ours[UPLINKS_MAX + 1];
	uint32_t sockets[UPLINKS_MAX + 1];
	uint64_t stats_at;
	struct tunneld_counts counts;
};

struct tunneld *tunneld_new(struct host *h);
struct tunneld *tunneld_free(struct tunneld *t);
extern const struct core_ops tunneld_ops;

/* Carrier or address of an uplink changed. */
void tunneld_uplink(struct tunneld *t, struct uplink *u);

/* A datagram reached this host's port; it is the callee's. */
void tunneld_datagram(struct tunneld *t, struct datagram *d);

/* An inner packet was given to the device. */
void tunneld_packet(struct tunneld *t, const uint8_t *packet, size_t len);

/* Between its two files. */
uint32_t tunneld_socket(const struct tunneld *t, const struct datagram *d);
void tunneld_signal_in(struct tunneld *t, struct datagram *d);
void tunneld_send_probe(
	void *t, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len);

/* What the tables say. Numbers of uplinks; 0: none. */
uint8_t tunneld_way_up(const struct tunneld *router);		    /* carries the site's packets */
uint8_t tunneld_way_down(const struct tunneld *agent, size_t site); /* carries packets to it */
bool tunneld_has_path(const struct tunneld *router, uint8_t number);
/* Would tunnel data of that uplink be let in, with its address and NAT as they are now? */
bool tunneld_admits(const struct tunneld *agent, const struct uplink *u);

#endif
