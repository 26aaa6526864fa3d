/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens in the world, told by the world as it happens: to the trace (trace.h) and to the
 * invariants (invariant.h). A host is the home agent (site NULL) or a site's router.
 */
#ifndef TESTS_SIM_WATCH_H
#define TESTS_SIM_WATCH_H

#include "libmipsock/mipsock.h"

struct sim;
struct site;

/* A bus message as one receiver gets it; to NULL: nobody wanted it, or a tool. */
struct watch_bus {
	const struct site *site;
	const char *from, *to;
	const struct mipm_msg *msg;
	const uint8_t *octets; /* encoded */
	size_t len;
	bool fanned_out; /* not addressed to this one receiver alone */
};

enum watch_packet_what {
	PACKET_SENT,	  /* a tunneld hands it to an uplink */
	PACKET_LOST,	  /* on its way */
	PACKET_DELIVERED, /* to the other tunneld */
	PACKET_OUT,	  /* the inner packet came out of a tunnel */
	PACKET_DROPPED,	  /* by a tunneld; reason says why */
};

/* A UDP datagram of an uplink as its octets are; addresses as the receiver sees them. */
struct watch_packet {
	enum watch_packet_what what;
	const struct site *site; /* whose uplink it takes; NULL: injected from elsewhere */
	uint8_t number;
	bool up;
	struct mipm_endpoint source, target;
	const uint8_t *data;
	size_t len;
	const char *reason;
};

enum watch_daemon_what {
	DAEMON_STARTED,
	DAEMON_CRASHED,
	DAEMON_WOKEN, /* its timer fired */
	DAEMON_LEFT,
};

void watch_bus(struct sim *s, const struct watch_bus *e);
void watch_packet(struct sim *s, const struct watch_packet *e);
void watch_daemon(
	struct sim *s, const struct site *site, const char *role, enum watch_daemon_what what);

#endif
