/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "mnd/counter.h"

static const char *const names[] = {
	[COUNT_MALFORMED] = "malformed",
	[COUNT_UNKNOWN_EXTENSION] = "unknown-extension",
	[COUNT_NOT_ASKED] = "not-asked",
	[COUNT_NOT_AUTHENTIC] = "not-authentic",
	[COUNT_LIE] = "lie",
	[COUNT_FOREIGN_AGENT] = "foreign-agent",
	[COUNT_NOT_REVOCABLE] = "not-revocable",
	[COUNT_OLD_REVOCATION] = "old-revocation",
	[COUNT_REFLECTED] = "reflected",
	[COUNT_REVOKED] = "revoked",
};

const char *mnd_counter_name(enum mnd_counter counter)
{
	return names[counter];
}

void mnd_counters_print(const struct mnd_counters *counters, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i <= COUNT_LAST && at < size; i++)
		if (counters->counts[i] > 0)
			at += (size_t)snprintf(buf + at, size - at, "%s %" PRIu64 "\n", names[i],
				counters->counts[i]);
}
