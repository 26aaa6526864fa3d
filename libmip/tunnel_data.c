/* SPDX-License-Identifier: BSD-2-Clause */
/* MIP Tunnel Data header and the GRE header behind it. See tunnel_data.h. */
#include "libmip/cursor.h"
#include "libmip/tunnel_data.h"

/* Checksum, routing and RFC 1701's bits 3-5, and the version: RFC 2784 2.3 says discard. */
#define GRE_FLAGS_REFUSED 0xcc07

const char *tunnel_data_verdict_name(enum tunnel_data_verdict verdict)
{
	static const char *const names[] = {
		[TUNNEL_DATA_OK] = "ok",
		[TUNNEL_DATA_TOO_SHORT] = "too-short",
		[TUNNEL_DATA_NOT_OURS] = "not-tunnel-data",
		[TUNNEL_DATA_NEXT_HEADER] = "next-header",
		[TUNNEL_DATA_GRE_BAD] = "gre",
		[TUNNEL_DATA_INNER_VERSION] = "inner-version",
	};

	return verdict <= TUNNEL_DATA_VERDICT_LAST ? names[verdict] : "?";
}

static enum tunnel_data_verdict parse_gre(struct mip_reader *r, struct tunnel_data *out)
{
	uint16_t flags = mip_read_u16(r), protocol = mip_read_u16(r);

	if (r->failed)
		return TUNNEL_DATA_TOO_SHORT;
	if (flags & GRE_FLAGS_REFUSED)
		return TUNNEL_DATA_GRE_BAD;
	if (protocol == GRE_IPV4)
		out->family = MIPM_IPV4;
	else if (protocol == GRE_IPV6)
		out->family = MIPM_IPV6;
	else
		return TUNNEL_DATA_GRE_BAD;
	out->has_key = (flags & GRE_FLAG_KEY) != 0;
	out->has_sequence = (flags & GRE_FLAG_SEQUENCE) != 0;
	if (out->has_key)
		out->key = mip_read_u32(r);
	if (out->has_sequence)
		out->sequence = mip_read_u32(r);
	return TUNNEL_DATA_OK;
}

enum tunnel_data_verdict tunnel_data_parse(
	struct mipm_span datagram, struct tunnel_data *out, struct mipm_span *inner)
{
	enum tunnel_data_verdict verdict = TUNNEL_DATA_OK;
	struct mip_reader r;
	uint8_t type;

	*out = (struct tunnel_data) { 0 };
	*inner = (struct mipm_span) { 0 };
	mip_reader_init(&r, datagram);
	type = mip_read_u8(&r);
	out->next_header = mip_read_u8(&r);
	mip_read_skip(&r, 2);
	if (r.failed)
		return TUNNEL_DATA_TOO_SHORT;
	if (type != TUNNEL_DATA_TYPE)
		return TUNNEL_DATA_NOT_OURS;
	if (out->next_header == TUNNEL_DATA_IPV4)
		out->family = MIPM_IPV4;
	else if (out->next_header == TUNNEL_DATA_IPV6)
		out->family = MIPM_IPV6;
	else if (out->next_header == TUNNEL_DATA_GRE)
		verdict = parse_gre(&r, out);
	else
		verdict = TUNNEL_DATA_NEXT_HEADER;
	if (verdict)
		return verdict;
	out->header_len = (uint8_t)r.pos;
	*inner = mip_read_rest(&r);
	if (inner->len == 0)
		return TUNNEL_DATA_TOO_SHORT;
	return inner->data[0] >> 4 == out->family ? TUNNEL_DATA_OK : TUNNEL_DATA_INNER_VERSION;
}

size_t tunnel_data_header_len(const struct tunnel_data *data)
{
	if (data->next_header != TUNNEL_DATA_GRE)
		return TUNNEL_DATA_LEN;
	return TUNNEL_DATA_LEN + 4 + (data->has_key ? 4 : 0) + (data->has_sequence ? 4 : 0);
}

static bool family_fits(const struct tunnel_data *data)
{
	switch (data->next_header) {
	case TUNNEL_DATA_IPV4:
		return data->family == MIPM_IPV4;
	case TUNNEL_DATA_IPV6:
		return data->family == MIPM_IPV6;
	case TUNNEL_DATA_GRE:
		return data->family == MIPM_IPV4 || data->family == MIPM_IPV6;
	default:
		return false;
	}
}

size_t tunnel_data_build(const struct tunnel_data *data, uint8_t header[TUNNEL_DATA_HEADER_MAX])
{
	struct mip_writer w;

	if (!family_fits(data))
		return 0;
	mip_writer_init(&w, header, TUNNEL_DATA_HEADER_MAX);
	mip_write_u8(&w, TUNNEL_DATA_TYPE);
	mip_write_u8(&w, data->next_header);
	mip_write_u16(&w, 0);
	if (data->next_header != TUNNEL_DATA_GRE)
		return w.pos;
	mip_write_u16(&w, (uint16_t)((data->has_key ? GRE_FLAG_KEY : 0) |
				     (data->has_sequence ? GRE_FLAG_SEQUENCE : 0)));
	mip_write_u16(&w, data->family == MIPM_IPV4 ? GRE_IPV4 : GRE_IPV6);
	if (data->has_key)
		mip_write_u32(&w, data->key);
	if (data->has_sequence)
		mip_write_u32(&w, data->sequence);
	return w.pos;
}
