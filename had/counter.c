/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the counters, and all of them as text. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "had/state.h"

static const char *const names[] = {
	[COUNT_REQUESTS] = "requests",
	[COUNT_ACCEPTED] = "accepted",
	[COUNT_DEREGISTERED] = "deregistered",
	[COUNT_DENIED] = "denied",
	[COUNT_EXPIRED] = "expired",
	[COUNT_MOVED] = "moved",
	[COUNT_NOT_A_REQUEST] = "not-a-request",
	[COUNT_MALFORMED] = "malformed",
	[COUNT_UNKNOWN_EXTENSION] = "unknown-extension",
	[COUNT_NO_AUTHENTICATION] = "no-authentication",
	[COUNT_UNKNOWN_SPI] = "unknown-spi",
	[COUNT_UNKNOWN_IDENTITY] = "unknown-identity",
	[COUNT_FOREIGN_AGENT_AUTHENTICATION] = "foreign-agent-authentication",
	[COUNT_AUTHENTICATION_FAILED] = "authentication-failed",
	[COUNT_DUPLICATE_ELSEWHERE] = "duplicate-elsewhere",
	[COUNT_DUPLICATE_TOO_SOON] = "duplicate-too-soon",
	[COUNT_MOVES_TOO_FAST] = "moves-too-fast",
	[COUNT_TOO_MANY_WAITING] = "too-many-waiting",
	[COUNT_OUT_OF_MEMORY] = "out-of-memory",
	[COUNT_NO_REPLY_BUILT] = "no-reply-built",
	[COUNT_NOT_REVOKED] = "not-revoked",
	[COUNT_REPEATED] = "repeated",
	[COUNT_WAITED] = "waited",
	[COUNT_WAIT_TIMEOUT] = "wait-timeout",
	[COUNT_STORE_FAILED] = "store-failed",
	[COUNT_TUN_STATE] = "tunnel-failures",
	[COUNT_REVOKED] = "revoked",
	[COUNT_REVOCATIONS_SENT] = "revocations-sent",
	[COUNT_REVOCATIONS_ACKNOWLEDGED] = "revocations-acknowledged",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == COUNT_LAST + 1, "a counter without a name");

const char *counter_name(enum counter counter)
{
	return names[counter];
}

__attribute__((format(printf, 4, 5))) static size_t append(
	char *buf, size_t size, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(at < size ? buf + at : NULL, at < size ? size - at : 0, fmt, ap);
	va_end(ap);
	return at + (n > 0 ? (size_t)n : 0);
}

size_t counters_print(const struct counters *counters, char *buf, size_t size)
{
	size_t at = append(buf, size, 0, "%s", "");

	for (unsigned i = 0; i <= COUNT_LAST; i++)
		if (counters->counts[i])
			at = append(
				buf, size, at, "%s %" PRIu64 "\n", names[i], counters->counts[i]);
	for (unsigned i = 0; i < 256; i++)
		if (registration_may_say((uint8_t)i))
			at = append(buf, size, at, "code-%u %" PRIu64 "\n", i, counters->codes[i]);
	return at;
}
