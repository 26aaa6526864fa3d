/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens in the world, told by the world as it happens: to the trace (trace.h) and to the
 * invariants (invariant.h). Nobody listens while struct sim.watch is NULL.
 */
#ifndef TESTS_SIM_WATCH_H
#define TESTS_SIM_WATCH_H

#include "libmipsock/mipsock.h"

struct host;
struct sim;
struct trace;
struct uplink;
struct watch;

struct watch *watch_new(struct sim *s);
struct watch *watch_free(struct watch *w); /* returns NULL; NULL is fine */
const struct trace *watch_trace(const struct watch *w);

/* A bus message that one receiver is given. */
struct watch_bus {
	const struct host *host;
	const char *from, *to; /* members; to NULL: for everybody, and nobody wanted it */
	const struct mipm_msg *msg;
	const uint8_t *octets; /* encoded */
	size_t len;
	bool fanned_out; /* not addressed to this one receiver alone */
};

enum watch_packet_what {
	PACKET_SENT,	  /* a tunneld hands it to the network, it is injected or doubled */
	PACKET_LOST,	  /* by the network; reason says how */
	PACKET_DELIVERED, /* to a tunneld's port */
	PACKET_OUT,	  /* an inner packet came out of the tunnel: data is the inner packet */
	PACKET_DROPPED,	  /* by a tunneld; reason says why */
};

/* A UDP datagram and its payload, addresses as host sees them. */
struct watch_packet {
	enum watch_packet_what what;
	const struct host *host;     /* who sent it, got it, or would have; NULL: not known */
	const struct uplink *uplink; /* that it takes; NULL: not known */
	bool up;
	struct mipm_endpoint source, target;
	const uint8_t *data;
	size_t len;
	const char *reason;
};

enum watch_daemon_what {
	DAEMON_STARTED,
	DAEMON_CRASHED,
	DAEMON_LEFT,  /* in order */
	DAEMON_WOKEN, /* its timer fired */
};

/* The world's side. */
void watch_bus(struct sim *s, const struct watch_bus *e);
void watch_packet(struct sim *s, const struct watch_packet *e);
void watch_daemon(
	struct sim *s, const struct host *host, const char *role, enum watch_daemon_what what);

/* The engine's side; see struct invariant. */
void watch_look(struct sim *s);
void watch_quiet(struct sim *s);
void watch_left(struct sim *s);

#endif
