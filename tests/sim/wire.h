/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration Requests and Replies read and checked from their octets alone (RFC 5944 3.3-3.5):
 * a second opinion that shares nothing with libmip.
 */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

#include <stdbool.h>

#include "libmipsock/mipsock.h"

enum {
	WIRE_REQUEST = 1,
	WIRE_REPLY = 3,
};

struct wire {
	uint8_t type;
	uint16_t lifetime;
	uint64_t ident;
	uint32_t spi;
	size_t covered; /* octets that the authenticator is about */
	struct mipm_span authenticator;
};

/* One with a Mobile-Home authentication extension; false: nothing of the kind. */
bool wire_read(struct mipm_span datagram, struct wire *out);

/* HMAC-SHA256 by this key, compared in full. */
bool wire_is_authentic(
	struct mipm_span datagram, const struct wire *w, const uint8_t *key, size_t key_len);

#endif
