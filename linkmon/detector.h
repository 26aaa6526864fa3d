/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A detector: turns evidence about a path into an opinion. select.c and damping.c do not know who
 * objected. A new one is a file det_<name>.c and a row in detectors.c.
 */
#ifndef LINKMON_DETECTOR_H
#define LINKMON_DETECTOR_H

#include "linkmon/internal.h"

/* Each may be NULL. `self` is the row's index, for path_opinion(); nothing else is to be judged
 * or said in them: the caller runs path_judge() and select_run() afterwards. */
struct detector {
	const char *name;
	/* The link or its registration changed; fresh: it is another path now (new address). */
	void (*link)(struct linkmon *l, struct path *p, size_t self, uint64_t now, bool fresh);
	void (*probe)(struct linkmon *l, struct path *p, size_t self, uint64_t now,
		const struct mipm_probe_in *in);
	void (*stats)(struct linkmon *l, struct path *p, size_t self, uint64_t now);
	/* tunneld's reflex fired, or somebody wants to know soon. */
	void (*doubt)(struct linkmon *l, struct path *p, size_t self, uint64_t now);
	void (*tick)(struct linkmon *l, struct path *p, size_t self, uint64_t now);
	uint64_t (*next)(const struct linkmon *l, const struct path *p);
	/* This process slept for so long: what it waited for may still be in its queue. */
	void (*stall)(struct path *p, uint64_t late);
};

extern const struct detector *const detectors[]; /* ends with NULL; at most DETECTORS_MAX */

extern const struct detector det_carrier;
extern const struct detector det_probe;

/* Asks all detectors, then judges. */
void detectors_link(struct linkmon *l, struct path *p, uint64_t now, bool fresh);
void detectors_probe(
	struct linkmon *l, struct path *p, uint64_t now, const struct mipm_probe_in *in);
void detectors_stats(struct linkmon *l, struct path *p, uint64_t now);
void detectors_doubt(struct linkmon *l, struct path *p, uint64_t now);
void detectors_tick(struct linkmon *l, struct path *p, uint64_t now);
uint64_t detectors_next(const struct linkmon *l, const struct path *p);
void detectors_stall(struct path *p, uint64_t late);

#endif
