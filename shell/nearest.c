/* SPDX-License-Identifier: BSD-2-Clause */
/* "unknown keyword metrik (metric?)": the known word that takes the fewest changes. */
#include "shell/conf.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 32

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned min = a < b ? a : b;

	return min < c ? min : c;
}

/* Edit distance, with neighbours swapped as one change; case does not count. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1], *old = rows[0], *last = rows[1], *now = rows[2], *spare;
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		last[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			char x = (char)tolower(a[i - 1]), y = (char)tolower(b[j - 1]);

			now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower(b[j - 2]) && y == tolower(a[i - 2]) &&
				old[j - 2] + 1 < now[j])
				now[j] = old[j - 2] + 1;
		}
		spare = old;
		old = last;
		last = now;
		now = spare;
	}
	return last[n];
}

const struct conf_keyword *conf_row(const struct conf_keyword *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

const struct conf_keyword *conf_nearest(const struct conf_keyword *rows, const char *name)
{
	const struct conf_keyword *best = NULL;
	size_t len = strlen(name);
	unsigned d, best_d = len < 4 ? 2 : len < 8 ? 3 : 4; /* must be nearer than this */

	if (len > WORD_MAX)
		return NULL;
	for (; rows->name; rows++) {
		if ((rows->flags & CONF_RESERVED) || strlen(rows->name) > WORD_MAX)
			continue;
		d = distance(name, rows->name);
		if (d < best_d) {
			best = rows;
			best_d = d;
		}
	}
	return best;
}
