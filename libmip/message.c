/* SPDX-License-Identifier: BSD-2-Clause */
/* First octet -> row: what a datagram on port 434 is (RFC 5944 1.8, table in mipv4.md section 2).
 */
#include "libmip/cursor.h"
#include "libmip/mip.h"

static int parse_request(struct mipm_span datagram, struct mip_message *out)
{
	return mip_request_parse(datagram, &out->request);
}

static int parse_reply(struct mipm_span datagram, struct mip_message *out)
{
	return mip_reply_parse(datagram, &out->reply);
}

static const struct row {
	uint8_t type;
	const char *name;
	int (*parse)(struct mipm_span datagram, struct mip_message *out); /* NULL: not read here */
} rows[] = {
	{ MIP_REGISTRATION_REQUEST, "Registration Request", parse_request },
	{ MIP_REGISTRATION_REPLY, "Registration Reply", parse_reply },
	{ MIP_TUNNEL_DATA, "MIP Tunnel Data", NULL },
	{ MIP_REVOCATION, "Registration Revocation", NULL },
	{ MIP_REVOCATION_ACK, "Registration Revocation Acknowledgment", NULL },
	{ 18, "Regional Registration Request", NULL },
	{ 19, "Regional Registration Reply", NULL },
	{ 22, "Generic Notification", NULL },
	{ 23, "Generic Notification Acknowledgement", NULL },
	{ MIP_HOME_TEST_INIT, "Home Test Init", NULL },
	{ MIP_CAREOF_TEST_INIT, "Care-of Test Init", NULL },
	{ MIP_HOME_TEST, "Home Test", NULL },
	{ MIP_CAREOF_TEST, "Care-of Test", NULL },
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

const char *mip_message_name(uint8_t type)
{
	const struct row *row = find_row(type);

	return row ? row->name : "unknown message";
}
