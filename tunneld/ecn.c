/* SPDX-License-Identifier: BSD-2-Clause */
/* See ecn.h. The field: RFC 3168 5; not ECT 0, ECT(1) 1, ECT(0) 2, CE 3. */
#include "tunneld/checksum.h"
#include "tunneld/ecn.h"

#define NOT_ECT 0
#define ECT_1	1

static uint8_t class_of(const uint8_t *packet)
{
	return packet[0] >> 4 == MIPM_IPV6 ? (uint8_t)(get16(packet) >> 4) : packet[1];
}

uint8_t ecn_outer(const uint8_t *packet, bool own_kind)
{
	uint8_t tos = class_of(packet);

	return own_kind ? tos : (uint8_t)(tos & ~ECN_MASK);
}

static void set(uint8_t *packet, const struct inner *in, uint8_t ecn)
{
	uint16_t old = get16(packet), new;

	if (in->family == MIPM_IPV6) {
		put16(packet, (uint16_t)((old & ~(ECN_MASK << 4)) | ecn << 4));
		return;
	}
	new = (uint16_t)((old & ~ECN_MASK) | ecn);
	put16(packet, new);
	put16(packet + 10, checksum_change(get16(packet + 10), old, new));
}

bool ecn_bring_in(uint8_t *packet, const struct inner *in, uint8_t outer)
{
	uint8_t inside = class_of(packet) & ECN_MASK, outside = outer & ECN_MASK;

	if (inside == NOT_ECT)
		return outside != ECN_CE;
	if (outside == ECN_CE || (outside == ECT_1 && inside != ECN_CE))
		set(packet, in, outside);
	return true;
}
