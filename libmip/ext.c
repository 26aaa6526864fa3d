/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extension table, the walk over a datagram's extensions, and what happens to unknown ones
 * (RFC 5944 1.8-1.10). The list of shapes is in mipv4.md section 3.
 */
#include "base/addr.h"
#include "libmip/ext.h"
#include "libmip/print.h"

#define U16_MAX UINT16_MAX

/* clang-format off */
#define HANDLERS(x) ext_##x##_parse, ext_##x##_build, ext_##x##_print
#define RECORDED    NULL, NULL, NULL

/*  type, subtype, shape, where, many, min, max, name, handlers */
const struct ext_desc ext_table[] = {
	/* for the home agent or the mobile router, before MN-HA, in this order */
	{ MIP_EXT_NAI, 0, EXT_TLV, EXT_IN_BOTH, false, 1, 255,
		"NAI", HANDLERS(nai) },					/* RFC 2794 */
	{ MIP_EXT_UDP_TUNNEL_REQUEST, 0, EXT_SHORT, EXT_IN_REQUEST, false, 5, 5,
		"UDP Tunnel Request", HANDLERS(udp_request) },		/* RFC 3519 3.1 */
	{ MIP_EXT_UDP_TUNNEL_REPLY, 0, EXT_SHORT, EXT_IN_REPLY, false, 5, 5,
		"UDP Tunnel Reply", HANDLERS(udp_reply) },		/* RFC 3519 3.2 */
	{ MIP_EXT_MOBILE_NETWORK, 0, EXT_SHORT, EXT_IN_REQUEST, true, 5, 5,
		"Mobile Network Request", HANDLERS(network_request) },	/* RFC 5177 4.1 */
	{ MIP_EXT_MOBILE_NETWORK, 1, EXT_SHORT, EXT_IN_REPLY, true, 7, 7,
		"Mobile Network Acknowledgement", HANDLERS(network_ack) }, /* RFC 5177 4.2 */
	{ MIP_EXT_MOBILE_NETWORK, 2, EXT_SHORT, EXT_IN_REPLY, true, 7, 7,
		"implicit Mobile Network Acknowledgement",
		ext_network_ack_parse, ext_network_ack_build, NULL },
	{ MIP_EXT_ROUTE_OPT_CAPABILITY, 1, EXT_SHORT, EXT_IN_REQUEST, false, 1, 5,
		"Route Optimization Capability", RECORDED },		/* RFC 6521 5.1 */
	{ MIP_EXT_ROUTE_OPT, 1, EXT_SHORT, EXT_IN_REPLY, false, 1, 1,
		"Route Optimization Reply", RECORDED },			/* RFC 6521 5.2 */
	{ MIP_EXT_PREFIX_ADVERTISEMENT, 1, EXT_LONG, EXT_IN_REPLY, false, 0, U16_MAX,
		"Route Optimization Prefix Advertisement", RECORDED },	/* RFC 6521 5.5 */
	{ MIP_EXT_IPV6_PREFIX, 1, EXT_SHORT, EXT_IN_REQUEST, true, 17, 17,
		"IPv6 Prefix Request", RECORDED },			/* RFC 5454 */
	{ MIP_EXT_IPV6_PREFIX, 2, EXT_SHORT, EXT_IN_REPLY, true, 19, 19,
		"IPv6 Prefix Reply", RECORDED },
	{ MIP_EXT_IPV6_PREFIX, 3, EXT_SHORT, EXT_IN_REQUEST, false, 1, 1,
		"IPv6 Tunneling Mode", RECORDED },
	{ MIP_EXT_MULTIPATH, 1, EXT_LONG, EXT_IN_REQUEST, false, 4, 4,
		"Multipath", HANDLERS(multipath) },			/* RFC 7629 4.1 */
	{ MIP_EXT_MULTIPATH, 2, EXT_LONG, EXT_IN_BOTH, true, 4, U16_MAX,
		"Flow Binding", HANDLERS(flow) },			/* RFC 7629 4.2 */
	{ MIP_EXT_REVOCATION_SUPPORT, 0, EXT_TLV, EXT_IN_BOTH, false, 6, 6,
		"Revocation Support", HANDLERS(revocation) },		/* RFC 3543 3.2 */
	{ MIP_EXT_NAI_CARRYING, 1, EXT_SHORT, EXT_IN_BOTH, false, 1, 254,
		"HA NAI", RECORDED },					/* RFC 3846 */
	{ MIP_EXT_NAI_CARRYING, 2, EXT_SHORT, EXT_IN_BOTH, false, 1, 254,
		"AAAH NAI", RECORDED },
	{ MIP_EXT_NAI_CARRYING, 3, EXT_SHORT, EXT_IN_BOTH, false, 1, 254,
		"FA NAI", RECORDED },
	{ MIP_EXT_SERVICE_SELECTION, 0, EXT_TLV, EXT_IN_REQUEST, false, 1, 255,
		"Service Selection", RECORDED },			/* RFC 5446 */
	{ MIP_EXT_MESSAGE_STRING, 1, EXT_SHORT, EXT_IN_REPLY | EXT_IN_REVOCATION, false, 1, 254,
		"Message String", HANDLERS(message_string) },		/* RFC 4917 */
	{ MIP_EXT_ROUTE_OPT, 3, EXT_SHORT, EXT_IN_REPLY, false, 1, 253,
		"Care-of Address", RECORDED },				/* RFC 6521 5.4 */
	{ MIP_EXT_NVSE, MIP_OWN_CAPS, EXT_NVSE, EXT_IN_BOTH, false, 10, 247,
		"CAPS", HANDLERS(caps) },				/* mipv4.md 24 */
	{ MIP_EXT_NVSE, MIP_OWN_WATCH, EXT_NVSE, EXT_IN_BOTH, false, 16, 247,
		"WATCH", HANDLERS(watch) },
	{ MIP_EXT_NVSE, MIP_OWN_OBSERVED_ADDRESS, EXT_NVSE, EXT_IN_REPLY, false, 4, 247,
		"OBSERVED-ADDRESS", HANDLERS(observed) },
	{ MIP_EXT_NVSE, 0, EXT_NVSE, EXT_IN_BOTH, true, 0, 247,
		"NVSE", RECORDED },					/* RFC 3115; any other */
	{ MIP_EXT_CVSE, 0, EXT_CVSE, EXT_IN_BOTH, true, 0, U16_MAX,
		"CVSE", RECORDED },					/* RFC 3115 */

	/* authentication extensions; building is mac_seal()'s */
	{ MIP_EXT_MN_HA_AUTH, 0, EXT_TLV, EXT_IN_ANY, true, 4, 255,
		"MN-HA", ext_mn_ha_parse, NULL, ext_mn_ha_print },	/* RFC 5944 3.5.2 */
	{ MIP_EXT_ROUTE_OPT, 2, EXT_SHORT, EXT_IN_BOTH, true, 5, 254,
		"Mobile-Correspondent", RECORDED },			/* RFC 6521 5.3 */

	/* after MN-HA: between router and foreign agent, or between the agents */
	{ MIP_EXT_DELIVERY_STYLE, 0, EXT_TLV, EXT_IN_REQUEST, true, 0, 0,
		"Encapsulating Delivery Style", RECORDED },		/* RFC 3024 */
	{ MIP_EXT_CHALLENGE, 0, EXT_TLV, EXT_IN_BOTH, true, 0, 255,
		"MN-FA Challenge", RECORDED },				/* RFC 4721 */
	{ MIP_EXT_GENERAL_AUTH, 1, EXT_LONG, EXT_IN_REQUEST, true, 4, U16_MAX,
		"MN-AAA", RECORDED },					/* RFC 4721 */
	{ MIP_EXT_GENERAL_AUTH, 2, EXT_LONG, EXT_IN_BOTH, true, 4, U16_MAX,
		"FA-FA", RECORDED },					/* RFC 4857 */
	{ MIP_EXT_GENERAL_AUTH, 3, EXT_LONG, EXT_IN_BOTH, true, 4, U16_MAX,
		"MN-GFA", RECORDED },
	{ MIP_EXT_MN_FA_AUTH, 0, EXT_TLV, EXT_IN_BOTH, true, 4, 255,
		"MN-FA", RECORDED },					/* RFC 5944 3.5.3 */
	{ MIP_EXT_FA_HA_AUTH, 0, EXT_TLV, EXT_IN_BOTH, true, 4, 255,
		"FA-HA", RECORDED },					/* RFC 5944 3.5.4 */
	{ MIP_EXT_FA_ERROR, 0, EXT_SHORT, EXT_IN_REPLY, true, 1, 1,
		"FA Error", RECORDED },					/* RFC 4636 */
	{ MIP_EXT_GFA_ADDRESS, 0, EXT_TLV, EXT_IN_BOTH, true, 6, 6,
		"GFA IP Address", RECORDED },				/* RFC 4857 */
	{ MIP_EXT_GRE_KEY, 0, EXT_LONG, EXT_IN_BOTH, true, 4, 4,
		"GRE Key", RECORDED },					/* RFC 6245 */
	{ MIP_EXT_HIERARCHICAL_FA, 0, EXT_TLV, EXT_IN_BOTH, true, 6, 6,
		"Hierarchical FA", RECORDED },				/* RFC 4857 */
	{ MIP_EXT_REPLAY_STYLE, 0, EXT_TLV, EXT_IN_BOTH, true, 10, 10,
		"Replay Protection Style", RECORDED },
	{ MIP_EXT_REGIONAL_LIFETIME, 0, EXT_TLV, EXT_IN_REPLY, true, 6, 6,
		"Regional Registration Lifetime", RECORDED },
	{ MIP_EXT_MESSAGE_STRING, 2, EXT_SHORT, EXT_IN_REPLY, true, 1, 254,
		"Message String from the foreign agent", RECORDED },
};
/* clang-format on */

