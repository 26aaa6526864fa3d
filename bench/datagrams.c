/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP load in a closed loop, so that neither a generator nor a full queue is what is measured: each
 * flow has at most a window of datagrams on the way.
 *
 *	bench-datagrams sink ADDRESS PORT
 *	bench-datagrams source FROM ADDRESS PORT FLOWS OCTETS WINDOW SECONDS [TRAIN]
 *
 * The sink tells each flow how much has arrived, once for each batch it read. WINDOW 0 is a flood:
 * as fast as it goes. With TRAIN so many datagrams leave in one piece that the kernel cuts
 * (UDP_SEGMENT). The source prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX  256
#define BATCH	   64
#define OCTETS_MAX 1472
#define BUFFER	   (8 << 20)
#define LOST_MS	   50 /* nothing heard for so long: what was on the way is gone */

/* In front of each datagram, either way. */
struct head {
	uint32_t flow;
	uint32_t number; /* of the datagram, from 1; from the sink: the last that arrived */
	uint64_t total;	 /* from the sink: all that arrived of the flow */
};

struct flow {
	int fd;
	uint32_t sent, heard;
	uint64_t delivered;
};

struct source {
	struct flow flows[FLOWS_MAX];
	size_t n_flows, octets, train;
	uint32_t window;
	uint8_t payload[BATCH * OCTETS_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address(const char *text, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		die(text);
	return a;
}

static int open_socket(const struct sockaddr_in *local)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER;

	if (fd < 0 || bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

/* ---- the sink ------------------------------------------------------------------------------ */

struct arrival {
	struct head head;
	struct sockaddr_in from;
	uint64_t total;
	bool is_new; /* in this batch */
};

static struct arrival arrivals[FLOWS_MAX];

static void note(const uint8_t *octets, size_t len, const struct sockaddr_in *from)
{
	struct arrival *a;
	struct head head;

	if (len < sizeof(head))
		return;
	memcpy(&head, octets, sizeof(head));
	if (head.flow >= FLOWS_MAX)
		return;
	a = &arrivals[head.flow];
	if (memcmp(&a->from, from, sizeof(*from)) != 0) /* another run */
		*a = (struct arrival) { .from = *from };
	a->head = head;
	a->total++;
	a->is_new = true;
}

static size_t size_of_train(struct msghdr *h, size_t len)
{
	int size;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&size, CMSG_DATA(c), sizeof(size));
		return (size_t)size;
	}
	return len;
}

static void answer(int fd)
{
	struct head head;

	for (uint32_t i = 0; i < FLOWS_MAX; i++) {
		struct arrival *a = &arrivals[i];

		if (!a->is_new)
			continue;
		a->is_new = false;
		head = (struct head) { i, a->head.number, a->total };
		(void)!sendto(
			fd, &head, sizeof(head), 0, (struct sockaddr *)&a->from, sizeof(a->from));
	}
}

static void sink(const struct sockaddr_in *local)
{
	static uint8_t buffers[BATCH][65536], control[BATCH][64];
	struct sockaddr_in from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH];
	int fd = open_socket(local), one = 1, n;
	size_t size;

	setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof(one));
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		memset(from, 0, sizeof(from));
		for (size_t i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec) { buffers[i], sizeof(buffers[i]) };
			m[i].msg_hdr = (struct msghdr) { &from[i], sizeof(from[i]), &iov[i], 1,
				control[i], sizeof(control[i]), 0 };
		}
		n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);
		for (int i = 0; i < n; i++) {
			size = size_of_train(&m[i].msg_hdr, m[i].msg_len);
			for (size_t at = 0; size && at < m[i].msg_len; at += size)
				note(buffers[i] + at,
					m[i].msg_len - at < size ? m[i].msg_len - at : size,
					&from[i]);
		}
		answer(fd);
	}
}

/* ---- the source ---------------------------------------------------------------------------- */

static bool hear(struct flow *f)
{
	struct head head;
	bool heard = false;

	while (recv(f->fd, &head, sizeof(head), MSG_DONTWAIT) == sizeof(head)) {
		if ((int32_t)(head.number - f->heard) > 0)
			f->heard = head.number;
		f->delivered = head.total;
		heard = true;
	}
	return heard;
}

static void write_payload(struct source *s, struct flow *f, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct head head = { (uint32_t)(f - s->flows), f->sent + 1 + i, 0 };

		memcpy(s->payload + i * s->octets, &head, sizeof(head));
	}
}

