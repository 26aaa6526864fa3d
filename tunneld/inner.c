/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See inner.h. IPv4: RFC 791; IPv6: RFC 8200; what a router never forwards: RFC 1812 5.3, RFC 4291
 * 2.5, RFC 3927 2.7.
 */
#include <string.h>

#include "base/addr.h"
#include "tunneld/inner.h"

#define IPV4_MORE	 0x2000
#define IPV4_OFFSET	 0x1fff
#define IPV4_DONT	 0x4000
#define IPV4_HEADER_MIN	 20
#define IPV6_HEADER	 40
#define IPV6_FRAG_HEADER 8

static bool parse4(const uint8_t *data, size_t len, struct inner *out)
{
	uint16_t fragment;

	if (len < IPV4_HEADER_MIN)
		return false;
	fragment = get16(data + 6);
	*out = (struct inner) {
		.data = data,
		.len = get16(data + 2),
		.header_len = (data[0] & 15) * 4U,
		.family = MIPM_IPV4,
		.protocol = data[9],
		.ttl = data[8],
		.is_fragment = fragment & (IPV4_MORE | IPV4_OFFSET),
		.is_later = fragment & IPV4_OFFSET,
		.dont_fragment = fragment & IPV4_DONT,
		.src = data + 12,
		.dst = data + 16,
	};
	return out->header_len >= IPV4_HEADER_MIN && out->header_len <= out->len && out->len <= len;
}

static bool parse6(const uint8_t *data, size_t len, struct inner *out)
{
	if (len < IPV6_HEADER)
		return false;
	*out = (struct inner) {
		.data = data,
		.len = IPV6_HEADER + (uint32_t)get16(data + 4),
		.header_len = IPV6_HEADER,
		.family = MIPM_IPV6,
		.protocol = data[6],
		.ttl = data[7],
		.dont_fragment = true,
		.src = data + 8,
		.dst = data + 24,
	};
	if (out->protocol == INNER_FRAGMENT6) {
		out->is_fragment = true;
		out->is_later = out->len < IPV6_HEADER + IPV6_FRAG_HEADER ||
				len < IPV6_HEADER + IPV6_FRAG_HEADER || get16(data + 42) >> 3;
	}
	return out->len <= len;
}

bool inner_parse(const uint8_t *data, size_t len, struct inner *out)
{
	if (len < 1)
		return false;
	if (data[0] >> 4 == MIPM_IPV4)
		return parse4(data, len, out);
	return data[0] >> 4 == MIPM_IPV6 && parse6(data, len, out);
}

struct mipm_addr inner_src(const struct inner *in)
{
	return addr_from_octets(in->family, in->src);
}

struct mipm_addr inner_dst(const struct inner *in)
{
	return addr_from_octets(in->family, in->dst);
}

bool inner_dst_is_forwardable(const struct inner *in)
{
	static const uint8_t loopback6[16] = { [15] = 1 }, mapped6[12] = { [10] = 0xff, 0xff };
	const uint8_t *d = in->dst;

	if (in->family == MIPM_IPV4)
		return d[0] != 0 && d[0] != 127 && d[0] < 224 && !(d[0] == 169 && d[1] == 254);
	if (d[0] == 0xff || (d[0] == 0xfe && (d[1] & 0xc0) == 0x80))
		return false;
	/* ::, ::1, and IPv4 in disguise */
	return memcmp(d, loopback6, 15) != 0 && memcmp(d, mapped6, sizeof(mapped6)) != 0;
}
