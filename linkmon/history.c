/* SPDX-License-Identifier: BSD-2-Clause */
/* The last handovers, for mipctl history. */
#include "linkmon/internal.h"

#include <stdio.h>

static struct handover *newest(struct history *h)
{
	return &h->ring[(h->n - 1) % HISTORY_MAX];
}

/* When the first of the unanswered echoes was sent: the trouble began about then. */
static uint64_t trouble_at(const struct path *from, uint64_t now)
{
	if (from->verdict != MIPM_BAD || from->probing.misses == 0)
		return now;
	return from->probing.lost_at;
}

void history_add(struct linkmon *l, uint64_t now, const struct path *from, const struct path *to,
	const char *cause)
{
	struct history *h = &l->history;
	struct handover *e;

	if (!h->ring)
		h->ring = calloc(HISTORY_MAX, sizeof(*h->ring));
	if (!h->ring)
		return;
	h->n++;
	e = newest(h);
	*e = (struct handover) { .at = l->env->wall_offset + now };
	snprintf(e->from, sizeof(e->from), "%s", from->name);
	snprintf(e->to, sizeof(e->to), "%s", to->name);
	snprintf(e->cause, sizeof(e->cause), "%s", cause);
	h->lost_at = trouble_at(from, now);
	e->detect_ms = (uint32_t)((now - h->lost_at) / NSEC_PER_MS);
	e->gap_known = from->verdict != MIPM_BAD; /* a planned move has none */
	h->open_number = from->verdict == MIPM_BAD ? to->number : 0;
	h->open_at = now;
}

void history_answered(struct linkmon *l, const struct path *p, uint64_t sent, uint64_t received)
{
	struct history *h = &l->history;
	struct handover *e;

	if (h->open_number != p->number || sent < h->open_at)
		return;
	h->open_number = 0;
	e = newest(h);
	e->gap_ms = (uint32_t)((received - h->lost_at) / NSEC_PER_MS);
	e->gap_known = true;
}
