/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of an IPv4 packet, and changing them. ICMP echo has its identifier for a port. */
#ifndef WANEM_NAT_PACKET_H
#define WANEM_NAT_PACKET_H

#include <stdbool.h>
#include <stdint.h>

struct frame;

enum nat_way {
	NAT_OUTWARD,
	NAT_INWARD,
};

struct nat_packet {
	uint8_t *ip, *transport; /* into the frame */
	uint8_t *checksum;	 /* the transport's; NULL for a UDP datagram without one */
	uint8_t protocol;
	uint32_t source, destination;
	uint16_t source_port, destination_port; /* 0 for the far end of an echo */
};

/* False if it is nothing that can be translated on this way. */
bool nat_packet_parse(struct nat_packet *packet, const struct frame *frame, enum nat_way way);

/* With the checksums. */
void nat_packet_set_source(struct nat_packet *packet, uint32_t addr, uint16_t port);
void nat_packet_set_destination(struct nat_packet *packet, uint32_t addr, uint16_t port);

#endif
