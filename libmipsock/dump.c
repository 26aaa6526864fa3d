/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * State, told to who asks: a newcomer, or a member that noticed a gap.
 *
 * A dump is a cursor over the teller's tables that moves on while little waits for the receiver.
 * Whatever state is said to it meanwhile carries MIPM_F_DUMP too: an entry that came into the table
 * behind the cursor belongs to the dump as well, and must not be swept at its end.
 */
#include <errno.h>

#include "internal.h"

#define STEPS_MAX 64 /* calls of the dump function in one turn */
#define LATER	  (10 * MSEC)

void dump_want(struct mipsock *s, struct member *m)
{
	if (s->config.n_types + (s->config.flags & MIPSOCK_SPY) && !s->standby && !m->tool &&
		!m->pub.standby)
		m->want_dump = true;
}

void dump_ask(struct mipsock *s, uint64_t now)
{
	struct mipm_dump dump = { 0 };

	for (size_t i = 0; i < s->n_members; i++) {
		struct member *m = s->members[i];

		if (!m->want_dump || m->ask_at > now || m->gone)
			continue;
		m->want_dump = false;
		m->ask_at = m->asked ? now + SEC : now;
		m->asked = true;
		bus_say(s, m, MIPM_DUMP, 0, &dump, 0);
	}
}

static void begin(struct mipsock *s, struct member *m)
{
	struct serving *d = &m->serving;

	d->own = d->asked[1];
	d->asked[d->own] = false;
	d->active = true;
	d->dropped = false;
	d->cursor = 0;
	d->not_before = 0;
	d->count = 0;
	stream_boundary(s, m);
}

static void end(struct mipsock *s, struct member *m, bool complete)
{
	struct serving *d = &m->serving;
	struct mipm_dump_end body = { .complete = complete && !d->dropped && !m->out.overflow,
		.own = d->own,
		.count = d->count };

	bus_say(s, m, MIPM_DUMP_END, 0, &body, BACKLOG_DUMP);
	d->active = false;
	stream_boundary(s, m);
}

/* Whether there is room for more; what the kernel takes is not waiting. */
static bool has_room(struct mipsock *s, struct member *m)
{
	if (m->out.backlog.total >= DUMP_WATER)
		stream_flush(s, m);
	return !m->gone && m->out.backlog.total < DUMP_WATER;
}

static void serve(struct mipsock *s, uint64_t now, struct member *m)
{
	struct serving *d = &m->serving;
	int r = 1;

	if (!d->active)
		begin(s, m);
	for (int steps = 0; r > 0 && r != MIPSOCK_LATER && steps < STEPS_MAX && has_room(s, m);
		steps++) {
		s->dumping = m;
		r = s->config.dump ? s->config.dump(s->config.ctx, now, m->name, d->own, &d->cursor)
				   : 0;
		s->dumping = NULL;
	}
	d->not_before = r == MIPSOCK_LATER ? now + LATER : 0;
	if (r <= 0)
		end(s, m, r == 0);
}

static bool is_due(const struct member *m)
{
	return !m->gone && (m->serving.active || m->serving.asked[0] || m->serving.asked[1]);
}

void dump_serve(struct mipsock *s, uint64_t now)
{
	for (size_t i = 0; i < s->n_members; i++) {
		struct member *m = s->members[i];

		if (is_due(m) && m->serving.not_before <= now)
			serve(s, now, m);
	}
}

/* When there is something to do without anything arriving; 0: now. A receiver that does not read
 * wakes us when it does. */
uint64_t dump_next(const struct mipsock *s)
{
	uint64_t next = NEVER;

	for (size_t i = 0; i < s->n_members; i++) {
		const struct member *m = s->members[i];

		if (is_due(m) && m->out.backlog.total < DUMP_WATER && m->serving.not_before < next)
			next = m->serving.not_before;
		if (m->want_dump && m->ask_at < next)
			next = m->ask_at;
	}
	return next;
}

static void begin_hearing(struct mipsock *s, struct member *m)
{
	if (m->in_dump)
		return;
	m->in_dump = true;
	m->pub.dump = ++s->dumps;
}

void dump_follow(struct mipsock *s, struct member *m, const struct mipm_msg *msg)
{
	if (msg->type == MIPM_DUMP_END && !((const struct mipm_dump_end *)msg->body)->own) {
		begin_hearing(s, m);
		m->in_dump = false;
	} else if ((msg->flags & (MIPM_F_DUMP | MIPM_F_OWN)) == MIPM_F_DUMP) {
		begin_hearing(s, m);
	}
}
