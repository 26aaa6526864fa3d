/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/vtime.h"

#include <stdlib.h>
#include <string.h>

#include "base/core.h"

struct vevent {
	uint64_t at, id;
	void (*fn)(void *ctx); /* NULL: cancelled */
	void *ctx;
};

/* What is asked for at once happens before the clock moves: it needs no place by time. */
struct vtime {
	uint64_t now, last_id, seed;
	struct vevent *heap; /* earliest first, then by id */
	size_t n, room;
	struct vevent *due; /* a ring, by id */
	size_t due_first, n_due, due_room;
};

struct vtime *vtime_new(uint64_t seed)
{
	struct vtime *vt = calloc(1, sizeof(*vt));

	if (!vt)
		abort();
	vt->now = VTIME_START;
	vt->seed = seed;
	return vt;
}

struct vtime *vtime_free(struct vtime *vt)
{
	if (vt) {
		free(vt->heap);
		free(vt->due);
	}
	free(vt);
	return NULL;
}

uint64_t vtime_now(const struct vtime *vt)
{
	return vt->now;
}

static bool is_before(const struct vevent *a, const struct vevent *b)
{
	return a->at != b->at ? a->at < b->at : a->id < b->id;
}

static void sift_up(struct vevent *heap, size_t i)
{
	struct vevent e = heap[i];

	for (; i > 0 && is_before(&e, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = e;
}

static void sift_down(struct vevent *heap, size_t n)
{
	struct vevent e = heap[0];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &e))
			break;
		heap[i] = heap[child];
	}
	heap[i] = e;
}

static struct vevent *resize(struct vevent *events, size_t room)
{
	events = realloc(events, room * sizeof(*events));
	if (!events)
		abort();
	return events;
}

static struct vevent *due_at(const struct vtime *vt, size_t i)
{
	return &vt->due[(vt->due_first + i) & (vt->due_room - 1)];
}

static void add_due(struct vtime *vt, struct vevent e)
{
	if (vt->n_due == vt->due_room) {
		size_t old = vt->due_room;

		vt->due_room = old ? 2 * old : 64;
		vt->due = resize(vt->due, vt->due_room);
		/* what had wrapped round goes on behind the rest */
		memcpy(vt->due + old, vt->due, vt->due_first * sizeof(*vt->due));
	}
	*due_at(vt, vt->n_due++) = e;
}

uint64_t vtime_at(struct vtime *vt, uint64_t at, void (*fn)(void *ctx), void *ctx)
{
	struct vevent e = { at, ++vt->last_id, fn, ctx };

	if (at <= vt->now) {
		e.at = vt->now;
		add_due(vt, e);
		return e.id;
	}
	if (vt->n == vt->room) {
		vt->room = vt->room ? 2 * vt->room : 64;
		vt->heap = resize(vt->heap, vt->room);
	}
	vt->heap[vt->n] = e;
	sift_up(vt->heap, vt->n++);
	return e.id;
}

uint64_t vtime_in_ms(struct vtime *vt, uint64_t ms, void (*fn)(void *ctx), void *ctx)
{
	return vtime_at(vt, vt->now + ms * NSEC_PER_MS, fn, ctx);
}

void vtime_cancel(struct vtime *vt, uint64_t id)
{
	for (size_t i = 0; i < vt->n; i++)
		if (vt->heap[i].id == id)
			vt->heap[i].fn = NULL;
	for (size_t i = 0; i < vt->n_due; i++)
		if (due_at(vt, i)->id == id)
			due_at(vt, i)->fn = NULL;
}

static bool is_due_first(const struct vtime *vt)
{
	return vt->n_due > 0 && (vt->n == 0 || is_before(due_at(vt, 0), &vt->heap[0]));
}

static struct vevent take_first(struct vtime *vt)
{
	struct vevent e;

	if (is_due_first(vt)) {
		e = *due_at(vt, 0);
		vt->due_first = (vt->due_first + 1) & (vt->due_room - 1);
		vt->n_due--;
		return e;
	}
	e = vt->heap[0];
	vt->heap[0] = vt->heap[--vt->n];
	if (vt->n > 0)
		sift_down(vt->heap, vt->n);
	return e;
}

static void run_first(struct vtime *vt)
{
	struct vevent e = take_first(vt);

	vt->now = e.at > vt->now ? e.at : vt->now;
	if (e.fn)
		e.fn(e.ctx);
}

void vtime_run_until(struct vtime *vt, uint64_t at)
{
	while (vt->n_due > 0 || (vt->n > 0 && (vt->heap[0].at <= at || vt->heap[0].at <= vt->now)))
		run_first(vt);
	vt->now = at > vt->now ? at : vt->now;
}

void vtime_finish(struct vtime *vt)
{
	while (vt->n_due > 0 || vt->n > 0)
		run_first(vt);
}

void vtime_run_ms(struct vtime *vt, uint64_t ms)
{
	vtime_run_until(vt, vt->now + ms * NSEC_PER_MS);
}

void vtime_stall_ms(struct vtime *vt, uint64_t ms)
{
	vt->now += ms * NSEC_PER_MS;
}

/* splitmix64 */
uint64_t vtime_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t vtime_random(struct vtime *vt)
{
	return vtime_next(&vt->seed);
}

uint64_t vtime_random_below(struct vtime *vt, uint64_t n)
{
	return n ? vtime_random(vt) % n : 0;
}

void vtime_random_octets(struct vtime *vt, void *octets, size_t len)
{
	uint8_t *out = octets;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)vtime_random(vt);
}