const size_t ext_table_len = sizeof(ext_table) / sizeof(ext_table[0]);

/* Types of the long shape, known to us or not (mipv4.md 3.1). */
static bool type_is_long(uint8_t type)
{
	switch (type) {
	case 36:
	case 38:
	case 40 ... 43:
	case 47:
	case 48:
	case 50:
	case 127:
	case 154:
		return true;
	default:
		return false;
	}
}

static bool type_is_short(uint8_t type)
{
	for (size_t i = 0; i < ext_table_len; i++)
		if (ext_table[i].type == type)
			return ext_table[i].shape == EXT_SHORT;
	return false;
}

const struct ext_desc *ext_find(const struct mip_ext *ext)
{
	for (size_t i = 0; i < ext_table_len; i++) {
		const struct ext_desc *desc = &ext_table[i];

		if (desc->type != ext->type)
			continue;
		if (desc->shape == EXT_CVSE)
			return desc;
		if (desc->shape == EXT_NVSE) {
			if (desc->subtype == 0 ||
				(ext->vendor == MIP_VENDOR && ext->kind == desc->subtype))
				return desc;
		} else if (desc->subtype == ext->subtype) {
			return desc;
		}
	}
	return NULL;
}

/* Type, length, subtype, vendor; *data opens on what is left of it. False: lengths do not fit. */
static bool read_frame(struct mip_reader *r, struct mip_ext *ext, struct mip_reader *data)
{
	*ext = (struct mip_ext) { .offset = (uint16_t)r->pos };
	ext->type = mip_read_u8(r);
	if (type_is_long(ext->type)) {
		ext->subtype = mip_read_u8(r);
		*data = mip_read_sub(r, mip_read_u16(r));
	} else {
		*data = mip_read_sub(r, mip_read_u8(r));
		if (type_is_short(ext->type))
			ext->subtype = mip_read_u8(data);
	}
	if (ext->type == MIP_EXT_NVSE)
		mip_read_skip(data, 2);
	if (ext->type == MIP_EXT_NVSE || ext->type == MIP_EXT_CVSE) {
		ext->vendor = mip_read_u32(data);
		ext->kind = mip_read_u16(data);
	}
	ext->data = (struct mipm_span) {
		.data = data->failed ? NULL : data->data + data->pos,
		.len = (uint32_t)mip_read_left(data),
	};
	return !data->failed;
}

