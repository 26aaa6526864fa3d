/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that came out of a tunnel, joined again into large ones for the kernel, where neither end
 * can see it: by the rules of the kernel's own receive offload. Equal headers, consecutive
 * sequence numbers, checksums that are right; all segments of one length, only the last may be
 * shorter; FIN and PSH end a large packet. Cutting it again (cut.h) gives the same octets.
 *
 * Packets of one flow stay in order. Nothing is copied: what was added has to stay where it is
 * until it is written.
 */
#ifndef TUNNELD_JOIN_H
#define TUNNELD_JOIN_H

#include <sys/uio.h>

#include "tunneld/inner.h"
#include "tunneld/vnet.h"

#define JOIN_ITEMS    64
#define JOIN_SEGMENTS 64 /* of one large packet: what every kernel takes */
#define JOIN_FLOWS    128

/* One write to the device: header, first packet, further payloads. */
struct join_item {
	struct virtio_net_hdr how;
	struct iovec iov[1 + JOIN_SEGMENTS];
	uint32_t n_iov;
	uint32_t n;	     /* packets */
	uint32_t len;	     /* of all, without how */
	uint32_t header_len; /* of the first, up to its payload */
	uint32_t size;	     /* its payload */
	struct inner in;     /* the first */
	bool is_open;	     /* another one may be joined to it */
	bool is_checked;     /* the first one's checksum is right */
};

struct join {
	bool tcp, udp; /* what the device takes in large pieces */
	uint32_t n;
	uint32_t n_joined;	   /* packets that became part of another, since join_reset() */
	uint8_t flows[JOIN_FLOWS]; /* hash -> the flow's last item, plus one */
	struct join_item items[JOIN_ITEMS];
};

/* Forgets all items. */
void join_reset(struct join *join);

/* There is room for one more. */
static inline bool join_has_room(const struct join *join)
{
	return join->n < JOIN_ITEMS;
}

/* Takes a packet; its headers may be changed later. There must be room. */
void join_add(struct join *join, uint8_t *packet, const struct inner *in);

/* The same without looking for others of its flow: for when that has not been worth it. */
void join_add_alone(struct join *join, uint8_t *packet, const struct inner *in);

/* No more will come: headers are made right. Then items 0 to n - 1 can be written in order. */
void join_finish(struct join *join);

#endif
