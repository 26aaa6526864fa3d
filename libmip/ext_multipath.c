/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multipath and flow bindings (RFC 7629 4.1, 4.2; traffic selectors of RFC 6088). Both have the
 * long shape although type 154 lies in the skippable range.
 *
 *	9a 01 0004 03 01 02 00			802.3, label 1, BID 2, no flags
 *	9a 02 0009 01 02 02 01 01 00000000	forward everything to BID 2, else BID 1
 *
 * The selector starts with RFC 6088's flag word (mipv4.md 12). Without a single flag it matches
 * every packet: the catch-all, which is decoded; other selectors are kept as octets.
 */
#include "libmip/ext.h"

#define SELECTOR_IPV4	   1
#define SELECTOR_IPV6	   2
#define SELECTOR_FLAGS_LEN 4

int ext_multipath_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_multipath *multipath = &exts->multipath;

	multipath->present = true;
	multipath->att = mip_read_u8(r);
	multipath->label = mip_read_u8(r);
	multipath->bid = mip_read_u8(r);
	multipath->flags = mip_read_u8(r) & (MIP_MULTIPATH_BULK | MIP_MULTIPATH_OVERWRITE);
	return MIP_VERDICT_OK;
}

void ext_multipath_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mip_multipath *multipath = &exts->multipath;
	size_t begin;

	if (!multipath->present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u8(w, multipath->att);
	mip_write_u8(w, multipath->label);
	mip_write_u8(w, multipath->bid);
	mip_write_u8(w, multipath->flags);
	ext_end(w, desc, begin);
}

void ext_multipath_print(struct text *text, const struct mip_exts *exts)
{
	const struct mip_multipath *multipath = &exts->multipath;

	if (multipath->present)
		text_add(text, " bid %u label %u att %u%s%s", multipath->bid, multipath->label,
			multipath->att, multipath->flags & MIP_MULTIPATH_BULK ? " bulk" : "",
			multipath->flags & MIP_MULTIPATH_OVERWRITE ? " overwrite" : "");
}

static bool selector_is_catch_all(const struct mip_flow *flow)
{
	struct mip_reader r;

	mip_reader_init(&r, flow->selector);
	return flow->selector_format == SELECTOR_IPV4 && mip_read_u32(&r) == 0 &&
	       mip_read_is_done(&r);
}

int ext_flow_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_flow flow = { 0 };

	flow.action = mip_read_u8(r);
	flow.n_bids = mip_read_u8(r);
	if (flow.n_bids < 1 || flow.n_bids > MIP_MAX_BIDS)
		return MIP_VERDICT_MALFORMED;
	for (unsigned i = 0; i < flow.n_bids; i++)
		flow.bids[i] = mip_read_u8(r);
	flow.selector_format = mip_read_u8(r);
	flow.selector = mip_read_rest(r);
	if (r->failed)
		return MIP_VERDICT_MALFORMED;
	if ((flow.selector_format == SELECTOR_IPV4 || flow.selector_format == SELECTOR_IPV6) &&
		flow.selector.len < SELECTOR_FLAGS_LEN)
		return MIP_VERDICT_MALFORMED;
	if (exts->n_flows == MIP_MAX_FLOWS)
		return MIP_VERDICT_TOO_MANY;
	flow.catch_all = selector_is_catch_all(&flow);
	exts->flows[exts->n_flows++] = flow;
	return MIP_VERDICT_OK;
}

void ext_flow_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_flows; i++) {
		const struct mip_flow *flow = &exts->flows[i];
		size_t begin = ext_begin(w, desc);

		if (flow->n_bids < 1 || flow->n_bids > MIP_MAX_BIDS) {
			w->failed = true;
			return;
		}
		mip_write_u8(w, flow->action);
		mip_write_u8(w, flow->n_bids);
		mip_write_octets(w, flow->bids, flow->n_bids);
		mip_write_u8(w, flow->catch_all ? SELECTOR_IPV4 : flow->selector_format);
		if (flow->catch_all)
			mip_write_u32(w, 0);
		else
			mip_write_octets(w, flow->selector.data, flow->selector.len);
		ext_end(w, desc, begin);
	}
}

void ext_flow_print(struct text *text, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_flows; i++) {
		const struct mip_flow *flow = &exts->flows[i];

		text_add(text, " flow %s%s", flow->catch_all ? "any " : "",
			flow->action == MIP_FLOW_DROP ? "drop" : "bid");
		for (unsigned k = 0; flow->action != MIP_FLOW_DROP && k < flow->n_bids; k++)
			text_add(text, "%s%u", k ? "," : " ", flow->bids[k]);
	}
}
