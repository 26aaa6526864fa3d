/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keepalives: ICMP echo inside the tunnel (RFC 3519 4.7), built, recognised and answered. What they
 * carry is the layout of mipv4.md section 24, so that an answer tells by itself which path it is
 * about and when it was sent; a stranger echoes it unread.
 *
 *	RKA1 kind path length(2) boot id(4) promise(2) poll id(2) time sent(8)
 *
 * An answer moves nothing: it is evidence for linkmon and no more (RFC 3519 6.1.2).
 */
#ifndef TUNNELD_PROBE_H
#define TUNNELD_PROBE_H

#include "tunneld/fib.h"
#include "tunneld/inner.h"

enum probe_kind {
	PROBE_FILL = 1,	 /* keeps a NAT's mapping or silence away */
	PROBE_ASKED = 2, /* linkmon wants to know the answer */
};

#define PROBE_PACKET_MAX 80

struct probe {
	uint8_t kind;
	uint8_t path; /* number */
	uint32_t boot_id;
	uint16_t id;
	uint64_t sent_at;
};

/* An echo request from near to far end, ready for encapsulation. Its length; 0 if the ends are not
 * of one family. */
size_t probe_build(const struct mipm_addr *near, const struct mipm_addr *far,
	const struct probe *probe, uint8_t packet[PROBE_PACKET_MAX]);

enum probe_verdict {
	PROBE_NONE,    /* an ordinary packet */
	PROBE_REQUEST, /* a keepalive of the far end: to be answered on the path it came by */
	PROBE_ANSWER,  /* of one of ours: *out is filled in */
	PROBE_BROKEN,  /* would be one, but its checksum is wrong */
};

/* What is a packet that came by this hop? boot_id is ours. */
enum probe_verdict probe_recognise(
	const struct fib_hop *hop, const struct inner *inner, uint32_t boot_id, struct probe *out);

/* Makes the answer of the request, in its place. */
void probe_answer(uint8_t *packet, const struct inner *inner);

#endif
