/* SPDX-License-Identifier: BSD-2-Clause */
/* An Ethernet frame as filters and address translation see it, and its checksums. */
#ifndef WANEM_FRAME_H
#define WANEM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 14
#define FRAME_ARP    0x0806
#define FRAME_IPV4   0x0800
#define FRAME_IPV6   0x86dd

/* Offsets into octets; 0 where the frame has nothing of that kind or is too short for it. */
struct frame {
	uint8_t *octets; /* the caller's */
	size_t len;
	uint16_t ethertype;
	uint8_t protocol; /* of IPv4, or of IPv6 without extension headers */
	bool is_fragment; /* any fragment of an IPv4 packet */
	size_t transport; /* not in fragments behind the first */
	size_t ports;	  /* of UDP or TCP */
};

void frame_parse(struct frame *frame, uint8_t *octets, size_t len);

uint16_t octets_u16(const uint8_t *octets);
uint32_t octets_u32(const uint8_t *octets);
void octets_set_u16(uint8_t *octets, uint16_t value);
void octets_set_u32(uint8_t *octets, uint32_t value);

/*
 * What an offloading sender left to the device: the sum over octets from start on belongs at
 * start + offset, where the pseudo header's is already. False if that is not in the frame.
 */
bool checksum_complete(uint8_t *octets, size_t len, size_t start, size_t offset);

/* RFC 1624: the checksum here covers 16 bits that change from old to new. */
void checksum_change(uint8_t *checksum, uint16_t old, uint16_t new);

#endif
