/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts into an order, and the order into MIPM_MD_INFO.
 *
 * Verdict first, then metric. The path that is in use stays first while it is good, suspect or
 * still being tried with a registration, unless one with a better metric has proven itself. A path
 * that nobody has heard is no reason to move: when all fall silent at once, all stays as it is.
 */
#include "linkmon/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

static int rank(const struct path *p)
{
	switch (p->verdict) {
	case MIPM_GOOD:
		return 0;
	case MIPM_SUSPECT:
		return 1;
	case MIPM_UNTRIED:
		return p->bound ? 2 : reg_is_refused(p) ? 4 : 3;
	default:
		return 5;
	}
}

static int compare(const void *a, const void *b)
{
	const struct path *p = *(struct path *const *)a, *q = *(struct path *const *)b;

	if (rank(p) != rank(q))
		return rank(p) - rank(q);
	if (p->verdict == MIPM_BAD && p->order != q->order)
		return p->order < q->order ? -1 : 1;
	if (p->metric != q->metric)
		return p->metric < q->metric ? -1 : 1;
	if (p->weight != q->weight)
		return p->weight > q->weight ? -1 : 1;
	return p->number - q->number;
}

static size_t candidates(const struct linkmon *l, struct path *sorted[PATHS_MAX])
{
	struct path *p;
	size_t n = 0;

	list_for_each (p, &l->paths, link_of)
		if (path_has_address(p) && n < PATHS_MAX)
			sorted[n++] = p;
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return n;
}

/* Not even worth an echo: what the kernel or the operator took away. */
static bool is_gone(const struct path *p)
{
	return p->verdict == MIPM_BAD && (p->resting || p->opinions[0].verdict == MIPM_BAD);
}

static bool is_better(const struct linkmon *l, const struct path *best, uint64_t now)
{
	return best->verdict == MIPM_GOOD && best->metric < l->current->metric &&
	       path_is_proven(l, best, now);
}

/* Silence that takes several paths at once is found on the one in use first, as it is asked most
 * often: another one is a candidate if it was heard since, or could not have answered yet. */
static bool is_heard_since(
	const struct linkmon *l, const struct path *p, uint64_t since, uint64_t now)
{
	uint64_t await = rtt_timeout(&p->probing.rtt) + l->conf.margin_ms * NSEC_PER_MS;

	if (p->verdict != MIPM_GOOD && p->verdict != MIPM_SUSPECT)
		return false;
	if (p->probing.last_at >= since)
		return true;
	for (size_t i = 0; i < p->probing.n_out; i++)
		if (p->probing.out[i].sent_at >= since && now - p->probing.out[i].sent_at > await)
			return false;
	return p->probing.misses == 0;
}

static const char *why_leave_bad(const struct linkmon *l, const struct path *to, uint64_t now)
{
	const struct path *cur = l->current;
	bool silent = cur->probing.misses > 0;

	if (is_gone(cur))
		return to->verdict != MIPM_BAD ? cur->cause : NULL;
	return is_heard_since(l, to, silent ? cur->probing.lost_at : 0, now) ? cur->cause : NULL;
}

/* Why the traffic should leave the current path for this one; NULL: it should not. */
static const char *why_leave(const struct linkmon *l, const struct path *to, uint64_t now)
{
	const struct path *cur = l->current;

	if (!cur || !path_has_address(cur))
		return cur ? cur->cause : "first";
	if (to == cur)
		return NULL;
	if (cur->verdict == MIPM_BAD)
		return why_leave_bad(l, to, now);
	if (l->pinned == cur)
		return NULL;
	if (cur->verdict == MIPM_UNTRIED && !cur->bound)
		return compare(&to, &cur) < 0 ? "registered" : NULL;
	return is_better(l, to, now) ? "better path" : NULL;
}

static bool addrs_same(const struct mipm_md_entry *a, const struct mipm_md_entry *b)
{
	return addr_equal(&a->careof_addr, &b->careof_addr) && addr_equal(&a->gateway, &b->gateway);
}

