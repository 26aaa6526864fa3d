/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker sends: inner packets, each with its hop, sealed and handed to the kernel in as few
 * pieces as can be. Neighbours for one hop with one length go as one large datagram that the kernel
 * cuts (UDP_SEGMENT); one sendmmsg for each socket.
 */
#ifndef TUNNELD_OUTBOX_H
#define TUNNELD_OUTBOX_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "tunneld/cut.h"
#include "tunneld/encap.h"
#include "tunneld/sockaddr.h"

#define OUTBOX_SEGMENTS 256

/* Room for the headers of a packet whose payload stays elsewhere. */
#define OUTBOX_HEAD (ENCAP_HEADROOM + CUT_HEADER_MAX)

/* What has to be known of a packet once its header lies behind others. */
struct slip {
	uint32_t len; /* inner */
	uint8_t tos;  /* outer */
	bool sent;
};

/* Neighbours that leave together. */
struct parcel {
	union sockaddr_any to;
	_Alignas(struct cmsghdr) uint8_t control[SOCKADDR_CONTROL + CMSG_SPACE(sizeof(uint16_t))];
	const struct fib_hop *hop;
	uint32_t n;	/* packets */
	uint32_t inner; /* their octets */
	uint32_t size;	/* of all but the last, as sealed */
	uint32_t total; /* octets as sealed */
	uint32_t first_iov;
	bool is_full;
};

struct outbox {
	size_t n;
	struct encap_packet packets[OUTBOX_SEGMENTS]; /* all of it, or its headers */
	struct iovec bodies[OUTBOX_SEGMENTS];	      /* the rest */
	const struct fib_hop *hops[OUTBOX_SEGMENTS];
	struct slip slips[OUTBOX_SEGMENTS];
	uint8_t heads[OUTBOX_SEGMENTS][OUTBOX_HEAD];

	struct mmsghdr m[OUTBOX_SEGMENTS];
	struct parcel parcels[OUTBOX_SEGMENTS];
	struct iovec iovs[2 * OUTBOX_SEGMENTS];
};

struct worker;

static inline bool outbox_has_room(const struct outbox *o)
{
	return o->n < OUTBOX_SEGMENTS;
}

/* Takes an inner packet with ENCAP_HEADROOM in front of it; there must be room. It stays where it
 * is until outbox_send(). */
void outbox_add(struct outbox *o, const struct fib_hop *hop, uint8_t *packet, uint32_t len);

/* Takes segment i of a cut packet. */
void outbox_add_segment(
	struct outbox *o, const struct fib_hop *hop, const struct cut *cut, uint32_t i);

/* Seals and sends all of it, within a read-side section; what cannot go is counted. */
void outbox_send(struct worker *w);

#endif
