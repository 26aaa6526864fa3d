/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What owners say (MIPM_BC_*, MIPM_BUL_*) brought into the forwarding table, and when it leaves it:
 * removed, expired, or not named in a complete dump of its owner. A closed socket of the owner
 * changes nothing.
 *
 * A mobility binding (BC) is one tunnel with all its paths. Of a mobile router's entries (BUL) each
 * is one path; those of one (home address, peer) make one tunnel. Both are kept whole, so that
 * their owner can be told them after it started anew.
 */
#ifndef TUNNELD_BINDINGS_H
#define TUNNELD_BINDINGS_H

#include "base/timerq.h"
#include "libmipsock/mipsock.h"
#include "tunneld/fib.h"
#include "tunneld/policy.h"
#include "tunneld/removed.h"

/* Kinds of deadlines in the common queue. */
enum forwarder_deadline {
	FORWARDER_EXPIRY,
	FORWARDER_REFLEX,
	FORWARDER_MTU,
};

struct origin {
	char role[MIPSOCK_ROLE_MAX];
	uint64_t boot_id;
	uint64_t dump; /* of its sender when it was last named */
	uint64_t generation;
};

struct bc_record;

struct binding {
	struct deadline expiry; /* of the first path that expires */
	struct fib_tunnel *tunnel;
	struct origin origin; /* BC */
	struct bc_record *bc; /* BC */
	uint32_t caps;
};

struct bul_record {
	struct origin origin;
	struct mipm_bul msg; /* lists and texts are the record's own */
};

struct bindings {
	struct fib *fib;
	struct timerq *timers;
	struct policy *policy;
	struct removed removed;
	uint32_t fixed_mtu;
	/* The socket that a path uses, with the outer MTU of its link; FIB_NONE: there is none. */
	uint32_t (*socket_of)(void *ctx, const struct fib_path *path, uint32_t *outer_mtu);
	/* Something about a tunnel's paths or prefixes is different now. */
	void (*changed)(void *ctx, struct fib_tunnel *tunnel, bool other_path);
	void *ctx;
};

/* Does this member speak for the role that owns it? "mnd", or as a standby "mnd~PID". */
bool origin_is_of(const struct origin *o, const char *member);

void bindings_init(struct bindings *b, uint64_t seed);
void bindings_fini(struct bindings *b); /* and every tunnel of the table */

/*
 * 0; a positive errno: in the table as far as it goes, but no path has a socket now; a negative
 * errno: refused, nothing changed. *why is then a text that lives for ever.
 */
int bindings_bc_add(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bc *bc, const char **why);
int bindings_bul_add(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bul *bul, const char **why);
void bindings_bc_remove(
	struct bindings *b, uint64_t now, const struct mipm_sender *from, const struct mipm_bc *bc);
void bindings_bul_remove(struct bindings *b, uint64_t now, const struct mipm_sender *from,
	const struct mipm_bul *bul);

/* A complete dump of this member ended: what its role owned and it did not name goes. */
void bindings_sweep(struct bindings *b, uint64_t now, const struct mipm_sender *from);

/* The expiry deadline of a tunnel came. */
void bindings_expire(struct bindings *b, uint64_t now, struct binding *binding);

/* Sockets came or went: publishes paths anew and chooses again. */
void bindings_resolve(struct bindings *b, uint64_t now);

/* Path, MTU and prefixes of one tunnel again, after something about it changed. */
void bindings_settle(struct bindings *b, uint64_t now, struct fib_tunnel *tunnel);

#endif
