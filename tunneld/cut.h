/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet that the kernel left large, or without its checksum, for whoever sends it on (struct
 * virtio_net_hdr): cut into what the kernel's own segmentation would have made of it. Each segment
 * has its own headers; the payload stays where it is.
 */
#ifndef TUNNELD_CUT_H
#define TUNNELD_CUT_H

#include "tunneld/inner.h"
#include "tunneld/vnet.h"

#define CUT_HEADER_MAX 120 /* IPv4 and TCP with all their options */

struct cut {
	uint8_t *packet;
	struct inner in;
	uint32_t transport;  /* offset of the transport header */
	uint32_t header_len; /* octets before the payload */
	uint32_t size;	     /* payload of every segment but the last */
	uint32_t n;	     /* segments; 1: the packet itself is what is to be sent */
};

/*
 * What the header in front of a packet from the device says of it. False: it does not fit the
 * packet, which is to be dropped. With n = 1 its checksum has been completed in place.
 */
bool cut_begin(
	struct cut *cut, const struct virtio_net_hdr *how, uint8_t *packet, const struct inner *in);

/* The length of the longest segment. */
static inline uint32_t cut_len(const struct cut *cut)
{
	return cut->n > 1 ? cut->header_len + cut->size : cut->in.len;
}

/*
 * Segment i of n > 1: writes header_len octets to header, *body gets its part of the payload.
 */
struct cut_body {
	uint8_t *octets;
	uint32_t len;
};
void cut_segment(const struct cut *cut, uint32_t i, uint8_t *header, struct cut_body *body);

#endif
