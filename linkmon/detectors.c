/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of detectors, and asking all of them. */
#include "linkmon/detector.h"

const struct detector *const detectors[] = { &det_carrier, &det_probe, NULL };

_Static_assert(sizeof(detectors) / sizeof(detectors[0]) <= DETECTORS_MAX + 1, "opinions by row");

void detectors_link(struct linkmon *l, struct path *p, uint64_t now, bool fresh)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->link)
			detectors[i]->link(l, p, i, now, fresh);
	path_judge(l, p, now);
}

void detectors_probe(
	struct linkmon *l, struct path *p, uint64_t now, const struct mipm_probe_in *in)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->probe)
			detectors[i]->probe(l, p, i, now, in);
	path_judge(l, p, now);
}

void detectors_stats(struct linkmon *l, struct path *p, uint64_t now)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->stats)
			detectors[i]->stats(l, p, i, now);
	path_judge(l, p, now);
}

void detectors_doubt(struct linkmon *l, struct path *p, uint64_t now)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->doubt)
			detectors[i]->doubt(l, p, i, now);
	path_judge(l, p, now);
}

void detectors_tick(struct linkmon *l, struct path *p, uint64_t now)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->tick)
			detectors[i]->tick(l, p, i, now);
	path_judge(l, p, now);
}

uint64_t detectors_next(const struct linkmon *l, const struct path *p)
{
	uint64_t next = CORE_NEVER, at;

	for (size_t i = 0; detectors[i]; i++) {
		at = detectors[i]->next ? detectors[i]->next(l, p) : CORE_NEVER;
		next = at < next ? at : next;
	}
	return next;
}

void detectors_stall(struct path *p, uint64_t late)
{
	for (size_t i = 0; detectors[i]; i++)
		if (detectors[i]->stall)
			detectors[i]->stall(p, late);
}
