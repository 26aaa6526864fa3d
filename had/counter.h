/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened how often, by reason. Each reason has a name for people and programs, and a limit
 * of its own for log lines, so that a flood of one kind hides no other.
 */
#ifndef HAD_COUNTER_H
#define HAD_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

enum counter {
	COUNT_REQUESTS,
	COUNT_ACCEPTED,
	COUNT_DEREGISTERED,
	COUNT_DENIED,
	COUNT_EXPIRED,
	COUNT_MOVED,

	/* dropped without an answer */
	COUNT_NOT_A_REQUEST,
	COUNT_MALFORMED,
	COUNT_UNKNOWN_EXTENSION,
	COUNT_NO_AUTHENTICATION,
	COUNT_UNKNOWN_SPI,
	COUNT_UNKNOWN_IDENTITY,
	COUNT_FOREIGN_AGENT_AUTHENTICATION,
	COUNT_AUTHENTICATION_FAILED,
	COUNT_DUPLICATE_ELSEWHERE,
	COUNT_DUPLICATE_TOO_SOON,
	COUNT_MOVES_TOO_FAST,
	COUNT_TOO_MANY_WAITING,
	COUNT_OUT_OF_MEMORY,
	COUNT_NO_REPLY_BUILT,
	COUNT_NOT_REVOKED,

	COUNT_REPEATED,
	COUNT_WAITED,
	COUNT_WAIT_TIMEOUT,
	COUNT_STORE_FAILED,
	COUNT_TUN_STATE,
	COUNT_REVOKED,
	COUNT_REVOCATIONS_SENT,
	COUNT_REVOCATIONS_ACKNOWLEDGED,
	COUNT_LAST = COUNT_REVOCATIONS_ACKNOWLEDGED,
};

struct counters {
	uint64_t counts[COUNT_LAST + 1];
	uint64_t codes[256]; /* replies by code */
	struct log_limit limits[COUNT_LAST + 1];
	struct log_limit code_limits[256];
};

const char *counter_name(enum counter counter); /* "unknown-spi" */

/* "name value" lines of all that is not zero, and of each reply code that can be said, as
 * "code-131". */
size_t counters_print(const struct counters *counters, char *buf, size_t size);

#endif
