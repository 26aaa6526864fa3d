/* SPDX-License-Identifier: BSD-2-Clause */
/* See hints.h. RR_HINT, the hint that traffic could go directly, comes with route optimization. */
#include "base/addr.h"
#include "base/core.h"
#include "tunneld/hints.h"

#define HINTS_PER_SECOND 20

void hints_init(struct hints *hints, uint64_t seed)
{
	*hints = (struct hints) { .seed = seed };
}

void hints_missed(struct hints *hints, uint64_t n)
{
	hints->suppressed += n;
}

bool hints_pass(struct hints *hints, uint64_t now, struct mipm_be_hint *hint)
{
	size_t slot = addr_hash(&hint->inner, hints->seed) % HINTS_RECENT;
	uint32_t held;

	if ((hints->recent[slot].at && now < hints->recent[slot].at + NSEC_PER_S &&
		    addr_equal(&hints->recent[slot].inner, &hint->inner)) ||
		!log_limit_pass(&hints->limit, now, HINTS_PER_SECOND, NSEC_PER_S, &held)) {
		hints->suppressed++;
		return false;
	}
	hints->recent[slot].inner = hint->inner;
	hints->recent[slot].at = now;
	hint->suppressed = hints->suppressed;
	hints->suppressed = 0;
	return true;
}
