/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration revocation, RFC 3543; mipv4.md section 10: the home agent ends a binding and tells
 * the router at once, on each of its paths, until the router acknowledges or the binding would have
 * ended anyway.
 *
 * Identifiers and the timestamps of Revocation Support come from one clock, so that a revocation is
 * newer than the registration it ends, and a registration newer than the revocations before it,
 * within one second as well.
 */
#ifndef HAD_REVOCATION_H
#define HAD_REVOCATION_H

#include "had/state.h"
#include "libmip/sa.h"

/* One path that has to be told. */
struct revocation_target {
	struct mipm_addr careof_addr;
	struct mipm_endpoint remote, local;
	uint32_t link;
	uint64_t until; /* the binding would have ended by itself */
};

/* One router that has not acknowledged yet. */
struct revocation {
	struct table_link by_home_addr; /* had.revocations */
	struct deadline deadline;
	struct mipm_addr home_addr, home_agent;
	struct mip_sa *sa; /* a copy: the configuration may drop it */
	uint32_t first_ident, ident;
	uint64_t pause;	   /* before the next transmission */
	bool is_hint;	   /* said once */
	uint8_t n_targets; /* that have not acknowledged */
	struct revocation_target targets[];
};

/*
 * Ends the binding and tells its router, if that said that it understands; else the router notices
 * when it registers again. Gives the number of paths that are told.
 */
unsigned revocation_begin(struct had *had, uint64_t now, struct binding *binding);

/* Revocation Support for a reply: both ends know revocation from here on. */
struct mip_revocation_support revocation_support(struct had *had, uint64_t now);

/* The router registered again from there: what was said about that path is over. */
void revocation_settle(
	struct had *had, const struct mipm_addr *home_addr, const struct mipm_endpoint *remote);

void revocation_ack_input(struct had *had, uint64_t now, const struct mipm_sig *sig);
void revocation_timeout(struct had *had, uint64_t now, struct revocation *revocation);
void revocation_forget_all(struct had *had);

/*
 * Tunnel data of a router of whom there is no binding, as after a loss of the store: told with one
 * revocation, not longer than its cause, once in 10 s (THREATS section 3). Whoever has a binding is
 * not told anything: what a stranger sends must be of no use to him.
 */
void revocation_hint(struct had *had, uint64_t now, const struct mipm_be_hint *hint);

/* For the two files: made, found, said, dropped. */
struct revocation *revocation_new(struct had *had, const struct mipm_addr *home_addr,
	const struct mipm_addr *home_agent, const struct mip_sa *sa,
	unsigned n_targets); /* room for; NULL: no memory */
struct revocation *revocation_find(const struct had *had, const struct mipm_addr *home_addr);
void revocation_drop(struct had *had, struct revocation *revocation);
/* Its next Identifier: newer than its last one and than all that replies carried. */
void revocation_stamp(struct had *had, uint64_t now, struct revocation *revocation);
/* False: longer than max_len, or not to be made. */
bool revocation_send(struct had *had, const struct revocation *revocation,
	const struct revocation_target *target, uint32_t max_len);

#endif
