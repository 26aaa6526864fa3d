/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our own ends add, as normal vendor extensions (RFC 3115; mipv4.md section 24). Values that
 * are longer than we know are read as far as we know.
 *
 *	86 12 0000 00007ed9 0001 01 01 00000c0f a1b2c3d4	CAPS, router
 *	86 18 0000 00007ed9 0008 0041 0030 0096 001e 01f4 03e8 0032 02 01	WATCH
 *	86 10 0000 00007ed9 0009 01 00 9d81 cb00714d	OBSERVED-ADDRESS 203.0.113.77:40321
 */
#include "base/addr.h"
#include "libmip/ext.h"

int ext_caps_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_caps *caps = &exts->caps;

	caps->present = true;
	caps->version = mip_read_u8(r);
	caps->role = mip_read_u8(r);
	caps->features = mip_read_u32(r);
	caps->boot_id = mip_read_u32(r);
	return MIP_VERDICT_OK;
}

void ext_caps_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mip_caps *caps = &exts->caps;
	size_t begin;

	if (!caps->present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u8(w, caps->version);
	mip_write_u8(w, caps->role);
	mip_write_u32(w, caps->features);
	mip_write_u32(w, caps->boot_id);
	ext_end(w, desc, begin);
}

void ext_caps_print(struct text *text, const struct mip_exts *exts)
{
	if (exts->caps.present)
		text_add(text, " caps role %u features 0x%x boot %08x", exts->caps.role,
			exts->caps.features, exts->caps.boot_id);
}

int ext_watch_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_watch *watch = &exts->watch;

	watch->present = true;
	watch->theta_0 = mip_read_u16(r);
	watch->theta_min = mip_read_u16(r);
	watch->theta_max = mip_read_u16(r);
	watch->fill = mip_read_u16(r);
	watch->idle = mip_read_u16(r);
	watch->report_calm = mip_read_u16(r);
	watch->report_alert = mip_read_u16(r);
	watch->width = mip_read_u8(r);
	watch->flags = mip_read_u8(r);
	return MIP_VERDICT_OK;
}

void ext_watch_build(struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mip_watch *watch = &exts->watch;
	size_t begin;

	if (!watch->present)
		return;
	begin = ext_begin(w, desc);
	mip_write_u16(w, watch->theta_0);
	mip_write_u16(w, watch->theta_min);
	mip_write_u16(w, watch->theta_max);
	mip_write_u16(w, watch->fill);
	mip_write_u16(w, watch->idle);
	mip_write_u16(w, watch->report_calm);
	mip_write_u16(w, watch->report_alert);
	mip_write_u8(w, watch->width);
	mip_write_u8(w, watch->flags);
	ext_end(w, desc, begin);
}

void ext_watch_print(struct text *text, const struct mip_exts *exts)
{
	const struct mip_watch *watch = &exts->watch;

	if (watch->present)
		text_add(text, " watch %u/%u/%u fill %u idle %u report %u/%u width %u%s",
			watch->theta_0, watch->theta_min, watch->theta_max, watch->fill,
			watch->idle, watch->report_calm, watch->report_alert, watch->width,
			watch->flags & MIP_WATCH_REPLAY ? " replay" : "");
}

/* family numbers on the wire */
#define WIRE_IPV4 1
#define WIRE_IPV6 2

/* A family that we do not know is no address, not an error. */
int ext_observed_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	uint8_t wire = mip_read_u8(r);
	uint8_t family = wire == WIRE_IPV4 ? MIPM_IPV4 : MIPM_IPV6;
	struct mipm_endpoint endpoint = { 0 };
	const uint8_t *octets;

	mip_read_skip(r, 1);
	endpoint.port = mip_read_u16(r);
	if (wire != WIRE_IPV4 && wire != WIRE_IPV6)
		return MIP_VERDICT_OK;
	octets = mip_read_take(r, addr_bits(family) / 8);
	if (!octets)
		return MIP_VERDICT_MALFORMED;
	endpoint.addr = addr_from_octets(family, octets);
	exts->observed_addr = endpoint;
	return MIP_VERDICT_OK;
}

void ext_observed_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	const struct mipm_endpoint *endpoint = &exts->observed_addr;
	size_t begin;

	if (!addr_is_present(&endpoint->addr))
		return;
	begin = ext_begin(w, desc);
	mip_write_u8(w, endpoint->addr.family == MIPM_IPV4 ? WIRE_IPV4 : WIRE_IPV6);
	mip_write_u8(w, 0);
	mip_write_u16(w, endpoint->port);
	mip_write_octets(w, endpoint->addr.octets, addr_len(&endpoint->addr));
	ext_end(w, desc, begin);
}

void ext_observed_print(struct text *text, const struct mip_exts *exts)
{
	char buf[ENDPOINT_TEXT_MAX];

	if (addr_is_present(&exts->observed_addr.addr))
		text_add(text, " observed %s", endpoint_print(&exts->observed_addr, buf));
}
