/* SPDX-License-Identifier: BSD-2-Clause */
/* First octet -> row: what a datagram on port 434 is (RFC 5944 1.8, table in mipv4.md section 2).
 */
#include <errno.h>

#include "libmip/ext.h"
#include "libmip/mac.h"
#include "libmip/message.h"

/* The functions of one type of message as those of any. */
#define MESSAGE(x)                                                                                 \
	static int parse_##x(struct mipm_span datagram, struct mip_message *out)                   \
	{                                                                                          \
		return mip_##x##_parse(datagram, &out->x);                                         \
	}                                                                                          \
	static int build_##x(const struct mip_message *message, struct mac *mac,                   \
		struct mip_sa *sa, uint8_t *buf, size_t size, size_t *len)                         \
	{                                                                                          \
		return mip_##x##_build(&message->x, mac, sa, buf, size, len);                      \
	}

MESSAGE(request)
MESSAGE(reply)
MESSAGE(revocation)
MESSAGE(revocation_ack)

#define HANDLERS(x) parse_##x, build_##x, offsetof(struct mip_message, x.ext)
#define BY_NAME	    NULL, NULL, 0

static const struct row {
	uint8_t type;
	const char *name;
	int (*parse)(struct mipm_span datagram, struct mip_message *out); /* NULL: not read here */
	int (*build)(const struct mip_message *message, struct mac *mac, struct mip_sa *sa,
		uint8_t *buf, size_t size, size_t *len);
	size_t exts; /* offset in struct mip_message */
} rows[] = {
	{ MIP_REGISTRATION_REQUEST, "Registration Request", HANDLERS(request) },
	{ MIP_REGISTRATION_REPLY, "Registration Reply", HANDLERS(reply) },
	{ MIP_TUNNEL_DATA, "MIP Tunnel Data", BY_NAME },
	{ MIP_REVOCATION, "Registration Revocation", HANDLERS(revocation) },
	{ MIP_REVOCATION_ACK, "Registration Revocation Acknowledgment", HANDLERS(revocation_ack) },
	{ 18, "Regional Registration Request", BY_NAME },
	{ 19, "Regional Registration Reply", BY_NAME },
	{ 22, "Generic Notification", BY_NAME },
	{ 23, "Generic Notification Acknowledgement", BY_NAME },
	{ MIP_HOME_TEST_INIT, "Home Test Init", BY_NAME },
	{ MIP_CAREOF_TEST_INIT, "Care-of Test Init", BY_NAME },
	{ MIP_HOME_TEST, "Home Test", BY_NAME },
	{ MIP_CAREOF_TEST, "Care-of Test", BY_NAME },
};

static const struct row *find_row(uint8_t type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

int mip_message_parse(struct mipm_span datagram, struct mip_message *out)
{
	const struct row *row;

	out->type = 0;
	if (datagram.len == 0)
		return MIP_VERDICT_TOO_SHORT;
	out->type = datagram.data[0];
	row = find_row(out->type);
	return row && row->parse ? row->parse(datagram, out) : MIP_VERDICT_UNKNOWN_TYPE;
}

const struct mip_exts *mip_message_exts(const struct mip_message *message)
{
	const struct row *row = find_row(message->type);

	if (!row || !row->parse)
		return NULL;
	return (const struct mip_exts *)(const void *)((const uint8_t *)message + row->exts);
}

int mip_message_build(const struct mip_message *message, struct mac *mac, struct mip_sa *sa,
	uint8_t *buf, size_t size, size_t *len)
{
	const struct row *row = find_row(message->type);

	return row && row->build ? row->build(message, mac, sa, buf, size, len) : -EINVAL;
}

const char *mip_message_name(uint8_t type)
{
	const struct row *row = find_row(type);

	return row ? row->name : "unknown message";
}

int message_begin(struct mip_reader *r, struct mipm_span datagram, uint8_t type)
{
	if (datagram.len > MIP_MESSAGE_MAX)
		return MIP_VERDICT_TOO_LONG;
	mip_reader_init(r, datagram);
	if (mip_read_u8(r) != type && !r->failed)
		return MIP_VERDICT_UNKNOWN_TYPE;
	return r->failed ? MIP_VERDICT_TOO_SHORT : MIP_VERDICT_OK;
}

int message_finish(struct mip_writer *w, struct mac *mac, struct mip_sa *sa, size_t *len)
{
	int err = sa ? mac_seal(mac, sa, w) : 0;

	if (err < 0)
		return err;
	if (w->failed)
		return -EMSGSIZE;
	*len = w->pos;
	return 0;
}
