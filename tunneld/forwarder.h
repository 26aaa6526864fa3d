/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunneld's core as a whole: forwarding table, path choice, reflexes, hints and what the bus says
 * to them. Without sockets, devices and threads: the daemon puts its data plane around it, the
 * simulation its own network.
 *
 * It is given messages, the time, sockets as they come and go, and what the data plane noticed. It
 * emits messages by env->emit and sends keepalives by send(). Packets do not pass through here:
 * they are judged by the readers' functions of fib.h.
 */
#ifndef TUNNELD_FORWARDER_H
#define TUNNELD_FORWARDER_H

#include "base/core.h"
#include "base/timerq.h"
#include "tunneld/bindings.h"
#include "tunneld/hints.h"
#include "tunneld/probe.h"

struct forwarder_config {
	const struct core_env *env;
	uint32_t n_slots;   /* of counters: one per thread */
	uint32_t fixed_mtu; /* inner; 0: by itself */
	void *ctx;

	/* See struct fib_config. */
	void (*retire)(void *ctx, void *block);
	void (*claimed)(void *ctx, const struct fib_claim *claim, bool on);

	/* An inner packet of our own making goes out by this path. */
	void (*send)(
		void *ctx, uint64_t now, struct fib_path *path, const uint8_t *packet, size_t len);

	/* Paths or prefixes of a tunnel are different now, or it goes away. May be NULL. */
	void (*changed)(void *ctx, struct fib_tunnel *tunnel);
};

struct forwarder_socket {
	struct list link; /* forwarder.sockets */
	uint32_t id;
	uint32_t ifindex; /* 0: bound to an address, not to a link */
	struct mipm_endpoint local;
	uint32_t mtu;
};

struct forwarder {
	struct forwarder_config config;
	struct fib fib;
	struct policy policy;
	struct bindings bindings;
	struct hints hints;
	struct log_limit failures; /* log lines about entries that could not be installed */
	struct timerq timers;
	struct list sockets;
	uint32_t boot_id; /* that our keepalives carry */
};

int forwarder_new(struct forwarder **out, const struct forwarder_config *config);
struct forwarder *forwarder_free(struct forwarder *f); /* no reader may be left; returns NULL */

/* False: not one of its messages. */
bool forwarder_input(struct forwarder *f, uint64_t now, const struct mipm_msg *msg);
void forwarder_tick(struct forwarder *f, uint64_t now);
uint64_t forwarder_next_wakeup(const struct forwarder *f);
void forwarder_member(
	struct forwarder *f, uint64_t now, const struct mipm_sender *who, bool joined);

/* One keepalive on this path, whose answer becomes a MIPM_PROBE_IN with this id. */
void forwarder_keepalive(struct forwarder *f, uint64_t now, struct fib_path *p, uint16_t id);

/* What messages call the peer of a tunnel: at the home agent's end its own address. */
const struct mipm_addr *forwarder_peer(const struct fib_tunnel *t);

/* Entries that the role owned, told back to it. As struct core_ops.dump. */
int forwarder_dump_own(struct forwarder *f, const char *to, uint64_t *cursor);

/* PATH_STATS of some paths, from *cursor on; 1: there are more. to NULL: to all who want it. */
int forwarder_stats(struct forwarder *f, const char *to, uint64_t *cursor, unsigned max);

/* A socket with this number is there now, or its link has another MTU. Bound to the link (local is
 * then only a family) or, with ifindex 0, to the local address. 0 or -ENOMEM. */
int forwarder_socket(struct forwarder *f, uint64_t now, uint32_t id, uint32_t ifindex,
	const struct mipm_endpoint *local, uint32_t mtu);
void forwarder_socket_gone(struct forwarder *f, uint64_t now, uint32_t id);

/* What the data plane noticed. */
void forwarder_stranger(struct forwarder *f, uint64_t now, uint32_t socket,
	const struct mipm_endpoint *remote, const struct mipm_addr *inner_src, uint32_t octets);
void forwarder_answer(
	struct forwarder *f, uint32_t path, const struct probe *probe, uint64_t received_at);
void forwarder_path_mtu(struct forwarder *f, uint64_t now, uint32_t path, uint32_t outer_mtu);

#endif
