/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/loss.h"

#include "tests/wanem/impairments.h"
#include "tests/wanem/random.h"

static bool burst_hits(struct loss *loss, const struct impairments *how, struct random *random)
{
	bool hit = loss->in_burst && random_hits(random, how->burst.loss);

	if (random_hits(random, loss->in_burst ? how->burst.leave : how->burst.enter))
		loss->in_burst = !loss->in_burst;
	return hit;
}

static uint64_t period_length(const struct impairments *how, bool bad, struct random *random)
{
	uint64_t gap = how->bad_time.every > how->bad_time.length
			       ? how->bad_time.every - how->bad_time.length
			       : 0;
	uint64_t length = bad ? how->bad_time.length : gap;

	return how->bad_time.law == LAW_EXPONENTIAL ? random_exponential(random, length) : length;
}

static bool bad_time_hits(
	struct loss *loss, const struct impairments *how, struct random *random, uint64_t now)
{
	if (!how->bad_time.every)
		return false;
	if (!loss->period_ends)
		loss->period_ends = now + random_below(random, how->bad_time.every);
	while (loss->period_ends <= now) {
		loss->in_bad_time = !loss->in_bad_time;
		loss->period_ends += 1 + period_length(how, loss->in_bad_time, random);
	}
	return loss->in_bad_time && random_hits(random, how->bad_time.loss);
}

bool loss_hits(
	struct loss *loss, const struct impairments *how, struct random *random, uint64_t now)
{
	bool alone = random_hits(random, how->loss);
	bool in_burst = burst_hits(loss, how, random);
	bool in_bad_time = bad_time_hits(loss, how, random, now);

	return alone || in_burst || in_bad_time;
}
