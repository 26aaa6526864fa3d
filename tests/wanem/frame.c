/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/frame.h"

#include <netinet/in.h>

uint16_t octets_u16(const uint8_t *octets)
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

uint32_t octets_u32(const uint8_t *octets)
{
	return (uint32_t)octets_u16(octets) << 16 | octets_u16(octets + 2);
}

void octets_set_u16(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

void octets_set_u32(uint8_t *octets, uint32_t value)
{
	octets_set_u16(octets, (uint16_t)(value >> 16));
	octets_set_u16(octets + 2, (uint16_t)value);
}

static void parse_transport(struct frame *frame, size_t at)
{
	size_t least = frame->protocol == IPPROTO_TCP ? 20 : 8;

	if (frame->len < at + least)
		return;
	frame->transport = at;
	if (frame->protocol == IPPROTO_UDP || frame->protocol == IPPROTO_TCP)
		frame->ports = at;
}

static void parse_ipv4(struct frame *frame)
{
	const uint8_t *ip = frame->octets + FRAME_HEADER;
	size_t header;

	if (frame->len < FRAME_HEADER + 20 || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
		return;
	header = (size_t)(ip[0] & 15) * 4;
	frame->protocol = ip[9];
	frame->is_fragment = octets_u16(ip + 6) & 0x3fff; /* more fragments, or an offset */
	if (!(octets_u16(ip + 6) & 0x1fff))
		parse_transport(frame, FRAME_HEADER + header);
}

void frame_parse(struct frame *frame, uint8_t *octets, size_t len)
{
	*frame = (struct frame) { .octets = octets, .len = len };
	if (len < FRAME_HEADER)
		return;
	frame->ethertype = octets_u16(octets + 12);
	if (frame->ethertype == FRAME_IPV4) {
		parse_ipv4(frame);
	} else if (frame->ethertype == FRAME_IPV6 && len >= FRAME_HEADER + 40) {
		frame->protocol = octets[FRAME_HEADER + 6];
		parse_transport(frame, FRAME_HEADER + 40);
	}
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

bool checksum_complete(uint8_t *octets, size_t len, size_t start, size_t offset)
{
	uint64_t sum = 0;
	size_t i;

	if (start + offset + 2 > len)
		return false;
	for (i = start; i + 1 < len; i += 2)
		sum += octets_u16(octets + i);
	if (i < len)
		sum += (uint64_t)octets[i] << 8;
	sum = (uint16_t)~fold(sum);
	octets_set_u16(octets + start + offset, sum ? (uint16_t)sum : 0xffff);
	return true;
}

void checksum_change(uint8_t *checksum, uint16_t old, uint16_t new)
{
	uint64_t sum = (uint16_t)~octets_u16(checksum);

	sum += (uint16_t)~old;
	sum += new;
	octets_set_u16(checksum, (uint16_t)~fold(sum));
}
