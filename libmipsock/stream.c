/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to one receiver: a connected socket of its own, a bundle that is being filled, and a
 * backlog for the time when the receiver does not read.
 *
 * A sequence number is given to a datagram when the kernel has taken it, so replacing in the
 * backlog leaves no trace in it. What is dropped takes one number extra at the place where it would
 * have stood. Once the backlog is full, everything is dropped until it has drained to an eighth:
 * the receiver will ask for a dump anyway, and a deaf one costs a comparison a message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"

int stream_open(struct mipsock *s, struct member *m)
{
	struct epoll_event event = { .events = 0, .data.ptr = m };
	int fd = name_connect(s, m->name);

	if (fd < 0)
		return fd;
	stream_close(m);
	m->out = (struct stream) { .fd = fd, .bundle = malloc(MIPSOCK_BUNDLE_MAX) };
	m->out.bundle_len = FRAME_HEAD;
	backlog_init(&m->out.backlog, s->seed);
	if (!m->out.bundle || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		stream_close(m);
		return -ENOMEM;
	}
	return 0;
}

void stream_close(struct member *m)
{
	if (m->out.fd >= 0)
		close(m->out.fd);
	m->out.fd = -1;
	free(m->out.bundle);
	m->out.bundle = NULL;
	backlog_fini(&m->out.backlog);
}

bool stream_has_unsent(const struct member *m)
{
	return m->out.bundle_n || m->out.backlog.n;
}

static void wait_for_room(struct mipsock *s, struct member *m, bool wanted)
{
	struct epoll_event event = { .events = wanted ? EPOLLOUT : 0, .data.ptr = m };

	if (m->out.armed == wanted)
		return;
	m->out.armed = wanted;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, m->out.fd, &event);
}

/* Completes and sends a datagram whose messages stand behind its header. 0; -EAGAIN; or the
 * receiver is gone. */
static int send_datagram(
	struct mipsock *s, struct member *m, uint8_t *buf, size_t len, uint16_t n, bool gap)
{
	struct frame frame = { .boot_id = s->boot_id, .seq = m->out.seq + 1 + gap, .count = n };

	frame_write(buf, len, &frame);
	if (send(m->out.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM)
			return -EAGAIN;
		m->gone = true;
		return -errno;
	}
	m->out.seq = frame.seq;
	s->stats.datagrams_out++;
	s->stats.messages_out += n;
	return 0;
}

static void queue(
	struct mipsock *s, struct member *m, const uint8_t *msg, size_t len, unsigned int flags)
{
	struct stream *out = &m->out;
	int r;

	if (out->gap)
		flags |= BACKLOG_GAP;
	r = backlog_add(&out->backlog, msg, len, flags, MIPSOCK_BACKLOG_MAX);
	if (r < 0) {
		out->overflow = r == -ENOBUFS;
		stream_note_drop(s, m);
		return;
	}
	out->gap = false;
	s->stats.replaced += r == 1;
}

/* One datagram from the front of the backlog. */
static int backlog_send(struct mipsock *s, struct member *m)
{
	struct backlog_item item;
	size_t len = FRAME_HEAD;
	size_t next = 0;
	bool gap = false;
	uint16_t n = 0;
	int r;

	while (backlog_read(&m->out.backlog, next, &item)) {
		if (next && (item.gap || len + item.len > MIPSOCK_BUNDLE_MAX))
			break;
		if (item.len)
			memcpy(m->out.bundle + len, item.msg, item.len);
		gap |= item.gap;
		len += item.len;
		n += item.len != 0;
		next = item.next;
	}
	r = send_datagram(s, m, m->out.bundle, len, n, gap);
	if (!r)
		backlog_pop(&m->out.backlog, next);
	return r;
}

/* Writes the backlog as far as the kernel takes it. 0: it is empty. */
static int backlog_drain(struct mipsock *s, struct member *m)
{
	int r = 0;

	while (m->out.backlog.n && !r)
		r = backlog_send(s, m);
	m->out.try_at = m->out.backlog.total + TRY_STEP;
	return r;
}

/* The kernel did not take the bundle: its messages wait one by one, where they can be replaced. */
static void bundle_to_backlog(struct mipsock *s, struct member *m)
{
	struct stream *out = &m->out;

	out->try_at = TRY_STEP;
	for (size_t at = FRAME_HEAD; at < out->bundle_len;) {
		size_t len = msg_head_read(out->bundle + at).len;

		queue(s, m, out->bundle + at, len, 0);
		at += len;
	}
	out->bundle_len = FRAME_HEAD;
	out->bundle_n = 0;
}

static void bundle_send(struct mipsock *s, struct member *m)
{
	struct stream *out = &m->out;
	int r;

	if (!out->bundle_n)
		return;
	r = send_datagram(s, m, out->bundle, out->bundle_len, out->bundle_n, out->gap);
	if (r == -EAGAIN) {
		bundle_to_backlog(s, m);
		wait_for_room(s, m, true);
		return;
	}
	out->gap = false;
	out->bundle_len = FRAME_HEAD;
	out->bundle_n = 0;
}

/* Only what is said between two boundaries replaces each other. */
void stream_boundary(struct mipsock *s, struct member *m)
{
	if (m->gone || m->out.fd < 0)
		return;
	bundle_send(s, m);
	m->out.backlog.epoch++;
}

void stream_add(
	struct mipsock *s, struct member *m, const uint8_t *msg, size_t len, unsigned int flags)
{
	struct stream *out = &m->out;

	if (m->gone || out->fd < 0)
		return;
	if (!(flags & BACKLOG_DUMP) && stream_drops(s, m))
		return;
	if (out->backlog.n && out->backlog.total >= out->try_at)
		backlog_drain(s, m);
	if (!out->backlog.n && out->bundle_len + len > MIPSOCK_BUNDLE_MAX)
		bundle_send(s, m);
	if (out->backlog.n) {
		queue(s, m, msg, len, flags);
		return;
	}
	memcpy(out->bundle + out->bundle_len, msg, len);
	out->bundle_len += len;
	out->bundle_n++;
}

void stream_flush(struct mipsock *s, struct member *m)
{
	struct stream *out = &m->out;
	int r;

	if (m->gone || out->fd < 0)
		return;
	r = backlog_drain(s, m);
	if (out->overflow && out->backlog.total < DUMP_WATER) {
		out->overflow = false;
		queue(s, m, NULL, 0, 0);
		r = backlog_drain(s, m);
	}
	if (!r)
		bundle_send(s, m);
	if (!m->gone)
		wait_for_room(s, m, out->backlog.n != 0);
}
