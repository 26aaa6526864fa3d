/* SPDX-License-Identifier: BSD-2-Clause */
/* The bus: messages as the codec reads them, and the header of a datagram. */
#include "libmipsock/frame.h"
#include "libmipsock/rows.h"
#include "tests/fuzz/fuzz.h"

/* What was accepted encodes again, decodes again, and is then the same octets for good. */
static void check(struct mipm_arena *a, const struct mipm_msg *msg)
{
	static uint8_t first[MIPSOCK_BUNDLE_MAX], second[MIPSOCK_BUNDLE_MAX];
	static char text[4096];
	struct mipm_msg again;
	size_t skip;
	int len;

	mipm_print(text, sizeof(text), msg);
	mipm_print_json(text, sizeof(text), msg);
	len = mipm_encode(first, sizeof(first), msg->type, msg->flags, msg->id, msg->body);
	MUST(len >= MSG_HEAD);
	MUST(mipm_decode(first, (size_t)len, a, &again, &skip) == len);
	MUST(mipm_encode(second, sizeof(second), again.type, again.flags, again.id, again.body) ==
		len);
	MUST(!memcmp(first, second, (size_t)len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mipm_arena *arena, *other;
	uint8_t key[MSG_KEY_MAX];
	struct mipm_msg msg;
	struct frame frame;
	size_t skip = 0;

	if (!arena) {
		arena = mipm_arena_new();
		other = mipm_arena_new();
	}
	if (frame_read(data, size, &frame) < 0)
		frame.head_len = 0; /* bare messages, as the store of a recording has them */
	for (size_t at = frame.head_len; at < size; at += skip) {
		int r = mipm_decode(data + at, size - at, arena, &msg, &skip);

		if (!skip)
			break;
		msg_key(data + at, skip, key);
		if (r > 0)
			check(other, &msg);
	}
	return 0;
}
