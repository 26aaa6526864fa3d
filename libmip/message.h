/* SPDX-License-Identifier: BSD-2-Clause */
/* Any message on port 434: its first octet says what it is (RFC 5944 1.8). */
#ifndef LIBMIP_MESSAGE_H
#define LIBMIP_MESSAGE_H

#include "libmip/mip.h"
#include "libmip/revocation.h"

struct mip_message {
	uint8_t type; /* which member is valid */
	union {
		struct mip_request request;
		struct mip_reply reply;
		struct mip_revocation revocation;
		struct mip_revocation_ack revocation_ack;
	};
};

/*
 * enum mip_verdict; MIP_VERDICT_UNKNOWN_TYPE also for messages that we know by name only. Tunnel
 * data is none of its business (tunnel_data.h) and is an unknown type here.
 */
int mip_message_parse(struct mipm_span datagram, struct mip_message *out);

/* The extensions of a message that was parsed; NULL for a type that has none here. */
const struct mip_exts *mip_message_exts(const struct mip_message *message);

/* Writes the message as the *_build() of its type does; -EINVAL for a type that has none. */
int mip_message_build(const struct mip_message *message, struct mac *mac, struct mip_sa *sa,
	uint8_t *buf, size_t size, size_t *len);

/* "Registration Request"; "unknown message" if nobody defined it. */
const char *mip_message_name(uint8_t type);

#endif
