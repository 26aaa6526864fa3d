/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What arrives, from the datagram to the handler. Everything is checked as hostile: credentials,
 * header, sender, then of each message its frame, whether its sender may say it, and its body.
 * What fails is dropped and counted; a member is told why by ERROR, a stranger nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

#define FAIR_SHARE 64 /* datagrams in one turn */

void dispatch_error(struct mipsock *s, struct member *m, const struct msg_head *about,
	uint16_t code, const char *text)
{
	struct mipm_error error = { .message_id = about->id,
		.message_type = about->type,
		.code = code,
		.text = { text, (uint16_t)strlen(text) } };
	uint64_t second = now_boot() / SEC;

	if (s->standby || about->type == MIPM_ERROR)
		return;
	if (m->errors_from != second) {
		m->errors_from = second;
		m->errors = 0;
	}
	if (m->errors++ < ERRORS_MAX)
		bus_say(s, m, MIPM_ERROR, 0, &error, 0);
}

/* Room for credentials and nothing else: passed descriptors are closed by the kernel. */
static bool read_credentials(struct mipsock *s, struct msghdr *hdr)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
	struct ucred cred;

	if (hdr->msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !c || c->cmsg_level != SOL_SOCKET ||
		c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof(cred)))
		return false;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	s->rx.uid = cred.uid;
	s->rx.pid = (uint32_t)cred.pid;
	return true;
}

/* Length of the next datagram; -EAGAIN none; -EBADMSG one to forget; or a negative errno. */
static ssize_t receive(struct mipsock *s)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { s->rx.buf, MIPSOCK_BUNDLE_MAX };
	struct msghdr hdr = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(s->sock, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	s->stats.datagrams_in++;
	return read_credentials(s, &hdr) ? n : -EBADMSG;
}

static void follow_sequence(struct mipsock *s, struct member *m, uint64_t seq)
{
	if (seq != m->seq + 1 && seq != 1) {
		s->stats.gaps += seq > m->seq ? seq - m->seq - 1 : 1;
		dump_want(s, m);
	}
	m->seq = seq;
}

/* Header and sender of a datagram. rx.from is NULL for a stranger, whom only a hello lets in. */
static int open_datagram(struct mipsock *s, size_t len)
{
	struct msg_head none = { 0 };
	struct frame frame = { 0 };
	int r = frame_read(s->rx.buf, len, &frame);
	struct member *m = frame.boot_id ? member_by_boot(s, frame.boot_id) : NULL;

	if (m && m->pub.uid != s->rx.uid)
		return -EACCES;
	if (m && r == -EPROTONOSUPPORT)
		dispatch_error(s, m, &none, EPROTONOSUPPORT, "version of the bus");
	if (r < 0)
		return r;
	if (m)
		follow_sequence(s, m, frame.seq);
	s->rx.boot_id = frame.boot_id;
	s->rx.seq = frame.seq;
	s->rx.from = m;
	s->rx.len = len;
	s->rx.at = frame.head_len;
	s->rx.left = frame.count;
	return 0;
}

static bool may_say(const struct mipsock *s, const struct member *m, const struct msg_row *row,
	const struct msg_head *head)
{
	bool told_back = head->flags & MIPM_F_OWN && row->entry;

	if (m->pub.standby && head->type != MIPM_HELLO && head->type != MIPM_BYE)
		return false;
	return m->say & (told_back ? row->told_back : row->speakers) &&
	       (!row->admin || trust_allows(s, "admin", m->pub.uid));
}

static void deliver(struct mipsock *s, uint64_t now, struct mipm_msg *msg, struct member *m)
{
	bool inner = msg->type == MIPM_HELLO || msg->type == MIPM_BYE || msg->type == MIPM_DUMP;
	bool wanted = !inner || s->config.flags & MIPSOCK_SPY;

	for (size_t i = 0; i < s->config.n_types && !wanted; i++)
		wanted = s->types[i] == msg->type;
	msg->from = &m->pub;
	if (wanted && s->config.message)
		s->config.message(s->config.ctx, now, msg);
}

/* What the library itself does about a message. */
static int obey(struct mipsock *s, const struct mipm_msg *msg)
{
	struct member *m = s->rx.from;

	switch (msg->type) {
	case MIPM_HELLO:
		m = member_hello(s, msg->body);
		if (!m)
			return -EACCES;
		s->rx.from = m;
		m->seq = s->rx.seq;
		return 0;
	case MIPM_BYE:
		m->gone = true;
		return 0;
	case MIPM_DUMP:
		m->serving.asked[((const struct mipm_dump *)msg->body)->own] = !s->standby;
		return 0;
	default:
		dump_follow(s, m, msg);
		return 0;
	}
}

static void refuse(struct mipsock *s, const struct msg_head *head, int error)
{
	const char *text = error == -EPERM    ? "not yours to say"
			   : error == -EACCES ? "not admitted"
					      : "malformed";

	s->stats.refused++;
	if (s->rx.from)
		dispatch_error(s, s->rx.from, head, (uint16_t)-error, text);
}

static int dispatch_row(struct mipsock *s, uint64_t now, const uint8_t *p,
	const struct msg_head *head, const struct msg_row *row)
{
	struct member *m = s->rx.from;
	struct mipm_msg msg;
	size_t skip;
	int r;

	if (!m && head->type != MIPM_HELLO)
		return -EACCES;
	if (m && !may_say(s, m, row, head))
		return -EPERM;
	r = mipm_decode(p, head->len, s->arena, &msg, &skip);
	if (r > 0)
		r = obey(s, &msg);
	if (r < 0)
		return r;
	deliver(s, now, &msg, s->rx.from);
	return 0;
}

/* The message at rx.at. */
static void dispatch_message(struct mipsock *s, uint64_t now)
{
	const uint8_t *p = s->rx.buf + s->rx.at;
	size_t room = s->rx.len - s->rx.at;
	struct msg_head head = { 0 };
	const struct msg_row *row;
	int r;

	s->rx.left--;
	if (room >= MSG_HEAD)
		head = msg_head_read(p);
	if (head.len < MSG_HEAD || head.len % 4 || head.len > room) {
		refuse(s, &head, -EBADMSG);
		s->rx.left = 0;
		return;
	}
	s->rx.at += head.len;
	s->stats.messages_in++;
	row = msg_row(head.type);
	if (!row) {
		s->stats.unknown++;
		return;
	}
	r = dispatch_row(s, now, p, &head, row);
	if (r < 0)
		refuse(s, &head, r);
	if (!s->rx.from || s->rx.from->gone)
		s->rx.left = 0;
}

int dispatch_receive(struct mipsock *s, unsigned int max)
{
	uint64_t now = now_boot();
	unsigned int messages = 0;

	for (int datagrams = 0;; datagrams++) {
		ssize_t n;

		for (; s->rx.left; messages++) {
			if (max && messages == max)
				return 0;
			dispatch_message(s, now);
		}
		if (datagrams == FAIR_SHARE || (max && messages == max))
			return 0;
		n = receive(s);
		if (n == -EAGAIN)
			return 1;
		if (n < 0 && n != -EBADMSG)
			return (int)n;
		now = now_boot();
		if (n < 0 || open_datagram(s, (size_t)n) < 0)
			s->stats.refused++;
	}
}
