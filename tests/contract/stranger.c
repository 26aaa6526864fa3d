/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A member from the future: it says hello as everybody does, then types and attributes that nobody
 * knows, and things that are not its to say. Its datagrams are written here, not by the library,
 * which would refuse them. Layout: mipsock(7).
 */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD 32

static struct sockaddr_un own, detector;
static int fd = -1;
static uint64_t seq;

static struct sockaddr_un address(const char *dir, const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/%s", dir, name);
	return un;
}

/* Puts the header in front of what stands in buf behind HEAD octets. */
static int say(uint8_t *buf, size_t len, uint16_t count)
{
	const uint64_t boot_id = 0x7374726e67657231;
	uint32_t len32 = (uint32_t)len;
	uint16_t mark = 0x0102;
	ssize_t sent;

	memset(buf, 0, HEAD);
	memcpy(buf, "MIPS", 4);
	memcpy(buf + 4, &mark, 2);
	buf[6] = 1;
	buf[7] = HEAD;
	memcpy(buf + 8, &boot_id, 8);
	seq++;
	memcpy(buf + 16, &seq, 8);
	memcpy(buf + 24, &len32, 4);
	memcpy(buf + 28, &count, 2);
	sent = sendto(fd, buf, len, 0, (struct sockaddr *)&detector, sizeof(detector));
	return sent < 0 ? -errno : 0;
}

static int hello(void)
{
	const struct mipm_hello body = {
		.role = { "stranger", 8 }, .name = { "stranger", 8 }, .reply = 1
	};
	uint8_t buf[512];
	int n = mipm_encode(buf + HEAD, sizeof(buf) - HEAD, MIPM_HELLO, 0, 1, &body);

	return n < 0 ? n : say(buf, HEAD + (size_t)n, 1);
}

int stranger_open(const char *dir)
{
	own = address(dir, "stranger");
	detector = address(dir, "linkmon");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		return -errno;
	return hello();
}

void stranger_close(void)
{
	unlink(own.sun_path);
	close(fd);
	fd = -1;
}

/* A message of any type without any attribute but one that nobody knows. */
static size_t put_unknown(uint8_t *p, uint16_t type, uint32_t id)
{
	static const uint8_t attr[] = { 0xfe, 0xff, 0x07, 0x00, 1, 2, 3, 0 };
	uint32_t len = 12 + sizeof(attr);

	memset(p, 0, 12);
	memcpy(p, &type, 2);
	memcpy(p + 4, &len, 4);
	memcpy(p + 8, &id, 4);
	memcpy(p + 12, attr, sizeof(attr));
	return len;
}

int stranger_disturb(const struct mipm_link *forged)
{
	static const uint16_t types[] = { 0, 1, 11, 79, 80, 255, 0xf000, 0xf001, 0xffff,
		MIPM_LINK };
	uint8_t buf[4096] = { 0 };
	size_t at = HEAD;
	uint16_t n = 0;
	int r;

	for (; n < sizeof(types) / sizeof(types[0]); n++)
		at += put_unknown(buf + at, types[n], n + 2U);
	r = mipm_encode(buf + at, sizeof(buf) - at, MIPM_LINK, 0, 100, forged);
	if (r > 0)
		r = say(buf, at + (size_t)r, n + 1);
	if (!r)
		r = say(buf, HEAD, 0); /* empty */
	if (!r)
		r = say(buf, HEAD + 5, 1); /* cut off */
	return r;
}
