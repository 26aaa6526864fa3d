/* SPDX-License-Identifier: BSD-2-Clause */
/* Families about many sites: all at once, and all for the same networks. */
#include "base/addr.h"
#include "tests/sim/families.h"
#include "tests/sim/parts.h"

/* ---- 300 routers at once ------------------------------------------------------------------- */

static void everywhere(struct plan *p, enum fault_kind kind, const char *role)
{
	plan_add(p, (struct fault) { kind, EVERY_SITE, .role = role });
}

/* A blackout ends, a home agent has lost all it knew, a provider is gone. */
void plan_stampede(struct plan *p)
{
	switch (plan_pick(p, 3)) {
	case 0:
		everywhere(p, FAULT_CRASH, "tunneld");
		everywhere(p, FAULT_CRASH, "mnd");
		plan_wait(p, plan_pick(p, 1000));
		everywhere(p, FAULT_START, "tunneld");
		everywhere(p, FAULT_START, "mnd");
		break;
	case 1:
		plan_add(p, (struct fault) { FAULT_DISK_LOST, .at_agent = true });
		part_crashes(p, true, 0, "had", plan_pick(p, 3000));
		part_crashes(p, true, 0, "tunneld", plan_pick(p, 3000));
		break;
	default:
		part_dies(p, EVERY_SITE, 1);
		break;
	}
	plan_wait(p, 5000);
}

/* ---- overlapping claims -------------------------------------------------------------------- */

static void claim(struct mnd_conf *mnd, struct mipm_prefix network)
{
	for (size_t i = 0; i < mnd->n_networks; i++)
		if (prefix_overlaps(&mnd->networks[i], &network))
			return; /* no configuration that mnd takes */
	mnd->networks[mnd->n_networks++] = network;
}

/* Its own network, and of somebody else's all, a half, or more than there is. */
static void set_claims_of(struct site *site, struct mnd_conf *mnd, struct linkmon_conf *linkmon)
{
	struct sim *s = site->host.sim;

	for (uint64_t left = 1 + vtime_random_below(s->vt, 3); left > 0; left--) {
		struct mipm_prefix theirs = net_network(vtime_random_below(s->vt, s->n_sites + 1));

		switch (vtime_random_below(s->vt, 4)) {
		case 0:
			theirs.len += 1;
			break;
		case 1:
			prefix_make(&theirs.addr, (uint8_t)(theirs.len - 1), &theirs);
			break;
		case 2:
			theirs = net_home_network(0);
			break;
		default:
			break;
		}
		claim(mnd, theirs);
	}
}

void set_claims(struct sim_conf *conf, struct plan *p)
{
	set_any_disk(conf, p);
	conf->set_site = set_claims_of;
}

/* Who is there first, and who comes back first, is for the plan to say. */
void plan_claims(struct plan *p)
{
	for (uint64_t left = plan_between(p, 1, 5); left > 0; left--) {
		uint16_t site = part_site(p);

		plan_wait(p, plan_pick(p, 30000));
		if (plan_chance(p, 50))
			plan_add(p, (struct fault) { FAULT_STOP, site, .role = "mnd" });
		else
			part_crashes(p, false, site, "mnd", plan_pick(p, 3000));
		if (plan_chance(p, 30))
			part_crashes(p, true, 0, "had", plan_pick(p, 3000));
		plan_wait(p, plan_pick(p, 10000));
		plan_add(p, (struct fault) { FAULT_START, site, .role = "mnd" });
	}
}
