/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/had_inside.h"

#include "had/state.h"
#include "libmip/code.h"

const char *had_inside_binding(const struct had *had, const struct had_conf *conf)
{
	for (size_t i = 0; i < conf->n_routers; i++)
		if (had->bindings[i] && had->bindings[i]->content)
			return conf->routers[i].name;
	return NULL;
}

bool had_inside_has_store(const struct had *had)
{
	return had->store_status.usable;
}

struct had_inside_router had_inside_router(const struct had *had, const struct mipm_addr *home_addr)
{
	const struct had_router *router = had_conf_router_at(had->conf, home_addr);
	const struct binding *binding = had->bindings[router - had->conf->routers];

	if (!binding)
		return (struct had_inside_router) { 0 };
	return (struct had_inside_router) { binding->stamp, true, binding->content != NULL };
}

size_t had_inside_waiting(const struct had *had)
{
	return had->n_waiting;
}

/* A failed authentication is counted, and answered by 131 or not. A reply that could not be built
 * is counted together with revocations nobody asked for. */
uint64_t had_inside_unanswered(const struct had *had)
{
	uint64_t n = had->counters.counts[COUNT_REVOCATIONS_ACKNOWLEDGED] +
		     had->counters.counts[COUNT_NOT_REVOKED];

	for (size_t i = COUNT_NOT_A_REQUEST; i < COUNT_NO_REPLY_BUILT; i++)
		n += had->counters.counts[i];
	return n - had->counters.codes[MIP_CODE_MN_FAILED_AUTHENTICATION];
}
