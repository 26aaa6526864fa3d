/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An uplink as registrations see it: may it be used, and how often may it send. RFC 5944 3.6.3: no
 * more than one registration per second without a link-layer indication. MD_INFO is such an
 * indication, but a flapping link gives many (THREATS T23): so each path may send four requests at
 * once and, over time, one per second.
 */
#include "base/core.h"
#include "base/table.h"
#include "mnd/state.h"

#define BUDGET_BURST 4

bool path_is_usable(const struct path *path)
{
	return path->is_present && !path->unfit;
}

bool path_is_standby(const struct path *path)
{
	struct path *other;

	if (path->verdict != MIPM_BAD)
		return false;
	list_for_each (other, &path->association->paths, link_)
		if (path_is_usable(other) && other->verdict != MIPM_BAD)
			return true;
	return false;
}

uint64_t path_budget(const struct path *path, unsigned reserve)
{
	uint64_t now = path->association->mnd->now;
	uint64_t ahead = (BUDGET_BURST - 1 - reserve) * NSEC_PER_S;

	return path->budget_at > now + ahead ? path->budget_at - ahead : now;
}

void path_spend(struct path *path)
{
	uint64_t now = path->association->mnd->now;

	path->budget_at = (path->budget_at > now ? path->budget_at : now) + NSEC_PER_S;
}

struct registration *path_registration_get(const struct path *path, const struct home_agent *agent)
{
	struct registration *reg;

	list_for_each (reg, &path->registrations, by_path)
		if (reg->agent == agent)
			return reg;
	return NULL;
}

struct registration *path_registration(struct path *path, struct home_agent *agent)
{
	struct registration *reg = path_registration_get(path, agent);

	if (!reg && registration_new(path, agent, &reg) != 0)
		return NULL;
	return reg;
}
