/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet frames with IPv4, for what wanem does to them. */
#ifndef TESTS_WANEM_FRAMES_H
#define TESTS_WANEM_FRAMES_H

#include <string.h>

#include <netinet/in.h>

#include "tests/wanem/frame.h"

#define TEST_FRAME_MAX 1514

struct test_frame {
	uint8_t octets[TEST_FRAME_MAX];
	size_t len;
};

static inline uint16_t test_sum(const uint8_t *octets, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += octets_u16(octets + i);
	if (len % 2)
		sum += (uint32_t)octets[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint32_t test_pseudo(const uint8_t *ip, size_t len)
{
	return (uint32_t)octets_u16(ip + 12) + octets_u16(ip + 14) + octets_u16(ip + 16) +
	       octets_u16(ip + 18) + ip[9] + (uint32_t)len;
}

static inline void test_frame_ipv4(struct test_frame *frame, uint8_t protocol, uint32_t source,
	uint32_t destination, size_t transport_len)
{
	uint8_t *ip = frame->octets + FRAME_HEADER;

	memset(frame, 0, sizeof(*frame));
	memcpy(frame->octets, "\2bbbbb\2aaaaa\x08", 14);
	frame->len = FRAME_HEADER + 20 + transport_len;
	ip[0] = 0x45;
	octets_set_u16(ip + 2, (uint16_t)(20 + transport_len));
	ip[8] = 64;
	ip[9] = protocol;
	octets_set_u32(ip + 12, source);
	octets_set_u32(ip + 16, destination);
	octets_set_u16(ip + 10, test_sum(ip, 20, 0));
}

/* UDP or TCP, with the octets of the payload all equal. */
static inline void test_frame_ports(struct test_frame *frame, uint8_t protocol, uint32_t source,
	uint16_t source_port, uint32_t destination, uint16_t destination_port, size_t payload)
{
	size_t header = protocol == IPPROTO_UDP ? 8 : 20, at = protocol == IPPROTO_UDP ? 6 : 16;
	uint8_t *ip = frame->octets + FRAME_HEADER, *transport = ip + 20;

	test_frame_ipv4(frame, protocol, source, destination, header + payload);
	octets_set_u16(transport, source_port);
	octets_set_u16(transport + 2, destination_port);
	if (protocol == IPPROTO_UDP)
		octets_set_u16(transport + 4, (uint16_t)(header + payload));
	memset(transport + header, 'x', payload);
	octets_set_u16(transport + at,
		test_sum(transport, header + payload, test_pseudo(ip, header + payload)));
}

static inline void test_frame_echo(struct test_frame *frame, uint8_t type, uint32_t source,
	uint32_t destination, uint16_t identifier)
{
	uint8_t *icmp = frame->octets + FRAME_HEADER + 20;

	test_frame_ipv4(frame, IPPROTO_ICMP, source, destination, 40);
	icmp[0] = type;
	octets_set_u16(icmp + 4, identifier);
	octets_set_u16(icmp + 2, test_sum(icmp, 40, 0));
}

/* Whether header and transport checksums are right. */
static inline bool test_frame_is_sound(const struct test_frame *frame)
{
	const uint8_t *ip = frame->octets + FRAME_HEADER;
	size_t len = frame->len - FRAME_HEADER - 20;
	uint32_t pseudo = ip[9] == IPPROTO_ICMP ? 0 : test_pseudo(ip, len);

	return test_sum(ip, 20, 0) == 0 && test_sum(ip + 20, len, pseudo) == 0;
}

#endif
