/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/invariant.h"

const struct invariant *const invariants[] = {
	&invariant_owner,
	&invariant_authentic,
	&invariant_tables,
	&invariant_reach,
	&invariant_source,
	&invariant_secret,
	&invariant_counters,
	&invariant_timer,
	&invariant_keepalive,
	&invariant_memory,
	&invariant_kept,
	&invariant_empty,
	NULL,
};
