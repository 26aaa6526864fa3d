/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "frame.h"

static const uint8_t magic[4] = { 'M', 'I', 'P', 'S' };

#define ORDER_MARK 0x0102

void frame_write(uint8_t *buf, size_t len, const struct frame *frame)
{
	uint16_t mark = ORDER_MARK;
	uint32_t len32 = (uint32_t)len;

	memset(buf, 0, FRAME_HEAD);
	memcpy(buf, magic, 4);
	memcpy(buf + 4, &mark, 2);
	buf[6] = FRAME_VERSION;
	buf[7] = FRAME_HEAD;
	memcpy(buf + 8, &frame->boot_id, 8);
	memcpy(buf + 16, &frame->seq, 8);
	memcpy(buf + 24, &len32, 4);
	memcpy(buf + 28, &frame->count, 2);
}

int frame_read(const uint8_t *buf, size_t len, struct frame *frame)
{
	uint16_t mark;
	uint32_t len32;

	if (len < 16 || memcmp(buf, magic, 4))
		return -EBADMSG;
	memcpy(&mark, buf + 4, 2);
	memcpy(&frame->boot_id, buf + 8, 8);
	if (mark != ORDER_MARK)
		return -EBADMSG;
	if (buf[6] != FRAME_VERSION)
		return -EPROTONOSUPPORT;
	if (len < FRAME_HEAD || buf[7] < FRAME_HEAD || buf[7] > len || buf[7] % 4)
		return -EBADMSG;
	frame->head_len = buf[7];
	memcpy(&frame->seq, buf + 16, 8);
	memcpy(&len32, buf + 24, 4);
	memcpy(&frame->count, buf + 28, 2);
	return len32 == len && frame->boot_id && frame->seq ? 0 : -EBADMSG;
}
