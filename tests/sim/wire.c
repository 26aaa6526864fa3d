/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/wire.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define MN_HA	       32
#define REQUEST_HEADER 24
#define REPLY_HEADER   20
#define IDENT_BEFORE   8 /* it ends the header */
#define SPI_LEN	       4
#define DIGEST_LEN     32

static uint64_t number(const uint8_t *octets, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | octets[i];
	return value;
}

/* Types of the long shape: type, subtype, two octets of length (mipv4.md 3.1). */
static bool is_long(uint8_t type)
{
	static const uint8_t types[] = { 36, 38, 40, 41, 42, 43, 47, 48, 50, 127, 154 };

	return memchr(types, type, sizeof(types)) != NULL;
}

/* Length of the extension there with its head; 0: it does not fit. */
static size_t extension_len(struct mipm_span d, size_t at)
{
	size_t head = is_long(d.data[at]) ? 4 : 2, len;

	if (d.len - at < head)
		return 0;
	len = head + (size_t)number(d.data + at + head / 2, head / 2);
	return len <= d.len - at ? len : 0;
}

static size_t header_len(struct mipm_span d)
{
	if (d.len > 0 && d.data[0] == WIRE_REQUEST)
		return REQUEST_HEADER;
	return d.len > 0 && d.data[0] == WIRE_REPLY ? REPLY_HEADER : 0;
}

bool wire_read(struct mipm_span d, struct wire *out)
{
	size_t at = header_len(d), len;

	if (at == 0 || d.len < at)
		return false;
	*out = (struct wire) { .type = d.data[0] };
	out->lifetime = (uint16_t)number(d.data + 2, 2);
	out->ident = number(d.data + at - IDENT_BEFORE, IDENT_BEFORE);
	for (; at < d.len; at += len) {
		len = extension_len(d, at);
		if (len == 0)
			return false;
		if (d.data[at] != MN_HA)
			continue;
		if (len < 2 + SPI_LEN)
			return false;
		out->covered = at + 2 + SPI_LEN;
		out->spi = (uint32_t)number(d.data + at + 2, SPI_LEN);
		out->authenticator =
			(struct mipm_span) { d.data + out->covered, (uint32_t)(len - 2 - SPI_LEN) };
		return true;
	}
	return false;
}

bool wire_is_authentic(struct mipm_span d, const struct wire *w, const uint8_t *key, size_t key_len)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return w->authenticator.len == DIGEST_LEN &&
	       HMAC(EVP_sha256(), key, (int)key_len, d.data, w->covered, digest, &len) &&
	       len == DIGEST_LEN && memcmp(digest, w->authenticator.data, DIGEST_LEN) == 0;
}