static bool is_said(const struct said *s, const struct mipm_md_entry *e, const struct path *p)
{
	const struct mipm_md_entry *old = &s->entry;

	return old->link == e->link && old->number == e->number && old->verdict == e->verdict &&
	       old->metered == e->metered && addrs_same(old, e) &&
	       strcmp(s->cause, p->cause) == 0 && strcmp(s->name, p->name) == 0;
}

static struct mipm_md_entry entry_of(const struct path *p)
{
	return (struct mipm_md_entry) {
		.scope = MIPM_SCOPE_ALL,
		.link = p->link,
		.number = p->number,
		.careof_addr = p->careof_addr,
		.gateway = p->gateway,
		.verdict = p->verdict,
		.metered = p->metered,
		.order = p->order,
	};
}

static void keep(struct said *s, const struct mipm_md_entry *e, const struct path *p)
{
	s->entry = *e;
	snprintf(s->name, sizeof(s->name), "%s", p->name);
	snprintf(s->cause, sizeof(s->cause), "%s", p->cause);
	s->entry.name = (struct mipm_str) { s->name, (uint16_t)strlen(s->name) };
	s->entry.cause = (struct mipm_str) { s->cause, (uint16_t)strlen(s->cause) };
}

/* True if it differs from what was said last. */
static bool note(struct linkmon *l, struct path *const sorted[], size_t n)
{
	bool changed = n != l->n_said || l->generation == 0;

	for (size_t i = 0; i < n; i++) {
		struct mipm_md_entry e;

		sorted[i]->order = (uint16_t)i;
		e = entry_of(sorted[i]);
		if (i < l->n_said && is_said(&l->said[i], &e, sorted[i]))
			continue;
		changed = true;
		keep(&l->said[i], &e, sorted[i]);
	}
	l->n_said = n;
	return changed;
}

/* Figures move all the time: they go along with what is said, and are no reason to say it. */
static void measure(struct mipm_md_entry *e, const struct path *p)
{
	if (!p)
		return;
	e->rtt_us = (uint32_t)(p->probing.rtt.srtt / 1000);
	e->jitter_us = (uint32_t)(p->probing.rtt.rttvar / 1000);
	e->loss_ppm = p->probing.loss_permille * 1000;
}

void select_say(struct linkmon *l, const char *to)
{
	struct mipm_md_entry entries[PATHS_MAX];
	struct mipm_md_info info = {
		.command = MIPM_MD_REREG,
		.generation = l->generation,
		.entries = entries,
		.n_entries = (uint16_t)l->n_said,
	};

	for (size_t i = 0; i < l->n_said; i++) {
		entries[i] = l->said[i].entry;
		measure(&entries[i], path_by_number(l, entries[i].number));
	}
	l->env->emit(l->env->ctx, to, MIPM_MD_INFO, &info);
}

void select_move(struct linkmon *l, struct path *to, uint64_t now, const char *cause)
{
	if (l->current) {
		log_info(l->env->log, "handover: %s -> %s (%s)", l->current->name, to->name, cause);
		history_add(l, now, l->current, to, cause);
	}
	l->current = to;
}

static void put_first(struct path *sorted[], size_t n, struct path *first)
{
	size_t i = 0;

	while (i < n && sorted[i] != first)
		i++;
	if (i == n)
		return;
	memmove(&sorted[1], &sorted[0], i * sizeof(sorted[0]));
	sorted[0] = first;
}

static void leave_if_better(struct linkmon *l, struct path *sorted[], size_t n, uint64_t now)
{
	for (size_t i = 0; i < n; i++) {
		const char *why = why_leave(l, sorted[i], now);

		if (!why)
			continue;
		select_move(l, sorted[i], now, why);
		return;
	}
}

void select_run(struct linkmon *l, uint64_t now)
{
	struct path *sorted[PATHS_MAX];
	size_t n;

	if (!l->settled)
		return;
	if (l->pinned && l->pinned->verdict == MIPM_BAD)
		l->pinned = NULL;
	n = candidates(l, sorted);
	leave_if_better(l, sorted, n, now);
	if (l->current)
		put_first(sorted, n, l->current);
	if (!note(l, sorted, n))
		return;
	/* rising even across a restart of this process */
	l->generation = l->generation < now ? now : l->generation + 1;
	select_say(l, NULL);
}
