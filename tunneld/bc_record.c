/* SPDX-License-Identifier: BSD-2-Clause */
/* See bc_record.h. */
#include <stdlib.h>
#include <string.h>

#include "tunneld/bc_record.h"

static void *append(char **end, const void *octets, size_t len)
{
	void *copy = *end;

	if (len)
		memcpy(copy, octets, len);
	*end += len;
	return copy;
}

/* Paths first: they alone need to be aligned. */
struct bc_record *bc_record_new(const struct mipm_bc *bc)
{
	size_t paths = bc->n_paths * sizeof(*bc->paths);
	size_t networks = bc->n_networks * sizeof(*bc->networks);
	struct bc_record *r = malloc(sizeof(*r) + paths + networks + bc->identity.len);
	char *end = (char *)(r + 1);

	if (!r)
		return NULL;
	r->msg = *bc;
	r->msg.paths = append(&end, bc->paths, paths);
	r->msg.networks = append(&end, bc->networks, networks);
	r->msg.identity.text = append(&end, bc->identity.text, bc->identity.len);
	return r;
}

void bc_record_drop_path(struct bc_record *record, uint16_t number)
{
	struct mipm_path *paths = (struct mipm_path *)record->msg.paths;
	uint16_t n = 0;

	for (uint16_t i = 0; i < record->msg.n_paths; i++)
		if (paths[i].number != number)
			paths[n++] = paths[i];
	record->msg.n_paths = n;
}
