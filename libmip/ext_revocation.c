/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Revocation Support (RFC 3543 3.2): this end understands registration revocation.
 *
 *	89 06 8000 e9dcad40		I set, timestamp of the sender
 */
#include "libmip/ext.h"

#define SUPPORT_I 0x8000

int ext_revocation_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	exts->revocation.present = true;
	exts->revocation.inform = (mip_read_u16(r) & SUPPORT_I) != 0;
	exts->revocation.timestamp = mip_read_u32(r);
	return MIP_VERDICT_OK;
}

void ext_revocation_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	size_t begin;

	if (!exts->revocation.present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u16(w, exts->revocation.inform ? SUPPORT_I : 0);
	mip_write_u32(w, exts->revocation.timestamp);
	ext_end(w, desc, begin);
}

void ext_revocation_print(struct text *text, const struct mip_exts *exts)
{
	if (exts->revocation.present)
		text_add(text, " revocation%s %08x", exts->revocation.inform ? " inform" : "",
			exts->revocation.timestamp);
}
