/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/wanem/nat_packet.h"

#include <netinet/in.h>

#include "tests/wanem/frame.h"

#define AT_IP_CHECKSUM	    10
#define AT_IP_SOURCE	    12
#define AT_IP_DESTINATION   16
#define AT_PORT_SOURCE	    0
#define AT_PORT_DESTINATION 2
#define AT_ICMP_CHECKSUM    2
#define AT_ICMP_IDENTIFIER  4
#define AT_UDP_CHECKSUM	    6
#define AT_TCP_CHECKSUM	    16
#define ICMP_ECHO_REPLY	    0
#define ICMP_ECHO	    8

static bool parse_ports(struct nat_packet *packet, enum nat_way way)
{
	const uint8_t *transport = packet->transport;

	if (packet->protocol == IPPROTO_ICMP) {
		uint16_t identifier = octets_u16(transport + AT_ICMP_IDENTIFIER);

		packet->source_port = way == NAT_OUTWARD ? identifier : 0;
		packet->destination_port = way == NAT_INWARD ? identifier : 0;
		return transport[0] == (way == NAT_OUTWARD ? ICMP_ECHO : ICMP_ECHO_REPLY);
	}
	packet->source_port = octets_u16(transport + AT_PORT_SOURCE);
	packet->destination_port = octets_u16(transport + AT_PORT_DESTINATION);
	return packet->protocol == IPPROTO_UDP || packet->protocol == IPPROTO_TCP;
}

static uint8_t *find_checksum(const struct nat_packet *packet)
{
	switch (packet->protocol) {
	case IPPROTO_TCP:
		return packet->transport + AT_TCP_CHECKSUM;
	case IPPROTO_UDP:
		return octets_u16(packet->transport + AT_UDP_CHECKSUM)
			       ? packet->transport + AT_UDP_CHECKSUM
			       : NULL;
	default:
		return packet->transport + AT_ICMP_CHECKSUM;
	}
}

bool nat_packet_parse(struct nat_packet *packet, const struct frame *frame, enum nat_way way)
{
	if (frame->ethertype != FRAME_IPV4 || frame->is_fragment || !frame->transport)
		return false;
	packet->ip = frame->octets + FRAME_HEADER;
	packet->transport = frame->octets + frame->transport;
	packet->protocol = frame->protocol;
	packet->checksum = find_checksum(packet);
	packet->source = octets_u32(packet->ip + AT_IP_SOURCE);
	packet->destination = octets_u32(packet->ip + AT_IP_DESTINATION);
	return parse_ports(packet, way);
}

static void set_u16(uint8_t *at, uint16_t value, uint8_t *checksum)
{
	if (checksum)
		checksum_change(checksum, octets_u16(at), value);
	octets_set_u16(at, value);
}

static void set_address(struct nat_packet *packet, size_t offset, uint32_t addr)
{
	uint8_t *at = packet->ip + offset;

	/* ICMP's does not cover the addresses */
	if (packet->checksum && packet->protocol != IPPROTO_ICMP) {
		checksum_change(packet->checksum, octets_u16(at), (uint16_t)(addr >> 16));
		checksum_change(packet->checksum, octets_u16(at + 2), (uint16_t)addr);
	}
	set_u16(at, (uint16_t)(addr >> 16), packet->ip + AT_IP_CHECKSUM);
	set_u16(at + 2, (uint16_t)addr, packet->ip + AT_IP_CHECKSUM);
}

static void set_port(struct nat_packet *packet, size_t offset, uint16_t port)
{
	uint8_t *checksum = packet->checksum;

	if (packet->protocol == IPPROTO_ICMP)
		offset = AT_ICMP_IDENTIFIER;
	set_u16(packet->transport + offset, port, checksum);
	/* RFC 768: a checksum of 0 would say that there is none */
	if (packet->protocol == IPPROTO_UDP && checksum && octets_u16(checksum) == 0)
		octets_set_u16(checksum, 0xffff);
}

void nat_packet_set_source(struct nat_packet *packet, uint32_t addr, uint16_t port)
{
	set_address(packet, AT_IP_SOURCE, addr);
	set_port(packet, AT_PORT_SOURCE, port);
}

void nat_packet_set_destination(struct nat_packet *packet, uint32_t addr, uint16_t port)
{
	set_address(packet, AT_IP_DESTINATION, addr);
	set_port(packet, AT_PORT_DESTINATION, port);
}
