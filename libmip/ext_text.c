/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extensions that are a text: the mobile node's NAI (RFC 2794) and the home agent's Message String
 * (RFC 4917), which is for people and decides nothing.
 *
 *	83 05 7369746537		NAI "site7"
 *	91 03 01 6f6b			Message String from the home agent, "ok"
 */
#include "libmip/ext.h"

static struct mipm_str read_text(struct mip_reader *r)
{
	struct mipm_span span = mip_read_rest(r);

	return (struct mipm_str) { .text = (const char *)span.data, .len = (uint16_t)span.len };
}

static void write_text(struct mip_writer *w, const struct ext_desc *desc, struct mipm_str str)
{
	size_t begin;

	if (str.len == 0)
		return;
	begin = ext_begin(w, desc);
	mip_write_octets(w, str.text, str.len);
	ext_end(w, desc, begin);
}

int ext_nai_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	exts->nai = read_text(r);
	return MIP_VERDICT_OK;
}

void ext_nai_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	write_text(w, desc, exts->nai);
}

void ext_nai_print(struct text *text, const struct mip_exts *exts)
{
	if (exts->nai.len == 0)
		return;
	text_add(text, " nai ");
	text_add_quoted(text, exts->nai);
}

int ext_message_string_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	exts->message_string = read_text(r);
	return MIP_VERDICT_OK;
}

void ext_message_string_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	write_text(w, desc, exts->message_string);
}

void ext_message_string_print(struct text *text, const struct mip_exts *exts)
{
	if (exts->message_string.len == 0)
		return;
	text_add(text, " message ");
	text_add_quoted(text, exts->message_string);
}
