/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of data planes: a further one is a file of its own and a row here. */
#include "tunneld/dataplane.h"

const struct dataplane *const dataplanes[] = { &dp_tun, &dp_null, NULL };

const char *dp_drop_name(unsigned reason)
{
	static const char *const names[DP_DROPS - FIB_VERDICTS] = { "misled", "too-big",
		"broken-probe", "congestion", "not-sent", "not-written", "events-lost" };

	if (reason < FIB_VERDICTS)
		return fib_verdict_name(reason);
	return reason < DP_DROPS ? names[reason - FIB_VERDICTS] : "unknown";
}
