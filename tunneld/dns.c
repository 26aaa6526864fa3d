/* SPDX-License-Identifier: BSD-2-Clause */
/* See dns.h. */
#include "tunneld/dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/core.h"
#include "tunneld/sockaddr.h"

#define PORT	 53
#define PATIENCE (5 * NSEC_PER_S)

struct question {
	int fd; /* -1: free */
	uint64_t until;
	char member[MIPSOCK_NAME_MAX];
	struct mipm_sig sig; /* without the payload */
};

struct dns {
	struct dns_config config;
	int epoll;
	struct question questions[DNS_OPEN_MAX];
};

int dns_open(struct dns **out, const struct dns_config *config)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->config = *config;
	for (size_t i = 0; i < DNS_OPEN_MAX; i++)
		d->questions[i].fd = -1;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0) {
		free(d);
		return -ENOMEM;
	}
	*out = d;
	return 0;
}

static void end(struct question *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

void dns_close(struct dns *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < DNS_OPEN_MAX; i++)
		end(&d->questions[i]);
	close(d->epoll);
	free(d);
}

static struct question *room(struct dns *d)
{
	struct question *oldest = &d->questions[0];

	for (size_t i = 0; i < DNS_OPEN_MAX; i++) {
		struct question *q = &d->questions[i];

		if (q->fd < 0)
			return q;
		if (q->until < oldest->until)
			oldest = q;
	}
	end(oldest);
	return oldest;
}

/* Connected, so that nobody but this server is heard. */
static int open_socket(const struct mipm_sig *sig, uint32_t mark)
{
	const struct mipm_endpoint from = { sig->local.addr, 0 };
	union sockaddr_any local, remote;
	socklen_t local_len = sockaddr_from(&from, &local);
	socklen_t remote_len = sockaddr_from(&sig->remote, &remote);
	int fd = socket(local.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &sig->link, sizeof(sig->link)) < 0 ||
		(mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0) ||
		bind(fd, &local.any, local_len) < 0 || connect(fd, &remote.any, remote_len) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int dns_ask(
	struct dns *d, uint64_t now, const char *member, const struct mipm_sig *sig, uint32_t mark)
{
	struct question *q;
	struct epoll_event event = { .events = EPOLLIN };
	int fd;

	if (!sig->link || sig->remote.port != PORT || !addr_is_unicast(&sig->remote.addr) ||
		sig->local.addr.family != sig->remote.addr.family)
		return -EINVAL;
	fd = open_socket(sig, mark);
	if (fd < 0)
		return fd;
	q = room(d);
	*q = (struct question) { .fd = fd, .until = now + PATIENCE, .sig = *sig };
	q->sig.payload = q->sig.link_layer = (struct mipm_span) { 0 };
	snprintf(q->member, sizeof(q->member), "%s", member);
	event.data.u32 = (uint32_t)(q - d->questions);
	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ||
		send(fd, sig->payload.data, sig->payload.len, 0) < 0) {
		int error = -errno;

		end(q);
		return error;
	}
	return 0;
}

void dns_expire(struct dns *d, uint64_t now)
{
	for (size_t i = 0; i < DNS_OPEN_MAX; i++)
		if (d->questions[i].until <= now)
			end(&d->questions[i]);
}

uint64_t dns_next(const struct dns *d)
{
	uint64_t next = CORE_NEVER;

	for (size_t i = 0; i < DNS_OPEN_MAX; i++)
		if (d->questions[i].fd >= 0 && d->questions[i].until < next)
			next = d->questions[i].until;
	return next;
}

int dns_fd(const struct dns *d)
{
	return d->epoll;
}

/* Whether it answers the question is for who asked to say; another one may follow until then. */
static void hear(struct dns *d, uint64_t now, struct question *q)
{
	uint8_t payload[MIPSOCK_SIG_MAX];
	ssize_t n = recv(q->fd, payload, sizeof(payload), MSG_TRUNC);
	struct mipm_sig sig = q->sig;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0) { /* nobody is there */
		end(q);
		return;
	}
	if (n == 0 || (size_t)n > sizeof(payload))
		return;
	sig.received_at = now;
	sig.payload = (struct mipm_span) { payload, (uint32_t)n };
	d->config.answer(d->config.ctx, q->member, &sig);
}

void dns_ready(void *dns, uint64_t now)
{
	struct epoll_event events[DNS_OPEN_MAX];
	struct dns *d = dns;
	int n = epoll_wait(d->epoll, events, DNS_OPEN_MAX, 0);

	for (int i = 0; i < n; i++)
		if (d->questions[events[i].data.u32].fd >= 0)
			hear(d, now, &d->questions[events[i].data.u32]);
}