static bool is_duplicate(const struct mip_exts *exts, const struct mip_ext *ext)
{
	for (size_t i = 0; i < exts->n_exts; i++) {
		const struct mip_ext *other = &exts->exts[i];

		if (other->type == ext->type && other->subtype == ext->subtype &&
			other->vendor == ext->vendor && other->kind == ext->kind)
			return true;
	}
	return false;
}

/* One extension whose frame is sound. */
static int take(
	struct mip_reader *data, enum ext_where where, struct mip_ext *ext, struct mip_exts *exts)
{
	const struct ext_desc *desc = ext_find(ext);
	int verdict = MIP_VERDICT_OK;

	if (!desc) {
		exts->n_skipped += ext->type >= 128;
		return ext->type < 128 ? MIP_VERDICT_UNKNOWN_EXT : MIP_VERDICT_OK;
	}
	ext->after_auth = exts->n_mn_ha > 0;
	if (ext->data.len < desc->min || ext->data.len > desc->max)
		return MIP_VERDICT_MALFORMED;
	if (exts->n_exts == MIP_MAX_EXTS)
		return MIP_VERDICT_TOO_MANY;
	if (desc->parse && (desc->where & where)) {
		if (ext->after_auth && ext->type != MIP_EXT_UDP_TUNNEL_REQUEST &&
			ext->type != MIP_EXT_MN_HA_AUTH)
			verdict = MIP_VERDICT_OK; /* nobody signed it */
		else if (!desc->many && !ext->after_auth && is_duplicate(exts, ext))
			verdict = MIP_VERDICT_DUPLICATE_EXT;
		else
			verdict = desc->parse(data, ext, exts);
	}
	exts->exts[exts->n_exts++] = *ext;
	return verdict;
}

