/* SPDX-License-Identifier: BSD-2-Clause */
/* Opinions into one verdict: the operator, then the worst opinion, then damping; one setter. */
#include "linkmon/detector.h"

#include <stdio.h>
#include <string.h>

void path_opinion(struct path *p, size_t detector, uint8_t verdict, const char *cause)
{
	struct opinion *o = &p->opinions[detector];

	o->verdict = verdict;
	snprintf(o->cause, sizeof(o->cause), "%s", cause ? cause : "");
}

/* NULL: nobody has one. */
static const struct opinion *worst_opinion(const struct path *p)
{
	static const uint8_t rank[] = { 0, 0, [MIPM_GOOD] = 1, [MIPM_SUSPECT] = 2, [MIPM_BAD] = 3 };
	const struct opinion *worst = NULL;

	for (size_t i = 0; detectors[i]; i++) {
		const struct opinion *o = &p->opinions[i];

		if (rank[o->verdict] > (worst ? rank[worst->verdict] : 0))
			worst = o;
	}
	return worst;
}

/* What carried the traffic is in doubt: whoever may be needed is asked at once. */
static void ask_the_others(struct linkmon *l, const struct path *doubtful, uint64_t now)
{
	struct path *p;

	list_for_each (p, &l->paths, link_of)
		if (p != doubtful && p->verdict != MIPM_BAD)
			detectors_doubt(l, p, now);
}

/* A first miss and its end come by the thousand; everything else is news. */
static void log_change(const struct linkmon *l, const struct path *p, uint64_t now, uint8_t verdict,
	const char *cause)
{
	bool doubt = p->verdict == MIPM_GOOD && verdict == MIPM_SUSPECT;
	bool relief = p->verdict == MIPM_SUSPECT && verdict == MIPM_GOOD;
	const char *old = verdict_name(p->verdict), *new = verdict_name(verdict);

	if (doubt || (relief && p->damping.good_at != now))
		log_debug(l->env->log, "link %s: %s -> %s (%s)", p->name, old, new, cause);
	else
		log_info(l->env->log, "link %s: %s -> %s (%s)", p->name, old, new, cause);
}

static void set_verdict(
	struct linkmon *l, struct path *p, uint64_t now, uint8_t verdict, const char *cause)
{
	bool same = verdict == p->verdict;

	if (same && strcmp(cause, p->cause) == 0)
		return;
	if (!same || verdict == MIPM_BAD)
		log_change(l, p, now, verdict, cause);
	if (!same)
		p->verdict_at = now;
	if (!same && verdict == MIPM_BAD && !p->resting)
		damping_fault(l, &p->damping, now);
	p->verdict = verdict;
	snprintf(p->cause, sizeof(p->cause), "%s", cause);
	if (verdict == MIPM_GOOD)
		l->heard_good = true;
	if (!same && p == l->current && verdict != MIPM_GOOD)
		ask_the_others(l, p, now);
}

void path_judge(struct linkmon *l, struct path *p, uint64_t now)
{
	const struct opinion *worst = worst_opinion(p);
	uint8_t verdict = worst ? worst->verdict : MIPM_UNTRIED, given;
	const char *cause = worst ? worst->cause : "not registered yet";

	if (!worst && p->bound)
		cause = "registered, no answer yet";
	else if (!worst && reg_is_refused(p))
		cause = "registration refused";
	if (p->resting) {
		verdict = MIPM_BAD;
		cause = "operator";
	}
	given = damping_filter(l, p, now, verdict);
	set_verdict(l, p, now, given, given == verdict ? cause : "returning");
}
