/* SPDX-License-Identifier: BSD-2-Clause */
/* One record per path: an uplink as a way to the home agent. What it is called, and its life. */
#include "linkmon/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

struct path *path_by_number(const struct linkmon *l, uint8_t number)
{
	struct path *p;

	list_for_each (p, &l->paths, link_of)
		if (p->number == number)
			return p;
	return NULL;
}

struct path *path_by_name(const struct linkmon *l, struct mipm_str name)
{
	struct path *p;

	list_for_each (p, &l->paths, link_of)
		if (name.len && strlen(p->name) == name.len &&
			memcmp(p->name, name.text, name.len) == 0)
			return p;
	return NULL;
}

/* The list is sorted by number, so that a run does not depend on who came first. */
struct path *path_add(struct linkmon *l, uint8_t number)
{
	struct path *p = l->n_paths < PATHS_MAX ? calloc(1, sizeof(*p)) : NULL, *after;

	if (!p)
		return NULL;
	p->number = number;
	p->verdict = MIPM_UNTRIED;
	list_for_each (after, &l->paths, link_of)
		if (after->number > number)
			break;
	list_insert(&p->link_of, after->link_of.prev, &after->link_of);
	l->n_paths++;
	return p;
}

void path_remove(struct linkmon *l, struct path *p, uint64_t now, const char *why)
{
	log_info(l->env->log, "link %s: %s", p->name, why);
	list_remove(&p->link_of);
	l->n_paths--;
	if (l->pinned == p)
		l->pinned = NULL;
	if (l->current == p) {
		p->verdict = MIPM_BAD;
		snprintf(p->cause, sizeof(p->cause), "%s", why);
		memset(&p->careof_addr, 0, sizeof(p->careof_addr));
		select_run(l, now);
		if (l->current == p)
			l->current = NULL;
	}
	free(p);
}

/* What the configuration says of it, else what MIPM_LINK said. */
void path_configure(const struct linkmon *l, struct path *p)
{
	p->metric = p->link_metric;
	p->metered = p->flags & MIPM_LINK_METERED;
	if (p->weight == 0)
		p->weight = 1;
	for (size_t i = 0; i < l->conf.n_uplinks; i++) {
		const struct linkmon_uplink *up = &l->conf.uplinks[i];

		if (strcmp(up->name, p->name) != 0)
			continue;
		if (up->metric)
			p->metric = up->metric;
		if (up->weight && !p->weighed)
			p->weight = up->weight;
		p->metered |= up->metered;
	}
}

bool path_has_address(const struct path *p)
{
	return addr_is_present(&p->careof_addr);
}

bool path_is_proven(const struct linkmon *l, const struct path *p, uint64_t now)
{
	const struct probing *pr = &p->probing;

	return pr->answering_at && pr->answers >= l->conf.proof_count &&
	       now - pr->answering_at >= l->conf.proof_ms * NSEC_PER_MS;
}

const char *verdict_name(uint8_t verdict)
{
	static const char *const names[] = { "none", "untried", "good", "suspect", "bad" };

	return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "unknown";
}
