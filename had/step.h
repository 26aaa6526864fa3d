/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The admission of a Registration Request as a row of steps, in the order of mipv4.md section 4.6
 * (RFC 5944 3.8.2, then what the extensions add). Each step looks at one thing, decides in ctx what
 * the answer will say about it, and returns STEP_NEXT; or the reply code that refuses; or silence;
 * or STEP_WAIT, if somebody else must be asked first: then the same step runs again later.
 *
 * Steps change nothing but ctx, with three exceptions that need no undoing: the replay state moves
 * on with every fresh authentic request, an address of the pool is remembered, and the last step
 * hands the outcome to the store.
 */
#ifndef HAD_STEP_H
#define HAD_STEP_H

#include "had/state.h"

#define STEP_NEXT (-1)
#define STEP_DROP (-2)
#define STEP_WAIT (-3)

struct reg_ctx {
	struct had *had;
	uint64_t now;
	struct mipm_sig sig;	    /* payload: the bus's, or octets below */
	uint8_t *octets;	    /* a copy, if it has to outlive the message */
	enum mip_verdict verdict;   /* of parsing */
	struct mip_request request; /* points into the payload */
	size_t step;		    /* the one that runs */

	/* who; step_auth.c */
	const struct had_router *router;
	struct mip_sa *sa;
	struct binding *binding;

	/* what the steps decided */
	uint64_t reply_ident;
	struct mipm_addr reply_home_agent;
	uint32_t caps; /* features that both ends have; 0 for a stranger */
	bool is_dereg;
	bool is_multipath;
	bool nat;
	uint8_t encap; /* enum mipm_encap */
	struct mip_udp_tunnel_reply udp_tunnel;
	struct mip_network_ack acks[MIP_MAX_NETWORKS];
	size_t n_acks;
	struct mipm_prefix networks[MIP_MAX_NETWORKS];
	uint8_t n_networks;
	uint8_t order[HAD_PATHS_MAX];
	uint8_t n_order;
	bool has_order;
	struct mipm_addr home_addr;
	uint32_t lifetime_s;
	uint8_t code; /* of success: 0 or 1 */

	/* the outcome; step_binding.c, step_claim.c */
	struct content next;
	struct path paths[HAD_PATHS_MAX + 1];
	struct content *fresh; /* next on the heap: binding_set() takes it over */
	bool is_new_path, is_moved;
	struct path was; /* before it moved */

	const char *why;     /* of a refusal, a clause for the log; NULL: the code's own sentence */
	enum counter reason; /* of silence */

	struct list link; /* had.claims or binding.queue */
	struct deadline deadline;
	uint64_t ticket;
	bool is_waiting, is_claimed;
};

#define STEP_CODES_MAX 4

struct step {
	const char *name;
	int (*run)(struct reg_ctx *ctx);
	uint8_t codes[STEP_CODES_MAX]; /* that it refuses with; then 0 */
};

extern const struct step registration_steps[]; /* ends with a row without a function */

static inline int step_refuse(struct reg_ctx *ctx, uint8_t code, const char *why)
{
	ctx->why = why;
	return code;
}

static inline int step_drop(struct reg_ctx *ctx, enum counter reason)
{
	ctx->reason = reason;
	return STEP_DROP;
}

int step_association(struct reg_ctx *ctx);
int step_authenticator(struct reg_ctx *ctx);
int step_turn(struct reg_ctx *ctx);
int step_replay(struct reg_ctx *ctx);
int step_form(struct reg_ctx *ctx);
int step_home_agent(struct reg_ctx *ctx);
int step_careof(struct reg_ctx *ctx);
int step_udp_tunnel(struct reg_ctx *ctx);
int step_encapsulation(struct reg_ctx *ctx);
int step_multipath(struct reg_ctx *ctx);
int step_mobile_network(struct reg_ctx *ctx);
int step_home_address(struct reg_ctx *ctx);
int step_binding(struct reg_ctx *ctx);
int step_claim(struct reg_ctx *ctx);

/* registration_log.c */
void registration_log_drop(struct reg_ctx *ctx);
void registration_log_denial(struct reg_ctx *ctx, uint8_t code);
void registration_log_acceptance(const struct reg_ctx *ctx);

/* reply.c: builds, signs, sends. code 0, 1: accepted. */
void reply_send(struct reg_ctx *ctx, uint8_t code);

#endif
