/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnel data: what parses is built with the same meaning and length. */
#include "libmip/tunnel_data.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t built[TUNNEL_DATA_HEADER_MAX + 1];
	struct tunnel_data header, again;
	struct mipm_span inner, rest;
	size_t len;

	if (tunnel_data_parse((struct mipm_span) { data, (uint32_t)size }, &header, &inner))
		return 0;
	MUST(inner.data == data + header.header_len);
	MUST(inner.len == size - header.header_len && inner.len > 0);
	len = tunnel_data_build(&header, built);
	MUST(len == header.header_len && len == tunnel_data_header_len(&header));
	built[len] = inner.data[0];
	MUST(tunnel_data_parse((struct mipm_span) { built, (uint32_t)len + 1 }, &again, &rest) ==
		TUNNEL_DATA_OK);
	MUST(again.key == header.key && again.sequence == header.sequence);
	MUST(again.has_key == header.has_key && again.has_sequence == header.has_sequence);
	return 0;
}
