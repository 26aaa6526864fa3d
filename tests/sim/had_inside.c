/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/had_inside.h"

#include "had/state.h"

const char *had_inside_binding(const struct had *had, const struct had_conf *conf)
{
	for (size_t i = 0; i < conf->n_routers; i++)
		if (had->bindings[i] && had->bindings[i]->content)
			return conf->routers[i].name;
	return NULL;
}

size_t had_inside_waiting(const struct had *had)
{
	return had->n_waiting;
}

uint64_t had_inside_unanswered(const struct had *had)
{
	uint64_t n = 0;

	for (size_t i = COUNT_NOT_A_REQUEST; i <= COUNT_NO_REPLY_BUILT; i++)
		n += had->counters.counts[i];
	return n;
}
