/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication extensions (RFC 5944 3.5): where they sit and which octets they cover.
 *
 *	20 14 000003f1 be6e...24d7	type 32, length 20, SPI 1009, HMAC-MD5
 *
 * The authenticator covers every octet of the message before itself: earlier extensions and this
 * one's type, length and SPI. Whether it is right is mac_verify()'s; here nothing is compared.
 */
#include "libmip/ext.h"

int ext_mn_ha_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_auth auth = { .present = true, .offset = ext->offset };

	auth.spi = mip_read_u32(r);
	auth.covered = (uint16_t)(ext->offset + 2 + 4);
	auth.authenticator = mip_read_rest(r);
	if (exts->n_mn_ha++ == 0)
		exts->mn_ha = auth;
	return MIP_VERDICT_OK;
}

void ext_mn_ha_print(struct text *text, const struct mip_exts *exts)
{
	if (exts->n_mn_ha > 0)
		text_add(text, " mn-ha %u", exts->mn_ha.spi);
	if (exts->n_mn_ha > 1)
		text_add(text, " (%u of them)", exts->n_mn_ha);
}
