/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Members that read their socket late or not at all, by the rules of libmipsock and with its own
 * backlog: the kernel's queue takes a few, then each sender keeps what is left in a backlog, where
 * newer state replaces older; past its limit it drops, and whoever misses something asks for a
 * dump.
 */
#include <stdlib.h>
#include <string.h>

#include "libmipsock/backlog.h"
#include "libmipsock/rows.h"
#include "tests/support/fakebus-inner.h"

#define KERNEL_QUEUE 10
#define ASK_EVERY    NSEC_PER_S

/* What one sender has for one receiver. */
struct channel {
	struct backlog backlog;
	bool overflow; /* the backlog was full: drop until it has drained */
	bool wants_dump;
	uint64_t ask_at; /* not before */
};

static void drain(void *ctx);

static struct channel *channel_of(struct fakemember *to, const char *from)
{
	const struct fakebus *b = to->bus;
	size_t i = 0;

	if (!to->channels) {
		to->channels = calloc(MEMBERS_MAX, sizeof(*to->channels));
		if (!to->channels)
			abort();
	}
	while (i < b->n_members && b->members[i]->name != from)
		i++;
	return &to->channels[i];
}

bool slow_is(const struct fakemember *m)
{
	return m->bus->delay || m->drain_due || m->deaf_until > vtime_now(m->bus->vt);
}

static void drain_later(struct fakemember *m)
{
	struct vtime *vt = m->bus->vt;
	uint64_t now = vtime_now(vt), at = now;

	if (m->drain_due)
		return;
	if (m->bus->delay)
		at += vtime_next(&m->bus->chances) % m->bus->delay;
	m->drain_due = true;
	vtime_at(vt, at < m->deaf_until ? m->deaf_until : at, drain, m);
}

bool slow_overflows(struct fakemember *to, const struct fakemember *from)
{
	return to->channels && channel_of(to, from->name)->overflow;
}

void slow_boundary(struct fakemember *to, const struct fakemember *from)
{
	if (to->channels)
		channel_of(to, from->name)->backlog.epoch++;
}

static void into_backlog(struct channel *c, const struct said *s, size_t limit)
{
	bool is_dump = s->flags & MIPM_F_DUMP || s->type == MIPM_DUMP_END;
	unsigned flags = is_dump ? BACKLOG_DUMP : 0;

	if (c->overflow && !flags)
		return;
	if (backlog_add(&c->backlog, s->octets, s->len, flags, limit) < 0)
		c->overflow = true;
}

bool slow_takes(struct fakemember *m, const struct said *s)
{
	struct channel *c;

	if (!m->attached || !slow_is(m))
		return false;
	c = channel_of(m, s->from.name);
	if (m->n_inbox < KERNEL_QUEUE && !c->backlog.n && !c->overflow) {
		queue_add(&m->inbox, said_copy(s));
		m->n_inbox++;
	} else {
		into_backlog(c, s, m->bus->backlog ? m->bus->backlog : MIPSOCK_BACKLOG_MAX);
	}
	drain_later(m);
	return true;
}

static void hear_inbox(struct fakemember *m)
{
	struct said *s;

	while ((s = queue_pop(&m->inbox))) {
		m->n_inbox--;
		member_hear(m, &s->from, !s->to, s->octets, s->len);
		free(s);
	}
}

static void hear_backlog(struct fakemember *m, struct fakemember *from, struct channel *c)
{
	struct backlog_item item;

	while (backlog_read(&c->backlog, 0, &item)) {
		member_hear(m, &from->as_sender, false, item.msg, item.len);
		backlog_pop(&c->backlog, item.next);
	}
}

static void ask(void *ctx)
{
	static const struct mipm_dump body;
	struct fakemember *m = ctx;
	uint64_t now = vtime_now(m->bus->vt);

	for (size_t i = 0; i < m->bus->n_members && m->channels && m->attached; i++) {
		struct channel *c = &m->channels[i];

		if (!c->wants_dump || c->ask_at > now)
			continue;
		c->wants_dump = false;
		c->ask_at = now + ASK_EVERY;
		member_say(m, m->bus->members[i]->name, MIPM_DUMP, 0, &body);
	}
}

/* It sees the gap in the numbers of this sender. */
static void see_gap(struct fakemember *m, struct channel *c)
{
	c->overflow = false;
	if (!c->wants_dump)
		vtime_at(m->bus->vt, c->ask_at, ask, m);
	c->wants_dump = true;
}

static void drain(void *ctx)
{
	struct fakemember *m = ctx;
	struct fakebus *b = m->bus;

	m->drain_due = false;
	if (!m->attached)
		return;
	if (m->deaf_until > vtime_now(b->vt)) {
		drain_later(m);
		return;
	}
	hear_inbox(m);
	for (size_t i = 0; i < b->n_members && m->channels; i++) {
		hear_backlog(m, b->members[i], &m->channels[i]);
		if (m->channels && m->channels[i].overflow)
			see_gap(m, &m->channels[i]);
	}
}

/* What waits for it, and what it keeps for others, is lost with it. */
void slow_leave(struct fakemember *m)
{
	struct fakebus *b = m->bus;

	queue_clear(&m->inbox);
	m->n_inbox = 0;
	m->deaf_until = 0;
	for (size_t i = 0; i < b->n_members; i++) {
		struct fakemember *other = b->members[i];

		if (m->channels)
			backlog_fini(&m->channels[i].backlog);
		if (other->channels) {
			backlog_fini(&channel_of(other, m->name)->backlog);
			channel_of(other, m->name)->overflow = false;
		}
	}
	free(m->channels);
	m->channels = NULL;
}

void fakebus_set_delay(struct fakebus *b, uint64_t most)
{
	b->delay = most;
	if (!b->chances)
		b->chances = vtime_random(b->vt);
}

void fakebus_set_backlog(struct fakebus *b, size_t octets)
{
	b->backlog = octets;
}

void fakebus_deafen(struct fakebus *b, const char *role, uint64_t how_long)
{
	member_get(b, role)->deaf_until = vtime_now(b->vt) + how_long;
}

void fakebus_spare(struct fakebus *b, const char *role)
{
	struct fakemember *m = member_get(b, role);

	m->doom_at = 0;
	m->deaf_until = 0;
	vtime_at(b->vt, 0, drain, m);
}

void fakebus_set_newer(struct fakebus *b, const char *role, bool is_newer)
{
	member_get(b, role)->is_newer = is_newer;
}
