/* SPDX-License-Identifier: BSD-2-Clause */
/* The clocks of a host. */
#include "tests/support/fakebus-inner.h"

#define MILLION 1000000

/* So many parts per million of a time. */
static int64_t part(uint64_t time, int64_t ppm)
{
	return (int64_t)(time / MILLION) * ppm + (int64_t)(time % MILLION) * ppm / MILLION;
}

uint64_t clock_of_host(const struct fakebus *b, uint64_t world)
{
	uint64_t since = world - b->drift_at;

	if (!b->drift_at)
		return world;
	return b->drift_now + since + (uint64_t)part(since, b->drift_ppm);
}

uint64_t clock_of_world(const struct fakebus *b, uint64_t host)
{
	uint64_t since = host - b->drift_now, world;

	if (!b->drift_at || host == CORE_NEVER)
		return host;
	if (host < b->drift_now)
		return b->drift_at;
	world = b->drift_at + since - (uint64_t)(since / (MILLION + b->drift_ppm) * b->drift_ppm);
	while (clock_of_host(b, world) < host)
		world += host - clock_of_host(b, world);
	return world;
}

uint64_t fakebus_now(const struct fakebus *b)
{
	return clock_of_host(b, vtime_now(b->vt));
}

void fakebus_set_drift(struct fakebus *b, int32_t ppm)
{
	uint64_t now = fakebus_now(b);

	b->drift_at = vtime_now(b->vt);
	b->drift_now = now;
	b->drift_ppm = ppm;
	for (size_t i = 0; i < b->n_members; i++)
		member_schedule(b->members[i]);
}

void fakebus_set_wall_offset(struct fakebus *b, uint64_t offset)
{
	b->wall_offset = offset;
}

uint64_t fakebus_wall_offset(const struct fakebus *b)
{
	return b->wall_offset;
}
