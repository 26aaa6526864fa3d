/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MIPM_LINK -> the networks that our interfaces are in. A home address within one of them would be
 * a neighbour on that link and at the end of the tunnel at once: nothing is registered over it
 * (THREATS T24).
 */
#include <string.h>

#include "base/addr.h"
#include "mnd/state.h"

static void forget(struct mnd *mnd, uint32_t link)
{
	size_t kept = 0;

	for (size_t i = 0; i < mnd->n_subnets; i++)
		if (mnd->subnets[i].link != link)
			mnd->subnets[kept++] = mnd->subnets[i];
	mnd->n_subnets = kept;
}

void subnet_input(struct mnd *mnd, const struct mipm_link *link)
{
	struct association *a;
	struct mipm_prefix prefix;

	forget(mnd, link->link);
	for (size_t i = 0; i < link->n_addresses && !(link->flags & MIPM_LINK_GONE); i++) {
		const struct mipm_prefix *address = &link->addresses[i];

		if (mnd->n_subnets < MND_SUBNETS_MAX &&
			prefix_make(&address->addr, address->len, &prefix) == 0)
			mnd->subnets[mnd->n_subnets++] = (struct subnet) { link->link, prefix };
	}
	list_for_each (a, &mnd->associations, link_)
		careof_check(a);
}

bool subnet_holds(const struct mnd *mnd, uint32_t link, const struct mipm_addr *addr)
{
	for (size_t i = 0; i < mnd->n_subnets; i++)
		if (mnd->subnets[i].link == link && prefix_contains(&mnd->subnets[i].prefix, addr))
			return true;
	return false;
}
