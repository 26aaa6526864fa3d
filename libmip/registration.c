/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration Request and Reply (RFC 5944 3.3, 3.4).
 *
 *	01 22 012c 0ac80007 cb007101 c633644d e9dcad4001020304	request: D and T, 300 s
 *	03 00 012c 0ac80007 cb007101 e9dcad4001020304		reply: code 0, 300 s
 */
#include <errno.h>

#include "libmip/ext.h"
#include "libmip/mac.h"

/* r and x are no bits of ours, whatever a sender puts there (mipv4.md 4.1) */
#define FLAGS_KNOWN (MIP_FLAG_S | MIP_FLAG_B | MIP_FLAG_D | MIP_FLAG_M | MIP_FLAG_G | MIP_FLAG_T)

const char *mip_verdict_name(enum mip_verdict verdict)
{
	static const char *const names[] = {
		[MIP_VERDICT_OK] = "ok",
		[MIP_VERDICT_TOO_SHORT] = "too-short",
		[MIP_VERDICT_TOO_LONG] = "too-long",
		[MIP_VERDICT_UNKNOWN_TYPE] = "unknown-type",
		[MIP_VERDICT_UNKNOWN_EXT] = "unknown-extension",
		[MIP_VERDICT_MALFORMED] = "malformed",
		[MIP_VERDICT_DUPLICATE_EXT] = "duplicate-extension",
		[MIP_VERDICT_TOO_MANY] = "too-many-extensions",
	};

	return verdict <= MIP_VERDICT_LAST ? names[verdict] : "?";
}

bool mip_verdict_is_deniable(enum mip_verdict verdict)
{
	return verdict == MIP_VERDICT_MALFORMED || verdict == MIP_VERDICT_DUPLICATE_EXT ||
	       verdict == MIP_VERDICT_TOO_MANY;
}

int mip_request_parse(struct mipm_span datagram, struct mip_request *out)
{
	struct mip_reader r;
	int verdict = message_begin(&r, datagram, MIP_REGISTRATION_REQUEST);

	memset(out, 0, sizeof(*out));
	if (verdict)
		return verdict;
	out->flags = mip_read_u8(&r) & FLAGS_KNOWN;
	out->lifetime = mip_read_u16(&r);
	out->home_addr = mip_read_v4(&r);
	out->home_agent = mip_read_v4(&r);
	out->careof_addr = mip_read_v4(&r);
	out->ident = mip_read_u64(&r);
	if (r.failed)
		return MIP_VERDICT_TOO_SHORT;
	return ext_parse_all(&r, EXT_IN_REQUEST, &out->ext);
}

int mip_reply_parse(struct mipm_span datagram, struct mip_reply *out)
{
	struct mip_reader r;
	int verdict = message_begin(&r, datagram, MIP_REGISTRATION_REPLY);

	memset(out, 0, sizeof(*out));
	if (verdict)
		return verdict;
	out->code = mip_read_u8(&r);
	out->lifetime = mip_read_u16(&r);
	out->home_addr = mip_read_v4(&r);
	out->home_agent = mip_read_v4(&r);
	out->ident = mip_read_u64(&r);
	if (r.failed)
		return MIP_VERDICT_TOO_SHORT;
	return ext_parse_all(&r, EXT_IN_REPLY, &out->ext);
}

int mip_request_build(const struct mip_request *request, struct mac *mac, struct mip_sa *sa,
	uint8_t *buf, size_t size, size_t *len)
{
	struct mip_writer w;

	mip_writer_init(&w, buf, size);
	mip_write_u8(&w, MIP_REGISTRATION_REQUEST);
	mip_write_u8(&w, request->flags & FLAGS_KNOWN);
	mip_write_u16(&w, request->lifetime);
	mip_write_v4(&w, &request->home_addr);
	mip_write_v4(&w, &request->home_agent);
	mip_write_v4(&w, &request->careof_addr);
	mip_write_u64(&w, request->ident);
	ext_build_all(&w, EXT_IN_REQUEST, &request->ext);
	return message_finish(&w, mac, sa, len);
}

static int add_challenge(struct mip_writer *w, struct mipm_span challenge, size_t *len)
{
	if (challenge.len == 0)
		return 0;
	mip_write_u8(w, MIP_EXT_CHALLENGE);
	mip_write_u8(w, (uint8_t)challenge.len);
	mip_write_octets(w, challenge.data, challenge.len);
	if (w->failed || challenge.len > UINT8_MAX)
		return -EMSGSIZE;
	*len = w->pos;
	return 0;
}

int mip_reply_build(const struct mip_reply *reply, struct mac *mac, struct mip_sa *sa, uint8_t *buf,
	size_t size, size_t *len)
{
	struct mip_writer w;
	int err;

	mip_writer_init(&w, buf, size);
	mip_write_u8(&w, MIP_REGISTRATION_REPLY);
	mip_write_u8(&w, reply->code);
	mip_write_u16(&w, reply->lifetime);
	mip_write_v4(&w, &reply->home_addr);
	mip_write_v4(&w, &reply->home_agent);
	mip_write_u64(&w, reply->ident);
	ext_build_all(&w, EXT_IN_REPLY, &reply->ext);
	err = message_finish(&w, mac, sa, len);
	return err < 0 ? err : add_challenge(&w, reply->challenge, len);
}
