/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairing heap through the deadlines themselves. See timerq.h. */
#include <assert.h>

#include "base/timerq.h"

void timerq_init(struct timerq *timerq)
{
	*timerq = (struct timerq) { 0 };
}

void timerq_fini(struct timerq *timerq)
{
	assert(!timerq->root && timerq->n_armed == 0);
	(void)timerq;
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return (int32_t)(a->order - b->order) < 0;
}

/* Two roots without siblings become one; either may be NULL. */
static struct deadline *meld(struct deadline *a, struct deadline *b)
{
	struct deadline *later;

	if (!a || !b)
		return a ? a : b;
	if (is_before(b, a)) {
		later = a;
		a = b;
	} else {
		later = b;
	}
	later->prev = a;
	later->next = a->child;
	if (later->next)
		later->next->prev = later;
	a->child = later;
	return a;
}

/* The children of a root that goes: melded in pairs, then the pairs from the last to the first. */
static struct deadline *meld_children(struct deadline *child)
{
	struct deadline *pairs = NULL, *root = NULL;

	while (child) {
		struct deadline *a = child, *b = a->next, *pair;

		child = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		pair = meld(a, b);
		pair->next = pairs;
		pairs = pair;
	}
	while (pairs) {
		struct deadline *pair = pairs;

		pairs = pair->next;
		pair->next = NULL;
		root = meld(root, pair);
	}
	return root;
}

/* Takes a deadline that is not the root out of the list of siblings it stands in. */
static void cut(struct deadline *deadline)
{
	if (deadline->prev->child == deadline)
		deadline->prev->child = deadline->next;
	else
		deadline->prev->next = deadline->next;
	if (deadline->next)
		deadline->next->prev = deadline->prev;
	deadline->next = deadline->prev = NULL;
}

void timerq_cancel(struct timerq *timerq, struct deadline *deadline)
{
	struct deadline *children;

	if (!deadline->armed)
		return;
	children = meld_children(deadline->child);
	deadline->child = NULL;
	if (deadline == timerq->root) {
		timerq->root = children;
	} else {
		cut(deadline);
		timerq->root = meld(timerq->root, children);
	}
	deadline->armed = false;
	timerq->n_armed--;
}

void timerq_set(struct timerq *timerq, struct deadline *deadline, uint64_t at)
{
	timerq_cancel(timerq, deadline);
	if (at == TIMERQ_NEVER)
		return;
	deadline->at = at;
	deadline->order = timerq->order++;
	deadline->child = deadline->next = deadline->prev = NULL;
	deadline->armed = true;
	timerq->root = meld(timerq->root, deadline);
	timerq->n_armed++;
}

uint64_t timerq_next(const struct timerq *timerq)
{
	return timerq->root ? timerq->root->at : TIMERQ_NEVER;
}

struct deadline *timerq_pop(struct timerq *timerq, uint64_t now)
{
	struct deadline *first = timerq->root;

	if (!first || first->at > now)
		return NULL;
	timerq_cancel(timerq, first);
	return first;
}

bool deadline_is_armed(const struct deadline *deadline)
{
	return deadline->armed;
}