static int send_train(struct source *s, struct flow *f, uint32_t n)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = { 0 };
	struct iovec iov = { s->payload, n * s->octets };
	struct msghdr h = { NULL, 0, &iov, 1, control, sizeof(control), 0 };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	uint16_t size = (uint16_t)s->octets;

	*c = (struct cmsghdr) { CMSG_LEN(sizeof(size)), SOL_UDP, UDP_SEGMENT };
	memcpy(CMSG_DATA(c), &size, sizeof(size));
	return sendmsg(f->fd, &h, 0) < 0 ? -1 : (int)n;
}

static int send_each(struct source *s, struct flow *f, uint32_t n)
{
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH];

	for (uint32_t i = 0; i < n; i++) {
		iov[i] = (struct iovec) { s->payload + i * s->octets, s->octets };
		m[i].msg_hdr = (struct msghdr) { .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	return sendmmsg(f->fd, m, n, 0);
}

/* As much as the window leaves. */
static bool feed(struct source *s, struct flow *f)
{
	uint32_t room = s->window ? s->window - (f->sent - f->heard) : BATCH;
	uint32_t n = s->train ? (uint32_t)s->train : BATCH;
	int r;

	if (s->window && (room > s->window || (s->train && room < n) || room == 0))
		return false;
	n = room < n ? room : n;
	write_payload(s, f, n);
	r = s->train ? send_train(s, f, n) : send_each(s, f, n);
	if (r > 0)
		f->sent += (uint32_t)r;
	return r > 0;
}

/* Nothing went and nothing came: waits; what is not heard of for a while is lost. */
static void wait_for_answers(struct source *s)
{
	struct pollfd fds[FLOWS_MAX];

	for (size_t i = 0; i < s->n_flows; i++)
		fds[i] = (struct pollfd) { s->flows[i].fd, POLLIN, 0 };
	if (poll(fds, s->n_flows, LOST_MS) > 0)
		return;
	for (size_t i = 0; i < s->n_flows; i++)
		s->flows[i].heard = s->flows[i].sent;
}

static uint64_t delivered(const struct source *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->n_flows; i++)
		sum += s->flows[i].delivered;
	return sum;
}

static void run(struct source *s, double seconds)
{
	uint64_t began = now_ns(), end = began + (uint64_t)(seconds * 1e9), sent = 0, took, got;
	bool busy;

	while (now_ns() < end) {
		busy = false;
		for (size_t i = 0; i < s->n_flows; i++) {
			busy |= hear(&s->flows[i]);
			busy |= feed(s, &s->flows[i]);
		}
		if (!busy)
			wait_for_answers(s);
	}
	took = now_ns() - began;
	got = delivered(s);
	usleep(200000); /* the last words, for what was lost; the rate is of the time before */
	for (size_t i = 0; i < s->n_flows; i++) {
		hear(&s->flows[i]);
		sent += s->flows[i].sent;
	}
	printf("{\"pps\": %.0f, \"sent\": %" PRIu64 ", \"delivered\": %" PRIu64 "}\n",
		(double)got * 1e9 / (double)took, sent, delivered(s));
}

static void source(char **arg, int n)
{
	static struct source s;
	struct sockaddr_in local = address(arg[0], "0"), peer = address(arg[1], arg[2]);

	s.n_flows = strtoul(arg[3], NULL, 10);
	s.octets = strtoul(arg[4], NULL, 10);
	s.window = (uint32_t)strtoul(arg[5], NULL, 10);
	s.train = n > 7 ? strtoul(arg[7], NULL, 10) : 0;
	if (s.n_flows < 1 || s.n_flows > FLOWS_MAX || s.octets < sizeof(struct head) ||
		s.octets > OCTETS_MAX || s.train > BATCH) {
		fprintf(stderr, "out of range\n");
		exit(64);
	}
	for (size_t i = 0; i < s.n_flows; i++) {
		s.flows[i].fd = open_socket(&local);
		if (connect(s.flows[i].fd, (struct sockaddr *)&peer, sizeof(peer)) < 0)
			die("connect");
	}
	run(&s, strtod(arg[6], NULL));
}

int main(int argc, char **argv)
{
	struct sockaddr_in local;

	if (argc == 4 && strcmp(argv[1], "sink") == 0) {
		local = address(argv[2], argv[3]);
		sink(&local);
	} else if ((argc == 9 || argc == 10) && strcmp(argv[1], "source") == 0) {
		source(argv + 2, argc - 2);
	} else {
		fprintf(stderr, "usage: bench-datagrams sink ADDRESS PORT\n"
				"       bench-datagrams source FROM ADDRESS PORT FLOWS OCTETS "
				"WINDOW SECONDS [TRAIN]\n");
		return 64;
	}
	return 0;
}
