/* SPDX-License-Identifier: BSD-2-Clause */
/* See wire.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/addr.h"
#include "bench/wire.h"
#include "libmip/mip.h"

#define BUFFER_OCTETS (8 << 20)
#define CONTROL	      64

struct message {
	_Alignas(struct cmsghdr) uint8_t control[CONTROL];
	struct iovec iov;
	uint8_t octets[WIRE_REPLY_MAX];
};

struct wire {
	int fd;
	struct sockaddr_in to;
	struct mmsghdr headers[WIRE_BATCH];
	struct message out[WIRE_BATCH], in[WIRE_BATCH];
};

uint64_t wire_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int wire_open(struct wire **out, uint32_t home_agent)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(MIP_PORT) };
	struct wire *w = calloc(1, sizeof(*w));

	*out = w;
	if (!w)
		return -ENOMEM;
	w->to = any;
	w->to.sin_addr.s_addr = htonl(home_agent);
	w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || bind(w->fd, (struct sockaddr *)&any, sizeof(any)) < 0 ||
		set(w->fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_OCTETS) < 0 ||
		set(w->fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_OCTETS) < 0 ||
		set(w->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1) < 0)
		return -errno;
	return 0;
}

void wire_close(struct wire *w)
{
	if (w && w->fd >= 0)
		close(w->fd);
	free(w);
}

/* The source address is the datagram's own (IP_PKTINFO). */
static void prepare(struct wire *w, size_t i, const struct wire_out *out)
{
	struct message *m = &w->out[i];
	struct in_pktinfo info = { .ipi_spec_dst.s_addr = htonl(addr_to_v4(&out->from)) };
	struct cmsghdr *c = (struct cmsghdr *)m->control;

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	m->iov = (struct iovec) { (uint8_t *)out->octets, out->len };
	w->headers[i] = (struct mmsghdr) { .msg_hdr = {
						   .msg_name = &w->to,
						   .msg_namelen = sizeof(w->to),
						   .msg_iov = &m->iov,
						   .msg_iovlen = 1,
						   .msg_control = m->control,
						   .msg_controllen = CMSG_SPACE(sizeof(info)),
					   } };
}

int wire_send(struct wire *w, const struct wire_out *out, size_t n)
{
	int sent;

	for (size_t i = 0; i < n; i++)
		prepare(w, i, &out[i]);
	sent = sendmmsg(w->fd, w->headers, (unsigned)n, 0);
	return sent < 0 ? -errno : sent;
}

static uint64_t stamp_of(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct timespec t = { 0 };

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
		memcpy(&t, CMSG_DATA(c), sizeof(t));
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

int wire_receive(struct wire *w, struct wire_in in[WIRE_BATCH], int timeout_ms)
{
	struct pollfd fd = { .fd = w->fd, .events = POLLIN };
	int n;

	for (size_t i = 0; i < WIRE_BATCH; i++) {
		struct message *m = &w->in[i];

		m->iov = (struct iovec) { m->octets, sizeof(m->octets) };
		w->headers[i] = (struct mmsghdr) { .msg_hdr = {
							   .msg_iov = &m->iov,
							   .msg_iovlen = 1,
							   .msg_control = m->control,
							   .msg_controllen = sizeof(m->control),
						   } };
	}
	n = recvmmsg(w->fd, w->headers, WIRE_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && poll(&fd, 1, timeout_ms) > 0)
		n = recvmmsg(w->fd, w->headers, WIRE_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		in[i] = (struct wire_in) { w->in[i].octets, w->headers[i].msg_len,
			stamp_of(&w->headers[i].msg_hdr) };
	return n < 0 ? 0 : n;
}
