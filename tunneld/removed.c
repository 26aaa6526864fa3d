/* SPDX-License-Identifier: BSD-2-Clause */
/* See removed.h. Generations count per start of their sender, so its boot id is kept as well. */
#include <stdlib.h>
#include <string.h>

#include "tunneld/removed.h"

struct removed_entry {
	struct table_link link; /* removed.by_key */
	struct list age;	/* removed.by_age */
	struct entry_key key;
	uint64_t boot_id, generation;
};

static bool matches(const struct table_link *link, const void *key)
{
	return memcmp(&container_of(link, struct removed_entry, link)->key, key,
		       sizeof(struct entry_key)) == 0;
}

static struct removed_entry *find(const struct removed *r, const struct entry_key *key)
{
	uint64_t hash = table_hash(key, sizeof(*key), r->seed);

	return container_of(table_find(&r->by_key, hash, matches, key), struct removed_entry, link);
}

void removed_init(struct removed *r, uint64_t seed)
{
	table_init(&r->by_key);
	list_init(&r->by_age);
	r->seed = seed;
}

static void drop(struct removed *r, struct removed_entry *e)
{
	table_remove(&r->by_key, &e->link);
	list_remove(&e->age);
	free(e);
}

void removed_fini(struct removed *r)
{
	while (!list_is_empty(&r->by_age))
		drop(r, list_first(&r->by_age, struct removed_entry, age));
	table_fini(&r->by_key);
}

void removed_note(
	struct removed *r, const struct entry_key *key, uint64_t boot_id, uint64_t generation)
{
	struct removed_entry *e = find(r, key);

	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return;
		e->key = *key;
		table_add(&r->by_key, &e->link, table_hash(key, sizeof(*key), r->seed));
	}
	list_remove(&e->age);
	list_add_tail(&r->by_age, &e->age);
	e->boot_id = boot_id;
	e->generation = generation;
	if (r->by_key.n_links > REMOVED_MAX)
		drop(r, list_first(&r->by_age, struct removed_entry, age));
}

bool removed_forbids(
	const struct removed *r, const struct entry_key *key, uint64_t boot_id, uint64_t generation)
{
	const struct removed_entry *e = find(r, key);

	return e && e->boot_id == boot_id && generation && generation <= e->generation;
}

void removed_forget(struct removed *r, const struct entry_key *key)
{
	struct removed_entry *e = find(r, key);

	if (e)
		drop(r, e);
}
