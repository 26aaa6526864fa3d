/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mobile networks (RFC 5177 4.1, 4.2; codes also RFC 6626).
 *
 *	94 06 00 18 c0a84d00		Mobile Network Request 192.168.77.0/24
 *	94 08 01 00 18 00 c0a84d00	its explicit Acknowledgement, code 0
 *
 * Host bits are masked on reception and sent as zero. A length above 32 is kept as it came: it is
 * the home agent's code 1, not a broken message.
 */
#include "base/addr.h"
#include "libmip/ext.h"

const char *mip_network_code_name(uint8_t code)
{
	static const char *const names[] = {
		[MIP_NETWORK_SUCCESS] = "success",
		[MIP_NETWORK_INVALID_PREFIX_LEN] = "invalid-prefix-length",
		[MIP_NETWORK_UNAUTHORIZED] = "unauthorized",
		[MIP_NETWORK_FORWARDING_FAILED] = "forwarding-setup-failed",
		[MIP_NETWORK_UNASSIGNED] = "unassigned",
	};

	return code <= MIP_NETWORK_CODE_LAST ? names[code] : "?";
}

static void print_network(struct text *text, const struct mipm_addr *addr, uint8_t len)
{
	char buf[ADDR_TEXT_MAX];

	text_add(text, " network %s/%u", addr_print(addr, buf), len);
}

int ext_network_request_parse(
	struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_network_request *request;
	struct mipm_addr addr;

	if (exts->n_network_requests == MIP_MAX_NETWORKS)
		return MIP_VERDICT_TOO_MANY;
	request = &exts->network_requests[exts->n_network_requests++];
	request->len = mip_read_u8(r);
	addr = mip_read_v4(r);
	request->addr = addr_mask(&addr, request->len);
	return MIP_VERDICT_OK;
}

void ext_network_request_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_network_requests; i++) {
		const struct mip_network_request *request = &exts->network_requests[i];
		struct mipm_addr addr = addr_mask(&request->addr, request->len);
		size_t begin = ext_begin(w, desc);

		mip_write_u8(w, request->len);
		mip_write_v4(w, &addr);
		ext_end(w, desc, begin);
	}
}

void ext_network_request_print(struct text *text, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_network_requests; i++)
		print_network(text, &exts->network_requests[i].addr, exts->network_requests[i].len);
}

/* Subtype 1 acknowledges a request, 2 a network that the agent has configured. */
#define SUBTYPE_IMPLICIT 2

int ext_network_ack_parse(struct mip_reader *r, const struct mip_ext *ext, struct mip_exts *exts)
{
	struct mip_network_ack *ack;
	struct mipm_addr addr;

	if (exts->n_network_acks == MIP_MAX_NETWORKS)
		return MIP_VERDICT_TOO_MANY;
	ack = &exts->network_acks[exts->n_network_acks++];
	ack->implicit = ext->subtype == SUBTYPE_IMPLICIT;
	ack->code = mip_read_u8(r);
	ack->len = mip_read_u8(r);
	mip_read_skip(r, 1);
	addr = mip_read_v4(r);
	ack->addr = addr_mask(&addr, ack->len);
	return MIP_VERDICT_OK;
}

void ext_network_ack_build(
	struct mip_writer *w, const struct ext_desc *desc, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_network_acks; i++) {
		const struct mip_network_ack *ack = &exts->network_acks[i];
		struct mipm_addr addr = addr_mask(&ack->addr, ack->len);
		size_t begin;

		if (ack->implicit != (desc->subtype == SUBTYPE_IMPLICIT))
			continue;
		begin = ext_begin(w, desc);
		mip_write_u8(w, ack->code);
		mip_write_u8(w, ack->len);
		mip_write_u8(w, 0);
		mip_write_v4(w, &addr);
		ext_end(w, desc, begin);
	}
}

void ext_network_ack_print(struct text *text, const struct mip_exts *exts)
{
	for (size_t i = 0; i < exts->n_network_acks; i++) {
		const struct mip_network_ack *ack = &exts->network_acks[i];

		print_network(text, &ack->addr, ack->len);
		text_add(text, " %s%s", mip_network_code_name(ack->code),
			ack->implicit ? " implicit" : "");
	}
}
