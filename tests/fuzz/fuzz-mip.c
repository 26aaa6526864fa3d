/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration and revocation messages. What parses can be built; what was built parses and builds
 * the same octets again. Printing anything stays in its buffer. No input has a right authenticator.
 */
#include "libmip/mac.h"
#include "libmip/message.h"
#include "libmip/print.h"
#include "tests/fuzz/fuzz.h"

static struct mac *mac;
static struct mip_sa *sa;

static void set_up(void)
{
	uint8_t key[32];

	if (mac)
		return;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(200 + i); /* not a key of the corpus */
	MUST(mac_new(1, &mac) == 0);
	MUST(sa_new(1007, MIP_HMAC_SHA256, key, sizeof(key), &sa) == 0);
}

static void check_round_trip(const struct mip_message *message)
{
	static struct mip_message again;
	static uint8_t first[2 * MIP_MESSAGE_MAX], second[2 * MIP_MESSAGE_MAX];
	size_t len, len_again;

	MUST(mip_message_build(message, NULL, NULL, first, sizeof(first), &len) == 0);
	MUST(mip_message_parse((struct mipm_span) { first, (uint32_t)len }, &again) ==
		MIP_VERDICT_OK);
	MUST(mip_message_build(&again, NULL, NULL, second, sizeof(second), &len_again) == 0);
	MUST(len == len_again && memcmp(first, second, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mip_message message;
	struct mipm_span span = { data, (uint32_t)size };
	const struct mip_exts *exts;
	char line[300];
	int verdict;

	set_up();
	mip_print(span, line, sizeof(line));
	MUST(strlen(line) < sizeof(line));
	verdict = mip_message_parse(span, &message);
	MUST(verdict >= 0 && verdict <= MIP_VERDICT_LAST);
	exts = mip_message_exts(&message);
	if (!exts)
		return 0;
	MUST(mac_verify(mac, sa, span, &exts->mn_ha) == MAC_MISMATCH);
	mac_signed_part(span, &exts->mn_ha);
	if (verdict == MIP_VERDICT_OK)
		check_round_trip(&message);
	return 0;
}
