/* SPDX-License-Identifier: BSD-2-Clause */
/* What came for us and changed nothing, by why; and what an agent ended. For `mipctl counters`. */
#ifndef MND_COUNTER_H
#define MND_COUNTER_H

#include <stddef.h>
#include <stdint.h>

enum mnd_counter {
	COUNT_MALFORMED,
	COUNT_UNKNOWN_EXTENSION, /* of a type below 128, RFC 5944 1.8 */
	COUNT_NOT_ASKED,	 /* answers no request that is open */
	COUNT_NOT_AUTHENTIC,
	COUNT_LIE,	      /* authentic, and nothing that a home agent may say */
	COUNT_FOREIGN_AGENT,  /* a refusal without proof */
	COUNT_NOT_REVOCABLE,  /* a revocation of what is not registered, or not agreed upon */
	COUNT_OLD_REVOCATION, /* replayed */
	COUNT_REFLECTED,      /* a revocation in the wrong direction */
	COUNT_REVOKED,
	COUNT_LAST = COUNT_REVOKED,
};

struct mnd_counters {
	uint64_t counts[COUNT_LAST + 1];
};

const char *mnd_counter_name(enum mnd_counter counter);

/* "name value" lines of all that is not zero. */
void mnd_counters_print(const struct mnd_counters *counters, char *buf, size_t size);

#endif
