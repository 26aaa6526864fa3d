/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replay protection by the Identification field (RFC 5944 5.7), by timestamps or nonces, behind one
 * interface: freshness is judged on a 64-bit token. The style belongs to the security association.
 *
 * No clock in here. `wall` is the replay clock in ns since 1970: wall clock at start plus elapsed
 * boot time, so that a step of the wall clock neither locks anybody out nor lets anybody in.
 * `random` is fresh random from core_env. Timestamps are NTP format; they are compared as signed
 * differences modulo 2^64, so the era that ends in 2036 is no event.
 */
#ifndef LIBMIP_REPLAY_H
#define LIBMIP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "libmip/sa.h"

/* the format */

uint64_t replay_timestamp(
	uint64_t wall); /* NTP: seconds since 1900 in the high half, modulo 2^32 */

/* a - b on the circle, in ns: positive if a is later. */
int64_t replay_difference_ns(uint64_t a, uint64_t b);

/* a is later than b, modulo 2^64 */
bool replay_is_later(uint64_t a, uint64_t b);

/* Replies are matched by the low half only: "of the most recent request". */
bool replay_low_matches(uint64_t a, uint64_t b);

/* the judging side: one per node at a home agent */

struct replay {
	enum replay_style style;
	bool started;	/* last means something */
	uint64_t last;	/* timestamps: newest accepted; what a store keeps as the stamp */
	uint32_t nonce; /* nonces: the high half the next request must have */
	bool has_nonce;
};

enum replay_verdict {
	REPLAY_FRESH,
	REPLAY_DUPLICATE, /* exactly the last accepted one: never a fresh lifetime */
	REPLAY_OLD,	  /* not later than the last accepted one */
	REPLAY_SKEWED,	  /* further from our clock than the tolerance */
	REPLAY_BAD_NONCE, /* not the one we gave, or none given yet */
};

const char *replay_verdict_name(enum replay_verdict verdict);

void replay_init(struct replay *replay, enum replay_style style);

/* After a restart: nothing up to and including this is fresh (timestamps; harmless for nonces). */
void replay_restore(struct replay *replay, uint64_t last);

/* Changes nothing. Everything but REPLAY_FRESH is reply code 133. */
enum replay_verdict replay_judge(
	const struct replay *replay, uint64_t ident, uint64_t wall, uint64_t tolerance);

/*
 * The request with this Identification was accepted (its claim is through): remember it, and give
 * the Identification of the reply. With timestamps that is the same; with nonces the high half is
 * a new nonce, which the next request must carry.
 */
uint64_t replay_accept(struct replay *replay, uint64_t ident, uint64_t random);

/*
 * The same for a fresh request that is denied for another reason than its Identification: it is
 * remembered too, so that it cannot be played again when the reason is gone.
 */
uint64_t replay_deny(struct replay *replay, uint64_t ident, uint64_t random);

/*
 * Identification for code 133: high half our clock, or the nonce that the next request must carry;
 * low half copied. A nonce that is still unused is told again, so that playing old requests does
 * not change what the node's next one must say.
 */
uint64_t replay_mismatch(struct replay *replay, uint64_t ident, uint64_t wall, uint64_t random);

/* the sending side: one per association at a node */

struct replay_sender {
	enum replay_style style;
	bool started;
	uint64_t last;	/* newest Identification made */
	int64_t offset; /* ns to add to our clock to get the agent's */
	uint32_t nonce; /* high half for the next request */
};

void replay_sender_init(struct replay_sender *sender, enum replay_style style);

/*
 * Identification for the next request. Timestamps: the agent's time as far as we know it, strictly
 * later than any before, low bits below the clock's resolution random. Nonces: high half the last
 * one received, low half random (never the same as last time).
 */
uint64_t replay_make(struct replay_sender *sender, uint64_t wall, uint64_t random);

/* An authentic reply to our latest request came, whatever its code but 133: learns the nonce. */
void replay_learn(struct replay_sender *sender, uint64_t reply_ident);

enum replay_resync {
	REPLAY_RESYNC_AGREES, /* the clocks agree: reordering or a stale last value; just repeat */
	REPLAY_RESYNC_MOVED,  /* the offset was changed: repeat, and log it */
};

/*
 * An authentic 133 to our latest request came. If the agent's time, which it gives in whole
 * seconds, is within the tolerance of ours, the offset stays and the next Identification is at
 * least one second later than the last one (else two clocks that agree repeat the same refusal);
 * else the offset is set from it. Nonces: the new nonce is taken, REPLAY_RESYNC_AGREES.
 */
enum replay_resync replay_resync(
	struct replay_sender *sender, uint64_t reply_ident, uint64_t wall, uint64_t tolerance);

#endif