/*
 * Goes on after a fault inside one extension, since its frame tells where the next one starts: the
 * authenticator behind it decides whether the sender deserves an answer. The first fault counts,
 * but an unknown extension below 128 is silence whatever else is wrong.
 */
int ext_parse_all(struct mip_reader *r, enum ext_where where, struct mip_exts *exts)
{
	int verdict = MIP_VERDICT_OK, fault;
	struct mip_reader data;
	struct mip_ext ext;

	while (mip_read_left(r) > 0) {
		if (r->data[r->pos] == MIP_EXT_PAD) {
			mip_read_skip(r, 1);
			continue;
		}
		fault = read_frame(r, &ext, &data) ? take(&data, where, &ext, exts)
						   : MIP_VERDICT_MALFORMED;
		if (verdict == MIP_VERDICT_OK || fault == MIP_VERDICT_UNKNOWN_EXT)
			verdict = fault;
		if (fault == MIP_VERDICT_UNKNOWN_EXT)
			break;
	}
	if (r->failed && verdict == MIP_VERDICT_OK)
		verdict = MIP_VERDICT_MALFORMED;
	return verdict;
}

void ext_build_all(struct mip_writer *w, enum ext_where where, const struct mip_exts *exts)
{
	for (size_t i = 0; i < ext_table_len; i++)
		if (ext_table[i].build && (ext_table[i].where & where))
			ext_table[i].build(w, &ext_table[i], exts);
}

/* The length is left 0 until ext_end(). */
size_t ext_begin(struct mip_writer *w, const struct ext_desc *desc)
{
	size_t begin = w->pos;

	mip_write_u8(w, desc->type);
	switch (desc->shape) {
	case EXT_LONG:
		mip_write_u8(w, (uint8_t)desc->subtype);
		mip_write_u16(w, 0);
		break;
	case EXT_SHORT:
		mip_write_u8(w, 0);
		mip_write_u8(w, (uint8_t)desc->subtype);
		break;
	case EXT_NVSE:
		mip_write_u8(w, 0);
		mip_write_u16(w, 0);
		mip_write_u32(w, MIP_VENDOR);
		mip_write_u16(w, desc->subtype);
		break;
	default:
		mip_write_u8(w, 0);
		break;
	}
	return begin;
}

void ext_end(struct mip_writer *w, const struct ext_desc *desc, size_t begin)
{
	bool is_long = desc->shape == EXT_LONG;
	size_t header = is_long ? 4 : 2, len;

	if (w->failed)
		return;
	len = w->pos - begin - header;
	if (len > (is_long ? UINT16_MAX : UINT8_MAX))
		w->failed = true;
	else
		mip_write_back(w, begin + header - (is_long ? 2 : 1), len, is_long ? 2 : 1);
}

const struct mip_ext *mip_ext_find(const struct mip_exts *exts, uint8_t type, uint8_t subtype)
{
	for (size_t i = 0; i < exts->n_exts; i++)
		if (exts->exts[i].type == type && exts->exts[i].subtype == subtype)
			return &exts->exts[i];
	return NULL;
}

const char *mip_ext_name(uint8_t type, uint8_t subtype)
{
	for (size_t i = 0; i < ext_table_len; i++)
		if (ext_table[i].type == type && ext_table[i].subtype == subtype)
			return ext_table[i].name;
	return "unknown";
}
