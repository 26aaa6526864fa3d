/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends' forwarding tables agree when the network is quiet: quiet.h says in what. */
#include "tests/sim/invariant.h"
#include "tests/sim/quiet.h"

static void quiet(void *s_)
{
	struct sim *s = s_;
	char why[128];

	if (!quiet_is(s, why, sizeof(why)))
		invariant_violated(s, &invariant_tables, "%s", why);
}

const struct invariant invariant_tables = {
	.name = "tables",
	.quiet = quiet,
};
