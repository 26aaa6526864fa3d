/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration Revocation and its Acknowledgment (RFC 3543 3.3, 3.4).
 *
 *	07 00 8000 0ac80007 cb007101 c633644d e9dcad41		from the home agent
 *	0f 00 0000 0ac80007 e9dcad41				its acknowledgment
 *
 * The I bit is 0x4000 in the one and 0x8000 in the other.
 */
#include "libmip/ext.h"
#include "libmip/mac.h"
#include "libmip/replay.h"
#include "libmip/revocation.h"

#define REVOCATION_A 0x8000
#define REVOCATION_I 0x4000
#define ACK_I	     0x8000

int mip_revocation_parse(struct mipm_span datagram, struct mip_revocation *out)
{
	struct mip_reader r;
	int verdict = message_begin(&r, datagram, MIP_REVOCATION);
	uint16_t flags;

	memset(out, 0, sizeof(*out));
	if (verdict)
		return verdict;
	mip_read_skip(&r, 1);
	flags = mip_read_u16(&r);
	out->from_home_agent = (flags & REVOCATION_A) != 0;
	out->inform = (flags & REVOCATION_I) != 0;
	out->home_addr = mip_read_v4(&r);
	out->home_agent = mip_read_v4(&r);
	out->careof_addr = mip_read_v4(&r);
	out->ident = mip_read_u32(&r);
	if (r.failed)
		return MIP_VERDICT_TOO_SHORT;
	return ext_parse_all(&r, EXT_IN_REVOCATION, &out->ext);
}

int mip_revocation_ack_parse(struct mipm_span datagram, struct mip_revocation_ack *out)
{
	struct mip_reader r;
	int verdict = message_begin(&r, datagram, MIP_REVOCATION_ACK);

	memset(out, 0, sizeof(*out));
	if (verdict)
		return verdict;
	mip_read_skip(&r, 1);
	out->inform = (mip_read_u16(&r) & ACK_I) != 0;
	out->home_addr = mip_read_v4(&r);
	out->ident = mip_read_u32(&r);
	if (r.failed)
		return MIP_VERDICT_TOO_SHORT;
	return ext_parse_all(&r, EXT_IN_REVOCATION, &out->ext);
}

int mip_revocation_build(const struct mip_revocation *revocation, struct mac *mac,
	struct mip_sa *sa, uint8_t *buf, size_t size, size_t *len)
{
	struct mip_writer w;

	mip_writer_init(&w, buf, size);
	mip_write_u8(&w, MIP_REVOCATION);
	mip_write_u8(&w, 0);
	mip_write_u16(&w, (uint16_t)((revocation->from_home_agent ? REVOCATION_A : 0) |
				     (revocation->inform ? REVOCATION_I : 0)));
	mip_write_v4(&w, &revocation->home_addr);
	mip_write_v4(&w, &revocation->home_agent);
	mip_write_v4(&w, &revocation->careof_addr);
	mip_write_u32(&w, revocation->ident);
	ext_build_all(&w, EXT_IN_REVOCATION, &revocation->ext);
	return message_finish(&w, mac, sa, len);
}

int mip_revocation_ack_build(const struct mip_revocation_ack *ack, struct mac *mac,
	struct mip_sa *sa, uint8_t *buf, size_t size, size_t *len)
{
	struct mip_writer w;

	mip_writer_init(&w, buf, size);
	mip_write_u8(&w, MIP_REVOCATION_ACK);
	mip_write_u8(&w, 0);
	mip_write_u16(&w, ack->inform ? ACK_I : 0);
	mip_write_v4(&w, &ack->home_addr);
	mip_write_u32(&w, ack->ident);
	ext_build_all(&w, EXT_IN_REVOCATION, &ack->ext);
	return message_finish(&w, mac, sa, len);
}

uint32_t mip_revocation_clock(uint64_t wall)
{
	return (uint32_t)(replay_timestamp(wall) >> 32);
}

bool mip_revocation_is_newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}
