/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration Revocation and its Acknowledgment (RFC 3543 3.3, 3.4; mipv4.md section 10).
 *
 * Between a home agent and a router with a co-located care-of address both carry a Mobile-Home
 * authentication extension: mac_verify() it before anything is believed. Who judges a revocation
 * then asks three things: did both ends say in the last accepted exchange that they know
 * revocation, does the A bit fit the sender's role (else it is our own message reflected), and is
 * the Identifier newer than the timestamp that the sender gave in that exchange.
 */
#ifndef LIBMIP_REVOCATION_H
#define LIBMIP_REVOCATION_H

#include "libmip/mip.h"

struct mip_revocation {
	bool from_home_agent; /* A */
	bool inform;	      /* I */
	struct mipm_addr home_addr;
	struct mipm_addr home_agent;  /* Home Domain Address */
	struct mipm_addr careof_addr; /* Foreign Domain Address */
	uint32_t ident;		      /* Identifier: newer at each retransmission */
	struct mip_exts ext;
};

struct mip_revocation_ack {
	bool inform; /* I: the mobile node was told */
	struct mipm_addr home_addr;
	uint32_t ident; /* of the revocation */
	struct mip_exts ext;
};

/* Each of the two gives enum mip_verdict; *out is filled as far as the datagram could be read. */
int mip_revocation_parse(struct mipm_span datagram, struct mip_revocation *out);
int mip_revocation_ack_parse(struct mipm_span datagram, struct mip_revocation_ack *out);

/* As mip_request_build(). */
int mip_revocation_build(const struct mip_revocation *revocation, struct mac *mac,
	struct mip_sa *sa, uint8_t *buf, size_t size, size_t *len);
int mip_revocation_ack_build(const struct mip_revocation_ack *ack, struct mac *mac,
	struct mip_sa *sa, uint8_t *buf, size_t size, size_t *len);

/* What stands in timestamps and Identifiers: NTP seconds of a clock in ns since 1970. */
uint32_t mip_revocation_clock(uint64_t wall);

/* a is newer than b, modulo 2^32. */
bool mip_revocation_is_newer(uint32_t a, uint32_t b);

#endif
