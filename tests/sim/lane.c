/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/lane.h"

#include "base/core.h"
#include "tests/support/vtime.h"

#define MILLION 1000000U

static bool chance(struct lane *l, uint32_t ppm)
{
	return ppm && vtime_next(&l->chances) % MILLION < ppm;
}

static bool is_filtered(struct lane *l, size_t octets, bool is_data)
{
	const struct lane_conf *c = &l->conf;

	return c->is_dead || (c->longest && octets > c->longest) || (is_data && c->no_data) ||
	       (!is_data && c->no_signalling) || (c->every && l->sent % c->every == 0);
}

static bool is_lost(struct lane *l)
{
	const struct lane_conf *c = &l->conf;

	if (chance(l, l->in_burst ? c->burst_end : c->burst_begin))
		l->in_burst = !l->in_burst;
	return chance(l, c->loss) || (l->in_burst && chance(l, c->burst_loss));
}

/* When its last bit is on the line; false: the queue is full. */
static bool is_queued(struct lane *l, uint64_t now, size_t octets, uint64_t *at)
{
	const struct lane_conf *c = &l->conf;
	uint64_t start = l->idle_at > now ? l->idle_at : now;

	*at = now;
	if (!c->rate)
		return true;
	if (c->queue && (start - now) / 1000 * c->rate / 8 / MILLION + octets > c->queue)
		return false;
	*at = l->idle_at = start + octets * 8 * NSEC_PER_S / c->rate;
	return true;
}

bool lane_takes(struct lane *l, uint64_t now, size_t octets, bool is_data, uint64_t *at)
{
	const struct lane_conf *c = &l->conf;

	l->sent++;
	if (is_filtered(l, octets, is_data) || is_lost(l) || !is_queued(l, now, octets, at)) {
		l->lost++;
		return false;
	}
	*at += c->delay + (c->jitter ? vtime_next(&l->chances) % (c->jitter + 1) : 0);
	if (*at < l->last_at)
		*at = l->last_at;
	if (chance(l, c->reorder))
		*at += c->reorder_by;
	else
		l->last_at = *at;
	return true;
}

bool lane_doubles(struct lane *l)
{
	return chance(l, l->conf.duplicate);
}
