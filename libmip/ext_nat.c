/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NAT traversal (RFC 3519 3.1, 3.2).
 *
 *	90 06 00 00 80 00 0000		UDP Tunnel Request, F set, encapsulation 0
 *	2c 06 00 00 8000 006e		UDP Tunnel Reply, code 0, F set, keepalive 110 s
 */
#include "libmip/ext.h"

#define REQUEST_F 0x80
#define REQUEST_R 0x40
#define REPLY_F	  0x8000

int ext_udp_request_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_udp_tunnel_request *request = &exts->udp_tunnel_request;
	uint8_t flags, encapsulation;
	uint16_t reserved3;

	mip_read_skip(r, 1);
	flags = mip_read_u8(r);
	encapsulation = mip_read_u8(r);
	reserved3 = mip_read_u16(r);
	if (ext->after_auth) {
		request->after_auth = true;
		return MIP_VERDICT_OK;
	}
	request->ignored = reserved3 != 0;
	request->present = !request->ignored;
	request->force = (flags & REQUEST_F) != 0;
	request->via_fa = (flags & REQUEST_R) != 0;
	request->encapsulation = encapsulation;
	return MIP_VERDICT_OK;
}

void ext_udp_request_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mip_udp_tunnel_request *request = &exts->udp_tunnel_request;
	size_t begin;

	if (!request->present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u8(w, 0);
	mip_write_u8(
		w, (uint8_t)((request->force ? REQUEST_F : 0) | (request->via_fa ? REQUEST_R : 0)));
	mip_write_u8(w, request->encapsulation);
	mip_write_u16(w, 0);
	ext_end(w, desc, begin);
}

void ext_udp_request_print(struct text *text, const struct mip_exts *exts)
{
	const struct mip_udp_tunnel_request *request = &exts->udp_tunnel_request;

	if (request->present)
		text_add(text, " udp-tunnel%s%s encapsulation %u", request->force ? " force" : "",
			request->via_fa ? " via-fa" : "", request->encapsulation);
	if (request->ignored)
		text_add(text, " udp-tunnel ignored");
	if (request->after_auth)
		text_add(text, " udp-tunnel after authentication");
}

int ext_udp_reply_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_udp_tunnel_reply *reply = &exts->udp_tunnel_reply;

	reply->present = true;
	reply->code = mip_read_u8(r);
	reply->force = (mip_read_u16(r) & REPLY_F) != 0;
	reply->keepalive = mip_read_u16(r);
	return MIP_VERDICT_OK;
}

void ext_udp_reply_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mip_udp_tunnel_reply *reply = &exts->udp_tunnel_reply;
	size_t begin;

	if (!reply->present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u8(w, reply->code);
	mip_write_u16(w, reply->force ? REPLY_F : 0);
	mip_write_u16(w, reply->keepalive);
	ext_end(w, desc, begin);
}

void ext_udp_reply_print(struct text *text, const struct mip_exts *exts)
{
	const struct mip_udp_tunnel_reply *reply = &exts->udp_tunnel_reply;

	if (reply->present)
		text_add(text, " udp-tunnel code %u%s keepalive %u", reply->code,
			reply->force ? " force" : "", reply->keepalive);
}
