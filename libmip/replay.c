/* SPDX-License-Identifier: BSD-2-Clause */
/* Identification: timestamps and nonces (RFC 5944 5.7). See replay.h. */
#include "libmip/replay.h"

#define NTP_UNIX_SECONDS UINT64_C(2208988800) /* 1900 to 1970 */
#define NS_PER_S	 UINT64_C(1000000000)
#define SECOND		 (UINT64_C(1) << 32) /* of an NTP timestamp */
#define RANDOM_BITS	 UINT64_C(0x3ff)     /* about 240 ns: no clock means more */

static uint32_t high(uint64_t ident)
{
	return (uint32_t)(ident >> 32);
}

static uint32_t low(uint64_t ident)
{
	return (uint32_t)ident;
}

static uint64_t join(uint32_t high_half, uint32_t low_half)
{
	return (uint64_t)high_half << 32 | low_half;
}

uint64_t replay_timestamp(uint64_t wall)
{
	uint64_t seconds = wall / NS_PER_S + NTP_UNIX_SECONDS;

	return join((uint32_t)seconds, (uint32_t)((wall % NS_PER_S << 32) / NS_PER_S));
}

int64_t replay_difference_ns(uint64_t a, uint64_t b)
{
	return (int64_t)((__int128)(int64_t)(a - b) * (int64_t)NS_PER_S / (int64_t)SECOND);
}

bool replay_is_later(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

bool replay_low_matches(uint64_t a, uint64_t b)
{
	return low(a) == low(b);
}

static uint64_t magnitude(int64_t ns)
{
	return ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
}

const char *replay_verdict_name(enum replay_verdict verdict)
{
	static const char *const names[] = {
		[REPLAY_FRESH] = "fresh",
		[REPLAY_DUPLICATE] = "duplicate",
		[REPLAY_OLD] = "old",
		[REPLAY_SKEWED] = "skewed",
		[REPLAY_BAD_NONCE] = "bad-nonce",
	};

	return verdict <= REPLAY_BAD_NONCE ? names[verdict] : "?";
}

/* judging */

void replay_init(struct replay *replay, enum replay_style style)
{
	*replay = (struct replay) { .style = style };
}

void replay_restore(struct replay *replay, uint64_t last)
{
	replay->last = last;
	replay->started = true;
}

static enum replay_verdict judge_timestamp(
	const struct replay *replay, uint64_t ident, uint64_t wall, uint64_t tolerance)
{
	int64_t skew = replay_difference_ns(ident, replay_timestamp(wall));

	if (replay->started && ident == replay->last)
		return REPLAY_DUPLICATE;
	if (magnitude(skew) > tolerance)
		return REPLAY_SKEWED;
	if (replay->started && !replay_is_later(ident, replay->last))
		return REPLAY_OLD;
	return REPLAY_FRESH;
}

static enum replay_verdict judge_nonce(const struct replay *replay, uint64_t ident)
{
	if (replay->started && ident == replay->last)
		return REPLAY_DUPLICATE;
	if (!replay->has_nonce || high(ident) != replay->nonce)
		return REPLAY_BAD_NONCE;
	return REPLAY_FRESH;
}

enum replay_verdict replay_judge(
	const struct replay *replay, uint64_t ident, uint64_t wall, uint64_t tolerance)
{
	if (replay->style == REPLAY_NONCES)
		return judge_nonce(replay, ident);
	return judge_timestamp(replay, ident, wall, tolerance);
}

/* Not the one before: that would make the request that used it fresh again. */
static uint32_t renew_nonce(struct replay *replay, uint64_t random)
{
	uint32_t nonce = high(random);

	if (replay->has_nonce && nonce == replay->nonce)
		nonce++;
	replay->nonce = nonce;
	replay->has_nonce = true;
	return nonce;
}

uint64_t replay_accept(struct replay *replay, uint64_t ident, uint64_t random)
{
	replay_restore(replay, ident);
	if (replay->style == REPLAY_NONCES)
		return join(renew_nonce(replay, random), low(ident));
	return ident;
}

uint64_t replay_deny(struct replay *replay, uint64_t ident, uint64_t random)
{
	return replay_accept(replay, ident, random);
}

uint64_t replay_mismatch(struct replay *replay, uint64_t ident, uint64_t wall, uint64_t random)
{
	if (replay->style == REPLAY_TIMESTAMPS)
		return join(high(replay_timestamp(wall)), low(ident));
	if (!replay->has_nonce)
		renew_nonce(replay, random);
	return join(replay->nonce, low(ident));
}

/* sending */

void replay_sender_init(struct replay_sender *sender, enum replay_style style)
{
	*sender = (struct replay_sender) { .style = style };
}

/* The agent's time as we know it. Arithmetic modulo 2^64 does for offsets of either sign. */
static uint64_t agent_time(const struct replay_sender *sender, uint64_t wall)
{
	return replay_timestamp(wall + (uint64_t)sender->offset);
}

static uint64_t make_timestamp(const struct replay_sender *sender, uint64_t wall, uint64_t random)
{
	uint64_t ident = (agent_time(sender, wall) & ~RANDOM_BITS) | (random & RANDOM_BITS);

	if (sender->started && !replay_is_later(ident, sender->last))
		ident = sender->last + 1 + (random & RANDOM_BITS);
	return ident;
}

uint64_t replay_make(struct replay_sender *sender, uint64_t wall, uint64_t random)
{
	uint64_t ident;

	if (sender->style == REPLAY_TIMESTAMPS)
		ident = make_timestamp(sender, wall, random);
	else
		ident = join(sender->nonce, low(random));
	if (sender->started && replay_low_matches(ident, sender->last))
		ident = sender->style == REPLAY_TIMESTAMPS ? ident + 1
							   : join(high(ident), low(ident) + 1);
	sender->last = ident;
	sender->started = true;
	return ident;
}

void replay_learn(struct replay_sender *sender, uint64_t reply_ident)
{
	if (sender->style == REPLAY_NONCES)
		sender->nonce = high(reply_ident);
}

/*
 * The clocks agree, so the agent has seen a later Identification than ours: one of ours that
 * overtook, or from before a restart of either end. A second later, as long as the agent would
 * still find it within its tolerance.
 */
static void step_ahead(struct replay_sender *sender, uint64_t agent, uint64_t tolerance)
{
	int64_t ahead = replay_difference_ns(sender->last + SECOND, agent);

	if (sender->started && ahead + (int64_t)NS_PER_S <= (int64_t)tolerance)
		sender->last += SECOND;
}

/*
 * Half the tolerance decides, since the agent's seconds are cut off and the reply was on its way:
 * at the edge of the whole tolerance one would neither learn nor be accepted.
 */
enum replay_resync replay_resync(
	struct replay_sender *sender, uint64_t reply_ident, uint64_t wall, uint64_t tolerance)
{
	uint64_t agent = join(high(reply_ident), UINT32_MAX / 2); /* its second, half gone */
	int64_t apart;

	if (sender->style == REPLAY_NONCES) {
		replay_learn(sender, reply_ident);
		return REPLAY_RESYNC_AGREES;
	}
	apart = replay_difference_ns(agent, agent_time(sender, wall));
	if (magnitude(apart) <= tolerance / 2) {
		step_ahead(sender, agent, tolerance);
		return REPLAY_RESYNC_AGREES;
	}
	sender->offset += apart;
	/* What the agent would find too far ahead it never accepted: no need to stay above it. */
	if (sender->started &&
		replay_difference_ns(sender->last, agent) > (int64_t)(tolerance - tolerance / 4))
		sender->started = false;
	return REPLAY_RESYNC_MOVED;
}
