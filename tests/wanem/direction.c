/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/direction.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "tests/wanem/frame.h"

#define NS_PER_S 1000000000u

void direction_init(struct direction *direction, uint64_t seed)
{
	*direction = (struct direction) { .how = no_impairments, .random = { seed } };
	timerq_init(&direction->held);
}

void direction_fini(struct direction *direction)
{
	struct packet *packet;

	direction->stalled_until = 0;
	while ((packet = direction_take(direction, UINT64_MAX)))
		free(packet);
	timerq_fini(&direction->held);
}

void direction_set(struct direction *direction, const struct impairments *how)
{
	direction->how = *how;
	direction->loss = (struct loss) {};
}

static bool filters_drop(struct direction *direction, const struct frame *frame)
{
	bool drops = direction->how.hole;

	for (size_t i = 0; i < direction->how.n_filters; i++)
		drops |= filter_drops(&direction->how.filters[i], frame);
	return drops;
}

bool direction_admits(struct direction *direction, const struct frame *frame, uint64_t now)
{
	direction->counters.in++;
	direction->counters.octets_in += frame->len;
	if (filters_drop(direction, frame)) {
		direction->counters.filtered++;
		return false;
	}
	if (loss_hits(&direction->loss, &direction->how, &direction->random, now)) {
		direction->counters.lost++;
		return false;
	}
	return true;
}

/* When the last octet has left the queue of the rate; TIMERQ_NEVER without room in it. */
static uint64_t serialize(struct direction *direction, size_t len, uint64_t now)
{
	uint64_t rate = direction->how.rate, waiting;

	if (!rate)
		return now;
	if (direction->busy_until < now)
		direction->busy_until = now;
	waiting =
		(uint64_t)((unsigned __int128)(direction->busy_until - now) * rate / 8 / NS_PER_S);
	if (waiting && waiting + len > direction->how.queue)
		return TIMERQ_NEVER;
	direction->busy_until += len * 8 * NS_PER_S / rate;
	return direction->busy_until;
}

static uint64_t jittered(const struct impairments *how, struct random *random)
{
	uint64_t below = how->jitter < how->delay ? how->jitter : how->delay;

	return how->delay - below + random_below(random, below + how->jitter + 1);
}

static uint64_t leave_time(struct direction *direction, uint64_t sent)
{
	const struct impairments *how = &direction->how;
	uint64_t leave;

	if (random_hits(&direction->random, how->ahead))
		return sent;
	leave = sent + (how->jitter ? jittered(how, &direction->random) : how->delay);
	if (random_hits(&direction->random, how->late.share))
		return leave + how->late.by;
	if (how->order == ORDER_KEEP && leave < direction->last_leave)
		leave = direction->last_leave;
	direction->last_leave = leave;
	return leave;
}

static struct packet *hold_copy(
	struct direction *direction, const uint8_t *octets, size_t len, uint64_t leave)
{
	struct packet *packet = NULL;

	if (direction->held_octets + len <= HELD_OCTETS_MAX)
		packet = malloc(sizeof(*packet) + len);
	if (!packet) {
		direction->counters.overflow++;
		return NULL;
	}
	packet->leave = (struct deadline) {};
	packet->len = len;
	memcpy(packet->octets, octets, len);
	direction->held_octets += len;
	timerq_set(&direction->held, &packet->leave, leave);
	return packet;
}

static void corrupt(struct direction *direction, struct packet *packet)
{
	uint64_t bit = random_below(&direction->random, (packet->len - FRAME_HEADER) * 8);

	packet->octets[FRAME_HEADER + bit / 8] ^= (uint8_t)(1u << bit % 8);
	direction->counters.corrupted++;
}

void direction_hold(struct direction *direction, const uint8_t *octets, size_t len, uint64_t now)
{
	uint64_t sent = serialize(direction, len, now), leave;
	struct packet *packet;

	if (sent == TIMERQ_NEVER) {
		direction->counters.overflow++;
		return;
	}
	leave = leave_time(direction, sent);
	packet = hold_copy(direction, octets, len, leave);
	if (!packet)
		return;
	if (len > FRAME_HEADER && random_hits(&direction->random, direction->how.corrupt))
		corrupt(direction, packet);
	if (random_hits(&direction->random, direction->how.duplicate) &&
		hold_copy(direction, packet->octets, len, leave))
		direction->counters.duplicated++;
}

void direction_stall(struct direction *direction, uint64_t until)
{
	direction->stalled_until = until;
}

uint64_t direction_next(const struct direction *direction)
{
	uint64_t next = timerq_next(&direction->held);

	return next < direction->stalled_until ? direction->stalled_until : next;
}

struct packet *direction_take(struct direction *direction, uint64_t now)
{
	struct packet *packet;

	if (now < direction->stalled_until)
		return NULL;
	packet = container_of(timerq_pop(&direction->held, now), struct packet, leave);
	if (packet) {
		direction->held_octets -= packet->len;
		direction->counters.out++;
		direction->counters.octets_out += packet->len;
	}
	return packet;
}
