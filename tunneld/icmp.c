/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See icmp.h. The source of an error is never an address of this host: the kernel drops what comes
 * in by our device with its own address as a source. The far end of the tunnel, or the destination
 * itself, stands for the router that could not pass the packet on.
 */
#include <string.h>

#include "base/addr.h"
#include "libmip/cursor.h"
#include "tunneld/checksum.h"
#include "tunneld/icmp.h"

#define ICMP_UNREACHABLE  3
#define ICMP_HEADER	  8
#define ICMP4_QUOTE_MAX	  (576 - 20 - ICMP_HEADER) /* RFC 1812 4.3.2.3 */
#define ICMP6_TOO_BIG	  2
#define ICMP6_UNREACHABLE 1
#define ICMP6_ERROR_LAST  127
#define IPV6_MTU_MIN	  1280

static bool is_error4(const struct inner *in)
{
	uint8_t type = in->data[in->header_len];

	/* echo and its reply, router discovery, timestamps and the like are none */
	return type == ICMP_UNREACHABLE || type == 4 || type == 5 || type == 11 || type == 12;
}

bool icmp_may_answer(const struct inner *in)
{
	struct mipm_addr src = inner_src(in);

	if (!addr_is_unicast(&src) || addr_is_link_local(&src) || in->is_later)
		return false;
	if (in->family == MIPM_IPV4 && in->protocol == INNER_ICMP)
		return in->len > in->header_len && !is_error4(in);
	if (in->family == MIPM_IPV6 && in->protocol == INNER_ICMP6)
		return in->len > in->header_len && in->data[in->header_len] > ICMP6_ERROR_LAST;
	return true;
}

static size_t build4(uint8_t *out, const struct inner *in, enum icmp_error error,
	const uint8_t *from, uint32_t mtu)
{
	static const uint8_t codes[] = {
		[ICMP_TOO_BIG] = 4, [ICMP_NO_HOST] = 1, [ICMP_FORBIDDEN] = 13
	};
	uint32_t quote = in->len < ICMP4_QUOTE_MAX ? in->len : ICMP4_QUOTE_MAX;
	struct mip_writer w;

	mip_writer_init(&w, out, ICMP_ERROR_MAX);
	mip_write_u16(&w, 0x45c0); /* precedence of network control: RFC 1812 4.3.2.5 */
	mip_write_u16(&w, (uint16_t)(20 + ICMP_HEADER + quote));
	mip_write_u32(&w, 0);
	mip_write_u8(&w, 64);
	mip_write_u8(&w, INNER_ICMP);
	mip_write_u16(&w, 0); /* checksum, below */
	mip_write_octets(&w, from, 4);
	mip_write_octets(&w, in->src, 4);
	mip_write_u8(&w, ICMP_UNREACHABLE);
	mip_write_u8(&w, codes[error]);
	mip_write_u32(&w, 0); /* checksum, unused */
	mip_write_u16(&w, error == ICMP_TOO_BIG ? (uint16_t)mtu : 0);
	mip_write_octets(&w, in->data, quote);
	put16(out + 10, checksum_fold(checksum_add(0, out, 20)));
	put16(out + 22, checksum_fold(checksum_add(0, out + 20, ICMP_HEADER + quote)));
	return w.pos;
}

static size_t build6(uint8_t *out, const struct inner *in, enum icmp_error error,
	const uint8_t *from, uint32_t mtu)
{
	static const uint8_t codes[] = {
		[ICMP_TOO_BIG] = 0, [ICMP_NO_HOST] = 3, [ICMP_FORBIDDEN] = 1
	};
	uint32_t room = IPV6_MTU_MIN - 40 - ICMP_HEADER, quote = in->len < room ? in->len : room;
	uint32_t len = ICMP_HEADER + quote, sum;
	struct mip_writer w;

	mip_writer_init(&w, out, ICMP_ERROR_MAX);
	mip_write_u32(&w, 0x60000000);
	mip_write_u16(&w, (uint16_t)len);
	mip_write_u8(&w, INNER_ICMP6);
	mip_write_u8(&w, 64);
	mip_write_octets(&w, from, 16);
	mip_write_octets(&w, in->src, 16);
	mip_write_u8(&w, error == ICMP_TOO_BIG ? ICMP6_TOO_BIG : ICMP6_UNREACHABLE);
	mip_write_u8(&w, codes[error]);
	mip_write_u16(&w, 0); /* checksum, below */
	mip_write_u32(&w, error != ICMP_TOO_BIG ? 0 : mtu < IPV6_MTU_MIN ? IPV6_MTU_MIN : mtu);
	mip_write_octets(&w, in->data, quote);
	sum = checksum_pseudo(MIPM_IPV6, out + 8, out + 24, INNER_ICMP6, len);
	put16(out + 42, checksum_fold(checksum_add(sum, out + 40, len)));
	return w.pos;
}

size_t icmp_build(uint8_t out[ICMP_ERROR_MAX], const struct inner *inner, enum icmp_error error,
	const struct mipm_addr *from, uint32_t mtu)
{
	const uint8_t *src = from && from->family == inner->family ? from->octets : inner->dst;

	if (inner->family == MIPM_IPV6)
		return build6(out, inner, error, src, mtu);
	return build4(out, inner, error, src, mtu);
}
