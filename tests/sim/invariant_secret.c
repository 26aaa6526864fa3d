/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No secret in any fanned-out message: no piece of any router's key stands in what more than one
 * member may read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "tests/sim/invariant.h"

#define PIECE 8

/* Every piece of a key at an offset that is a multiple of PIECE; sorted. A copy of 15 octets or
 * more has one of them. */
struct state {
	struct sim *sim;
	uint64_t *pieces;
	size_t n;
	bool begins[1 << 16]; /* by a piece's first two octets: a quick no */
};

static const struct invariant *const self = &invariant_secret;

static uint64_t piece_at(const uint8_t *octets)
{
	uint64_t piece;

	memcpy(&piece, octets, PIECE);
	return piece;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool is_secret(const struct state *st, const uint8_t *octets)
{
	uint64_t piece = piece_at(octets);

	return st->begins[octets[0] << 8 | octets[1]] &&
	       bsearch(&piece, st->pieces, st->n, sizeof(piece), compare);
}

static void bus(void *state, const struct watch_bus *e)
{
	const struct state *st = state;

	for (size_t i = 0; e->fanned_out && i + PIECE <= e->len; i++) {
		if (!is_secret(st, e->octets + i))
			continue;
		invariant_violated(st->sim, self, "a key in a %s of %s",
			mipm_type_name(e->msg->type), e->from);
		return;
	}
}

static void add_key(struct state *st, const struct mip_sa *sa)
{
	for (size_t i = 0; i + PIECE <= sa->key_len; i += PIECE) {
		st->pieces[st->n++] = piece_at(sa->key + i);
		st->begins[sa->key[i] << 8 | sa->key[i + 1]] = true;
	}
}

/* Equal pieces of several keys are kept once: few are left to look for. */
static void sort(struct state *st)
{
	size_t n = 0;

	qsort(st->pieces, st->n, sizeof(*st->pieces), compare);
	for (size_t i = 0; i < st->n; i++)
		if (i == 0 || st->pieces[i] != st->pieces[i - 1])
			st->pieces[n++] = st->pieces[i];
	st->n = n;
}

static void *make(struct sim *s)
{
	struct state *st = calloc(1, sizeof(*st));

	if (!st)
		abort();
	st->sim = s;
	st->pieces = calloc(s->n_sites * (SA_KEY_MAX / PIECE), sizeof(*st->pieces));
	if (!st->pieces)
		abort();
	for (size_t i = 0; i < s->n_sites; i++)
		add_key(st, sa_find(&s->sites[i]->sas, s->sites[i]->mnd_conf.spis[0]));
	sort(st);
	return st;
}

static void release(void *state)
{
	free(((struct state *)state)->pieces);
	free(state);
}

const struct invariant invariant_secret = {
	.name = "secret",
	.make = make,
	.free = release,
	.bus = bus,
};
